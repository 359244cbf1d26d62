"""What a plan tells people: drift, conflicts, and what kbsync does not manage. The one place of these texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kbsync.diff.decision import Decision, Settings, is_rewrite
from kbsync.links import move_instruction
from kbsync.model import Object, fields, parent_of, title_of
from kbsync.plan import FieldChange, Notice, Reason

_CONFLICT_HINT = (
    "kbsync resolve ARTICLE --take live puts that text into the file, --take local overwrites it (saved first)"
)
TOUCHED = "touched in Freshdesk since the last apply, perhaps a waiting draft"
_TOUCHED_HINT = "publish or discard the draft in Freshdesk; then kbsync resolve ARTICLE --take live notes it"
_HELD_HINT = "publish or discard the draft in Freshdesk, or write over it with kbsync resolve ARTICLE --take local"
_DRIFT_HINT = "kbsync resolve ARTICLE --take live brings it into the file, --take local overwrites it (saved first)"
# Also how `resolve` knows that there is nothing to bring into a file.
REWRITTEN = "Freshdesk rewrote the markup; words, links and pictures are the same"
_REWRITTEN_HINT = "kbsync resolve --rewritten --take live notes it in the lock; no file changes"
_AMBIGUOUS_HINT = "say which one it is: put its id into the front matter, or delete the others in Freshdesk"
_UNSURE_HINT = "run plan again; nothing is created on half a list"
_MISSING_HINT = "delete the file too, or publish it anew with kbsync resolve ARTICLE --take local"


def drift_notices(decision: Decision, settings: Settings) -> Iterator[Notice]:
    """What a person changed in Freshdesk and stays, and moves that have to be made there."""
    if decision.named("conflict") or decision.held or not decision.selected:
        return
    drifted = decision.named("drift")
    live = decision.binding.live
    if drifted == ("body",) and live is not None and is_rewrite(live, decision.body):
        yield _notice(decision, "drift", REWRITTEN, _REWRITTEN_HINT, drifted)
    elif drifted:
        why = f"edited in Freshdesk: {', '.join(drifted)}"
        yield _notice(decision, "drift", why, _DRIFT_HINT, drifted)
    if decision.by_hand:
        yield _notice(decision, "drift", *_move_by_hand(decision, settings))
    if decision.touched and not drifted and decision.item.key not in settings.accepted | settings.chosen:
        yield _notice(decision, "drift", TOUCHED, "" if decision.writes else _TOUCHED_HINT)


def conflict_notices(decision: Decision) -> Iterator[Notice]:
    """What needs a person's decision before anything is written."""
    state = decision.binding.state
    if not decision.selected:
        return
    if decision.held:
        yield _notice(decision, "conflict", decision.held, _HELD_HINT if decision.touched else "")
    elif state == "ambiguous":
        ids = ", ".join(str(one) for one in decision.binding.candidates)
        yield _notice(decision, "ambiguous", f"several objects in Freshdesk could be this one: {ids}", _AMBIGUOUS_HINT)
    elif state == "missing":
        yield _notice(decision, "missing", f"Freshdesk has no {decision.item.kind} {decision.item.id}", _MISSING_HINT)
    elif state == "unsure":
        yield _notice(decision, "conflict", "Freshdesk's lists changed while they were read", _UNSURE_HINT)
    elif state == "blocked":
        above = str(parent_of(decision.item))
        yield _notice(decision, "conflict", f"{above} has no certain place in Freshdesk yet", "decide that one first")
    elif fought := decision.named("conflict"):
        known = decision.binding.entry is not None
        why = "edited here and in Freshdesk" if known else "it is in Freshdesk already, with another"
        drifted = decision.named("drift")
        also = f"; in Freshdesk alone: {', '.join(drifted)}" if drifted else ""
        why = f"{why}: {', '.join(fought)}{also}"
        yield _notice(decision, "conflict", why, _CONFLICT_HINT, (*fought, *drifted))


def unmanaged_notice(item: Object) -> Notice:
    """An object in Freshdesk that no source claims; kbsync never writes it (P6)."""
    return Notice("unmanaged", item.kind, "", title_of(item), "not in the sources", "", item.language, item.id)


def _move_by_hand(decision: Decision, settings: Settings) -> tuple[str, str]:
    item = decision.item
    why = f"the file moved to {parent_of(item)}, and the API is not known to move {item.kind}s"
    if item.kind != "article":
        return why, "move it in Freshdesk, under Solutions"
    return why, move_instruction(settings.agent_url, settings.portal_url, decision.binding.id or 0, decision.place)


def _notice(decision: Decision, reason: Reason, why: str, hint: str = "", names: Iterable[str] = ()) -> Notice:
    item, live = decision.item, decision.binding.live
    have = {} if live is None else fields(live)
    wants = decision.wants
    changes = {name: FieldChange(have.get(name), wants.get(name)) for name in names if name != "folder"}
    if "folder" in names and live is not None:
        changes["folder"] = FieldChange(parent_of(live), parent_of(item))
    return Notice(
        reason,
        item.kind,
        item.key,
        title_of(item),
        why,
        hint,
        item.language,
        decision.binding.id or item.id,
        changes,
    )
