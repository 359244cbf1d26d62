"""The sandbox's remote control under /_sandbox/, so that a test can drive one in another process.

Every call needs the admin's key. That is no secret, but a header that no foreign web page can send.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from kbsync.sandbox.authorization import api_key
from kbsync.sandbox.faults import Fault, fault_from_json
from kbsync.sandbox.journal import entry_json
from kbsync.sandbox.people import People, act
from kbsync.sandbox.rows import LogEntry
from kbsync.sandbox.seed import KEYS
from kbsync.sandbox.switches import Switches, switches_as_json
from kbsync.sandbox.wire import Json, RefusedError, Reply, Request, SandboxError, json_reply, single_fault


class Controlled(Protocol):
    """What the remote control works on: a sandbox."""

    @property
    def log(self) -> tuple[LogEntry, ...]: ...
    @property
    def switches(self) -> Switches: ...
    @property
    def faults(self) -> tuple[Fault, ...]: ...
    @property
    def people(self) -> People: ...
    def clear_log(self) -> None: ...
    def clear_faults(self) -> None: ...
    def add_faults(self, *faults: Fault) -> None: ...
    def change_switches(self, values: Mapping[str, Any]) -> None: ...
    def put_asset(self, path: str, content: bytes) -> None: ...
    def reset(self) -> None: ...


def answer(sandbox: Controlled, request: Request) -> Reply:
    """Any request under /_sandbox/; 400 with the valid names where it is wrong."""
    if api_key(request) != KEYS["admin"]:
        raise single_fault(401, "invalid_credentials", "The remote control needs the admin's key.")
    try:
        if request.path.startswith("/_sandbox/assets/"):
            return _put_asset(sandbox, request)
        return _dispatch(sandbox, request)
    except SandboxError as error:
        raise single_fault(400, "invalid_value", str(error)) from error


def _dispatch(sandbox: Controlled, request: Request) -> Reply:
    paths = _PATHS.get(request.path)
    if paths is None:
        raise RefusedError(404)
    endpoint = paths.get(request.method)
    if endpoint is None:
        raise RefusedError(405, headers=[("Allow", ", ".join(paths))])
    result = endpoint(sandbox, _json(request.body))
    return Reply(204) if result is None else json_reply(200, result)


def _json(body: bytes) -> Json:
    try:
        return json.loads(body) if body else None
    except (ValueError, RecursionError):
        raise SandboxError("the body is no JSON") from None


def _put_asset(sandbox: Controlled, request: Request) -> Reply:
    if request.method != "PUT":
        raise RefusedError(405, headers=[("Allow", "PUT")])
    sandbox.put_asset(request.path.removeprefix("/_sandbox/assets/"), request.body)
    return Reply(204)


def _read_log(sandbox: Controlled, _: Json) -> Json:
    return [entry_json(entry) for entry in sandbox.log]


def _read_faults(sandbox: Controlled, _: Json) -> Json:
    return [{**dataclasses.asdict(fault), "headers": dict(fault.headers)} for fault in sandbox.faults]


def _add_faults(sandbox: Controlled, value: Json) -> Json:
    values = value if isinstance(value, list) else [value]
    sandbox.add_faults(*[fault_from_json(item) for item in values])
    return _read_faults(sandbox, None)


def _act(sandbox: Controlled, value: Json) -> Json:
    if not isinstance(value, dict):
        raise SandboxError('give {"action": name, "arguments": {...}}')
    return {"result": act(sandbox.people, value.get("action"), value.get("arguments", {}))}


def _change_switches(sandbox: Controlled, value: Json) -> Json:
    if not isinstance(value, dict):
        raise SandboxError("give an object of switches by name")
    sandbox.change_switches(value)
    return switches_as_json(sandbox.switches)


_PATHS: Mapping[str, Mapping[str, Callable[[Controlled, Json], Json]]] = {
    "/_sandbox/log": {"GET": _read_log, "DELETE": lambda sandbox, _: sandbox.clear_log()},
    "/_sandbox/faults": {
        "GET": _read_faults,
        "POST": _add_faults,
        "DELETE": lambda sandbox, _: sandbox.clear_faults(),
    },
    "/_sandbox/people": {"POST": _act},
    "/_sandbox/switches": {
        "GET": lambda sandbox, _: switches_as_json(sandbox.switches),
        "PUT": _change_switches,
    },
    "/_sandbox/reset": {"POST": lambda sandbox, _: sandbox.reset()},
}
