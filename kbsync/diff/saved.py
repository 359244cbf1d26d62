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
from kbsync.rule import same_words

_NOTHING = FieldChange(None, None)
_SHOWN = 80  # characters of a value that a message shows
_CONTEXT = 20  # of these, how many before the first difference
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
        found = list(_source_moved(change, wanted)) or list(_live_moved(change, now.get(key), notices.get(key)))
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
    now = wanted.get(change.key)
    if not change.owned:
        if change.action in {"unpublish", "delete"} and now is not None:
            yield "its file is here again"
        return
    if now is None:
        yield "its file is gone, or has an error now"
        return
    for name in sorted(change.owned.keys() | now.keys()):
        if change.owned.get(name) != now.get(name):
            yield _moved(name, "planned", change.owned.get(name), "the file now says", now.get(name))


def _live_moved(change: Change, now: Change | None, notice: Notice | None) -> Iterator[str]:
    if now is None:
        # Nothing left to do here means that it was done; a notice means that somebody else did something.
        if notice is not None and notice.reason != "drift":
            yield from _told(change, notice)
        return
    if not now.fields and now.action != change.action:
        yield f"planned to {change.action}, now to {now.action}: {now.why}"
    begun = now.owned == change.owned and now.fields.keys() <= change.fields.keys() and bool(now.fields)
    for name in sorted(now.fields.keys() | (set() if begun else change.fields.keys())):
        planned, current = change.fields.get(name, _NOTHING), now.fields.get(name, _NOTHING)
        same_step = change.action == now.action
        if _NOTHING in (planned, current) or (planned.after != current.after and same_step):
            yield _moved(name, "planned", planned.after, "now", current.after)
        elif planned.before != current.before and same_step and not _was_begun(change, planned, current):
            yield _moved(name, "planned over", planned.before, "Freshdesk now has", current.before)


def _was_begun(change: Change, planned: FieldChange, current: FieldChange) -> bool:
    """True where live is the first of the two writes of an article whose links are completed."""
    return bool(change.later) and same_words(str(planned.after), str(current.before))


def _told(change: Change, notice: Notice) -> Iterator[str]:
    told = [name for name in notice.fields if name in change.fields]
    for name in told:
        before, current = change.fields[name].before, notice.fields[name].before
        yield _moved(name, "planned over", before, "Freshdesk now has", current)
    if not told:
        yield notice.why


def _moved(name: str, planned: str, one: Value | None, now: str, other: Value | None) -> str:
    """Both values from where they begin to differ, so that long texts can be told apart."""
    first, second = str(one), str(other)
    pairs = enumerate(zip(first, second, strict=False))
    common = next((index for index, (a, b) in pairs if a != b), min(len(first), len(second)))
    start = 0 if common < _SHOWN // 2 else common - _CONTEXT
    return f"{name}: {planned} {_from(first, start)}, {now} {_from(second, start)}"


def _from(text: str, start: int) -> str:
    part = text[start : start + _SHOWN]
    return f"{'…' if start else ''}{part!r}{'…' if start + _SHOWN < len(text) else ''}"
