"""What a killed run sent and never heard back of is ours, also where the file was edited again since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from helpcentre import HelpCentre, Killed, article, link


def killed_before_the_outcome(centre: HelpCentre) -> None:
    """A run whose first write is committed and never noted."""

    def die(record: Mapping[str, Any]) -> bool:
        if record["type"] == "outcome":
            raise Killed
        return False

    centre.journal.full = die
    centre.killed_run()
    centre.journal.full = lambda _: False
    centre.clock.now += 60


@pytest.mark.parametrize("text", ["<p>Three.</p>", "<p>One.</p>"], ids=["edited again", "put back"])
def test_a_file_edited_after_a_killed_run_is_published(centre: HelpCentre, text: str) -> None:
    centre.write(article("a", "<p>One.</p>"))
    centre.run()
    centre.clock.now += 60
    centre.write(article("a", "<p>Two.</p>", tags=("two",)))
    killed_before_the_outcome(centre)
    assert centre.row("a").body == "<p>Two.</p>"

    centre.write(article("a", text, tags=("three",)))
    centre.settle()

    assert (centre.row("a").body, list(centre.row("a").tags)) == (text, ["three"])


def test_links_that_hold_by_now_are_completed_after_a_killed_run(centre: HelpCentre) -> None:
    centre.write(article("a"), article("b", status=1))
    centre.run()
    centre.clock.now += 60
    body = f"<p>See {link('b', 'b')}.</p>"
    centre.write(article("a", body), article("b", status=1))
    killed_before_the_outcome(centre)
    centre.people.publish(centre.id("b"))
    centre.clock.now += 60

    centre.write(article("a", body), article("b"))
    centre.settle()

    assert f"/{centre.id('b')}" in centre.row("a").body


def test_an_edit_of_a_persons_after_a_killed_run_is_left_alone(centre: HelpCentre) -> None:
    centre.write(article("a", "<p>One.</p>"))
    centre.run()
    centre.clock.now += 60
    centre.write(article("a", "<p>Two.</p>"))
    killed_before_the_outcome(centre)
    centre.people.edit_article(centre.id("a"), body="<p><b>Two.</b></p>")
    centre.clock.now += 60

    centre.write(article("a", "<p>Three.</p>"))
    centre.run()

    assert centre.row("a").body == "<p><b>Two.</b></p>"
