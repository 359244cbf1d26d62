"""The saved earlier versions of an article, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from kbsync.html import visible_text
from kbsync.journal import Saved
from kbsync.lock import Entry
from kbsync.report.style import Style, plain

_STATUS = {1: "draft", 2: "published"}


def versions_text(entry: Entry, kept: Sequence[Saved], style: Style) -> str:
    """A line for each version, newest first: number, when it was overwritten, status, title, first words."""
    if not kept:
        return f"no earlier version of {plain(entry.path)} was saved here"
    return "\n".join(_line(one, style) for one in kept)


def versions_json(entry: Entry, kept: Sequence[Saved]) -> dict[str, Any]:
    """What `restore --list --json` prints."""
    rows = [
        {
            "version": one.number,
            "saved_at": _when(one),
            "before": one.action,
            "title": one.article.title,
            "status": one.article.status,
            "body": one.article.body,
        }
        for one in kept
    ]
    return {"format": "1.0", "key": entry.path, "id": entry.id, "versions": rows}


def _line(one: Saved, style: Style) -> str:
    number = style.paint(str(one.number), "bold")
    status = _STATUS.get(one.article.status or 0, "?")
    words = style.paint(plain(visible_text(one.article.body), 60), "dim")
    return f"{number}  {_when(one) or 'time unknown'}  {status}  {plain(one.article.title, 60)}  {words}"


def _when(one: Saved) -> str | None:
    return None if one.at is None else datetime.fromtimestamp(one.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
