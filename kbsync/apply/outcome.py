"""What came of a run, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kbsync.lock import Lock
from kbsync.model import Article, Object, Value
from kbsync.plan import Change, Plan
from kbsync.rule import same_words

_STATUS_NAMES = {1: "a draft", 2: "published"}
_PUBLISH_HINT = (
    "the key's agent needs the right to publish, and no approval may be enforced; then publish it in Freshdesk,"
    " or change the article and apply again"
)

OutcomeStatus = Literal["done", "failed", "skipped", "unknown"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one change. `decision` is True where a person has to decide (exit 4).

    `completed`: this is the second write of an article, which completes links that could not hold at first.
    """

    change: Change
    status: OutcomeStatus
    message: str = ""
    hint: str = ""
    id: int | None = None
    writes: int = 0
    decision: bool = False
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcomes of a run in order, the lock after it, and whether it was stopped before its end.

    `open` holds the numbers of the journal's intents of which nobody knows yet what they did.
    """

    outcomes: tuple[Outcome, ...]
    lock: Lock
    interrupted: bool = False
    stopped: str = ""
    open: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """What came of a run. `problems` says what could not be put on disk; nothing is lost by it."""

    applied: Applied
    problems: tuple[str, ...]
    written_back: tuple[str, ...]
    requests: Mapping[str, int]
    seconds: float


def judged(
    change: Change, reply: Object, sent: Mapping[str, Value], writes: int, before: Object | None = None
) -> Outcome:
    """Done, unless the server kept another status or text than asked: told once, not tried for ever (P3)."""
    if before is not None and _keeps_old_text(before, sent, reply):
        message = "Freshdesk stored the new text, but readers still see the old one"
        return Outcome(change, "failed", message, _PUBLISH_HINT, reply.id, writes)
    asked = sent.get("status")
    kept = getattr(reply, "status", None)
    if asked is None or kept is None or asked == kept:
        return Outcome(change, "done", id=reply.id, writes=writes)
    kept_as = _STATUS_NAMES.get(kept, f"in status {kept}")
    message = f"Freshdesk stored it, but kept it {kept_as} where {_STATUS_NAMES[int(str(asked))]} was asked"
    return Outcome(change, "failed", message, _PUBLISH_HINT, reply.id, writes)


def _keeps_old_text(before: Object, sent: Mapping[str, Value], reply: Object) -> bool:
    """True where a write of other words was answered with the old ones: they wait in a draft (API sheet 12, row 21)."""
    if not isinstance(before, Article) or not isinstance(reply, Article) or "body" not in sent:
        return False
    return same_words(reply.body, before.body) and not same_words(str(sent["body"]), before.body)


def exit_code(plan: Plan, published: Published) -> int:
    """`apply`'s exit code (design 5): 130 before 7 before 4; 1 where nothing at all could be written."""
    outcomes = published.applied.outcomes
    if published.applied.interrupted:
        return 130
    done = any(outcome.status == "done" for outcome in outcomes)
    failed = any(outcome.status in {"failed", "unknown"} for outcome in outcomes)
    short = any(outcome.status == "skipped" and not outcome.decision for outcome in outcomes)
    if failed or short or published.problems or plan.errored:
        unknown = any(outcome.status == "unknown" for outcome in outcomes)
        return 7 if done or unknown or published.problems or plan.errored else 1
    return 4 if plan.conflicts or any(outcome.decision for outcome in outcomes) else 0
