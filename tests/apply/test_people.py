"""People edit while kbsync runs: nothing of theirs is lost, and nothing is written over without a choice (P4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from helpcentre import HelpCentre, article, counts, link, path, told

Open = Callable[..., HelpCentre]


def published(centre: HelpCentre, *names: str, **values: Any) -> None:
    centre.write(*[article(name, **values) for name in names])
    centre.run()
    centre.clock.now += 60
    centre.clear()


def test_an_edit_there_is_drift_and_an_edit_on_both_sides_is_a_conflict(centre: HelpCentre) -> None:
    published(centre, "a", "b", "c")
    for name in "ab":
        centre.people.edit_article(centre.id(name), body="<p>Theirs.</p>")
    centre.write(article("a"), article("b", "<p>Ours.</p>"), article("c", "<p>Ours.</p>"))

    plan = centre.plan()
    applied = centre.run()

    assert counts(plan) == {"update": 1, "conflict": 1, "drift": 1, "unchanged": 2}
    assert [(one.key, one.reason) for one in (*plan.drift, *plan.conflicts)] == [
        (path("a"), "drift"),
        (path("b"), "conflict"),
    ]
    assert told(applied) == {path("c"): "done"}
    assert [centre.row(name).body for name in "abc"] == ["<p>Theirs.</p>", "<p>Theirs.</p>", "<p>Ours.</p>"]


def test_on_conflict_local_overwrites_and_keeps_what_was_there(centre: HelpCentre) -> None:
    published(centre, "a")
    centre.people.edit_article(centre.id("a"), body="<p>Theirs.</p>")
    centre.write(article("a", "<p>Ours.</p>"))

    centre.run(on_conflict="local")

    assert centre.row("a").body == "<p>Ours.</p>"
    saved = [record for line in centre.journal.text.splitlines() if (record := json.loads(line))["type"] == "saved"]
    assert [record["object"]["body"] for record in saved] == ["<p>Theirs.</p>"]
    assert counts(centre.plan()) == {"unchanged": 3}


EDITS: dict[str, Callable[[HelpCentre, int], object]] = {
    "body": lambda centre, id: centre.people.edit_article(id, body="<p>Theirs.</p>"),
    "title and body": lambda centre, id: centre.people.edit_article(id, title="Theirs", body="<p>Theirs.</p>"),
    "a waiting draft": lambda centre, id: centre.people.save_draft(id, body="<p>Theirs.</p>"),
    "deleted": lambda centre, id: centre.people.delete_article(id),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_between_a_plan_and_a_late_apply_is_left_alone(centre: HelpCentre, edit: str) -> None:  # F32
    published(centre, "a", "b")
    id = centre.id("a")
    centre.write(article("a", "<p>Ours.</p>"), article("b", "<p>Ours.</p>"))

    def between() -> None:
        EDITS[edit](centre, id)
        centre.clock.now += 31

    applied = centre.run(between=between)

    assert told(applied) == {path("a"): "skipped", path("b"): "done"}
    assert [one.decision for one in applied.outcomes] == [True, False]
    assert centre.row("b").body == "<p>Ours.</p>"
    row = centre.row(id)
    assert row is None or "Theirs." in (row.body + (row.draft_body or ""))
    assert counts(centre.plan()).keys() & {"conflict", "missing"}


def test_an_edit_of_another_owned_field_meanwhile_stays_and_is_told(centre: HelpCentre) -> None:  # F33
    published(centre, "a", tags=("ours",))
    centre.write(article("a", "<p>Ours.</p>", tags=("ours",)))

    def between() -> None:
        centre.people.edit_article(centre.id("a"), tags=["theirs"])
        centre.clock.now += 31

    centre.run(between=between)

    assert (centre.row("a").body, centre.row("a").tags) == ("<p>Ours.</p>", ("theirs",))
    plan = centre.plan()
    assert (counts(plan), plan.drift[0].why) == ({"drift": 1, "unchanged": 2}, "edited in Freshdesk: tags")
    centre.write(article("a", "<p>Ours.</p>", tags=("ours", "more")))
    assert counts(centre.plan()) == {"conflict": 1, "unchanged": 2}


def test_the_same_within_the_half_minute_in_which_nobody_looks(centre: HelpCentre) -> None:
    published(centre, "a", tags=("ours",))
    centre.write(article("a", "<p>Ours.</p>", tags=("ours",)))

    centre.run(between=lambda: centre.people.edit_article(centre.id("a"), tags=["theirs"]))

    assert centre.row("a").tags == ("theirs",)
    assert counts(centre.plan()) == {"drift": 1, "unchanged": 2}


def test_an_unowned_field_meanwhile_is_nobodys_business(centre: HelpCentre) -> None:  # F33
    published(centre, "a")
    centre.write(article("a", "<p>Ours.</p>"))

    def between() -> None:
        centre.people.edit_article(centre.id("a"), tags=["theirs"])
        centre.clock.now += 31

    assert told(centre.run(between=between)) == {path("a"): "done"}
    assert (centre.row("a").body, centre.row("a").tags) == ("<p>Ours.</p>", ("theirs",))
    assert counts(centre.plan()) == {"unchanged": 3}


def test_a_page_unpublished_meanwhile_is_not_put_back(centre: HelpCentre) -> None:
    published(centre, "a")
    centre.write(article("a", "<p>Ours.</p>"))

    def between() -> None:
        centre.people.unpublish(centre.id("a"))
        centre.clock.now += 31

    centre.run(between=between)

    assert centre.row("a").status == 1
    centre.settle()
    assert (centre.row("a").status, centre.row("a").body) == (1, "<p>Ours.</p>")
    assert counts(centre.plan()) == {"drift": 1, "unchanged": 2}


def test_a_page_that_a_person_unpublished_takes_the_new_text_and_stays_a_draft(centre: HelpCentre) -> None:
    published(centre, "a")
    centre.people.unpublish(centre.id("a"))
    centre.write(article("a", "<p>Ours.</p>"))

    centre.run()

    assert (centre.row("a").status, centre.row("a").body) == (1, "<p>Ours.</p>")
    assert counts(centre.plan()) == {"drift": 1, "unchanged": 2}


def test_a_draft_that_a_person_published_takes_the_new_text_and_stays_public(centre: HelpCentre) -> None:
    published(centre, "a", status=1)
    centre.people.publish(centre.id("a"))
    centre.write(article("a", "<p>Ours.</p>", status=1))

    centre.run()

    assert (centre.row("a").status, centre.row("a").body) == (2, "<p>Ours.</p>")
    assert counts(centre.plan()) == {"drift": 1, "unchanged": 2}


def test_a_waiting_draft_holds_a_write_unless_policy_only_warns(centre: HelpCentre) -> None:  # F67
    published(centre, "a")
    centre.people.save_draft(centre.id("a"), body="<p>Waiting.</p>")
    assert counts(centre.plan()) == {"drift": 1, "unchanged": 2}
    centre.write(article("a", "<p>Ours.</p>"))
    assert counts(centre.plan()) == {"conflict": 1, "unchanged": 2}
    assert centre.run().outcomes == ()
    assert counts(centre.plan(touched="warn")) == {"update": 1, "drift": 1, "unchanged": 2}

    centre.run(touched="warn")

    assert (centre.row("a").body, centre.row("a").draft_body) == ("<p>Ours.</p>", None)
    assert counts(centre.plan()) == {"unchanged": 3}


def test_a_moved_article_keeps_its_new_place_and_a_copy_of_it_is_not_ours(centre: HelpCentre) -> None:  # F35 F36
    published(centre, "a")
    id, other = centre.id("a"), centre.people.create_folder(centre.sandbox.store.categories("en")[0].id, "Other")
    centre.people.duplicate_article(id)
    centre.people.move_article(id, other)
    centre.write(article("a", "<p>Ours.</p>"))

    plan = centre.plan()
    centre.run()

    assert counts(plan) == {"update": 1, "drift": 1, "unchanged": 2, "unmanaged": 2}
    assert (centre.row(id).folder_id, centre.row(id).body) == (other, "<p>Ours.</p>")
    assert counts(centre.plan()) == {"drift": 1, "unchanged": 2, "unmanaged": 2}


@pytest.mark.parametrize("takes", [True, False])
def test_a_moved_file_is_moved_where_the_server_takes_it_and_told_where_not(opened_centre: Open, takes: bool) -> None:
    centre = opened_centre(switches={"move_article": "move" if takes else "400"}, settings={"move_articles": takes})
    moved = "content/C/G/a.md"
    published(centre, "a", "b")
    id = centre.ids[moved] = centre.id("a")
    centre.write(article(moved, source=article("a").source), article("b"))

    plan = centre.plan()
    centre.run()

    told_so = {"move": 1} if takes else {"refresh": 1, "drift": 1}
    assert counts(plan) == {"create": 1, **told_so, "unchanged": 3}
    assert centre.row(id).folder_id == centre.folder("G" if takes else "F")
    left = {"unchanged": 5} if takes else {"drift": 1, "unchanged": 4}
    assert counts(centre.plan()) == left


def test_a_refused_move_is_told_with_both_places(opened_centre: Open) -> None:
    centre = opened_centre(settings={"move_articles": True})
    published(centre, "a", "b")
    id = centre.ids["content/C/G/a.md"] = centre.id("a")
    centre.write(article("content/C/G/a.md", article("a").body), article("b"))

    applied = centre.run()

    (outcome,) = [one for one in applied.outcomes if one.change.key == "content/C/G/a.md"]
    assert (outcome.status, outcome.id, centre.row(id).folder_id) == ("failed", id, centre.folder("F"))
    assert "move" in outcome.hint


def test_a_deleted_article_is_missing_and_not_made_again(centre: HelpCentre) -> None:  # F37
    published(centre, "a", "b")
    centre.people.delete_article(centre.id("a"))
    assert counts(centre.plan()) == {"missing": 1, "unchanged": 3}
    assert centre.run().outcomes == ()
    assert centre.titles() == ["b"]


def test_links_to_a_deleted_article_become_text(centre: HelpCentre) -> None:
    centre.write(article("a", f"<p>{link('b', 'b')}</p>"), article("b"))
    centre.run()
    centre.guarded = False  # the dead link is the person's doing
    centre.people.delete_article(centre.id("b"))
    centre.run()
    assert centre.row("a").body == "<p>b</p>"
    centre.guarded = True
    assert counts(centre.plan()) == {"missing": 1, "unchanged": 3}


@pytest.mark.parametrize("kind", ["folder", "category", "article"])
def test_what_somebody_made_meanwhile_under_the_same_name_is_never_made_twice(centre: HelpCentre, kind: str) -> None:
    # F40
    published(centre, "x")
    category, folder = centre.sandbox.store.categories("en")[0].id, centre.folder("F")
    made: dict[str, tuple[str, Callable[[], object]]] = {
        "category": ("content/New/F/a.md", lambda: centre.people.create_category("New")),
        "folder": ("content/C/New/a.md", lambda: centre.people.create_folder(category, "New")),
        "article": ("a", lambda: centre.people.create_article(folder, "a", "<p>Theirs.</p>")),
    }
    name, make = made[kind]
    centre.write(article("x"), article(name))

    def between() -> None:
        make()
        centre.clock.now += 31

    centre.run(between=between)

    store = centre.sandbox.store
    names = [row.name for row in store.categories("en")] + [row.name for row in store.folders("en")] + centre.titles()
    assert len(names) == len(set(names)) + (kind == "category")  # two folders F in two categories
    if kind == "article":
        assert centre.row("a").body == "<p>Theirs.</p>"
        assert counts(centre.plan()) == {"conflict": 1, "unchanged": 3}


def test_a_folder_deleted_meanwhile_stops_only_what_lies_in_it(centre: HelpCentre) -> None:  # F39
    centre.write(article("a"), article("content/C/G/b.md"))
    centre.run()
    centre.write(article("a", "<p>Ours.</p>"), article("content/C/G/b.md", "<p>Ours.</p>"), article("content/C/G/c.md"))

    def between() -> None:
        centre.people.delete_folder(centre.folder("G"))
        centre.clock.now += 31

    applied = centre.run(between=between)

    assert told(applied) == {path("a"): "done", "content/C/G/b.md": "skipped", "content/C/G/c.md": "failed"}
    assert centre.titles() == ["a"]


def test_an_edit_before_the_links_are_completed_is_left_alone(centre: HelpCentre) -> None:  # F38
    centre.write(article("a", f"<p>{link('b', 'b')}</p>"), article("b", f"<p>{link('a', 'a')}</p>"))

    def edit() -> None:
        centre.people.edit_article(centre.id("a"), body="<p>Theirs.</p>")
        centre.clock.now += 31

    centre.on_write(4, edit)
    applied = centre.run()
    centre.unhook()

    assert (told(applied)[path("a")], told(applied)[path("b")]) == ("skipped", "done")
    assert centre.row("a").body == "<p>Theirs.</p>"
    assert counts(centre.plan()) == {"conflict": 1, "unchanged": 3}


def test_planning_from_an_old_commit_shows_drift_and_reverts_nothing(centre: HelpCentre) -> None:  # F53
    centre.write(article("a"))
    centre.run()
    old_lock, old_journal = centre.lock, centre.journal.text
    centre.clock.now += 60
    centre.write(article("a", "<p>Newer.</p>"))
    centre.run()
    centre.lock, centre.journal.text = old_lock, old_journal
    centre.write(article("a"))

    assert counts(centre.plan()) == {"drift": 1, "unchanged": 2}
    assert centre.run().outcomes == ()
    assert centre.row("a").body == "<p>Newer.</p>"


def test_the_server_rewriting_everything_by_itself_changes_nothing(centre: HelpCentre) -> None:  # F15
    published(centre, "a", "b")
    centre.people.rewrite_all("froala")
    assert counts(centre.plan()) == {"unchanged": 4}
    assert centre.run().outcomes == ()


def test_an_equal_page_made_meanwhile_is_taken_over_and_what_differs_is_told(centre: HelpCentre) -> None:
    published(centre, "x")
    folder = centre.folder("F")
    centre.write(article("x"), article("a", tags=("ours",)))

    def between() -> None:
        centre.people.create_article(folder, "a", article("a").body, tags=["theirs"])
        centre.clock.now += 31

    centre.run(between=between)

    assert (centre.titles(), centre.row("a").tags) == (["a", "x"], ("theirs",))
    assert counts(centre.plan()) == {"drift": 1, "unchanged": 3}
