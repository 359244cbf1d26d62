"""What happens to one API request: the limit, the key, the endpoint, the faults that strike, the log."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, replace
from email.utils import formatdate
from http import HTTPStatus

from kbsync.sandbox.authorization import api_key
from kbsync.sandbox.calls import Call, Shift
from kbsync.sandbox.faults import MODIFIERS, Fault, is_write
from kbsync.sandbox.fields import parse_object
from kbsync.sandbox.journal import finish_entry, start_entry
from kbsync.sandbox.lag import Behind, Lag, photograph
from kbsync.sandbox.multipart import File, parse_form
from kbsync.sandbox.rate import Allowance, count_request
from kbsync.sandbox.refusals import bare_error, error_page, refused
from kbsync.sandbox.routes import find_endpoint
from kbsync.sandbox.rows import Agent
from kbsync.sandbox.store import Store
from kbsync.sandbox.switches import Switches
from kbsync.sandbox.wire import (
    HTML_TYPE,
    Json,
    RefusedError,
    Reply,
    Request,
    html_reply,
    json_reply,
    single_fault,
    validation_failed,
)

_LOGGER = logging.getLogger("kbsync.sandbox")
_COMMITS = frozenset({"drop_after_commit", "status_after_commit", "truncated", "stalled"})


@dataclass(frozen=True, slots=True)
class _Deferred:
    due: float
    request: Request
    number: int


class Execution:
    """Answers API requests inside a transaction of the caller's. Holds what dies with the server: lag, and
    requests that a fault lets come into effect later."""

    def __init__(self, store: Store, switches: Switches, base_url: str) -> None:
        self.switches = switches
        self._store = store
        self._base_url = base_url
        self._lag = Lag()
        self._deferred: list[_Deferred] = []

    def forget(self) -> None:
        """Drops lag and deferred requests."""
        self._lag = Lag()
        self._deferred = []

    def settle(self, now: float) -> None:
        """Lets the deferred requests take effect whose time has come, at their time."""
        due = [item for item in self._deferred if item.due <= now]
        self._deferred = [item for item in self._deferred if item.due > now]
        for item in sorted(due, key=lambda item: item.due):
            reply, agent = self._run(item.request, (), item.due, item.number)
            done = _committed(item.request, reply)
            finish_entry(self._store, item.number, status=None, committed=done, agent=_role(agent), fault="late_commit")

    def answer(self, request: Request, faults: tuple[Fault, ...], now: float) -> Reply:
        """The reply, after whatever the faults that struck make of it; the log knows what really happened."""
        self.settle(now)
        number = start_entry(self._store, request, now)
        main = next((fault for fault in faults if fault.kind not in MODIFIERS), None)
        if main is not None and main.kind == "refuse":
            finish_entry(self._store, number, status=None, committed=False, agent=None, fault=main.kind)
            return Reply(0, delivery="refused")
        allowance = count_request(self._store, self.switches, now)
        agent: Agent | None = None
        if main is None or _runs(main):
            reply, agent = self._limited(request, faults, allowance, now, number)
            committed = _committed(request, reply)
        else:
            reply, committed = Reply(0), False
        if main is not None and main.kind == "late_commit":
            self._deferred.append(_Deferred(now + main.seconds, request, number))
        honest = _with_headers(reply, allowance, self.switches, number, now)
        reply = _after_fault(honest, main, self.switches)
        reply = replace(reply, delay=reply.delay + sum(f.seconds for f in faults if f.kind == "slow"))
        sent = None if reply.delivery == "none" else reply.status
        kind = main.kind if main is not None else next((fault.kind for fault in faults), None)
        finish_entry(self._store, number, status=sent, committed=committed, agent=_role(agent), fault=kind)
        return reply

    def _limited(
        self, request: Request, faults: tuple[Fault, ...], allowance: Allowance, now: float, number: int
    ) -> tuple[Reply, Agent | None]:
        if allowance.retry_after is not None:
            return bare_error(429, self.switches), None
        return self._run(request, faults, now, number)

    def _run(self, request: Request, faults: tuple[Fault, ...], now: float, number: int) -> tuple[Reply, Agent | None]:
        self._lag.expire(now, number)
        behind = _behind(faults, self.switches, now, number) if is_write(request) else None
        before = photograph(self._store) if behind else {}
        agent: Agent | None = None
        try:
            agent = self._agent(request)
            with self._store.transaction():
                reply = self._endpoint(request, agent, faults, now)
        except RefusedError as refusal:
            reply = refused(refusal, self.switches)
        except Exception:
            # A fault of ours is a 500, as on any server.
            _LOGGER.exception("sandbox: %s %s failed", request.method, request.path)
            reply = bare_error(500, self.switches)
        if behind:
            self._lag.hold_back(before, photograph(self._store), behind)
        return reply, agent

    def _endpoint(self, request: Request, agent: Agent, faults: tuple[Fault, ...], now: float) -> Reply:
        endpoint = find_endpoint(request.method, request.path.removeprefix("/api/v2"))
        _check_accept(request)
        payload, files = self._content(request)
        host = request.header("host")
        return endpoint(
            Call(
                self._store,
                self.switches,
                agent,
                request,
                int(now),
                f"{request.scheme}://{host}" if host else self._base_url,
                self._lag,
                payload,
                files,
                self._store.hidden_from(agent.id),
                _shift(faults),
            )
        )

    def _agent(self, request: Request) -> Agent:
        key = api_key(request)
        agent = self._store.agent_by_key(key) if key else None
        if agent is None:
            raise single_fault(401, "invalid_credentials", "You have to be logged in to perform this action.")
        return agent

    def _content(self, request: Request) -> tuple[dict[str, Json], tuple[File, ...]]:
        if request.method not in {"POST", "PUT"}:
            if request.body:
                raise validation_failed([(None, "no_content_required")])
            return {}, ()
        sent = request.header("content-type") or ""
        kind = sent.partition(";")[0].strip().lower()
        if kind == "multipart/form-data" and self._takes_files(request):
            return parse_form(sent, request.body)
        if kind != "application/json":
            raise RefusedError(415)
        return parse_object(request.body), ()

    def _takes_files(self, request: Request) -> bool:
        on_article = "/articles" in request.path
        return on_article and self.switches.attachments == "accept"


def _runs(fault: Fault) -> bool:
    return fault.kind in _COMMITS or (fault.kind == "html_200" and fault.commit)


def _after_fault(reply: Reply, fault: Fault | None, switches: Switches) -> Reply:
    match fault:
        case None:
            return reply
        case Fault(kind="drop_before_commit" | "drop_after_commit" | "late_commit"):
            return Reply(0, delivery="none")
        case Fault(kind="truncated" | "stalled") if not reply.body:
            # Nothing to cut in a 204: what is left of it is no reply at all.
            return Reply(0, delivery="none", delay=fault.seconds)
        case Fault(kind="truncated"):
            return replace(reply, delivery="truncated")
        case Fault(kind="stalled"):
            return replace(reply, delivery="stalled", delay=fault.seconds)
        case Fault(kind="html_200"):
            page = fault.body or error_page(fault.status or 200)
            return html_reply(fault.status or 200, page, fault.headers.items())
        case _:
            return _scripted(fault, switches)


def _scripted(fault: Fault, switches: Switches) -> Reply:
    status = fault.status or 500
    headers = tuple(fault.headers.items())
    if fault.body:
        named = any(name.lower() == "content-type" for name, _ in headers)
        return Reply(status, headers if named else (HTML_TYPE, *headers), fault.body.encode())
    if status == 401:
        return json_reply(401, {"code": "invalid_credentials", "message": "You have to be logged in."}, headers)
    if status == 403:
        return json_reply(403, {"code": "access_denied", "message": "You are not authorized."}, headers)
    if status in {502, 503, 504}:
        return html_reply(status, error_page(status), headers)
    return bare_error(status, switches, headers) if status >= 400 else Reply(status, headers)


def _with_headers(reply: Reply, allowance: Allowance, switches: Switches, number: int, now: float) -> Reply:
    if reply.status == 0:
        return reply
    status = HTTPStatus(reply.status)
    common = (
        # By the sandbox's clock: a client may measure the age of what it read by the server's dates.
        ("Date", formatdate(now, usegmt=True)),
        ("X-Request-Id", f"sandbox-{number}"),
        ("X-Freshdesk-Api-Version", "latest=v2; requested=v2"),
        ("Cache-Control", "must-revalidate, no-cache, no-store, private, max-age=0"),
        ("Status", f"{status.value} {status.phrase}"),
    )
    return replace(reply, headers=(*reply.headers, *allowance.headers(switches), *common))


def _behind(faults: tuple[Fault, ...], switches: Switches, now: float, number: int) -> Behind | None:
    fault = next((fault for fault in faults if fault.kind == "lag"), None)
    if fault is None:
        delay = switches.read_delay_ms / 1000
        return Behind(now + delay, math.inf, single_reads=True) if delay else None
    by_time = now + fault.seconds if fault.seconds or fault.requests is None else math.inf
    by_count = math.inf if fault.requests is None else number + fault.requests
    return Behind(by_time, by_count, single_reads=False)


def _shift(faults: tuple[Fault, ...]) -> Shift:
    offset = sum(fault.offset for fault in faults if fault.kind == "shift")
    short = [fault for fault in faults if fault.kind == "short_page"]
    return Shift(offset, sum(fault.offset for fault in short), all(fault.keep_link for fault in short))


def _check_accept(request: Request) -> None:
    accept = request.header("accept")
    if accept is None:
        return
    kinds = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    if not kinds & {"application/json", "*/*", "application/*"}:
        raise RefusedError(406)


def _committed(request: Request, reply: Reply) -> bool:
    return is_write(request) and 200 <= reply.status < 300


def _role(agent: Agent | None) -> str | None:
    return None if agent is None else agent.role
