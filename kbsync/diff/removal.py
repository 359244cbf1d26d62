"""What becomes of objects whose source file is gone (P8): absence is no evidence, and never enough by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kbsync.diff.binding import Bindings
from kbsync.fingerprint import is_identical, matches
from kbsync.lock import Entry
from kbsync.model import Object, Snapshot, Status, fields, is_published, title_of
from kbsync.plan import Change, FieldChange, Notice

_GONE_HINT = "delete it in Freshdesk, or set policy.removed to unpublish or delete"
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
    conflicts: list[Notice] = []
    notices: list[Notice] = []
    for entry in bindings.gone:
        item = by_id.get((entry.kind, entry.id))
        if item is None:
            changes += _forget(entry) if certain else ()
        elif _is_edited(entry, item):
            conflicts.append(
                _notice("conflict", entry, item, "its file is gone, and it was edited in Freshdesk", _EDITED_HINT)
            )
        elif certain and policy != "report" and (change := _removal(entry, item, policy)):
            changes.append(change)
        else:
            notices.append(_notice("gone", entry, item, "its file is gone", _GONE_HINT))
    return Removals(tuple(changes), tuple(conflicts), tuple(notices))


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
