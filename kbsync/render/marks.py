"""Places in the result of a template: marks are put in before it is compiled, and taken out of what it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from kbsync.render.origin import Origin, Piece
from kbsync.source.document import Document

_MARK = re.compile("\x02([^\x03]*)\\|(\\d+)\\|(\\d+)\\|(\\d+)\x03")


def unmarked(text: str, document: Document) -> Origin:
    """The text of `document` without its marks, and the places they told."""
    out: list[str] = []
    pieces: list[Piece] = []
    length = end = 0
    marks = list(_MARK.finditer(text))
    for mark, following in zip(marks, [*(each.start() for each in marks[1:]), len(text)], strict=True):
        out.append(text[end : mark.start()] if not pieces else "")
        length += len(out[-1])
        end = mark.end()
        run = text[end:following]
        shift = document.line - 1 if mark[1] == document.path else 0
        pieces.append(Piece(length, int(mark[4]), mark[1], int(mark[2]) + shift, int(mark[3])))
        out.append(run)
        length += len(run)
    return Origin("".join(out) if marks else text, document.path, document.line, tuple(pieces))


class Marks(Extension):
    """Puts a mark with its place before each line of literal text."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source without characters that would be read as marks."""
        del name, filename
        self._source = source.replace("\x02", "").replace("\x03", "")
        return self._source

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """The tokens of one template, literal text marked."""
        source, name = self._source, stream.name or ""
        starts = [0, *(match.end() for match in re.finditer("\n", source))]
        end = 0
        for token in stream:
            if token.type != "data":
                yield token
                continue
            begin = _begin(source, token.value, max(end, starts[min(token.lineno, len(starts)) - 1]))
            end = begin + len(token.value)
            column = begin - starts[min(token.lineno, len(starts)) - 1]
            yield Token(token.lineno, "data", _marked(token.value, name, token.lineno, column))


def _begin(source: str, value: str, start: int) -> int:
    """Where literal text begins: behind a tag, so that the same letters within a tag are passed by."""
    at = source.find(value, start)
    while at > 0 and not source[max(0, at - 60) : at].rstrip().endswith(("}}", "%}")):
        following = source.find(value, at + 1)
        if following < 0:
            break
        at = following
    return max(at, 0)


def _marked(value: str, name: str, line: int, column: int) -> str:
    rows = value.split("\n")
    marks = [f"\x02{name}|{line + at}|{1 if at else column + 1}|{len(row)}\x03{row}" for at, row in enumerate(rows)]
    return "\n".join(marks)
