"""Where rendered text came from: positions in the text that Markdown saw, as places in source files."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from markdown_it.token import Token

from kbsync.findings import Place


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters that templates copied from a source, from its offset `start` in the text.

    `line` and `column` (from 1) say where the run begins in the file `path`.
    """

    start: int
    length: int
    path: str
    line: int
    column: int


@dataclass(frozen=True)
class Origin:
    """The Markdown of a document after templates. `line` is the line of `path` on which the text begins.

    `pieces` is empty where no template changed the text: then lines and columns are those of the file.
    """

    text: str
    path: str
    line: int
    pieces: tuple[Piece, ...] = ()

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + 1)
        return starts

    @cached_property
    def _piece_starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def place(self, line: int, column: int) -> Place:
        """The source place of a position in the text (both from 0).

        A position in text that a variable produced is the place where the variable stands.
        """
        if not self.pieces:
            return Place(self.path, self.line + line, column + 1)
        offset = self._starts[min(line, len(self._starts) - 1)] + column
        piece = self.pieces[max(0, bisect_right(self._piece_starts, offset) - 1)]
        within = min(max(0, offset - piece.start), piece.length)
        return Place(piece.path, piece.line, piece.column + within)


class Positions:
    """Places of what stands in the tokens of one document. Worked out only when a finding needs one."""

    def __init__(self, origin: Origin, tokens: list[Token]) -> None:
        self.origin = origin
        self._tokens = tokens
        # By the identity of tokens, which live as long as this: a page of broken links asks for each of them.
        self._rows: dict[int, list[int]] = {}
        self._begins: dict[tuple[int, int], int] = {}

    @cached_property
    def _same_line(self) -> dict[int, list[Token]]:
        rows: dict[int, list[Token]] = {}
        for token in self._tokens:
            if token.type == "inline" and token.map:
                rows.setdefault(token.map[0], []).append(token)
        return rows

    def of_block(self, token: Token) -> Place:
        """Where the block of `token` begins."""
        line = _line_of(token)
        text = self._source_line(line)
        return self.origin.place(line, len(text) - len(text.lstrip(" \t>")))

    def within(self, token: Token, offset: int) -> Place:
        """The place of `offset` in the content of `token` (an inline token or a block of HTML)."""
        number, column = self._row(token, offset)
        line = _line_of(token) + number
        key = (id(token), number)
        if key not in self._begins:
            text = _content(token)[offset - column :].partition("\n")[0]
            self._begins[key] = self._begin(token, text, line)
        return self.origin.place(line, self._begins[key] + column)

    def _row(self, token: Token, offset: int) -> tuple[int, int]:
        """The line and column of `offset` within the content."""
        starts = self._rows.get(id(token))
        if starts is None:
            starts = [0, *(match.end() for match in re.finditer("\n", _content(token)))]
            self._rows[id(token)] = starts
        number = bisect_right(starts, offset) - 1
        return number, offset - starts[number]

    def _begin(self, token: Token, text: str, line: int) -> int:
        """The column at which `text`, a line of the content, stands in its source line.

        Content is what is left of a line after its container's marks, so it stands at the end of the line;
        only the cells of a table share one, and are looked up one after the other.
        """
        source = self._source_line(line)
        row = self._same_line.get(line, [token])
        if len(row) < 2:
            return max(0, source.rfind(text.rstrip()))
        column = 0
        for cell in row:
            found = max(column, source.find(_content(cell), column))
            if cell is token:
                return found
            column = found + len(cell.content)
        return column

    def _source_line(self, line: int) -> str:
        return self.origin.lines[line] if line < len(self.origin.lines) else ""


def _content(token: Token) -> str:
    return str(token.meta.get("source", token.content))


def _line_of(token: Token) -> int:
    return token.map[0] if token.map else 0
