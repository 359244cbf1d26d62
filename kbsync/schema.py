"""The shape of `kbsync.yaml`, checked by pydantic; errors come back as findings at the places of the file.

Only shapes are here. What one key means beside another is in `config.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kbsync.findings import Finding, Place, did_you_mean, found
from kbsync.source.yamlio import Node, Scalar, Table, value

SECRETS = ("api_key", "apikey", "api-key", "key", "token", "password", "secret", "username")

_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$"
_VARIABLE = r"^[A-Z][A-Z0-9_]*$"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
_Seconds = Annotated[float, Field(gt=0, le=3600)]
_Count = Annotated[int, Field(ge=0)]


class Shape(BaseModel):
    """A level of the file: unknown keys are errors, and a value is never turned into another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AssetsShape(Shape):
    """`assets`"""

    store: Literal["base-url", "sandbox", "none", "s3", "data-uri"]
    base_url: str | None = None
    verify: bool = False


class TargetShape(Shape):
    """One of `targets`"""

    kind: Literal["sandbox", "freshdesk"]
    domain: str | None = None
    url: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    portal_url: str | None = None
    api_key_env: Annotated[str, Field(pattern=_VARIABLE)] = "FRESHDESK_API_KEY"
    quota_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    timeout_seconds: _Seconds = 30.0
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    primary: bool = False
    move_articles: bool = False
    assets: AssetsShape | None = None
    switches: dict[str, str | int | float | bool] | None = None


class PolicyShape(Shape):
    """`policy`"""

    removed: Literal["report", "unpublish", "delete"] = "report"
    max_removals: _Count = 5
    max_updates: _Count | None = None
    touched: Literal["hold", "warn"] = "hold"


class RenderShape(Shape):
    """`render`"""

    callouts: Literal["freshdesk", "boxes"] = "freshdesk"
    toc: bool = False
    templates: bool = False
    code_style: str = "default"


class ProjectShape(Shape):
    """The whole file. Each target is checked on its own, so that a wrong one hides nothing of the others."""

    version: Literal[1]
    targets: Annotated[dict[Annotated[str, Field(pattern=_NAME)], Any], Field(min_length=1)]
    content: str = "content"
    language: Annotated[str, Field(pattern=_LANGUAGE)] = "en"
    default_target: str | None = None
    assets: AssetsShape | None = None
    policy: PolicyShape = PolicyShape()
    render: RenderShape = RenderShape()
    variables: dict[str, Any] = {}


_S = TypeVar("_S", bound=Shape)

# What pydantic calls a mistake -> what the value should be; {} holds pydantic's own figures.
_EXPECTED = {
    "bool_type": "true or false",
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "dict_type": '"key: value" lines below it',
    "model_type": '"key: value" lines below it',
    "model_attributes_type": '"key: value" lines below it',
    "greater_than": "greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "too_short": "at least one entry",
}
_PATTERNS = {
    _LANGUAGE: 'a language code such as "en" or "pt-BR"',
    _VARIABLE: "the name of an environment variable, in capitals",
    _NAME: "a name of letters, digits, - and _",
}


def check(shape: type[_S], node: Node, at: tuple[str, ...], file: str, problems: list[Finding]) -> _S | None:
    """`node`, which stands under the keys `at`, in the given shape, or None after findings were added."""
    try:
        return shape.model_validate(value(node))
    except ValidationError as error:
        # The input is left out: it may hold a key that was pasted into the wrong line (P12).
        for mistake in error.errors(include_url=False, include_input=False):
            problems.append(_finding(mistake, shape, node, at, file))
        return None


def key_place(node: Node, keys: tuple[str, ...]) -> Place:
    """Where the last of `keys` stands below `node`, or the nearest thing above it that is there."""
    place = node.place
    for key in keys:
        if not isinstance(node, Table):
            break
        entry = next((entry for entry in node.entries if entry[0].text == key), None)
        if entry is None:
            break
        place, node = entry[0].place, entry[1]
    return place


def _finding(mistake: Any, shape: type[Shape], node: Node, at: tuple[str, ...], file: str) -> Finding:
    keys = tuple(str(part) for part in mistake["loc"] if not str(part).startswith(("function-", "[key]")))
    kind, context = mistake["type"], mistake.get("ctx", {})
    where, last = key_place(node, keys), keys[-1] if keys else file
    level = ".".join((*at, *keys[:-1]))
    if kind == "extra_forbidden":
        if last.lower() in SECRETS:
            return found("config-secret", where, key=last)
        near = did_you_mean(last, _known(shape, keys[:-1]))
        return found("config-unknown-key", where, key=last, level=f'"{level}"' if level else file, near=near)
    if kind == "missing":
        return found("config-missing", where, key=last, level=f'"{level}"' if level else file)
    name = ".".join((*at, *keys)) or file
    if kind == "literal_error":
        return _wrong_choice(name, where, _at(node, keys), context["expected"])
    pattern = _PATTERNS.get(context.get("pattern", ""), "")
    expected = pattern or _EXPECTED.get(kind, "{msg}").format(msg=mistake["msg"], **context)
    return found("config-value", where, key=name, expected=expected)


def _wrong_choice(name: str, place: Place, node: Node | None, expected: str) -> Finding:
    allowed = [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]
    near = did_you_mean(node.text, allowed) if isinstance(node, Scalar) else ""
    return found("config-choice", place, key=name, near=near, allowed=", ".join(allowed))


def _at(node: Node | None, keys: tuple[str, ...]) -> Node | None:
    for key in keys:
        node = node.get(key) if isinstance(node, Table) else None
    return node


def _known(shape: type[Shape], keys: tuple[str, ...]) -> tuple[str, ...]:
    inner: Mapping[str, type[Shape]] = {"assets": AssetsShape, "policy": PolicyShape, "render": RenderShape}
    return tuple((inner.get(keys[-1], shape) if keys else shape).model_fields)
