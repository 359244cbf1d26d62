"""The plan: every write a run may make, and everything a person should know of (design 4 and 5).

A plan is a value. `diff` makes it, `report` shows it, `apply` carries it out; what is not in it is not written
(P2). Action names and JSON keys are a contract with tools outside this repository.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from kbsync.lock import Entry, EntryKey
from kbsync.model import Asset, Kind, Ref, Value

FORMAT = "1.0"

Action = Literal["create", "update", "move", "adopt", "refresh", "unpublish", "delete"]
Reason = Literal["conflict", "ambiguous", "missing", "drift", "gone", "unmanaged"]

ACTIONS: tuple[Action, ...] = ("create", "update", "move", "adopt", "refresh", "unpublish", "delete")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's value before and after. `before` is None on a create, and where the server reported none."""

    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do.

    `parent` and `category` are ids, or the key of an object that is created earlier in the same run.
    `fields` holds what is sent (links in `after` resolved as far as ids are known). `owned` holds all fields
    the source names, links still as placeholders: `apply` resolves them by what is true when it sends.
    `later` names the link targets that cannot hold at the first write: one more write completes them.
    `refreshed` holds the fields on which both sides already agree, so that only the lock learns of them.
    `drifted` names owned fields that a person changed; they stay, and the lock keeps remembering our version.
    `entry` is the new lock entry of a change without a write; `drop` the lock entry that goes away.
    `after` names the changes that must not have failed before this one is safe (P9). `opens` names what readers
    can open once this article is public: itself, its folders, its category.
    `seen` is the live object's `updated_at` when it was read.
    """

    action: Action
    kind: Kind
    key: str
    title: str
    why: str
    language: str = "en"
    id: int | None = None
    parent: Ref | None = None
    category: Ref | None = None
    fields: Mapping[str, FieldChange] = field(default_factory=dict)
    owned: Mapping[str, Value] = field(default_factory=dict)
    later: frozenset[str] = frozenset()
    refreshed: Mapping[str, FieldChange] = field(default_factory=dict)
    drifted: frozenset[str] = frozenset()
    writes: int = 1
    entry: Entry | None = None
    drop: EntryKey | None = None
    after: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    seen: str = ""
    source: str = ""
    primary: int | None = None
    names: Mapping[str, int] = field(default_factory=dict)
    assets: tuple[Asset, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a plan does not do but a person should know: drift, a conflict, what is gone or unmanaged.

    In `fields`, `before` is what live has and `after` what the source asks for.
    """

    reason: Reason
    kind: Kind
    key: str
    title: str
    why: str
    hint: str = ""
    language: str = "en"
    id: int | None = None
    fields: Mapping[str, FieldChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a link may lead: an object's kind, its id once it has one, and whether readers can open it."""

    kind: Kind
    id: int | None
    public: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """What a partial run looks at: paths (files or folders), and globs to take or to leave; empty means all."""

    paths: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.paths or self.only or self.leave)

    def takes(self, key: str) -> bool:
        """True if the source `key` is selected."""
        if self.paths and not any(key == path or key.startswith(f"{path}/") for path in self.paths):
            return False
        if self.only and not any(fnmatchcase(key, glob) for glob in self.only):
            return False
        return not any(fnmatchcase(key, glob) for glob in self.leave)


@dataclass(frozen=True, slots=True)
class Cost:
    """What carrying out a plan takes: requests that write, requests that read, seconds at the quota's share."""

    writes: int = 0
    reads: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does and what it leaves alone.

    `complete`: everything was read, so absence means something. `partial`: only a selection was looked at.
    `skipped`: sources left out because of an error; `errored` says whether there are findings of that severity.
    `targets`: every object of the knowledge base that links may lead to, by key, as it is before the run;
    `public`: the keys of those that readers can open once all of it is done.
    """

    target: str
    account: str
    portal_url: str
    agent_url: str = ""
    renderer: str = ""
    selection: Selection = Selection()
    on_conflict: Literal["skip", "local"] = "skip"
    changes: tuple[Change, ...] = ()
    drift: tuple[Notice, ...] = ()
    conflicts: tuple[Notice, ...] = ()
    gone: tuple[Notice, ...] = ()
    unmanaged: tuple[Notice, ...] = ()
    unchanged: int = 0
    skipped: tuple[str, ...] = ()
    complete: bool = True
    partial: bool = False
    errored: bool = False
    cost: Cost = Cost()
    targets: Mapping[str, Target] = field(default_factory=dict)
    public: frozenset[str] = frozenset()

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that send something; adopt and refresh without a write are not among them."""
        return tuple(change for change in self.changes if change.writes)

    @property
    def applyable(self) -> bool:
        """True if there is anything to write or to note down."""
        return bool(self.changes)


def summary(plan: Plan) -> dict[str, int]:
    """The counts of design 5, each an object in one language."""
    counts = dict.fromkeys((*ACTIONS, "conflict", "ambiguous", "missing"), 0)
    for change in plan.changes:
        counts[change.action] += 1
    for notice in plan.conflicts:
        counts[notice.reason] += 1
    return counts | {
        "drift": len(plan.drift),
        "gone": len(plan.gone),
        "unchanged": plan.unchanged,
        "unmanaged": len(plan.unmanaged),
        "skipped": len(plan.skipped),
    }


def exit_code(plan: Plan, *, changes_matter: bool = False) -> int:
    """`plan`'s exit code: 1 before 4 before 3, the last only where asked for; drift alone is 0 (design 5)."""
    if plan.errored:
        return 1
    if plan.conflicts:
        return 4
    return 3 if changes_matter and plan.changes else 0
