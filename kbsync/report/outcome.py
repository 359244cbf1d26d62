"""What came of an apply, as text and as JSON (design 5)."""

from __future__ import annotations

from typing import Any

from kbsync.apply import Outcome, Published
from kbsync.links import address_of
from kbsync.plan import Plan
from kbsync.planfile import plan_to_json
from kbsync.report.style import Style, counted, duration, plain

_COLOURS = {"done": "green", "failed": "red", "skipped": "yellow", "unknown": "red"}
_PAST = {
    "create": "created",
    "update": "updated",
    "move": "moved",
    "adopt": "adopted",
    "refresh": "noted",
    "unpublish": "unpublished",
    "delete": "deleted",
}


def outcome_line(outcome: Outcome, style: Style) -> str:
    """One outcome as a line of progress."""
    change = outcome.change
    done = "completed" if outcome.completed else _PAST[change.action]
    word = done if outcome.status == "done" else outcome.status
    kind = "" if change.kind == "article" else f" ({change.kind})"
    line = f"{style.paint(f'{word:<9}', _COLOURS[outcome.status])} {plain(change.title or change.key)}{kind}"
    return f"{line}: {plain(outcome.message)}" if outcome.message else line


def published_text(plan: Plan, published: Published, style: Style, links: int = 10) -> str:
    """The result: what was not done and what to do, addresses of what is new, counts, requests and time."""
    outcomes = published.applied.outcomes
    lines: list[str] = []
    for outcome in outcomes:
        if outcome.status != "done":
            lines.append(outcome_line(outcome, style))
            if outcome.hint:
                lines.append(f"    {style.paint('→', 'dim')} {plain(outcome.hint)}")
    lines += [style.paint(plain(problem), "yellow") for problem in published.problems]
    lines += _addresses(plan, outcomes, links)
    words = [f"{number} {word}" for word, number in _counts(outcomes).items() if number]
    requests = ", ".join(f"{number} {method}" for method, number in sorted(published.requests.items()))
    lines.append(f"{style.paint('Result', 'bold')}: {', '.join(words) or 'nothing to write'}")
    lines.append(f"{requests or 'no requests'}; {duration(published.seconds)}")
    if published.written_back:
        lines.append(f"ids written into {counted(len(published.written_back), 'file')}; commit them with the lock")
    return "\n".join(lines)


def published_json(plan: Plan, published: Published) -> dict[str, Any]:
    """What `apply --json` prints: the plan's head, then the outcomes and the requests by method."""
    head = plan_to_json(plan)
    outcomes = [outcome_json(plan, outcome) for outcome in published.applied.outcomes]
    return {
        **head,
        "outcomes": outcomes,
        "result": _counts(published.applied.outcomes),
        "interrupted": published.applied.interrupted,
        "problems": list(published.problems),
        "requests": dict(published.requests),
    }


def outcome_json(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    """One outcome, under the keys of its change."""
    change = outcome.change
    return {
        "action": change.action,
        "kind": change.kind,
        "key": change.key,
        "language": change.language,
        "title": change.title,
        "id": outcome.id,
        "status": outcome.status,
        "message": outcome.message,
        "hint": outcome.hint,
        "writes": outcome.writes,
        "address": None if outcome.id is None else address_of(plan.portal_url, outcome.change.kind, outcome.id),
    }


def _counts(outcomes: tuple[Outcome, ...]) -> dict[str, int]:
    return {status: sum(one.status == status for one in outcomes) for status in _COLOURS}


def _addresses(plan: Plan, outcomes: tuple[Outcome, ...], most: int) -> list[str]:
    new = [
        one
        for one in outcomes
        if one.status == "done" and one.change.action == "create" and one.change.kind == "article"
    ]
    lines = [
        f"  {plain(one.change.title)}  {address_of(plan.portal_url, 'article', one.id)}"
        for one in new[:most]
        if one.id is not None
    ]
    if len(new) > most:
        lines.append(f"  … and {counted(len(new) - most, 'more article')}")
    return lines
