"""The journal: what a run was about to do and what came of it, read back after any death."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbsync.fingerprint import fingerprint
from kbsync.journal import (
    Intent,
    Replay,
    checkpoint_record,
    format_record,
    intent_record,
    outcome_record,
    parse_journal,
    recovered,
    saved_record,
)
from kbsync.lock import Entry, Lock
from kbsync.model import Article
from kbsync.state import JournalFile


def entry(id: int, path: str = "a.md", at: str = "2026-01-01T00:00:00Z") -> Entry:
    return Entry("article", id, path, updated_at=at, sent={"title": fingerprint("title", path)})


def intent(number: int, key: str = "a.md", action: str = "create") -> Intent:
    return Intent(number, "article", key, action, None, {"title": "A\u2028\U0001f600", "tags": ("x", "y")}, 1.5)


def text(*records: object) -> str:
    return "".join(format_record(record) for record in records)  # type: ignore[arg-type]


def test_an_intent_without_outcome_stays_open() -> None:
    assert parse_journal(text(intent_record(intent(3)))) == Replay(open={"a.md": intent(3)}, next_number=4)


@pytest.mark.parametrize(("status", "is_open"), [("done", False), ("failed", False), ("unknown", True)])
def test_an_outcome_closes_its_intent_unless_it_is_unknown(status: str, is_open: bool) -> None:
    done = entry(7) if status == "done" else None
    replay = parse_journal(text(intent_record(intent(1)), outcome_record(1, status, done)))  # type: ignore[arg-type]
    assert replay == Replay((done,) if done else (), (), {"a.md": intent(1)} if is_open else {}, 2)


def test_a_checkpoint_ends_what_the_lock_holds_and_keeps_what_is_unknown() -> None:
    records = (
        intent_record(intent(1)),
        outcome_record(1, "done", entry(7)),
        intent_record(intent(2, "b.md")),
        outcome_record(2, "unknown"),
        intent_record(intent(3, "c.md")),
        checkpoint_record((2,)),
    )
    assert parse_journal(text(*records)) == Replay(open={"b.md": intent(2, "b.md")}, next_number=4)


def test_what_is_dropped_stays_dropped_until_it_is_written_again() -> None:
    drop = outcome_record(1, "done", drop=("article", 7, "en"))
    again = outcome_record(2, "done", entry(7))
    assert parse_journal(text(drop)).dropped == (("article", 7, "en"),)
    assert parse_journal(text(again, drop)).entries == ()
    assert parse_journal(text(drop, again)) == Replay((entry(7),), (), {}, 3)


def test_of_lock_and_journal_the_later_entry_counts() -> None:
    older, newer = entry(7, at="2026-01-01T00:00:00Z"), entry(7, "new.md", at="2026-02-01T00:00:00Z")
    lock = Lock("x", {older.key: older})
    assert recovered(lock, Replay((newer,))).entries == {newer.key: newer}
    assert recovered(Lock("x", {newer.key: newer}), Replay((older,))).entries == {newer.key: newer}
    assert recovered(lock, Replay(dropped=(older.key,))).entries == {}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_journal_cut_anywhere_is_what_it_was_before_the_last_line(data: st.DataObject) -> None:
    records = [
        intent_record(intent(1)),
        saved_record(1, Article("T", 5, "<p>\u00e9</p>", id=7)),
        outcome_record(1, "done", entry(7)),
        intent_record(intent(2, "b.md")),
        outcome_record(2, "failed"),
    ]
    lines = [format_record(record) for record in records]
    kept = data.draw(st.integers(0, len(lines) - 1))
    cut = data.draw(st.integers(1, len(lines[kept]) - 2))
    whole, torn = parse_journal("".join(lines[:kept])), parse_journal("".join(lines[:kept]) + lines[kept][:cut])
    assert torn.torn
    assert (torn.entries, torn.dropped, torn.open) == (whole.entries, whole.dropped, whole.open)


JUNK = [
    *("null", "[]", "5", '"x"', "{}", "\x00\x00", "[" * 99_999, '{"type":"intent"}'),
    '{"type":"outcome","number":"x"}',
    '{"type":"outcome","number":1,"status":"done","entry":{}}',
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_a_line_that_says_nothing_is_passed_over(junk: str) -> None:
    replay = parse_journal(f"{junk}\n" + text(intent_record(intent(1)), outcome_record(1, "done", entry(7))))
    assert (replay.entries, dict(replay.open)) == ((entry(7),), {})


def test_after_a_torn_line_the_next_record_begins_a_line(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "journal")
    assert file.read() == Replay()
    file.append(intent_record(intent(1)))
    with file.path.open("ab") as raw:
        raw.write(b'{"type":"outc')
    file.append(outcome_record(1, "done", entry(7)))
    assert file.read() == Replay((entry(7),), (), {}, 2, torn=True)
    assert file.path.read_bytes().count(b"\n") == 3


def test_a_lone_surrogate_can_be_written_and_read(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "journal")
    file.append(saved_record(1, Article("\ud800", 5, "<p>x</p>", id=7)))
    file.append(intent_record(intent(1)))
    assert file.read().open == {"a.md": intent(1)}
