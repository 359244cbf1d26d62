"""The one change that kbsync makes to a source file: the id line, spliced into its bytes (design 3.2).

Nothing is parsed and written again, so comments, quotes, order, line ends and BOM stay. Where the id goes
depends on how the writer wrote the front matter, and YAML has many ways; so each candidate is read back, and
the first one whose front matter says the same as before plus the id is taken. If there is none, an error says
so and nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from kbsync.errors import InvalidSource
from kbsync.findings import Place, found, has_errors
from kbsync.source.page import BOM, Page, read_page
from kbsync.source.yamlio import Scalar, Table, value

IdKey = Literal["article_id", "category_id", "folder_id"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_END = re.compile(r"\r\n|\r|\n")


def splice_id(data: bytes, key: IdKey, id: int, path: str = "the file") -> bytes:
    """`data` with `key: id` in its front matter: exactly one line is added or changed, none if it is there.

    A file without front matter gets three lines: `---`, the id, `---`. Raises InvalidSource where the file
    cannot be read, or where no single line can carry the id.
    """
    page, findings = read_page(path, data)
    if page is None or has_errors(findings):
        raise InvalidSource(f"{path}: the id cannot be written", findings, "correct the file and run again")
    bom = BOM if data.startswith(BOM) else b""
    lines = _LINE.findall(data[len(bom) :].decode("utf-8"))
    before = value(page.head)
    if isinstance(before, dict) and before.get(key) == id:
        return data
    expected = {**(before if isinstance(before, dict) else {}), key: id}
    for candidate in _candidates(page, lines, key, id):
        spliced = bom + candidate.encode("utf-8")
        read, problems = read_page(path, spliced)
        if read and read.body == page.body and not has_errors(problems) and value(read.head) == expected:
            return spliced
    refused = found("id-line", page.head.place if page.head else Place(path), key=key, id=id)
    raise InvalidSource(f"{path}: the id cannot be written", (refused,), refused.hint)


def _candidates(page: Page, lines: list[str], key: IdKey, id: int) -> Iterator[str]:
    if page.head is None:
        end = _end_of(lines, 0)
        yield f"---{end}{key}: {id}{end}---{end}" + "".join(lines)
    elif (node := page.head.get(key)) is not None:
        if isinstance(node, Scalar):
            yield _updated(page, lines, node, id)
    elif page.head.flow:
        yield _in_braces(page, page.head, lines, f"{key}: {id}")
    else:
        indent = " " * (page.head.entries[0][0].place.column - 1) if page.head.entries else ""
        for row in _rows(page, page.head):
            line = f"{indent}{key}: {id}{_end_of(lines, row - 1)}"
            yield "".join((*lines[:row], line, *lines[row:]))


def _rows(page: Page, head: Table) -> Iterator[int]:
    """The numbers of the lines after which an id line may stand, the best first."""
    name = head.get("title") or head.get("name")
    if name is not None:
        value_end = len(page.front[: name.end].rstrip())
        yield page.front.count("\n", 0, value_end) + 1
        # A block text that keeps its trailing empty lines ends below them.
        yield page.front.count("\n", 0, name.end)
    yield 1
    yield page.line - 2


def _updated(page: Page, lines: list[str], node: Scalar, id: int) -> str:
    """The file with the text of `node` replaced by `id`; an empty value gets a space before it."""
    row, column = _position(page, node.start)
    width = node.end - node.start
    text = lines[row]
    space = " " if not text[:column].endswith(" ") else ""
    lines = [*lines[:row], f"{text[:column]}{space}{id}{text[column + width :]}", *lines[row + 1 :]]
    return "".join(lines)


def _in_braces(page: Page, head: Table, lines: list[str], entry: str) -> str:
    row, column = _position(page, head.start)
    text = lines[row]
    comma = ", " if head.entries else ""
    return "".join((*lines[:row], f"{text[: column + 1]}{entry}{comma}{text[column + 1 :]}", *lines[row + 1 :]))


def _position(page: Page, offset: int) -> tuple[int, int]:
    """The line (from 0) and column (from 0) of an offset in the front matter."""
    row = page.front.count("\n", 0, offset)
    return row, offset - (page.front.rfind("\n", 0, offset) + 1)


def _end_of(lines: list[str], row: int) -> str:
    """The line end that the line at `row` has, else the first one of the file, else LF."""
    for line in (*lines[row : row + 1], *lines):
        if match := _END.search(line):
            return match[0]
    return "\n"
