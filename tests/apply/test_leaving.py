"""Pages that leave readers in one run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from helpcentre import PORTAL, HelpCentre, article, link, path, told

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


@pytest.mark.parametrize("to", ["folders/{folder}", "{category}"])
def test_the_last_page_of_a_folder_stays_while_a_page_of_others_links_to_the_folder(
    centre: HelpCentre, to: str
) -> None:
    centre.write(article("a"), article("content/D/G/z.md"))
    centre.run()
    category = next(row.id for row in centre.sandbox.store.categories("en") if row.name == "C")
    address = f"{PORTAL}/support/solutions/" + to.format(folder=centre.folder("F"), category=category)
    theirs = centre.people.create_article(centre.folder("G"), "theirs", f'<p><a href="{address}">there</a></p>')
    centre.people.publish(theirs)
    centre.clock.now += 60
    centre.write(article("a", status=1), article("content/D/G/z.md"))

    plan = centre.plan()
    centre.run()

    assert [(one.key, "'theirs' still links to" in one.why) for one in plan.conflicts] == [(path("a"), True)]
    assert centre.row("a").status == 2


def test_of_pages_that_become_drafts_those_that_link_to_a_folder_go_before_its_last_page(centre: HelpCentre) -> None:
    last, body = "content/C/F/G/d.md", f"<p>{link('content/C/F/G')}</p>"
    centre.write(article("a", body), article(last), article("z"))
    centre.run()
    centre.clock.now += 60
    centre.write(article("a", body, status=1), article(last, status=1), article("z"))

    centre.settle()

    assert [centre.row(name).status for name in ("a", last, "z")] == [1, 1, 2]
