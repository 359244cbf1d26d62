"""The plan that puts an earlier version of one article back."""

from __future__ import annotations

from dataclasses import replace

from kbsync.lock import Entry
from kbsync.model import Article, fields
from kbsync.plan import Change, FieldChange, Plan


def restoring(plan: Plan, earlier: Article, live: Article, entry: Entry) -> Plan:
    """A plan whose one change makes `live` equal to `earlier`; empty where it is already.

    The lock keeps what it knows: the article then shows as changed in Freshdesk, so that the next apply leaves
    the restored text alone until the file changes or somebody decides.
    """
    have, wanted = fields(live), fields(earlier)
    changes = {name: FieldChange(have.get(name), one) for name, one in wanted.items() if have.get(name) != one}
    change = Change(
        action="update",
        kind="article",
        key=entry.path,
        title=live.title,
        why="put back as it was before kbsync wrote it",
        language=entry.language,
        id=live.id,
        parent=entry.parent,
        fields=changes,
        owned=wanted,
        drifted=frozenset(wanted),
        seen=live.updated_at,
        source=entry.source,
        primary=entry.primary,
        names=entry.names,
    )
    return replace(
        plan, changes=(change,) if changes else (), drift=(), conflicts=(), gone=(), skipped=(), partial=True
    )
