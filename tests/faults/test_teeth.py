"""Teeth: with any one guard of kbsync switched off, at least one of the quick stories must fail.

Each tooth names the guard, puts nothing in its place, and names the stories of `scenarios.py` that need it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import pytest

import kbsync.lock
import kbsync.report.outcome as outcome_report
import kbsync.report.plan as plan_report
import kbsync.report.status as status_report
from faults.conftest import Played, Totals
from faults.scenarios import SCENARIOS
from faults.test_two_runs import overtaken, twice_in_a_folder
from kbsync import planfile, state
from kbsync.apply import content, ledger, run, settling, watch
from kbsync.commands import prepare, publish
from kbsync.diff import decision, planning, removal, saved
from kbsync.freshdesk import channel, client, limiter, paging
from kbsync.freshdesk.sweep import sweep
from kbsync.journal import format_record
from kbsync.links import address_of
from kbsync.report import style

Off = Callable[[], list[Any]]


@dataclass(frozen=True)
class Tooth:
    """A guard: how to switch it off, and the stories of which at least one must fail then."""

    off: Off
    stories: tuple[str, ...]


def _instead(place: object, name: str, value: Any) -> Off:
    return lambda: [mock.patch.object(place, name, value)]


def _nothing(*_values: object, **_names: object) -> None: ...


def _resend(*values: Any) -> Any:
    return values[-1]()


def _order(needs: Any) -> Any:
    return tuple(sorted(needs, reverse=True)), {}


def _no_address_check(self: Any, link: Any, _opened: Any) -> str | None:
    target = self.targets.get(link.key)
    if target is None or target.id is None:
        return None
    return address_of(self.plan.portal_url, target.kind, target.id, link.anchor)


def _content_alone() -> list[Any]:
    values = content.Content.values

    def without_status(self: Any, change: Any, live: Any = None) -> dict[str, Any]:
        kept = values(self, change, live)
        return kept if "status" in change.fields else {name: one for name, one in kept.items() if name != "status"}

    return [mock.patch.object(content.Content, "values", without_status)]


def _no(kind: str) -> Off:
    def off() -> list[Any]:
        append = state.JournalFile.append

        def without(self: Any, record: Any) -> None:
            if record["type"] != kind:
                append(self, record)

        return [mock.patch.object(state.JournalFile, "append", without)]

    return off


def _no_markers() -> list[Any]:
    parse = kbsync.lock.parse_lock

    def lenient(text: str, path: str) -> Any:
        lines = [line for line in text.split("\n") if not line.startswith(("<<<<<<<", "=======", ">>>>>>>"))]
        return parse("\n".join(lines), path)

    return [mock.patch.object(state, "parse_lock", lenient)]


def _no_fsync() -> list[Any]:
    def append(self: Any, record: Any) -> None:
        with self.path.open("ab") as file:
            file.write(format_record(record).encode())

    return [mock.patch.object(state.JournalFile, "append", append)]


def _bare(text: object, _limit: int = 0) -> str:
    return str(text)


def _follow(*values: Any, **names: Any) -> Any:
    http = channel.open_http(*values, **names)
    http.follow_redirects = True
    return http


def _whole(*values: Any, **names: Any) -> Any:
    snapshot = sweep(*values, **names)
    return replace(snapshot, complete=True)


_KILLED = "killed while a create is under way"
_RUNS = ("a first run", "a run with changes")

TEETH: dict[str, Tooth] = {
    "a look before a create is sent again": Tooth(
        _instead(settling.Settling, "created", _resend), ("the reply to a create lost",)
    ),
    "a look for a twin before a create": Tooth(_instead(watch.LiveView, "twin", _nothing), ("overtaken",)),
    "waiting for a create that is under way": Tooth(_instead(settling.Settling, "wait_out", _nothing), (_KILLED,)),
    "the intent before each write": Tooth(
        _no("intent"), ("what is noted on disk", "killed while a create is under way")
    ),
    "the earlier version saved before it is overwritten": Tooth(_no("saved"), ("what is noted on disk",)),
    "the outcome after each write": Tooth(_no("outcome"), ("what is noted on disk",)),
    "fsync of the journal": Tooth(_no_fsync, ("what is noted on disk",)),
    "no write without a journal": Tooth(_instead(ledger.Ledger, "stop", _nothing), ("a journal that fails",)),
    "a fresh look before each write (30 s)": Tooth(
        _instead(watch, "MAX_AGE_SECONDS", math.inf), ("edited 31 s before",)
    ),
    "what would be overwritten is compared": Tooth(
        _instead(watch.LiveView, "unmoved", lambda self, change: self.current[change.kind, change.id]),
        ("edited 31 s before",),
    ),
    "the reply between two writes is compared": Tooth(
        _instead(run._Run, "_unedited", lambda _self, _change, _was, reply: reply),
        ("edited between status and content",),
    ),
    "a fresh look at what a page links to": Tooth(
        _instead(content.Content, "look_at_targets", _nothing), ("a link's target deleted 31 s before",)
    ),
    "links only to what is public": Tooth(
        _instead(content.Content, "address", _no_address_check), ("a target that is a draft",)
    ),
    "the order of writes": Tooth(_instead(planning, "dependency_order", _order), _RUNS),
    "a second write completes links": Tooth(
        _instead(run._Run, "complete", _nothing), ("a first run", "a run with changes")
    ),
    "a page leaves after its linkers": Tooth(
        _instead(run._Run, "_why_not", lambda _self, _change: ""), ("a linker refused",)
    ),
    "no removal after trouble": Tooth(
        _instead(run._Run, "_has_trouble", lambda _self: False), ("trouble before removals",)
    ),
    "no removal of what a person edited": Tooth(
        _instead(removal, "_is_edited", lambda _entry, _item: False), ("edited before its removal",)
    ),
    "lists are read whole": Tooth(_instead(paging, "_trusted", lambda _pages, _expected: True), ("hidden articles",)),
    "no conclusion from a list that is not whole": Tooth(_instead(client, "sweep", _whole), ("hidden articles",)),
    "limits of the policy": Tooth(_instead(prepare, "require_limits", _nothing), ("too many removals",)),
    "status goes with content": Tooth(_content_alone, ("a run with changes",)),
    "a page that becomes a draft is sent its status first": Tooth(
        _instead(run._Run, "_leaves_first", lambda _self, _change, _live: False), ("a run with changes",)
    ),
    "a touched article is held": Tooth(
        _instead(decision, "_is_touched", lambda _live, _entry: False), ("a draft begun before the plan",)
    ),
    "the account of the lock": Tooth(_instead(prepare, "require_account", _nothing), ("a lock of another account",)),
    "the markers of a merge in the lock": Tooth(_no_markers, ("a lock merged badly",)),
    "the lock is written": Tooth(_instead(publish, "write_lock", _nothing), ("a first run",)),
    "ids are written into the sources": Tooth(_instead(publish, "_write_ids", lambda *_: ()), ("a first run",)),
    "the digest that is expected": Tooth(_instead(prepare, "require_digest", _nothing), ("another digest",)),
    "the digest of a plan file": Tooth(
        lambda: [mock.patch.object(planfile, "_digest", return_value="0" * 64)], ("a changed plan file",)
    ),
    "a saved plan's premises": Tooth(_instead(saved, "_live_moved", lambda *_: []), ("a stale plan",)),
    "redirects are not followed": Tooth(_instead(client, "open_http", _follow), ("a redirect",)),
    "Retry-After": Tooth(_instead(limiter.Limiter, "hold", _nothing), ("told to wait",)),
    "the key is blotted out": Tooth(_instead(channel, "hider", lambda _key: str), ("the key said back",)),
    "text is made harmless for the terminal": Tooth(
        lambda: [
            mock.patch.object(module, "plain", _bare) for module in (plan_report, outcome_report, status_report, style)
        ],
        ("hostile titles",),
    ),
    "one run in a folder": Tooth(
        lambda: [mock.patch.object(state, "only_run", return_value=contextlib.nullcontext())], ("twice in a folder",)
    ),
}


def _tell(played: Played, story: str) -> list[str]:
    if story == "overtaken":
        one = played.steps["changes"]
        create = next(sent.at for sent in one.requests if sent.method == "POST" and sent.path.endswith("/articles"))
        harm, found = overtaken(played.world, one, create - 1, 31, newer=False)
        return harm + found
    if story == "twice in a folder":
        return twice_in_a_folder(played)
    return SCENARIOS[story](played.world, dict(played.steps))


@pytest.mark.parametrize("story", SCENARIOS)
def test_with_all_guards_every_story_ends_well(played: Played, story: str) -> None:
    assert _tell(played, story) == []


@pytest.mark.parametrize("name", TEETH)
def test_without_a_guard_a_story_fails(played: Played, name: str) -> None:
    tooth = TEETH[name]
    with contextlib.ExitStack() as patches:
        for patch in tooth.off():
            patches.enter_context(patch)
        found = [line for story in tooth.stories for line in _tell(played, story)]
    assert found, f"nothing failed without: {name}"


def test_how_many_teeth_there_are(totals: Totals) -> None:
    totals.lines.append(f"teeth: {len(TEETH)} guards switched off in turn, {len(SCENARIOS) + 2} stories")
    assert len(TEETH) >= 30
    assert {story for tooth in TEETH.values() for story in tooth.stories} <= {
        *SCENARIOS,
        "overtaken",
        "twice in a folder",
    }
