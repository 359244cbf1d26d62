"""Desired x live x lock -> Plan (design 4): what to write, what to leave, what needs a person.

The way of one article: `binding` says which live object it is, `decision` what becomes of its fields,
`publics` who will be public and so where links lead; here the decisions become changes in writing order and
notices for people. All of it is pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from kbsync.diff.binding import Binding, bind
from kbsync.diff.decision import Decision, Settings, decide
from kbsync.diff.notices import conflict_notices, drift_notices, unmanaged_notice
from kbsync.diff.order import dependency_order
from kbsync.diff.publics import World, awaited, settle, survey
from kbsync.diff.removal import leaving_pages, removals
from kbsync.diff.settled import settled_entry
from kbsync.links import articles_linked, containers_linked
from kbsync.lock import Entry, Lock
from kbsync.model import Article, Folder, Kind, Object, Snapshot, Status, fields, is_published, parent_of, title_of
from kbsync.plan import Change, FieldChange, Plan


def diff(desired: Snapshot, live: Snapshot, lock: Lock, settings: Settings) -> Plan:
    """The plan that makes `live` equal to `desired` without losing anybody's edit."""
    bindings = bind(
        desired, live, lock, primary=settings.primary, portal_url=settings.portal_url, chosen=settings.chosen
    )
    certain = desired.complete and live.complete and settings.selected is None and not desired.skipped
    going = leaving_pages(bindings, live, settings.removed, certain=certain)
    world = survey(desired, live, lock, bindings, settings.portal_url, leaving=going, moving=settings.move_articles)
    outcome = settle(desired, bindings, world, settings)
    leaving = removals(bindings, _with_new_bodies(live, outcome.decisions), settings.removed, certain=certain)
    above: tuple[Object, ...] = (*desired.categories, *desired.folders)
    looked_at = _above_selected(outcome.decisions, bindings.by_key)
    containers = [
        replace(
            decide(bindings.by_key[item.key], _parent_id(item, bindings.by_key), "", settings),
            selected=item.key in looked_at or _is_selected(item.key, settings),
        )
        for item in above
    ]
    decisions = [*containers, *outcome.decisions]
    articles = _in_order(outcome.decisions, world, outcome.public, desired, settings)
    needed = {key for change in articles for key in change.opens}
    changes = (
        *(_change(one, settings) for one in containers if one.writes and _is_wanted(one, needed, settings)),
        *articles,
        *chain.from_iterable(_lock_only(one, settings) for one in decisions),
        *leaving.changes,
    )
    drift = tuple(chain.from_iterable(drift_notices(one, settings) for one in decisions))
    conflicts = (
        *chain.from_iterable(conflict_notices(one) for one in decisions),
        *leaving.conflicts,
    )
    told = {change.key for change in changes} | {notice.key for notice in (*drift, *conflicts)}
    return Plan(
        target=settings.target,
        account=settings.account,
        portal_url=settings.portal_url,
        agent_url=settings.agent_url,
        renderer=settings.renderer,
        changes=changes,
        drift=drift,
        conflicts=conflicts,
        gone=leaving.notices,
        unmanaged=tuple(unmanaged_notice(item) for item in bindings.unmanaged),
        unchanged=sum(1 for one in decisions if one.selected and one.item.key not in told),
        skipped=tuple(sorted(desired.skipped)),
        complete=desired.complete and live.complete,
        partial=settings.selected is not None,
        targets=world.targets,
        public=outcome.public,
    )


def _with_new_bodies(live: Snapshot, decisions: Iterable[Decision]) -> Snapshot:
    """What readers will see of the pages that are not removed."""
    bodies = {one.binding.id: one.body for one in decisions if one.writes and "body" in one.named("update")}
    articles = (replace(one, body=bodies.get(one.id, one.body)) for one in live.articles)
    return replace(live, articles=tuple(articles))


def _parent_id(item: Object, bindings: Mapping[str, Binding]) -> int | None:
    binding = bindings.get(str(parent_of(item)))
    return None if binding is None else binding.id


def _is_wanted(decision: Decision, needed: set[str], settings: Settings) -> bool:
    """A partial plan writes a container only where a selected article needs it, or its own file is selected."""
    if settings.selected is None:
        return True
    key = decision.item.key
    if decision.binding.live is None:
        return key in needed | settings.chosen
    return _is_selected(key, settings)


def _is_selected(container: str, settings: Settings) -> bool:
    selected = settings.selected
    return selected is None or selected(container) or selected(f"{container}/_index.md")


def _above_selected(articles: Iterable[Decision], bindings: Mapping[str, Binding]) -> set[str]:
    """The keys of the folders and categories that the selected articles lie in."""
    keys: set[str] = set()
    for one in articles:
        key = str(parent_of(one.item))
        while one.selected and key in bindings and key not in keys:
            keys.add(key)
            key = str(parent_of(bindings[key].item))
    return keys


def _change(decision: Decision, settings: Settings) -> Change:
    """The create or update that carries out `decision`, before its place in the order is known."""
    item, live = decision.item, decision.binding.live
    sent = tuple(decision.wants) if live is None else decision.named("update")
    return Change(
        action="create" if live is None else "move" if sent == ("folder",) else "update",
        kind=item.kind,
        key=item.key,
        title=title_of(item),
        why=_why(decision, sent, settings),
        language=item.language,
        id=decision.binding.id,
        parent=parent_of(item),
        category=item.category if isinstance(item, Folder) else None,
        fields=_field_changes(decision, sent),
        owned=fields(item),
        refreshed=_field_changes(decision, (name for name in decision.named("refresh") if name != "folder")),
        drifted=frozenset(decision.named("drift")),
        writes=_writes(decision, sent),
        seen="" if live is None else live.updated_at,
        source=getattr(item, "source", ""),
        primary=item.id,
        # What is created anew by choice takes the place of what the lock knew.
        drop=decision.binding.entry.key if live is None and decision.binding.entry else decision.binding.replaces,
        names=getattr(item, "names", {}),
    )


def _field_changes(decision: Decision, named: Iterable[str]) -> dict[str, FieldChange]:
    live = decision.binding.live
    have = {} if live is None else fields(live)
    wants = decision.wants
    names = tuple(named)
    changes = {name: FieldChange(have.get(name), wants[name]) for name in names if name in wants}
    if "folder" in names and live is not None:
        changes["folder"] = FieldChange(parent_of(live), parent_of(decision.item))
    return changes


def _writes(decision: Decision, sent: tuple[str, ...]) -> int:
    """The most requests it may take: what is new or unknown in the API is sent by itself (API sheet 12)."""
    author_follows = decision.binding.live is None and "author" in sent
    moves_first = "folder" in sent and len(sent) > 1
    return 1 + _unpublishes_with_content(decision, sent) + author_follows + moves_first


def _unpublishes_with_content(decision: Decision, sent: tuple[str, ...]) -> bool:
    """A live article that becomes a draft with new content is first sent its status alone (design 4)."""
    becomes_draft = "status" in sent and decision.wants.get("status") == Status.DRAFT
    return is_published(decision.binding.live) and becomes_draft and len(sent) > 1


def _why(decision: Decision, sent: tuple[str, ...], settings: Settings) -> str:
    entry, item = decision.binding.entry, decision.item
    if decision.binding.live is None:
        return "new"
    if item.key in settings.chosen:
        return "the file was chosen over what is in Freshdesk"
    if entry is None:
        return "found live with the same text; its links are completed"
    if sent == ("folder",):
        return "the file moved"
    claimed = [name for name in sent if name not in entry.sent and name != "folder"]
    if claimed and len(claimed) == len(sent):
        return f"named for the first time: {', '.join(claimed)}"
    if isinstance(item, Article) and sent == ("body",) and entry.source and entry.source == item.source:
        if entry.renderer != settings.renderer:
            return "rendered by a newer kbsync from the same text"
        return "what it links to changed: its target is public now, or no longer"
    return "the file changed"


def _in_order(
    decisions: Iterable[Decision], world: World, public: frozenset[str], desired: Snapshot, settings: Settings
) -> tuple[Change, ...]:
    """Article changes in an order in which no reader meets a dead link, with what is completed later."""
    by_key = {one.item.key: one for one in decisions if one.writes}
    opening = {key for key, one in by_key.items() if key in public and not is_published(one.binding.live)}
    leaving = {key for key, one in by_key.items() if key not in public and is_published(one.binding.live)}
    needs = {key: awaited(one, opening, world, public) for key, one in by_key.items() if key not in leaving}
    order, later = dependency_order(needs)
    linkers = tuple(sorted(needs))
    changes: list[Change] = []
    linked = _links_between(leaving, by_key, world)
    for key in (*order, *dependency_order(linked)[0]):
        decision = by_key[key]
        # A text that a person changed is not ours to complete.
        unmet = later.get(key, frozenset()) if "body" not in decision.named("drift") else frozenset()
        change = _with_body(_change(decision, settings), decision) if unmet else _change(decision, settings)
        changes.append(
            replace(
                change,
                later=unmet,
                writes=change.writes + bool(unmet),
                # A page leaves only after the pages that linked to it were written without the link.
                after=(*linkers, *sorted(linked[key])) if key in leaving else (),
                opens=(key, *world.above.get(key, ())),
                assets=desired.assets.get(key, ()),
            )
        )
    return tuple(changes)


def _with_body(change: Change, decision: Decision) -> Change:
    """A page that goes public before what it links to is sent with its text, also where only its status changes."""
    agreed = {name: one for name, one in change.refreshed.items() if name != "body"}
    return replace(change, fields={**change.fields, **_field_changes(decision, ("body",))}, refreshed=agreed)


def _links_between(leaving: set[str], by_key: Mapping[str, Decision], world: World) -> dict[str, frozenset[str]]:
    """For each page that leaves, those that leave too and link to it or to what holds it: they go first."""
    live = {key: one for key in sorted(leaving) if isinstance(one := by_key[key].binding.live, Article)}
    by_id = {one.id: key for key, one in live.items()}
    linkers: dict[str, set[str]] = {key: set() for key in live}
    within: dict[tuple[Kind, int | None], set[str]] = defaultdict(set)
    for key in live:
        for above in world.above[key]:
            within[world.targets[above].kind, world.targets[above].id].add(key)
    for key, one in live.items():
        for place in containers_linked(one.body) & within.keys():
            for other in within[place] - {key}:
                linkers[other].add(key)
        for id in articles_linked(one.body) & by_id.keys() - {one.id}:
            linkers[by_id[id]].add(key)
    return {key: frozenset(found) for key, found in linkers.items()}


def _lock_only(decision: Decision, settings: Settings) -> Iterator[Change]:
    """The adopt or refresh of a source that needs no request: only the lock learns something."""
    binding, item = decision.binding, decision.item
    if decision.writes or decision.held or not decision.selected or decision.named("conflict") or binding.live is None:
        return
    entry = settled_entry(decision, settings)
    if entry == binding.entry and binding.replaces is None:
        return
    yield Change(
        action="adopt" if binding.entry is None else "refresh",
        kind=item.kind,
        key=item.key,
        title=title_of(item),
        why=_why_noted(decision, entry),
        language=item.language,
        id=binding.id,
        parent=entry.parent,
        writes=0,
        entry=entry,
        drop=binding.replaces,
        primary=item.id,
    )


def _why_noted(decision: Decision, entry: Entry) -> str:
    before = decision.binding.entry
    if before is None:
        return "found live and equal; kbsync keeps it from now on"
    if before.path != entry.path:
        return f"the file was renamed from {before.path}"
    if before == entry and decision.binding.replaces is not None:
        return f"the lock named two for this file; {decision.binding.replaces[1]} is no longer managed"
    released = sorted(set(before.sent) - set(entry.sent))
    if released:
        return f"no longer named, the live value stays: {', '.join(released)}"
    return "here and in Freshdesk the same; noted in the lock"
