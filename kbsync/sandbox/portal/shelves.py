"""What there is to show, to readers and to agents, behind one face: a page does not know for whom it is."""

from __future__ import annotations

from typing import Protocol

from kbsync.sandbox import reading
from kbsync.sandbox.html_tokens import spaced_text
from kbsync.sandbox.reading import CategoryView, FolderView
from kbsync.sandbox.rows import Article, Folder
from kbsync.sandbox.store import Store


class Shelf(Protocol):
    """The knowledge base in one language, as somebody may see it. None is what they may not see, or is not."""

    def categories(self) -> tuple[CategoryView, ...]:
        """All categories."""

    def category(self, id: int) -> CategoryView | None:
        """One category."""

    def folders(self, category_id: int, parent_id: int | None = None) -> tuple[FolderView, ...]:
        """The folders of a category, or of another folder."""

    def folder(self, id: int) -> FolderView | None:
        """One folder."""

    def articles(self, folder_id: int) -> tuple[Article, ...]:
        """The articles of a folder."""

    def article(self, id: int) -> Article | None:
        """One article."""

    def find(self, term: str) -> tuple[Article, ...]:
        """The articles that hold every word of the term."""


class ReadersShelf:
    """What is published for everybody."""

    def __init__(self, store: Store, language: str) -> None:
        self._store = store
        self._language = language

    def categories(self) -> tuple[CategoryView, ...]:
        return reading.read_categories(self._store, self._language)

    def category(self, id: int) -> CategoryView | None:
        return reading.read_category(self._store, id, self._language)

    def folders(self, category_id: int, parent_id: int | None = None) -> tuple[FolderView, ...]:
        return reading.read_folders(self._store, category_id, self._language, parent_id)

    def folder(self, id: int) -> FolderView | None:
        return reading.read_folder(self._store, id, self._language)

    def articles(self, folder_id: int) -> tuple[Article, ...]:
        return reading.read_articles(self._store, folder_id, self._language)

    def article(self, id: int) -> Article | None:
        return reading.read_article(self._store, id, self._language)

    def find(self, term: str) -> tuple[Article, ...]:
        return tuple(hit.article for hit in reading.find_articles(self._store, term, self._language))


class AgentsShelf:
    """Everything: drafts, folders for some, and what is still empty."""

    def __init__(self, store: Store, language: str) -> None:
        self._store = store
        self._language = language
        self._primary = store.settings().primary_language

    def categories(self) -> tuple[CategoryView, ...]:
        views = (self.category(row.id) for row in self._store.categories(self._primary))
        return tuple(view for view in views if view is not None)

    def category(self, id: int) -> CategoryView | None:
        row = self._store.category(id, self._language) or self._store.category(id, self._primary)
        if row is None:
            return None
        folders = [folder for top in self._rows(id, None) for folder in self._with_below(top)]
        return CategoryView(row, len(folders), sum(len(self.articles(folder.id)) for folder in folders))

    def folders(self, category_id: int, parent_id: int | None = None) -> tuple[FolderView, ...]:
        views = (self.folder(row.id) for row in self._rows(category_id, parent_id))
        return tuple(view for view in views if view is not None)

    def folder(self, id: int) -> FolderView | None:
        row = self._store.folder(id, self._primary)
        if row is None:
            return None
        articles = sum(len(self.articles(folder.id)) for folder in self._with_below(row))
        return FolderView(self._store.folder(id, self._language) or row, articles)

    def articles(self, folder_id: int) -> tuple[Article, ...]:
        return tuple(self._store.articles_of(folder_id, self._language))

    def article(self, id: int) -> Article | None:
        return self._store.article(id, self._language)

    def find(self, term: str) -> tuple[Article, ...]:
        words = term.lower().split()
        rows = self._store.articles(self._language) if words else []
        return tuple(row for row in rows if _holds(row, words))

    def _rows(self, category_id: int, parent_id: int | None) -> list[Folder]:
        return self._store.folders_of(category_id, parent_id, self._primary)

    def _with_below(self, row: Folder) -> list[Folder]:
        below = self._rows(row.category_id, row.id)
        return [row, *(deeper for child in below for deeper in self._with_below(child))]


def _holds(row: Article, words: list[str]) -> bool:
    text = f"{row.title} {row.draft_title or ''} {spaced_text(row.body)} {spaced_text(row.draft_body or '')}".lower()
    return all(word in text for word in words)
