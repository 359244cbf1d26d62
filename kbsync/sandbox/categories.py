"""The category endpoints (sheet sections 4.1 and 5)."""

from __future__ import annotations

from dataclasses import replace

from kbsync.sandbox import fields
from kbsync.sandbox.calls import Call
from kbsync.sandbox.containers import delete_tree, not_empty, text_checks
from kbsync.sandbox.representation import category_json
from kbsync.sandbox.rows import Category
from kbsync.sandbox.wire import Json, Reply, json_reply


def list_all(call: Call) -> Reply:
    """GET /solutions/categories"""
    return _page(call, call.primary)


def list_translated(call: Call, language: str) -> Reply:
    """GET /solutions/categories/{lang}: those that exist in the language."""
    return _page(call, call.reads(language), documented=False)


def view(call: Call, id: int) -> Reply:
    """GET /solutions/categories/{id}"""
    row = call.read(Category, id, call.primary, call.store.category(id, call.primary))
    return json_reply(200, _shown(call, row))


def view_translated(call: Call, id: int, language: str) -> Reply:
    """GET /solutions/categories/{id}/{lang}: 404 where there is no translation."""
    row = call.read(Category, id, language, call.store.category(id, call.reads(language)))
    return json_reply(200, _shown(call, row))


def create(call: Call) -> Reply:
    """POST /solutions/categories: the name is unique in the account."""
    call.require("manage")
    fields.check_fields(call.payload, _checks(call), ["name"])
    _refuse_taken(call, call.payload["name"], None)
    row = _changed(call, Category(call.store.new_id(), call.primary, "", None, (), call.now, call.now))
    call.store.put_category(row)
    return call.created(f"/solutions/categories/{row.id}", _shown(call, row))


def update(call: Call, id: int) -> Reply:
    """PUT /solutions/categories/{id}: partial."""
    call.require("manage")
    row = call.category(id)
    fields.check_fields(call.payload, _checks(call))
    if "name" in call.payload:
        _refuse_taken(call, call.payload["name"], id)
    return _saved(call, row)


def create_translated(call: Call, id: int, language: str) -> Reply:
    """POST /solutions/categories/{id}/{lang}"""
    call.require("manage")
    call.category(id)
    call.creates(language, exists=call.store.category(id, language) is not None)
    fields.check_fields(call.payload, text_checks(call), ["name"])
    base = call.category(id)
    blank = replace(base, language=language, description=None, created_at=call.now, updated_at=call.now)
    row = _changed(call, blank)
    call.store.put_category(row)
    return call.created(f"/solutions/categories/{id}/{language}", _shown(call, row))


def update_translated(call: Call, id: int, language: str) -> Reply:
    """PUT /solutions/categories/{id}/{lang}: 404 where there is no translation."""
    call.require("manage")
    call.category(id)
    row = call.found(id, call.store.category(id, call.updates(language)))
    fields.check_fields(call.payload, text_checks(call))
    return _saved(call, row)


def delete(call: Call, id: int) -> Reply:
    """DELETE /solutions/categories/{id}: with all translations; the contents by row 6."""
    call.require("manage")
    call.category(id)
    contents = call.store.folders_of(id, None, call.primary)
    if contents and call.switches.delete_non_empty == "409":
        raise not_empty()
    for folder in contents:
        delete_tree(call.store, folder.id)
    call.store.delete("category", id)
    return Reply(204)


def _checks(call: Call) -> dict[str, fields.Check]:
    if not call.switches.several_portals:
        return text_checks(call)
    known = [id for id, _ in call.store.names("portal")]
    return {**text_checks(call), "visible_in_portals": fields.id_list(known)}


def _refuse_taken(call: Call, name: str, own_id: int | None) -> None:
    if any(row.name == name and row.id != own_id for row in call.store.categories(call.primary)):
        raise call.duplicate_name()


def _changed(call: Call, row: Category) -> Category:
    payload = call.payload
    return replace(
        row,
        name=payload.get("name", row.name),
        description=payload.get("description", row.description),
        visible_in_portals=tuple(payload.get("visible_in_portals", row.visible_in_portals)),
    )


def _saved(call: Call, row: Category) -> Reply:
    changed = _changed(call, row)
    if changed != row or call.switches.no_op_put == "moves":
        changed = replace(changed, updated_at=call.now)
        call.store.put_category(changed)
    return json_reply(200, _shown(call, changed))


def _shown(call: Call, row: Category) -> Json:
    return category_json(row, call.switches)


def _page(call: Call, language: str, *, documented: bool = True) -> Reply:
    rows = call.listed(
        call.store.categories(language), lambda row: isinstance(row, Category) and row.language == language
    )
    return call.page(rows, lambda row: _shown(call, row), documented=documented)
