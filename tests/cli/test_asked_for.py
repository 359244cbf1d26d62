"""A command does what it was asked for, and nothing beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpcentre import HOST, PORTAL

from kbsync.commands import take_live
from kbsync.commands.local import open_sandbox
from kbsync.commands.project import open_project, sandbox_file
from kbsync.commands.resolve import disputed
from kbsync.errors import UsageError
from kbsync.plan import Notice, Plan
from kbsync.sandbox import Sandbox

from .projects import kbsync, page, project

B = "content/C/F/b.md"


@contextmanager
def sandbox(root: Path) -> Iterator[Sandbox]:
    opened = open_project(root)
    with open_sandbox(sandbox_file(opened), opened.target) as one:
        yield one


def live(root: Path, title: str) -> Any:
    with sandbox(root) as one:
        return next(row for row in one.store.articles("en") if row.title == title)


def edit_live(root: Path, title: str, **values: Any) -> None:
    id = live(root, title).id
    with sandbox(root) as one:
        one.people.edit_article(id, **values)


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text("utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    root = project(tmp_path)
    assert kbsync(root, "apply", "--yes").code == 0
    return root


def test_a_name_that_several_articles_share_settles_none() -> None:
    notices = tuple(Notice("conflict", "article", f"content/C/{name}/setup.md", "Setup", "", id=1) for name in "FG")
    plan = replace(Plan("t", HOST, PORTAL), conflicts=notices)
    with pytest.raises(UsageError, match="several articles are called setup"):
        disputed(plan, ("setup",), every=False)
    assert disputed(plan, (notices[1].key,), every=False) == {notices[1].key}


def test_take_live_sends_nothing(published: Path) -> None:
    edit(published, B, "title: B", "title: B\ntags: [ours]")
    assert kbsync(published, "apply", "--yes").code == 0
    edit_live(published, "B", tags=["theirs"])
    edit(published, B, "Text.", "Not yet to be published.")

    settled = kbsync(published, "resolve", B, "--take", "live", "--yes", "--json")

    assert (settled.code, settled.json["requests"].keys()) == (0, {"GET"})
    assert "tags: [theirs]" in (published / B).read_text("utf-8")
    assert kbsync(published, "plan", "--json").json["summary"]["update"] == 1


def test_what_stands_in_freshdesk_cannot_steer_the_terminal_of_take_live(published: Path) -> None:
    edit_live(published, "B", body="<p>Evil \x1b]0;x\x07 \u202e text.</p>")
    settled = kbsync(published, "resolve", B, "--take", "live", "--yes")
    assert settled.code == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(settled.out + settled.err)


def test_a_file_edited_while_kbsync_asks_is_not_overwritten(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_live(published, "B", body="<p>Theirs.</p>")
    plan_it = take_live.live_into_files

    def edited_meanwhile(*values: Any) -> Any:
        taken = plan_it(*values)
        edit(published, B, "Text.", "Written meanwhile.")
        return taken

    monkeypatch.setattr(take_live, "live_into_files", edited_meanwhile)
    refused = kbsync(published, "resolve", B, "--take", "live", "--yes")
    assert (refused.code, "was changed meanwhile" in refused.err) == (2, True)
    assert "Written meanwhile." in (published / B).read_text("utf-8")


def test_restore_leaves_fields_that_the_source_does_not_name(published: Path) -> None:
    edit(published, B, "Text.", "Other.")
    assert kbsync(published, "apply", "--yes").code == 0
    edit_live(published, "B", tags=["theirs"])

    assert kbsync(published, "restore", B, "--yes").code == 0

    assert ("Text." in live(published, "B").body, list(live(published, "B").tags)) == (True, ["theirs"])


def test_restore_brings_back_no_dead_link(published: Path) -> None:
    edit(published, "content/C/F/a.md", "See [b](b.md).", "No link.")
    assert kbsync(published, "apply", "--yes").code == 0
    with sandbox(published) as one:
        one.people.unpublish(next(row.id for row in one.store.articles("en") if row.title == "B"))

    assert kbsync(published, "restore", "content/C/F/a.md", "--yes").code == 0

    assert live(published, "A").body.strip() == "<p>See b.</p>"


def test_restore_makes_no_draft_of_a_page_that_another_links_to(tmp_path: Path) -> None:
    root = project(
        tmp_path, {B: page("B").replace("title: B", "title: B\nstatus: draft"), "content/C/F/z.md": page("Z")}
    )
    assert kbsync(root, "apply", "--yes").code == 0
    edit(root, B, "status: draft", "status: published")
    assert kbsync(root, "apply", "--yes").code == 0
    edit(root, "content/C/F/z.md", "Text.", "See [b](b.md).")
    assert kbsync(root, "apply", "--yes").code == 0

    refused = kbsync(root, "restore", B, "--yes")

    assert (refused.code, "'Z' links to it now" in refused.err, live(root, "B").status) == (2, True, 2)


def test_a_partial_plan_says_nothing_of_folders_it_was_not_asked_about(tmp_path: Path) -> None:
    index = "content/D/G/_index.md"
    root = project(
        tmp_path,
        {"content/C/F/a.md": page("A"), "content/D/G/b.md": page("B"), index: "---\nname: G\ndescription: one\n---\n"},
    )
    assert kbsync(root, "apply", "--yes").code == 0
    with sandbox(root) as one:
        one.people.change_folder(next(row.id for row in one.store.folders("en") if row.name == "G"), description="x")
    edit(root, index, "one", "two")
    assert [kbsync(root, "plan", *paths).code for paths in ((), ("content/D",), ("content/C",))] == [4, 4, 0]


def test_an_address_nobody_has_is_looked_up_once(tmp_path: Path) -> None:
    files = {f"content/C/F/{name}.md": f"---\ntitle: {name}\nauthor: no@acme.com\n---\n\nText.\n" for name in "abc"}
    planned = kbsync(project(tmp_path, files), "plan", "-v")
    assert (planned.code, planned.err.count("/agents?"), planned.err.count("[unknown-author]")) == (1, 1, 3)


def test_what_is_left_of_a_saved_plan_costs_what_is_left(published: Path) -> None:
    edit(published, B, "Text.", "New.")
    assert kbsync(published, "plan", "--out", "p.json").code == 0
    edit(published, "content/C/F/a.md", "See", "Look at")
    applied = kbsync(published, "apply", "p.json", "--yes", "--json")
    assert (applied.json["cost"]["writes"], len(applied.json["outcomes"])) == (1, 1)
    assert json.loads((published / "p.json").read_text())["cost"]["writes"] == 1
