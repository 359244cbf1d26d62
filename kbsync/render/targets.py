"""What an address in a document leads to: another source, a local file, the same page, or the web."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from kbsync import links
from kbsync.model import Asset, Status
from kbsync.render import allowed
from kbsync.render.assets import asset_of, file_problems, image_problems
from kbsync.render.headings import same_anchor
from kbsync.render.site import Site

Problem = tuple[str, dict[str, object]]  # a rule and its values

_UNSAFE = re.compile(r"[\s\"<>\\^`{|}\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a link or image leads. `address` is None where it leads nowhere: then `problems` says why.

    `anchor` is the place that must exist in the page, if one is named.
    """

    address: str | None
    problems: tuple[Problem, ...] = ()
    anchor: links.Link | None = None
    asset: Asset | None = None


def link_goal(site: Site, source: str, written: str) -> Goal:
    """What a link in file `source` leads to. `written` is its address as it stands in the file."""
    address = written.strip()
    if not address:
        return _nowhere("link-empty")
    if address.startswith("#"):
        return _in_page(source, address[1:])
    scheme = allowed.scheme(address)
    if scheme in allowed.LINK_SCHEMES or address.startswith("//"):
        return Goal(_web(address))
    if scheme:
        return _nowhere("link-scheme", scheme=scheme)
    return _local(site, source, address, _link_to)


def image_goal(site: Site, source: str, written: str) -> Goal:
    """What an image in file `source` shows."""
    address = written.strip()
    scheme = allowed.scheme(address)
    if scheme == "data":
        return Goal(address) if allowed.is_data_image(address) else _nowhere("image-data", limit=allowed.MAX_DATA_IMAGE)
    if scheme == "http":
        return Goal(_web(address), (("image-insecure", {}),))
    if scheme == "https" or address.startswith("//"):
        return Goal(_web(address))
    if scheme:
        return _nowhere("image-scheme", scheme=scheme)
    if not address:
        return _nowhere("image-missing", target="", guess="")
    return _local(site, source, address, _image_of)


def _nowhere(rule: str, **values: object) -> Goal:
    return Goal(None, ((rule, values),))


def _web(address: str) -> str:
    # As it is written, but for what would end the attribute or is no part of any address.
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), address)


def _in_page(source: str, anchor: str) -> Goal:
    anchor = same_anchor(unquote(anchor))
    return Goal(f"#{anchor}", anchor=links.Link(source, anchor))


_Kind = Callable[[Site, str, str, str, str], Goal]


def _local(site: Site, source: str, address: str, kind: _Kind) -> Goal:
    """The goal of an address in the project, for the first reading of it that exists."""
    before, _, anchor = address.partition("#")
    before = before.partition("?")[0]
    if not before:
        return _in_page(source, anchor)
    paths = [_path(site, source, form) for form in dict.fromkeys((unquote(before), before))]
    path = next((path for path in paths if site.exists(_without_index(path))), paths[0])
    if not site.below_content(path):
        return _nowhere("link-outside", target=before, content=site.content)
    return kind(site, source, before, path, same_anchor(unquote(anchor)))


def _path(site: Site, source: str, written: str) -> str:
    """The project path; a leading `/` is the content folder."""
    if written.startswith("/"):
        return posixpath.normpath(f"{site.content}/{written.lstrip('/')}")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), written))


def _without_index(path: str) -> str:
    return posixpath.dirname(path) if posixpath.basename(path) == "_index.md" else path


def _link_to(site: Site, source: str, written: str, path: str, anchor: str) -> Goal:
    path = _without_index(path)
    if path == site.content:
        return Goal(f"{site.target.portal_url}/support/solutions")
    if path in site.documents:
        return _article(site, source, path, anchor)
    if path in site.broken or path in site.containers:
        return Goal(links.href(links.Link(path, anchor)))
    if path in site.files and path not in site.partials:
        return _asset(site, path, file_problems)
    return _no_link(site, source, written, path)


def _no_link(site: Site, source: str, written: str, path: str) -> Goal:
    if path in site.partials:
        return _nowhere("link-to-snippet", target=written)
    if any(each.startswith(f"{path}/") for each in site.files):
        return _nowhere("link-to-directory", target=written)
    return _nowhere("link-missing", target=written, guess=_guess(site, source, written, path))


def _article(site: Site, source: str, path: str, anchor: str) -> Goal:
    link = links.Link(path, anchor)
    if path == source:  # the page itself: needs no address, so it holds at once
        return Goal(f"#{anchor or 'top'}", anchor=link)
    draft = site.documents[path].status is Status.DRAFT
    told = draft and (source not in site.documents or site.documents[source].status is not Status.DRAFT)
    problems: tuple[Problem, ...] = (("link-to-draft", {"target": path}),) if told else ()
    return Goal(links.href(link), problems, anchor=link if anchor else None)


def _image_of(site: Site, source: str, written: str, path: str, anchor: str) -> Goal:
    del anchor
    if path not in site.files:
        return _nowhere("image-missing", target=written, guess=_guess(site, source, written, path))
    return _asset(site, path, image_problems)


def _asset(site: Site, path: str, problems_of: Callable[[str, Site], tuple[Problem, ...]]) -> Goal:
    problems = problems_of(path, site)
    asset = asset_of(path, site)
    if asset is None:
        return Goal(None, problems or (("asset-store-missing", {"target": site.target.name}),))
    return Goal(asset.address, problems, asset=asset)


def _guess(site: Site, source: str, written: str, path: str) -> str:
    near = site.nearest(path)
    absolute = written.startswith("/")
    shown = posixpath.relpath(near, site.content if absolute else posixpath.dirname(source)) if near else "."
    return f'; did you mean "{"/" * absolute}{shown}"?' if shown.strip("./") else ""
