"""What the lock remembers of a write."""

from __future__ import annotations

from collections.abc import Mapping

from kbsync.fingerprint import fingerprints
from kbsync.lock import Entry
from kbsync.model import Object, Value, fields, id_of, parent_id
from kbsync.plan import Change


def written_entry(
    change: Change, before: Entry | None, sent: Mapping[str, Value], reply: Object, renderer: str
) -> Entry:
    """The entry after a write: `sent` are the values really sent, `reply` is what the server made of them.

    What the source names and was not sent keeps what was remembered or agreed on: where a person changed it, also
    since the plan, that stays visible as drift.
    """
    reported = fields(reply)
    old_live = {} if before is None else before.live
    unsent = change.drifted | (change.owned.keys() - sent.keys())
    kept = {name: old_live[name] for name in unsent if name in old_live}
    agreed = {name: one.after for name, one in change.refreshed.items() if one.after is not None}
    found = {name: one.before for name, one in change.refreshed.items() if one.before is not None}
    old_sent = {} if before is None else {name: one for name, one in before.sent.items() if name in change.owned}
    ours = {name: value for name, value in sent.items() if name in change.owned and name not in change.drifted}
    return Entry(
        kind=change.kind,
        id=id_of(reply),
        path=change.key,
        parent=before.parent if before is not None and "folder" in change.drifted else parent_id(reply),
        language=change.language,
        primary=_primary(change, before, reply),
        updated_at=reply.updated_at,
        sent={**old_sent, **fingerprints(agreed), **fingerprints(ours)},
        live={**old_live, **fingerprints(reported), **kept, **fingerprints(found)},
        source=change.source,
        names=change.names,
        renderer=renderer if change.kind == "article" else "",
    )


def _primary(change: Change, before: Entry | None, reply: Object) -> int | None:
    """The primary target's id, where this is another one; what the source no longer says is kept."""
    known = change.primary if change.primary is not None else None if before is None else before.primary
    return None if known == reply.id else known
