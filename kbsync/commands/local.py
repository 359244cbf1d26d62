"""The embedded sandbox: opened in process by a target of that kind, or run alone with its portal."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from kbsync.config import Target
from kbsync.errors import UsageError
from kbsync.sandbox import Sandbox, SandboxError, Switches, erase, parse_switches


@contextlib.contextmanager
def open_sandbox(data: Path, target: Target) -> Iterator[Sandbox]:
    """The sandbox of a target, on `data`. Raises UsageError for switches it does not know."""
    switches = _switches(f"{name}={value}" for name, value in target.switches.items())
    with contextlib.closing(Sandbox(data, switches=switches, portal_url=target.portal_url)) as sandbox:
        yield sandbox


def alone(data: Path, portal_url: str, switches: Iterable[str], *, reset: bool) -> Sandbox:
    """A sandbox of its own, on `data`. Raises UsageError for switches it does not know."""
    if reset:
        erase(data)
    return Sandbox(data, switches=_switches(switches), portal_url=portal_url)


def _switches(settings: Iterable[str]) -> Switches:
    try:
        return parse_switches(settings)
    except SandboxError as error:
        raise UsageError(str(error)) from None
