"""Live objects during a run, never older than 30 s where a write depends on them (design 6).

An overwrite or a create whose listing is older than that lists the folder again and compares: at most one
listing per folder and 30 s, for up to 100 articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kbsync.errors import Gone, Moved
from kbsync.fingerprint import same
from kbsync.model import Article, Category, Folder, Kind, Object, Snapshot, fields, id_of, title_of
from kbsync.plan import Change
from kbsync.remote import Remote
from kbsync.rule import same_text, same_words

MAX_AGE_SECONDS = 30.0

_RERUN = "run plan again to see what is there now"


@dataclass(frozen=True, slots=True)
class Sought:
    """What a create would double: an object of this title in this place that is not ours yet (`taken` are).

    `container` is what it is listed under: an article's folder, a folder's category. `above` is the folder that a
    sub-folder lies in. An article has to have this `body` besides, links into the portal counted as text.
    """

    kind: Kind
    title: str
    container: int | None
    above: int | None
    body: str
    taken: frozenset[int]
    portal_url: str


class LiveView:
    """What the server has, as last seen: the snapshot the plan was made from, then replies and fresh listings."""

    def __init__(
        self, live: Snapshot, remote: Remote, monotonic: Callable[[], float], read_at: float, *, hold_touched: bool
    ) -> None:
        self.remote = remote
        self.monotonic = monotonic
        self.hold_touched = hold_touched
        self.read_at = read_at
        self.listed_at: dict[tuple[Kind, int | None], float] = {}
        self.expected: dict[tuple[Kind, int], Object] = {(one.kind, id_of(one)): one for one in live.objects()}
        self.current = dict(self.expected)
        self.newest: Object | None = None

    def put(self, reply: Object) -> None:
        """Take over what the server replied to our own write."""
        if (reply.kind, id_of(reply)) not in self.expected:
            self.newest = reply
        self.current[reply.kind, id_of(reply)] = self.expected[reply.kind, id_of(reply)] = reply

    def lags(self) -> bool:
        """True if the server's lists do not show yet what it told us it had created in this run.

        Then that something else is not in a list either says nothing (F6).
        """
        newest = self.newest
        if newest is None:
            return False
        self.refresh(newest.kind, _listing_of(newest))
        return (newest.kind, id_of(newest)) not in self.current

    def fresh(self, kind: Kind, id: int) -> Object | None:
        """The object with this id, listed again where that was too long ago; None where it is gone."""
        known = self.current.get((kind, id))
        if known is not None:
            self._freshen(kind, _listing_of(known))
        return self.current.get((kind, id))

    def opened(self, container: Object) -> None:
        """A container we have just created is known to be empty."""
        child: Kind = "folder" if container.kind == "category" else "article"
        self.listed_at[child, id_of(container)] = self.monotonic()
        self.put(container)

    def unmoved(self, change: Change) -> Object:
        """The live object that `change` overwrites. Raises Moved if a person changed what would be overwritten."""
        expected = self.expected.get((change.kind, change.id or 0))
        if expected is None:
            raise Moved(f"{change.kind} {change.id} is gone from Freshdesk", _RERUN)
        self._freshen(change.kind, _listing_of(expected))
        current = self.current.get((change.kind, id_of(expected)))
        if current is None:
            raise Moved(f"{change.kind} {change.id} is gone from Freshdesk", _RERUN)
        if current is expected:
            return expected
        was, now = fields(expected), fields(current)
        edited = sorted(name for name in now if name in was and not same(name, was[name], now[name]))
        lost = [name for name in edited if name in change.fields]
        if lost or (change.action in {"delete", "unpublish"} and edited):
            raise Moved(f"edited in Freshdesk since the plan: {', '.join(lost or edited)}", _RERUN)
        if self.hold_touched and change.kind == "article" and not edited and current.updated_at != expected.updated_at:
            raise Moved("touched in Freshdesk since the plan, perhaps a waiting draft", _RERUN)
        return current

    def edited(self, current: Object, names: Iterable[str]) -> frozenset[str]:
        """Which of these fields of a live object a person changed since the plan."""
        was, now = fields(self.expected[current.kind, id_of(current)]), fields(current)
        return frozenset(name for name in names if name in was and name in now and not same(name, was[name], now[name]))

    def twin(self, sought: Sought) -> Object | None:
        """The object that already is what would be created; None where there is none.

        Raises Moved where something of that name is there and is not the same, or several are.
        """
        self._freshen(sought.kind, sought.container)
        return self.match(sought)

    def match(self, sought: Sought) -> Object | None:
        """As `twin`, from what is known already."""
        found = [
            one
            for one in self.current.values()
            if one.kind == sought.kind
            and _listing_of(one) == sought.container
            and (not isinstance(one, Folder) or one.parent == sought.above)
            and one.id not in sought.taken
            and same("title", title_of(one), sought.title)
        ]
        if not found:
            return None
        ids = ", ".join(str(one.id) for one in found)
        if len(found) > 1:
            raise Moved(f"several in Freshdesk have this title by now: {ids}", "delete all but one of them")
        if isinstance(found[0], Article):
            body = sought.body
            if not same_text(body, found[0].body, sought.portal_url) and not same_words(body, found[0].body):
                raise Moved(f"Freshdesk has another article of this title there by now: {ids}", _RERUN)
        return found[0]

    def refresh(self, kind: Kind, container: int | None) -> None:
        """List the objects of `kind` in `container` again: a folder's articles, a category's folders, categories.

        A container that is gone holds nothing any more.
        """
        found: Iterable[Article | Folder | Category]
        try:
            if kind == "article":
                found = self.remote.articles(container or 0)
            elif kind == "folder":
                found = self.remote.folders(container or 0)
            else:
                found = self.remote.categories()
        except Gone:
            found = ()
        for key, one in list(self.current.items()):
            if one.kind == kind and _listing_of(one) == container:
                del self.current[key]
        for fresh in found:
            self._see(fresh)
        self.listed_at[kind, container] = self.monotonic()

    def _see(self, fresh: Object) -> None:
        key = (fresh.kind, id_of(fresh))
        known = self.expected.get(key)
        # Identity says "nothing new here" to `unmoved`, so an equal listing keeps the object we know.
        self.current[key] = known if known is not None and _alike(known, fresh) else fresh

    def _freshen(self, kind: Kind, container: int | None) -> None:
        if self.monotonic() - self.listed_at.get((kind, container), self.read_at) > MAX_AGE_SECONDS:
            self.refresh(kind, container)


def _alike(known: Object, fresh: Object) -> bool:
    return known.updated_at == fresh.updated_at and fields(known) == fields(fresh)


def _listing_of(item: Object) -> int | None:
    """The id under which `item` is listed: an article's folder, a folder's category."""
    if isinstance(item, Article):
        return item.folder if isinstance(item.folder, int) else None
    if isinstance(item, Folder):
        return item.category if isinstance(item.category, int) else None
    return None
