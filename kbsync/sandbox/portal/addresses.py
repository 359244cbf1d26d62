"""The portal's addresses: read from a request, and made for links (sheet section 9)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

PageKind = Literal["home", "category", "folder", "article", "search"]

_ID = r"(?P<id>\d{1,18})(?:-[^/]*)?"
_LANGUAGE = r"(?:/(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?))?"
_READERS: tuple[tuple[re.Pattern[str], PageKind], ...] = (
    (re.compile(rf"{_LANGUAGE}/support/(?:home|solutions)/?"), "home"),
    (re.compile(rf"{_LANGUAGE}/support/(?:search(?:/solutions)?|solutions/search)/?"), "search"),
    (re.compile(rf"{_LANGUAGE}/support/solutions/{_ID}/?"), "category"),
    (re.compile(rf"{_LANGUAGE}/support/solutions/folders/{_ID}/?"), "folder"),
    (re.compile(rf"{_LANGUAGE}/support/solutions/articles/{_ID}/?"), "article"),
)
_START = re.compile(rf"{_LANGUAGE}(?:/support)?/?")
_OTHER = re.compile(
    rf"{_LANGUAGE}/(?P<form>a/solutions|solution|support/solutions|support)"
    r"(?P<steps>(?:/(?:categories|folders|articles)/\d{1,18}(?:-[^/]*)?)+)(?:/edit)?/?"
)
_AGENTS_START = re.compile(r"/a(?:/solutions)?/?")
_STEP = re.compile(r"(categories|folders|articles)/(\d+)")
_KINDS: dict[str, PageKind] = {"categories": "category", "folders": "folder", "articles": "article"}
_BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Place:
    """What an address names. `language` None is the primary one; `agents` tells an agent's address.

    `moved` tells a form of former days: readers are sent on to the form of today.
    """

    kind: PageKind
    language: str | None = None
    id: int = 0
    agents: bool = False
    moved: bool = False


def read_place(path: str) -> Place | None:
    """What a path names, or None for a path that no portal has. The slug after an id is not looked at."""
    for pattern, kind in _READERS:
        if match := pattern.fullmatch(path):
            return Place(kind, match["language"], int(match.groupdict().get("id") or 0))
    if match := _START.fullmatch(path):
        return Place("home", match["language"], moved=True)
    if _AGENTS_START.fullmatch(path):
        return Place("home", agents=True)
    if match := _OTHER.fullmatch(path):
        step, id = _STEP.findall(match["steps"])[-1]
        agents = match["form"].startswith("a/")
        return Place(_KINDS[step], match["language"], int(id), agents, moved=not agents)
    return None


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makes the links of one page: in its language, and in the agent's view if the page is in it."""

    language: str | None
    agent: bool

    def of(self, kind: PageKind, id: int = 0, name: str = "", **parameters: str) -> str:
        """The address of a page; `name` becomes the slug of an article."""
        start = f"/{self.language}" if self.language else ""
        paths = {
            "home": "home",
            "search": "search",
            "category": f"solutions/{id}",
            "folder": f"solutions/folders/{id}",
            "article": f"solutions/articles/{id}{_slug(name)}",
        }
        wanted = ({"view": "agent"} if self.agent else {}) | parameters
        return f"{start}/support/{paths[kind]}" + (f"?{urlencode(wanted)}" if wanted else "")


def _slug(title: str) -> str:
    # How the service writes other scripts in a slug is not known; the id alone is always right.
    words = _BETWEEN_WORDS.sub("-", title.lower()).strip("-")[:80]
    return f"-{words}" if words and words.isascii() else ""
