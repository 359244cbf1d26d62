"""Pages that leave readers in one run."""

from __future__ import annotations

from helpcentre import HelpCentre, article, link


def test_of_pages_that_become_drafts_together_those_that_link_go_first(centre: HelpCentre) -> None:
    pages = {"a": "", "b": f"<p>{link('a')}</p>", "c": f"<p>{link('b')}</p>"}
    centre.write(*(article(name, body) for name, body in pages.items()), article("z"))
    centre.run()
    centre.clock.now += 60
    centre.write(*(article(name, body, status=1) for name, body in pages.items()), article("z"))

    centre.settle()

    assert [centre.row(name).status for name in "abcz"] == [1, 1, 1, 2]
