"""Who is public before and after a run, and what links may lead to (P9, design 4).

Whether a link's target is public is what the server says, never what was asked. The state of articles is
settled before bodies, and again when a conflict changes who will be public, until nothing moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from kbsync.diff.binding import Binding, Bindings
from kbsync.diff.decision import Decision, Settings, decide
from kbsync.fingerprint import matches
from kbsync.links import Link, address_of, articles_linked, containers_linked, href, links_in, resolve
from kbsync.lock import Lock
from kbsync.model import Article, Folder, Kind, Snapshot, Status, id_of, is_published, parent_of
from kbsync.plan import Target

# How often an article's final state may change its mind before links to it are sent as text to be safe.
_MAX_FLIPS = 3


@dataclass(frozen=True, slots=True)
class World:
    """What is true before the run: every link target by key, and the containers each article makes public.

    `above[key]` holds the keys of an article's folders and category. `held_up` holds the keys of containers
    that stay public through articles kbsync does not manage. `pages` are the articles readers can open.
    """

    targets: Mapping[str, Target]
    above: Mapping[str, tuple[str, ...]]
    held_up: frozenset[str]
    pages: tuple[Article, ...]
    portal_url: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The settled state: a decision for every article, and the keys that will be public after the run."""

    decisions: tuple[Decision, ...]
    public: frozenset[str] = field(default_factory=frozenset)


def survey(
    desired: Snapshot,
    live: Snapshot,
    lock: Lock,
    bindings: Bindings,
    portal_url: str,
    *,
    leaving: frozenset[int] = frozenset(),
    moving: bool = False,
) -> World:
    """The world as it is before the run. `leaving` holds the ids of pages whose file is gone and that may go too.

    `moving`: articles follow their files into other folders; otherwise they stay where they are live.
    """
    sources = {folder.key: folder for folder in desired.folders}
    above = {article.key: _above(str(article.folder), sources) for article in desired.articles}
    by_id = {(b.item.kind, b.id): key for key, b in bindings.by_key.items() if b.id is not None}
    folders = {folder.id: folder for folder in live.folders}
    ours = {b.id for b in bindings.by_key.values() if b.item.kind == "article"}
    public_now: set[str] = set()
    held_up: set[str] = set()
    for article in live.articles:
        if is_published(article):
            holders = _live_chain(article, folders, by_id)
            public_now.update(holders)
            if article.id not in ours | leaving:
                held_up.update(holders)
        if (key := by_id.get(("article", id_of(article)))) and not (moving and _follows(bindings, key)):
            above[key] = tuple(sorted(_live_chain(article, folders, by_id)))
    public_now.update(chain.from_iterable(above.get(key, ()) for key, b in bindings.by_key.items() if _was_public(b)))
    targets = {key: _target(key, bindings, public_now) for key in bindings.by_key}
    targets |= _skipped_targets(desired, live, lock)
    pages = tuple(article for article in live.articles if is_published(article))
    return World(targets, above, frozenset(held_up), pages, portal_url)


def settle(desired: Snapshot, bindings: Bindings, world: World, settings: Settings) -> Outcome:
    """Decide every article, again and again, until who will be public no longer changes."""
    public = _public_containers({a.key for a in desired.articles if a.status == Status.PUBLISHED}, world)
    flips: dict[str, int] = {}
    cache: dict[tuple[str, str], Decision] = {}
    while True:
        decisions = _hold_linked(
            [_decide_article(article, bindings, world, public, settings, cache) for article in desired.articles],
            world,
        )
        after = {d.item.key for d in decisions if _will_be_public(d) and flips.get(d.item.key, 0) < _MAX_FLIPS}
        settled = _public_containers(after | _kept(desired, world), world)
        if settled == public:
            return Outcome(tuple(decisions), settled)
        for key in settled ^ public:
            flips[key] = flips.get(key, 0) + 1
        public = settled


def address(link: Link, world: World, public: frozenset[str]) -> str | None:
    """Where `link` leads once `public` is true; the placeholder for a target without an id; None for text."""
    target = world.targets.get(link.key)
    if target is None or link.key not in public:
        return None
    return href(link) if target.id is None else address_of(world.portal_url, target.kind, target.id, link.anchor)


def _decide_article(
    article: Article,
    bindings: Bindings,
    world: World,
    public: frozenset[str],
    settings: Settings,
    cache: dict[tuple[str, str], Decision],
) -> Decision:
    body = resolve(article.body, lambda link: address(link, world, public))
    known = cache.get((article.key, body))
    if known is None:
        folder = bindings.by_key.get(str(article.folder))
        known = decide(bindings.by_key[article.key], None if folder is None else folder.id, body, settings)
        cache[article.key, body] = known
    return known


def _will_be_public(decision: Decision) -> bool:
    live = decision.binding.live
    if not decision.writes:
        return is_published(live) or _was_public(decision.binding)
    if decision.binding.state == "new" or decision.verdicts.get("status") == "update":
        return is_published(decision.item)
    return is_published(live)


def _hold_linked(decisions: list[Decision], world: World) -> list[Decision]:
    """Keep an article public while a page whose text this run does not write still links to it, whoever's it is."""
    leaving = [d for d in decisions if d.writes and is_published(d.binding.live) and not _will_be_public(d)]
    if not leaving:
        return decisions
    rewritten = {d.binding.id for d in decisions if d.writes and "body" in d.named("update")}
    public = _public_containers({d.item.key for d in decisions if _will_be_public(d)}, world)
    closing: dict[tuple[Kind, int | None], str] = {
        (target.kind, target.id): key
        for key, target in world.targets.items()
        if target.kind != "article" and target.public and key not in public
    }
    linkers: dict[str | int, str] = {}  # by a page's id, or the key of a folder or category that would be empty
    for page in world.pages:
        if page.id not in rewritten:
            for id in articles_linked(page.body) - {page.id}:
                linkers.setdefault(id, page.title)
            for place in containers_linked(page.body) & closing.keys() if closing else ():
                linkers.setdefault(closing[place], page.title)
    held: dict[str, str] = {}
    for d in leaving:
        linked = next((one for one in (d.binding.id or 0, *world.above[d.item.key]) if one in linkers), None)
        if linked is not None:
            what = "it" if isinstance(linked, int) else f"{linked}, which would be empty"
            held[d.item.key] = f"it cannot become a draft while {linkers[linked]!r} still links to {what}"
    return [replace(d, held=held[d.item.key]) if d.item.key in held else d for d in decisions]


def _public_containers(articles: set[str], world: World) -> frozenset[str]:
    containers = {key for article in articles for key in world.above.get(article, ())}
    return frozenset(articles | containers | world.held_up)


def _kept(desired: Snapshot, world: World) -> set[str]:
    """Sources left out because of an error stay as they are live."""
    return {key for key in desired.skipped if key in world.targets and world.targets[key].public}


def _above(folder: str, folders: Mapping[str, Folder]) -> tuple[str, ...]:
    keys: list[str] = []
    here = folder
    while here in folders:
        keys.append(here)
        here = str(parent_of(folders[here]))
    return (*keys, here)


def _live_chain(
    article: Article, folders: Mapping[int | None, Folder], by_id: Mapping[tuple[Kind, int], str]
) -> set[str]:
    """The keys of the containers that hold a live article, as far as they have sources."""
    keys: set[str] = set()
    folder = folders.get(article.folder if isinstance(article.folder, int) else None)
    for _ in range(len(folders)):
        if folder is None:
            break
        keys |= {by_id.get(("folder", id_of(folder)), ""), by_id.get(("category", int(folder.category)), "")}
        folder = folders.get(folder.parent if isinstance(folder.parent, int) else None)
    return keys - {""}


def _target(key: str, bindings: Bindings, public_now: set[str]) -> Target:
    binding = bindings.by_key[key]
    kind = binding.item.kind
    public = is_published(binding.live) or _was_public(binding) if kind == "article" else key in public_now
    id = binding.entry.id if binding.state == "unsure" and binding.entry else binding.id
    return Target(kind, id, public)


def _was_public(binding: Binding) -> bool:
    """True for an article that a list which was not whole does not show, and that was public: it is so still (P8)."""
    if binding.state != "unsure" or binding.entry is None:
        return False
    return matches(binding.entry.live.get("status"), "status", int(Status.PUBLISHED))


def _follows(bindings: Bindings, key: str) -> bool:
    """True where an article is still where it was put, so that it is moved after its file."""
    binding = bindings.by_key[key]
    return binding.entry is not None and binding.live is not None and binding.entry.parent == parent_of(binding.live)


def _skipped_targets(desired: Snapshot, live: Snapshot, lock: Lock) -> dict[str, Target]:
    by_id = {article.id: article for article in live.articles}
    filled = {article.folder for article in live.articles if is_published(article)}
    targets: dict[str, Target] = {}
    for entry in lock.entries.values():
        if entry.path in desired.skipped:
            public = is_published(by_id.get(entry.id)) if entry.kind == "article" else entry.id in filled
            targets[entry.path] = Target(entry.kind, entry.id, public)
    return targets


def link_keys(article: Article) -> frozenset[str]:
    """The keys of the objects that an article's source links to."""
    return frozenset(link.key for link in links_in(article.body))


def awaited(decision: Decision, opening: set[str], world: World, public: frozenset[str]) -> frozenset[str]:
    """The keys of the changes that should come before `decision` is sent, so that its links hold at once.

    A folder or category can be opened by readers once one article in it is public (API sheet 4.2).
    """
    item = decision.item
    if not isinstance(item, Article):
        return frozenset()
    keys: set[str] = set()
    for key in link_keys(item) & public:
        if world.targets[key].kind == "article":
            if key in opening and (key != item.key or decision.binding.id is None):
                keys.add(key)
        elif not world.targets[key].public and not (item.key in opening and key in world.above[item.key]):
            keys.update(sorted(other for other in opening if key in world.above[other])[:1])
    return frozenset(keys)
