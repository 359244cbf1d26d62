"""A sandbox in another process, and a project on disk that is published into it over HTTP."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from kbsync.commands.prepare import Prepared, prepare
from kbsync.commands.project import Project, Reporter, connect, open_project
from kbsync.commands.publish import publish
from kbsync.sandbox import KEYS, Sandbox, Switches
from kbsync.sandbox.server import serve

KEY_VARIABLE = "KBSYNC_BENCH_KEY"
# The quota is measured elsewhere; here it must not make anybody wait.
SWITCHES = Switches(rate_limit_total=10_000_000)

_CONFIG = """\
version: 1
content: content
language: en
default_target: bench
targets:
  bench: {{kind: freshdesk, url: "{url}", portal_url: "{url}", api_key_env: {variable}, quota_share: 1.0}}
"""


@dataclass(frozen=True, slots=True)
class Published:
    """A project whose target is up to date."""

    project: Project
    url: str

    def plan(self) -> Prepared:
        """What `kbsync plan` makes, over HTTP, in a client of its own."""
        with connect(self.project, Reporter()) as remote:
            return prepare(self.project, remote, Reporter())

    def apply(self) -> None:
        """What `kbsync apply --yes` does."""
        with connect(self.project, Reporter()) as remote:
            prepared = prepare(self.project, remote, Reporter())
            done = publish(self.project, remote, prepared)
        wrong = [outcome for outcome in done.applied.outcomes if outcome.status != "done"]
        assert not wrong, wrong[:3]

    def answered(self) -> list[str]:
        """`GET /api/v2/...` for each request that the server has answered; forgets them."""
        with httpx.Client(auth=(KEYS["admin"], "X"), base_url=self.url) as control:
            log = control.get("/_sandbox/log").raise_for_status().json()
            control.delete("/_sandbox/log").raise_for_status()
        return [f"{entry['method']} {entry['path']}" for entry in log]


@contextlib.contextmanager
def published(texts: Mapping[str, str]) -> Iterator[Published]:
    """The texts as a project, published by `apply` into a sandbox in another process."""
    with tempfile.TemporaryDirectory() as folder, _served() as url:
        root = Path(folder)
        for path, text in texts.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        (root / "kbsync.yaml").write_text(_CONFIG.format(url=url, variable=KEY_VARIABLE), encoding="utf-8")
        os.environ[KEY_VARIABLE] = KEYS["admin"]
        one = Published(open_project(root), url)
        one.apply()
        one.answered()
        yield one


@contextlib.contextmanager
def _served() -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
        ours.send("stop")
    finally:
        process.join(5)
        if process.is_alive():
            process.terminate()


def _serve(pipe: Connection) -> None:
    with contextlib.closing(Sandbox(switches=SWITCHES)) as sandbox, serve(sandbox) as served:
        pipe.send(served.url)
        with contextlib.suppress(EOFError):
            pipe.recv()
