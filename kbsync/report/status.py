"""Where each article stands, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kbsync.links import address_of
from kbsync.plan import Plan
from kbsync.report.style import Style, plain

_COLOURS = {"unchanged": "green", "new": "cyan", "changed": "yellow", "drift": "yellow"}


@dataclass(frozen=True, slots=True)
class Standing:
    """One article: its source, what has to happen to it, whether readers can open it, and where."""

    key: str
    title: str
    state: str
    public: bool
    id: int | None
    address: str | None
    why: str


def standings(plan: Plan, titles: dict[str, str]) -> tuple[Standing, ...]:
    """Where every article of the sources stands, in the order of their paths."""
    states: dict[str, tuple[str, str]] = dict.fromkeys(titles, ("unchanged", ""))
    states |= {one.key: ("drift", one.why) for one in plan.drift if one.kind == "article"}
    words = {"create": "new", "update": "changed", "move": "moved"}
    states |= {one.key: (words.get(one.action, one.action), one.why) for one in plan.changes if one.kind == "article"}
    states |= {one.key: (one.reason, one.why) for one in (*plan.conflicts, *plan.gone) if one.kind == "article"}
    states |= dict.fromkeys(plan.skipped, ("error", "kbsync check says why"))
    return tuple(_standing(plan, key, titles.get(key, ""), *states[key]) for key in sorted(states))


def standings_text(rows: Sequence[Standing], style: Style) -> str:
    """A line for each article: state, whether it is public, path and address."""
    lines: list[str] = []
    for row in rows:
        state = style.paint(f"{row.state:<10}", _COLOURS.get(row.state, "red"))
        public = "public" if row.public else "-     "
        lines.append(f"{state} {public}  {plain(row.key)}  {row.address or ''}".rstrip())
        if row.why and row.state not in {"new", "unchanged"}:
            lines.append(f"           {style.paint(plain(row.why), 'dim')}")
    return "\n".join(lines)


def standings_json(plan: Plan, rows: Sequence[Standing]) -> dict[str, Any]:
    """What `status --json` prints."""
    return {"format": "1.0", "target": plan.target, "articles": [asdict(row) for row in rows]}


def _standing(plan: Plan, key: str, title: str, state: str, why: str) -> Standing:
    target = plan.targets.get(key)
    id = None if target is None else target.id
    address = None if id is None else address_of(plan.portal_url, "article", id)
    return Standing(key, title, state, target is not None and target.public, id, address, why)
