"""Which endpoint answers which method and path (sheet sections 1.4, 4 and 5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from kbsync.sandbox import account, articles, categories, folders
from kbsync.sandbox.calls import Call
from kbsync.sandbox.wire import RefusedError, Reply

# An endpoint takes the call, then an id and a language as its path has them.
Endpoint = Callable[..., Reply]

_SEGMENTS = {"{id}": r"(\d{1,18})", "{lang}": r"([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)"}

_TABLE: tuple[tuple[str, dict[str, Endpoint]], ...] = (
    ("/agents/me", {"GET": account.me}),
    ("/agents", {"GET": account.agents}),
    ("/settings/helpdesk", {"GET": account.helpdesk}),
    ("/account", {"GET": account.account}),
    ("/products", {"GET": account.products}),
    ("/companies", {"GET": account.companies}),
    ("/search/solutions", {"GET": articles.search}),
    ("/solutions/categories", {"GET": categories.list_all, "POST": categories.create}),
    (
        "/solutions/categories/{id}",
        {"GET": categories.view, "PUT": categories.update, "DELETE": categories.delete},
    ),
    ("/solutions/categories/{lang}", {"GET": categories.list_translated}),
    (
        "/solutions/categories/{id}/folders",
        {"GET": folders.list_of_category, "POST": folders.create},
    ),
    ("/solutions/categories/{id}/folders/{lang}", {"GET": folders.list_of_category_translated}),
    (
        "/solutions/categories/{id}/{lang}",
        {
            "GET": categories.view_translated,
            "POST": categories.create_translated,
            "PUT": categories.update_translated,
        },
    ),
    ("/solutions/folders/{id}", {"GET": folders.view, "PUT": folders.update, "DELETE": folders.delete}),
    ("/solutions/folders/{id}/subfolders", {"GET": folders.list_of_folder}),
    ("/solutions/folders/{id}/subfolders/{lang}", {"GET": folders.list_of_folder_translated}),
    ("/solutions/folders/{id}/articles", {"GET": articles.list_of_folder, "POST": articles.create}),
    ("/solutions/folders/{id}/articles/{lang}", {"GET": articles.list_of_folder_translated}),
    (
        "/solutions/folders/{id}/{lang}",
        {"GET": folders.view_translated, "POST": folders.create_translated, "PUT": folders.update_translated},
    ),
    ("/solutions/articles/{id}", {"GET": articles.view, "PUT": articles.update, "DELETE": articles.delete}),
    (
        "/solutions/articles/{id}/{lang}",
        {
            "GET": articles.view_translated,
            "POST": articles.create_translated,
            "PUT": articles.update_translated,
        },
    ),
)


def _compiled(path: str) -> re.Pattern[str]:
    pattern = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    for name, expression in _SEGMENTS.items():
        pattern = pattern.replace(name, expression)
    return re.compile(pattern)


_ROUTES = [(_compiled(path), endpoints) for path, endpoints in _TABLE]

# The lists that take no paging parameters refuse all others themselves; these take none at all.
_LISTS = frozenset(
    {
        account.agents,
        account.products,
        account.companies,
        articles.search,
        articles.list_of_folder,
        articles.list_of_folder_translated,
        categories.list_all,
        categories.list_translated,
        folders.list_of_category,
        folders.list_of_category_translated,
        folders.list_of_folder,
        folders.list_of_folder_translated,
    }
)


def find_endpoint(method: str, path: str) -> Callable[[Call], Reply]:
    """The endpoint for a path below /api/v2; a refusal with 404, or with 405 and Allow (sheet 1.3)."""
    for pattern, endpoints in _ROUTES:
        match = pattern.fullmatch(path)
        if match is not None:
            if method not in endpoints:
                raise RefusedError(405, headers=[("Allow", ", ".join(endpoints))])
            return _bound(endpoints[method], match.groups())
    raise RefusedError(404)


def _bound(endpoint: Endpoint, segments: tuple[str | Any, ...]) -> Callable[[Call], Reply]:
    arguments = [int(segment) if segment.isdigit() else segment for segment in segments]

    def answer(call: Call) -> Reply:
        if endpoint not in _LISTS:
            call.allow_parameters(())
        return endpoint(call, *arguments)

    return answer
