"""Replies and losses -> errors of ours: one table of what each status means (sheet 1.3).

| came back             | a write                   | a read                          |
|-----------------------|---------------------------|---------------------------------|
| nothing, never sent   | tried again, then NotSent | tried again, then NotSent       |
| nothing, perhaps sent | OutcomeUnknown            | tried again, then RemoteError   |
| 2xx, unreadable       | OutcomeUnknown            | tried again, then RemoteError   |
| 408, 425, 5xx         | OutcomeUnknown            | tried again, then RemoteError   |
| 429                   | tried again, then NotSent | tried again, then NotSent       |
| 3xx                   | Refused, not followed     | Refused, not followed           |
| 401, 403, 404 and 410 | Unauthorized, Forbidden, Gone                               |
| any other 4xx         | Refused                   | Refused                         |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from kbsync.errors import (
    Exchange,
    Forbidden,
    Gone,
    NotSent,
    OutcomeUnknown,
    Refused,
    RemoteError,
    Unauthorized,
)
from kbsync.freshdesk.reply import Asked, Lost, Reply, absolute

_LOOK_FIRST = "run kbsync again: it looks in Freshdesk before it writes; do not repeat the change by hand"
_BY_CODE: Mapping[str, str] = {
    "access_denied": "the role of the key's agent lacks a Solutions privilege (Admin > Roles),"
    " or the object was deleted or is hidden",
    "require_feature": "the account's plan lacks this feature: do without it, or upgrade the plan",
    "account_suspended": "the Freshdesk account is suspended: ask its administrator",
    "password_lockout": "the agent is locked out: ask an administrator",
    "password_expired": "the agent's password has expired: sign in to Freshdesk and set a new one",
    "duplicate_value": "another object has this name already: choose another, or adopt that one",
    "invalid_field": "this account or its plan does not take that field",
    "readonly_field": "Freshdesk sets this field itself: leave it out",
    "missing_field": "Freshdesk wants this field: set it in the source",
    "invalid_value": "change the value in the source",
    "datatype_mismatch": "change the value in the source",
    "incompatible_field": "the field does not go with the others: see visibility and its lists",
}
_BY_STATUS: Mapping[int, str] = {
    401: "check the API key (Freshdesk: Profile settings > View API key) and the variable that holds it",
    403: "the role of the key's agent lacks a privilege, or the account's plan lacks a feature",
    404: "it was deleted, is hidden from the key's agent, or the domain is wrong",
    413: "the text is too large for Freshdesk: split the article",
}
_REFUSALS: Mapping[int, tuple[type[Refused], str]] = {
    401: (Unauthorized, "Freshdesk does not accept the API key"),
    403: (Forbidden, "Freshdesk does not allow this"),
    404: (Gone, "Freshdesk has no such object"),
    410: (Gone, "Freshdesk has no such object"),
    405: (Refused, "Freshdesk does not offer this here"),
    409: (Refused, "this conflicts with what Freshdesk has"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An error to be raised, and whether the same request may be sent again before that."""

    error: RemoteError
    again: bool = False


def failure_of_loss(lost: Lost) -> Failure:
    """What it means that no reply came."""
    exchange = Exchange(lost.asked.method, lost.asked.url, detail=lost.reason)
    if not lost.sent:
        hint = lost.hint or "check the domain and the network (VPN, proxy, firewall); nothing was changed"
        return Failure(NotSent("Freshdesk cannot be reached", exchange, hint), lost.again)
    return _no_answer(lost.asked, exchange, "the reply was lost")


def failure_of_status(reply: Reply) -> Failure | None:
    """What a status other than 2xx and 429 means; None for 2xx."""
    if 200 <= reply.status < 300:
        return None
    if reply.status >= 500 or reply.status in {408, 425} or reply.status < 200:
        return _no_answer(reply.asked, exchange_of(reply), "Freshdesk failed")
    if reply.status < 400:
        return Failure(_redirected(reply))
    return Failure(_refused(reply))


def failure_of_content(reply: Reply, problem: str) -> Failure:
    """What a 2xx reply means that cannot be used; `problem` says why."""
    exchange = Exchange(
        reply.asked.method, reply.asked.url, reply.status, "", reply.request_id(), reply.text()
    )  # fmt: skip
    return _no_answer(reply.asked, exchange, f"the answer cannot be used: {problem}")


def too_many_requests(reply: Reply, seconds: float, tries: int) -> NotSent:
    """The error that ends the tries at a 429: the pause is too long, or it came `tries` times."""
    message = f"Freshdesk still refuses more requests after {tries} tries"
    return NotSent(message, exchange_of(reply, seconds), _resume(reply.server_time(), seconds))


def quota_closed(asked: Asked, seconds: float, server_time: float | None) -> NotSent:
    """The error for a request that was not even tried, because of an earlier 429's long pause."""
    exchange = Exchange(asked.method, asked.url, retry_after=seconds)
    message = "Freshdesk refuses requests for a long time" if seconds else "the connection was closed"
    return NotSent(message, exchange, _resume(server_time, seconds) if seconds else "run kbsync again")


def exchange_of(reply: Reply, retry_after: float | None = None) -> Exchange:
    """The facts of a failed exchange for messages and reports."""
    fault = reply.fault()
    return Exchange(
        reply.asked.method, reply.asked.url, reply.status, fault.code, reply.request_id(),
        fault.detail, fault.field, retry_after,
    )  # fmt: skip


def _no_answer(asked: Asked, exchange: Exchange, what: str) -> Failure:
    if asked.writes:
        message = f"{what}, so it is not known whether the change was made"
        return Failure(OutcomeUnknown(message, exchange, _LOOK_FIRST))
    hint = "nothing was changed by this request; try again later, and check proxies if it stays"
    return Failure(RemoteError(f"{what}, several times in a row", exchange, hint), again=True)


def _refused(reply: Reply) -> Refused:
    kind, message = _REFUSALS.get(reply.status, (Refused, "Freshdesk refused this"))
    exchange = exchange_of(reply)
    if exchange.field:
        message += f" because of {exchange.field!r}"
    if reply.is_page() and reply.status != 404:
        return kind(message, exchange, "a web page came back: probably a proxy or firewall, not Freshdesk")
    return kind(message, exchange, _BY_CODE.get(exchange.code) or _BY_STATUS.get(reply.status, ""))


def _redirected(reply: Reply) -> Refused:
    # Only the host is told: a login page's address may carry a token.
    location = urlsplit(absolute(reply.asked.url, reply.headers.get("location", "")))
    host = reply.shown(location.netloc.rpartition("@")[2], 100)
    exchange = Exchange(reply.asked.method, reply.asked.url, reply.status, "", reply.request_id())
    hint = "set the target's domain to the account's own, <name>.freshdesk.com; the key was not sent on"
    message = f"the server redirects to {host or 'nowhere'}, which kbsync does not follow"
    return Refused(message, exchange, hint)


def _resume(server_time: float | None, seconds: float) -> str:
    if server_time is None or seconds > 10**9:
        return f"run kbsync again in {seconds:.0f} s; what was done so far stays"
    until = datetime.fromtimestamp(server_time, UTC) + timedelta(seconds=seconds)
    return f"run kbsync again after {until:%Y-%m-%d %H:%M:%S} UTC; what was done so far stays"
