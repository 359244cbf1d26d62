"""`kbsync resolve`: which articles are to be settled."""

from __future__ import annotations

from pathlib import PurePosixPath

from kbsync.diff import REWRITTEN
from kbsync.errors import UsageError
from kbsync.findings import did_you_mean
from kbsync.plan import Notice, Plan


def disputed(plan: Plan, words: tuple[str, ...], *, every: bool, rewritten: bool = False) -> frozenset[str]:
    """The keys of the articles to settle: those named by path, id or title, or all that need it.

    `rewritten`: all of which Freshdesk only rewrote the markup (F15).

    Raises UsageError for a word that names none or several of them.
    """
    notices = [one for one in (*plan.conflicts, *plan.drift) if one.reason != "ambiguous"]
    if rewritten and not words:
        return frozenset(one.key for one in plan.drift if one.why == REWRITTEN)
    if every and not words:
        return frozenset(one.key for one in notices)
    if not words:
        raise UsageError("which article is to be settled?", "name it, or use --all or --rewritten")
    return frozenset(_named(word, notices) for word in words)


def _named(word: str, notices: list[Notice]) -> str:
    exact = {one.key for one in notices if word in (one.key, str(one.id))}
    found = exact or {one.key for one in notices if word in (one.title, PurePosixPath(one.key).stem)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise UsageError(f"several articles are called {word}", f"name it by its path: {', '.join(sorted(found))}")
    known = [one.key for one in notices]
    raise UsageError(
        f"{word} is neither in conflict nor changed in Freshdesk{did_you_mean(word, known)}", "kbsync status lists all"
    )
