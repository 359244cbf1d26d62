"""The journal: what a run was about to do and what came of it, on disk before and after each write (design 3.3).

One JSON object a line, append-only. It is the write-ahead log, the recovery record, and the store of earlier
versions in one. Records:

- `intent`: before a write; what is sent, and the server's clock at that moment.
- `saved`: the live object as it was before it is overwritten or removed.
- `outcome`: after a write; `done` with the new lock entry, `failed`, or `unknown` (the intent stays open).
- `checkpoint`: the lock file holds everything up to here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, cast

from kbsync.lock import Entry, EntryKey, Lock, entry_from_json, entry_to_json
from kbsync.model import Article, Kind, Object, Value

Record = Mapping[str, Any]


class Journal(Protocol):
    """Where records go. `append` returns once the record is on disk; it raises OSError where that fails."""

    def append(self, record: Record) -> None: ...


@dataclass(frozen=True, slots=True)
class Intent:
    """A write that was begun. `at` is the server's clock then (epoch seconds), None before its first reply."""

    number: int
    kind: Kind
    key: str
    action: str
    id: int | None
    sent: Mapping[str, Value]
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """What a journal says: outcomes the lock does not hold yet, intents still open, the next number.

    `torn` is True where the last line was cut off by a crash: it is no record, only a sign of one.
    """

    entries: tuple[Entry, ...] = ()
    dropped: tuple[EntryKey, ...] = ()
    open: Mapping[str, Intent] = field(default_factory=dict)
    next_number: int = 1
    torn: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """An article as it was before a write of kbsync's. `at` is the server's clock then (epoch seconds)."""

    number: int
    article: Article
    action: str
    at: float | None


def intent_record(intent: Intent) -> Record:
    """The record written before a write."""
    return {"type": "intent", **asdict(intent)}


def saved_record(number: int, live: Object) -> Record:
    """The record that keeps a live object before it is overwritten."""
    return {"type": "saved", "number": number, "object": asdict(live)}


def outcome_record(
    number: int, status: Literal["done", "failed", "unknown"], entry: Entry | None = None, drop: EntryKey | None = None
) -> Record:
    """The record written after a write."""
    record: dict[str, Any] = {"type": "outcome", "number": number, "status": status}
    if entry is not None:
        record["entry"] = entry_to_json(entry)
    if drop is not None:
        record["drop"] = list(drop)
    return record


def checkpoint_record(open: tuple[int, ...]) -> Record:
    """The record written once the lock file is on disk; `open` are the intents whose effect is still unknown."""
    return {"type": "checkpoint", "open": list(open)}


def format_record(record: Record) -> str:
    """A record as one line."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


def parse_journal(text: str) -> Replay:
    """What the journal's text says. A line that cannot be read ends the account: only a crash leaves one."""
    entries: dict[EntryKey, Entry] = {}
    dropped: set[EntryKey] = set()
    intents: dict[int, Intent] = {}
    number, torn = 0, False
    for line in text.split("\n"):
        if not line:
            continue
        try:
            record = json.loads(line)
            number = max(number, record.get("number", 0))
            _take(record, entries, dropped, intents)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            torn = True
    still_open = {intent.key: intent for intent in intents.values()}
    return Replay(tuple(entries.values()), tuple(dropped), still_open, number + 1, torn)


def parse_saved(text: str) -> tuple[Saved, ...]:
    """The articles that were saved before they were overwritten or removed, oldest first."""
    objects: dict[int, Article] = {}
    versions: list[Saved] = []
    for line in text.split("\n"):
        try:
            record: Any = json.loads(line) if line else {"type": ""}
            if record["type"] == "saved" and record["object"]["kind"] == "article":
                objects[record["number"]] = Article(**_with_tuples(record["object"]))
            elif record["type"] == "intent" and record["number"] in objects:
                article = objects.pop(record["number"])
                versions.append(Saved(record["number"], article, record["action"], record.get("at")))
        except (ValueError, KeyError, TypeError):
            continue  # a line that a crash cut off
    return tuple(versions)


def recovered(lock: Lock, replay: Replay) -> Lock:
    """The lock with the outcomes an earlier run could not write into it; of two entries the later one counts."""
    newer = [
        entry
        for entry in replay.entries
        if entry.key not in lock.entries or lock.entries[entry.key].updated_at <= entry.updated_at
    ]
    return lock.with_entries(newer, without=replay.dropped)


def _take(record: Record, entries: dict[EntryKey, Entry], dropped: set[EntryKey], intents: dict[int, Intent]) -> None:
    if record["type"] == "intent":
        intents[record["number"]] = _intent(record)
    elif record["type"] == "outcome":
        if record["status"] != "unknown":
            intents.pop(record["number"], None)
        if "entry" in record:
            entry = entry_from_json(record["entry"])
            entries[entry.key] = entry
            dropped.discard(entry.key)
        if "drop" in record:
            kind, id, language = record["drop"]
            dropped.add((cast("Kind", kind), id, language))
            entries.pop((cast("Kind", kind), id, language), None)
    elif record["type"] == "checkpoint":
        entries.clear()
        dropped.clear()
        for number in intents.keys() - set(record["open"]):
            del intents[number]


def _intent(record: Record) -> Intent:
    sent = _with_tuples(record["sent"])
    return Intent(
        record["number"], record["kind"], record["key"], record["action"], record["id"], sent, record.get("at")
    )


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
