"""Roles, hidden objects, paging, and the rate limit."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Open
from .driving import Account, codes


@pytest.mark.parametrize(
    ("method", "path", "payload", "writer", "reader"),
    [
        ("GET", "/solutions/categories", None, 200, 200),
        ("GET", "/agents/me", None, 200, 200),
        ("GET", "/products", None, 403, 403),
        ("POST", "/solutions/categories", {"name": "A"}, 403, 403),
        ("PUT", "/solutions/categories/{category}", {"name": "A"}, 403, 403),
        ("POST", "/solutions/categories/{category}/fr", {"name": "A"}, 403, 403),
        ("POST", "/solutions/categories/{category}/folders", {"name": "A"}, 403, 403),
        ("PUT", "/solutions/folders/{folder}", {"name": "A"}, 403, 403),
        ("DELETE", "/solutions/folders/{folder}", None, 403, 403),
        (
            "POST",
            "/solutions/folders/{folder}/articles",
            {"title": "T", "description": "D", "status": 1},
            201,
            403,
        ),
        (
            "POST",
            "/solutions/folders/{folder}/articles",
            {"title": "T", "description": "D", "status": 2},
            403,
            403,
        ),
        ("PUT", "/solutions/articles/{article}", {"title": "T"}, 200, 403),
        ("PUT", "/solutions/articles/{article}", {"status": 1}, 403, 403),
        ("DELETE", "/solutions/articles/{article}", None, 204, 403),
    ],
)
def test_roles(account: Account, method: str, path: str, payload: Any, writer: int, reader: int) -> None:
    where = path.format(category=account.category, folder=account.folder, article=account.article)
    assert account.reader.request(method, where, json=payload).status_code == reader
    reply = account.writer.request(method, where, json=payload)
    assert reply.status_code == writer
    if writer == 403:
        assert codes(reply) == [(None, "access_denied")]


def test_hidden_objects_are_left_out_of_lists_and_refused(account: Account) -> None:
    people = account.sandbox.people
    people.hide(account.folder)
    assert account.read(f"/solutions/categories/{account.category}/folders") == []
    assert account.admin.get(f"/solutions/folders/{account.folder}").status_code == 403
    assert account.reader.get(f"/solutions/folders/{account.folder}").status_code == 200
    people.unhide(account.folder)
    assert account.admin.get(f"/solutions/folders/{account.folder}").status_code == 200


def test_a_changed_role_holds_from_the_next_request(account: Account) -> None:
    account.sandbox.people.change_role("admin", "reader")
    assert account.put({"title": "T"}).status_code == 403


def test_pages_have_a_link_only_while_more_follows(account: Account) -> None:
    for number in range(4):
        account.add(str(number))
    path = f"/solutions/folders/{account.folder}/articles"
    seen = []
    url: str | None = f"{path}?per_page=2"
    links = []
    while url:
        reply = account.admin.get(url)
        seen += [row["title"] for row in reply.json()]
        url = reply.links.get("next", {}).get("url")
        links.append(url)
    assert seen == ["Download", "0", "1", "2", "3"]
    assert links == [
        f"http://127.0.0.1/api/v2{path}?per_page=2&page=2",
        f"http://127.0.0.1/api/v2{path}?per_page=2&page=3",
        None,
    ]
    assert account.read(f"{path}?page=9") == []


@pytest.mark.parametrize("query", ["per_page=101", "per_page=0", "page=0", "page=x", "page=-1", "page=" + "9" * 5000])
def test_bad_paging_is_400(account: Account, query: str) -> None:
    assert account.admin.get(f"/solutions/categories?{query}").status_code == 400


def test_limit_counts_failures_and_resets_with_the_minute(opened: Open) -> None:
    account = opened(rate_limit_total=3)
    account.clock.now += 5
    replies = [account.admin.get("/nothing") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [404, 404, 404, 429]
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["2.0", "1.0", "0.0", "0.0"]
    assert replies[0].headers["X-RateLimit-Total"] == "3.0"
    assert "Retry-After" not in replies[2].headers
    assert replies[3].headers["Retry-After"] == "45"
    account.clock.now += 45
    assert account.admin.get("/solutions/categories").status_code == 200


def test_a_refused_write_is_not_committed(opened: Open) -> None:
    account = opened(rate_limit_total=1)
    account.read()
    assert account.put({"title": "T", "status": 2}).status_code == 429
    assert [entry.committed for entry in account.sandbox.log] == [False, False]
    account.clock.now += 60
    assert account.read()["title"] == "Download"


@pytest.mark.parametrize(
    ("switches", "remaining", "wait"),
    [
        ({"quota_elsewhere": 8}, "1.0", None),
        ({"quota_elsewhere": 10}, "0.0", "50"),
        ({"rate_window": "hour"}, "9.0", None),
    ],
)
def test_others_share_the_limit(opened: Open, switches: Any, remaining: str, wait: str | None) -> None:
    account = opened(rate_limit_total=10, **switches)
    headers = account.admin.get("/solutions/categories").headers
    assert (headers["x-ratelimit-remaining"], headers.get("retry-after")) == (remaining, wait)


def test_the_hourly_window_lasts_an_hour(opened: Open) -> None:
    account = opened(rate_limit_total=1, rate_window="hour")
    account.read("/agents/me")
    account.clock.now += 60
    late = account.admin.get("/agents/me")
    assert (late.status_code, late.headers["Retry-After"]) == (429, str(3600 - 70))


@pytest.mark.parametrize(("value", "expected"), [("absent", None), ("garbage", "NaN")])
def test_rate_headers_may_fail(opened: Open, value: str, expected: str | None) -> None:
    reply = opened(rate_headers=value).admin.get("/solutions/categories")
    assert reply.headers.get("X-RateLimit-Remaining") == expected
