"""Read, render, plan: the same way for `check`, `plan`, `status` and `apply`; only `apply` goes on from here."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kbsync.commands.project import Project, Reporter
from kbsync.diff import Settings, diff, still_to_do
from kbsync.errors import LimitRefused, StalePlan, UsageError
from kbsync.findings import Finding, Place, did_you_mean, found, has_errors
from kbsync.freshdesk import Freshdesk
from kbsync.journal import Replay, recovered
from kbsync.lock import Lock, require_account
from kbsync.model import Article, Snapshot
from kbsync.plan import Cost, Plan, Selection
from kbsync.planfile import digest, format_plan, parse_plan
from kbsync.render import RENDERER_VERSION, AssetFile, Facts, render_project
from kbsync.source.document import Sources
from kbsync.state import journal_of, read_lock
from kbsync.workspace import asset_facts, lock_path, read_sources, read_text, write_atomic

EVERYTHING = Selection()


@dataclass(frozen=True, slots=True)
class Read:
    """The sources and what they ask for, with every finding of reading and rendering."""

    sources: Sources
    desired: Snapshot
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan and everything it was made from; `read_at` is when reading live began (monotonic).

    `saved` is the plan as it was saved, where `plan` is what is left of it to do.
    """

    read: Read
    live: Snapshot
    lock: Lock
    replay: Replay
    plan: Plan
    read_at: float
    settings: Settings
    saved: Plan | None = None


def read_project(project: Project) -> Read:
    """Everything that can be known offline, sources with errors left out of `desired`."""
    sources = read_sources(project.root, project.config)
    desired = render_project(sources, project.config, project.target, facts_of(project, sources))
    return Read(sources, desired.snapshot, tuple(dict.fromkeys((*sources.findings, *desired.findings))))


def prepare(
    project: Project,
    remote: Freshdesk,
    reporter: Reporter,
    selection: Selection = EVERYTHING,
    on_conflict: Literal["skip", "local"] = "skip",
) -> Prepared:
    """The plan for `remote`. Reading live goes on while the sources are rendered.

    Raises RemoteError, LockError, and UsageError where the selection names nothing.
    """
    require_account(read_lock(project.root, project.target, remote.account), remote.account, _lock_name(project))
    reporter.stage(f"Reading {project.config.content}/ and {remote.account}")
    read_at = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(remote.snapshot)
        read = read_project(project)
        live = reading.result()
    replay = journal_of(project.root, project.target).read()
    lock = recovered(read_lock(project.root, project.target, remote.account), replay)
    _require_match(selection, read)
    read = _with_authors(read, lock, remote)
    settings = _settings(project, remote, selection, on_conflict, replay)
    plan = with_cost(diff(read.desired, live, lock, settings), remote)
    plan = replace(plan, errored=has_errors(read.findings), selection=selection, on_conflict=on_conflict)
    return Prepared(read, live, lock, replay, plan, read_at, settings)


def with_cost(plan: Plan, remote: Freshdesk) -> Plan:
    """The plan with what it takes: its writes, the requests that reading took, seconds by the limits known now."""
    writes = sum(change.writes for change in plan.changes)
    reads = sum(remote.requests().values())
    return replace(plan, cost=Cost(writes, reads, round(remote.estimate(writes))))


def choose(prepared: Prepared, keys: frozenset[str], remote: Freshdesk) -> Prepared:
    """The same again, where for `keys` the file is chosen over anything live; nothing else is looked at."""
    return _again(prepared, keys, remote, replace(prepared.settings, chosen=keys))


def accept(prepared: Prepared, keys: frozenset[str], remote: Freshdesk) -> Prepared:
    """The same again for `keys` alone, where a rewrite of the markup alone is taken as it is.

    Nothing is sent: what else changed in the files is for the next apply.
    """
    again = _again(prepared, keys, remote, replace(prepared.settings, accepted=keys))
    noted = replace(again.plan, changes=tuple(change for change in again.plan.changes if not change.writes))
    return replace(again, plan=with_cost(noted, remote))


def _again(prepared: Prepared, keys: frozenset[str], remote: Freshdesk, settings: Settings) -> Prepared:
    settings = replace(settings, selected=keys.__contains__)
    plan = with_cost(diff(prepared.read.desired, prepared.live, prepared.lock, settings), remote)
    return replace(prepared, plan=replace(plan, selection=Selection(paths=tuple(sorted(keys)))), settings=settings)


def prepare_saved(project: Project, remote: Freshdesk, reporter: Reporter, file: Path) -> Prepared:
    """The saved plan in `file`, checked against what is here and live now, ready to be carried out.

    Raises UsageError for a file that is no plan, StalePlan where its premises no longer hold.
    """
    saved = parse_plan(read_text(file), file.name)
    prepared = prepare(project, remote, reporter, saved.selection, saved.on_conflict)
    plan = still_to_do(saved, prepared.plan, prepared.read.desired)
    return replace(prepared, plan=with_cost(plan, remote), saved=saved)


def plan_file(paths: tuple[str, ...]) -> Path | None:
    """The saved plan that is meant by the arguments of `apply`: one file that is no article."""
    if len(paths) != 1 or paths[0].endswith(".md"):
        return None
    file = Path(paths[0])
    return file if file.is_file() or file.suffix == ".json" else None


def save_plan(plan: Plan, file: Path) -> None:
    """Write a plan to `file`, whole or not at all. Raises UsageError where that fails."""
    try:
        write_atomic(file, format_plan(plan).encode("utf-8"))
    except OSError as error:
        raise UsageError(f"the plan cannot be saved to {file}: {error.strerror}", "give another path") from None


def require_digest(plan: Plan, expected: str | None) -> None:
    """Raises StalePlan where the plan is not the one that was reviewed."""
    if expected is not None and digest(plan) != expected:
        raise StalePlan(
            f"this is not the plan expected: its digest is {digest(plan)}, not {expected}",
            "something moved since the review; look at the new plan",
        )


def require_limits(plan: Plan, project: Project) -> None:
    """Raises LimitRefused where the plan is larger than the policy allows, with the numbers and the flag."""
    policy = project.config.policy
    counts = (
        ("removals", sum(change.action in {"unpublish", "delete"} for change in plan.changes), policy.max_removals),
        ("updates", sum(change.action in {"update", "move"} for change in plan.changes), policy.max_updates),
    )
    for name, count, most in counts:
        if most is not None and count > most:
            raise LimitRefused(
                f"the plan has {count} {name}, and policy.max_{name} allows {most}",
                "look at the plan; if it is right, repeat with --force-limits",
            )


def _require_match(selection: Selection, read: Read) -> None:
    """Raises UsageError for a path that names no source: a typing error must not look like "nothing to do"."""
    keys = [item.key for item in read.desired.objects()] + sorted(read.desired.skipped)
    for path in selection.paths:
        if not any(key == path or key.startswith(f"{path}/") for key in keys):
            raise UsageError(
                f"{path} names no article or folder{did_you_mean(path, keys)}", "give a path in the project"
            )
    if selection and not any(selection.takes(key) for key in keys):
        raise UsageError("the selection names no article", 'patterns match whole paths, such as "content/Billing/*"')


def facts_of(project: Project, sources: Sources) -> Facts:
    """What rendering asks of local files; None for a path at which there is no file below the content folder."""

    def facts(path: str) -> AssetFile | None:
        return AssetFile(*asset_facts(project.root, path)) if path in sources.files else None

    return facts


def _settings(
    project: Project, remote: Freshdesk, selection: Selection, on_conflict: Literal["skip", "local"], replay: Replay
) -> Settings:
    target, policy = project.target, project.config.policy
    return Settings(
        target=target.name,
        account=remote.account,
        portal_url=target.portal_url,
        agent_url=project.agent_url,
        renderer=RENDERER_VERSION,
        primary=target.primary,
        move_articles=target.move_articles,
        removed=policy.removed,
        touched=policy.touched,
        on_conflict=on_conflict,
        selected=selection.takes if selection else None,
        intents={key: intent.sent for key, intent in replay.open.items()},
    )


def _with_authors(read: Read, lock: Lock, remote: Freshdesk) -> Read:
    """The articles with their authors' e-mail addresses looked up, those the lock knows without a request (P10)."""
    known: dict[str, int | None] = {name: id for entry in lock.entries.values() for name, id in entry.names.items()}
    articles: list[Article] = []
    findings: list[Finding] = []
    for article in read.desired.articles:
        if not isinstance(article.author, str):
            articles.append(article)
            continue
        if article.author not in known:
            known[article.author] = remote.agent_id(article.author)
        if (id := known[article.author]) is not None:
            articles.append(replace(article, author=id, names={article.author: id}))
        else:
            findings.append(found("unknown-author", _author_place(read.sources, article.key), email=article.author))
    if not articles and not findings:
        return read
    left_out = {finding.place.path for finding in findings}
    desired = replace(read.desired, articles=tuple(articles), skipped=read.desired.skipped | left_out)
    return replace(read, desired=desired, findings=(*read.findings, *findings))


def _author_place(sources: Sources, key: str) -> Place:
    return next(document.place("author") for document in sources.documents if document.path == key)


def _lock_name(project: Project) -> str:
    return lock_path(project.root, project.target).name
