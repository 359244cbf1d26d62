"""A saved plan whose premises moved is stale, whatever it was to do."""

from __future__ import annotations

import pytest
from helpcentre import HelpCentre, article, link

from kbsync.diff import still_to_do
from kbsync.errors import StalePlan


def test_a_text_nobody_has_seen_is_not_overwritten_by_a_plan_that_writes_twice(centre: HelpCentre) -> None:
    centre.settings = {"on_conflict": "local"}
    centre.write(article("a", status=1))
    centre.run()
    centre.clock.now += 60
    centre.people.edit_article(centre.id("a"), body="<p>Seen.</p>", status=1)
    centre.write(article("a", f"<p>New. {link('b')}</p>"), article("b", f"<p>{link('a')}</p>"))
    saved = centre.plan()
    assert [change.key for change in saved.changes if change.later]

    centre.clock.now += 60
    centre.people.edit_article(centre.id("a"), body="<p>Not seen.</p>", status=1)

    with pytest.raises(StalePlan, match=r"planned over .*Seen.*Freshdesk now has .*Not seen"):
        still_to_do(saved, centre.plan(), centre.desired)


def test_a_removal_whose_file_is_here_again_is_stale(centre: HelpCentre) -> None:
    centre.settings = {"removed": "delete"}
    centre.write(article("a"), article("b"))
    centre.run()
    centre.write(article("b"))
    saved = centre.plan()
    assert [change.action for change in saved.changes] == ["delete"]

    centre.write(article("a"), article("b"))

    with pytest.raises(StalePlan, match="its file is here again"):
        still_to_do(saved, centre.plan(), centre.desired)
