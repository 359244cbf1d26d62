"""Links between objects of the knowledge base, before and after their addresses are known.

In a desired body such a link is `<a href="kbsync:KEY#anchor">`. It holds once the server says that its target
is public; until then it is sent as plain text (P9), and completed by one more write. Addresses carry the id
and no slug, because a slug changes with the title (API sheet 9).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from urllib.parse import quote, unquote

from kbsync.model import Kind

SCHEME = "kbsync:"

# Attribute values may hold ">", so they are skipped whole. Neither a tag nor a link holds another "<a": whatever a
# body is, the search ends there, and its time grows with the body alone.
_ATTRIBUTES = r'(?:[^<>"]|"[^"]*")*?'
_LINK = re.compile(
    rf'<a\b(?P<before>{_ATTRIBUTES})\shref="(?P<href>[^"]*)"(?P<after>{_ATTRIBUTES})>(?P<inner>(?:[^<]|<(?!a\b|/a>))*)</a>',
    re.S,
)
_PATHS: dict[Kind, str] = {"article": "articles/", "folder": "folders/", "category": ""}


@dataclass(frozen=True, slots=True)
class Link:
    """The target of a link: an object's key, and the anchor in it (without `#`, may be empty)."""

    key: str
    anchor: str = ""


def href(link: Link) -> str:
    """The placeholder for `link`, to be escaped like any attribute value."""
    anchor = f"#{link.anchor}" if link.anchor else ""
    return f"{SCHEME}{_quoted(link.key)}{anchor}"


def parse_href(text: str) -> Link | None:
    """The link that the (unescaped) placeholder `text` stands for, or None for any other address."""
    if not text.startswith(SCHEME):
        return None
    key, _, anchor = text[len(SCHEME) :].partition("#")
    return Link(unquote(key), anchor)


def links_in(body: str) -> tuple[Link, ...]:
    """The targets of all placeholders in `body`, in order, each once."""
    if SCHEME not in body:
        return ()
    targets = (parse_href(unescape(match["href"])) for match in _LINK.finditer(body))
    return tuple(dict.fromkeys(link for link in targets if link is not None))


def resolve(body: str, address: Callable[[Link], str | None]) -> str:
    """`body` with each placeholder replaced by `address(link)`; a link without an address becomes its text."""
    if SCHEME not in body:
        return body

    def replaced(match: re.Match[str]) -> str:
        link = parse_href(unescape(match["href"]))
        if link is None:
            return match[0]
        found = address(link)
        if found is None:
            return match["inner"]
        return f'<a{match["before"]} href="{escape(found)}"{match["after"]}>{match["inner"]}</a>'

    return _LINK.sub(replaced, body)


def address_of(portal_url: str, kind: Kind, id: int, anchor: str = "") -> str:
    """The reader's address of an object (API sheet 9)."""
    fragment = f"#{anchor}" if anchor else ""
    return f"{portal_url}/support/solutions/{_PATHS[kind]}{id}{fragment}"


def move_instruction(agent_url: str, portal_url: str, article: int, folder: int | None) -> str:
    """What a person does where the API does not move an article: both addresses in one sentence (API sheet 9).

    Never delete and create anew: that loses the id, the address, votes and translations (API sheet 4.3).
    """
    there = "its new folder" if folder is None else address_of(portal_url, "folder", folder)
    return f"open {agent_url}/a/solutions/articles/{article} and move it to {there}"


def articles_linked(body: str) -> frozenset[int]:
    """The ids of the articles whose address is in `body`, on whatever host."""
    return frozenset(map(int, re.findall(r"/solutions/articles/(\d+)", body, re.ASCII)))


def containers_linked(body: str) -> frozenset[tuple[Kind, int | None]]:
    """The folders and categories whose address is in `body`, on whatever host: kind and id."""
    found = re.findall(r"/support/solutions/(folders/)?(\d+)", body, re.ASCII)
    return frozenset(("folder" if folder else "category", int(id)) for folder, id in found)


@dataclass(frozen=True, slots=True)
class Place:
    """What an address into the knowledge base leads to."""

    kind: Kind
    id: int
    anchor: str = ""


def id_in_address(address: str, portal_url: str) -> Place | None:
    """What a reader's address leads to, with or without language and slug (API sheet 9); None for any other."""
    match = _ours(portal_url).fullmatch(address)
    if match is None:
        return None
    kind = next(kind for kind, path in _PATHS.items() if path == (match["kind"] or ""))
    return Place(kind, int(match["id"]), match["anchor"] or "")


def unresolve(body: str, portal_url: str, key_of: Callable[[Place], str | None]) -> str:
    """`body` with addresses of objects that have a key turned into placeholders: the way back from `resolve`."""

    def replaced(match: re.Match[str]) -> str:
        place = id_in_address(unescape(match["href"]), portal_url)
        key = None if place is None else key_of(place)
        if place is None or key is None:
            return match[0]
        target = escape(href(Link(key, place.anchor)))
        return f'<a{match["before"]} href="{target}"{match["after"]}>{match["inner"]}</a>'

    return _LINK.sub(replaced, body)


def without_links(body: str, portal_url: str) -> str:
    """`body` with links into the knowledge base, resolved or not, as plain text.

    Two bodies of one source that differ only in which links could hold at the time are equal in this form;
    that is how a run after a lost lock knows its own half-linked articles again (design 4, F63).
    """
    ours = _ours(portal_url)

    def unwrapped(match: re.Match[str]) -> str:
        target = unescape(match["href"])
        return match["inner"] if target.startswith(SCHEME) or ours.fullmatch(target) else match[0]

    return _LINK.sub(unwrapped, body)


@cache
def _ours(portal_url: str) -> re.Pattern[str]:
    kind = r"(?P<kind>articles/|folders/)?"
    return re.compile(
        rf"{re.escape(portal_url)}/(?:[A-Za-z-]+/)?support/solutions/{kind}(?P<id>\d+)"
        r"(?:-[^#?]*)?(?:\?[^#]*)?(?:#(?P<anchor>.*))?"
    )


def _quoted(key: str) -> str:
    # Letters of every script and spaces stay readable; only what has a meaning in an address is escaped.
    return "".join(quote(char) if char in '#%?"<>' else char for char in key)
