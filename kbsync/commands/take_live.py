"""`kbsync resolve --take live`: the live text of articles brought into their source files."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, replace

from kbsync.commands.prepare import Prepared, facts_of
from kbsync.commands.project import Project
from kbsync.diff import REWRITTEN, TOUCHED
from kbsync.errors import UsageError
from kbsync.importer import updated
from kbsync.links import Link, address_of, id_in_address, resolve
from kbsync.model import Article, Kind, Value
from kbsync.plan import Plan
from kbsync.render import render_document
from kbsync.source.edit import edited
from kbsync.workspace import read_asset, write_atomic


@dataclass(frozen=True, slots=True)
class Taken:
    """A source file as it is and as it would be with the live text in it. `raw` says what stays raw HTML and why."""

    path: str
    before: bytes
    after: bytes
    raw: tuple[str, ...]

    def diff(self) -> str:
        """The change of the file as a unified diff."""
        old, new = (one.decode("utf-8", "replace").splitlines() for one in (self.before, self.after))
        return "\n".join(difflib.unified_diff(old, new, self.path, self.path, n=1, lineterm=""))


def live_into_files(project: Project, prepared: Prepared, keys: frozenset[str]) -> tuple[Taken, ...]:
    """What the files of `keys` become when the live text is taken over. Writes nothing.

    Raises UsageError for what cannot be settled that way, KbsyncError where a file cannot be edited so.
    """
    plan = prepared.plan
    names: dict[str, set[str]] = {}
    for notice in (*plan.conflicts, *plan.drift):
        if notice.key in keys and notice.why not in (REWRITTEN, TOUCHED):
            if notice.kind != "article" or notice.reason == "missing" or set(notice.fields) <= {"folder"}:
                raise UsageError(f"{notice.key}: {notice.why}; that is no text to take over", notice.hint)
            names.setdefault(notice.key, set()).update(set(notice.fields) - {"folder"})
    live = {article.id: article for article in prepared.live.articles}
    return tuple(_taken(project, prepared, key, live[plan.targets[key].id], names[key]) for key in sorted(names))


def write_taken(project: Project, taken: tuple[Taken, ...]) -> None:
    """Put the new files on disk, each whole or not at all.

    Raises UsageError, before anything is written, for a file that was edited since it was read; KbsyncError.
    """
    for one in taken:
        if read_asset(project.root, one.path) != one.before:
            raise UsageError(f"{one.path} was changed meanwhile", "run kbsync resolve again; no file was written")
    for one in taken:
        write_atomic(project.root / one.path, one.after)


def _taken(project: Project, prepared: Prepared, key: str, live: Article, names: set[str]) -> Taken:
    document = next(one for one in prepared.read.sources.documents if one.path == key)
    facts = facts_of(project, prepared.read.sources)
    by_id = {(target.kind, target.id): path for path, target in prepared.plan.targets.items()}

    def render(markdown: str) -> str:
        page = render_document(
            replace(document, body=markdown), prepared.read.sources, project.config, project.target, facts
        )
        return resolve(page.html, lambda link: _address(link, prepared.plan))

    def link(address: str) -> str | None:
        return _path_of(address, prepared.plan.portal_url, by_id, posixpath.dirname(key))

    before = read_asset(project.root, key)
    imported = updated(document.body, live.body, render, link) if "body" in names else None
    fields: dict[str, Value] = {
        name: value for name in sorted(names - {"body"}) if (value := getattr(live, name)) is not None
    }
    after = edited(before, key, fields, None if imported is None else imported.markdown)
    return Taken(key, before, after, () if imported is None else imported.raw_blocks)


def _address(link: Link, plan: Plan) -> str | None:
    target = plan.targets.get(link.key)
    if target is None or target.id is None:
        return None
    return address_of(plan.portal_url, target.kind, target.id, link.anchor)


def _path_of(address: str, portal_url: str, by_id: Mapping[tuple[Kind, int | None], str], directory: str) -> str | None:
    found = id_in_address(address, portal_url)
    if found is None or (found.kind, found.id) not in by_id:
        return None
    anchor = f"#{found.anchor}" if found.anchor else ""
    return posixpath.relpath(by_id[found.kind, found.id], directory) + anchor
