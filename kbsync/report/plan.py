"""A plan as text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from kbsync.html import visible_text
from kbsync.model import Status
from kbsync.plan import Action, Change, FieldChange, Notice, Plan, summary
from kbsync.planfile import digest
from kbsync.report.style import Style, counted, duration, plain

_SYMBOLS: dict[Action, tuple[str, str]] = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "move": (">", "yellow"),
    "adopt": ("=", "cyan"),
    "refresh": ("·", "cyan"),
    "unpublish": ("x", "magenta"),
    "delete": ("-", "red"),
}
_HEADINGS = {
    "conflict": "Needs a decision (not written)",
    "drift": "Changed in Freshdesk (left as it is)",
    "gone": "Without a file (left as it is)",
}
_DIFF_LINES = 6


def plan_text(plan: Plan, style: Style, *, verbose: bool = False) -> str:
    """The whole plan: what is written and why, what is not and what to do, and what it costs."""
    blocks = [
        *(_change_text(change, style, verbose=verbose) for change in plan.changes),
        *_notices_text("conflict", plan.conflicts, style),
        *_notices_text("drift", plan.drift, style),
        *_notices_text("gone", plan.gone, style),
        *_remarks(plan, style, verbose=verbose),
        "",
        headline(plan, style),
    ]
    return "\n".join(blocks).strip("\n")


def headline(plan: Plan, style: Style) -> str:
    """The plan in one line, and its cost in another."""
    counts = summary(plan)
    parts = [f"{counts[name]} {words}" for name, words in _WORDS if counts[name]]
    if not plan.changes and not plan.conflicts:
        parts = ["nothing to do", *parts]
    line = f"{style.paint('Plan', 'bold')} for {plain(plan.target)} ({plain(plan.account)}): {', '.join(parts)}"
    cost = plan.cost
    if not cost.writes:
        return line
    pace = f", about {duration(cost.seconds)} within kbsync's share of the quota" if cost.seconds else ""
    return f"{line}\n{counted(cost.writes, 'write')}{pace}; digest {digest(plan)}"


_WORDS = (
    ("create", "to create"),
    ("update", "to update"),
    ("move", "to move"),
    ("adopt", "to adopt"),
    ("refresh", "to note in the lock"),
    ("unpublish", "to unpublish"),
    ("delete", "to delete"),
    ("conflict", "in conflict"),
    ("ambiguous", "ambiguous"),
    ("missing", "missing in Freshdesk"),
    ("skipped", "left out because of errors"),
    ("drift", "changed in Freshdesk"),
    ("gone", "without a file"),
    ("unchanged", "unchanged"),
    ("unmanaged", "not managed"),
)


def _change_text(change: Change, style: Style, *, verbose: bool) -> str:
    symbol, colour = _SYMBOLS[change.action]
    what = style.paint(f"{symbol} {change.action:<9}", colour)
    name = style.paint(plain(change.title or change.key), "bold")
    kind = "" if change.kind == "article" else f" ({change.kind})"
    lines = [f"{what} {name}{kind}  {style.paint(plain(change.key), 'dim')}"]
    if change.action != "create":
        lines.append(f"            {plain(change.why)}")
        lines += [f"            {line}" for line in _fields_text(change.fields, style, verbose=verbose)]
    if change.later:
        what = "a page that is" if len(change.later) == 1 else f"{len(change.later)} pages that are"
        lines.append(f"            links to {what} not there yet: written twice")
    return "\n".join(lines)


def _fields_text(changes: Mapping[str, FieldChange], style: Style, *, verbose: bool) -> Iterator[str]:
    for name, change in changes.items():
        if name == "body":
            yield from _body_text(change, style, verbose=verbose)
        else:
            yield f"{name}: {_value(change.before, name)} → {_value(change.after, name)}"


def _body_text(change: FieldChange, style: Style, *, verbose: bool) -> Iterator[str]:
    lines = _changed_lines(change)
    if not lines:
        yield "body: the same words, other markup or links"
        return
    shown = lines if verbose else lines[:_DIFF_LINES]
    for line in shown:
        yield style.paint(plain(f"{line[0]} {line[1:]}", 160), "green" if line.startswith("+") else "red")
    if len(lines) > len(shown):
        yield f"… and {counted(len(lines) - len(shown), 'more changed line')} (-v shows all)"


def _notices_text(reason: str, notices: Iterable[Notice], style: Style) -> Iterator[str]:
    rows = list(notices)
    if not rows:
        return
    yield ""
    yield style.paint(_HEADINGS[reason], "bold")
    for notice in rows:
        mark = style.paint("!" if reason == "conflict" else "·", "red" if reason == "conflict" else "yellow")
        kind = "" if notice.kind == "article" else f" ({notice.kind})"
        yield f"{mark} {plain(notice.title or notice.key)}{kind}  {style.paint(plain(notice.key), 'dim')}"
        yield f"    {plain(notice.why)}"
        yield from (f"    {line}" for line in _sides_text(notice.fields, style))
        if notice.hint:
            yield f"    {style.paint('→', 'dim')} {plain(notice.hint)}"


def _sides_text(fields: Mapping[str, FieldChange], style: Style) -> Iterator[str]:
    """What Freshdesk has and what the file says, field by field, only where they differ."""
    for name, change in fields.items():
        if name != "body":
            yield f"{name}: in Freshdesk {_value(change.before, name)}, in the file {_value(change.after, name)}"
            continue
        for line in _changed_lines(change)[:_DIFF_LINES]:
            side = "in the file:     " if line.startswith("+") else "in Freshdesk:    "
            yield style.paint(plain(f"{side}{line[1:]}", 160), "green" if line.startswith("+") else "red")


def _changed_lines(change: FieldChange) -> list[str]:
    """The changed lines of a body as a reader sees it, each led by its sign."""
    before = visible_text(str(change.before or "")).split("\n")
    after = visible_text(str(change.after or "")).split("\n")
    diff = difflib.unified_diff(before, after, n=0, lineterm="")
    return [line for line in diff if not line.startswith(("---", "+++", "@@"))]


def _remarks(plan: Plan, style: Style, *, verbose: bool) -> Iterator[str]:
    remarks: list[str] = []
    if plan.partial:
        remarks.append("This is a partial plan: only what was selected was looked at, and nothing is removed.")
    if not plan.complete:
        remarks.append("Not everything could be read, so nothing is treated as gone.")
    if verbose and plan.unmanaged:
        names = ", ".join(f"{plain(one.title)} ({one.kind} {one.id})" for one in plan.unmanaged)
        remarks.append(f"Not managed by kbsync: {names}")
    for remark in remarks:
        yield ""
        yield style.paint(remark, "dim")


def _value(value: object, name: str) -> str:
    if value is None:
        return "(none)"
    if name == "status" and value in list(Status):
        return Status(int(str(value))).name.lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(plain(one, 60) for one in value) + "]"
    return plain(repr(value) if isinstance(value, str) else value, 120)
