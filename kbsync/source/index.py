"""`_index.md`: what it says of the category or folder it lies in (design 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal

from kbsync.findings import Finding, Place, found, has_errors
from kbsync.model import Visibility
from kbsync.source.document import Index
from kbsync.source.fields import FOREIGN, choice, misspelt, name, number, places, references, text
from kbsync.source.page import Page, has_text, read_page
from kbsync.source.yamlio import Node, Table

INDEX_OF: Mapping[Literal["category", "folder"], tuple[str, ...]] = {
    "category": ("name", "description", "category_id", "portals"),
    "folder": (
        "name", "description", "folder_id", "visibility", "companies", "contact_segments", "company_segments",
    ),
}  # fmt: skip
VISIBILITY: Mapping[str, Visibility] = {
    "all": Visibility.ALL,
    "logged-in": Visibility.LOGGED_IN,
    "agents": Visibility.AGENTS,
    "companies": Visibility.COMPANIES,
    "contact-segments": Visibility.CONTACT_SEGMENTS,
    "company-segments": Visibility.COMPANY_SEGMENTS,
}


def parse(path: str, data: bytes, kind: Literal["category", "folder"]) -> tuple[Index | None, tuple[Finding, ...]]:
    """What the `_index.md` at `path` says of its category or folder, and everything wrong with it."""
    page, findings = read_page(path, data)
    if page is None or has_errors(findings):
        return None, findings
    problems: list[Finding] = list(findings)
    if has_text(page.body):
        problems.append(found("index-body", Place(path, page.line)))
    index = _index(page, kind, problems)
    return index, tuple(sorted(problems, key=lambda finding: finding.place))


def _index(page: Page, kind: Literal["category", "folder"], problems: list[Finding]) -> Index:
    table = page.head or Table((), Place(page.path), 0, 0, 1)
    allowed = INDEX_OF[kind]
    other: Literal["category", "folder"] = "folder" if kind == "category" else "category"
    for key, _ in table.entries:
        if key.text in INDEX_OF[other] and key.text not in allowed:
            problems.append(found("index-key", key.place, key=key.text, kind=kind, other=other))
    misspelt(table, (*allowed, *INDEX_OF[other]), FOREIGN | {"title"}, {"id": f"{kind}_id"}, problems)

    def read(key: str, reader: Callable[[Node, str, list[Finding]], Any]) -> Any:
        node = table.get(key) if key in allowed else None
        return None if node is None else reader(node, key, problems)

    index = Index(
        page.path.rpartition("/")[0],
        read("name", name),
        read("description", text),
        read(f"{kind}_id", number),
        read("visibility", _visibility),
        read("companies", references),
        read("contact_segments", references),
        read("company_segments", references),
        read("portals", references),
        MappingProxyType(places(table, page.path)),
    )
    _audience(index, problems)
    return index


def _visibility(node: Node, key: str, problems: list[Finding]) -> Visibility | None:
    word = choice(node, key, tuple(VISIBILITY), problems)
    return VISIBILITY[word] if word else None


def _audience(index: Index, problems: list[Finding]) -> None:
    """Freshdesk takes ids only with the visibility they belong to, and that only with ids (API sheet 4.2)."""
    for word in ("companies", "contact-segments", "company-segments"):
        key = word.replace("-", "_")
        chosen, listed = index.visibility == VISIBILITY[word], bool(getattr(index, key))
        if chosen != listed:
            place = index.places.get(key if listed else "visibility", Place(f"{index.directory}/_index.md"))
            rule = "audience-unused" if listed else "audience-missing"
            problems.append(found(rule, place, key=key, visibility=word))
