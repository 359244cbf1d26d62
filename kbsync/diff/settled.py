"""The lock entry of a source that needs no request: adopted, refreshed, renamed, or with a field released."""

from __future__ import annotations

from dataclasses import replace

from kbsync.diff.decision import Decision, Settings
from kbsync.fingerprint import fingerprints
from kbsync.lock import Entry
from kbsync.model import Object, fields, id_of, parent_id


def settled_entry(decision: Decision, settings: Settings) -> Entry:
    """The new entry; equal to the present one where there is nothing to note.

    A field that a person changed keeps what we remember of it, so that its drift stays visible.
    """
    live, before = decision.binding.live, decision.binding.entry
    if live is None:
        raise ValueError(f"{decision.item.key} has no live object to settle with")
    item = decision.item
    agreed = {name: decision.wants[name] for name in decision.named("refresh") if name != "folder"}
    if before is None:
        base = Entry(item.kind, id_of(live), item.key, language=item.language, live=fingerprints(fields(live)))
        base = replace(
            base,
            updated_at=live.updated_at,
            source=getattr(item, "source", ""),
            renderer=_renderer(item, settings),
        )
    else:
        have = fields(live)
        observed = fingerprints({name: have[name] for name in agreed if name in have})
        base = replace(before, live={**before.live, **observed})
        settled_touch = decision.touched and item.key in settings.accepted | settings.chosen
        if ("refresh" in decision.verdicts.values() or settled_touch) and not decision.named("drift"):
            base = replace(base, updated_at=live.updated_at)
    sent = {name: one for name, one in base.sent.items() if name in decision.wants} | fingerprints(agreed)
    place = decision.verdicts.get("folder", "refresh")
    settled_here = (before is None or place == "refresh") and not decision.by_hand
    return replace(
        base,
        path=item.key,
        names=getattr(item, "names", {}),
        sent=sent,
        parent=parent_id(live) if settled_here else base.parent,
        primary=item.id if not settings.primary and item.id is not None else base.primary,
    )


def _renderer(item: Object, settings: Settings) -> str:
    return settings.renderer if item.kind == "article" else ""
