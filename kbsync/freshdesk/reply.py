"""What came back for a request, as a value: a reply, or the way in which none came (sheet 1.1-1.3)."""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urljoin, urlsplit

LONGEST_DETAIL = 500
# Control characters could drive a terminal, the bidirectional ones could disguise a message.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


class UnreadableError(ValueError):
    """A reply of status 2xx that is not what section 4 of the sheet promises; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as messages show it: method and full URL, never a header."""

    method: str
    url: str

    @property
    def writes(self) -> bool:
        """True if sending it twice could do something twice."""
        return self.method not in {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class Lost:
    """No whole reply came. `sent` is False where the request certainly never reached the server.

    `again` is False where another try would end the same way.
    """

    asked: Asked
    sent: bool
    reason: str
    again: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first fault that an error body names: shape A or B of sheet 1.3. Empty where it names none."""

    code: str = ""
    field: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply. `headers` have names in lower case; `content` is decoded from its transfer only.

    `hide` blots out the key, should a server repeat it: all texts for people go through it.
    """

    asked: Asked
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    hide: Callable[[str], str] = field(default=str, repr=False, compare=False)

    def json(self) -> object:
        """The body's value, None where it is empty. Raises UnreadableError for HTML, torn JSON, bad UTF-8."""
        if not self.content.strip():
            return None
        kind = self.headers.get("content-type", "application/json").partition(";")[0]
        if "json" not in kind.lower():
            raise UnreadableError(f"the reply is {self.shown(kind, 50)}, not JSON")
        try:
            value: object = json.loads(self.content.decode())
        except (ValueError, RecursionError):
            raise UnreadableError("the reply is no valid JSON") from None
        return value

    def text(self) -> str:
        """The start of the body for a message: one line, at most 500 characters."""
        return self.shown(self.content[: 2**16].decode(errors="replace"))

    def request_id(self) -> str:
        """Freshdesk's id of the request, for its support; empty where it sent none."""
        return self.shown(self.headers.get("x-request-id", ""), 100)

    def shown(self, text: str, limit: int = LONGEST_DETAIL) -> str:
        """A piece of this reply as it may be shown to people."""
        return printable(self.hide(text), limit)

    def server_time(self) -> float | None:
        """The Date header in epoch seconds."""
        return _http_date(self.headers.get("date"))

    def retry_after(self) -> float | None:
        """Seconds to wait from a Retry-After of either form; a date counts from the reply's own Date.

        None where the header is absent or unreadable, or a date cannot be compared: our clock may be wrong.
        """
        text = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,12}(\.\d*)?", text):
            return float(text)
        until, now = _http_date(text), self.server_time()
        return None if until is None or now is None else max(0.0, until - now)

    def next_link(self) -> str | None:
        """The absolute URL that the Link header calls next, or None."""
        for match in re.finditer(r"<([^>]*)>([^<]*)", self.headers.get("link", "")):
            if re.search(r";\s*rel\s*=\s*\"?([^\";]*\s)?next\b", match[2], re.IGNORECASE):
                return absolute(self.asked.url, str(match[1]).strip())
        return None

    def fault(self) -> Fault:
        """What the error body says; for a body of no known shape only its first characters."""
        try:
            value = self.json()
        except UnreadableError:
            return Fault(detail=self.text())
        if not isinstance(value, dict):
            return Fault(detail=self.text())
        fault = _fault_of(value)
        if fault is None:
            return Fault(detail=self.text())
        return Fault(self.shown(fault.code, 100), self.shown(fault.field, 100), self.shown(fault.detail))

    def is_page(self) -> bool:
        """True if the body is a page for people: a proxy or firewall has answered, not Freshdesk."""
        return "html" in self.headers.get("content-type", "").lower() or self.content.lstrip()[:1] == b"<"


def absolute(base: str, location: str) -> str:
    """Where a header leads from `base`; empty where that is no address."""
    try:
        return urlsplit(urljoin(base, location)).geturl()
    except ValueError:
        return ""


def same_list(url: str, address: str) -> dict[str, str] | None:
    """The query of `url` if it is `address` but for that, else None (section 3: where Link may lead)."""
    there, here = urlsplit(url), urlsplit(address)
    if (there.scheme, there.netloc, there.path) != (here.scheme, here.netloc, here.path):
        return None
    return dict(parse_qsl(there.query))


def printable(text: str, limit: int = LONGEST_DETAIL) -> str:
    """`text` on one line, without characters that act on a terminal, cut to `limit`."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:limit]


def _fault_of(body: Mapping[str, object]) -> Fault | None:
    errors = body.get("errors")
    if isinstance(errors, list) and errors and all(isinstance(error, dict) for error in errors):
        first = errors[0]
        detail = "; ".join(_spoken(error) for error in errors)
        return Fault(_text(first, "code"), _text(first, "field"), detail)
    if "code" in body or "message" in body:
        return Fault(_text(body, "code"), "", _text(body, "message"))
    return None


def _spoken(error: Mapping[str, object]) -> str:
    parts = (_text(error, "field"), _text(error, "message") or _text(error, "code"))
    return ": ".join(part for part in parts if part)


def _text(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _http_date(text: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None
