"""The values that the store keeps. Each is one object in one language; what no language has is repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["category", "folder", "article"]
Role = Literal["admin", "writer", "reader"]

DRAFT, PUBLISHED = 1, 2
EVERYONE = 1


@dataclass(frozen=True, slots=True)
class Category:
    """A category (sheet 4.1) in one language. Times are whole seconds since 1970, UTC, in all rows."""

    id: int
    language: str
    name: str
    description: str | None
    visible_in_portals: tuple[int, ...]
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder (sheet 4.2) in one language; `parent_id` is None at the top of its category."""

    id: int
    language: str
    category_id: int
    parent_id: int | None
    name: str
    description: str | None
    visibility: int
    company_ids: tuple[int, ...]
    contact_segment_ids: tuple[int, ...]
    company_segment_ids: tuple[int, ...]
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Seo:
    """seo_data (sheet 4.3); None is a key that was never set."""

    meta_title: str | None = None
    meta_description: str | None = None
    meta_keywords: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """An article (sheet 4.3) in one language. A draft waits beside the live text where draft_title is set."""

    id: int
    language: str
    folder_id: int
    title: str
    body: str
    status: int
    draft_title: str | None
    draft_body: str | None
    agent_id: int
    tags: tuple[str, ...]
    seo: Seo
    thumbs_up: int
    thumbs_down: int
    hits: int
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent with a role and an API key; a revoked key leaves the agent inactive."""

    id: int
    name: str
    email: str
    role: Role
    api_key: str
    active: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to an article (sheet 7)."""

    id: int
    article_id: int
    name: str
    content_type: str
    size: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Asset:
    """A file served under /assets/."""

    path: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Settings:
    """What a reader's portal needs to know of the account."""

    portal_name: str
    portal_url: str
    primary_language: str
    supported_languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One API request. `status` is None where no reply was sent; `committed` tells if a write took effect.

    `payload` is the parsed JSON body, or the text of what is no JSON. The key itself is never kept.
    """

    index: int
    method: str
    path: str
    query: str
    status: int | None
    payload: object
    committed: bool
    agent: str | None
    at: float
    fault: str | None
