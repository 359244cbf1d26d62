"""One source file as a value: an article's front matter and Markdown, or an `_index.md` (design 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kbsync.findings import Finding, Place
from kbsync.model import Status


@dataclass(frozen=True, slots=True)
class Document:
    """An article's source.

    `path` is the file's path in the project (posix), such as `content/Billing/Refunds/card.md`; it is the
    article's key. `category` and `folder` are the directory's names or the front matter's override; `folder`
    is the path of folder keys' names, outermost first. `body` is the Markdown below the front matter, line
    ends as LF, without the leading `# Title` where that is the title; `line` is the line of the file on
    which `body` begins (from 1). A field that the front matter does not name is None.
    `variables` holds all front matter keys, for templates. `places` says where each key stands.
    """

    path: str
    title: str
    body: str
    line: int
    article_id: int | None = None
    status: Status = Status.PUBLISHED
    tags: tuple[str, ...] | None = None
    seo_title: str | None = None
    seo_description: str | None = None
    seo_keywords: tuple[str, ...] | None = None
    author: str | int | None = None
    category: str | None = None  # front matter override, a name
    folder: tuple[str, ...] | None = None  # front matter override, names from the outermost
    toc: bool | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def place(self, key: str = "title") -> Place:
        """Where front matter key `key` stands, else the first line of the file."""
        return self.places.get(key, Place(self.path))


@dataclass(frozen=True, slots=True)
class Index:
    """What an `_index.md` says of its directory. `directory` is its path in the project (posix)."""

    directory: str
    name: str | None = None
    description: str | None = None
    id: int | None = None
    visibility: int | None = None
    companies: tuple[str | int, ...] | None = None
    contact_segments: tuple[str | int, ...] | None = None
    company_segments: tuple[str | int, ...] | None = None
    portals: tuple[str | int, ...] | None = None
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything read from the content folder.

    `files` holds every other file below the content folder: path in the project -> size in bytes.
    `broken` holds the paths of sources that could not be used; `findings` says why. `complete` is False
    where a directory or file could not be read at all, so that absence says nothing (P8).
    `partials` holds the text of files that templates may include: path in the project -> text.
    """

    documents: tuple[Document, ...]
    indexes: tuple[Index, ...]
    directories: tuple[str, ...]
    files: Mapping[str, int]
    partials: Mapping[str, str]
    broken: frozenset[str]
    findings: tuple[Finding, ...]
    complete: bool = True
