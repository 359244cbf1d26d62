"""What becomes of objects whose source file is gone (P8): absence is no evidence, and never enough by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from kbsync.diff.binding import Bindings
from kbsync.diff.order import dependency_order
from kbsync.fingerprint import fingerprints, is_identical, matches
from kbsync.links import articles_linked
from kbsync.lock import Entry
from kbsync.model import Article, Object, Snapshot, Status, fields, id_of, is_published, title_of
from kbsync.plan import Change, FieldChange, Notice

_GONE_HINT = "delete it in Freshdesk, or set policy.removed to unpublish or delete"
_LINKED_HINT = "take the link out there; it goes with the next apply"
_EDITED_HINT = "bring the file back from git, or delete the article in Freshdesk yourself"


@dataclass(frozen=True, slots=True)
class Removals:
    """Changes for what policy takes away, conflicts for what a person edited, notices for the rest."""

    changes: tuple[Change, ...]
    conflicts: tuple[Notice, ...]
    notices: tuple[Notice, ...]


def removals(
    bindings: Bindings, live: Snapshot, policy: Literal["report", "unpublish", "delete"], *, certain: bool
) -> Removals:
    """What to do with everything the lock knows and no source claims.

    `certain`: every listing and every source was read whole. Without it nothing is taken away and nothing is
    forgotten, whatever the policy.
    """
    by_id = {(item.kind, item.id): item for item in live.objects()}
    changes: list[Change] = []
    taken_away: list[Change] = []
    conflicts: list[Notice] = []
    notices: list[Notice] = []
    for entry in bindings.gone:
        item = by_id.get((entry.kind, entry.id))
        if item is None:
            changes += _forget(entry) if certain else ()
        elif certain and policy == "unpublish" and (left := _has_left(entry, item)):
            changes.append(left)
        elif _is_edited(entry, item):
            conflicts.append(
                _notice("conflict", entry, item, "its file is gone, and it was edited in Freshdesk", _EDITED_HINT)
            )
        elif certain and policy != "report" and (change := _removal(entry, item, policy)):
            taken_away.append(change)
        else:
            notices.append(_notice("gone", entry, item, f"its {_source(item)} is gone", _GONE_HINT))
    safe, held = _without_linked(taken_away, live)
    notices += (
        Notice("gone", one.kind, one.key, one.title, f"its file is gone, but {linker} links to it", _LINKED_HINT,
               one.language, one.id)
        for one, linker in held
    )  # fmt: skip
    return Removals((*changes, *safe), tuple(conflicts), tuple(notices))


def _without_linked(changes: list[Change], live: Snapshot) -> tuple[list[Change], list[tuple[Change, str]]]:
    """The removals that leave no dead link on a page that stays, linkers first; and the others with a linker (P9).

    Where pages that go link to each other in a circle, one of them has to go first.
    """
    going = {change.id or 0: change for change in changes}
    linkers: dict[int, list[Article]] = {id: [] for id in going}
    for page in live.articles:
        if going and is_published(page):
            for id in articles_linked(page.body) & going.keys() - {page.id}:
                linkers[id].append(page)
    held: list[tuple[Change, str]] = []
    while linked := {
        id: staying.title for id in going if (staying := next((p for p in linkers[id] if p.id not in going), None))
    }:
        held += [(going.pop(id), title) for id, title in linked.items()]
    order, _ = dependency_order({str(id): frozenset(str(page.id) for page in linkers[id]) for id in going})
    return [going[int(id)] for id in order], held


def _has_left(entry: Entry, item: Object) -> Change | None:
    """What a run that died after its write had still to note: the page is a draft already, and else as it was."""
    have = fields(item)
    moved = [name for name, known in entry.live.items() if name in have and not matches(known, name, have[name])]
    if moved != ["status"] or have.get("status") != Status.DRAFT:
        return None
    noted = replace(entry, live={**entry.live, **fingerprints(have)}, updated_at=item.updated_at)
    return Change(
        "refresh", item.kind, entry.path, title_of(item), "its file is gone, and it is a draft",
        language=entry.language, id=entry.id, parent=entry.parent, writes=0, entry=noted,
    )  # fmt: skip


def leaving_pages(
    bindings: Bindings, live: Snapshot, policy: Literal["report", "unpublish", "delete"], *, certain: bool
) -> frozenset[int]:
    """The ids of the pages that a run may take away: nothing may count on their holding a folder open."""
    if not certain or policy == "report":
        return frozenset()
    known = {entry.id: entry for entry in bindings.gone if entry.kind == "article"}
    articles = (article for article in live.articles if article.id in known)
    return frozenset(
        entry.id
        for one in articles
        if (entry := known[id_of(one)]) and is_published(one) and not _is_edited(entry, one)
    )


def _forget(entry: Entry) -> Iterable[Change]:
    why = "gone here and in Freshdesk"
    yield Change("refresh", entry.kind, entry.path, "", why, entry.language, entry.id, writes=0, drop=entry.key)


def _removal(entry: Entry, item: Object, policy: str) -> Change | None:
    # Folders and categories are left to people: whether deleting one takes its contents along is unknown
    # (API sheet 12, row 6).
    if item.kind != "article":
        return None
    if policy == "delete":
        return _change("delete", entry, item, {}, "its file is gone and policy.removed is delete")
    if not is_published(item):
        return None
    status = {"status": FieldChange(int(Status.PUBLISHED), int(Status.DRAFT))}
    return _change("unpublish", entry, item, status, "its file is gone and policy.removed is unpublish")


def _change(
    action: Literal["unpublish", "delete"],
    entry: Entry,
    item: Object,
    changed: dict[str, FieldChange],
    why: str,
) -> Change:
    return Change(
        action=action,
        kind=item.kind,
        key=entry.path,
        title=title_of(item),
        why=why,
        language=entry.language,
        id=entry.id,
        parent=entry.parent,
        fields=changed,
        drop=entry.key if action == "delete" else None,
        seen=item.updated_at,
    )


def _is_edited(entry: Entry, item: Object) -> bool:
    have = fields(item)
    reported = [(name, known) for name, known in entry.live.items() if name in have]
    if not all(matches(known, name, have[name]) for name, known in reported):
        return True
    identical = all(is_identical(known, have[name]) for name, known in reported)
    return identical and item.kind == "article" and item.updated_at != entry.updated_at


def _notice(reason: Literal["conflict", "gone"], entry: Entry, item: Object, why: str, hint: str) -> Notice:
    return Notice(reason, item.kind, entry.path, title_of(item), why, hint, entry.language, entry.id)


def _source(item: Object) -> str:
    return "file" if item.kind == "article" else "directory"
