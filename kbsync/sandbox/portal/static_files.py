"""The portal's own style sheets and icon; nothing is fetched from anywhere else."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from kbsync.sandbox.wire import Reply

_ROOT = "/support/static/"
_TYPES = {
    "portal.css": "text/css; charset=utf-8",
    "article.css": "text/css; charset=utf-8",
    "print.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def static_file(path: str) -> Reply | None:
    """The file at a path of the portal, or None where the path is none of a file."""
    name = "icon.svg" if path == "/favicon.ico" else path.removeprefix(_ROOT) if path.startswith(_ROOT) else ""
    if name not in _TYPES:
        return None
    headers = (
        ("Content-Type", _TYPES[name]),
        ("X-Content-Type-Options", "nosniff"),
        # The address changes with the content, so a browser need never ask again.
        ("Cache-Control", "max-age=31536000, immutable"),
        ("Content-Security-Policy", "default-src 'none'; sandbox"),
    )
    return Reply(200, headers, _content(name))


@cache
def static_address(name: str) -> str:
    """The address of a file, which changes with its content."""
    return f"{_ROOT}{name}?v={sha256(_content(name)).hexdigest()[:12]}"


@cache
def _content(name: str) -> bytes:
    return files(__package__).joinpath("static", name).read_bytes()
