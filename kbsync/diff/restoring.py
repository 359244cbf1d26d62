"""The plan that puts an earlier version of one article back."""

from __future__ import annotations

from dataclasses import replace

from kbsync.links import Link, address_of, resolve, unresolve
from kbsync.lock import Entry
from kbsync.model import Article, fields
from kbsync.plan import Change, FieldChange, Plan


def restoring(plan: Plan, earlier: Article, live: Article, entry: Entry) -> Plan:
    """A plan whose one change makes `live` equal to `earlier`; empty where it is already.

    The lock keeps what it knows: the article then shows as changed in Freshdesk, so that the next apply leaves
    the restored text alone until the file changes or somebody decides. Fields that the source does not name stay
    (P6), and links to what readers cannot open any more become text (P9).
    """
    keys = {(target.kind, target.id): key for key, target in plan.targets.items()}
    body = unresolve(earlier.body, plan.portal_url, lambda place: keys.get((place.kind, place.id)))

    def address(link: Link) -> str | None:
        target = plan.targets[link.key]
        holds = target.public and target.id is not None and link.key in plan.public
        return address_of(plan.portal_url, target.kind, target.id or 0, link.anchor) if holds else None

    have, owned = fields(live), fields(replace(earlier, body=body))
    owned = {name: one for name, one in owned.items() if name in entry.sent}
    wanted = {**owned, "body": resolve(body, address)} if "body" in owned else owned
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
        owned=owned,
        drifted=frozenset(wanted),
        seen=live.updated_at,
        source=entry.source,
        primary=entry.primary,
        names=entry.names,
    )
    return replace(
        plan, changes=(change,) if changes else (), drift=(), conflicts=(), gone=(), skipped=(), partial=True
    )
