"""Strict YAML with positions: text -> a small tree in which every value knows where it stands.

PyYAML's events are read instead of its nodes: composing nodes recurses in C (deep nesting is a crash), drops
the second of two equal keys, and reads YAML 1.1 (`on` is true, `010` is 8, `1.10` is 1.1). Here a plain value
stays the text that the writer sees, and whoever reads it says what it should be:

* where a text is expected, it is the text as written; `trap` tells what other tools would make of it;
* where any value will do (`value`), it follows the YAML 1.2 core schema, and a number is a number only if it
  would be written the same way again, so that `1.10` and `010` keep their zeros.

Anchors are kept, but what aliases expand to is bounded, and so are size and depth. Tags, merge keys and
second documents are refused: no source needs them, and each tool reads them in its own way.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from kbsync.findings import Finding, Place, found

MAX_CHARACTERS = 200_000
MAX_DEPTH = 24
MAX_ALIASED = 10_000  # values that aliases may stand for in all

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STRING_TAGS = ("!", "tag:yaml.org,2002:str")
# What YAML does not allow, and what YAML 1.1 takes for a line end while editors do not.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_TAB_INDENT = re.compile(r"[ -]*\t")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+(?:e[-+]?[0-9]+)?")
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TRAPS = {"bool": "a truth value", "timestamp": "a date", "int": "a number", "float": "a number"}

# What libyaml says, and what is nearly always the reason.
_REASONS = (
    ("mapping values are not allowed", "yaml-colon"),
    ("cannot start any token", "yaml-begin"),
    ("are not allowed in this context", "yaml-begin"),
    ("did not find expected alphabetic", "yaml-begin"),
    ("while scanning a quoted scalar", "yaml-quote"),
    ("expected ',' or", "yaml-bracket"),
    ("could not find expected ':'", "yaml-no-colon"),
)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; `text` is as written where `plain` (no quotes). `start` and `end` are offsets."""

    text: str
    plain: bool
    place: Place
    start: int
    end: int
    weight: int = 1

    @property
    def null(self) -> bool:
        """True where nothing was written, or `null`."""
        return self.plain and self.text in _NULLS


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: tuple[Node, ...]
    place: Place
    start: int
    end: int
    weight: int


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping: its entries in the order of the file. `flow` means written as `{...}`."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place
    start: int
    end: int
    weight: int
    flow: bool = False

    def get(self, key: str) -> Node | None:
        """The value of `key`, or None where there is no such key."""
        return next((node for name, node in self.entries if name.text == key), None)


Node = Scalar | Items | Table


@dataclass(slots=True)
class _Reading:
    """The state of one reading; `place_of` turns an offset into a place of the file."""

    place_of: Callable[[int], Place]
    findings: list[Finding] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    aliased: int = 0


class _RefusedError(Exception):
    """Reading cannot go on; carries the finding."""

    def __init__(self, rule: str, place: Place, **values: object) -> None:
        super().__init__(rule)
        self.finding = found(rule, place, **values)


def compose(text: str, path: str, line: int = 1) -> tuple[Node | None, tuple[Finding, ...]]:
    """The tree of `text`, which stands in `path` from `line` on and has only LF as line ends.

    Returns None where the text holds no value, and findings for everything that is wrong; with an error among
    them the tree must not be used.
    """
    reading = _Reading(_place_of(text, path, line))
    try:
        _precheck(text, reading)
        return _document(yaml.parse(text, Loader=_LOADER), reading), tuple(reading.findings)
    except _RefusedError as refused:
        return None, (*reading.findings, refused.finding)
    except yaml.YAMLError as error:
        return None, (*reading.findings, _syntax(error, text, reading))


def value(node: Node | None) -> object:
    """`node` as plain Python data: str, int, float, bool, None, list, dict."""
    if isinstance(node, Table):
        return {key.text: value(item) for key, item in node.entries}
    if isinstance(node, Items):
        return [value(item) for item in node.nodes]
    if node is None or node.null:
        return None
    return _plain(node.text) if node.plain else node.text


def trap(node: Scalar) -> str:
    """What other tools would take the plain text `node` for: "a date", "a truth value", "a number", or "".

    A number that stays the same when it is written again is no trap. The patterns are PyYAML's, which are
    those of YAML 1.1.
    """
    read = _plain(node.text)
    if not node.plain or (isinstance(read, int | float) and not isinstance(read, bool)):
        return ""
    for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers.get(node.text[:1], ()):
        if pattern.match(node.text):
            return _TRAPS.get(tag.rpartition(":")[2], "")
    return ""


def _plain(text: str) -> object:
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if len(text) < 25 and _FLOAT.fullmatch(text) and repr(float(text)) == text:
        return float(text)
    return text


def _place_of(text: str, path: str, line: int) -> Callable[[int], Place]:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(offset: int) -> Place:
        row = bisect_right(starts, offset) - 1
        return Place(path, line + row, offset - starts[row] + 1)

    return place


def _precheck(text: str, reading: _Reading) -> None:
    if len(text) > MAX_CHARACTERS:
        raise _RefusedError("yaml-size", reading.place_of(0), size=len(text), limit=MAX_CHARACTERS)
    if match := _FORBIDDEN.search(text):
        raise _RefusedError("yaml-character", reading.place_of(match.start()), code=f"U+{ord(match[0]):04X}")


def _document(events: Iterator[yaml.Event], reading: _Reading) -> Node | None:
    root: Node | None = None
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _RefusedError("yaml-documents", reading.place_of(_at(event.start_mark)))
        elif isinstance(event, yaml.NodeEvent):
            root = _node(event, events, reading, 1)
    return root


def _node(event: yaml.Event, events: Iterator[yaml.Event], reading: _Reading, depth: int) -> Node:
    place = reading.place_of(_at(event.start_mark))
    if isinstance(event, yaml.AliasEvent):
        return _aliased(event.anchor or "", place, reading)
    assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)  # noqa: S101 - the parser's grammar
    if event.tag is not None and event.tag not in _STRING_TAGS:
        raise _RefusedError("yaml-tag", place, tag=event.tag.replace("tag:yaml.org,2002:", "!!"))
    if depth > MAX_DEPTH:
        raise _RefusedError("yaml-depth", place, limit=MAX_DEPTH)
    node = _unnamed(event, events, reading, depth)
    if event.anchor:
        reading.anchors[event.anchor] = node
    return node


def _unnamed(
    event: yaml.ScalarEvent | yaml.CollectionStartEvent,
    events: Iterator[yaml.Event],
    reading: _Reading,
    depth: int,
) -> Node:
    if isinstance(event, yaml.MappingStartEvent):
        return _table(event, events, reading, depth)
    if isinstance(event, yaml.ScalarEvent):
        start, end = _at(event.start_mark), _at(event.end_mark)
        plain = not event.style and event.tag is None
        return Scalar(event.value, plain, reading.place_of(start), start, end)
    return _items(event, events, reading, depth)


def _at(mark: Any) -> int:
    # The stubs allow for events without marks; a parser never makes them.
    return int(mark.index)


def _aliased(anchor: str, place: Place, reading: _Reading) -> Node:
    # An anchor is known only when its value is complete, so a value can never hold itself.
    if anchor not in reading.anchors:
        raise _RefusedError("yaml-alias", place, name=anchor)
    node = reading.anchors[anchor]
    reading.aliased += node.weight
    if reading.aliased > MAX_ALIASED:
        raise _RefusedError("yaml-alias-bound", place, name=anchor, limit=MAX_ALIASED)
    return node


def _items(start: yaml.CollectionStartEvent, events: Iterator[yaml.Event], reading: _Reading, depth: int) -> Items:
    nodes: list[Node] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        nodes.append(_node(event, events, reading, depth + 1))
    begin = _at(start.start_mark)
    weight = 1 + sum(node.weight for node in nodes)
    return Items(tuple(nodes), reading.place_of(begin), begin, _at(event.end_mark), weight)


def _table(start: yaml.CollectionStartEvent, events: Iterator[yaml.Event], reading: _Reading, depth: int) -> Table:
    entries: dict[str, tuple[Scalar, Node]] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        key = _key(_node(event, events, reading, depth + 1), reading)
        node = _node(next(events), events, reading, depth + 1)
        if key.text in entries:
            first = entries[key.text][0].place.line
            reading.findings.append(found("yaml-duplicate-key", key.place, key=key.text, line=first))
        else:
            entries[key.text] = (key, node)
    begin = _at(start.start_mark)
    weight = 1 + sum(1 + node.weight for _, node in entries.values())
    flow = bool(start.flow_style)
    return Table(tuple(entries.values()), reading.place_of(begin), begin, _at(event.end_mark), weight, flow)


def _key(node: Node, reading: _Reading) -> Scalar:
    if not isinstance(node, Scalar):
        raise _RefusedError("yaml-key", node.place)
    if node.plain and node.text == "<<":
        reading.findings.append(found("yaml-merge", node.place))
    return node


def _syntax(error: yaml.YAMLError, text: str, reading: _Reading) -> Finding:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    offset = min(mark.index, len(text)) if mark else 0
    problem = getattr(error, "problem", None) or "cannot be read"
    said = f"{getattr(error, 'context', None) or ''} {problem}"
    begin = text.rfind("\n", 0, offset) + 1
    if match := _TAB_INDENT.match(text, begin):
        return found("yaml-tab", reading.place_of(match.end() - 1))
    rule = next((rule for words, rule in _REASONS if words in said), "yaml-syntax")
    if rule == "yaml-syntax" and text[begin:offset].rstrip().endswith(("'", '"', "]", "}")):
        rule = "yaml-after"
    if rule == "yaml-quote" and getattr(error, "context_mark", None):
        offset = error.context_mark.index  # type: ignore[attr-defined]
    return found(rule, reading.place_of(offset), problem=problem)
