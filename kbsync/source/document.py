"""One source file as a value: an article's front matter and Markdown, or an `_index.md` (design 3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

from kbsync.findings import Finding, Place, did_you_mean, found, has_errors
from kbsync.model import Status
from kbsync.source.fields import (
    FOREIGN,
    choice,
    flag,
    misspelt,
    name,
    number,
    person,
    places,
    shown,
    text,
    texts,
)  # fmt: skip
from kbsync.source.page import BOM, Page, has_text, read_page
from kbsync.source.title import opening, titled
from kbsync.source.yamlio import Items, Node, Scalar, Table, value


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


OURS = ("title", "article_id", "category", "folder", "status", "draft", "tags", "seo", "author", "toc")
SEO = ("title", "description", "keywords")
MAX_TITLE = 255  # API sheet 4.3, section 12 row 13
MAX_TAG = 32  # API sheet 4.3: one longer tag makes Freshdesk refuse the whole article

# What looks like part of the title but is a comment to YAML, as in `title: Fix for bug #12`.
_CUT = re.compile(r"[ \t]+(?P<lost>#\S[^\n]{0,40})")
_MEANT = {
    "seo_title": "seo: {title: ...}",
    "seo_description": "seo: {description: ...}",
    "seo_keywords": "seo: {keywords: [...]}",
    "freshdesk_id": "article_id",
    "folder_id": "article_id (folder_id is for _index.md)",
    "category_id": "article_id (category_id is for _index.md)",
}


def parse(path: str, data: bytes) -> tuple[Document | None, tuple[Finding, ...]]:
    """The article in the file `path` whose bytes are `data`, and everything that is wrong with it.

    None where there is nothing to work with. A document that comes with an error must not be published.
    """
    page, findings = read_page(path, data)
    if page is None or has_errors(findings):
        return None, findings
    if not data.removeprefix(BOM).strip():
        return None, (*findings, found("empty-file", Place(path)))
    problems: list[Finding] = list(findings)
    document = _document(page, problems)
    return document, tuple(sorted(problems, key=lambda finding: finding.place))


def names(directory: str, content: str, indexes: Mapping[str, Index]) -> tuple[str, ...]:
    """The category's name and the folders' names for `directory`, outermost first; `indexes` by directory.

    Empty for the content folder itself.
    """
    parts = directory.removeprefix(content).strip("/").split("/") if directory != content else []
    paths = ["/".join((content, *parts[: depth + 1])) for depth in range(len(parts))]
    own = (indexes[path].name if path in indexes else None for path in paths)
    return tuple(name or part for name, part in zip(own, parts, strict=True))


def location(document: Document, content: str, indexes: Mapping[str, Index]) -> tuple[str, ...]:
    """Where an article belongs: its category's name, then its folders' names, with its overrides."""
    category, *folder = names(document.path.rpartition("/")[0], content, indexes) or ("",)
    return (document.category or category, *(folder if document.folder is None else document.folder))


def _document(page: Page, problems: list[Finding]) -> Document | None:
    table = page.head or Table((), Place(page.path), 0, 0, 1)
    misspelt(table, OURS, FOREIGN, _MEANT, problems)
    _misplaced(table, problems)
    heading, body, line = titled(page)
    title, place = _title(page, table, heading, problems)
    if title and heading and title != heading[0]:
        body, line = opening(page)
    _body(page, body, line, problems)
    status, named = _status(table, problems), _named(table, problems)
    if not title:
        return None
    where = {"body": Place(page.path, line), **places(table, page.path), "title": place}
    return Document(
        page.path,
        title,
        body,
        line,
        status=status,
        variables=MappingProxyType(cast(dict[str, object], value(table))),
        places=MappingProxyType(where),
        **named,
    )


def _named(table: Table, problems: list[Finding]) -> dict[str, Any]:
    """The fields of Document that are read from one key each."""

    def read(key: str, reader: Callable[[Node, str, list[Finding]], Any]) -> Any:
        node = table.get(key)
        return None if node is None else reader(node, key, problems)

    return {
        "article_id": read("article_id", number),
        "tags": read("tags", _tags),
        "author": read("author", person),
        "category": read("category", name),
        "folder": read("folder", _folder),
        "toc": read("toc", flag),
        **_seo(table.get("seo"), problems),
    }


def _seo(node: Node | None, problems: list[Finding]) -> dict[str, Any]:
    if node is None or (isinstance(node, Scalar) and node.null):
        return {}
    if not isinstance(node, Table):
        problems.append(
            found(
                "field-type",
                node.place,
                key="seo",
                expected="title, description, keywords below it",
                actual=shown(node),
            )
        )
        return {}
    for key, _ in node.entries:
        if key.text not in SEO:
            near = did_you_mean(key.text, SEO)
            problems.append(found("seo-key", key.place, key=key.text, near=near))
    title, description, keywords = (node.get(key) for key in SEO)
    return {
        "seo_title": None if title is None else text(title, "seo.title", problems),
        "seo_description": None if description is None else text(description, "seo.description", problems),
        "seo_keywords": None if keywords is None else texts(keywords, "seo.keywords", problems),
    }


def _tags(node: Node, key: str, problems: list[Finding]) -> tuple[str, ...] | None:
    tags = texts(node, key, problems)
    for item in node.nodes if isinstance(node, Items) else ():
        tag = item.text if isinstance(item, Scalar) else ""
        if len(tag) > MAX_TAG:
            problems.append(found("tag-length", item.place, tag=tag[:60], length=len(tag), limit=MAX_TAG))
        if "," in tag:
            problems.append(found("tag-comma", item.place, tag=tag[:60]))
    return tags


def _folder(node: Node, key: str, problems: list[Finding]) -> tuple[str, ...] | None:
    path = name(node, key, problems)
    parts = tuple(part.strip() for part in path.split(" / ")) if path else None
    if parts and not all(parts):
        problems.append(found("field-empty", node.place, key=key))
    return parts


def _status(table: Table, problems: list[Finding]) -> Status:
    status, draft = table.get("status"), table.get("draft")
    word = None if status is None else choice(status, "status", ("published", "draft"), problems)
    is_draft = None if draft is None else flag(draft, "draft", problems)
    if draft and word and is_draft is not None and is_draft != (word == "draft"):
        problems.append(
            found(
                "status-contradiction",
                draft.place,
                status=word,
                draft=str(is_draft).lower(),
                line=draft.place.line,
            )
        )
    return Status.DRAFT if is_draft or word == "draft" else Status.PUBLISHED


def _misplaced(table: Table, problems: list[Finding]) -> None:
    for key, _ in table.entries:
        if key.text in ("visibility", "companies", "contact_segments", "company_segments"):
            problems.append(found("key-of-index", key.place, key=key.text))


def _title(
    page: Page, table: Table, heading: tuple[str, Place] | None, problems: list[Finding]
) -> tuple[str | None, Place]:
    node = table.get("title")
    if node is None and heading is None:
        if any(problem.rule == "misspelt-key" and '"title"' in problem.message for problem in problems):
            return None, Place(page.path)
        problems.append(found("title-missing", Place(page.path)))
        return None, Place(page.path)
    read = text(node, "title", problems) if node is not None else heading[0] if heading else ""
    place = node.place if node is not None else heading[1] if heading else Place(page.path)
    if read == "":
        problems.append(found("field-empty", place, key="title"))
    cut = _CUT.match(page.front, node.end) if isinstance(node, Scalar) and node.plain else None
    if cut:
        problems.append(found("title-cut", place, lost=cut["lost"]))
    if read and len(read) > MAX_TITLE:
        problems.append(found("title-length", place, length=len(read), limit=MAX_TITLE))
    return read, place


def _body(page: Page, body: str, line: int, problems: list[Finding]) -> None:
    if not has_text(body):
        problems.append(found("empty-body", Place(page.path, line)))
