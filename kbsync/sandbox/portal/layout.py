"""Templates and values into a reply, with what every page of the portal promises to a browser."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from kbsync.sandbox.portal.static_files import static_address
from kbsync.sandbox.wire import HTML_TYPE, Reply

# What an author wrote is shown as it is stored, but runs nothing, sends nothing and frames only known players.
# Bodies need style attributes; style sheets come from here alone, so a stored <style> cannot restyle the page.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self' 'unsafe-inline'",
        "style-src-elem 'self'",
        "img-src * data:",
        "media-src *",
        "frame-src https://youtube.com https://*.youtube.com https://youtube-nocookie.com"
        " https://*.youtube-nocookie.com https://player.vimeo.com https://loom.com https://*.loom.com"
        " https://fast.wistia.net https://fast.wistia.com",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
_HEADERS = (
    HTML_TYPE,
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    # The players of YouTube refuse a visitor who does not say from where he comes.
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cache-Control", "no-store"),
)


def shown(status: int, template: str, **values: object) -> Reply:
    """A page made from a template of this package."""
    html = _environment().get_template(template).render(values)
    return Reply(status, _HEADERS, html.encode())


def sent_on(address: str) -> Reply:
    """A redirect that no browser remembers."""
    return Reply(302, (("Location", address), *_HEADERS))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("kbsync.sandbox.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": _day, "isoday": _isoday, "count_of": _count_of}
    environment.globals["static"] = static_address
    return environment


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _day(seconds: int) -> str:
    moment = _moment(seconds)
    return f"{moment.day} {moment:%B %Y}"


def _isoday(seconds: int) -> str:
    return f"{_moment(seconds):%Y-%m-%d}"


def _count_of(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
