"""HTML as a flat list of tokens, read with the standard library and written back in the service's style.

kbsync's own canonical form is built on another parser on purpose: a mistake shared by both would agree
with itself and never show.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from html.parser import HTMLParser

VOID = frozenset(
    (
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    )
)

# Opening one of these closes an open one of the same group, if nothing else is open in between.
_CLOSES: dict[str, frozenset[str]] = {
    "p": frozenset({"p"}),
    "li": frozenset({"li", "p"}),
    "td": frozenset({"td", "th"}),
    "th": frozenset({"td", "th"}),
    "tr": frozenset({"td", "th", "tr"}),
    "dt": frozenset({"dt", "dd"}),
    "dd": frozenset({"dt", "dd"}),
}


# A whole parser here would take most of the time of every listing; nothing but white space hangs on it.
_TAG = re.compile(r"""<!--.*?-->|</?[A-Za-z](?:[^>"']|"[^"]*"|'[^']*')*+>""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Start:
    """An opening tag; void ones have no `End`."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """A closing tag."""

    tag: str


@dataclass(frozen=True, slots=True)
class Text:
    """Text with entities decoded."""

    data: str


Token = Start | End | Text


def read_tokens(html: str) -> list[Token]:
    """The tokens of a fragment: tags lower-cased and balanced, comments and declarations left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.finish()


def write_tokens(tokens: Iterable[Token]) -> str:
    """HTML in the style of sheet section 6.2: double quotes, void tags unclosed, five entities at most."""
    return "".join(_write(token) for token in tokens)


@lru_cache(maxsize=4096)
def spaced_text(html: str) -> str:
    """description_text (sheet 6.4): each tag becomes a space, ends are not trimmed, entities are decoded."""
    return unescape(_TAG.sub(" ", html))


def _write(token: Token) -> str:
    match token:
        case Start(tag, attributes):
            return f"<{tag}{''.join(_attribute(name, value) for name, value in attributes)}>"
        case End(tag):
            return f"</{tag}>"
        case Text(data):
            return _escape(data).replace("<", "&lt;").replace(">", "&gt;")


def _attribute(name: str, value: str) -> str:
    return f' {name}="{_escape(value).replace(chr(34), "&quot;")}"'


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("\u00a0", "&nbsp;")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._tokens: list[Token] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._close_implied(tag)
        first: dict[str, str] = {}
        for name, value in attrs:
            first.setdefault(name, value or "")
        self._tokens.append(Start(tag, tuple(first.items())))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # HTML5 ignores the slash: <div/> opens a div.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open:
            closed = self._open.pop()
            self._tokens.append(End(closed))
            if closed == tag:
                return

    def handle_data(self, data: str) -> None:
        self._tokens.append(Text(data))

    def _close_implied(self, tag: str) -> None:
        closes = _CLOSES.get(tag, frozenset())
        while self._open and self._open[-1] in closes:
            self._tokens.append(End(self._open.pop()))

    def finish(self) -> list[Token]:
        while self._open:
            self._tokens.append(End(self._open.pop()))
        return self._tokens
