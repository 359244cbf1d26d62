"""Fingerprints of field values: how the lock remembers what was sent and what the server returned.

Equal raw hashes always mean unchanged, whatever version of the canonical form wrote them (design 3.3); the
canonical hash is worked out only where the raw ones differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from kbsync.html import CANONICAL_VERSION, canonical
from kbsync.model import Value


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hashes of a value as it is, and of its canonical form under `version` of that form."""

    raw: str
    canonical: str
    version: int = CANONICAL_VERSION


def fingerprint(name: str, value: Value) -> Fingerprint:
    """The fingerprint of field `name` with this value."""
    return Fingerprint(_hash(value), _hash(canonical_value(name, value)))


def fingerprints(values: Mapping[str, Value]) -> dict[str, Fingerprint]:
    """The fingerprint of each field."""
    return {name: fingerprint(name, value) for name, value in values.items()}


def matches(known: Fingerprint | None, name: str, value: Value) -> bool:
    """True if `value` is what `known` was taken of, or differs only in what the canonical form drops."""
    if known is None:
        return False
    if is_identical(known, value):
        return True
    return known.version == CANONICAL_VERSION and known.canonical == _hash(canonical_value(name, value))


def is_identical(known: Fingerprint, value: Value) -> bool:
    """True if `value` is byte for byte what `known` was taken of."""
    return known.raw == _hash(value)


def same(name: str, one: Value, other: Value) -> bool:
    """True if two values of field `name` are equal in canonical form."""
    return one == other or canonical_value(name, one) == canonical_value(name, other)


def canonical_value(name: str, value: Value) -> Value:
    """The canonical form of a value: HTML by `html.canonical`, sets without order, text without outer space."""
    if name == "body" and isinstance(value, str):
        return canonical(value)
    if isinstance(value, tuple):
        return tuple(sorted({str(one) for one in value}))
    return " ".join(value.split()) if isinstance(value, str) else int(value)


def _hash(value: Value) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
