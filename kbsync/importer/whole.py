"""A whole live body as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from turbohtml import Node, parse_fragment

from kbsync.html import canonical
from kbsync.importer.rawhtml import serialized
from kbsync.importer.settling import OUTSIDE, Form, Link, Piece, Render, Settling, is_contents, pieces_of, written

_UNSEEN = ("script", "style", "template")
_COUNTED = re.compile(r" \{#[^{}\s]+-\d+\}$")
_WHOLE = "the whole body: its blocks cannot stand beside each other as Markdown"


@dataclass(frozen=True, slots=True)
class Imported:
    """A live body as Markdown.

    `raw_blocks` names each block that was kept as raw HTML, with the reason; `lost` what kbsync cannot publish
    and Markdown therefore cannot hold. Where `lost` is empty, `markdown` is rendered as what is live, in canonical
    form.
    """

    markdown: str
    raw_blocks: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def to_markdown(html: str, render: Render, link: Link) -> Imported:
    """`html` as Markdown: `canonical(render(markdown)) == canonical(html)`, or `lost` says what is missing.

    `render` gives the HTML that kbsync makes of a Markdown body, links resolved to addresses; it is called often
    and must give the same for the same text. `link` gives the relative path for an address of a page or an image,
    or None where the address is to stay. Words are lost only where `lost` names them.
    """
    body = read(html)
    settling = Settling(render)
    pieces = pieces_of(body.nodes, settling, link)
    settling.settle(pieces)
    _shorten(pieces, settling)
    for attempt in (*_with_contents(pieces), pieces):
        if settling.is_live(attempt, body.canonical):
            return imported(attempt, body.unseen)
    return _last_resort(pieces, settling, body)


@dataclass(frozen=True, slots=True)
class Body:
    """A live body: its nodes, its canonical form, and what was taken out because no reader sees it."""

    nodes: tuple[Node, ...]
    canonical: str
    unseen: tuple[str, ...]


def read(html: str) -> Body:
    """`html` without what no reader sees."""
    root = parse_fragment(html, positions=False)
    unseen = [element for element in root.iter_elements() if element.tag in _UNSEEN]
    for element in unseen:
        element.decompose()
    nodes = tuple(root.children)
    # Not of what is written again where it can be helped: a browser's tree may hold what no HTML can say.
    form = canonical(serialized(nodes, str) if unseen else html)
    return Body(nodes, form, tuple(f"<{element.tag}> is not published" for element in unseen))


def imported(pieces: Sequence[Piece], lost: tuple[str, ...] = ()) -> Imported:
    """What was settled, as a result."""
    raw = tuple(piece.form.why for piece in pieces if piece.form.why)
    text = written(pieces).rstrip("\n")
    return Imported(f"{text}\n" if text else "", raw, lost + tuple(piece.lost for piece in pieces if piece.lost))


def _shorten(pieces: Sequence[Piece], settling: Settling) -> None:
    """Ids such as `steps-1` need not be written where counting the headings gives them, which the whole tells."""
    counted = [piece for piece in pieces if not piece.form.why and _COUNTED.search(piece.form.text)]
    kept = [piece.at for piece in counted]
    for piece in counted:
        piece.take(Form(_COUNTED.sub("", piece.form.text)))
    if counted and not settling.agrees(pieces):
        for piece, at in zip(counted, kept, strict=True):
            piece.at = at


def _with_contents(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces with a table of contents left to the renderer: to its settings, or at a mark."""
    at = next((at for at, piece in enumerate(pieces[:-1]) if is_contents(piece.html)), None)
    if at is None:
        return []
    html = pieces[at].html + pieces[at + 1].html
    return [[*pieces[:at], Piece(html, iter([Form(text)])), *pieces[at + 2 :]] for text in ("", "[[toc]]")]


def _last_resort(pieces: Sequence[Piece], settling: Settling, body: Body) -> Imported:
    """The blocks are right one by one and not together: all of the body as raw HTML, as one block."""
    texts = (serialized(body.nodes, str), OUTSIDE + serialized(body.nodes, str, one_line=True))
    piece = Piece(texts[0], iter([Form(text, _WHOLE) for text in texts]))
    settling.settle([piece])
    if settling.is_live([piece], body.canonical) and not piece.lost:
        return imported([piece], body.unseen)
    return imported(pieces, (*body.unseen, "its blocks do not come out as they are live when they stand together"))
