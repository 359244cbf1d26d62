"""Checks of request bodies: strict about names, types and values (sheet sections 1.1, 1.3, 4)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from kbsync.sandbox.wire import Fault400, Json, validation_failed

LARGEST_ID = 2**53

# A check gives the code of what is wrong with a value, or None.
Check = Callable[[Json], str | None]


def parse_object(body: bytes) -> dict[str, Json]:
    """The JSON object in a request body. Raises a refusal with invalid_json for anything else."""
    try:
        value = json.loads(body)
        # An escaped lone surrogate is no text that could be stored or sent back.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise validation_failed([(None, "invalid_json")]) from None
    if not isinstance(value, dict):
        raise validation_failed([(None, "invalid_json")])
    return value


def check_fields(
    payload: Mapping[str, Json],
    checks: Mapping[str, Check],
    required: Iterable[str] = (),
    more: Iterable[Fault400] = (),
) -> None:
    """Raises one refusal with everything that is wrong: missing, unknown and bad fields, and `more`."""
    findings: list[Fault400] = [(name, "missing_field") for name in required if name not in payload]
    for name, value in payload.items():
        code = checks[name](value) if name in checks else "invalid_field"
        if code is not None:
            findings.append((name, code))
    findings += more
    if findings:
        raise validation_failed(findings)


def name_text(limit: int | None) -> Check:
    """A name or title: a string that is not blank, within the limit where one is set."""

    def check(value: Json) -> str | None:
        if not isinstance(value, str):
            return "datatype_mismatch"
        too_long = limit is not None and len(value) > limit
        return "invalid_value" if not value.strip() or too_long else None

    return check


def html_text(limit: int | None) -> Check:
    """A body: any string, within the limit of bytes where one is set."""

    def check(value: Json) -> str | None:
        if not isinstance(value, str):
            return "datatype_mismatch"
        too_long = limit is not None and len(value.encode("utf-8", "surrogatepass")) > limit
        return "invalid_value" if too_long else None

    return check


def text_or_null(value: Json) -> str | None:
    """A string or null."""
    return None if value is None or isinstance(value, str) else "datatype_mismatch"


def one_of(*allowed: int) -> Check:
    """A number out of a closed set."""

    def check(value: Json) -> str | None:
        if not is_integer(value):
            return "datatype_mismatch"
        return None if value in allowed else "invalid_value"

    return check


def id_number(value: Json) -> str | None:
    """A positive whole number."""
    if not is_integer(value):
        return "datatype_mismatch"
    return None if 0 < value <= LARGEST_ID else "invalid_value"


def id_or_null(value: Json) -> str | None:
    """A positive whole number or null."""
    return None if value is None else id_number(value)


def id_list(known: Iterable[int] | None = None) -> Check:
    """A list of ids, each among `known` where that is given."""
    allowed = None if known is None else frozenset(known)

    def check(value: Json) -> str | None:
        if not isinstance(value, list) or not all(is_integer(item) for item in value):
            return "datatype_mismatch"
        good = all(id_number(item) is None for item in value)
        return None if good and (allowed is None or allowed.issuperset(value)) else "invalid_value"

    return check


def tag_list(value: Json) -> str | None:
    """Tags: strings of 1 to 32 characters (sheet 4.3)."""
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        return "datatype_mismatch"
    return None if all(tag.strip() and len(tag) <= 32 for tag in value) else "invalid_value"


def seo_object(value: Json) -> str | None:
    """seo_data: only the three keys; keywords are written as a list (sheet 4.3)."""
    if not isinstance(value, dict):
        return "datatype_mismatch"
    if not value.keys() <= {"meta_title", "meta_description", "meta_keywords"}:
        return "invalid_field"
    keywords = value.get("meta_keywords", [])
    texts = [value.get("meta_title"), value.get("meta_description")]
    good_keywords = isinstance(keywords, list) and all(isinstance(word, str) for word in keywords)
    good_texts = all(text is None or isinstance(text, str) for text in texts)
    return None if good_keywords and good_texts else "datatype_mismatch"


def is_integer(value: Json) -> bool:
    """Whether a JSON value is a whole number; true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)
