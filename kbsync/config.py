"""`kbsync.yaml` as values (design 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class AssetStore:
    """Where local images and files are served from; an address changes with the content.

    `base-url`: `base_url` + path below the content folder + `?v=` + 8 digits of the content hash.
    `sandbox`: the sandbox keeps the files itself. `none`: a local image is an error.
    """

    store: Literal["base-url", "sandbox", "none"] = "none"
    base_url: str = ""
    verify: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A knowledge base to publish to. `api_url` ends in `/api/v2`; `portal_url` has no trailing slash."""

    name: str
    kind: Literal["sandbox", "freshdesk"]
    api_url: str
    portal_url: str
    api_key_env: str = "FRESHDESK_API_KEY"
    quota_share: float = 0.5
    timeout_seconds: float = 30.0
    settle_seconds: float = 30.0
    primary: bool = False
    move_articles: bool = False  # section 12 row 5: try `folder_id` in a PUT
    assets: AssetStore = AssetStore()
    switches: Mapping[str, str] = field(default_factory=dict)  # of an embedded sandbox


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run may do without being asked again."""

    removed: Literal["report", "unpublish", "delete"] = "report"
    max_removals: int = 5
    max_updates: int | None = None
    touched: Literal["hold", "warn"] = "hold"


@dataclass(frozen=True, slots=True)
class Rendering:
    """How Markdown becomes HTML. `templates` turns `{{ variable }}` and `{% include %}` on."""

    callouts: Literal["freshdesk", "boxes"] = "freshdesk"
    toc: bool = False
    templates: bool = False
    code_style: str = "default"
    variables: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """A project's settings. `content` is relative to the project folder, posix, no trailing slash."""

    content: str
    language: str
    default_target: str
    targets: Mapping[str, Target]
    policy: Policy = Policy()
    rendering: Rendering = Rendering()
