"""The one model of a help centre: Category, Folder, Article, and the Snapshot that holds them.

The same types hold what the sources ask for (*desired*) and what the server has (*live*), so that the
comparison is like with like. In a desired snapshot `None` means that the source does not name the field:
it is never sent (P6). In a live snapshot `None` means that the server did not report the field, never that
it is empty (API sheet 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

Kind = Literal["category", "folder", "article"]

# A reference to a parent: the key of a source in a desired snapshot, the server's id in a live one.
Ref = str | int

Value = str | int | tuple[str, ...] | tuple[int, ...]


class Status(IntEnum):
    """Whether readers see an article (API sheet 4.3)."""

    DRAFT = 1
    PUBLISHED = 2


class Visibility(IntEnum):
    """Who may read a folder (API sheet 4.2)."""

    ALL = 1
    LOGGED_IN = 2
    AGENTS = 3
    COMPANIES = 4
    BOTS = 5
    CONTACT_SEGMENTS = 6
    COMPANY_SEGMENTS = 7


@dataclass(frozen=True, slots=True)
class Category:
    """A category. `key` is its directory in the project, such as `content/Billing`; empty where only live."""

    name: str
    description: str | None = None
    portals: tuple[int, ...] | None = None
    key: str = ""
    id: int | None = None
    language: str = "en"
    updated_at: str = ""
    kind: Literal["category"] = "category"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of `category`, below `parent` where it is a sub-folder. `key` is its directory in the project."""

    name: str
    category: Ref
    parent: Ref | None = None
    description: str | None = None
    visibility: int | None = None
    companies: tuple[int, ...] | None = None
    contact_segments: tuple[int, ...] | None = None
    company_segments: tuple[int, ...] | None = None
    key: str = ""
    id: int | None = None
    language: str = "en"
    updated_at: str = ""
    kind: Literal["folder"] = "folder"


@dataclass(frozen=True, slots=True)
class Article:
    """An article of `folder` in one language. `key` is its file in the project.

    `body` is HTML. In a desired article a link to another object of the knowledge base is
    `href="kbsync:<key>"` or `href="kbsync:<key>#anchor"` until the address is known (see `links.py`).
    `author` is an agent's id, or in a desired article an e-mail address that was not looked up yet.
    """

    title: str
    folder: Ref
    body: str
    status: int | None = None
    tags: tuple[str, ...] | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    seo_keywords: tuple[str, ...] | None = None
    author: str | int | None = None
    key: str = ""
    id: int | None = None
    language: str = "en"
    updated_at: str = ""
    source: str = ""  # hash of the text that was rendered; tells a new renderer from a new text
    names: Mapping[str, int] = field(default_factory=dict)  # what was looked up for it: e-mail address -> id
    kind: Literal["article"] = "article"


Object = Category | Folder | Article

# The fields of each kind that the three-way rule looks at, in the order in which they are shown.
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "category": ("name", "description", "portals"),
    "folder": ("name", "description", "visibility", "companies", "contact_segments", "company_segments"),
    "article": (
        "title", "body", "status", "tags", "seo_title", "seo_description", "seo_keywords", "author",
    ),
}  # fmt: skip


def fields(item: Object) -> dict[str, Value]:
    """The fields that `item` names (desired) or reports (live), by name; unnamed ones are left out."""
    named = ((name, getattr(item, name)) for name in FIELDS[item.kind])
    return {name: value for name, value in named if value is not None}


def is_published(item: Object | None) -> bool:
    """True if `item` is an article that readers can open."""
    return getattr(item, "status", None) == Status.PUBLISHED


def id_of(item: Object) -> int:
    """The server's id of a live object. Raises ValueError for an object that has none."""
    if item.id is None:
        raise ValueError(f"{item.kind} {title_of(item)!r} has no id")
    return item.id


def title_of(item: Object) -> str:
    """What people call the object: an article's title, a folder's or category's name."""
    return item.title if isinstance(item, Article) else item.name


def parent_of(item: Object) -> Ref | None:
    """The object directly above: an article's folder, a folder's parent folder or else its category."""
    if isinstance(item, Article):
        return item.folder
    if isinstance(item, Folder):
        return item.category if item.parent is None else item.parent
    return None


def parent_id(live: Object) -> int | None:
    """The server's id of the object above a live one, None for a category."""
    above = parent_of(live)
    return above if isinstance(above, int) else None


@dataclass(frozen=True, slots=True)
class Asset:
    """A local file that articles use: its path in the project, and the public address it will have."""

    path: str
    address: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole knowledge base: what the sources ask for, or what the server has.

    `complete` is False where something could not be read, so that absence says nothing (P8).
    `skipped` holds the keys of sources left out because of an error: they are never read as removed.
    `assets` holds, by article key, the local files each body uses (desired only).
    """

    categories: tuple[Category, ...] = ()
    folders: tuple[Folder, ...] = ()
    articles: tuple[Article, ...] = ()
    complete: bool = True
    skipped: frozenset[str] = frozenset()
    assets: Mapping[str, tuple[Asset, ...]] = field(default_factory=dict)

    def objects(self) -> tuple[Object, ...]:
        """Everything, parents before children: categories, folders, articles."""
        return (*self.categories, *self.folders, *self.articles)
