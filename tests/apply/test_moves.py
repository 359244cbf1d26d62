"""An article and its text that move to another folder together, where the server takes moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from helpcentre import HelpCentre, article, link, told

from kbsync.errors import Exchange, Refused

Open = Callable[..., HelpCentre]
NEW = "content/C/G/a.md"


@pytest.fixture
def centre(opened_centre: Open) -> HelpCentre:
    centre = opened_centre(switches={"move_article": "move"}, settings={"move_articles": True})
    centre.write(article("a"), article("b"))
    centre.run()
    centre.clock.now += 60
    centre.clear()
    centre.write(article(NEW, "<p>New.</p>", id=centre.id("a")), article("b", f"<p>{link('content/C/G')}</p>"))
    return centre


def test_both_arrive_and_the_folder_is_linked_to_once_it_holds_the_page(centre: HelpCentre) -> None:
    centre.settle()
    assert (centre.row("a").folder_id, centre.row("a").body) == (centre.folder("G"), "<p>New.</p>")
    assert f"/folders/{centre.folder('G')}" in centre.row("b").body


def test_nothing_is_moved_into_a_folder_that_could_not_be_created(
    centre: HelpCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_values: Any, **_names: Any) -> Any:
        raise Refused("no", Exchange("POST", "", 400))

    monkeypatch.setattr(centre.remote, "create", refuse)
    applied = centre.run()
    assert told(applied) == {"content/C/G": "failed", NEW: "skipped", "content/C/F/b.md": "done"}
    assert all("folder_id" not in sent for sent in centre.sent())


def test_a_refused_move_opens_no_folder(opened_centre: Open) -> None:
    centre = opened_centre(settings={"move_articles": True})
    centre.write(article("a"), article("b"))
    centre.run()
    centre.clock.now += 60
    centre.write(article(NEW, "<p>New.</p>", id=centre.id("a")), article("b", f"<p>{link('content/C/G')}</p>"))
    assert told(centre.run())[NEW] == "failed"
    assert (centre.row("a").body, centre.row("b").body) == ("<p>New.</p>", "<p>there</p>")


def test_an_edit_that_the_reply_to_the_move_shows_is_not_overwritten(centre: HelpCentre) -> None:
    id = centre.id("a")
    centre.on_write(2, lambda: centre.people.edit_article(id, body="<p>Theirs.</p>"))
    assert told(centre.run())[NEW] == "skipped"
    assert (centre.row(id).body, centre.row(id).folder_id) == ("<p>Theirs.</p>", centre.folder("G"))
