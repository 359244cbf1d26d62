"""What a write makes of an article: the live text, the draft beside it, and which of them readers see.

Pure rules of sheet sections 4.3 and 8; rows 2, 3, 21 and 22 of section 12 decide where the sheet is open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kbsync.sandbox.rows import DRAFT, PUBLISHED, Article
from kbsync.sandbox.switches import Switches


@dataclass(frozen=True, slots=True)
class Edit:
    """The text and status fields of a write; None is a field that was not sent.

    `alone` tells that status was the only field of all.
    """

    title: str | None = None
    body: str | None = None
    status: int | None = None
    alone: bool = False

    @property
    def has_text(self) -> bool:
        """Whether the write carries title or body."""
        return self.title is not None or self.body is not None


def changes_what_readers_see(row: Article, edit: Edit, switches: Switches) -> bool:
    """Whether the write needs the right to publish."""
    if edit.status == PUBLISHED:
        return True
    return unpublishes(row, edit, switches) or (
        row.status == PUBLISHED and edit.status is None and edit.has_text and switches.content_without_status == "live"
    )


def unpublishes(row: Article, edit: Edit, switches: Switches) -> bool:
    """Whether the write takes a live article from readers."""
    asked = row.status == PUBLISHED and edit.status == DRAFT
    return asked and (edit.alone or switches.draft_with_content == "unpublish")


def apply_edit(row: Article, edit: Edit, switches: Switches, *, held: bool = False) -> Article:
    """The article after the write. `held`: publishing is asked for, but silently not done (rows 21, 22)."""
    if row.status == DRAFT:
        status = PUBLISHED if edit.status == PUBLISHED and not held else DRAFT
        return replace(_with_text(row, edit), status=status)
    if unpublishes(row, edit, switches):
        return replace(_with_text(publish_draft(row), edit), status=DRAFT)
    if edit.alone and not held:
        return publish_draft(row)
    if not edit.has_text:
        return row
    if not held and changes_what_readers_see(row, edit, switches):
        # Published text replaces the draft too: what a person had begun is lost, as a client must fear.
        return drop_draft(_with_text(row, edit))
    return _with_draft(row, edit)


def publish_draft(row: Article) -> Article:
    """The waiting draft becomes the text, if there is one."""
    if row.draft_title is None:
        return row
    return drop_draft(replace(row, title=row.draft_title, body=row.draft_body or ""))


def drop_draft(row: Article) -> Article:
    """Without the waiting draft."""
    return replace(row, draft_title=None, draft_body=None)


def _with_text(row: Article, edit: Edit) -> Article:
    title = row.title if edit.title is None else edit.title
    return replace(row, title=title, body=row.body if edit.body is None else edit.body)


def _with_draft(row: Article, edit: Edit) -> Article:
    base = row if row.draft_title is None else publish_draft(row)
    drafted = _with_text(base, edit)
    return replace(row, draft_title=drafted.title, draft_body=drafted.body)
