"""Whether a saved plan still holds: its premises are its `before` values and the public state of link targets.

The saved plan is compared with one made now from the same selection. What was done since is left out before
staleness is looked at, so that applying a plan twice writes nothing. What others changed elsewhere does not matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from kbsync.errors import StalePlan
from kbsync.model import Snapshot, Value, fields
from kbsync.plan import Change, FieldChange, Notice, Plan

_HINT = "make a new plan, look at it, and apply that one"


def still_to_do(saved: Plan, fresh: Plan, desired: Snapshot) -> Plan:
    """The saved plan with what was done since left out, on the ids and public states of now.

    Raises StalePlan naming every article, field, planned and current value that no longer fit.
    """
    if (saved.target, saved.account) != (fresh.target, fresh.account):
        raise StalePlan(
            f"the plan is for {saved.target} ({saved.account}), and this is {fresh.target} ({fresh.account})", _HINT
        )
    wanted = {item.key: fields(item) for item in desired.objects()}
    now = {(change.kind, change.key): change for change in fresh.changes}
    notices = {(one.kind, one.key): one for one in (*fresh.conflicts, *fresh.gone, *fresh.drift)}
    problems: list[str] = []
    todo: list[Change] = []
    for change in saved.changes:
        key = (change.kind, change.key)
        found = [*_source_moved(change, wanted), *_live_moved(change, now.get(key), notices.get(key))]
        problems += [f"{change.title or change.key} ({change.key}): {problem}" for problem in found]
        if key in now and not found:
            # The bytes are the saved ones; where a part of them is done already, only the rest is sent.
            current = now[key]
            kept = {name: change.fields.get(name, current.fields[name]) for name in current.fields}
            todo.append(replace(current, owned=change.owned, fields=kept, assets=change.assets))
    if problems:
        raise StalePlan("the plan no longer fits:\n  " + "\n  ".join(problems), _HINT)
    return replace(fresh, changes=tuple(todo), drift=saved.drift, conflicts=saved.conflicts, gone=saved.gone)


def _source_moved(change: Change, wanted: Mapping[str, Mapping[str, Value]]) -> Iterator[str]:
    if not change.owned:
        return
    now = wanted.get(change.key)
    if now is None:
        yield "its file is gone, or has an error now"
        return
    for name in sorted(change.owned.keys() | now.keys()):
        if change.owned.get(name) != now.get(name):
            yield f"{name}: planned {_shown(change.owned.get(name))}, the file now says {_shown(now.get(name))}"


def _live_moved(change: Change, now: Change | None, notice: Notice | None) -> Iterator[str]:
    if now is None:
        # Nothing left to do here means that it was done; a notice means that somebody else did something.
        if notice is not None and notice.reason != "drift":
            yield from _told(change, notice)
        return
    begun = now.owned == change.owned and now.fields.keys() <= change.fields.keys() and bool(now.fields)
    for name in sorted(now.fields.keys() | (set() if begun else change.fields.keys())):
        planned, current = change.fields.get(name), now.fields.get(name)
        if planned is None or current is None:
            yield f"{name}: planned {_shown_change(planned)}, now {_shown_change(current)}"
        elif planned.after != current.after and change.action == now.action:
            yield f"{name}: planned {_shown(planned.after)}, now {_shown(current.after)}"
        elif planned.before != current.before and change.action == now.action and not change.later:
            yield f"{name}: planned over {_shown(planned.before)}, Freshdesk now has {_shown(current.before)}"
    if not now.fields and now.action != change.action:
        yield f"planned to {change.action}, now to {now.action}: {now.why}"


def _told(change: Change, notice: Notice) -> Iterator[str]:
    told = [name for name in notice.fields if name in change.fields]
    for name in told:
        before, current = change.fields[name].before, notice.fields[name].before
        yield f"{name}: planned over {_shown(before)}, Freshdesk now has {_shown(current)}"
    if not told:
        yield notice.why


def _shown_change(change: FieldChange | None) -> str:
    return "no change" if change is None else _shown(change.after)


def _shown(value: Value | None) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
