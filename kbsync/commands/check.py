"""Everything that can be verified offline."""

from __future__ import annotations

from kbsync.commands.prepare import read_project
from kbsync.commands.project import Project
from kbsync.errors import UsageError
from kbsync.findings import Finding
from kbsync.plan import Selection


def check_project(project: Project, paths: tuple[str, ...] = ()) -> tuple[tuple[Finding, ...], int]:
    """Every finding below `paths` (all, where there are none), and how many articles were looked at.

    Raises UsageError for a path at which there is nothing to check.
    """
    read = read_project(project)
    selection = Selection(paths)
    keys = [document.path for document in read.sources.documents] + sorted(read.sources.broken)
    for path in paths:
        if not any(Selection((path,)).takes(key) for key in keys):
            raise UsageError(f"there is no article at {path}", "give a file or folder of the project")
    articles = sum(selection.takes(key) for key in dict.fromkeys(keys))
    return tuple(one for one in read.findings if selection.takes(one.place.path)), articles
