"""A person's edit in Freshdesk brought into a source file: fields spliced into its bytes, the body replaced.

As with the id line (see `splice`), nothing is parsed and written again. Front matter can be written in many ways,
so each way to make a change is tried and read back; the first that says what was asked, and everything else as
before, is taken. Where there is none, an error says so and nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from itertools import product
from typing import NoReturn

from kbsync.errors import InvalidSource, KbsyncError
from kbsync.findings import has_errors
from kbsync.model import Status, Value
from kbsync.source import document
from kbsync.source.document import Document
from kbsync.source.page import BOM, Page, has_text, lf, read_page
from kbsync.source.title import opening
from kbsync.source.yamlio import Items, Node, Scalar, Table, compose, trap, value

_KEYS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "status": ("status",),
    "tags": ("tags",),
    "seo_title": ("seo", "title"),
    "seo_description": ("seo", "description"),
    "seo_keywords": ("seo", "keywords"),
    "author": ("author",),
}
# A new key goes behind the nearest of those that stand before it here.
_ORDER = ("title", "article_id", "category", "folder", "status", "draft", "tags", "seo", "author")
_SEO_ORDER = ("title", "description", "keywords")
_TOUCHED = frozenset(("title", "status", "draft", "tags", "seo", "author"))

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_END = re.compile(r"\r\n|\r|\n")
_ATX = re.compile(r"(?P<before> {0,3}#[ \t]+)(?P<title>.*?)(?P<after>(?:[ \t]+\{[#.][^{}]*\})?(?:[ \t]+#+)?[ \t]*)")
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")

Lines = list[str]


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is being edited: its parts as read, and its lines with their own line ends."""

    page: Page
    lines: Lines
    document: Document


def edited(data: bytes, path: str, fields: Mapping[str, Value], body: str | None) -> bytes:
    """`data` with these values for the article's fields (names as in `model.FIELDS`), and with this Markdown body.

    Only the lines of those keys change, and the body where it is not None; comments, order, other quotes, line ends
    and BOM stay. A value that the file has already changes nothing. Raises InvalidSource where the file cannot be
    read, and KbsyncError where the front matter is written in a way that the change does not fit into.
    """
    now = _read(data, path)
    if now is None:
        findings = document.parse(path, data)[1]
        raise InvalidSource(f"{path} cannot be used", findings, "correct the file and run again")
    bom = BOM if data.startswith(BOM) else b""
    unknown = sorted(set(fields) - _KEYS.keys())
    if unknown:
        raise KbsyncError(f"{path}: {', '.join(unknown)} cannot be written into front matter")
    for name, asked in fields.items():
        if _of(now.document, name) != _plain(asked):
            now = _with_field(now, path, bom, name, _plain(asked))
    if body is not None and not has_text(body):
        raise KbsyncError(f"{path}: the new text is empty", "kbsync publishes no article without a text")
    if body is not None and now.document.body != _ended(body):
        now = _with_body(now, path, bom, _ended(body))
    return bom + "".join(now.lines).encode("utf-8")


def _read(data: bytes, path: str) -> _File | None:
    page, findings = read_page(path, data)
    if page is None or has_errors(findings):
        return None
    read, problems = document.parse(path, data)
    if read is None or has_errors(problems):
        return None
    return _File(page, _LINE.findall(data.removeprefix(BOM).decode("utf-8")), read)


def _plain(asked: Value) -> Value:
    return " ".join(asked.split()) if isinstance(asked, str) else asked


def _ended(body: str) -> str:
    text = re.sub(r"\A(?:[ \t]*\n)+", "", lf(body))
    return text if text.endswith("\n") or not text else f"{text}\n"


def _of(read: Document, name: str) -> Value | None:
    held = getattr(read, name)
    return int(held) if isinstance(held, Status) else held


def _with_field(now: _File, path: str, bom: bytes, name: str, asked: Value) -> _File:
    meant = replace(now.document, **{name: Status(asked) if name == "status" else asked})  # type: ignore[arg-type]
    key = ".".join(_KEYS[name])
    shown = repr(asked) if len(repr(asked)) < 60 else f"{repr(asked)[:57]}..."
    what = f"`{key}` cannot be set to {shown}: the front matter is written in a way it does not fit into"
    return _first(_field_candidates(now, name, asked), meant, path, bom) or _refused(path, what, key)


def _with_body(now: _File, path: str, bom: bytes, body: str) -> _File:
    meant = replace(now.document, body=body)
    what = "the new text cannot stand below its title"
    return _first(_body_candidates(now, body), meant, path, bom) or _refused(path, what, "text")


def _first(candidates: Iterator[Lines], meant: Document, path: str, bom: bytes) -> _File | None:
    read = (_read(bom + "".join(lines).encode("utf-8"), path) for lines in candidates)
    return next((file for file in read if file is not None and _same(file.document, meant)), None)


def _refused(path: str, what: str, key: str) -> NoReturn:
    raise KbsyncError(f"{path}: {what}", f"change the {key} by hand, then run again")


def _same(read: Document, meant: Document) -> bool:
    """Whether two documents say the same; keys that are not ours count, places do not."""
    names = [each.name for each in fields_of(Document) if each.name not in ("line", "places", "variables")]
    return all(getattr(read, name) == getattr(meant, name) for name in names) and _foreign(read) == _foreign(meant)


def _foreign(read: Document) -> dict[str, object]:
    return {key: held for key, held in read.variables.items() if key not in _TOUCHED}


# --- the body ---------------------------------------------------------------------------------------------------


def _body_candidates(now: _File, body: str) -> Iterator[Lines]:
    end = _file_end(now.lines)
    new = [f"{line}{end}" for line in body.removesuffix("\n").split("\n")] if body else []
    above = [*now.lines[: now.document.line - 1]]
    if above and not _END.search(above[-1]):
        above[-1] += end
    yield [*above, *new]
    # Below a title that stands in the text there is an empty line; and a text that begins with a heading which
    # says the title needs the title above it, for the first such heading is the title itself.
    yield [*above, end, *new]
    yield [*above, f"# {now.document.title}{end}", end, *new]


# --- fields -----------------------------------------------------------------------------------------------------


def _field_candidates(now: _File, name: str, asked: Value) -> Iterator[Lines]:
    if name == "title":
        yield from _title_candidates(now, str(asked))
    elif name == "status":
        yield from _status_candidates(now, Status(asked))  # type: ignore[arg-type]
    else:
        yield from _set(now.page, now.lines, _KEYS[name], asked)


def _title_candidates(now: _File, title: str) -> Iterator[Lines]:
    """The title in the front matter, in the leading heading, or in both where both say it."""
    headed = list(_heading_candidates(now, title))
    if now.page.head is None or now.page.head.get("title") is None:
        yield from headed
    # A line of a heading is replaced by one line, so the front matter's places stay right.
    for lines in (*headed, now.lines) if now.document.body != opening(now.page)[0] else (now.lines,):
        yield from _set(now.page, lines, ("title",), title)


def _heading_candidates(now: _File, title: str) -> Iterator[Lines]:
    text, line = opening(now.page)
    if not text or text == now.document.body:
        return
    row = line - 1
    content = now.lines[row]
    end = match[0] if (match := _END.search(content)) else ""
    bare = content.removesuffix(end)
    atx = _ATX.fullmatch(bare)
    before, after = (atx["before"], atx["after"]) if atx else (" " * (len(bare) - len(bare.lstrip(" "))), "")
    for words in (title, _SIGN.sub(r"\\\g<0>", title)):
        yield [*now.lines[:row], f"{before}{words}{after}{end}", *now.lines[row + 1 :]]


def _status_candidates(now: _File, status: Status) -> Iterator[Lines]:
    head = now.page.head
    word, flag = status.name.lower(), "true" if status is Status.DRAFT else "false"
    has_status, has_draft = (head is not None and head.get(key) is not None for key in ("status", "draft"))
    if has_draft:
        for lines in _set(now.page, now.lines, ("draft",), None, flag):
            if not has_status:
                yield lines
            elif page := read_page(now.page.path, "".join(lines).encode("utf-8"))[0]:
                yield from _set(page, lines, ("status",), word)
    yield from _set(now.page, now.lines, ("status",), word)


def _set(page: Page, lines: Lines, keys: Sequence[str], asked: Value | None, written: str = "") -> Iterator[Lines]:
    """Every way to give the key at `keys` the value `asked`, or the text `written`, the best first."""
    head = page.head
    if head is None:
        end = _file_end(lines)
        for text in _texts(asked, written):
            yield [f"---{end}", *_entry(keys, text, "", end), f"---{end}", *lines]
        return
    table: Node | None = head
    for key in keys[:-1]:
        outer = table
        table = outer.get(key) if isinstance(outer, Table) else None
    entry = (
        next((each for each in table.entries if each[0].text == keys[-1]), None) if isinstance(table, Table) else None
    )
    if entry is not None:
        yield from _replaced(page, lines, *entry, asked, written)
    elif isinstance(table, Table):
        yield from _inserted(page, lines, table, keys[-1:], asked, written)
    elif table is None:
        yield from _inserted(page, lines, head, keys, asked, written)
    else:
        yield from _filled(page, lines, table, keys, asked)


def _replaced(page: Page, lines: Lines, key: Scalar, node: Node, asked: Value | None, written: str) -> Iterator[Lines]:
    width = _end(page, node) - node.start
    block = isinstance(node, Items) and page.front[node.start : node.start + 1] == "-"
    if isinstance(node, Items) and block and isinstance(asked, tuple) and asked:
        yield _spliced(page, lines, node.start, width, _block_list(page, lines, node, asked))
    quote = page.front[node.start : node.start + 1] if isinstance(node, Scalar) and not node.plain else ""
    between = page.front[key.end : node.start]
    for text in _texts(asked, written, quote if quote in ("'", '"') else ""):
        if block:  # to the line of the key, before its comment
            behind = between.removeprefix(":").rstrip()
            yield _spliced(page, lines, key.end, len(between) + width, f": {text}{behind}")
        space = "" if between.endswith((" ", "\n")) else " "
        yield _spliced(page, lines, node.start, width, f"{space}{text}")


def _end(page: Page, node: Node) -> int:
    """Where a value ends; the reader's own end of a block is where the next thing begins, behind comments."""
    while isinstance(node, Items | Table) and page.front[node.end - 1 : node.end] not in ("]", "}"):
        last = node.nodes[-1] if isinstance(node, Items) else node.entries[-1][1]
        if last.start < node.start:
            break  # an alias, which stands elsewhere
        node = last
    return max(node.start, len(page.front[: node.end].rstrip()))


def _block_list(page: Page, lines: Lines, node: Items, asked: tuple[str, ...] | tuple[int, ...]) -> str:
    indent = " " * (node.start - (page.front.rfind("\n", 0, node.start) + 1))
    items = (next(_scalars(str(item), _quote_of(page, node, item), flow=False)) for item in asked)
    return f"{_file_end(lines)}{indent}".join(f"- {item}" for item in items)


def _quote_of(page: Page, node: Items, item: str | int) -> str:
    """The quotes that `item` had in the old list."""
    for old in node.nodes:
        if isinstance(old, Scalar) and old.text == item and page.front[old.start] in ("'", '"'):
            return page.front[old.start]
    return ""


def _inserted(
    page: Page, lines: Lines, table: Table, keys: Sequence[str], asked: Value | None, written: str
) -> Iterator[Lines]:
    texts = list(_texts(asked, written))
    if table.flow:
        for text in texts:
            entry = f"{keys[0]}: {text}" if len(keys) == 1 else f"{keys[0]}: {{{keys[1]}: {text}}}"
            at = len(page.front[: table.end - 1].rstrip())
            comma = ", " if table.entries and page.front[at - 1] != "," else ""
            yield _spliced(page, lines, at, 0, f"{comma}{entry}")
        return
    indent = " " * (table.entries[0][0].place.column - 1) if table.entries else ""
    order = _ORDER if table is page.head else _SEO_ORDER
    for row, text in product(_rows(page, table, keys[0], order), texts):
        yield [*lines[:row], *_entry(keys, text, indent, _file_end(lines)), *lines[row:]]


def _filled(page: Page, lines: Lines, node: Node, keys: Sequence[str], asked: Value | None) -> Iterator[Lines]:
    """`seo:` without a value gets its first entry."""
    row = page.front.count("\n", 0, node.start) + 1
    for text in _texts(asked, ""):
        yield [*lines[:row], f"  {keys[-1]}: {text}{_file_end(lines)}", *lines[row:]]


def _rows(page: Page, table: Table, key: str, order: Sequence[str]) -> Iterator[int]:
    """The numbers of the lines after which a line for `key` may stand, the best first."""
    earlier = order[: order.index(key)] if key in order else ()
    for name in reversed(earlier):
        node = table.get(name)
        if node is not None:
            yield page.front.count("\n", 0, _end(page, node)) + 1
            yield page.front.count("\n", 0, node.end)
    if table.entries:
        yield page.front.count("\n", 0, table.entries[0][0].start)
        return
    yield from (1, page.line - 2)


def _entry(keys: Sequence[str], text: str, indent: str, end: str) -> Lines:
    if len(keys) == 1:
        return [f"{indent}{keys[0]}: {text}{end}"]
    return [f"{indent}{keys[0]}:{end}", f"{indent}  {keys[1]}: {text}{end}"]


def _spliced(page: Page, lines: Lines, start: int, width: int, text: str) -> Lines:
    """`lines` with `width` characters of the front matter from `start` on replaced by `text`."""
    row, column = _position(page, start)
    last, after = _position(page, start + width)
    return _LINE.findall("".join((*lines[:row], lines[row][:column], text, lines[last][after:], *lines[last + 1 :])))


def _position(page: Page, offset: int) -> tuple[int, int]:
    row = page.front.count("\n", 0, offset)
    return row, offset - (page.front.rfind("\n", 0, offset) + 1)


def _file_end(lines: Lines) -> str:
    return next((match[0] for line in lines if (match := _END.search(line))), "\n")


# --- values as YAML ---------------------------------------------------------------------------------------------


def _texts(asked: Value | None, written: str, quote: str = "") -> Iterator[str]:
    """Ways to write a value on one line, the best first."""
    if asked is None:
        yield written
    elif isinstance(asked, tuple):
        yield "[" + ", ".join(next(_scalars(str(item), "", flow=True)) for item in asked) + "]"
    elif isinstance(asked, int):
        yield str(asked)
    else:
        yield from _scalars(asked, quote, flow=False)
        yield from _scalars(asked, quote, flow=True)


def _scalars(text: str, quote: str, *, flow: bool) -> Iterator[str]:
    """`text` in the quotes it had, else without any where YAML reads it back as that text, else in double quotes."""
    if quote == "'":
        yield "'" + text.replace("'", "''") + "'"
    elif not quote and _is_plain(text, flow=flow):
        yield text
    yield '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_plain(text: str, *, flow: bool) -> bool:
    node, findings = compose(f"[{text}]" if flow else f"k: {text}\nl: x", "")
    if isinstance(node, Table):
        node = node.get("k") if len(node.entries) == 2 else None
    elif isinstance(node, Items):
        node = node.nodes[0] if len(node.nodes) == 1 else None
    plain = isinstance(node, Scalar) and node.plain and node.text == text and value(node) == text
    return plain and not findings and isinstance(node, Scalar) and not trap(node)
