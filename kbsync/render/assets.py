"""Local images and files: their public addresses, and whether readers would see them."""

from __future__ import annotations

import posixpath
from urllib.parse import quote

from kbsync.model import Asset
from kbsync.render.site import AssetFile, Site

# What the editor takes (API sheet 7). A larger file still loads from a store of one's own.
MAX_IMAGE = 5_200_000
MAX_FILE = 25_000_000

_SHOWN = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".gif", ".webp", ".avif", ".apng"})
_NOT_SHOWN = frozenset({".bmp", ".tif", ".tiff", ".heic", ".heif", ".psd", ".ai", ".eps", ".raw"})
# A drawing is XML, which few tell from any other text by its content.
_DRAWING = frozenset({"", "application/octet-stream", "image/svg+xml", "text/xml", "application/xml", "text/plain"})

_Problem = tuple[str, dict[str, object]]


def asset_of(path: str, site: Site) -> Asset | None:
    """The asset with its address, which changes with the content; None where the target has no store."""
    facts = site.facts(path)
    store = site.target.assets
    if facts is None or store.store == "none":
        return None
    base = store.base_url.rstrip("/") if store.store == "base-url" else f"{site.target.portal_url}/assets"
    relative = quote(posixpath.relpath(path, site.content))
    return Asset(path, f"{base}/{relative}?v={facts.digest[:8]}")


def file_problems(path: str, site: Site) -> tuple[_Problem, ...]:
    """What is wrong with a file that a link offers for download."""
    facts = site.facts(path)
    if facts is None:
        return (("link-missing", {"target": path, "guess": ""}),)
    if facts.size > MAX_FILE:
        return (("file-large", {"path": path, "size": _megabytes(facts.size), "limit": _megabytes(MAX_FILE)}),)
    return ()


def image_problems(path: str, site: Site) -> tuple[_Problem, ...]:
    """What is wrong with a file that an image shows."""
    facts = site.facts(path)
    if facts is None:
        return (("image-missing", {"target": path, "guess": ""}),)
    extension = posixpath.splitext(path)[1].lower()
    if not _is_image(extension, facts):
        return (("image-not-image", {"path": path, "kind": facts.media_type or "of no known kind"}),)
    if extension in _NOT_SHOWN:
        return (("image-format", {"path": path, "kind": extension[1:].upper()}),)
    if facts.size > MAX_IMAGE:
        values: dict[str, object] = {"path": path, "size": _megabytes(facts.size), "limit": _megabytes(MAX_IMAGE)}
        return (("image-large", values),)
    return ()


def _is_image(extension: str, facts: AssetFile) -> bool:
    if facts.size == 0:
        return False
    if extension == ".svg":
        return facts.media_type in _DRAWING
    if facts.media_type.startswith("image/"):
        return True
    return extension in _NOT_SHOWN and not facts.media_type.startswith("text/")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
