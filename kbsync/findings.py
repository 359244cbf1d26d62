"""Findings: what is wrong, where, and what to do; one row of `RULES` for each message."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a source file: `path` relative to the project (posix), line and column from 1."""

    path: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of finding. `message` and `hint` are `str.format` templates over the values of `found`.

    An error is what a reader would meet broken, or what would make the outcome ambiguous: the article is
    left out of the plan. A warning is a probable mistake that can be published. A note is information.
    """

    severity: Severity
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: the rule's id, its severity, the place, what is wrong, and what to do."""

    rule: str
    severity: Severity
    place: Place
    message: str
    hint: str


RULES: Mapping[str, Rule] = {}


def found(rule: str, place: Place, **values: object) -> Finding:
    """The finding of `rule` at `place`, with the rule's texts filled in. Raises KeyError for an unknown rule."""
    row = RULES[rule]
    return Finding(rule, row.severity, place, row.message.format(**values), row.hint.format(**values))


def has_errors(findings: Iterable[Finding]) -> bool:
    """True if one of the findings is an error."""
    return any(finding.severity == "error" for finding in findings)


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """`; did you mean "x"?` for the nearest choice, or an empty string where none is near."""
    near = difflib.get_close_matches(word, sorted(set(choices)), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""
