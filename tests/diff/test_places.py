"""Which object is whose, and where an article really is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpcentre import HelpCentre, article, counts, link, path

NEW = "content/C/G/a.md"


@pytest.mark.parametrize("body", ["", "<p>New.</p>"], ids=["as it was", "changed"])
def test_a_folder_that_only_a_move_by_hand_would_fill_is_not_linked_to_yet(centre: HelpCentre, body: str) -> None:
    centre.write(article("a"), article("b"), article("x"))
    centre.run()
    centre.clock.now += 60
    moved = article(NEW, body, id=centre.id("a"))
    centre.write(moved, article("b", f"<p>See {link('content/C/G', 'the others')}.</p>"), article("x"))
    centre.settle()
    assert centre.row("b").body == "<p>See the others.</p>"

    centre.people.move_article(centre.id("a"), centre.folder("G"))
    centre.clock.now += 60
    centre.settle()

    assert f"/folders/{centre.folder('G')}" in centre.row("b").body


def test_a_move_made_by_hand_is_no_sign_of_a_waiting_draft(centre: HelpCentre) -> None:
    centre.write(article("a"), article("b"), article("content/C/G/g.md"))
    centre.run()
    centre.write(article(NEW, article("a").body, id=centre.id("a")), article("b"), article("content/C/G/g.md"))
    centre.clock.now += 60
    centre.people.move_article(centre.id("a"), centre.folder("G"))
    centre.run()
    assert counts(centre.plan()) == {"unchanged": 6}

    centre.write(article(NEW, "<p>New.</p>", id=centre.id("a")), article("b"), article("content/C/G/g.md"))
    assert counts(centre.plan()) == {"update": 1, "unchanged": 5}


@pytest.mark.parametrize("bound", ["first", "second"])
def test_a_second_object_that_a_merged_lock_names_for_a_file_is_told_and_forgotten(
    centre: HelpCentre, bound: str
) -> None:
    centre.write(article("a"))
    centre.run()
    entry = centre.lock.by_path()["article", path("a"), "en"]
    double = centre.people.create_article(centre.folder("F"), "a", article("a").body)
    centre.lock = centre.lock.with_entries([replace(entry, id=double)])
    kept, other = (entry.id, double) if bound == "first" else (double, entry.id)
    centre.ids[path("a")] = kept

    plan = centre.plan()
    assert ([one.id for one in plan.unmanaged], [one.drop for one in plan.changes]) == (
        [other],
        [("article", other, "en")],
    )
    centre.run()

    assert [one.id for one in centre.lock.entries.values() if one.kind == "article"] == [kept]
    assert counts(centre.plan()) == {"unchanged": 3, "unmanaged": 1}


def test_what_is_created_anew_on_another_target_keeps_its_primary_id(centre: HelpCentre) -> None:
    centre.settings = {"primary": False}
    centre.write(article("a", id=4711), article("b", id=4712))
    centre.run()
    centre.people.delete_article(centre.id("a"))
    keys = frozenset({path("a")})
    centre.run(chosen=keys, selected=keys.__contains__)
    assert counts(centre.plan()) == {"unchanged": 4}


@pytest.mark.parametrize("gone", [False, True])
def test_a_choice_for_a_folder_is_carried_out(centre: HelpCentre, gone: bool) -> None:
    def described(text: str) -> None:
        folders = tuple(replace(one, description=text) for one in centre.desired.folders)
        centre.desired = replace(centre.desired, folders=folders)

    centre.write(article("a"))
    described("one")
    centre.run()
    folder = centre.folder("F")
    if gone:
        centre.people.delete_folder(folder)
    else:
        centre.people.change_folder(folder, description="theirs")
    described("two")
    assert "content/C/F" in {one.key for one in centre.plan().conflicts}
    keys = frozenset({"content/C/F"})

    centre.run(chosen=keys, selected=keys.__contains__)

    assert centre.folder("F") != folder if gone else centre.folder("F") == folder
    assert [row.description for row in centre.sandbox.store.folders("en")] == ["two"]
