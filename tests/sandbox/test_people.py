"""What people do in the web editor, as the API shows it afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from kbsync.sandbox import SandboxError

from .driving import Account


def _moved(account: Account, before: dict[str, Any]) -> set[str]:
    now = account.read()
    return {key for key in now if now[key] != before[key]}


TEXTS = {"description", "description_text", "updated_at"}


@pytest.mark.parametrize(
    ("act", "arguments", "moved"),
    [
        ("edit_article", {"body": "<p>New</p>"}, TEXTS),
        ("edit_article", {"title": "T"}, {"title", "updated_at"}),
        ("edit_article", {"tags": ["b"]}, {"tags", "updated_at"}),
        ("edit_article", {"seo": {"meta_title": "M"}}, {"seo_data", "updated_at"}),
        ("edit_article", {"noise": True}, {"description", "updated_at"}),
        ("save_draft", {"body": "<p>Draft</p>"}, {"updated_at"}),
        ("touch", {}, {"updated_at"}),
        ("publish", {}, {"updated_at"}),
        ("unpublish", {}, {"status", "updated_at"}),
        ("vote", {"up": 1, "down": 2, "hits": 3}, {"thumbs_up", "thumbs_down", "hits"}),
    ],
)
def test_what_an_act_moves(account: Account, act: str, arguments: dict[str, Any], moved: set[str]) -> None:
    before = account.read()
    getattr(account.sandbox.people, act)(account.article, **arguments)
    assert _moved(account, before) == moved


def test_a_draft_waits_until_published(account: Account) -> None:
    people = account.sandbox.people
    people.save_draft(account.article, title="Draft")
    people.save_draft(account.article, body="draft")
    assert (account.read()["title"], account.read()["description"]) == ("Download", "<p>Old</p>")
    people.publish(account.article)
    assert (account.read()["title"], account.read()["description"]) == ("Draft", "draft")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"status": 2, "description": "api"}, ("Download", "api")),
        ({"status": 2}, ("Draft", "draft")),
        ({"status": 2, "tags": ["b"]}, ("Download", "<p>Old</p>")),
        ({"status": 1}, ("Draft", "draft")),
    ],
)
def test_what_a_write_does_to_a_waiting_draft(account: Account, payload: Any, expected: Any) -> None:
    account.sandbox.people.save_draft(account.article, "Draft", "draft")
    body = account.put(payload).json()
    assert (body["title"], body["description"]) == expected


def test_published_text_destroys_the_draft(account: Account) -> None:
    account.sandbox.people.save_draft(account.article, "Draft", "draft")
    account.put({"status": 2, "description": "api"})
    account.sandbox.people.publish(account.article)
    assert account.read()["description"] == "api"


def test_an_act_moves_time_even_within_a_second(account: Account) -> None:
    people = account.sandbox.people
    times = []
    for _ in range(3):
        people.touch(account.article)
        times.append(account.read()["updated_at"])
    assert len(set(times)) == 3


def test_moving_duplicating_and_deleting(account: Account) -> None:
    people = account.sandbox.people
    other = people.create_folder(account.category, "Other")
    copy = people.duplicate_article(account.article)
    assert account.read(f"/solutions/articles/{copy}")["title"] == "Download"
    people.move_article(account.article, other)
    assert account.read()["folder_id"] == other
    people.delete_folder(account.folder)
    assert account.admin.get(f"/solutions/articles/{copy}").status_code == 404
    people.delete_article(account.article)
    people.delete_category(account.category)
    assert account.read("/solutions/categories") == []


def test_folders_are_renamed_translated_and_moved(account: Account) -> None:
    people = account.sandbox.people
    people.rename_folder(account.folder, "Bills")
    people.rename_folder(account.folder, "Factures", language="fr")
    people.rename_category(account.category, "Facturation", language="fr")
    people.change_folder(account.folder, description="D", visibility=2)
    other = people.create_category("Other")
    sub = people.create_folder(account.category, "Sub", parent_id=account.folder)
    people.move_folder(account.folder, other)
    row = account.read(f"/solutions/folders/{account.folder}")
    assert (row["name"], row["description"], row["visibility"], row["category_id"]) == ("Bills", "D", 2, other)
    assert account.read(f"/solutions/folders/{account.folder}/fr")["name"] == "Factures"
    assert account.read(f"/solutions/categories/{account.category}/fr")["name"] == "Facturation"
    assert account.read(f"/solutions/folders/{sub}")["category_id"] == other


def test_the_service_rewrites_every_body(account: Account) -> None:
    before = account.read()
    account.sandbox.people.rewrite_all("froala")
    assert _moved(account, before) == {"description"}


def test_agents_and_companies_are_added(account: Account) -> None:
    people = account.sandbox.people
    agent = people.create_agent("Ana", "ana@acme.test")
    company = people.create_company("Hooli")
    assert [row["id"] for row in account.read("/agents?email=ana@acme.test")] == [agent]
    assert account.read("/companies")[-1] == {"id": company, "name": "Hooli"}
    assert account.put({"agent_id": agent}).json()["agent_id"] == agent


def test_an_unknown_id_is_told(account: Account) -> None:
    with pytest.raises(SandboxError, match="nothing has the id 7"):
        account.sandbox.people.touch(7)
