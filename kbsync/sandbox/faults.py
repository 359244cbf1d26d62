"""Scripted faults: what goes wrong, at which request (see fault-scenarios.md, boundaries b0 to b6)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from kbsync.sandbox.wire import Request, SandboxError

FaultKind = Literal[
    "refuse",  # closed before it is looked at
    "drop_before_commit",  # received, nothing done, closed without a reply
    "drop_after_commit",  # done, closed without a reply
    "late_commit",  # closed without a reply, done only `seconds` later
    "status_before_commit",  # nothing done, answered with `status`, `headers`, `body`
    "status_after_commit",  # done, answered with `status`, `headers`, `body`
    "truncated",  # done, half of the body under the full Content-Length, closed
    "stalled",  # as truncated, but silent for `seconds` before it closes
    "html_200",  # an HTML page with `status` (200 unless set); done if `commit`
    "slow",  # done, the reply comes `seconds` later
    "lag",  # done, but listings show it only after `seconds`, or after `requests` further requests
    "shift",  # a listing as if objects moved since the page before: `offset` 1 misses one, -1 repeats one
    "short_page",  # a listing page that ends `offset` items early, without Link unless `keep_link`
]

WRITES = frozenset({"POST", "PUT", "DELETE"})

# These change how a request is answered and go together with any other fault; of the rest the first wins.
MODIFIERS = frozenset({"slow", "lag", "shift", "short_page"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One scheduled fault. Only API requests count, from the moment the fault is added.

    It strikes the `nth` request (from 1) among those with this `method` and a `path` (a shell pattern of
    what follows /api/v2, such as "/solutions/folders/*/articles"), with `writes` among writes only, and the
    `times` - 1 matching ones after it; `times` None means all after it.
    """

    kind: FaultKind
    nth: int = 1
    times: int | None = 1
    method: str | None = None
    path: str | None = None
    writes: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.0
    requests: int | None = None
    offset: int = 1
    commit: bool = True
    keep_link: bool = False

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            raise SandboxError(f"fault kind {self.kind!r} is none of {', '.join(get_args(FaultKind))}")
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise SandboxError("a fault's nth and times count from 1")
        if self.kind.startswith("status_") and self.status is None:
            raise SandboxError(f"a fault of kind {self.kind} needs a status")

    def matches(self, request: Request) -> bool:
        """Whether the request is one of those that the fault counts."""
        if self.method is not None and request.method != self.method.upper():
            return False
        if self.writes and request.method not in WRITES:
            return False
        wanted = None if self.path is None else self.path.removeprefix("/api/v2")
        return wanted is None or fnmatchcase(request.path.removeprefix("/api/v2"), wanted)


def fault_from_json(value: Any) -> Fault:
    """A fault from a JSON object with the fields of `Fault`; SandboxError lists what is valid."""
    names = [item.name for item in dataclasses.fields(Fault)]
    if not isinstance(value, dict) or "kind" not in value or not value.keys() <= set(names):
        raise SandboxError(f"a fault is an object with kind and any of: {', '.join(names[1:])}")
    try:
        return Fault(**value)
    except TypeError as error:
        raise SandboxError(f"fault: {error}") from error


class Schedule:
    """The faults that are due, and how many requests each has counted."""

    def __init__(self) -> None:
        self._faults: list[tuple[Fault, int]] = []

    def add(self, faults: Iterable[Fault]) -> None:
        """Schedules faults; they count from now."""
        self._faults += [(fault, 0) for fault in faults]

    def clear(self) -> None:
        """Forgets all faults."""
        self._faults = []

    def pending(self) -> tuple[Fault, ...]:
        """The faults that may still strike."""
        return tuple(fault for fault, seen in self._faults if fault.times is None or seen < fault.nth + fault.times - 1)

    def strike(self, request: Request) -> tuple[Fault, ...]:
        """Counts a request and gives the faults that strike it, in the order they were added."""
        counted = [(fault, seen + fault.matches(request)) for fault, seen in self._faults]
        struck = tuple(
            fault
            for (fault, now), (_, before) in zip(counted, self._faults, strict=True)
            if now > before and _due(fault, now)
        )
        self._faults = counted
        return struck


def _due(fault: Fault, seen: int) -> bool:
    return seen >= fault.nth and (fault.times is None or seen < fault.nth + fault.times)


def is_write(request: Request) -> bool:
    """Whether a request may change something."""
    return request.method in WRITES and re.match(r"/api/v2(/|$)", request.path) is not None
