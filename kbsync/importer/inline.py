"""What stands within a line, as Markdown: marks where they say it exactly, HTML tags where they do not.

Whether the result is read back as it was meant is never decided here: it is rendered and compared (see
`settling`). So a writer may try the fewest escapes first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from turbohtml import Element, Node, Text

from kbsync.html import VOID
from kbsync.importer.rawhtml import STORED, Address, is_bare, meant, start_tag

_SPACE = re.compile(r"[ \t\n\r\f]+")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_AMBIGUOUS = re.compile(
    r"""\\(?=[!-/:-@\[-`{-~\n]|\Z) | ` | \[ | !(?=\[|\Z)
      | (?<!\s)\* | \*(?!\s) | (?<![^\W_])_ | _(?![^\W_])
      | ~(?=~) | (?<=~)~ | <(?=[A-Za-z/!?]) | &(?=\#?\w+;)
      | (?<=ttp):(?=//) | (?<=ttps):(?=//) | (?<=tp):(?=//) | (?<=mailto): | (?<=www)\. | @(?=\w)
      | \A\{ | \{(?=[{%#])""",
    re.X | re.I,
)
_LINE_START = re.compile(
    r"(?m)^(?:(?P<sign>#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=:|~](?=[-=:|~\s]|$))|(?P<number>\d{1,9})(?=[.)](?:\s|$)))"
)
_PLAIN_ADDRESS = re.compile(r"[^\s<>()\\\x00-\x1f]+")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_MARKS = {"strong": "**", "em": "*", "s": "~~"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How to write: `escapes` from 0 (none) to 2 (every sign), `ids` on headings, `tags` instead of marks.

    `stored_only` leaves out tags that were never seen in storage; `address` says how an address is written.
    """

    address: Address
    escapes: int = 0
    ids: bool = False
    tags: bool = False
    stored_only: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Where text stands: in a heading or cell (`one_line`), in a cell, in the text of a link."""

    one_line: bool = False
    cell: bool = False
    link: bool = False


def inline(nodes: Sequence[Node], manner: Manner, *, one_line: bool = False, cell: bool = False) -> str:
    """`nodes` as the Markdown of one paragraph, heading (`one_line`) or table cell."""
    return _Inline(manner, _Place(one_line or cell, cell)).write(list(nodes), "", "").strip(" \n\t")


class _Inline:
    def __init__(self, manner: Manner, place: _Place) -> None:
        self._manner = manner
        self._place = place

    def write(self, nodes: list[Node], before: str, after: str) -> str:
        """`nodes`, between the characters `before` and `after`."""
        out = ""
        for index, node in enumerate(nodes):
            previous = out[-1:] or before
            following = _first(nodes[index + 1]) if index + 1 < len(nodes) else after
            if isinstance(node, Text):
                out += self._text(node.data, previous)
            elif isinstance(node, Element):
                out += self._element(node, previous, following)
        return out

    def _element(self, element: Element, before: str, after: str) -> str:
        if element.tag == "br" and not meant(element):
            lone = (
                not self._place.one_line and before != ">" and after not in ("", "\n") and _first_tag(element) != "br"
            )
            return "\\\n" if lone and before not in ("", "\n") else "<br>"
        if writer := _WRITERS.get(element.tag):
            written = writer(self, element, before, after)
            if written is not None:
                return written
        if is_bare(element):
            return self.write(list(element.children), before, after)
        return self._tagged(element, before, after)

    def _tagged(self, element: Element, before: str, after: str) -> str:
        """`element` in its own tags, what is in it as Markdown."""
        if self._manner.stored_only and element.tag not in STORED:
            return self.write(list(element.children), before, after)
        start = start_tag(element, self._manner.address)
        if element.tag in VOID:
            return start
        return f"{start}{self.write(list(element.children), '>', '<')}</{element.tag}>"

    def emphasis(self, element: Element, before: str, after: str) -> str | None:
        """Strong, emphasised or struck out, where marks are read as such there."""
        if self._manner.tags or meant(element):
            return None
        mark = _MARKS[element.tag]
        text = self.write(list(element.children), mark[0], mark[0])
        if mark[0] == "*" and "*" in (before, after, text[:1], text[-1:]):
            mark = mark.replace("*", "_")
            text = self.write(list(element.children), mark[0], mark[0])
        return f"{mark}{text}{mark}" if _flanks(mark, text, before, after) else None

    def code(self, element: Element, *_: str) -> str | None:
        """Code, where it is nothing but text."""
        text = _SPACE.sub(" ", element.text)
        if meant(element) or not text.strip() or any(isinstance(node, Element) for node in element.children):
            return None
        fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
        pad = " " if "`" in (text[0], text[-1]) or (text[0] == text[-1] == " ") else ""
        return f"{fence}{pad}{text.replace('|', chr(92) + '|') if self._place.cell else text}{pad}{fence}"

    def link(self, element: Element, *_: str) -> str | None:
        """A link, bare where its text is its address."""
        marks = meant(element)
        extra = _attribute_block(marks, {"href", "title"})
        if not marks.get("href") or extra is None or self._place.link:
            return None
        address = self._manner.address(marks["href"])
        bare = address in (element.text, f"mailto:{element.text}")
        if bare and len(marks) == 1 and not element.find_all() and re.fullmatch(r"[^\s<>]+", address):
            return element.text if self._manner.escapes == 0 else f"<{element.text}>"
        text = _Inline(self._manner, _Place(self._place.one_line, self._place.cell, True)).write(
            list(element.children), "[", "]"
        )
        return f"[{text}]({self._destination(address)}{_title(marks.get('title'))}){extra}"

    def image(self, element: Element, *_: str) -> str | None:
        """An image that has a text for those who do not see it; Markdown has no way to leave that out."""
        marks = meant(element)
        extra = _attribute_block(marks, {"src", "alt", "title"})
        if not marks.get("src") or "alt" not in marks or extra is None or set(marks) & {"style", "class"}:
            return None
        text = _escaped(marks["alt"], self._manner.escapes)
        text = text.replace("]", "\\]") if self._manner.escapes == 1 else text
        text = text.replace("|", "\\|") if self._place.cell and self._manner.escapes < 2 else text
        address = self._destination(self._manner.address(marks["src"]))
        return f"![{text}]({address}{_title(marks.get('title'))}){extra}"

    def _destination(self, address: str) -> str:
        address = _ENTITY.sub("&amp;", address)
        address = address.replace("|", "%7C") if self._place.cell else address
        if _PLAIN_ADDRESS.fullmatch(address):
            return address
        return "<" + address.replace("\\", "\\\\").replace("<", "\\<").replace(">", "\\>") + ">"

    def _text(self, data: str, before: str) -> str:
        data = _SPACE.sub(lambda run: "\n" if "\n" in run[0] and not self._place.one_line else " ", data)
        at_start = before in ("", "\n")
        data = data.lstrip(" \n") if at_start else data
        text = _escaped(data, self._manner.escapes)
        if self._manner.escapes == 1:
            text = _line_starts(text, at_start=at_start)
            text = text.replace("]", "\\]") if self._place.link else text
        if self._place.cell and self._manner.escapes < 2:
            text = text.replace("|", "\\|")
        return text.replace("\xa0", "&nbsp;")


_WRITERS: dict[str, Callable[[_Inline, Element, str, str], str | None]] = {
    "strong": _Inline.emphasis,
    "em": _Inline.emphasis,
    "s": _Inline.emphasis,
    "code": _Inline.code,
    "a": _Inline.link,
    "img": _Inline.image,
}


def escaped_text(text: str) -> str:
    """`text` with every sign of it escaped: whatever it holds, it is read as text."""
    return _escaped(text, 2).replace("\xa0", "&nbsp;")


def _escaped(text: str, level: int) -> str:
    pattern = (None, _AMBIGUOUS, _PUNCTUATION)[level]
    return text if pattern is None else pattern.sub(lambda match: f"\\{match[0]}", text)


def _line_starts(text: str, *, at_start: bool) -> str:
    """`text` with what would begin a heading, list, quote or table at the start of a line escaped."""

    def escape(match: re.Match[str]) -> str:
        if match.start() == 0 and not at_start:
            return match[0]
        return f"\\{match['sign']}" if match["sign"] else f"{match['number']}\\"

    return _LINE_START.sub(escape, text)


def _first(node: Node) -> str:
    """The character that `node` will begin with, as far as the marks before it are concerned."""
    if isinstance(node, Text):
        return " " if node.data[:1].isspace() else node.data[:1]
    if isinstance(node, Element) and node.tag in ("strong", "em"):
        return "*"
    return "<"


def _first_tag(element: Element) -> str:
    """The tag of the element right behind `element`, or an empty string."""
    following = element.next_sibling
    if isinstance(following, Text) and not following.data.strip():
        following = following.next_sibling
    return following.tag if isinstance(following, Element) else ""


def _flanks(mark: str, text: str, before: str, after: str) -> bool:
    """Whether `mark` opens before and closes behind `text` (CommonMark's flanking rules)."""
    if not text or _is_space(text[0]) or _is_space(text[-1]) or mark[0] in (text[0], text[-1], before, after):
        return False
    opens = not _is_sign(text[0]) or _is_space(before) or _is_sign(before)
    closes = not _is_sign(text[-1]) or _is_space(after) or _is_sign(after)
    within = mark[0] == "_" and (before.isalnum() or after.isalnum())
    return opens and closes and not within


def _is_space(char: str) -> bool:
    return not char or char.isspace()


def _is_sign(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _title(title: str | None) -> str:
    if title is None:
        return ""
    return ' "' + _ENTITY.sub("&amp;", title.replace("\\", "\\\\").replace('"', '\\"')) + '"'


_BLOCKABLE = frozenset(("id", "class", "title", "width", "height", "align", "target", "name"))


def _attribute_block(marks: dict[str, str], told: set[str]) -> str | None:
    """The attributes besides `told` as `{name="value"}`; None where that cannot hold them."""
    extra = {name: value for name, value in marks.items() if name not in told}
    if not all(name in _BLOCKABLE and re.fullmatch(r"[\w %.:#/-]+", value) for name, value in extra.items()):
        return None
    return "{" + " ".join(f'{name}="{value}"' for name, value in extra.items()) + "}" if extra else ""
