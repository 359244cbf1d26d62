"""How this Freshdesk behaves where the evidence leaves it open: a switch per row of sheet section 12."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from kbsync.sandbox.wire import SandboxError


@dataclass(frozen=True, slots=True)
class Switches:
    """Numbers are the rows of sheet section 12; the default is the value that the table names first."""

    # 1: what the server does to the HTML of a write.
    html_profile: Literal["identity", "strip", "froala"] = "identity"
    # Tags that the strip and froala profiles remove with their content, beyond those of section 6.1.
    dropped_tags: tuple[str, ...] = ()
    # 2: PUT of content without status on a live article.
    content_without_status: Literal["pending_draft", "live"] = "pending_draft"
    # 3: PUT of status 1 together with other fields on a live article.
    draft_with_content: Literal["draft_beside_live", "unpublish"] = "draft_beside_live"
    # 4: which text a GET shows while a draft waits beside the live version.
    read_pending_draft: Literal["live", "draft"] = "live"
    # 5: folder_id in PUT of an article.
    move_article: Literal["400", "move"] = "400"
    # 6: DELETE of a folder or category that holds something.
    delete_non_empty: Literal["cascade", "409"] = "cascade"
    # 7: within what a folder's name is unique.
    folder_name_scope: Literal["parent", "category", "account"] = "parent"
    # 8: status of the duplicate_value refusal.
    duplicate_name: Literal["409", "400"] = "409"
    # 9: parent_folder_id sent to a plan without Flexible Hierarchy (`hierarchy` false).
    hierarchy_missing: Literal["accept", "403", "400"] = "accept"
    # 10: PUT of parent_folder_id null.
    unnest: Literal["accept", "400"] = "accept"
    # 11: page and per_page on sub-folders, language lists and search. ignore: always the whole list.
    paging_elsewhere: Literal["honour", "ignore", "reject"] = "honour"
    # 12: items on a page when no parameter is sent.
    default_page_size: Literal["30", "all"] = "30"
    # 13: limits: title and names 255 characters, bodies 500 kB.
    size_limits: Literal["unlimited", "limits"] = "unlimited"
    # 14: what happens to the case of tags.
    tags: Literal["as_sent", "lower_cased"] = "as_sent"
    # 15: seo_data in a partial PUT.
    seo_update: Literal["merge", "replace"] = "merge"
    # 16: type (create, update) and agent_id (create).
    undocumented_fields: Literal["ignore", "400"] = "ignore"
    # 17: multipart bodies on article endpoints.
    attachments: Literal["415", "accept"] = "415"
    # 18: bodies of 404, 405, 406, 415 and 429.
    error_bodies: Literal["empty", "shape_b", "html"] = "empty"
    # 19: a language that is not enabled or is the primary; also a POST of what exists (405 or 409).
    language_refusal: Literal["404_405", "409"] = "404_405"
    # 20: a translation below an untranslated parent.
    parent_translations: Literal["optional", "404", "400"] = "optional"
    # 21: status 2 from a key without the right to publish.
    publish_denied: Literal["403", "draft"] = "403"
    # 22: approval enforced: what is published through the API stays a draft.
    approval: Literal["off", "stays_draft"] = "off"
    # 23: the undocumented omnichannel keys of folders and articles in replies.
    omni_fields: Literal["off", "on"] = "off"
    # 24: the window of the rate limit.
    rate_window: Literal["minute", "hour"] = "minute"
    # 25: updated_at after a PUT that changes nothing.
    no_op_put: Literal["stays", "moves"] = "stays"
    # 26: reply for an id that was deleted.
    deleted_id: Literal["404", "403"] = "404"
    # 27: id attributes of headings in a written body.
    heading_ids: Literal["kept", "dropped", "regenerated"] = "kept"
    # 28: how long reads show the state before a write made through the API.
    read_delay_ms: int = 0
    # The plan's features (sections 4.2, 5, 4.1).
    multilingual: bool = True
    hierarchy: bool = True
    several_portals: bool = False
    # What GET /account and GET /settings/helpdesk say (1.4).
    account_domain: str = "sandbox.freshdesk.com"
    primary_language: str = "en"
    supported_languages: tuple[str, ...] = ("fr", "de")
    # Requests per window for the whole account (section 2), and how many of them others use up in each.
    rate_limit_total: int = 700
    quota_elsewhere: int = 0
    # The three rate headers; garbage: values that are no numbers.
    rate_headers: Literal["present", "absent", "garbage"] = "present"


DEFAULTS = Switches()
_TYPES = get_type_hints(Switches)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


def parse_switches(settings: Iterable[str], base: Switches = DEFAULTS) -> Switches:
    """Switches from `name=value` strings (lists separated by commas), upon `base`.

    Raises SandboxError that lists the valid names, or the valid values of the name.
    """
    values: dict[str, Any] = {}
    for setting in settings:
        name, sign, text = setting.partition("=")
        if not sign:
            raise SandboxError(f"switch {setting!r}: write it as name=value; names: {', '.join(_TYPES)}")
        values[name.strip().replace("-", "_")] = text.strip()
    return change_switches(values, base)


def change_switches(values: Mapping[str, Any], base: Switches = DEFAULTS) -> Switches:
    """`base` with some switches set, from text or from JSON values; SandboxError as `parse_switches`."""
    changes = {name: _convert(name, value) for name, value in values.items()}
    changed = dataclasses.replace(base, **changes)
    if changed.rate_limit_total < 1 or changed.quota_elsewhere < 0 or changed.read_delay_ms < 0:
        raise SandboxError("rate_limit_total must be at least 1, quota_elsewhere and read_delay_ms at least 0")
    for language in (changed.primary_language, *changed.supported_languages):
        if not _LANGUAGE.fullmatch(language):
            raise SandboxError(f"{language!r} is no language code such as fr or pt-BR")
    return changed


def switches_as_json(switches: Switches) -> dict[str, Any]:
    """The switches as a JSON object; `change_switches` reads it back."""
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in dataclasses.asdict(switches).items()
    }


def _convert(name: str, value: Any) -> Any:
    if name not in _TYPES:
        raise SandboxError(f"no switch is called {name!r}; names: {', '.join(_TYPES)}")
    wanted = _TYPES[name]
    if wanted is bool:
        return _boolean(name, value)
    if wanted is int:
        return _integer(name, value)
    if get_origin(wanted) is tuple:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
            raise SandboxError(f"switch {name}: give a list separated by commas")
        return tuple(item.strip() for item in items if item.strip())
    if wanted is str:
        return str(value)
    if str(value) not in get_args(wanted):
        raise SandboxError(f"switch {name}: {value!r} is none of {', '.join(get_args(wanted))}")
    return str(value)


def _boolean(name: str, value: Any) -> bool:
    spoken = {
        "true": True,
        "yes": True,
        "on": True,
        "1": True,
        "false": False,
        "no": False,
        "off": False,
        "0": False,
    }
    answer = spoken.get(str(value).lower())
    if answer is None:
        raise SandboxError(f"switch {name}: {value!r} is none of true, false")
    return answer


def _integer(name: str, value: Any) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise SandboxError(f"switch {name}: {value!r} is no whole number") from None
