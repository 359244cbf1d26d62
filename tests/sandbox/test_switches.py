"""Each switch of section 12, at both its ends, seen through the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kbsync.sandbox import SandboxError, Switches, parse_switches, switches_as_json
from kbsync.sandbox.switches import change_switches

from .conftest import Open
from .driving import Account, codes

Act = Callable[[Account], Any]
FRENCH = {"title": "T", "description": "x", "status": 2}


def _text(account: Account) -> Any:
    row = account.read()
    return row["status"], row["description"]


def _after(payload: Any) -> Act:
    def act(account: Account) -> Any:
        account.put(payload)
        return _text(account)

    return act


def _draft_read(account: Account) -> Any:
    account.sandbox.people.save_draft(account.article, body="new")
    return account.read()["description"]


def _move(account: Account) -> Any:
    other = account.sandbox.people.create_folder(account.category, "Other")
    reply = account.put({"folder_id": other})
    return reply.status_code, account.read()["folder_id"] == other


def _delete_full(account: Account) -> Any:
    statuses = [account.admin.delete(f"/solutions/folders/{account.folder}").status_code]
    return [*statuses, account.admin.get(f"/solutions/articles/{account.article}").status_code]


def _delete_full_category(account: Account) -> Any:
    return account.admin.delete(f"/solutions/categories/{account.category}").status_code


def _same_name(place: str) -> Act:
    def act(account: Account) -> Any:
        people = account.sandbox.people
        category = people.create_category("Second") if place == "account" else account.category
        parent = people.create_folder(account.category, "Parent") if place == "category" else None
        payload = {"name": "Invoices", **({"parent_folder_id": parent} if parent else {})}
        return account.admin.post(f"/solutions/categories/{category}/folders", json=payload).status_code

    return act


def _taken(account: Account) -> Any:
    reply = account.admin.post("/solutions/categories", json={"name": "Billing"})
    return reply.status_code, codes(reply)


def _nest(account: Account) -> Any:
    payload = {"name": "Sub", "parent_folder_id": account.folder}
    reply = account.admin.post(f"/solutions/categories/{account.category}/folders", json=payload)
    return reply.status_code if reply.status_code == 201 else (reply.status_code, codes(reply)[0][1])


def _unnest(account: Account) -> Any:
    sub = account.sandbox.people.create_folder(account.category, "Sub", parent_id=account.folder)
    return account.put({"parent_folder_id": None}, f"/solutions/folders/{sub}").status_code


def _page_elsewhere(account: Account) -> Any:
    for name in "abc":
        account.sandbox.people.create_folder(account.category, name, parent_id=account.folder)
    reply = account.admin.get(f"/solutions/folders/{account.folder}/subfolders?per_page=2")
    return len(reply.json()) if reply.status_code == 200 else reply.status_code


def _default_page(account: Account) -> Any:
    for number in range(40):
        account.sandbox.people.create_category(f"c{number}")
    return len(account.read("/solutions/categories"))


def _long_title(account: Account) -> Any:
    return account.add("x" * 256).status_code, account.add(description="é" * 250_001).status_code


def _seo(account: Account) -> Any:
    account.put({"seo_data": {"meta_title": "A", "meta_keywords": ["k"]}})
    return account.put({"seo_data": {"meta_description": "D"}}).json()["seo_data"]


def _author(account: Account) -> Any:
    other = account.read("/agents")[1]["id"]
    reply = account.add(agent_id=other, type=2)
    if reply.status_code != 201:
        return codes(reply)
    return reply.json()["agent_id"] != other, reply.json()["type"]


def _multipart(account: Account) -> Any:
    reply = account.admin.post(
        f"/solutions/folders/{account.folder}/articles",
        data={"title": "T", "description": "D", "status": "1", "tags[]": ["a", "b"], "seo_data[meta_title]": "M"},
        files={"attachments[]": ("a.txt", b"hello", "text/plain")},
    )
    if reply.status_code != 201:
        return reply.status_code
    body = reply.json()
    file = body["attachments"][0]
    content = account.admin.get(file["attachment_url"]).text
    return body["tags"], body["seo_data"]["meta_title"], file["name"], file["size"], content


def _error_body(account: Account) -> Any:
    reply = account.admin.get("/solutions/articles/1")
    return reply.status_code, reply.headers.get("content-type"), reply.text[:15]


def _language(account: Account) -> Any:
    path = f"/solutions/articles/{account.article}/"
    return [
        [account.put(FRENCH, path + lang).status_code, account.admin.post(path + lang, json=FRENCH).status_code]
        for lang in ("it", "en")
    ]


def _twice(account: Account) -> Any:
    path = f"/solutions/articles/{account.article}/fr"
    return [account.admin.post(path, json=FRENCH).status_code for _ in range(2)]


def _untranslated_parent(account: Account) -> Any:
    return account.admin.post(f"/solutions/articles/{account.article}/fr", json=FRENCH).status_code


def _writer_publishes(account: Account) -> Any:
    payload = {"title": "T", "description": "D", "status": 2}
    made = account.writer.post(f"/solutions/folders/{account.folder}/articles", json=payload)
    account.writer.put(f"/solutions/articles/{account.article}", json=payload)
    return made.status_code, made.json().get("status"), _text(account)


def _approval(account: Account) -> Any:
    return account.add().json()["status"], _after({"status": 2, "description": "new"})(account)


def _omni(account: Account) -> Any:
    return "platforms" in account.read(f"/solutions/folders/{account.folder}"), "platforms" in account.read()


def _no_op(account: Account) -> Any:
    before = account.read()["updated_at"]
    account.clock.now += 60
    same = {"description": "<p>Old</p>", "status": 2}
    return account.put(same).json()["updated_at"] == before


def _deleted(account: Account) -> Any:
    account.sandbox.people.delete_article(account.article)
    known = account.admin.get(f"/solutions/articles/{account.article}").status_code
    return known, account.admin.get("/solutions/articles/99").status_code


def _heading(account: Account) -> Any:
    sent = '<h2 id="x">Add a  user</h2>'
    return account.put({"status": 2, "description": sent}).json()["description"]


def _stale_read(account: Account) -> Any:
    account.put({"title": "New", "status": 2})
    early = account.read()["title"], account.read(f"/solutions/folders/{account.folder}/articles")[0]["title"]
    account.clock.now += 2
    return early, account.read()["title"]


def _multilingual(account: Account) -> Any:
    reply = account.admin.get(f"/solutions/articles/{account.article}/fr")
    return reply.status_code, reply.text and codes(reply)


def _portals(account: Account) -> Any:
    portal = account.sandbox.store.names("portal")[0][0]
    reply = account.put({"visible_in_portals": [portal]}, f"/solutions/categories/{account.category}")
    wrong = account.put({"visible_in_portals": [5]}, f"/solutions/categories/{account.category}").status_code
    return reply.status_code, wrong, reply.json().get("visible_in_portals") == [portal]


MERGED = {"meta_title": "A", "meta_description": "D", "meta_keywords": "k"}
REPLACED = {"meta_title": "", "meta_description": "D"}
OLD, NEW = "<p>Old</p>", "new"


@pytest.mark.parametrize(
    ("switches", "act", "expected"),
    [
        ({}, _after({"description": NEW}), (2, OLD)),
        ({"content_without_status": "live"}, _after({"description": NEW}), (2, NEW)),
        ({}, _after({"description": NEW, "status": 1}), (2, OLD)),
        ({"draft_with_content": "unpublish"}, _after({"description": NEW, "status": 1}), (1, NEW)),
        ({}, _draft_read, OLD),
        ({"read_pending_draft": "draft"}, _draft_read, NEW),
        ({}, _move, (400, False)),
        ({"move_article": "move"}, _move, (200, True)),
        ({}, _delete_full, [204, 404]),
        ({"delete_non_empty": "409"}, _delete_full, [409, 200]),
        ({}, _delete_full_category, 204),
        ({"delete_non_empty": "409"}, _delete_full_category, 409),
        ({}, _same_name("parent"), 409),
        ({}, _same_name("category"), 201),
        ({"folder_name_scope": "category"}, _same_name("category"), 409),
        ({"folder_name_scope": "category"}, _same_name("account"), 201),
        ({"folder_name_scope": "account"}, _same_name("account"), 409),
        ({}, _taken, (409, [(None, "duplicate_value")])),
        ({"duplicate_name": "400"}, _taken, (400, [("name", "duplicate_value")])),
        ({"hierarchy": False}, _nest, 201),
        ({"hierarchy": False, "hierarchy_missing": "403"}, _nest, (403, "require_feature")),
        ({"hierarchy": False, "hierarchy_missing": "400"}, _nest, (400, "invalid_field")),
        ({"hierarchy_missing": "403"}, _nest, 201),
        ({}, _unnest, 200),
        ({"unnest": "400"}, _unnest, 400),
        ({}, _page_elsewhere, 2),
        ({"paging_elsewhere": "ignore"}, _page_elsewhere, 3),
        ({"paging_elsewhere": "reject"}, _page_elsewhere, 400),
        ({}, _default_page, 30),
        ({"default_page_size": "all"}, _default_page, 41),
        ({}, _long_title, (201, 201)),
        ({"size_limits": "limits"}, _long_title, (400, 400)),
        ({}, lambda a: a.add(tags=["Aa", "Aa"]).json()["tags"], ["Aa", "Aa"]),
        ({"tags": "lower_cased"}, lambda a: a.add(tags=["Aa"]).json()["tags"], ["aa"]),
        ({}, _seo, MERGED),
        ({"seo_update": "replace"}, _seo, REPLACED),
        ({}, _author, (True, 1)),
        ({"undocumented_fields": "400"}, _author, [("agent_id", "invalid_field"), ("type", "invalid_field")]),
        ({}, _multipart, 415),
        ({"attachments": "accept"}, _multipart, (["a", "b"], "M", "a.txt", 5, "hello")),
        ({}, _error_body, (404, None, "")),
        ({"error_bodies": "shape_b"}, _error_body, (404, "application/json; charset=utf-8", '{"code":"not_fo')),
        ({"error_bodies": "html"}, _error_body, (404, "text/html; charset=utf-8", "<!DOCTYPE html>")),
        ({}, _language, [[404, 405], [404, 405]]),
        ({"language_refusal": "409"}, _language, [[404, 409], [404, 409]]),
        ({}, _twice, [201, 405]),
        ({"language_refusal": "409"}, _twice, [201, 409]),
        ({}, _untranslated_parent, 201),
        ({"parent_translations": "404"}, _untranslated_parent, 404),
        ({"parent_translations": "400"}, _untranslated_parent, 400),
        ({}, _writer_publishes, (403, None, (2, OLD))),
        ({"publish_denied": "draft"}, _writer_publishes, (201, 1, (2, OLD))),
        ({}, _approval, (2, (2, NEW))),
        ({"approval": "stays_draft"}, _approval, (1, (2, OLD))),
        ({}, _omni, (False, False)),
        ({"omni_fields": "on"}, _omni, (True, True)),
        ({}, _no_op, True),
        ({"no_op_put": "moves"}, _no_op, False),
        ({}, _deleted, (404, 404)),
        ({"deleted_id": "403"}, _deleted, (403, 404)),
        ({}, _heading, '<h2 id="x">Add a  user</h2>'),
        ({"heading_ids": "dropped"}, _heading, "<h2>Add a  user</h2>"),
        ({"heading_ids": "regenerated"}, _heading, '<h2 id="Add-a-user">Add a  user</h2>'),
        ({}, _stale_read, (("New", "New"), "New")),
        ({"read_delay_ms": 1500}, _stale_read, (("Download", "Download"), "New")),
        ({}, _multilingual, (404, "")),
        ({"multilingual": False}, _multilingual, (403, [(None, "require_feature")])),
        ({}, _portals, (400, 400, False)),
        ({"several_portals": True}, _portals, (200, 400, True)),
        ({"primary_language": "de"}, lambda a: a.read("/settings/helpdesk")["primary_language"], "de"),
        ({"html_profile": "strip"}, lambda a: a.add(description="<i onclick='x'>y").json()["description"], "<i>y</i>"),
        (
            {"html_profile": "strip", "dropped_tags": ["iframe"]},
            lambda a: a.add(description="a<iframe src='x'></iframe>").json()["description"],
            "a",
        ),
    ],
)
def test_switch(opened: Open, switches: dict[str, Any], act: Act, expected: Any) -> None:
    assert act(opened(**switches)) == expected


def test_switches_are_parsed_from_text() -> None:
    parsed = parse_switches(
        ["html-profile=froala", "hierarchy=no", "supported_languages=fr, pt-BR", "quota_elsewhere=5"]
    )
    assert parsed == Switches(
        html_profile="froala", hierarchy=False, supported_languages=("fr", "pt-BR"), quota_elsewhere=5
    )
    assert change_switches(switches_as_json(parsed)) == parsed


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("nonsense", "name=value"),
        ("colour=red", "html_profile, dropped_tags"),
        ("html_profile=word", "identity, strip, froala"),
        ("hierarchy=perhaps", "true, false"),
        ("read_delay_ms=soon", "whole number"),
        ("rate_limit_total=0", "at least 1"),
        ("primary_language=English", "language code"),
    ],
)
def test_a_bad_switch_tells_what_is_valid(setting: str, told: str) -> None:
    with pytest.raises(SandboxError, match=told):
        parse_switches([setting])


def test_while_reads_lag_new_things_are_missing_and_deleted_ones_still_there(opened: Open) -> None:
    account = opened(read_delay_ms=1500)
    made = f"/solutions/articles/{account.add().json()['id']}"
    gone = f"/solutions/articles/{account.article}"
    account.admin.delete(gone)
    assert [account.admin.get(path).status_code for path in (made, gone)] == [404, 200]
    account.clock.now += 2
    assert [account.admin.get(path).status_code for path in (made, gone)] == [200, 404]
