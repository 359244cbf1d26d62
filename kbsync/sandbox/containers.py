"""What categories and folders have in common."""

from __future__ import annotations

from kbsync.sandbox import fields
from kbsync.sandbox.calls import Call
from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import RefusedError, single_fault

LONGEST_NAME = 255


def text_checks(call: Call) -> dict[str, fields.Check]:
    """The fields that a category and a folder have in each language (sheet 5)."""
    limited = call.switches.size_limits == "limits"
    return {"name": fields.name_text(LONGEST_NAME if limited else None), "description": fields.text_or_null}


def not_empty() -> RefusedError:
    """The refusal to delete what holds something (row 6)."""
    return single_fault(409, "inconsistent_state", "It still holds folders or articles.")


def delete_tree(store: Store, id: int) -> None:
    """Deletes a folder with everything below it."""
    for child in store.subfolder_ids(id):
        delete_tree(store, child)
    for article_id in store.article_ids(id):
        store.delete("article", article_id)
    store.delete("folder", id)
