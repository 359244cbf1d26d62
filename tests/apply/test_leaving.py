"""Pages that leave readers in one run."""

from __future__ import annotations

from collections.abc import Callable

from helpcentre import HelpCentre, article, link, path, told

Open = Callable[..., HelpCentre]


def test_of_pages_that_become_drafts_together_those_that_link_go_first(centre: HelpCentre) -> None:
    pages = {"a": "", "b": f"<p>{link('a')}</p>", "c": f"<p>{link('b')}</p>"}
    centre.write(*(article(name, body) for name, body in pages.items()), article("z"))
    centre.run()
    centre.clock.now += 60
    centre.write(*(article(name, body, status=1) for name, body in pages.items()), article("z"))

    centre.settle()

    assert [centre.row(name).status for name in "abcz"] == [1, 1, 1, 2]


def test_a_delete_that_was_done_is_done_although_the_disk_is_full_after_it(opened_centre: Open) -> None:
    centre = opened_centre(settings={"removed": "delete"})
    centre.write(article("a"), article("b"))
    centre.run()
    centre.clock.now += 60
    centre.write(article("a"))
    centre.journal.full = lambda record: record["type"] == "outcome"

    applied = centre.run()

    assert told(applied) == {path("b"): "done"}
    assert [one.path for one in applied.lock.entries.values() if one.kind == "article"] == [path("a")]
