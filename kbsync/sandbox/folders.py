"""The folder endpoints (sheet sections 4.2 and 5)."""

from __future__ import annotations

from dataclasses import replace

from kbsync.sandbox import fields
from kbsync.sandbox.calls import Call
from kbsync.sandbox.containers import delete_tree, not_empty, text_checks
from kbsync.sandbox.representation import folder_json
from kbsync.sandbox.rows import EVERYONE, Folder
from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import Fault400, Json, Reply, feature_missing, json_reply, validation_failed

DEEPEST = 5

# Which id list belongs to which visibility (sheet 4.2).
_RESTRICTIONS = {"company_ids": 4, "contact_segment_ids": 6, "company_segment_ids": 7}


def list_of_category(call: Call, category_id: int) -> Reply:
    """GET /solutions/categories/{id}/folders: the top level only."""
    call.category(category_id)
    return _page(call, category_id, None, call.primary)


def list_of_category_translated(call: Call, category_id: int, language: str) -> Reply:
    """GET /solutions/categories/{id}/folders/{lang}"""
    call.category(category_id)
    return _page(call, category_id, None, call.reads(language), documented=False)


def list_of_folder(call: Call, id: int) -> Reply:
    """GET /solutions/folders/{id}/subfolders: direct children."""
    return _page(call, call.folder(id).category_id, id, call.primary, documented=False)


def list_of_folder_translated(call: Call, id: int, language: str) -> Reply:
    """GET /solutions/folders/{id}/subfolders/{lang}"""
    return _page(call, call.folder(id).category_id, id, call.reads(language), documented=False)


def view(call: Call, id: int) -> Reply:
    """GET /solutions/folders/{id}"""
    row = call.read(Folder, id, call.primary, call.store.folder(id, call.primary))
    return json_reply(200, _shown(call, row))


def view_translated(call: Call, id: int, language: str) -> Reply:
    """GET /solutions/folders/{id}/{lang}: 404 where there is no translation."""
    row = call.read(Folder, id, language, call.store.folder(id, call.reads(language)))
    return json_reply(200, _shown(call, row))


def create(call: Call, category_id: int) -> Reply:
    """POST /solutions/categories/{id}/folders; a sub-folder by parent_folder_id."""
    call.require("manage")
    call.category(category_id)
    blank = _blank(call, category_id)
    fields.check_fields(call.payload, _checks(call), ["name"], _visibility_findings(call, blank))
    _check_parent(call, blank)
    row = _changed(call, blank)
    _refuse_taken(call, row)
    row = replace(row, id=call.store.new_id())
    call.store.put_folder(row)
    return call.created(f"/solutions/folders/{row.id}", _shown(call, row))


def update(call: Call, id: int) -> Reply:
    """PUT /solutions/folders/{id}: partial; re-parents by parent_folder_id (rows 9 and 10)."""
    call.require("manage")
    row = call.folder(id)
    fields.check_fields(call.payload, _checks(call), (), _visibility_findings(call, row))
    _check_parent(call, row)
    changed = _changed(call, row)
    if (changed.name, changed.parent_id) != (row.name, row.parent_id):
        _refuse_taken(call, changed)
    return _saved(call, row, changed)


def create_translated(call: Call, id: int, language: str) -> Reply:
    """POST /solutions/folders/{id}/{lang}"""
    call.require("manage")
    base = call.folder(id)
    call.creates(language, exists=call.store.folder(id, language) is not None)
    call.requires_parent(translated=_parent_translated(call, base, language))
    fields.check_fields(call.payload, text_checks(call), ["name"])
    blank = replace(base, language=language, description=None, created_at=call.now, updated_at=call.now)
    row = _changed(call, blank)
    call.store.put_folder(row)
    return call.created(f"/solutions/folders/{id}/{language}", _shown(call, row))


def update_translated(call: Call, id: int, language: str) -> Reply:
    """PUT /solutions/folders/{id}/{lang}: 404 where there is no translation."""
    call.require("manage")
    call.folder(id)
    row = call.found(id, call.store.folder(id, call.updates(language)))
    fields.check_fields(call.payload, text_checks(call))
    return _saved(call, row, _changed(call, row))


def delete(call: Call, id: int) -> Reply:
    """DELETE /solutions/folders/{id}: with all translations; the contents by row 6."""
    call.require("manage")
    call.folder(id)
    holds = call.store.subfolder_ids(id) or call.store.article_count(id)
    if holds and call.switches.delete_non_empty == "409":
        raise not_empty()
    delete_tree(call.store, id)
    return Reply(204)


def _parent_translated(call: Call, row: Folder, language: str) -> bool:
    if row.parent_id is None:
        return call.store.category(row.category_id, language) is not None
    return call.store.folder(row.parent_id, language) is not None


def _blank(call: Call, category_id: int) -> Folder:
    return Folder(0, call.primary, category_id, None, "", None, EVERYONE, (), (), (), call.now, call.now)


def _checks(call: Call) -> dict[str, fields.Check]:
    companies = [id for id, _ in call.store.names("company")]
    return {
        **text_checks(call),
        "visibility": fields.one_of(*range(1, 8)),
        "company_ids": fields.id_list(companies),
        "contact_segment_ids": fields.id_list(),
        "company_segment_ids": fields.id_list(),
        "parent_folder_id": fields.id_or_null,
    }


def _visibility_findings(call: Call, row: Folder) -> list[Fault400]:
    """Id lists only with their visibility, and such a visibility only with its ids (sheet 4.2)."""
    visibility = call.payload.get("visibility", row.visibility)
    findings: list[Fault400] = []
    for name, wanted in _RESTRICTIONS.items():
        if name in call.payload and visibility != wanted:
            findings.append((name, "incompatible_field"))
        if visibility == wanted and not call.payload.get(name, getattr(row, name)):
            findings.append((name, "missing_field"))
    return findings


def _check_parent(call: Call, row: Folder) -> None:
    if "parent_folder_id" not in call.payload:
        return
    if not call.switches.hierarchy:
        if call.switches.hierarchy_missing == "403":
            raise feature_missing("Flexible Hierarchy")
        if call.switches.hierarchy_missing == "400":
            raise validation_failed([("parent_folder_id", "invalid_field")])
    parent_id = call.payload["parent_folder_id"]
    if parent_id is None:
        if row.id and call.switches.unnest == "400":
            raise validation_failed([("parent_folder_id", "datatype_mismatch")])
        return
    if not _fits_below(call, row, parent_id):
        raise validation_failed([("parent_folder_id", "invalid_value")])


def _fits_below(call: Call, row: Folder, parent_id: int) -> bool:
    ancestors = _ancestors(call, parent_id)
    parent = call.store.folder(parent_id, call.primary)
    if parent is None or parent.category_id != row.category_id or row.id in ancestors:
        return False
    return len(ancestors) + _height(call.store, row.id) <= DEEPEST


def _ancestors(call: Call, id: int | None) -> list[int]:
    """The folder itself and those above it."""
    found: list[int] = []
    while id is not None:
        found.append(id)
        row = call.store.folder(id, call.primary)
        id = row.parent_id if row else None
    return found


def _height(store: Store, id: int) -> int:
    return 1 + max((_height(store, child) for child in store.subfolder_ids(id)), default=0)


def _refuse_taken(call: Call, row: Folder) -> None:
    """Names are unique per parent, category or account (row 7)."""
    match call.switches.folder_name_scope:
        case "parent":
            others = call.store.folders_of(row.category_id, row.parent_id, call.primary)
        case "category":
            others = [other for other in call.store.folders(call.primary) if other.category_id == row.category_id]
        case "account":
            others = call.store.folders(call.primary)
    if any(other.name == row.name and other.id != row.id for other in others):
        raise call.duplicate_name()


def _changed(call: Call, row: Folder) -> Folder:
    payload = call.payload
    return replace(
        row,
        name=payload.get("name", row.name),
        description=payload.get("description", row.description),
        visibility=payload.get("visibility", row.visibility),
        parent_id=payload.get("parent_folder_id", row.parent_id),
        company_ids=tuple(payload.get("company_ids", row.company_ids)),
        contact_segment_ids=tuple(payload.get("contact_segment_ids", row.contact_segment_ids)),
        company_segment_ids=tuple(payload.get("company_segment_ids", row.company_segment_ids)),
    )


def _saved(call: Call, row: Folder, changed: Folder) -> Reply:
    if changed != row or call.switches.no_op_put == "moves":
        changed = replace(changed, updated_at=call.now)
        call.store.put_folder(changed)
    return json_reply(200, _shown(call, changed))


def _shown(call: Call, row: Folder) -> Json:
    return folder_json(row, call.store, call.switches, listed=False)


def _page(call: Call, category_id: int, parent_id: int | None, language: str, *, documented: bool = True) -> Reply:
    place = (category_id, parent_id, language)
    rows = call.listed(
        call.store.folders_of(*place),
        lambda row: isinstance(row, Folder) and (row.category_id, row.parent_id, row.language) == place,
    )
    return call.page(rows, lambda row: folder_json(row, call.store, call.switches, listed=True), documented=documented)
