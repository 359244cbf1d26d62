"""What a run remembers of its writes: the journal before and after each, and the lock's entries as they are by now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from kbsync.apply.written import written_entry
from kbsync.journal import Intent, Journal, intent_record, outcome_record, saved_record
from kbsync.lock import Entry, EntryKey, Lock
from kbsync.model import Object, Value, id_of
from kbsync.plan import Change


class Ledger:
    """The journal and the lock of one run. `error` is set once the journal cannot be written any more."""

    def __init__(self, lock: Lock, journal: Journal, first_number: int, renderer: str) -> None:
        self.entries = dict(lock.entries)
        self.account = lock.account
        self.journal = journal
        self.number = first_number
        self.renderer = renderer
        self.unknown: list[int] = []
        self.error: OSError | None = None

    def lock(self) -> Lock:
        """The lock as it is by now."""
        return Lock(self.account, self.entries)

    def still_open(self, earlier: Mapping[str, Intent]) -> tuple[int, ...]:
        """The intents, of this run and `earlier` ones, whose effect is unknown."""
        known = {entry.path for entry in self.entries.values()}
        creates = [one for one in earlier.values() if one.action == "create"]
        return (*(one.number for one in creates if one.key not in known), *self.unknown)

    def begin(self, change: Change, sent: Mapping[str, Value], live: Object | None, at: float | None) -> int:
        """Put on disk what is about to be sent, and what it overwrites. Raises OSError: then nothing is sent."""
        if self.error is not None:
            raise self.error
        number = self._next()
        if live is not None:
            self.journal.append(saved_record(number, live))
        self.journal.append(intent_record(Intent(number, change.kind, change.key, change.action, change.id, sent, at)))
        return number

    def end(
        self,
        number: int | None,
        status: Literal["done", "failed", "unknown"],
        entry: Entry | None = None,
        drop: EntryKey | None = None,
    ) -> None:
        """Put on disk what came of a write. Where that fails no other follows, but what is known stays known."""
        if status == "unknown" and number is not None:
            self.unknown.append(number)
        try:
            self.journal.append(outcome_record(number or self._next(), status, entry, drop))
        except OSError as error:
            self.stop(error)

    def stop(self, error: OSError) -> None:
        """What cannot be remembered must not be done: without a journal no further write is sent (F44)."""
        self.error = error

    def learn(self, change: Change, reply: Object, sent: Mapping[str, Value], number: int | None) -> None:
        """Remember a write that was done: `sent` is what was really sent, `reply` what the server made of it."""
        before = self.entries.get((change.kind, id_of(reply), change.language))
        entry = written_entry(change, before, sent, reply, self.renderer)
        self.remember(entry, change.drop)
        self.end(number, "done", entry, change.drop)

    def remember(self, entry: Entry | None, drop: EntryKey | None) -> None:
        """Change the lock: one entry comes, another goes."""
        if entry is not None:
            self.entries[entry.key] = entry
        if drop is not None and (entry is None or drop != entry.key):
            self.entries.pop(drop, None)

    def _next(self) -> int:
        self.number += 1
        return self.number - 1
