"""JSON of the Solutions endpoints <-> the model (sheet section 4). Unknown keys are ignored on the way in.

A key that is missing is not reported: None in the model. A key that is null is reported as empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kbsync.freshdesk.reply import UnreadableError
from kbsync.model import Article, Category, Folder, Kind, Object, Value

T = TypeVar("T")
Data = Mapping[str, object]

# Model field -> key of the wire; the SEO fields are one object there, see `_seo_data`.
_KEYS: Mapping[Kind, Mapping[str, str]] = {
    "category": {"name": "name", "description": "description", "portals": "visible_in_portals"},
    "folder": {
        "name": "name",
        "description": "description",
        "visibility": "visibility",
        "companies": "company_ids",
        "contact_segments": "contact_segment_ids",
        "company_segments": "company_segment_ids",
        "parent": "parent_folder_id",
    },
    "article": {
        "title": "title",
        "body": "description",
        "status": "status",
        "tags": "tags",
        "author": "agent_id",
        "folder": "folder_id",
    },
}
_SEO = {"seo_title": "meta_title", "seo_description": "meta_description", "seo_keywords": "meta_keywords"}
_IDS = {"author", "folder", "parent"}


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder as a reply shows it, with how many articles and direct sub-folders it says to hold."""

    folder: Folder
    articles: int | None
    sub_folders: int | None

    @property
    def id(self) -> int | None:
        return self.folder.id


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent that a key belongs to (sheet 1.4)."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Helpdesk:
    """Languages of the account (sheet 1.4): the primary one, all others, and those shown on the portal."""

    primary_language: str
    supported_languages: tuple[str, ...]
    portal_languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """The account (sheet 1.4); a fact that it does not tell is empty."""

    domain: str
    data_center: str
    plan: str
    timezone: str
    organisation: str


def parse_category(value: object, language: str) -> Category:
    """A category (4.1). Raises UnreadableError."""
    data = mapping(value)
    return Category(
        name=_text(data, "name"),
        description=_optional_text(data, "description"),
        portals=_optional_ids(data, "visible_in_portals"),
        id=_id(data, "id"),
        language=language,
        updated_at=_stamp(data),
    )


def parse_folder(value: object, language: str, *, category: int | None = None, parent: int | None = None) -> FolderRow:
    """A folder (4.2). Where the reply does not say them, as in lists, `category` and `parent` are used.

    Raises UnreadableError.
    """
    data = mapping(value)
    folder = Folder(
        name=_text(data, "name"),
        category=_category_of(data, category),
        parent=_id(data, "parent_folder_id") if data.get("parent_folder_id") is not None else parent,
        description=_optional_text(data, "description"),
        visibility=_optional_int(data, "visibility"),
        companies=_optional_ids(data, "company_ids"),
        contact_segments=_optional_ids(data, "contact_segment_ids"),
        company_segments=_optional_ids(data, "company_segment_ids"),
        id=_id(data, "id"),
        language=language,
        updated_at=_stamp(data),
    )
    return FolderRow(folder, _optional_int(data, "articles_count"), _optional_int(data, "sub_folders_count"))


def parse_article(value: object, language: str, *, folder: int | None = None) -> Article:
    """An article (4.3); `folder` is that of the list it stands in. Raises UnreadableError."""
    data = mapping(value)
    seo = _parse_seo(data)
    return Article(
        title=_text(data, "title"),
        folder=folder if folder is not None and "folder_id" not in data else _id(data, "folder_id"),
        body="" if "description" in data and data["description"] is None else _text(data, "description"),
        status=_optional_int(data, "status"),
        tags=_optional_texts(data, "tags"),
        seo_title=seo[0],
        seo_description=seo[1],
        seo_keywords=seo[2],
        author=_optional_int(data, "agent_id"),
        id=_id(data, "id"),
        language=language,
        updated_at=_stamp(data),
    )


def parse_object(kind: Kind, value: object, language: str) -> Object:
    """An object that stands alone in a reply. Raises UnreadableError."""
    if kind == "category":
        return parse_category(value, language)
    if kind == "folder":
        return parse_folder(value, language).folder
    return parse_article(value, language)


def parse_agent(value: object) -> Agent:
    """An agent; the name and address stand in `contact`. Raises UnreadableError."""
    data = mapping(value)
    contact = mapping(data.get("contact") or {})
    return Agent(_id(data, "id"), _loose_text(contact, "name"), _loose_text(contact, "email"))


def parse_helpdesk(value: object) -> Helpdesk:
    """The settings of the help desk. Raises UnreadableError."""
    data = mapping(value)
    supported = _optional_texts(data, "supported_languages") or ()
    shown = _optional_texts(data, "portal_languages") or ()
    return Helpdesk(_text(data, "primary_language"), supported, shown)


def parse_account(value: object) -> Account:
    """The account. Raises UnreadableError."""
    data = mapping(value)
    names = ("account_domain", "data_center", "tier_type", "timezone", "organisation_name")
    return Account(*(_loose_text(data, name) for name in names))


def payload(kind: Kind, fields: Mapping[str, Value], live: Object | None = None) -> dict[str, object]:
    """The JSON body that writes `fields`, and nothing that was not asked for.

    Of the SEO fields all three are sent where one is, the others as `live` has them (section 12 row 15).
    Raises ValueError for a field that the kind does not have, and for an author that is no id yet.
    """
    body: dict[str, object] = {}
    for name, value in fields.items():
        if kind == "article" and name in _SEO:
            body["seo_data"] = _seo_data(fields, live)
        elif name not in _KEYS[kind]:
            raise ValueError(f"a {kind} has no field {name!r}")
        else:
            body[_KEYS[kind][name]] = _written(name, value)
    return body


def mapping(value: object) -> Data:
    """`value` as a JSON object. Raises UnreadableError."""
    if not isinstance(value, dict):
        raise UnreadableError(f"an object was expected, not {_name(value)}")
    return value


def array(value: object, name: str = "the reply") -> Sequence[object]:
    """`value`, which is called `name` in messages, as a JSON array. Raises UnreadableError."""
    if not isinstance(value, list):
        raise UnreadableError(f"{name} is {_name(value)}, not a list")
    return value


def _written(name: str, value: Value) -> object:
    if name in _IDS and not isinstance(value, int):
        raise ValueError(f"{name} must be an id here, not {value!r}")
    if isinstance(value, tuple):
        return list(value)
    return int(value) if isinstance(value, int) else value


def _seo_data(fields: Mapping[str, Value], live: Object | None) -> dict[str, object]:
    known = {name: fields.get(name, getattr(live, name, None)) for name in _SEO}
    return {_SEO[name]: _written(name, value) for name, value in known.items() if value is not None}


def _parse_seo(data: Data) -> tuple[str | None, str | None, tuple[str, ...] | None]:
    """Title, description, keywords. A key missing in a reported seo_data is unset: read as empty."""
    if "seo_data" not in data:
        return None, None, None
    seo = mapping(data["seo_data"] or {})
    keywords = seo.get("meta_keywords") or ""
    words = keywords.split(",") if isinstance(keywords, str) else _texts(keywords, "meta_keywords")
    spoken = tuple(word.strip() for word in words if word.strip())
    return _loose_text(seo, "meta_title"), _loose_text(seo, "meta_description"), spoken


def _category_of(data: Data, listed: int | None) -> int:
    if data.get("category_id") is not None:
        return _id(data, "category_id")
    if listed is not None:
        return listed
    for step in array(data.get("hierarchy") or [], "hierarchy"):
        if mapping(step).get("type") == "category":
            return _id(mapping(mapping(step).get("data")), "id")
    raise UnreadableError("the folder does not say its category")


def _id(data: Data, key: str) -> int:
    value = data.get(key)
    if not _is_int(value) or not isinstance(value, int) or value <= 0:
        raise UnreadableError(f"{key} is {_name(value)}, not an id")
    return value


def _text(data: Data, key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise UnreadableError(f"{key} is {_name(value)}, not a text")
    return value


def _loose_text(data: Data, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _optional_text(data: Data, key: str) -> str | None:
    if key not in data:
        return None
    return "" if data[key] is None else _text(data, key)


def _optional_int(data: Data, key: str) -> int | None:
    value = data.get(key)
    if value is not None and not _is_int(value):
        raise UnreadableError(f"{key} is {_name(value)}, not a number")
    return value if isinstance(value, int) else None


def _optional_ids(data: Data, key: str) -> tuple[int, ...] | None:
    if key not in data:
        return None
    values = array(data[key] or [], key)
    return tuple(_id({key: value}, key) for value in values)


def _optional_texts(data: Data, key: str) -> tuple[str, ...] | None:
    return _texts(data[key] or [], key) if key in data else None


def _texts(value: object, key: str) -> tuple[str, ...]:
    return tuple(_text({key: item}, key) for item in array(value, key))


def _stamp(data: Data) -> str:
    return _loose_text(data, "updated_at")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _name(value: object) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"
