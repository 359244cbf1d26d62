"""One sweep over a whole knowledge base (design 6): categories, folders, articles; a few lists at once.

Costs 1 + categories + pages of 100 articles per folder, and one more for each folder that has sub-folders
or does not say how many. An empty folder costs one too: what `articles_count` leaves out is not documented.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kbsync.errors import Forbidden, Gone
from kbsync.freshdesk.paging import Listing
from kbsync.freshdesk.wire import FolderRow
from kbsync.model import Article, Category, Snapshot

AT_ONCE = 4
DEEPEST = 5  # levels of folders below a category (sheet 4.2)

A = TypeVar("A")
B = TypeVar("B")


class Lists(Protocol):
    """The lists that a sweep reads, each in one language."""

    def category_list(self) -> Listing[Category]: ...
    def folder_list(self, category: int) -> Listing[FolderRow]: ...
    def sub_folder_list(self, above: FolderRow) -> Listing[FolderRow]: ...
    def article_list(self, folder: FolderRow) -> Listing[Article]: ...


@dataclass(frozen=True, slots=True)
class Tree:
    """The folders of a category, parents first. `whole` is False where some may be missing."""

    rows: tuple[FolderRow, ...]
    whole: bool


def sweep(lists: Lists) -> Snapshot:
    """Everything, in the order in which Freshdesk lists it. Raises RemoteError where a list cannot be read.

    A container that vanishes during the sweep makes the snapshot incomplete: its contents may have moved to
    where was read already.
    """
    categories = lists.category_list()
    trees = _at_once(lambda category: _tree_or_gone(lists, category), categories.items)
    rows = _first_seen(row for each in trees for row in each.rows)
    contents = _at_once(lambda row: _articles_or_gone(lists, row), rows)
    articles = tuple(article for each in contents for article in each.items)
    unique = {article.id: article for article in articles}
    return Snapshot(
        categories=categories.items,
        folders=tuple(row.folder for row in rows),
        articles=tuple(unique.values()),
        complete=categories.whole
        and all(each.whole for each in trees)
        and all(each.whole for each in contents)
        and len(unique) == len(articles),  # one that was met twice has moved meanwhile; another may be missed
    )


def tree(lists: Lists, category: int) -> Tree:
    """All folders of a category, each before its sub-folders."""
    top = lists.folder_list(category)
    seen: set[int | None] = set()
    return _joined((), [_branch(lists, row, 1, seen) for row in top.items], top.whole)


def _branch(lists: Lists, row: FolderRow, depth: int, seen: set[int | None]) -> Tree:
    if row.id in seen:  # a folder within itself, or moved meanwhile
        return Tree((), False)
    seen.add(row.id)
    if row.sub_folders == 0:
        return Tree((row,), True)
    if depth == DEEPEST:
        return Tree((row,), not row.sub_folders)
    listing = _children(lists, row)
    below = [_branch(lists, child, depth + 1, seen) for child in listing.items]
    return _joined((row,), below, listing.whole)


def _joined(above: tuple[FolderRow, ...], below: Sequence[Tree], whole: bool) -> Tree:
    rows = (*above, *(row for each in below for row in each.rows))
    return Tree(rows, whole and all(each.whole for each in below))


def _children(lists: Lists, row: FolderRow) -> Listing[FolderRow]:
    """The sub-folders; none where the plan has no sub-folders at all."""
    try:
        return lists.sub_folder_list(row)
    except Gone:
        return Listing((), False)
    except Forbidden as refusal:
        if refusal.exchange.code != "require_feature":
            raise
    return Listing((), True)


def _at_once(do: Callable[[A], B], items: Iterable[A]) -> tuple[B, ...]:
    """`do` for each item, a few at once; results in the order of the items; the first error ends it."""
    threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="kbsync-read")
    patient = True
    try:
        return tuple(threads.map(do, items))
    except (KeyboardInterrupt, SystemExit):
        patient = False  # the caller closes the connection: only then do waiting threads end
        raise
    finally:
        threads.shutdown(wait=patient, cancel_futures=True)


def _tree_or_gone(lists: Lists, category: Category) -> Tree:
    try:
        return tree(lists, _known(category.id))
    except Gone:
        return Tree((), False)


def _articles_or_gone(lists: Lists, row: FolderRow) -> Listing[Article]:
    try:
        return lists.article_list(row)
    except Gone:
        return Listing((), False)


def _first_seen(rows: Iterable[FolderRow]) -> tuple[FolderRow, ...]:
    unique: dict[int | None, FolderRow] = {}
    for row in rows:
        unique.setdefault(row.id, row)
    return tuple(unique.values())


def _known(id: int | None) -> int:
    assert id is not None  # noqa: S101 -- the wire reads no object without an id
    return id
