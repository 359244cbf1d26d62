"""`kbsync sandbox`: the local Freshdesk alone, with its portal."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from kbsync.commands.local import alone
from kbsync.commands.project import open_project, sandbox_file
from kbsync.errors import UsageError
from kbsync.state import forget

DEFAULT_PORT = 8765


def run_sandbox(
    directory: Path,
    config: str | None,
    target: str | None,
    port: int | None,
    data: Path | None,
    switches: tuple[str, ...],
    *,
    reset: bool,
    tell: Callable[[str], None],
) -> None:
    """Serve until interrupted. In a project it serves the data of its sandbox target, elsewhere `data`.

    Raises UsageError where neither is there, or the port is taken.
    """
    portal = f"http://127.0.0.1:{port or DEFAULT_PORT}"
    if data is None:
        project = open_project(directory, config, target)
        if project.target.kind != "sandbox":
            names = [name for name, one in project.config.targets.items() if one.kind == "sandbox"]
            hint = f"try -t {names[0]}" if names else "give the file with --data"
            raise UsageError(f"target {project.target.name} is not a sandbox", hint)
        data = sandbox_file(project)
        if reset:
            forget(project.root, project.target)
        portal = project.target.portal_url
        port = urlsplit(portal).port if port is None else port
        switches = (*(f"{name}={value}" for name, value in project.target.switches.items()), *switches)
    from kbsync.sandbox import KEYS
    from kbsync.sandbox.server import run

    port = DEFAULT_PORT if port is None else port
    _require_free(port)
    with contextlib.closing(alone(data, portal, switches, reset=reset)) as sandbox:
        tell(f"Readers' portal: http://127.0.0.1:{port}/")
        tell(f"API:             http://127.0.0.1:{port}/api/v2 (key {KEYS['admin']})")
        tell("Ctrl-C stops it.")
        try:
            run(sandbox, port)
        except OSError as error:
            raise UsageError(f"port {port} cannot be used: {error}", "give another one with --port") from None


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(
                f"port {port} cannot be used: {error.strerror}", "stop what uses it, or give another one with --port"
            ) from None
