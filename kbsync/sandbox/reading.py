"""What a reader of the portal may see: published, visible to everyone, in one language.

A category or folder shows only once something below it is published (sheet 4.2). Where a name has no
translation, the primary one is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from kbsync.sandbox.html_tokens import spaced_text
from kbsync.sandbox.rows import EVERYONE, PUBLISHED, Article, Category, Folder
from kbsync.sandbox.store import Store


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category with the numbers of folders and articles that a reader finds in it, at any depth."""

    category: Category
    folders: int
    articles: int


@dataclass(frozen=True, slots=True)
class FolderView:
    """A folder with the number of articles that a reader finds in it and below."""

    folder: Folder
    articles: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result: the article and its text around the first word found."""

    article: Article
    excerpt: str


def read_categories(store: Store, language: str) -> tuple[CategoryView, ...]:
    """The categories that have something to read, in order of creation."""
    views = []
    for row in store.categories(store.settings().primary_language):
        folders = _visible_below(store, row.id, None)
        articles = sum(len(_published(store, folder.id, language)) for folder in folders)
        if articles:
            shown = [folder for folder in folders if _count(store, folder, language)]
            views.append(CategoryView(store.category(row.id, language) or row, len(shown), articles))
    return tuple(views)


def read_category(store: Store, id: int, language: str) -> CategoryView | None:
    """One category, or None if a reader may not see it."""
    return next((view for view in read_categories(store, language) if view.category.id == id), None)


def read_folders(store: Store, category_id: int, language: str, parent_id: int | None = None) -> tuple[FolderView, ...]:
    """The folders of a category, or the sub-folders of `parent_id`, that have something to read."""
    rows = store.folders_of(category_id, parent_id, store.settings().primary_language)
    views = [
        FolderView(store.folder(row.id, language) or row, _count(store, row, language))
        for row in rows
        if row.visibility == EVERYONE
    ]
    return tuple(view for view in views if view.articles)


def read_folder(store: Store, id: int, language: str) -> FolderView | None:
    """One folder, or None if a reader may not see it."""
    row = store.folder(id, store.settings().primary_language)
    if row is None or not _visible(store, row):
        return None
    count = _count(store, row, language)
    return FolderView(store.folder(id, language) or row, count) if count else None


def read_path(store: Store, folder_id: int, language: str) -> tuple[Category | Folder, ...]:
    """From the category down to the folder itself; empty for an unknown folder."""
    primary = store.settings().primary_language
    row = store.folder(folder_id, language) or store.folder(folder_id, primary)
    if row is None:
        return ()
    if row.parent_id is not None:
        return (*read_path(store, row.parent_id, language), row)
    category = store.category(row.category_id, language) or store.category(row.category_id, primary)
    return (row,) if category is None else (category, row)


def read_articles(store: Store, folder_id: int, language: str) -> tuple[Article, ...]:
    """The published articles of a folder that a reader may see."""
    row = store.folder(folder_id, store.settings().primary_language)
    return tuple(_published(store, folder_id, language)) if row is not None and _visible(store, row) else ()


def read_article(store: Store, id: int, language: str) -> Article | None:
    """One published article with its live text, or None if a reader may not see it."""
    article = store.article(id, language)
    if article is None or article.status != PUBLISHED:
        return None
    row = store.folder(article.folder_id, store.settings().primary_language)
    return article if row is not None and _visible(store, row) else None


def read_languages(store: Store, id: int) -> tuple[str, ...]:
    """The languages in which an article is published."""
    return tuple(version.language for version in store.versions(id) if version.status == PUBLISHED)


def find_articles(store: Store, term: str, language: str) -> tuple[Hit, ...]:
    """The articles that hold every word of the term in title or text; none for a blank term."""
    words = term.lower().split()
    if not words:
        return ()
    found = [
        article
        for article in store.articles(language)
        if all(word in f"{article.title} {spaced_text(article.body)}".lower() for word in words)
    ]
    seen = [article for article in found if read_article(store, article.id, language) is not None]
    return tuple(Hit(article, _excerpt(article.body, words[0])) for article in seen)


def _excerpt(body: str, word: str) -> str:
    text = " ".join(spaced_text(body).split())
    start = max(0, text.lower().find(word) - 60)
    before, after = ("…" if start else ""), ("…" if start + 180 < len(text) else "")
    return f"{before}{text[start : start + 180]}{after}"


def _published(store: Store, folder_id: int, language: str) -> list[Article]:
    return [row for row in store.articles_of(folder_id, language) if row.status == PUBLISHED]


def _visible(store: Store, row: Folder) -> bool:
    if row.visibility != EVERYONE:
        return False
    if row.parent_id is None:
        return True
    parent = store.folder(row.parent_id, row.language)
    return parent is not None and _visible(store, parent)


def _visible_below(store: Store, category_id: int, parent_id: int | None) -> list[Folder]:
    rows = store.folders_of(category_id, parent_id, store.settings().primary_language)
    shown = [row for row in rows if row.visibility == EVERYONE]
    return [*shown, *(deeper for row in shown for deeper in _visible_below(store, category_id, row.id))]


def _count(store: Store, row: Folder, language: str) -> int:
    below = _visible_below(store, row.category_id, row.id)
    return sum(len(_published(store, folder.id, language)) for folder in (row, *below))
