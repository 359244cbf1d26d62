"""Pages that link to each other and go public again with their texts as they are stored."""

from __future__ import annotations

from dataclasses import replace

from helpcentre import HelpCentre, article, link, path

from kbsync.apply.watch import LiveView
from kbsync.model import id_of
from kbsync.plan import Change, FieldChange


def test_a_circle_that_people_unpublished_is_published_again_by_choice(centre: HelpCentre) -> None:
    centre.write(article("a", f"<p>{link('b')}</p>"), article("b", f"<p>{link('a')}</p>"))
    centre.settle()
    centre.guarded = False
    for name in "ab":
        centre.people.unpublish(centre.id(name))
    centre.guarded = True
    centre.clock.now += 60
    keys = frozenset({path("a"), path("b")})

    centre.run(chosen=keys, selected=keys.__contains__)
    centre.settle()

    assert [(centre.row(one).status, str(centre.id(two)) in centre.row(one).body) for one, two in ("ab", "ba")] == [
        (2, True),
        (2, True),
    ]


def test_a_folder_that_was_touched_holds_no_draft(centre: HelpCentre) -> None:
    centre.write(article("a"))
    centre.run()
    live = centre.remote.snapshot()
    folder = live.folders[0]
    view = LiveView(live, centre.remote, centre.clock, centre.clock.now, hold_touched=True)
    touched = view.current["folder", id_of(folder)] = replace(folder, updated_at="2031-01-01T00:00:00Z")
    change = Change("update", "folder", folder.key, "F", "", id=folder.id, fields={"name": FieldChange("F", "G")})
    assert view.unmoved(change) is touched
