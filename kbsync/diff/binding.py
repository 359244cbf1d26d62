"""Which live object is which source: by id, by lock, and for new files by title and place (design 4).

Titles are matched before links are resolved, and containers before what they hold. A match that is not certain
is none: more than one candidate is ambiguous, and nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from kbsync.lock import Entry, EntryKey, Lock
from kbsync.model import Article, Folder, Kind, Object, Snapshot, parent_of, title_of
from kbsync.rule import same_text

# bound: the live object is known. new: there is none. ambiguous: several could be it. missing: its id is known
# and gone from the server. blocked: the object above it has no place yet that is certain. unsure: the listing was
# not whole, so that it cannot be told whether there is one (F30).
State = Literal["bound", "new", "ambiguous", "missing", "blocked", "unsure"]


@dataclass(frozen=True, slots=True)
class Binding:
    """A source object, what the server has of it, and what the lock knows of it.

    `replaces` is the lock's entry of another object under the same path: a path has one entry.
    """

    item: Object
    state: State
    live: Object | None = None
    entry: Entry | None = None
    candidates: tuple[int, ...] = ()
    replaces: EntryKey | None = None

    @property
    def id(self) -> int | None:
        """The server's id, where one is bound."""
        return None if self.live is None else self.live.id


@dataclass(frozen=True, slots=True)
class Bindings:
    """All bindings by key, the lock entries whose source is gone, and the live objects without a source."""

    by_key: Mapping[str, Binding]
    gone: tuple[Entry, ...]
    unmanaged: tuple[Object, ...]


def bind(
    desired: Snapshot,
    live: Snapshot,
    lock: Lock,
    *,
    primary: bool,
    portal_url: str = "",
    chosen: frozenset[str] = frozenset(),
) -> Bindings:
    """Every source bound to its live object, or said why not.

    `chosen` holds the keys that a person wants published even where their object is gone from Freshdesk.
    `primary`: the ids in front matter are this target's. On other targets they only serve to find a renamed
    file by the primary id in its lock line.
    """
    work = _Binder(desired, live, lock, primary, chosen)
    for level in (desired.categories, _parents_first(desired.folders), desired.articles):
        work.bind_known(level)
        work.bind_by_place(level)
    work.bind_elsewhere(desired.articles, portal_url)
    return work.result()


class _Binder:
    """The state of one matching: which live objects and lock entries are taken."""

    def __init__(self, desired: Snapshot, live: Snapshot, lock: Lock, primary: bool, chosen: frozenset[str]) -> None:
        self.primary = primary
        self.chosen = chosen if live.complete else frozenset()
        self.complete = live.complete
        self.live = {(item.kind, item.id): item for item in live.objects()}
        self.entries = lock.entries
        self.by_path = lock.by_path()
        self.skipped = desired.skipped
        self.bindings: dict[str, Binding] = {}
        self.taken: set[tuple[Kind, int | None]] = set()
        self.used: set[EntryKey] = set()
        self.by_place: dict[tuple[Kind, int | None, str], list[Object]] = defaultdict(list)
        for item in live.objects():
            self.by_place[item.kind, _place_id(item), _name(item)].append(item)
        self.by_name: dict[str, list[Article]] = defaultdict(list)
        for article in live.articles:
            self.by_name[_name(article)].append(article)
        self.keys = {item.key for item in desired.objects()} | desired.skipped
        self.stray = [entry for entry in lock.entries.values() if entry.path not in self.keys]
        self.stray_by_primary = {(entry.kind, entry.primary): entry for entry in self.stray if entry.primary}
        self.stray_by_source: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.stray:
            if entry.kind == "article" and entry.source:
                self.stray_by_source[entry.source].append(entry)
        self.homes = self._former_homes(desired)

    def _former_homes(self, desired: Snapshot) -> dict[str, set[int]]:
        """Where the articles of each directory lived before, by the directory's key: that tells a renamed one."""
        folders = {folder.key: folder for folder in desired.folders}
        above = {(entry.kind, entry.id): entry.parent for entry in self.entries.values()}
        homes: dict[str, set[int]] = defaultdict(set)
        for article in desired.articles:
            entry = self._former_entry(article)
            key: str | None = str(article.folder)
            id = None if entry is None else entry.parent
            while key in folders and id is not None:
                homes[key].add(id)
                key, id = str(parent_of(folders[key])), above.get(("folder", id))
            if key is not None and id is not None:
                homes[key].add(id)
        return homes

    def _former_entry(self, article: Article) -> Entry | None:
        if self.primary and article.id is not None:
            return self.entries.get(("article", article.id, article.language))
        same = self.stray_by_source.get(article.source, ())
        return same[0] if len(same) == 1 else None

    def bind_known(self, items: Iterable[Object]) -> None:
        """Bind what an id or the lock names: first by id, then by path, then by what a rename leaves."""
        pending = list(items)
        for find in (self._by_id, self._by_path, self._by_rename):
            rest: list[Object] = []
            for item in pending:
                found = find(item)
                if found is None:
                    rest.append(item)
                else:
                    self._take(found)
            pending = rest

    def bind_by_place(self, items: Iterable[Object]) -> None:
        """Bind the others by title and place among the live objects that nothing else claims."""
        for item in items:
            if item.key not in self.bindings:
                self._take(self._by_title(item))

    def bind_elsewhere(self, articles: Iterable[Article], portal_url: str) -> None:
        """A new file whose very text is live in another folder, unknown to the lock, is not created again.

        That is what a file looks like that was moved before the lock was lost; a person decides (design 3.3).
        """
        for item in articles:
            if self.bindings[item.key].state != "new":
                continue
            for live in self.by_name.get(_name(item), ()):
                stranger = (live.kind, live.id) not in self.taken and (
                    live.kind,
                    live.id,
                    item.language,
                ) not in self.entries
                if stranger and same_text(item.body, live.body, portal_url):
                    self._take(Binding(item, "bound", live))
                    break

    def result(self) -> Bindings:
        gone = tuple(
            entry
            for entry in self.entries.values()
            if entry.key not in self.used and entry.path not in self.skipped and entry.path not in self.bindings
        )
        rivals = {(one.kind, one.path, one.language): one for one in self.entries.values() if self._is_rival(one)}
        known = {(one.kind, one.id) for one in self.entries.values() if not self._is_rival(one)}
        unmanaged = tuple(
            item for key, item in self.live.items() if key not in self.taken and (item.kind, item.id) not in known
        )
        by_key = {
            key: replace(one, replaces=rival.key)
            if (rival := rivals.get((one.item.kind, key, one.item.language)))
            else one
            for key, one in self.bindings.items()
        }
        return Bindings(by_key, gone, unmanaged)

    def _is_rival(self, entry: Entry) -> bool:
        """True for an entry whose path is bound to another object: what it names is nobody's any more."""
        binding = self.bindings.get(entry.path)
        return binding is not None and binding.state == "bound" and entry.key not in self.used

    def _take(self, binding: Binding) -> None:
        self.bindings[binding.item.key] = binding
        if binding.live is not None:
            self.taken.add((binding.item.kind, binding.live.id))
        if binding.entry is not None:
            self.used.add(binding.entry.key)

    def _by_id(self, item: Object) -> Binding | None:
        if item.id is None or not self.primary:
            return None
        return self._known(item, item.id, self.entries.get((item.kind, item.id, item.language)))

    def _by_path(self, item: Object) -> Binding | None:
        entry = self.by_path.get((item.kind, item.key, item.language))
        if entry is None or entry.key in self.used or (entry.kind, entry.id) in self.taken:
            return None
        return self._known(item, entry.id, entry)

    def _by_rename(self, item: Object) -> Binding | None:
        entry = None if self.primary or item.id is None else self.stray_by_primary.get((item.kind, item.id))
        if entry is None and isinstance(item, Article) and item.source:
            same = [one for one in self.stray_by_source.get(item.source, ()) if one.key not in self.used]
            entry = same[0] if len(same) == 1 else None
        if entry is None and item.kind != "article" and len(homes := self.homes.get(item.key, set())) == 1:
            entry = next((one for one in self.stray if one.kind == item.kind and one.id in homes), None)
        if entry is None or entry.key in self.used or (entry.kind, entry.id) not in self.live:
            return None
        return self._known(item, entry.id, entry)

    def _known(self, item: Object, id: int, entry: Entry | None) -> Binding:
        live = self.live.get((item.kind, id))
        if (item.kind, id) in self.taken:
            return Binding(item, "ambiguous", candidates=(id,))
        if live is None and item.key in self.chosen:
            return Binding(replace(item, id=None) if self.primary else item, "new", entry=entry)
        if live is None:
            return Binding(replace(item, id=id), "missing" if self.complete else "unsure", entry=entry)
        return Binding(item, "bound", live, entry)

    def _by_title(self, item: Object) -> Binding:
        above = parent_of(item)
        parent = None if above is None else self.bindings.get(str(above))
        if parent is not None and parent.state not in {"bound", "new"}:
            return Binding(item, "blocked")
        if parent is not None and parent.state == "new":
            return Binding(item, "new")
        place = (item.kind, None if parent is None else parent.id, _name(item))
        found = [one for one in self.by_place.get(place, ()) if self._is_free(one, item.language)]
        if len(found) > 1:
            return Binding(item, "ambiguous", candidates=tuple(one.id or 0 for one in found))
        if not found:
            return Binding(item, "new" if self.complete else "unsure")
        # A file that was renamed keeps its lock entry; a stranger of the same title has none.
        entry = self.entries.get((item.kind, found[0].id or 0, item.language))
        return Binding(item, "bound", found[0], entry)

    def _is_free(self, live: Object, language: str) -> bool:
        """True where no source claims `live`, also none that is only left out because of an error."""
        entry = self.entries.get((live.kind, live.id or 0, language))
        return (live.kind, live.id) not in self.taken and (entry is None or entry.path not in self.keys)


def _place_id(item: Object) -> int | None:
    above = parent_of(item)
    return above if isinstance(above, int) else None


def _name(item: Object) -> str:
    return " ".join(title_of(item).split())


def _parents_first(folders: Iterable[Folder]) -> list[Folder]:
    return sorted(folders, key=lambda folder: (folder.key.count("/"), folder.key))
