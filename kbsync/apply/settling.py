"""What became of a write whose reply was lost (design 6): told by reading, never by sending again first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kbsync.apply.watch import LiveView, Sought
from kbsync.errors import Moved, OutcomeUnknown, RemoteError, Undecided
from kbsync.fingerprint import same
from kbsync.journal import Intent
from kbsync.model import Object, Value, fields, id_of
from kbsync.plan import Change
from kbsync.remote import Remote
from kbsync.rule import same_words

# Seconds after the lost reply at which to look; the last look is when the settling time is over.
_LOOKS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0)

_AGAIN = "run kbsync again: it looks first, and never makes a second one"


class Settling:
    """Looks at the server until an unknown outcome is known, or the settling time is over."""

    def __init__(self, remote: Remote, view: LiveView, seconds: float, sleep: Callable[[float], None]) -> None:
        self.remote = remote
        self.view = view
        self.seconds = seconds
        self.sleep = sleep

    def created(self, change: Change, sought: Sought, send: Callable[[], Object]) -> Object:
        """The object that a lost create made.

        Sent once more only where every look finds nothing, and the lists are known not to lag behind.
        """

        def look() -> Object | None:
            self.view.refresh(sought.kind, sought.container)
            return self._match(sought)

        found = self._first(look, change)
        if found is not None:
            return found
        if self.view.lags():
            raise Undecided(f"whether {change.title!r} was created is unknown: Freshdesk's lists lag behind", _AGAIN)
        try:
            return send()
        except OutcomeUnknown as error:
            found = self._first(look, change)
            if found is not None:
                return found
            raise Undecided(f"whether {change.title!r} was created is unknown: {error.message}", _AGAIN) from error

    def updated(self, change: Change, live: Object, sent: Mapping[str, Value], send: Callable[[], Object]) -> Object:
        """The object after a lost update: as sent, or sent once more where it still is as before."""

        def look() -> Object | None:
            current = self._read(live)
            # The same words do not tell a lost write from one that was to change links or markup only.
            if _is_as(sent, current):
                return current
            if _is_as({name: value for name, value in fields(live).items() if name in sent}, current):
                return None
            if not _is_as(sent, current, words=True):
                raise Moved("its reply was lost, and it was edited in Freshdesk meanwhile", "run plan again")
            return None

        found = self._first(look, change)
        if found is not None:
            return found
        try:
            return send()
        except OutcomeUnknown as error:
            found = self._first(look, change)
            if found is not None:
                return found
            raise Undecided(f"whether {change.title!r} was updated is unknown: {error.message}", _AGAIN) from error

    def deleted(self, change: Change, live: Object, send: Callable[[], None]) -> None:
        """Returns once the object is gone; deletes once more where it is still there."""

        def look() -> Object | None:
            # The object itself says "gone": what is looked for here is its absence.
            return live if self.remote.article(id_of(live)) is None else None

        if self._first(look, change) is None:
            try:
                send()
            except OutcomeUnknown as error:
                if self._first(look, change) is None:
                    raise Undecided(f"whether {change.title!r} was deleted is unknown", _AGAIN) from error

    def wait_out(self, intent: Intent, timeout_seconds: float) -> None:
        """Wait until a create that a killed run had under way must have shown, by the server's own clock (F62)."""
        whole = timeout_seconds + self.seconds
        now = self.remote.server_time()
        known = intent.at is not None and now is not None
        age = (now or 0.0) - (intent.at or 0.0) if known else 0.0
        if 0.0 <= age < whole:
            self.sleep(whole - age)

    def _first(self, look: Callable[[], Object | None], change: Change) -> Object | None:
        failure: RemoteError | None = None
        for pause in self._pauses():
            self.sleep(pause)
            try:
                found = look()
            except RemoteError as error:
                failure = error
                continue
            failure = None
            if found is not None:
                return found
        if failure is not None:
            raise Undecided(f"what became of {change.title!r} cannot be read: {failure.message}", _AGAIN)
        return None

    def _pauses(self) -> Iterator[float]:
        before = 0.0
        for moment in (*(one for one in _LOOKS if one < self.seconds), self.seconds):
            yield moment - before
            before = moment

    def _match(self, sought: Sought) -> Object | None:
        try:
            return self.view.match(sought)
        except Moved as moved:
            raise Undecided(
                f"the reply to its create was lost, and {moved.message}", moved.hint, decision=True
            ) from moved

    def _read(self, live: Object) -> Object:
        if live.kind == "article":
            found: Object | None = self.remote.article(id_of(live))
        else:
            container = None if live.kind == "category" else int(live.category)
            self.view.refresh(live.kind, container)
            found = self.view.current.get((live.kind, id_of(live)))
        if found is None:
            raise Moved(f"its reply was lost, and {live.kind} {live.id} is gone from Freshdesk", "run plan again")
        return found


def _is_as(values: Mapping[str, Value], current: Object, *, words: bool = False) -> bool:
    """True if `current` has these values; with `words`, of a body the words alone count."""
    have = fields(current)
    return all(
        name not in have
        or same(name, value, have[name])
        or (words and name == "body" and same_words(str(value), str(have[name])))
        for name, value in values.items()
    )
