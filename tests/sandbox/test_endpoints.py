"""Every endpoint as the API sheet has it, with the switches at their defaults."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .driving import Account, codes

CATEGORY_KEYS = ["id", "name", "description", "icon", "created_at", "updated_at"]
FOLDER_KEYS = [
    "id",
    "name",
    "description",
    "parent_folder_id",
    "category_id",
    "visibility",
    "articles_count",
    "sub_folders_count",
    "hierarchy",
    "created_at",
    "updated_at",
]
ARTICLE_KEYS = [
    "id",
    "type",
    "status",
    "agent_id",
    "created_at",
    "category_id",
    "folder_id",
    "title",
    "updated_at",
    "description",
    "description_text",
    "seo_data",
    "tags",
    "attachments",
    "cloud_files",
    "thumbs_up",
    "thumbs_down",
    "hits",
    "suggested",
    "feedback_count",
    "hierarchy",
]


def test_category_lives_from_post_to_delete(account: Account) -> None:
    made = account.admin.post("/solutions/categories", json={"name": "Plans", "description": "All"})
    id = made.json()["id"]
    path = f"/solutions/categories/{id}"
    assert made.status_code == 201
    assert made.headers["Location"] == f"http://127.0.0.1/api/v2{path}"
    assert list(made.json()) == CATEGORY_KEYS
    assert id > 2**32
    assert account.read(path) == made.json()
    account.clock.now += 5
    changed = account.put({"description": None}, path)
    assert (changed.status_code, changed.json()["name"], changed.json()["description"]) == (200, "Plans", None)
    assert changed.json()["updated_at"] == "2027-01-15T08:00:15Z"
    assert account.read("/solutions/categories")[1] == changed.json()
    gone = account.admin.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert account.admin.get(path).status_code == 404


def test_folder_lists_lack_category_id_and_hide_sub_folders(account: Account) -> None:
    path = f"/solutions/categories/{account.category}/folders"
    made = account.admin.post(path, json={"name": "Sub", "parent_folder_id": account.folder})
    assert made.status_code == 201
    assert list(made.json()) == FOLDER_KEYS
    assert [level["data"]["name"] for level in made.json()["hierarchy"]] == ["Billing", "Invoices", "Sub"]
    listed = account.read(path)
    assert [row["name"] for row in listed] == ["Invoices"]
    assert list(listed[0]) == [key for key in FOLDER_KEYS if key != "category_id"]
    assert (listed[0]["articles_count"], listed[0]["sub_folders_count"]) == (1, 1)
    below = account.read(f"/solutions/folders/{account.folder}/subfolders")
    assert [row["name"] for row in below] == ["Sub"]


def test_article_create_gives_the_live_key_set(account: Account) -> None:
    made = account.admin.post(
        f"/solutions/folders/{account.folder}/articles",
        json={
            "title": "Download an invoice",
            "description": "<p>Open <b>Billing</b>.</p>",
            "status": 2,
            "tags": ["billing"],
            "seo_data": {"meta_title": "Invoices", "meta_keywords": ["invoice", "pdf"]},
        },
    )
    body = made.json()
    assert made.status_code == 201
    assert list(body) == ARTICLE_KEYS
    assert body["description"] == "<p>Open <b>Billing</b>.</p>"
    assert body["description_text"] == " Open  Billing . "
    assert body["seo_data"] == {"meta_title": "Invoices", "meta_description": "", "meta_keywords": "invoice,pdf"}
    assert body["agent_id"] == account.read("/agents/me")["id"]
    assert account.read(f"/solutions/articles/{body['id']}") == body
    assert account.read()["seo_data"] == {"meta_title": "", "meta_description": ""}


def test_lists_of_articles_include_drafts_and_equal_titles(account: Account) -> None:
    account.add("Download", status=1)
    listed = account.read(f"/solutions/folders/{account.folder}/articles")
    assert [(row["title"], row["status"]) for row in listed] == [("Download", 2), ("Download", 1)]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"title": "T"}, {"title": "T", "description": "<p>Old</p>", "tags": ["a"], "status": 2}),
        ({"tags": []}, {"tags": [], "title": "Download", "status": 2}),
        ({"status": 1}, {"status": 1, "description": "<p>Old</p>"}),
        ({"status": 2, "description": "plain text"}, {"status": 2, "description": "plain text"}),
    ],
)
def test_article_put_is_partial(opened: Any, payload: dict[str, Any], expected: dict[str, Any]) -> None:
    account = opened(content_without_status="live")
    body = account.put(payload).json()
    assert {key: body[key] for key in expected} == expected
    assert body == account.read()


def test_deleting_an_article_takes_all_languages(account: Account) -> None:
    account.sandbox.people.create_translation(account.article, "fr", "T", "<p>x</p>")
    assert account.admin.delete(f"/solutions/articles/{account.article}").status_code == 204
    for path in (f"/solutions/articles/{account.article}", f"/solutions/articles/{account.article}/fr"):
        assert account.admin.get(path).status_code == 404


def test_translations_are_put_then_posted(account: Account) -> None:
    for kind, id, payload in [
        ("categories", account.category, {"name": "Facturation"}),
        ("folders", account.folder, {"name": "Factures"}),
        ("articles", account.article, {"title": "Reçu", "description": "<p>é</p>", "status": 1}),
    ]:
        path = f"/solutions/{kind}/{id}/fr"
        assert account.admin.put(path, json=payload).status_code == 404
        made = account.admin.post(path, json=payload)
        assert made.status_code == 201
        assert made.headers["Location"].endswith(path)
        assert account.admin.get(path).json() == made.json()
        assert account.admin.put(path, json=payload).status_code == 200
    translated = account.read(f"/solutions/articles/{account.article}/fr")
    names = [(level["data"]["name"], level["data"]["language"]) for level in translated["hierarchy"]]
    assert names == [("Facturation", "fr"), ("Factures", "fr")]
    assert (translated["status"], account.read()["status"]) == (1, 2)


def test_language_lists_hold_what_is_translated(account: Account) -> None:
    account.sandbox.people.create_translation(account.article, "fr", "T", "x")
    assert account.read("/solutions/categories/fr") == []
    assert account.read(f"/solutions/categories/{account.category}/folders/fr") == []
    assert account.read(f"/solutions/folders/{account.folder}/subfolders/fr") == []
    assert [row["title"] for row in account.read(f"/solutions/folders/{account.folder}/articles/fr")] == ["T"]


def test_votes_are_summed_over_languages_on_a_plain_read(account: Account) -> None:
    people = account.sandbox.people
    people.create_translation(account.article, "fr", "T", "x")
    people.vote(account.article, up=2, hits=5)
    people.vote(account.article, up=3, down=1, language="fr")
    french = account.read(f"/solutions/articles/{account.article}/fr")
    assert [account.read()[key] for key in ("thumbs_up", "thumbs_down", "hits")] == [5, 1, 5]
    assert [french[key] for key in ("thumbs_up", "thumbs_down", "hits")] == [3, 1, 0]


def test_search_finds_published_articles_only(account: Account) -> None:
    account.add("Download draft", status=1)
    found = account.read("/search/solutions?term=download")
    assert [row["title"] for row in found] == ["Download"]
    assert found[0]["path"] == f"{account.article}-download"
    assert found[0]["category_name"] == "Billing"
    assert "tags" not in found[0]
    assert codes(account.admin.get("/search/solutions")) == [("term", "missing_field")]


def test_side_endpoints(account: Account) -> None:
    assert account.read("/agents/me")["contact"]["email"] == "admin@sandbox.test"
    assert len(account.read("/agents")) == 4
    found = account.read("/agents?email=Writer@sandbox.test")
    assert [row["contact"]["email"] for row in found] == ["writer@sandbox.test"]
    assert account.read("/settings/helpdesk")["supported_languages"] == ["fr", "de"]
    assert account.read("/account")["tier_type"] == "enterprise"
    assert account.read("/products") == []
    assert [row["name"] for row in account.read("/companies")] == ["Acme", "Initech", "Umbrella"]


ARTICLES = "/solutions/folders/{folder}/articles"
FOLDERS = "/solutions/categories/{category}/folders"
ARTICLE = {"title": "T", "description": "D", "status": 2}


@pytest.mark.parametrize(
    ("path", "payload", "expected"),
    [
        ("/solutions/categories", {}, [("name", "missing_field")]),
        ("/solutions/categories", {"name": " "}, [("name", "invalid_value")]),
        ("/solutions/categories", {"name": 3, "x": 1}, [("name", "datatype_mismatch"), ("x", "invalid_field")]),
        (
            "/solutions/categories",
            {"name": "A", "visible_in_portals": [1]},
            [("visible_in_portals", "invalid_field")],
        ),
        (FOLDERS, {"name": "A", "visibility": 9}, [("visibility", "invalid_value")]),
        (FOLDERS, {"name": "A", "visibility": True}, [("visibility", "datatype_mismatch")]),
        (FOLDERS, {"name": "A", "visibility": 4}, [("company_ids", "missing_field")]),
        (FOLDERS, {"name": "A", "company_ids": []}, [("company_ids", "incompatible_field")]),
        (
            FOLDERS,
            {"name": "A", "visibility": 4, "company_ids": [7]},
            [("company_ids", "invalid_value")],
        ),
        (FOLDERS, {"name": "A", "parent_folder_id": 7}, [("parent_folder_id", "invalid_value")]),
        (
            ARTICLES,
            {},
            [("title", "missing_field"), ("description", "missing_field"), ("status", "missing_field")],
        ),
        (ARTICLES, {**ARTICLE, "status": 3}, [("status", "invalid_value")]),
        (ARTICLES, {**ARTICLE, "status": "2"}, [("status", "datatype_mismatch")]),
        (ARTICLES, {**ARTICLE, "folder_id": 3}, [("folder_id", "invalid_field")]),
        (ARTICLES, {**ARTICLE, "tags": ["x" * 33]}, [("tags", "invalid_value")]),
        (ARTICLES, {**ARTICLE, "tags": "x"}, [("tags", "datatype_mismatch")]),
        (ARTICLES, {**ARTICLE, "seo_data": {"meta": 1}}, [("seo_data", "invalid_field")]),
        (ARTICLES, {**ARTICLE, "seo_data": {"meta_keywords": "a,b"}}, [("seo_data", "datatype_mismatch")]),
        (ARTICLES, {**ARTICLE, "title": "\ud800"}, [(None, "invalid_json")]),
    ],
)
def test_bad_fields_are_all_told(account: Account, path: str, payload: Any, expected: Any) -> None:
    where = path.format(folder=account.folder, category=account.category)
    headers = {"Content-Type": "application/json"}
    reply = account.admin.post(where, content=json.dumps(payload), headers=headers)
    assert (reply.status_code, codes(reply)) == (400, expected)
    assert reply.json()["description"] == "Validation failed"


def test_tag_of_32_characters_is_taken(account: Account) -> None:
    assert account.add(tags=["x" * 32]).status_code == 201


@pytest.mark.parametrize(
    ("visibility", "name", "ids"),
    [(4, "company_ids", None), (6, "contact_segment_ids", [5]), (7, "company_segment_ids", [6])],
)
def test_id_lists_go_with_their_visibility(account: Account, visibility: int, name: str, ids: Any) -> None:
    ids = ids or [account.read("/companies")[0]["id"]]
    path = f"/solutions/folders/{account.folder}"
    body = account.put({"visibility": visibility, name: ids}, path).json()
    assert (body["visibility"], body[name]) == (visibility, ids)
    assert name not in account.put({"visibility": 1}, path).json()


def test_folders_nest_five_deep(account: Account) -> None:
    path = f"/solutions/categories/{account.category}/folders"
    chain = [account.folder]
    for depth in range(2, 6):
        made = account.admin.post(path, json={"name": str(depth), "parent_folder_id": chain[-1]})
        assert made.status_code == 201
        chain.append(made.json()["id"])
    deeper = account.admin.post(path, json={"name": "6", "parent_folder_id": chain[-1]})
    assert codes(deeper) == [("parent_folder_id", "invalid_value")]


def test_folders_never_form_a_circle(account: Account) -> None:
    sub = account.sandbox.people.create_folder(account.category, "Sub", parent_id=account.folder)
    for parent in (sub, account.folder):
        circle = account.put({"parent_folder_id": parent}, f"/solutions/folders/{account.folder}")
        assert codes(circle) == [("parent_folder_id", "invalid_value")]


@pytest.mark.parametrize(
    ("method", "path", "headers", "content", "status"),
    [
        ("GET", "/solutions/nothing", {}, b"", 404),
        ("GET", "/solutions/articles/1", {}, b"", 404),
        ("GET", "/solutions/categories/xx", {}, b"", 404),
        ("GET", "/solutions/categories/1/folders", {}, b"", 404),
        ("PATCH", "/solutions/categories", {}, b"", 405),
        ("POST", "/solutions/articles/{article}", {}, b"", 405),
        ("HEAD", "/solutions/categories", {}, b"", 405),
        ("GET", "/solutions/categories", {"Accept": "text/html"}, b"", 406),
        ("POST", "/solutions/categories", {"Content-Type": "text/plain"}, b"{}", 415),
        ("POST", "/solutions/categories", {"Content-Type": "application/json"}, b"{", 400),
        ("POST", "/solutions/categories", {"Content-Type": "application/json"}, b"[]", 400),
        ("GET", "/solutions/categories", {}, b"{}", 400),
        ("DELETE", "/solutions/articles/{article}", {}, b"{}", 400),
        ("GET", "/solutions/articles/{article}?include=x", {}, b"", 400),
        ("GET", "/solutions/categories?sort=x", {}, b"", 400),
    ],
)
def test_wrong_requests_have_their_status(
    account: Account, method: str, path: str, headers: dict[str, str], content: bytes, status: int
) -> None:
    where = path.format(article=account.article)
    assert account.admin.request(method, where, headers=headers, content=content).status_code == status


def test_no_key_or_a_bad_one_is_401(account: Account) -> None:
    for auth in [("nobody", "X"), ("", "")]:
        reply = account.admin.get("/solutions/categories", auth=auth)
        assert (reply.status_code, codes(reply)) == (401, [(None, "invalid_credentials")])
    account.sandbox.people.revoke_key("admin")
    assert account.admin.get("/agents/me").status_code == 401


def test_every_reply_has_the_service_headers(account: Account) -> None:
    reply = account.admin.get("/solutions/nothing")
    assert reply.headers["Date"] == "Fri, 15 Jan 2027 08:00:10 GMT"
    assert reply.headers["X-Request-Id"]
    assert reply.headers["Status"] == "404 Not Found"
    assert "etag" not in reply.headers
