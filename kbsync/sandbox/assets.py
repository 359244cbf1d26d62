"""Files under /assets/: what an image host is for a help centre."""

from __future__ import annotations

import mimetypes

from kbsync.sandbox.rows import Asset
from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import RefusedError, Reply, Request, SandboxError

# The machine's own table of types may lack these, and the tests must not depend on it.
_TYPES = {"webp": "image/webp", "avif": "image/avif", "svg": "image/svg+xml", "md": "text/plain"}

# A picture or page put here by anybody must not act in the name of the portal on the same address.
_ACTIVE = ("image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/xml")
_HARMLESS = ("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")


def put_asset(store: Store, path: str, content: bytes) -> None:
    """Keeps a file under its normalised path. Raises SandboxError for a path that leads elsewhere."""
    clean = normal_path(path)
    with store.transaction():
        store.put_asset(Asset(clean, content_type(clean), content))


def get_asset(store: Store, request: Request) -> Reply:
    """GET or HEAD /assets/<path>"""
    if request.method not in {"GET", "HEAD"}:
        raise RefusedError(405, headers=[("Allow", "GET, HEAD")])
    path = request.path.removeprefix("/assets/")
    found = _attachment(store, path) or _asset(store, path)
    if found is None:
        raise RefusedError(404)
    kind, content = found
    active = [_HARMLESS] if kind in _ACTIVE else []
    named = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    headers = [("Content-Type", named), ("X-Content-Type-Options", "nosniff"), *active]
    return Reply(200, tuple(headers), content)


def normal_path(path: str) -> str:
    """The path without empty or dot segments. Raises SandboxError if it is empty or climbs out."""
    segments = [segment for segment in path.split("/") if segment not in {"", "."}]
    if not segments or ".." in segments or any(mark in path for mark in ("\\", "\0", "?", "#")):
        raise SandboxError(f"{path!r} is no path of an asset")
    return "/".join(segments)


def content_type(path: str) -> str:
    """The media type by the file's ending."""
    ending = path.rpartition(".")[2].lower()
    return _TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _asset(store: Store, path: str) -> tuple[str, bytes] | None:
    asset = store.asset(path)
    return None if asset is None else (asset.content_type, asset.content)


def _attachment(store: Store, path: str) -> tuple[str, bytes] | None:
    folder, _, id = path.partition("/")
    return store.attachment_content(int(id)) if folder == "attachments" and id.isdigit() else None
