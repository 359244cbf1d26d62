"""The three-way rule as a table: what a person did here and there, and what the plan makes of it (design 4)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpcentre import HOST, HelpCentre, article, counts, link, path

from kbsync.lock import Lock
from kbsync.model import Article

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parents[1] / "cases/rule.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_the_rule(case: Mapping[str, Any]) -> None:
    with HelpCentre() as centre:
        centre.write(_source({}))
        centre.run()
        centre.clock.now += 60
        _act(centre, case.get("live", {}))
        if case.get("lock") == "lost":
            centre.lock, centre.journal.text, centre.ids = Lock(HOST), "", {}
        gone = case.get("source") == "gone"
        centre.write(*[] if gone else [_source(case.get("source", {}))])
        settings = dict(case.get("settings", {}))
        if case.get("partial"):
            settings["selected"] = lambda key: key == path("other")
        centre.clear()

        plan = centre.plan(**settings)

        found = counts(plan)
        # With the last file of a folder its directories are gone as well.
        found["gone"] = found.get("gone", 0) - 2 * gone
        expected = {**case["plan"], **case.get("beside", {})}
        assert {name: n for name, n in found.items() if n and name != "unchanged"} == expected
        changes = [change for change in plan.changes if change.kind == "article"]
        if "sent" in case:
            assert [sorted(change.fields) for change in changes] == [sorted(case["sent"])]
        if "writes" in case:
            assert [change.writes for change in changes] == [case["writes"]]
        if "why" in case:
            assert [change.why for change in changes] == [case["why"]]
        assert centre.sent() == []


def _source(values: Mapping[str, Any]) -> Article:
    named: dict[str, Any] = {"body": "old", "tags": ["x", "y"], **values}
    named = {name: tuple(value) if isinstance(value, list) else value for name, value in named.items()}
    text = "old" if named.pop("source", "") == "same" else named["body"]
    return article("a", f"<p>{named.pop('body')}</p>", source=f"text: {text}", **named)


def _act(centre: HelpCentre, what: Any) -> None:
    people, id = centre.people, centre.id("a")
    if what == "touch":
        people.touch(id)
    elif what == "delete":
        people.delete_article(id)
    elif what == "move":
        people.move_article(id, people.create_folder(centre.sandbox.store.categories("en")[0].id, "Other"))
    elif what:
        people.edit_article(id, **({**what, "body": f"<p>{what['body']}</p>"} if "body" in what else what))


def test_several_unbound_articles_of_the_title_are_ambiguous(centre: HelpCentre) -> None:
    centre.write(article("x"))
    centre.run()
    for _ in range(2):
        centre.people.create_article(centre.folder("F"), "a", article("a").body)
    centre.write(article("x"), article("a"))
    assert counts(centre.plan()) == {"ambiguous": 1, "unchanged": 3, "unmanaged": 2}


def test_a_new_file_of_an_existing_title_is_adopted_or_asked_about(centre: HelpCentre) -> None:
    centre.write(article("x"))
    centre.run()
    id = centre.people.create_article(centre.folder("F"), "a", article("a").body)
    centre.write(article("x"), article("a"))
    assert counts(centre.plan()) == {"adopt": 1, "unchanged": 3}
    centre.people.edit_article(id, body="<p>Theirs.</p>")
    assert counts(centre.plan()) == {"conflict": 1, "unchanged": 3}


def test_an_article_adopted_with_its_links_as_text_gets_them_by_an_update(centre: HelpCentre) -> None:
    centre.write(article("x"))
    centre.run()
    centre.people.create_article(centre.folder("F"), "a", "<p>see x</p>")
    centre.write(article("x"), article("a", f"<p>see {link('x', 'x')}</p>"))
    assert counts(centre.plan()) == {"update": 1, "unchanged": 3}


@pytest.mark.parametrize("primary", [True, False])
def test_a_renamed_file_is_no_write(centre: HelpCentre, primary: bool) -> None:
    centre.settings = {"primary": primary}
    one = article("a", id=None if primary else 4711)
    centre.write(one)
    centre.run()
    new = path("renamed")
    if primary:
        centre.ids[new] = centre.ids.pop(path("a"))
    renamed = article("renamed", one.body, title="a", id=None if primary else 4711, source="another")
    centre.write(renamed)
    plan = centre.plan()
    assert [(one.action, one.key, one.writes) for one in plan.changes] == [("refresh", new, 0)]
    centre.run()
    assert [entry.path for entry in centre.lock.entries.values() if entry.kind == "article"] == [new]
    assert counts(centre.plan()) == {"unchanged": 3}


def test_a_renamed_file_without_an_id_is_found_by_its_text(centre: HelpCentre) -> None:
    centre.settings = {"primary": False}
    centre.write(article("a"))
    centre.run()
    centre.write(article("content/C/G/b.md", article("a").body, title="a", source=article("a").source))
    assert {one.action for one in centre.plan().changes if one.kind == "article"} == {"refresh"}


def test_a_source_left_out_because_of_an_error_is_skipped_and_stays(centre: HelpCentre) -> None:
    centre.write(article("a"), article("b", f"<p>{link('a', 'a')}</p>"))
    centre.run()
    centre.write(article("b", f"<p>{link('a', 'a')}</p>"), skipped=frozenset({path("a")}))
    assert counts(centre.plan(removed="delete")) == {"skipped": 1, "unchanged": 3}


def test_a_renamed_directory_is_a_renamed_folder_and_category(centre: HelpCentre) -> None:
    centre.settings = {"primary": False}
    centre.write(article("a"), article("b"))
    centre.run()
    folder = centre.folder("F")
    moved = [
        article(f"content/New/G/{name}.md", article(name).body, title=name, source=article(name).source)
        for name in ("a", "b")
    ]
    centre.write(*moved)
    plan = centre.plan()
    assert {(one.action, one.kind, one.writes) for one in plan.changes} == {
        ("update", "category", 1),
        ("update", "folder", 1),
        ("refresh", "article", 0),
    }
    centre.run()
    assert (centre.folder("G"), counts(centre.plan())) == (folder, {"unchanged": 4})


def test_an_article_that_moved_alone_does_not_take_its_folder_along(centre: HelpCentre) -> None:
    centre.settings = {"primary": False}
    centre.write(article("a"), article("b"))
    centre.run()
    centre.write(article("content/C/G/a.md", article("a").body, title="a", source=article("a").source), article("b"))
    assert [(one.action, one.kind) for one in centre.plan().changes if one.writes] == [("create", "folder")]


def test_a_file_that_moved_before_the_lock_was_lost_is_asked_about_and_not_created(centre: HelpCentre) -> None:
    centre.settings = {"primary": False}
    centre.write(article("a"), article("b"))
    centre.run()
    centre.lock = Lock(centre.lock.account)
    centre.write(article("content/C/G/a.md", article("a").body, title="a"), article("b"))
    plan = centre.plan()
    assert [(one.reason, one.key) for one in plan.conflicts] == [("conflict", "content/C/G/a.md")]
    assert [one.key for one in plan.changes if one.action == "create"] == ["content/C/G"]


def test_a_path_has_one_entry_in_the_lock_after_its_id_was_changed_by_hand(centre: HelpCentre) -> None:
    centre.write(article("a", "<p>One.</p>"))
    centre.run()
    other = centre.people.create_article(centre.folder("F"), title="a", body="<p>One.</p>", status=2)
    centre.ids[path("a")] = other
    centre.write(article("a", "<p>One.</p>"))
    centre.run()
    assert [(entry.path, entry.id) for entry in centre.lock.entries.values() if entry.kind == "article"] == [
        (path("a"), other)
    ]
