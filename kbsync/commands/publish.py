"""Carry out a plan, and put on disk what came of it: the lock, and the ids in the primary target's sources."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from kbsync.apply import Applied, Conditions, Outcome, Published, apply
from kbsync.commands.prepare import Prepared
from kbsync.commands.project import Project
from kbsync.errors import KbsyncError
from kbsync.freshdesk import Freshdesk
from kbsync.journal import checkpoint_record
from kbsync.model import Kind
from kbsync.render import RENDERER_VERSION
from kbsync.source.document import Sources
from kbsync.source.splice import IdKey
from kbsync.state import journal_of, write_lock
from kbsync.workspace import read_asset, write_id

_ID_KEYS: Mapping[Kind, IdKey] = {"article": "article_id", "category": "category_id", "folder": "folder_id"}


def publish(
    project: Project,
    remote: Freshdesk,
    prepared: Prepared,
    *,
    progress: Callable[[Outcome], None] = lambda _: None,
    stop: Callable[[], bool] = lambda: False,
) -> Published:
    """Carry out the prepared plan. Whatever happens in it, the lock and the ids known by then are put on disk."""
    target = project.target
    journal = journal_of(project.root, target)
    conditions = Conditions(
        renderer=RENDERER_VERSION,
        settle_seconds=target.settle_seconds,
        timeout_seconds=target.timeout_seconds,
        hold_touched=project.config.policy.touched == "hold",
        read_at=prepared.read_at,
        stop=stop,
        progress=progress,
        read_asset=lambda path: read_asset(project.root, path),
        uploads=target.assets.store == "sandbox",
        open_intents=prepared.replay.open,
        first_number=prepared.replay.next_number,
    )
    began = time.monotonic()
    applied = apply(prepared.plan, prepared.live, prepared.lock, remote, journal, conditions)
    problems: list[str] = []
    try:
        write_lock(project.root, target, applied.lock)
        if prepared.replay.next_number > 1 or applied.outcomes:
            journal.append(checkpoint_record(applied.open))
    except (OSError, KbsyncError) as error:
        problems.append(f"the lock could not be written: {error}; the journal has it, the next run writes it")
    written = _write_ids(project, prepared.read.sources, applied, problems) if target.primary else ()
    return Published(applied, tuple(problems), written, remote.requests(), time.monotonic() - began)


def _write_ids(project: Project, sources: Sources, applied: Applied, problems: list[str]) -> tuple[str, ...]:
    """Put ids into the sources that do not name them yet, or name one that is created anew; returns the files."""
    by_path = {(entry.kind, entry.path): entry.id for entry in applied.lock.entries.values()}
    anew = {one.change.key for one in applied.outcomes if one.status == "done" and one.change.action == "create"}
    missing: list[tuple[Kind, str, int]] = []
    for document in sources.documents:
        id = by_path.get(("article", document.path))
        if id is not None and (document.article_id is None or document.path in anew) and id != document.article_id:
            missing.append(("article", document.path, id))
    for index in sources.indexes:
        for kind in ("category", "folder"):
            id = by_path.get((kind, index.directory))
            if id is not None and (index.id is None or index.directory in anew) and id != index.id:
                missing.append((kind, f"{index.directory}/_index.md", id))
    written: list[str] = []
    for kind, path, id in missing:
        try:
            write_id(project.root, path, _ID_KEYS[kind], id)
            written.append(path)
        except KbsyncError as error:
            problems.append(f"{error.message}; its id {id} is in the lock")
    return tuple(written)
