"""Saved plans, `resolve` and `restore`: what was reviewed is what is written, and nothing is lost for good."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest

from kbsync.sandbox import KEYS

from .projects import Account, kbsync, page, put

B = "content/C/F/b.md"


def published(account: Account) -> Account:
    """The project's two articles are live."""
    assert account.run("apply", "--yes").code == 0
    account.sandbox.clear_log()
    return account


def edit_live(account: Account, text: str) -> int:
    id, _ = account.article("B")
    account.sandbox.people.edit_article(id, body=f"<p>{text}</p>")
    return id


# --- saved plans ----------------------------------------------------------------------------------------------


def test_a_plan_fits_the_schema_that_ships(account: Account) -> None:
    schema = json.loads((files("kbsync") / "schemas/plan.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(account.run("plan", "--json").json, schema)
    published(account)
    put(account.root, {B: page("B", "Mine."), "content/C/F/c.md": page("C", "![no](no.png)")})
    edit_live(account, "Theirs.")
    jsonschema.validate(account.run("plan", "--json").json, schema)


def test_two_plans_of_the_same_are_the_same_and_a_saved_one_is_applied_once(account: Account) -> None:
    assert account.run("plan", "--out", "one.json", "-q").code == 0
    assert account.run("plan", "--out", "two.json", "-q").code == 0
    one, two = (json.loads((account.root / name).read_text("utf-8")) for name in ("one.json", "two.json"))
    assert {**one, "cost": None} == {**two, "cost": None}

    applied = account.run("apply", "one.json", "--yes", "--expect", one["digest"])
    assert (applied.code, account.writes()) == (0, ["POST"] * 4)
    account.sandbox.clear_log()

    again = account.run("apply", "one.json", "--yes")
    assert (again.code, account.writes(), "already applied" in again.out) == (0, [], True)


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("source", ["B (content/C/F/b.md)", "body", "Mine.", "Another."]),
        ("live", ["B (content/C/F/b.md)", "body", "Text.", "Theirs."]),
        ("target", ["A (content/C/F/a.md)", "body"]),
    ],
)
def test_a_saved_plan_whose_premises_moved_is_stale(account: Account, what: str, named: list[str]) -> None:
    published(account)
    put(account.root, {B: page("B", "Mine."), "content/C/F/a.md": page("A", "Now see [b](b.md).")})
    assert account.run("plan", "--out", "plan.json", "-q").code == 0
    if what == "source":
        put(account.root, {B: page("B", "Another.")})
    elif what == "live":
        edit_live(account, "Theirs.")
    else:
        account.sandbox.people.unpublish(account.article("B")[0])
    account.sandbox.clear_log()

    ran = account.run("apply", "plan.json", "--yes")

    assert (ran.code, account.writes()) == (5, [])
    assert [word for word in named if word not in ran.err] == []


def test_what_moved_elsewhere_does_not_make_a_plan_stale(account: Account) -> None:
    published(account)
    put(account.root, {B: page("B", "Mine.")})
    assert account.run("plan", "--out", "plan.json", "-q").code == 0
    put(account.root, {"content/C/F/c.md": page("C")})
    account.sandbox.people.edit_article(account.article("B")[0], tags=("theirs",))
    ran = account.run("apply", "plan.json", "--yes")
    assert (ran.code, account.writes(), account.article("B")[1]) == (0, ["PUT"], "<p>Mine.</p>\n")
    assert account.titles() == ["A", "B"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("apply", "--yes", "--expect", "0" * 64), 5),
        (("apply", "none.json", "--yes"), 2),
        (("apply", "kbsync.yaml", "--yes"), 2),
        (("apply", "changed.json", "--yes"), 2),
        (("apply", "plan.json", "--yes", "--on-conflict", "local"), 2),
        (("resolve", "--all"), 2),
        (("resolve", "--take", "local"), 2),
        (("resolve", "content/C/F/a.md", "--take", "local"), 2),
        (("resolve", "--rewritten", "--take", "local"), 2),
        (("restore", B), 2),
        (("restore", "nothing"), 2),
    ],
)
def test_what_gives_no_safety_is_refused(account: Account, arguments: tuple[str, ...], code: int) -> None:
    published(account)
    put(account.root, {B: page("B", "Mine.")})
    account.run("plan", "--out", "plan.json", "-q")
    plan = (account.root / "plan.json").read_text("utf-8")
    (account.root / "changed.json").write_text(plan.replace("Mine.", "Evil."), "utf-8")
    ran = account.run(*arguments)
    assert (ran.code, account.writes()) == (code, [])
    assert ran.err


# --- resolve and restore --------------------------------------------------------------------------------------


def test_the_file_over_the_live_text_and_back_again(account: Account) -> None:
    published(account)
    put(account.root, {B: page("B", "Mine.")})
    id = edit_live(account, "Theirs.")
    assert account.run("apply", "--yes").code == 4

    assert account.run("resolve", B, "--take", "local", "--yes").code == 0
    assert account.article("B")[1] == "<p>Mine.</p>\n"
    assert account.run("plan", "--exit-code").code == 0

    listed = account.run("restore", str(id), "--list", "--json").json
    assert [version["body"] for version in listed["versions"]] == ["<p>Theirs.</p>"]
    assert account.run("restore", "B", "--yes").code == 0
    assert account.article("B")[1] == "<p>Theirs.</p>"
    # What was put back stays: it counts as a person's edit.
    after = account.run("plan", "--json").json
    assert (after["changes"], [one["key"] for one in after["drift"]]) == ([], [B])


@pytest.mark.parametrize("mine", ["Text.", "Mine."], ids=["drift", "conflict"])
def test_the_live_text_into_the_file(account: Account, mine: str) -> None:
    published(account)
    before = (account.root / B).read_bytes()
    put(account.root, {B: before.replace(b"Text.", mine.encode())})
    id, _ = account.article("B")
    account.sandbox.people.edit_article(id, title="B, newly", body="<p>Theirs, and <strong>bold</strong>.</p>")

    taken = account.run("resolve", B, "--take", "live", "--yes")

    assert (taken.code, account.writes()) == (0, [])
    assert (account.root / B).read_bytes() == before.replace(b"title: B", b"title: B, newly").replace(
        b"Text.", b"Theirs, and **bold**."
    )
    assert account.run("plan", "--exit-code").code == 0


def test_a_rewrite_by_the_server_is_one_group_and_accepted_in_one_command(account: Account) -> None:  # F15
    published(account)
    account.sandbox.people.rewrite_all("froala")
    for title in ("A", "B"):
        id, body = account.article(title)
        account.sandbox.people.edit_article(id, body=body.replace("<p", '<p style="line-height: 1.7"', 1))
    drift = account.run("plan", "--json").json["drift"]
    assert [(one["key"], "rewrote the markup" in one["why"]) for one in drift] == [
        ("content/C/F/a.md", True),
        (B, True),
    ]
    account.sandbox.clear_log()
    before = (account.root / B).read_bytes()

    assert account.run("resolve", "--rewritten", "--take", "live", "--yes").code == 0

    assert (account.writes(), (account.root / B).read_bytes()) == ([], before)
    assert account.run("plan", "--exit-code").code == 0


def test_a_touched_article_is_noted_without_a_write(account: Account) -> None:
    published(account)
    account.sandbox.people.touch(account.article("B")[0])
    assert [one["key"] for one in account.run("plan", "--json").json["drift"]] in ([B], [])  # within one second
    account.sandbox.people.save_draft(account.article("B")[0], body="<p>Draft.</p>")
    assert account.run("resolve", "--all", "--take", "live", "--yes").code in (0, 2)
    assert account.writes() == []


def test_a_missing_article_is_published_anew_by_choice(account: Account) -> None:
    published(account)
    old, _ = account.article("B")
    account.sandbox.people.delete_article(old)
    assert account.run("apply", "--yes").code == 4
    account.sandbox.clear_log()

    assert account.run("resolve", B, "--take", "local", "--yes").code == 0

    new, _ = account.article("B")
    assert (account.writes(), new != old) == (["POST"], True)
    assert f"article_id: {new}" in (account.root / B).read_text("utf-8")
    assert account.run("apply", "--yes").code == 0
    assert account.run("plan", "--exit-code").code == 0


def test_another_account_is_refused_for_a_saved_plan(account: Account) -> None:
    account.run("plan", "--out", "plan.json", "-q")
    config = account.root / "kbsync.yaml"
    config.write_text(config.read_text("utf-8").replace("  t:\n", "  other:\n").replace(": t\n", ": other\n"), "utf-8")
    ran = kbsync(account.root, "apply", "plan.json", "--yes", FRESHDESK_API_KEY=KEYS["admin"])
    assert (ran.code, account.writes()) == (5, [])
