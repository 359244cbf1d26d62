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

    Fields that a person changed and fields the reply does not report keep what was remembered.
    """
    reported = fields(reply)
    old_live = {} if before is None else before.live
    kept = {name: old_live[name] for name in change.drifted if name in old_live}
    old_sent = {} if before is None else {name: one for name, one in before.sent.items() if name in change.owned}
    ours = {name: value for name, value in sent.items() if name in change.owned and name not in change.drifted}
    agreed = {name: reported[name] for name in change.refreshed if name in reported}
    return Entry(
        kind=change.kind,
        id=id_of(reply),
        path=change.key,
        parent=before.parent if before is not None and "folder" in change.drifted else parent_id(reply),
        language=change.language,
        primary=change.primary if change.primary != reply.id else None,
        updated_at=reply.updated_at,
        sent={**old_sent, **fingerprints(agreed), **fingerprints(ours)},
        live={**old_live, **fingerprints(reported), **kept},
        source=change.source,
        names=change.names,
        renderer=renderer if change.kind == "article" else "",
    )
