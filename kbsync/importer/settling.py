"""Which form of each block is kept: the first whose rendering is what is live (see `importer`).

Ranges of blocks are rendered and compared, and halved where they differ, so that an article of a hundred blocks
of which two are odd costs some twenty renderings of ever shorter texts.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from turbohtml import Element, Node, parse_fragment

from kbsync.html import canonical, visible_text
from kbsync.importer.blocks import Unheld, block, is_container, is_deep
from kbsync.importer.inline import Manner, escaped_text
from kbsync.importer.rawhtml import Address, is_block, runs, serialized, start_tag, unbraced

Render = Callable[[str], str]
Link = Callable[[str], str | None]

OUTSIDE = "<!-- raw -->"  # begins a block of HTML whose first word is not a tag
_TAG = re.compile(r"<[a-z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a block; `why` says why it is raw HTML, or is empty."""

    text: str
    why: str = ""


@dataclass(slots=True)
class Piece:
    """One block of a live body: its HTML, and its forms, the best first. `html` is what must come out."""

    html: str
    forms: Iterator[Form]
    tried: list[Form] = field(default_factory=list)
    at: int = 0
    lost: str = ""

    @property
    def form(self) -> Form:
        """The form that is taken at present."""
        if not self.tried:
            self.tried.append(next(self.forms))
        return self.tried[self.at]

    def another(self) -> bool:
        """Takes the next form; False where there is none."""
        if self.at + 1 == len(self.tried):
            form = next(self.forms, None)
            if form is None:
                return False
            self.tried.append(form)
        self.at += 1
        return True

    def take(self, form: Form) -> None:
        """Takes a form of somebody's own."""
        self.tried.append(form)
        self.at = len(self.tried) - 1


class Settling:
    """The blocks of one body, and the renderer that judges their forms."""

    def __init__(self, render: Render) -> None:
        self._whole = cache(render)
        # Where the settings ask for a table of contents, every text with two headings begins with one.
        self._adds_contents = is_contents(self._whole("# a\n\n# b\n"))

    def render(self, text: str) -> str:
        """The HTML of `text`, without the table of contents that settings put before it."""
        html = self._whole(text)
        if not self._adds_contents or not is_contents(html):
            return html
        below = runs(parse_fragment(html, positions=False).children)[2:]
        return serialized([node for run in below for node in run], str)

    def is_live(self, pieces: Sequence[Piece], live: str) -> bool:
        """Whether the whole text is as promised: as live in canonical form, but for what `pieces` have lost."""
        if any(piece.lost for piece in pieces):
            return self.agrees(pieces)
        return self.is_html(written(pieces), live)

    def is_html(self, text: str, live: str) -> bool:
        """Whether the whole body `text` is rendered as HTML whose canonical form is `live`."""
        return canonical(self._whole(text)) == live

    def settle(self, pieces: Sequence[Piece]) -> None:
        """Takes a form for each of `pieces`, so that together they are rendered as what is live."""
        if not pieces or self.agrees(pieces):
            return
        if len(pieces) == 1:
            self._settle_one(pieces[0])
            return
        middle = len(pieces) // 2
        self.settle(pieces[:middle])
        self.settle(pieces[middle:])
        while not self.agrees(pieces) and self._part(pieces, middle):
            pass

    def agrees(self, pieces: Sequence[Piece]) -> bool:
        """Whether `pieces` as they are written now are rendered as what is live."""
        return canonical(self.render(written(pieces))) == canonical("".join(piece.html for piece in pieces))

    def _part(self, pieces: Sequence[Piece], middle: int) -> bool:
        """Where neighbours disturb each other: another form for one of them. False where none is left."""
        low, high = middle, len(pieces)
        while high - low > 1:
            between = (low + high) // 2
            low, high = (between, high) if self.agrees(pieces[:between]) else (low, between)
        return any(self._another(pieces[index]) for index in (high - 1, middle - 1, middle))

    def _another(self, piece: Piece) -> bool:
        """Another form that is right by itself."""
        before = piece.at
        while not piece.lost and piece.another():
            if self.agrees([piece]):
                return True
        piece.at = before
        return False

    def _settle_one(self, piece: Piece) -> None:
        while not self.agrees([piece]):
            if not piece.another():
                self._settle_for_less(piece)
                return

    def _settle_for_less(self, piece: Piece) -> None:
        """No form holds all of it: the first that keeps every word, and a note of what is lost."""
        words = visible_text(piece.html)
        # The first form escapes nothing; where there is another one in Markdown, that is the careful one.
        first = 1 if len(piece.tried) > 1 and not piece.tried[1].why else 0
        piece.at = next((at for at in range(first, len(piece.tried)) if self._words(piece.tried[at]) == words), -1)
        if piece.at < 0:
            piece.take(Form(_as_text(words), "words without their marks"))
        html = self.render(piece.form.text)
        piece.lost = _loss(piece.html, html)
        piece.html = html

    def _words(self, form: Form) -> str:
        return visible_text(self.render(form.text))


def is_contents(html: str) -> bool:
    """True for HTML that begins with the title of a table of contents (API sheet 6.2)."""
    return html.startswith('<p class="fd-toc')


def written(pieces: Sequence[Piece]) -> str:
    """The Markdown of `pieces` in their present forms."""
    return "".join(f"{piece.form.text}\n\n" for piece in pieces if piece.form.text)


def piece_of(run: Sequence[Node], settling: Settling, link: Link, *, second: bool = False) -> Piece:
    """The piece for one run of `rawhtml.runs`."""
    html = serialized(run, str)
    forms = _distinct(_forms(run, settling, lambda address: _written_address(address, link), second))
    return Piece(html, forms)


def _written_address(address: str, link: Link) -> str:
    return address if address.startswith("#") else link(address) or address


def _distinct(forms: Iterator[Form]) -> Iterator[Form]:
    seen: set[str] = set()
    for form in forms:
        if form.text not in seen:
            seen.add(form.text)
            yield form


def _forms(run: Sequence[Node], settling: Settling, address: Address, second: bool) -> Iterator[Form]:
    why = "nested too deeply"
    if not is_deep(run):
        why = "Markdown gives other HTML for it"
        for to in (address, str):
            try:
                yield from (Form(block(run, manner, second=second)) for manner in _manners(to))
            except Unheld as unheld:
                why = str(unheld)
        if is_container(run):
            yield from _contained(run, settling, address)
    told = _told(run, why)
    for to in (address, str):
        yield from _raw(run, to, told)
    if not is_deep(run):
        with contextlib.suppress(Unheld):
            yield Form(block(run, Manner(str, 1, ids=True, stored_only=True)))
    yield Form(serialized(run, str, stored_only=True), told)
    yield Form(OUTSIDE + serialized(run, str, one_line=True, stored_only=True), told)


def _manners(address: Address) -> Iterator[Manner]:
    for ids in (False, True):
        for escapes in (0, 1):
            yield Manner(address, escapes, ids=ids)
    yield Manner(address, 2, ids=True)
    yield Manner(address, 1, ids=True, tags=True)
    yield Manner(address, 2, ids=True, tags=True)


def _contained(run: Sequence[Node], settling: Settling, address: Address) -> Iterator[Form]:
    """A box around blocks: its tags, and Markdown between them."""
    element = run[0]
    if not isinstance(element, Element):
        return
    pieces = pieces_of(element.children, settling, address)
    settling.settle(pieces)
    if any(not piece.form.why for piece in pieces):
        inner = written(pieces).rstrip("\n")
        told = "; ".join(piece.form.why for piece in pieces if piece.form.why)
        yield Form(f"{start_tag(element, address)}\n\n{inner}\n\n</{element.tag}>", told)


def _raw(run: Sequence[Node], address: Address, told: str) -> Iterator[Form]:
    html = serialized(run, address)
    line = OUTSIDE + serialized(run, address, one_line=True)
    texts: tuple[str, ...] = (html, line, unbraced(html), unbraced(line))
    if html.startswith("<pre"):  # the one block of HTML that empty lines do not end
        texts = (html.replace("&#10;", "\n"), *texts)
    yield from (Form(text, told) for text in texts)


def _told(run: Sequence[Node], why: str) -> str:
    words = " ".join(visible_text(serialized(run, str)).split())
    tag = f"<{run[0].tag}>" if isinstance(run[0], Element) else "text"
    return f"{tag} {words[:40]}: {why}" if words else f"{tag}: {why}"


def pieces_of(nodes: Sequence[Node], settling: Settling, link: Link) -> list[Piece]:
    """A piece for each run of `nodes` that readers see."""
    pieces: list[Piece] = []
    before = ""
    second = False
    for run in _shown(nodes):
        tag = run[0].tag if isinstance(run[0], Element) else ""
        second = tag in ("ul", "ol") and tag == before and not second
        before = tag
        pieces.append(piece_of(run, settling, link, second=second))
    return pieces


def _shown(nodes: Iterable[Node]) -> list[tuple[Node, ...]]:
    """The runs of `nodes` without empty paragraphs, but where one parts two texts that are in no paragraph."""
    shown: list[tuple[Node, ...]] = []
    gap: tuple[Node, ...] = ()
    for run in runs(nodes):
        if not canonical(serialized(run, str)):
            gap += run
            continue
        if gap and shown and not is_block(run[0]) and not is_block(shown[-1][-1]):
            shown[-1] += gap + run
        else:
            shown.append(run)
        gap = ()
    return shown


def _as_text(words: str) -> str:
    return "\n\n".join(escaped_text(line) for line in words.split("\n"))


def _loss(live: str, rendered: str) -> str:
    """What is live and is not in what kbsync would publish, in a few words."""
    lost = Counter(_TAG.findall(canonical(live))) - Counter(_TAG.findall(canonical(rendered)))
    marks = ", ".join(list(lost)[:5]) or "the order of its parts"
    missing = Counter(visible_text(live).split()) - Counter(visible_text(rendered).split())
    words = f"; words: {' '.join(list(missing)[:10])}" if missing else ""
    return f"kbsync does not publish {marks}{words}"
