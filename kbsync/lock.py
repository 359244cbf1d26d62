"""The lock: what kbsync last sent to a target and what the server made of it (design 3.3).

JSON Lines, one object a line, sorted by source path, so that diffs are small and branches merge. There is no
clock of ours and no counter in it. A lock is a value: `apply` makes a new one, `workspace` reads and writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast, get_args

from kbsync.errors import LockError
from kbsync.fingerprint import Fingerprint
from kbsync.model import Kind

FORMAT = 1

EntryKey = tuple[Kind, int, str]

_MERGE_HINT = (
    "keep the lines of both sides and delete the markers;"
    " of an object that stands on both sides keep the line with the later updated_at"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one object in one language.

    `path` is the source's key, `parent` the server's id of the object above. `primary` is the id that the
    primary target has for it, by which a renamed file is found on the other targets. `sent` covers the fields
    that the source owns; `live` covers every field the server reported right after. `source` is the hash of
    the text that was rendered and `renderer` the version that did it. `names` keeps looked-up ids (P10).
    """

    kind: Kind
    id: int
    path: str
    parent: int | None = None
    language: str = "en"
    primary: int | None = None
    updated_at: str = ""
    sent: Mapping[str, Fingerprint] = field(default_factory=dict)
    live: Mapping[str, Fingerprint] = field(default_factory=dict)
    source: str = ""
    renderer: str = ""
    names: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> EntryKey:
        """What makes the entry one of its kind in a lock."""
        return (self.kind, self.id, self.language)


@dataclass(frozen=True, slots=True)
class Lock:
    """All entries of a target, by kind, id and language; `account` is the host they belong to."""

    account: str
    entries: Mapping[EntryKey, Entry] = field(default_factory=dict)

    def by_path(self) -> dict[tuple[Kind, str, str], Entry]:
        """The entries by kind, source path and language."""
        return {(entry.kind, entry.path, entry.language): entry for entry in self.entries.values()}

    def with_entries(self, entries: Iterable[Entry], *, without: Iterable[EntryKey] = ()) -> Lock:
        """A lock with these entries added or replaced and others taken out."""
        merged = {**self.entries, **{entry.key: entry for entry in entries}}
        for key in without:
            merged.pop(key, None)
        return Lock(self.account, merged)


def format_lock(lock: Lock) -> str:
    """The lock's text: a head line, then one line an entry, sorted by path, kind, language and id."""
    entries = sorted(lock.entries.values(), key=lambda entry: (entry.path, entry.kind, entry.language, entry.id))
    head = {"kbsync": "lock", "format": FORMAT, "account": lock.account}
    return "".join(f"{_dump(line)}\n" for line in [head, *(entry_to_json(entry) for entry in entries)])


def parse_lock(text: str, path: str) -> Lock:
    """The lock in `text`. Raises LockError naming `path` and the line for anything that cannot be trusted."""
    account = ""
    entries: dict[EntryKey, Entry] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
            raise _damaged(path, number, "a merge conflict was left in it", _MERGE_HINT)
        try:
            data = json.loads(line)
            if number == 1:
                account = _head(data)
                continue
            entry = entry_from_json(data)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _damaged(path, number, f"this line cannot be read ({error})") from None
        if entry.key in entries:
            raise _damaged(
                path,
                number,
                f"{entry.kind} {entry.id} stands in it twice",
                "delete the older of the two lines",
            )
        entries[entry.key] = entry
    if text and not account:
        raise _damaged(path, 1, "the head line is missing")
    return Lock(account, entries)


def require_account(lock: Lock, account: str, path: str) -> None:
    """Raises LockError where the lock belongs to another account: ids mean nothing there (API sheet 11)."""
    if lock.account and lock.account != account:
        raise LockError(
            f"{path} belongs to {lock.account}, but the target is {account}",
            "check the target's domain; for a new account, give the target another name",
        )


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """An entry as plain JSON values, empty ones left out."""
    data: dict[str, Any] = {
        "path": entry.path,
        "kind": entry.kind,
        "language": entry.language,
        "id": entry.id,
        "parent": entry.parent,
        "primary": entry.primary,
        "updated_at": entry.updated_at,
        "source": entry.source,
        "renderer": entry.renderer,
        "names": dict(sorted(entry.names.items())),
        "sent": _prints_to_json(entry.sent),
        "live": _prints_to_json(entry.live),
    }
    return {name: value for name, value in data.items() if value not in (None, "", {})}


def entry_from_json(data: Mapping[str, Any]) -> Entry:
    """The entry in `data`. Raises ValueError, KeyError or TypeError where it is none."""
    kind = data["kind"]
    if kind not in get_args(Kind):
        raise ValueError(f"unknown kind {kind!r}")
    if type(data["id"]) is not int:
        raise ValueError("the id is no whole number")
    if not isinstance(data["path"], str):
        raise ValueError("the path is no text")
    ids = (data.get("parent"), data.get("primary"), *data.get("names", {}).values())
    if any(id is not None and type(id) is not int for id in ids):
        raise ValueError("parent, primary or names hold something that is no id")
    return Entry(
        kind=cast("Kind", kind),
        id=data["id"],
        path=data["path"],
        parent=data.get("parent"),
        language=data.get("language", "en"),
        primary=data.get("primary"),
        updated_at=data.get("updated_at", ""),
        sent=_prints_from_json(data.get("sent", {})),
        live=_prints_from_json(data.get("live", {})),
        source=data.get("source", ""),
        renderer=data.get("renderer", ""),
        names=dict(data.get("names", {})),
    )


def _head(data: Mapping[str, Any]) -> str:
    if data.get("kbsync") != "lock":
        raise ValueError("not a kbsync lock")
    if data.get("format") != FORMAT:
        raise ValueError(f"format {data.get('format')}; this kbsync reads format {FORMAT}")
    return str(data["account"])


def _prints_to_json(prints: Mapping[str, Fingerprint]) -> dict[str, Any]:
    return {name: _print_to_text(one) for name, one in sorted(prints.items())}


def _print_to_text(one: Fingerprint) -> str:
    # Most values are their own canonical form; saying so once halves the file.
    canonical = "" if one.canonical == one.raw else one.canonical
    return f"{one.raw}:{canonical}:{one.version}"


def _prints_from_json(data: Mapping[str, Any]) -> dict[str, Fingerprint]:
    prints: dict[str, Fingerprint] = {}
    for name, text in data.items():
        raw, canonical, version = str(text).split(":")
        prints[name] = Fingerprint(raw, canonical or raw, int(version))
    return prints


def _damaged(path: str, line: int, what: str, hint: str = "") -> LockError:
    restore = "restore the file from git; without a lock kbsync asks, and never overwrites"
    return LockError(f"{path}:{line}:1: {what}", hint or restore)


def _dump(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
