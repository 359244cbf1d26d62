"""The lock's text: it says what it was made of, in a stable order, and damage is told with its line."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbsync.errors import LockError
from kbsync.fingerprint import Fingerprint, fingerprint, matches
from kbsync.html import CANONICAL_VERSION
from kbsync.lock import Entry, Lock, format_lock, parse_lock, require_account

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PRINTS = st.builds(
    Fingerprint, st.text("0123456789abcdef", min_size=16, max_size=16), st.just("f" * 16), st.integers(1, 9)
)
IDS = st.integers(1, 2**53 - 1)
ENTRIES = st.builds(
    Entry,
    kind=st.sampled_from(["category", "folder", "article"]),
    id=IDS,
    path=TEXT.filter(bool),
    parent=st.none() | IDS,
    language=st.sampled_from(["en", "fr"]),
    primary=st.none() | IDS,
    updated_at=TEXT,
    sent=st.dictionaries(TEXT, PRINTS, max_size=2),
    live=st.dictionaries(TEXT, PRINTS, max_size=2),
    source=TEXT,
    renderer=TEXT,
    names=st.dictionaries(TEXT, IDS, max_size=2),
)
LOCKS = st.lists(ENTRIES, max_size=5).map(lambda entries: Lock("acme.freshdesk.com", {one.key: one for one in entries}))


@settings(max_examples=40, deadline=None)
@given(LOCKS)
def test_a_lock_reads_back_as_it_was_written(lock: Lock) -> None:
    text = format_lock(lock)
    assert parse_lock(text, "x.lock") == lock
    assert format_lock(parse_lock(text, "x.lock")) == text
    assert len(text.split("\n")) == len(lock.entries) + 2


@settings(max_examples=40, deadline=None)
@given(LOCKS)
def test_the_order_in_which_objects_were_met_does_not_show(lock: Lock) -> None:
    turned = Lock(lock.account, dict(list(lock.entries.items())[::-1]))
    assert format_lock(turned) == format_lock(lock)


HEAD = '{"kbsync":"lock","format":1,"account":"acme.freshdesk.com"}\n'
GOOD = '{"path":"a.md","kind":"article","language":"en","id":7}\n'
DAMAGED = {
    "merge markers": (HEAD + GOOD + "<<<<<<< ours\n", 3, "merge conflict"),
    "merge base marker": (HEAD + "||||||| base\n", 2, "merge conflict"),
    "merge marker first": (">>>>>>> theirs\n" + HEAD, 1, "merge conflict"),
    "no head": (GOOD, 1, "not a kbsync lock"),
    "another file": ("version: 1\n", 1, "cannot be read"),
    "a newer format": (HEAD.replace('"format":1', '"format":2'), 1, "format 2"),
    "cut off": (HEAD + GOOD[:20], 2, "cannot be read"),
    "twice": (HEAD + GOOD + GOOD, 3, "twice"),
    "no id": (HEAD + GOOD.replace(',"id":7', ""), 2, "cannot be read"),
    "an id that is text": (HEAD + GOOD.replace('"id":7', '"id":"7"'), 2, "cannot be read"),
    "an id that is true": (HEAD + GOOD.replace('"id":7', '"id":true'), 2, "cannot be read"),
    "unknown kind": (HEAD + GOOD.replace("article", "page"), 2, "cannot be read"),
    "no object": (HEAD + "[]\n", 2, "cannot be read"),
    "null": (HEAD + "null\n", 2, "cannot be read"),
    "prints that are none": (HEAD + GOOD.replace('"id":7', '"id":7,"sent":{"title":"zz"}'), 2, "cannot be read"),
    "prints that are no object": (HEAD + GOOD.replace('"id":7', '"id":7,"live":[1]'), 2, "cannot be read"),
    "a path that is no text": (HEAD + GOOD.replace('"a.md"', "5"), 2, "cannot be read"),
    "a parent that is text": (HEAD + GOOD.replace('"id":7', '"id":7,"parent":"x"'), 2, "cannot be read"),
    "names that are none": (HEAD + GOOD.replace('"id":7', '"id":7,"names":["a"]'), 2, "cannot be read"),
    "deep nesting": (HEAD + "[" * 100_000, 2, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_lock_is_refused_with_its_line(case: str) -> None:
    text, line, words = DAMAGED[case]
    with pytest.raises(LockError) as caught:
        parse_lock(text, "kbsync.x.lock")
    assert caught.value.message.startswith(f"kbsync.x.lock:{line}:1: ")
    assert words in caught.value.message
    assert caught.value.hint


@settings(max_examples=60, deadline=None)
@given(LOCKS, st.integers(0, 10_000), st.text(max_size=3))
def test_any_damage_is_a_lock_or_a_lock_error(lock: Lock, at: int, put: str) -> None:
    text = format_lock(lock)
    at %= len(text) + 1
    with contextlib.suppress(LockError):
        parse_lock(text[:at] + put + text[at + 1 :], "x.lock")


def test_a_lock_of_another_account_is_refused() -> None:
    with pytest.raises(LockError, match=r"x\.lock belongs to a\.freshdesk\.com, but the target is b\.freshdesk\.com"):
        require_account(Lock("a.freshdesk.com"), "b.freshdesk.com", "x.lock")
    require_account(Lock("a.freshdesk.com"), "a.freshdesk.com", "x.lock")


def test_most_values_are_their_own_canonical_form_and_take_half_the_room() -> None:
    plain, html = fingerprint("title", "A title"), fingerprint("body", "<P>x</P>")
    entry = Entry("article", 7, "a.md", sent={"title": plain, "body": html})
    line = json.loads(format_lock(Lock("x", {entry.key: entry})).splitlines()[1])
    assert line["sent"]["title"] != f"{plain.raw}:{plain.canonical}:{CANONICAL_VERSION}"
    assert line["sent"]["body"] == f"{html.raw}:{html.canonical}:{CANONICAL_VERSION}"


def test_another_version_of_the_canonical_form_changes_nothing_where_the_bytes_are_the_same() -> None:  # F70
    old = Fingerprint(fingerprint("body", "<p>x</p>").raw, "0" * 16, CANONICAL_VERSION + 1)
    assert (matches(old, "body", "<p>x</p>"), matches(old, "body", "<P>x</P>")) == (True, False)
