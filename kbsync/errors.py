"""Every error that kbsync raises on purpose, with the exit code it ends in (design 5).

KbsyncError
├── UsageError            the command line or the project is not as needed
├── InvalidSource         files that cannot be used; carries findings
├── LockError             the lock file cannot be trusted
├── StalePlan             live or source moved since the plan
├── LimitRefused          a plan larger than the policy allows
├── Moved                 one object is no longer as planned; a person decides
├── Undecided             what a lost reply did cannot be told
└── RemoteError           talking to Freshdesk failed; says method, URL, status, code, request id
    ├── NotSent           the request certainly had no effect (refused connection, DNS, quota)
    ├── OutcomeUnknown    the request may have taken effect (lost reply, 5xx, unreadable reply)
    └── Refused           Freshdesk said no, nothing changed
        ├── Unauthorized  401: the key is wrong
        ├── Forbidden     403: the role lacks a privilege, or the plan lacks a feature
        └── Gone          404, or 403 on an id: no such object for this key
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kbsync.findings import Finding


class KbsyncError(Exception):
    """An expected failure: what went wrong, and `hint`, what to do next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(KbsyncError):
    """The command line or the project folder is not as the command needs it."""

    exit_code = 2


class InvalidSource(KbsyncError):
    """Files that cannot be used; `findings` holds every problem of the run."""

    def __init__(self, message: str, findings: tuple[Finding, ...], hint: str = "") -> None:
        super().__init__(message, hint)
        self.findings = findings


class LockError(KbsyncError):
    """The lock file is damaged, or belongs to another account."""


class StalePlan(KbsyncError):
    """Source or live moved since the plan was made, or the plan is not the one expected."""

    exit_code = 5


class LimitRefused(KbsyncError):
    """The plan is larger than `policy` allows."""

    exit_code = 6


class Moved(KbsyncError):
    """One object in Freshdesk is no longer what the plan was made from; it is left alone."""

    exit_code = 4


class Undecided(KbsyncError):
    """What became of a write whose reply was lost cannot be told; the next run looks again.

    `decision` is True where it can never be told by looking: then a person has to decide.
    """

    exit_code = 7

    def __init__(self, message: str, hint: str = "", *, decision: bool = False) -> None:
        super().__init__(message, hint)
        self.decision = decision


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back. `status` is 0 where no reply arrived; `detail` is at most 500 characters."""

    method: str
    url: str
    status: int = 0
    code: str = ""
    request_id: str = ""
    detail: str = ""
    field: str = ""
    retry_after: float | None = None

    def __str__(self) -> str:
        reply = f" -> {self.status}" if self.status else ""
        code = f" {self.code}" if self.code else ""
        request = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.method} {self.url}{reply}{code}{request}"


class RemoteError(KbsyncError):
    """Talking to Freshdesk failed. `exchange` says method, URL, status, code and request id (API sheet 1.3)."""

    def __init__(self, message: str, exchange: Exchange, hint: str = "") -> None:
        super().__init__(f"{message}: {exchange}" + (f": {exchange.detail}" if exchange.detail else ""), hint)
        self.exchange = exchange


class NotSent(RemoteError):
    """The request certainly had no effect: no connection, or a quota that will not free up in time."""


class OutcomeUnknown(RemoteError):
    """The request may have taken effect: reply lost, 5xx, or a reply that cannot be read."""


class Refused(RemoteError):
    """Freshdesk refused the request; nothing changed."""


class Unauthorized(Refused):
    """401: the API key is not accepted."""


class Forbidden(Refused):
    """403: the agent's role lacks the privilege, or the account's plan lacks the feature (`require_feature`)."""


class Gone(Refused):
    """No such object for this key: 404, or 403 on an id (API sheet 1.3, row 26 of section 12)."""
