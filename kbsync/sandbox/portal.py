"""The readers' portal: every page that is not the API, an asset or the remote control (sheet section 9)."""

from __future__ import annotations

import re
from html import escape

from kbsync.sandbox import reading
from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import Reply, Request, html_reply

_ADDRESS = re.compile(
    r"(?:/(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?))?/support/"
    r"(?:solutions(?:/(?P<kind>articles|folders|search))?(?:/(?P<id>\d{1,18})(?:-[^/]*)?)?|home)/?"
)


def page(store: Store, request: Request) -> Reply:
    """The page at an address, or a 404 page.

    Addresses: / and /support/home, /support/solutions, /support/solutions/{category},
    /support/solutions/folders/{id}, /support/solutions/articles/{id}[-slug],
    /support/solutions/search?term=; each also below /{language}.
    """
    if request.path == "/":
        return _home(store, store.settings().primary_language)
    match = _ADDRESS.fullmatch(request.path)
    if match is None:
        return _missing()
    language = match["language"] or store.settings().primary_language
    kind, id = match["kind"], match["id"]
    if kind == "search":
        return _search(store, request.parameters().get("term", ""), language)
    if id is None:
        return _home(store, language) if kind is None else _missing()
    pages = {"articles": _article, "folders": _folder}
    return pages.get(kind, _category)(store, int(id), language)


def _home(store: Store, language: str) -> Reply:
    links = [
        (_address("", view.category.id, language, store), view.category.name)
        for view in reading.read_categories(store, language)
    ]
    form = '<form action="/support/solutions/search"><input name="term"><button>Search</button></form>'
    return _page(200, store.settings().portal_name, form + _links(links))


def _category(store: Store, id: int, language: str) -> Reply:
    view = reading.read_category(store, id, language)
    if view is None:
        return _missing()
    folders = reading.read_folders(store, id, language)
    links = [(_address("folders/", item.folder.id, language, store), item.folder.name) for item in folders]
    return _page(200, view.category.name, _links(links))


def _folder(store: Store, id: int, language: str) -> Reply:
    view = reading.read_folder(store, id, language)
    if view is None:
        return _missing()
    folders = reading.read_folders(store, view.folder.category_id, language, id)
    links = [(_address("folders/", item.folder.id, language, store), item.folder.name) for item in folders]
    articles = reading.read_articles(store, id, language)
    links += [(_address("articles/", item.id, language, store), item.title) for item in articles]
    return _page(200, view.folder.name, _links(links))


def _article(store: Store, id: int, language: str) -> Reply:
    article = reading.read_article(store, id, language)
    if article is None:
        return _missing()
    body = f'<article class="article-body" id="article-body" rel="image-enlarge">{article.body}</article>'
    return _page(200, article.title, body)


def _search(store: Store, term: str, language: str) -> Reply:
    hits = reading.find_articles(store, term, language)
    links = [(_address("articles/", hit.article.id, language, store), hit.article.title) for hit in hits]
    return _page(200, f"Search: {term}", _links(links))


def _missing() -> Reply:
    return _page(404, "Page not found", "<p>There is nothing at this address.</p>")


def _address(kind: str, id: int, language: str, store: Store) -> str:
    start = "" if language == store.settings().primary_language else f"/{language}"
    return f"{start}/support/solutions/{kind}{id}"


def _links(links: list[tuple[str, str]]) -> str:
    items = "".join(f'<li><a href="{escape(address)}">{escape(name)}</a></li>' for address, name in links)
    return f"<ul>{items}</ul>"


def _page(status: int, title: str, body: str) -> Reply:
    head = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    # What an author wrote is shown as it is stored, but may run nothing here.
    policy = (
        "Content-Security-Policy",
        "default-src 'self'; img-src * data:; frame-src *; style-src 'unsafe-inline'",
    )
    return html_reply(status, f"{head}<body><h1>{escape(title)}</h1>{body}</body></html>", [policy])
