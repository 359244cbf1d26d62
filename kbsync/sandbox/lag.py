"""Reads that lag behind writes: for a while, the state of before a write is what others see."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from kbsync.sandbox.rows import Article, Category, Folder
from kbsync.sandbox.store import Store

AnyRow = Category | Folder | Article
Row = TypeVar("Row", Category, Folder, Article)
Key = tuple[type, int, str]


@dataclass(frozen=True, slots=True)
class Behind:
    """How long a write stays unseen: until a time or a number of requests; in listings or in all reads."""

    until: float
    until_request: float
    single_reads: bool


@dataclass(frozen=True, slots=True)
class _Stale:
    row: AnyRow | None
    behind: Behind


class Lag:
    """Earlier versions of rows that readers still see. Kept in memory: it dies with the server."""

    def __init__(self, stale: Mapping[Key, _Stale] | None = None) -> None:
        self._stale = dict(stale or {})

    def expire(self, now: float, request: int) -> None:
        """Lets the writes show whose time has come."""
        self._stale = {
            key: stale
            for key, stale in self._stale.items()
            if now < stale.behind.until and request <= stale.behind.until_request
        }

    def hold_back(self, before: Mapping[Key, AnyRow], after: Mapping[Key, AnyRow], behind: Behind) -> None:
        """Keeps readers on `before` for what differs in `after`."""
        for key in before.keys() | after.keys():
            if before.get(key) != after.get(key):
                # A row that lags already keeps its oldest version, as a replica would.
                row = self._stale[key].row if key in self._stale else before.get(key)
                self._stale[key] = _Stale(row, behind)

    def listed(self, rows: Sequence[Row], belongs: Callable[[AnyRow], bool]) -> list[Row]:
        """The rows as listings show them."""
        shown: list[Row] = [row for row in rows if _key(row) not in self._stale]
        for stale in self._stale.values():
            if stale.row is not None and belongs(stale.row):
                # `belongs` accepts only rows of the listing's own type.
                shown.append(cast(Row, stale.row))
        return sorted(shown, key=lambda row: row.id)

    def single(self, kind: type[Row], id: int, language: str, row: Row | None) -> Row | None:
        """The row as a single read shows it: None where it is not to be seen yet, or is gone."""
        stale = self._stale.get((kind, id, language))
        if stale is None or not stale.behind.single_reads:
            return row
        return cast(Row | None, stale.row)


_LANGUAGES = (
    "SELECT language FROM category_text UNION SELECT language FROM folder_text UNION SELECT language FROM article_text"
)


def photograph(store: Store) -> dict[Key, AnyRow]:
    """Every row of the account, to compare before and after a write."""
    rows: list[AnyRow] = []
    for (language,) in store.query(_LANGUAGES):
        rows += [*store.categories(language), *store.folders(language), *store.articles(language)]
    return {_key(row): row for row in rows}


def _key(row: AnyRow) -> Key:
    return type(row), row.id, row.language
