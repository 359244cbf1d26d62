"""Projects on disk and `kbsync` run as a user runs it: another process, or the same with its output caught."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kbsync.sandbox import KEYS, Sandbox

CONFIG = "version: 1\ndefault_target: s\ntargets:\n  s: {kind: sandbox}\n"
ARTICLE = "---\ntitle: {title}\n---\n\n{text}\n"


def put(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below `root`, with the folders they need."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def page(title: str, text: str = "Text.") -> str:
    """An article's source."""
    return ARTICLE.format(title=title, text=text)


def project(root: Path, files: Mapping[str, str | bytes] | None = None, config: str = CONFIG) -> Path:
    """A project with two articles, or with `files`."""
    two = {"content/C/F/a.md": page("A", "See [b](b.md)."), "content/C/F/b.md": page("B")}
    put(root, {"kbsync.yaml": config, **(two if files is None else files)})
    return root


def served_config(url: str, **more: object) -> str:
    """A config whose target is the server at `url`."""
    lines = "".join(f"    {name}: {value}\n" for name, value in more.items())
    return (
        f"version: 1\ndefault_target: t\ntargets:\n  t:\n    kind: freshdesk\n    url: {url}\n"
        f"    portal_url: {url}\n"
        f"    quota_share: 1\n    settle_seconds: 1\n    timeout_seconds: 5\n    primary: true\n{lines}"
    )


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """The environment for a command: the fewest variables, no terminal."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", **more}


def command(*arguments: str) -> list[str]:
    """The command line of `kbsync` with these arguments."""
    return [sys.executable, "-m", "kbsync", *arguments]


def kbsync(root: Path, *arguments: str, **variables: str) -> Ran:
    """Run `kbsync` in `root`, in this process: the whole command line, with its streams caught."""
    from kbsync.cli import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(root)
        patch.setattr(sys, "argv", ["kbsync", *arguments])
        patch.setattr(sys, "stdin", io.StringIO())
        patch.delenv("FRESHDESK_API_KEY", raising=False)
        for name, value in variables.items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


def kbsync_process(root: Path, *arguments: str, **variables: str) -> Ran:
    """The same in a process of its own."""
    done = subprocess.run(
        command(*arguments),
        cwd=root,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


class Account:
    """A sandbox on a port, and a project that publishes to it."""

    def __init__(self, root: Path, sandbox: Sandbox, url: str) -> None:
        self.sandbox, self.url = sandbox, url
        self.root = project(root, config=served_config(url))

    def titles(self) -> list[str]:
        return sorted(row.title for row in self.sandbox.store.articles("en"))

    def run(self, *arguments: str) -> Ran:
        """`kbsync` in the project, with the key."""
        return kbsync(self.root, *arguments, FRESHDESK_API_KEY=KEYS["admin"])

    def article(self, title: str) -> tuple[int, str]:
        """The id and the live body of the article with this title."""
        row = next(row for row in self.sandbox.store.articles("en") if row.title == title)
        return row.id, row.body

    def writes(self) -> list[str]:
        """The methods of the writes so far."""
        return [entry.method for entry in self.sandbox.log if entry.method != "GET"]
