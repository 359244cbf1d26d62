"""The article endpoints (sheet sections 4.3 and 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kbsync.sandbox import fields
from kbsync.sandbox.calls import Call
from kbsync.sandbox.containers import LONGEST_NAME
from kbsync.sandbox.drafts import Edit, apply_edit, changes_what_readers_see, unpublishes
from kbsync.sandbox.html_profiles import rewrite_body
from kbsync.sandbox.representation import article_json, search_json
from kbsync.sandbox.rows import DRAFT, PUBLISHED, Article, Attachment, Seo
from kbsync.sandbox.wire import Json, Reply, access_denied, json_reply, validation_failed

LONGEST_BODY = 500_000


def list_of_folder(call: Call, folder_id: int) -> Reply:
    """GET /solutions/folders/{id}/articles: drafts too, with full bodies."""
    call.folder(folder_id)
    return _page(call, folder_id, call.primary)


def list_of_folder_translated(call: Call, folder_id: int, language: str) -> Reply:
    """GET /solutions/folders/{id}/articles/{lang}"""
    call.folder(folder_id)
    return _page(call, folder_id, call.reads(language), one_language=True)


def view(call: Call, id: int) -> Reply:
    """GET /solutions/articles/{id}"""
    row = call.read(Article, id, call.primary, call.store.article(id, call.primary))
    return json_reply(200, _shown(call, row))


def view_translated(call: Call, id: int, language: str) -> Reply:
    """GET /solutions/articles/{id}/{lang}: 404 where there is no translation."""
    row = call.read(Article, id, language, call.store.article(id, call.reads(language)))
    return json_reply(200, _shown(call, row, one_language=True))


def search(call: Call) -> Reply:
    """GET /search/solutions?term=: published articles that hold every word of the term."""
    term = call.request.parameters().get("term", "")
    if not term.strip():
        raise validation_failed([("term", "missing_field")])
    words = term.lower().split()
    rows = [
        row
        for row in call.store.articles(call.primary)
        if row.status == PUBLISHED and row.id not in call.hidden and _mentions(row, words)
    ]
    return call.page(rows, lambda row: search_json(row, call.store, call.switches), documented=False, also=["term"])


def create(call: Call, folder_id: int) -> Reply:
    """POST /solutions/folders/{id}/articles: title, description and status are mandatory."""
    call.require("edit")
    call.folder(folder_id)
    row = _new_row(call, folder_id, call.primary, _checks(call, creating=True))
    row = replace(row, id=call.store.new_id())
    call.store.put_article(row)
    _attach(call, row.id)
    return call.created(f"/solutions/articles/{row.id}", _shown(call, row))


def create_translated(call: Call, id: int, language: str) -> Reply:
    """POST /solutions/articles/{id}/{lang}"""
    call.require("edit")
    base = call.article(id)
    call.creates(language, exists=call.store.article(id, language) is not None)
    call.requires_parent(translated=call.store.folder(base.folder_id, language) is not None)
    row = replace(_new_row(call, base.folder_id, language, _translation_checks(call)), id=id)
    call.store.put_article(row)
    return call.created(f"/solutions/articles/{id}/{language}", _shown(call, row, one_language=True))


def update(call: Call, id: int) -> Reply:
    """PUT /solutions/articles/{id}: partial; the rules about drafts are in `drafts`."""
    call.require("edit")
    row = call.article(id)
    fields.check_fields(call.payload, _checks(call, creating=False))
    folder_id = call.payload.get("folder_id", row.folder_id)
    if folder_id != row.folder_id and call.store.folder(folder_id, call.primary) is None:
        raise validation_failed([("folder_id", "invalid_value")])
    changed = replace(_changed(call, row), folder_id=folder_id)
    attached = _attach(call, id)
    return _saved(call, row, changed, touched=attached)


def update_translated(call: Call, id: int, language: str) -> Reply:
    """PUT /solutions/articles/{id}/{lang}: 404 where there is no translation."""
    call.require("edit")
    call.article(id)
    row = call.found(id, call.store.article(id, call.updates(language)))
    fields.check_fields(call.payload, _translation_checks(call))
    return _saved(call, row, _changed(call, row), one_language=True)


def delete(call: Call, id: int) -> Reply:
    """DELETE /solutions/articles/{id}: all translations go, for good."""
    call.require("edit")
    call.article(id)
    call.store.delete("article", id)
    return Reply(204)


def _translation_checks(call: Call) -> dict[str, fields.Check]:
    """The fields of an article that each language has (sheet 5)."""
    limited = call.switches.size_limits == "limits"
    return {
        "title": fields.name_text(LONGEST_NAME if limited else None),
        "description": fields.html_text(LONGEST_BODY if limited else None),
        "status": fields.one_of(DRAFT, PUBLISHED),
        "tags": fields.tag_list,
        "seo_data": fields.seo_object,
        "agent_id": _agent_check(call),
    }


def _checks(call: Call, *, creating: bool) -> dict[str, fields.Check]:
    checks = _translation_checks(call)
    if call.switches.undocumented_fields == "ignore":
        checks["type"] = fields.one_of(1, 2)
    elif creating:
        del checks["agent_id"]
    if not creating and call.switches.move_article == "move":
        checks["folder_id"] = fields.id_number
    return checks


def _agent_check(call: Call) -> fields.Check:
    known = {agent.id for agent in call.store.agents()}

    def check(value: Json) -> str | None:
        return fields.id_number(value) or (None if value in known else "invalid_value")

    return check


def _new_row(call: Call, folder_id: int, language: str, checks: Mapping[str, fields.Check]) -> Article:
    fields.check_fields(call.payload, checks, ["title", "description", "status"])
    author = call.agent.id
    blank = Article(0, language, folder_id, "", "", DRAFT, None, None, author, (), Seo(), 0, 0, 0, call.now, call.now)
    # On create the author is the key's owner, whatever was sent (row 16).
    return replace(_changed(call, blank), agent_id=author)


def _changed(call: Call, row: Article) -> Article:
    payload, switches = call.payload, call.switches
    body = rewrite_body(payload["description"], switches) if "description" in payload else None
    edit = Edit(payload.get("title"), body, payload.get("status"), alone=payload.keys() == {"status"})
    changed = apply_edit(row, edit, switches, held=_held(call, row, edit))
    tags = payload.get("tags", row.tags)
    if "tags" in payload and switches.tags == "lower_cased":
        tags = [tag.lower() for tag in tags]
    return replace(
        changed,
        tags=tuple(tags),
        seo=_changed_seo(row.seo, payload["seo_data"], call) if "seo_data" in payload else row.seo,
        agent_id=payload.get("agent_id", row.agent_id),
    )


def _held(call: Call, row: Article, edit: Edit) -> bool:
    """Whether publishing is silently left undone (rows 21 and 22); refuses where it is not silent."""
    if not changes_what_readers_see(row, edit, call.switches):
        return False
    if call.may("publish"):
        return call.switches.approval == "stays_draft" and not unpublishes(row, edit, call.switches)
    if call.switches.publish_denied == "403" or unpublishes(row, edit, call.switches):
        raise access_denied()
    return True


def _changed_seo(seo: Seo, sent: Mapping[str, Json], call: Call) -> Seo:
    base = seo if call.switches.seo_update == "merge" else Seo()
    keywords = sent.get("meta_keywords", base.meta_keywords)
    return Seo(
        sent.get("meta_title", base.meta_title),
        sent.get("meta_description", base.meta_description),
        None if keywords is None else tuple(keywords),
    )


def _saved(call: Call, row: Article, changed: Article, *, touched: bool = False, one_language: bool = False) -> Reply:
    if changed != row or touched or call.switches.no_op_put == "moves":
        changed = replace(changed, updated_at=call.now)
        call.store.put_article(changed)
    return json_reply(200, _shown(call, changed, one_language=one_language))


def _attach(call: Call, article_id: int) -> bool:
    for name, content_type, content in call.files:
        row = Attachment(call.store.new_id(), article_id, name, content_type, len(content), call.now)
        call.store.put_attachment(row, content)
    return bool(call.files)


def _mentions(row: Article, words: list[str]) -> bool:
    text = f"{row.title} {row.body}".lower()
    return all(word in text for word in words)


def _shown(call: Call, row: Article, *, one_language: bool = False) -> Json:
    return article_json(row, call.store, call.switches, one_language=one_language)


def _page(call: Call, folder_id: int, language: str, *, one_language: bool = False) -> Reply:
    place = (folder_id, language)
    rows = call.listed(
        call.store.articles_of(*place),
        lambda row: isinstance(row, Article) and (row.folder_id, row.language) == place,
    )
    return call.page(
        rows,
        lambda row: article_json(row, call.store, call.switches, one_language=one_language),
        documented=not one_language,
    )
