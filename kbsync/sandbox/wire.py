"""What goes in and out of the sandbox: requests, replies and refusals, free of any web framework."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

# Any stands only where JSON enters: its shape is checked by the endpoint's own table of fields.
Json = Any

# How a door hands a reply over. "none": the connection closes without a byte; "refused": closed before the
# request was looked at; "truncated": the full Content-Length but half the body, then closed; "stalled": the
# same, but silent for `Reply.delay` seconds before it closes.
Delivery = Literal["whole", "none", "refused", "truncated", "stalled"]


class SandboxError(Exception):
    """The sandbox was set up or driven wrongly; the message says what is valid."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: `query` is the raw query string, header names may be in any case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    scheme: str = "http"

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name; None if it was not sent."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    def parameters(self) -> dict[str, str]:
        """The query string as a mapping; of repeated names the last one counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP reply, and how the door is to deliver it (see `Delivery`) after `delay` seconds."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    delivery: Delivery = "whole"
    delay: float = 0.0

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name; None if it is absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def json(self) -> Json:
        """The body parsed as JSON."""
        return json.loads(self.body)


JSON_TYPE = ("Content-Type", "application/json; charset=utf-8")
HTML_TYPE = ("Content-Type", "text/html; charset=utf-8")


def json_reply(status: int, value: Json, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """A reply with a JSON body; characters stay raw UTF-8 as on the real service."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Reply(status, (JSON_TYPE, *headers), body)


def html_reply(status: int, html: str, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """A reply with an HTML body."""
    return Reply(status, (HTML_TYPE, *headers), html.encode())


class RefusedError(Exception):
    """Ends an endpoint with an error status; `body` is None where the sheet (1.3) knows no body."""

    def __init__(self, status: int, body: Json = None, headers: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = tuple(headers)


# One finding of a validation: field (None where the error is not about one), code.
Fault400 = tuple[str | None, str]

_MESSAGES = {
    "missing_field": "Mandatory attribute missing",
    "invalid_value": "It should be a valid value",
    "duplicate_value": "It should be a unique value",
    "datatype_mismatch": "Value set is of the wrong type",
    "invalid_field": "Unexpected/invalid field in request",
    "incompatible_field": "This field cannot be set together with the others",
    "inconsistent_state": "The request does not fit the state of the resource",
    "invalid_json": "Request body has invalid json format",
    "no_content_required": "No content is required in the request body",
}


def validation_failed(findings: Iterable[Fault400], status: int = 400) -> RefusedError:
    """Shape A of sheet section 1.3: every finding at once, each with its documented code."""
    errors = [
        {**({} if name is None else {"field": name}), "message": _MESSAGES[code], "code": code}
        for name, code in findings
    ]
    return RefusedError(status, {"description": "Validation failed", "errors": errors})


def single_fault(status: int, code: str, message: str) -> RefusedError:
    """Shape B of sheet section 1.3."""
    return RefusedError(status, {"code": code, "message": message})


def access_denied() -> RefusedError:
    """The role refuses: 403 access_denied (sheet 1.3)."""
    return single_fault(403, "access_denied", "You are not authorized to perform this action.")


def feature_missing(feature: str) -> RefusedError:
    """The plan lacks a feature: 403 require_feature (sheet 1.3)."""
    text = f"The {feature} feature(s) is/are not supported in your plan. "
    return single_fault(403, "require_feature", text + "Please upgrade your account to use it.")
