"""Refusals as replies, with the bodies that row 18 asks for where the sheet knows none (1.3)."""

from __future__ import annotations

from http import HTTPStatus

from kbsync.sandbox.switches import Switches
from kbsync.sandbox.wire import RefusedError, Reply, html_reply, json_reply


def refused(refusal: RefusedError, switches: Switches) -> Reply:
    """The reply for a refusal."""
    if refusal.body is not None:
        return json_reply(refusal.status, refusal.body, refusal.headers)
    return bare_error(refusal.status, switches, refusal.headers)


def bare_error(status: int, switches: Switches, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """An error whose body is unknown: nothing, shape B, or a page (row 18)."""
    phrase = HTTPStatus(status).phrase
    match switches.error_bodies:
        case "empty":
            return Reply(status, headers)
        case "shape_b":
            code = phrase.lower().replace(" ", "_")
            return json_reply(status, {"code": code, "message": phrase}, headers)
        case "html":
            return html_reply(status, error_page(status), headers)


def error_page(status: int) -> str:
    """A page as a proxy in front of the service makes one."""
    phrase = _phrase(status)
    return f"<!DOCTYPE html><html><head><title>{status} {phrase}</title></head><body>{phrase}</body></html>"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"
