"""Live HTML as raw HTML in Markdown: what Markdown cannot say is kept in the words of HTML.

Only marks of Freshdesk's editor that no reader sees are left out. Nothing recurses, because nesting in a live
body may be deeper than Python's recursion limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from html import escape

from turbohtml import Element, Node, Text

from kbsync.html import VOID, canonical

Address = Callable[[str], str]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _names(
    "address article aside blockquote center dd details dialog div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hgroup hr iframe legend main menu nav ol p pre search section summary "
    "table ul"
)
# What was seen in storage (API sheet 6.2). Another element may be shown as text, or taken out with its content.
STORED = _names(
    "a b blockquote br code col colgroup del div em font h1 h2 h3 h4 h5 hr i iframe img ins kbd li ol p pre "
    "s section span strike strong sub sup table tbody td th thead tr u ul wbr"
)
_ROWS = _names("caption col colgroup li tbody td tfoot th thead tr")
# An attribute that the canonical form ignores and that still does something: where a picture stands, say.
_KEPT = frozenset(("class", "data-id"))
_ADDRESSES = {("a", "href"), ("img", "src")}

_SPACE = re.compile(r"[ \t\n\r\f]+")
_BLANK = re.compile(r"\n(?=[ \t]*(?:\n|\Z))")


def serialized(nodes: Iterable[Node], address: Address, *, one_line: bool = False, stored_only: bool = False) -> str:
    """`nodes` as HTML without an empty line in it, since that would end a block of raw HTML.

    `stored_only` leaves out the tags (never the text) of elements that were never seen in storage.
    """
    out = _Writer(address, one_line)
    pending: list[Node | str] = [*reversed(list(nodes))]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            out.end(item)
        elif isinstance(item, Text):
            out.text(item.data)
        elif isinstance(item, Element):
            if not is_bare(item) and (not stored_only or item.tag in STORED):
                out.start(item)
                if item.tag in VOID:
                    continue
                pending.append(item.tag)
            pending.extend(reversed(list(item.children)))
    return "".join(out.parts).strip("\n ")


class _Writer:
    """HTML being written: block tags on lines of their own, white space folded outside `pre`."""

    def __init__(self, address: Address, one_line: bool) -> None:
        self.parts: list[str] = []
        self._address = address
        self._line = "" if one_line else "\n"
        self._pre = 0

    def start(self, element: Element) -> None:
        if element.tag in BLOCKS or element.tag in _ROWS:
            self._new_line()
        self.parts.append(start_tag(element, self._address))
        self._pre += element.tag == "pre"
        if element.tag == "hr":
            self._new_line()

    def end(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")
        self._pre -= tag == "pre"
        if tag in BLOCKS or tag in _ROWS:
            self._new_line()

    def text(self, data: str) -> None:
        if self._pre:
            text = _BLANK.sub("&#10;", _escaped(data.replace("\r\n", "\n").replace("\r", "\n")))
            self.parts.append(text if self._line else text.replace("\n", "&#10;"))
            return
        text = _SPACE.sub(" ", data)
        text = text.lstrip(" ") if self._at_line_start() else text
        self.parts += [_escaped(text)] if text else []

    def _at_line_start(self) -> bool:
        return not self.parts or self.parts[-1].endswith("\n")

    def _new_line(self) -> None:
        if self._line and not self._pre and not self._at_line_start():
            self.parts[-1] = self.parts[-1].rstrip(" ")
            self.parts.append("\n")


def start_tag(element: Element, address: Address) -> str:
    """The start tag of `element`, without the editor's marks; addresses as `address` gives them."""
    written = []
    for name, value in attributes(element).items():
        kept = name in _KEPT or (element.tag, name) == ("a", "rel")
        if kept or not is_noise(element.tag, name, value):
            new = address(value) if (element.tag, name) in _ADDRESSES else value
            written.append(f' {name}="{escape(new, quote=False).replace(chr(34), "&quot;")}"')
    return f"<{element.tag}{''.join(written)}>".replace("\n", "&#10;").replace("\xa0", "&nbsp;")


def is_bare(element: Element) -> bool:
    """True for a box that says nothing of its content once the editor's marks are off."""
    return element.tag in ("span", "font") and start_tag(element, str) == f"<{element.tag}>"


def attributes(element: Element) -> dict[str, str]:
    """The attributes of `element` as texts."""
    return {name: " ".join(value) if isinstance(value, list) else value or "" for name, value in element.attrs.items()}


def meant(element: Element) -> dict[str, str]:
    """The attributes of `element` that the canonical form keeps: those that mean something to readers."""
    return {name: value for name, value in attributes(element).items() if not is_noise(element.tag, name, value)}


@lru_cache(maxsize=4096)
def is_noise(tag: str, name: str, value: str) -> bool:
    """True for an attribute that the canonical form drops. It is asked, so that there is one such list."""
    probe = "img" if tag == "img" else "i"
    return canonical(f'<{probe} {name}="{escape(value)}">') == canonical(f"<{probe}>")


def unbraced(html: str) -> str:
    """`html` with its braces as entities, so that templates do not read them."""
    return html.replace("{", "&#123;").replace("}", "&#125;")


def is_block(node: Node) -> bool:
    """True for what stands on lines of its own."""
    return isinstance(node, Element) and node.tag in BLOCKS


def runs(nodes: Iterable[Node]) -> list[tuple[Node, ...]]:
    """`nodes` parted as a reader sees them: each block by itself, and what stands between two of them.

    Runs that show nothing are left out.
    """
    parts: list[list[Node]] = [[]]
    pending = [*reversed(list(nodes))]
    while pending:
        node = pending.pop()
        if isinstance(node, Element) and is_bare(node):
            pending.extend(reversed(list(node.children)))
        elif is_block(node):
            parts += [[node], []]
        elif isinstance(node, Element | Text):
            parts[-1].append(node)
    return [tuple(part) for part in parts if part and not _is_empty(part)]


def _is_empty(part: Sequence[Node]) -> bool:
    return all(isinstance(node, Text) and not _SPACE.sub("", node.data) for node in part)


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace("\xa0", "&nbsp;")
