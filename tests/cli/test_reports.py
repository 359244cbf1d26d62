"""What the texts say of unusual values."""

from __future__ import annotations

from helpcentre import HOST, PORTAL

from kbsync.plan import Change, FieldChange, Plan
from kbsync.report.plan import plan_text
from kbsync.report.style import Style


def test_a_status_that_kbsync_does_not_know_is_shown_as_it_is() -> None:
    change = Change("update", "article", "a.md", "A", "x", fields={"status": FieldChange(3, 2)})
    assert "status: 3 → published" in plan_text(Plan("t", HOST, PORTAL, changes=(change,)), Style())
