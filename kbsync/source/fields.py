"""Typed values out of front matter: a node -> what the key means, or a finding that says what was expected.

Every reader takes the node, the key as the writer knows it, and the list that findings are added to. A value
that is there but empty (`tags:`, `null`) clears: it is an empty text or an empty list, never "not named".
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping

from kbsync.findings import Finding, Place, did_you_mean, found
from kbsync.source.yamlio import Items, Node, Scalar, Table, trap, value

MAX_ID = 2**53 - 1  # ids travel as JSON numbers

# Keys of site generators that only look like ours.
FOREIGN = frozenset(
    {
        "id",
        "uid",
        "authors",
        "categories",
        "subtitle",
        "state",
        "drafts_path",
        "names",
        "folders",
        "permalink",
    }
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_YES_NO = ("yes", "no", "on", "off", "y", "n")
_NAMES = {Items: "a list", Table: "a mapping"}


def text(node: Node, key: str, problems: list[Finding]) -> str | None:
    """A text on one line, as written; spaces at its ends and line ends within become single spaces."""
    if not isinstance(node, Scalar):
        problems.append(found("field-type", node.place, key=key, expected="a text", actual=_NAMES[type(node)]))
        return None
    if node.null:
        return ""
    if meant := trap(node):
        problems.append(found("yaml-trap", node.place, text=node.text, meant=meant))
    return " ".join(node.text.split())


def name(node: Node, key: str, problems: list[Finding]) -> str | None:
    """A text that is not empty."""
    read = text(node, key, problems)
    if read == "":
        problems.append(found("field-empty", node.place, key=key))
    return read or None


def texts(node: Node, key: str, problems: list[Finding]) -> tuple[str, ...] | None:
    """A list of texts; empty ones and repetitions are reported and left out."""
    if isinstance(node, Scalar) and node.null:
        return ()
    if not isinstance(node, Items):
        problems.append(found("field-list", node.place, key=key, example=_example(node)))
        return None
    read: dict[str, None] = {}
    for item in node.nodes:
        word = text(item, key, problems)
        if word == "" or word in read:
            problems.append(found("list-entry", item.place, key=key, problem="repeated" if word else "empty"))
        elif word is not None:
            read[word] = None
    return tuple(read)


def flag(node: Node, key: str, problems: list[Finding]) -> bool | None:
    """`true` or `false` (YAML 1.2)."""
    read = value(node)
    if isinstance(read, bool):
        return read
    wrong = "field-yes-no" if isinstance(read, str) and read.lower() in _YES_NO else "field-type"
    problems.append(found(wrong, node.place, key=key, expected="true or false", actual=shown(node)))
    return None


def number(node: Node, key: str, problems: list[Finding]) -> int | None:
    """An id of Freshdesk: a positive whole number. An empty value is no id yet."""
    if isinstance(node, Scalar) and node.null:
        return None
    read = value(node)
    if isinstance(read, int) and not isinstance(read, bool) and 0 < read <= MAX_ID:
        return read
    problems.append(
        found(
            "field-type",
            node.place,
            key=key,
            expected="an id (a whole number, no quotes)",
            actual=shown(node),
        )
    )
    return None


def choice(node: Node, key: str, choices: Collection[str], problems: list[Finding]) -> str | None:
    """One of `choices`."""
    read = node.text if isinstance(node, Scalar) else ""
    if read in choices:
        return read
    near = did_you_mean(read.lower(), choices)
    allowed = ", ".join(choices)
    problems.append(found("field-choice", node.place, key=key, actual=shown(node), near=near, allowed=allowed))
    return None


def references(node: Node, key: str, problems: list[Finding]) -> tuple[str | int, ...] | None:
    """A list of names and ids; a plain whole number is an id."""
    names = texts(node, key, problems)
    if names is None or not isinstance(node, Items):
        return names
    ids = {item.text for item in node.nodes if isinstance(item, Scalar) and isinstance(value(item), int)}
    return tuple(int(word) if word in ids and word.isdigit() else word for word in names)


def person(node: Node, key: str, problems: list[Finding]) -> str | int | None:
    """An agent's e-mail address or id; nothing where the value is empty."""
    read = value(node)
    if read is None or (isinstance(read, str) and _EMAIL.fullmatch(read)):
        return read
    if isinstance(read, int) and not isinstance(read, bool) and 0 < read <= MAX_ID:
        return read
    problems.append(
        found("field-type", node.place, key=key, expected="an agent's e-mail address or id", actual=shown(node))
    )
    return None


def shown(node: Node) -> str:
    """`node` as an error message quotes it."""
    if not isinstance(node, Scalar):
        return _NAMES[type(node)]
    short = node.text if len(node.text) <= 60 else f"{node.text[:57]}..."
    return "nothing" if node.null else f'"{short}"'


def misspelt(
    table: Table,
    ours: Iterable[str],
    foreign: Collection[str],
    meant: Mapping[str, str],
    problems: list[Finding],
) -> None:
    """Report the keys of `table` that look like one of `ours`; keys of other tools are left alone.

    `meant` holds names that are no near miss but are certainly ours, with what to write instead.
    """
    known = frozenset(ours)
    for key, _ in table.entries:
        if key.text in known or key.text in foreign:
            continue
        near = meant.get(key.text) or _nearest(key.text, known)
        if near:
            problems.append(found("misspelt-key", key.place, key=key.text, near=near))


def _nearest(word: str, known: frozenset[str]) -> str:
    spelt = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).replace("-", "_").replace(" ", "_").lower()
    swapped = [key for key in known if sorted(key) == sorted(spelt)]
    near = swapped or difflib.get_close_matches(spelt, sorted(known), n=1, cutoff=0.8)
    return near[0] if near else ""


def places(table: Table, path: str, prefix: str = "") -> dict[str, Place]:
    """Where each key of `table` stands, by its name; keys of inner tables as `seo.title`."""
    read: dict[str, Place] = {}
    for key, node in table.entries:
        read[prefix + key.text] = key.place
        if isinstance(node, Table) and not prefix:
            read |= places(node, path, f"{key.text}.")
    return read


def _example(node: Node) -> str:
    words = node.text.split() if isinstance(node, Scalar) else ["one", "two"]
    return ", ".join(word.strip(",") for word in words[:4])
