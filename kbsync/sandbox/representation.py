"""Rows as the JSON objects of the API (sheet sections 4.1 to 4.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from kbsync.sandbox.html_tokens import spaced_text
from kbsync.sandbox.rows import Agent, Article, Attachment, Category, Folder, Seo
from kbsync.sandbox.store import Store
from kbsync.sandbox.switches import Switches
from kbsync.sandbox.wire import Json


def timestamp(seconds: int) -> str:
    """A time as the API writes it: UTC, second resolution (sheet 1.1)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def category_json(row: Category, switches: Switches) -> Json:
    """A category; visible_in_portals only where the account has several portals (4.1)."""
    portals = {"visible_in_portals": list(row.visible_in_portals)} if switches.several_portals else {}
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        **portals,
        "icon": {},
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.updated_at),
    }


def folder_json(row: Folder, store: Store, switches: Switches, *, listed: bool) -> Json:
    """A folder; in lists (`listed`) without category_id, id lists only with their visibility (4.2)."""
    omni: Json = {"icon_url": None, "tags": [], "platforms": []} if switches.omni_fields == "on" else {}
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "parent_folder_id": row.parent_id,
        **({} if listed else {"category_id": row.category_id}),
        "visibility": row.visibility,
        **_restricted_to(row),
        "articles_count": store.article_count(row.id),
        "sub_folders_count": len(store.subfolder_ids(row.id)),
        "hierarchy": hierarchy(store, row.id, row.language, switches.primary_language),
        **omni,
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.updated_at),
    }


def _restricted_to(row: Folder) -> Json:
    match row.visibility:
        case 4:
            return {"company_ids": list(row.company_ids)}
        case 6:
            return {"contact_segment_ids": list(row.contact_segment_ids)}
        case 7:
            return {"company_segment_ids": list(row.company_segment_ids)}
        case _:
            return {}


def article_json(row: Article, store: Store, switches: Switches, *, one_language: bool) -> Json:
    """An article with the key set of sheet 4.3; votes of all languages unless `one_language`."""
    folder = store.folder(row.folder_id, switches.primary_language)
    title, body = shown_text(row, switches)
    voted = [row] if one_language else store.versions(row.id)
    return {
        "id": row.id,
        "type": 1,
        "status": row.status,
        "agent_id": row.agent_id,
        "created_at": timestamp(row.created_at),
        "category_id": None if folder is None else folder.category_id,
        "folder_id": row.folder_id,
        "title": title,
        "updated_at": timestamp(row.updated_at),
        "description": body,
        "description_text": spaced_text(body),
        "seo_data": seo_json(row.seo),
        "tags": list(row.tags),
        "attachments": [attachment_json(item, store.settings().portal_url) for item in store.attachments(row.id)],
        "cloud_files": [],
        **({"platforms": []} if switches.omni_fields == "on" else {}),
        "thumbs_up": sum(version.thumbs_up for version in voted),
        "thumbs_down": sum(version.thumbs_down for version in voted),
        "hits": sum(version.hits for version in voted),
        "suggested": 0,
        "feedback_count": 0,
        "hierarchy": hierarchy(store, row.folder_id, row.language, switches.primary_language),
    }


def shown_text(row: Article, switches: Switches) -> tuple[str, str]:
    """Title and body as a read shows them: live, or the waiting draft (row 4 of section 12)."""
    if switches.read_pending_draft == "draft" and row.draft_title is not None:
        return row.draft_title, row.draft_body or ""
    return row.title, row.body


def seo_json(seo: Seo) -> Json:
    """seo_data as read: keywords as one string; unset is two empty strings and no keywords (4.3)."""
    keywords = {"meta_keywords": ",".join(seo.meta_keywords)} if seo.meta_keywords else {}
    return {"meta_title": seo.meta_title or "", "meta_description": seo.meta_description or "", **keywords}


def attachment_json(row: Attachment, host: str) -> Json:
    """An attachment of an article, its address signed for 300 seconds by the looks (sheet 7)."""
    return {
        "id": row.id,
        "name": row.name,
        "content_type": row.content_type,
        "size": row.size,
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.created_at),
        "attachment_url": f"{host}/assets/attachments/{row.id}?X-Amz-Expires=300",
    }


def hierarchy(store: Store, folder_id: int | None, language: str, primary: str) -> Json:
    """From the category down to the folder; names in the language, else in the primary one (4.2, 5)."""
    folders: list[Folder] = []
    while folder_id is not None:
        folder = store.folder(folder_id, language) or store.folder(folder_id, primary)
        if folder is None:
            break
        folders.insert(0, folder)
        folder_id = folder.parent_id
    if not folders:
        return []
    category_id = folders[0].category_id
    category = store.category(category_id, language) or store.category(category_id, primary)
    rows: list[Category | Folder] = [*([category] if category else []), *folders]
    return [
        {
            "level": level,
            "type": "category" if isinstance(row, Category) else "folder",
            "data": {"id": row.id, "name": row.name, "language": row.language},
        }
        for level, row in enumerate(rows)
    ]


def search_json(row: Article, store: Store, switches: Switches) -> Json:
    """A search result, which has other keys than an article (sheet 4.3)."""
    path = hierarchy(store, row.folder_id, row.language, switches.primary_language)
    folder = store.folder(row.folder_id, switches.primary_language)
    languages = (switches.primary_language, *switches.supported_languages)
    return {
        "id": row.id,
        "type": 1,
        "status": row.status,
        "agent_id": row.agent_id,
        "title": row.title,
        "description": row.body,
        "description_text": spaced_text(row.body),
        "path": f"{row.id}-{slug(row.title)}",
        "language_id": languages.index(row.language) + 1 if row.language in languages else 0,
        "category_id": None if folder is None else folder.category_id,
        "category_name": path[0]["data"]["name"] if path else None,
        "folder_id": row.folder_id,
        "folder_name": path[-1]["data"]["name"] if path else None,
        "folder_visibility": None if folder is None else folder.visibility,
        "hierarchy": path,
        "created_at": timestamp(row.created_at),
        "modified_at": timestamp(row.updated_at),
        "modified_by": row.agent_id,
    }


def slug(title: str) -> str:
    """The readable end of an article's address (sheet 9): lower case, anything else becomes a dash."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower())


def agent_json(row: Agent) -> Json:
    """An agent (sheet 1.4)."""
    return {
        "id": row.id,
        "available": True,
        "occasional": False,
        "ticket_scope": 1,
        "scope": 1,
        "role_ids": [{"admin": 1, "writer": 2, "reader": 3}[row.role]],
        "contact": {"name": row.name, "email": row.email, "active": row.active},
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.created_at),
    }
