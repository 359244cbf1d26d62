"""`kbsync restore`: put back what was live before an apply. A plan first."""

from __future__ import annotations

from dataclasses import replace

from kbsync.commands.prepare import Prepared, with_cost
from kbsync.commands.project import Project
from kbsync.diff.restoring import restoring
from kbsync.errors import UsageError
from kbsync.findings import did_you_mean
from kbsync.freshdesk import Freshdesk
from kbsync.journal import Saved
from kbsync.links import articles_linked
from kbsync.lock import Entry
from kbsync.model import Article, is_published
from kbsync.state import journal_of


def versions(project: Project, prepared: Prepared, word: str) -> tuple[Entry, tuple[Saved, ...]]:
    """The lock entry of the article named by path, id or title, and its saved versions, newest first.

    Raises UsageError where nothing of that name is known.
    """
    entry = _entry(prepared, word)
    kept = [one for one in journal_of(project.root, project.target).saved() if one.article.id == entry.id]
    return entry, tuple(reversed(kept))


def restore_plan(
    prepared: Prepared, entry: Entry, kept: tuple[Saved, ...], number: int | None, remote: Freshdesk
) -> Prepared:
    """The plan that writes version `number` back, or the newest. Raises UsageError where there is none."""
    if not kept:
        raise UsageError(f"no earlier version of {entry.path} was saved here", "versions are kept where kbsync ran")
    chosen = kept[0] if number is None else next((one for one in kept if one.number == number), None)
    if chosen is None:
        numbers = ", ".join(str(one.number) for one in kept)
        raise UsageError(f"there is no version {number} of {entry.path}", f"saved versions: {numbers}")
    live = next((article for article in prepared.live.articles if article.id == entry.id), None)
    if live is None:
        raise UsageError(f"article {entry.id} is gone from Freshdesk", "bring its file back from git and apply")
    linker = _linker(prepared, live)
    if linker is not None and is_published(live) and not is_published(chosen.article):
        raise UsageError(
            f"{entry.path} was a draft then, and {linker!r} links to it now", "take the link out there first"
        )
    plan = with_cost(restoring(prepared.plan, chosen.article, live, entry), remote)
    return replace(prepared, plan=plan)


def _linker(prepared: Prepared, live: Article) -> str | None:
    """The title of a public page that links to `live`."""
    pages = (one for one in prepared.live.articles if is_published(one) and one.id != live.id)
    return next((one.title for one in pages if live.id in articles_linked(one.body)), None)


def _entry(prepared: Prepared, word: str) -> Entry:
    articles = [entry for entry in prepared.lock.entries.values() if entry.kind == "article"]
    titles = {article.id: article.title for article in prepared.live.articles}
    found = [one for one in articles if word in (one.path, str(one.id), titles.get(one.id))]
    if len(found) != 1:
        which = "several articles are" if found else "no article is"
        known = [entry.path for entry in articles]
        raise UsageError(f"{which} called {word}{did_you_mean(word, known)}", "name it by its path or id")
    return found[0]
