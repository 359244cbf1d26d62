"""Findings as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kbsync.findings import Finding, Severity
from kbsync.report.style import Style, counted, plain

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}
_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "note": "cyan"}


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then by place."""
    return sorted(findings, key=lambda one: (_ORDER[one.severity], one.place, one.rule))


def findings_text(findings: Sequence[Finding], style: Style, *, notes: bool = True) -> str:
    """Each finding as `file:line:col severity what`, and what to do below it."""
    lines: list[str] = []
    for one in in_order(findings):
        if one.severity == "note" and not notes:
            continue
        severity = style.paint(one.severity, _COLOURS[one.severity])
        lines.append(f"{plain(one.place)} {severity} {plain(one.message)} {style.paint(f'[{one.rule}]', 'dim')}")
        if one.hint:
            lines.append(f"    {style.paint('→', 'dim')} {plain(one.hint)}")
    return "\n".join(lines)


def counts(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity."""
    found = list(findings)
    return {f"{name}s": sum(one.severity == name for one in found) for name in _ORDER}


def counts_text(findings: Iterable[Finding]) -> str:
    """The counts in words."""
    numbers = counts(findings)
    parts = [counted(numbers[f"{name}s"], name) for name in _ORDER if numbers[f"{name}s"]]
    return ", ".join(parts) or "no findings"


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding under the keys of design 5."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "path": finding.place.path,
        "line": finding.place.line,
        "column": finding.place.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def findings_json(findings: Iterable[Finding], articles: int) -> dict[str, Any]:
    """What `check --format json` prints."""
    found = in_order(findings)
    return {
        "format": "1.0",
        "findings": [finding_json(one) for one in found],
        "summary": {**counts(found), "articles": articles},
    }
