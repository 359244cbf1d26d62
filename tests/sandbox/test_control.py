"""The remote control, the assets, and the portal's pages."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from kbsync.sandbox import KEYS

from .driving import Account, api


def _control(account: Account, method: str, path: str, **options: Any) -> httpx.Response:
    return account.admin.request(method, f"http://127.0.0.1/_sandbox/{path}", **options)


def test_faults_switches_people_and_log_are_driven_over_http(account: Account) -> None:
    fault = {"kind": "status_before_commit", "status": 500, "nth": 2}
    assert _control(account, "POST", "faults", json=fault).json()[0]["nth"] == 2
    assert [account.admin.get("/agents/me").status_code for _ in range(2)] == [200, 500]
    assert _control(account, "DELETE", "faults").status_code == 204
    assert _control(account, "GET", "faults").json() == []
    assert _control(account, "PUT", "switches", json={"tags": "lower_cased"}).json()["tags"] == "lower_cased"
    assert _control(account, "GET", "switches").json()["tags"] == "lower_cased"
    act = {"action": "create_article", "arguments": {"folder_id": account.folder, "title": "H", "body": "B"}}
    id = _control(account, "POST", "people", json=act).json()["result"]
    assert account.read(f"/solutions/articles/{id}")["title"] == "H"
    assert [entry["status"] for entry in _control(account, "GET", "log").json()] == [200, 500, 200]
    assert _control(account, "DELETE", "log").status_code == 204
    assert _control(account, "GET", "log").json() == []
    assert _control(account, "POST", "reset").status_code == 204
    assert account.read("/solutions/categories") == []


@pytest.mark.parametrize(
    ("method", "path", "payload", "told"),
    [
        ("POST", "faults", {"kind": "explode"}, "drop_before_commit"),
        ("POST", "faults", {"kind": "slow", "when": 1}, "nth"),
        ("PUT", "switches", {"colour": "red"}, "html_profile"),
        ("PUT", "switches", [], "object"),
        ("POST", "people", {"action": "dance"}, "edit_article"),
        ("POST", "people", {"action": "touch", "arguments": {"ident": 1}}, "touch"),
        ("POST", "people", {"action": "touch", "arguments": {"id": 1}}, "nothing has the id"),
        ("POST", "people", {"action": "_put", "arguments": {}}, "edit_article"),
    ],
)
def test_a_wrong_order_tells_what_is_valid(account: Account, method: str, path: str, payload: Any, told: str) -> None:
    reply = _control(account, method, path, json=payload)
    assert reply.status_code == 400
    assert told in reply.json()["message"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "x", 404), ("GET", "people", 405)])
def test_unknown_orders(account: Account, method: str, path: str, status: int) -> None:
    assert _control(account, method, path).status_code == status


def test_the_control_needs_the_admins_key(account: Account) -> None:
    assert _control(account, "GET", "log", auth=(KEYS["writer"], "X")).status_code == 401


@pytest.mark.parametrize(
    ("name", "kind", "guarded"),
    [
        ("a/b.png", "image/png", False),
        ("b.webp", "image/webp", False),
        ("c.svg", "image/svg+xml", True),
        ("d.html", "text/html; charset=utf-8", True),
        ("e", "application/octet-stream", False),
        ("é ü.png", "image/png", False),
    ],
)
def test_assets(account: Account, name: str, kind: str, guarded: bool) -> None:
    assert _control(account, "PUT", f"assets/{name}", content=b"\x00bytes").status_code == 204
    for method, body in (("GET", b"\x00bytes"), ("HEAD", b"")):
        reply = account.admin.request(method, f"http://127.0.0.1/assets/{name}?v=1", auth=("", ""))
        assert (reply.status_code, reply.content) == (200, body)
        assert reply.headers["Content-Length"] == "6"
        assert reply.headers["Content-Type"] == kind
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert ("sandbox" in reply.headers.get("Content-Security-Policy", "")) is guarded


@pytest.mark.parametrize("path", ["../x.png", "a/%2e%2e/x.png", "%5cx", "", "a%00b"])
def test_asset_paths_do_not_escape(account: Account, path: str) -> None:
    reply = _control(account, "PUT", f"assets/{path}", content=b"x")
    assert reply.status_code in {400, 404}


def test_asset_paths_are_normalised(account: Account) -> None:
    _control(account, "PUT", "assets//a/./b.png", content=b"x")
    assert account.admin.get("http://127.0.0.1/assets/a/b.png").content == b"x"
    assert account.admin.get("http://127.0.0.1/assets/none.png").status_code == 404
    assert account.admin.post("http://127.0.0.1/assets/a/b.png").status_code == 405


@pytest.mark.parametrize(
    ("path", "status", "shown"),
    [
        ("/", 302, ""),
        ("/support/solutions", 200, "Billing"),
        ("/support/solutions/{category}", 200, "Invoices"),
        ("/support/solutions/folders/{folder}", 200, "Download"),
        ("/support/solutions/articles/{article}", 200, "<p>Old</p>"),
        ("/support/solutions/articles/{article}-any-slug", 200, "<p>Old</p>"),
        ("/fr/support/solutions/articles/{article}", 404, ""),
        ("/support/solutions/search?term=down", 200, "<mark>Down</mark>load"),
        ("/support/solutions/articles/1", 404, ""),
        ("/support/solutions/articles/{draft}", 404, ""),
        ("/support/solutions/articles/{inside}", 404, ""),
        ("/nowhere", 404, ""),
    ],
)
def test_portal_pages_show_what_readers_may_see(account: Account, path: str, status: int, shown: str) -> None:
    people = account.sandbox.people
    agents = people.create_folder(account.category, "Agents", visibility=3)
    ids = {
        "category": account.category,
        "folder": account.folder,
        "article": account.article,
        "draft": people.create_article(account.folder, "Unready", "x", status=1),
        "inside": people.create_article(agents, "Secret", "x"),
    }
    with api(account.sandbox) as client:
        reply = client.get("http://127.0.0.1" + path.format(**ids))
    assert reply.status_code == status
    assert shown in reply.text
    assert "Secret" not in reply.text
    assert "Unready" not in reply.text
