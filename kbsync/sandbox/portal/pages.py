"""The pages: which template, with what, for each kind of address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from kbsync.sandbox import reading
from kbsync.sandbox.drafts import publish_draft
from kbsync.sandbox.portal.addresses import PageKind, read_place
from kbsync.sandbox.portal.body import headings, served
from kbsync.sandbox.portal.findings import LONGEST_TERM, findings, opening
from kbsync.sandbox.portal.layout import sent_on
from kbsync.sandbox.portal.static_files import static_file
from kbsync.sandbox.portal.visit import Visit, stray_visit, visit
from kbsync.sandbox.reading import FolderView
from kbsync.sandbox.rows import DRAFT, Article, Category, Folder
from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import Reply, Request

_LISTED_IN_CATEGORY = 6
_RELATED = 6
_RESULTS = 50


def page(store: Store, request: Request) -> Reply:
    """The page at an address of sheet section 9, or the page that says there is none (404).

    `/` and forms of former days are sent on to those of today. `?view=agent` shows what only agents see.
    """
    file = static_file(request.path)
    if file is not None:
        return file
    place = read_place(request.path)
    parameters = request.parameters()
    here = None if place is None else visit(store, place, parameters)
    if here is None:
        return _missing(stray_visit(store))
    if here.place.moved:
        return sent_on(here.here())
    return _PAGES[here.place.kind](here)


def _home(here: Visit) -> Reply:
    sections = [(view, here.shelf.folders(view.category.id)) for view in here.shelf.categories()]
    name = here.settings.portal_name
    return here.show(200, "home.html", title=name, languages=here.published_languages(), sections=sections)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A folder on its category's page, with its sub-folders, the first of its articles, and if there are more."""

    view: FolderView
    folders: tuple[FolderView, ...]
    articles: tuple[Article, ...]
    more: bool


def _category(here: Visit) -> Reply:
    view = here.shelf.category(here.place.id)
    if view is None:
        return _missing(here)
    listed = [_listed(here, folder) for folder in here.shelf.folders(view.category.id)]
    languages = here.published_languages()
    return here.show(200, "category.html", title=view.category.name, languages=languages, view=view, listed=listed)


def _listed(here: Visit, view: FolderView) -> _Listed:
    articles = here.shelf.articles(view.folder.id)
    folders = here.shelf.folders(view.folder.category_id, view.folder.id)
    first = articles[:_LISTED_IN_CATEGORY]
    return _Listed(view, folders, first, more=len(first) < len(articles))


def _folder(here: Visit) -> Reply:
    view = here.shelf.folder(here.place.id)
    if view is None:
        return _missing(here)
    articles = here.shelf.articles(view.folder.id)
    return here.show(
        200,
        "folder.html",
        title=view.folder.name,
        languages=here.published_languages(),
        view=view,
        crumbs=_crumbs(here, view.folder.id)[:-1],
        folders=here.shelf.folders(view.folder.category_id, view.folder.id),
        articles=[(row, opening(row.body)) for row in articles],
    )


def _article(here: Visit) -> Reply:
    row = here.shelf.article(here.place.id)
    if row is None:
        return _missing(here)
    draft_waits = here.agent and row.draft_title is not None
    drafted = draft_waits and here.parameters.get("version") == "draft"
    text = publish_draft(row) if drafted else row
    siblings = [other for other in here.shelf.articles(row.folder_id) if other.id != row.id]
    return here.show(
        200,
        "article.html",
        title=text.title,
        languages=here.article_languages(row.id),
        article=text,
        body=Markup(served(text.body, here.settings.portal_url, agent=here.agent)),  # noqa: S704 - as it is stored
        headings=headings(text.body),
        crumbs=_crumbs(here, row.folder_id),
        related=siblings[:_RELATED],
        attachments=here.store.attachments(row.id),
        notice=_notice(here, row),
        draft_shown=drafted,
        draft_waits=draft_waits,
    )


def _notice(here: Visit, row: Article) -> str:
    """Why readers do not see an article, for agents; empty where they do."""
    if not here.agent:
        return ""
    if row.status == DRAFT:
        return "This is a draft."
    if reading.read_article(here.store, row.id, here.language) is None:
        return "This article is in a folder that is not open to everybody."
    return ""


def _search(here: Visit) -> Reply:
    term = " ".join(here.parameters.get("term", "").split())[:LONGEST_TERM]
    found = findings(here.shelf.find(term), term)
    results = [(finding, _crumbs(here, finding.article.folder_id)) for finding in found[:_RESULTS]]
    title = f"Search: {term}" if term else "Search"
    values = {"term": term, "total": len(found), "results": results}
    return here.show(200, "search.html", title=title, languages=here.published_languages(), **values)


def _crumbs(here: Visit, folder_id: int) -> tuple[Category | Folder, ...]:
    return reading.read_path(here.store, folder_id, here.language)


def _missing(here: Visit) -> Reply:
    """The same page whether the object is hidden or never was, so that it gives nothing away."""
    elsewhere = here.article_languages(here.place.id) if here.place.kind == "article" else ()
    return here.show(404, "missing.html", title="Page not found", languages=elsewhere, elsewhere=bool(elsewhere))


_PAGES: Mapping[PageKind, Callable[[Visit], Reply]] = {
    "home": _home,
    "category": _category,
    "folder": _folder,
    "article": _article,
    "search": _search,
}
