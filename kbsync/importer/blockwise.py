"""A live edit brought into its source: changed blocks are written anew, the others stay byte for byte.

Which HTML comes from which lines is found by rendering the old source once with a mark between its blocks, so
that references, footnotes, includes and counted headings are what they are in the whole.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from turbohtml import Element, Node, parse_fragment

from kbsync.html import canonical
from kbsync.importer.rawhtml import runs, serialized
from kbsync.importer.settling import Link, Piece, Render, Settling, is_contents, pieces_of
from kbsync.importer.whole import Imported, read, to_markdown

_MARK = "kbsyncmark"
_ATTRIBUTES = re.compile(r"\{(?!%)[^{}\n]*\}\s*")

# How kbsync writes a reference to a footnote, brought back block by block.
_FOOTNOTE = re.compile(
    r'<span style="vertical-align: super; font-size: smaller;">\[\[(\d+)\]\]\(#fn-\1\)'
    r'\{id="fnref-\1(?:-\d+)?"\}</span>'
)

_Run = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Lines of the source that belong together, and the canonical form of each block they are rendered as.

    Lines that show nothing (a definition of a reference, a comment) have no forms. `source` is empty where
    something is rendered that stands nowhere: the list of footnotes.
    """

    source: str
    forms: tuple[str, ...]


def updated(old_markdown: str, html: str, render: Render, link: Link) -> Imported:
    """`html` as Markdown, with every block of `old_markdown` that is still rendered as live kept as it stands.

    Promises what `to_markdown` does. Where the blocks that stay and the new ones do not come out right together,
    it is `to_markdown`. What is written anew has its includes and variables resolved.
    """
    settling = Settling(render)
    body = read(html)
    if settling.is_html(old_markdown, body.canonical):
        return Imported(old_markdown, (), body.unseen)
    groups, labels = _groups(old_markdown, render), _labels(old_markdown)
    for lenient in (True, False) if groups else ():
        merge = _Merge(groups, _live(body.nodes, lenient), lenient, labels)
        if not merge.staying and sum(bool(group.forms) for group in groups) > 1:
            break  # another text altogether: it needs no definitions and comments of the old one
        text, pieces = merge.merged(settling, link, old_markdown)
        lost = tuple(piece.lost for piece in pieces if piece.lost)
        if not lost and settling.is_html(text, body.canonical):
            raw = tuple(piece.form.why for piece in pieces if piece.form.why)
            return Imported(text, raw, body.unseen)
    return to_markdown(html, render, link)


def _live(nodes: Sequence[Node], lenient: bool) -> list[tuple[_Run, str]]:
    """The runs that readers see, each with its canonical form."""
    pairs = [(run, canonical(serialized(run, str))) for run in runs(nodes)]
    pairs = [pair for pair in pairs if pair[1]]
    forms = _lenient([form for _, form in pairs]) if lenient else [form for _, form in pairs]
    return [(run, form) for (run, _), form in zip(pairs, forms, strict=True)]


def _lenient(forms: Sequence[str]) -> list[str]:
    """`forms` with every table of contents alike: it follows the headings, and the whole is compared at last."""
    return ["contents" if at and is_contents(forms[at - 1]) else form for at, form in enumerate(forms)]


# --- which HTML comes from which lines --------------------------------------------------------------------------


def _groups(markdown: str, render: Render) -> list[_Group]:
    """The groups of a source, in order; empty where they cannot be told apart."""
    if _MARK in markdown:
        return []
    segments = _segments(markdown)
    marked = "".join(f"{_mark(at)}\n\n{segment}\n\n" for at, segment in enumerate(segments))
    root = parse_fragment(render(f"{marked}{_mark(len(segments))}\n"), positions=False)
    marks = _boundaries(list(root.children))
    for paragraph in list(root.iter_elements("p")):
        if paragraph.parent is not root and paragraph.text.startswith(_MARK):
            paragraph.decompose()
    if 0 not in marks or len(segments) not in marks or sorted(marks) != list(marks):
        return []
    children = list(root.children)
    places = [(0, -1), *((place, at) for at, place in marks.items()), (len(children), -1)]
    return [
        _Group(
            "".join(segments[at : after if after >= 0 else None]) if at >= 0 else "",
            tuple(form for _, form in _live([n for n in children[place:end] if _number(n) is None], False)),
        )
        for (place, at), (end, after) in itertools.pairwise(places)
    ]


def _mark(at: int) -> str:
    return f"{_MARK}{at}x"


def _number(node: Node) -> int | None:
    match = re.fullmatch(rf"{_MARK}(\d+)x", node.text) if isinstance(node, Element) and node.tag == "p" else None
    return int(match[1]) if match else None


def _boundaries(nodes: Sequence[Node]) -> dict[int, int]:
    """Where each mark stands that stands once, by its number. A loop of a template repeats some."""
    found: dict[int, list[int]] = {}
    for place, node in enumerate(nodes):
        number = _number(node)
        if number is not None:
            found.setdefault(number, []).append(place)
    return {number: places[0] for number, places in found.items() if len(places) == 1}


def _segments(markdown: str) -> list[str]:
    """The lines of each top-level block, with the empty lines behind it; together they are `markdown`."""
    lines = [f"{line}\n" for line in markdown.removesuffix("\n").split("\n")]
    if not markdown.endswith("\n"):
        lines[-1] = lines[-1].removesuffix("\n")
    starts = {0}
    for token in _parser().parse(markdown):
        if token.level == 0 and token.map and token.nesting >= 0:
            starts.add(token.map[0])
            starts.add(_end(lines, token.map[1]))
    ordered = sorted(start for start in starts if start < len(lines))
    segments = ["".join(lines[start:end]) for start, end in zip(ordered, [*ordered[1:], None], strict=True)]
    return list(_glued(segments))


def _end(lines: Sequence[str], end: int) -> int:
    while end < len(lines) and not lines[end].strip():
        end += 1
    return end


def _labels(markdown: str) -> dict[int, str]:
    """The labels of the footnotes that are referred to, by the numbers readers see."""
    env: dict[str, Any] = {}
    _parser().parse(markdown, env)
    notes = env.get("footnotes", {}).get("list", {})
    return {number + 1: str(note["label"]) for number, note in notes.items() if note.get("label")}


def _glued(segments: Sequence[str]) -> Iterator[str]:
    """`segments` with `{.class}` on a line of its own kept with the block below it."""
    held = ""
    for segment in segments:
        held += segment
        if not _ATTRIBUTES.fullmatch(segment):
            yield held
            held = ""
    if held:
        yield held


@cache
def _parser() -> MarkdownIt:
    """Knows where blocks begin and end; what they mean is the renderer's."""
    md = MarkdownIt("commonmark", {"html": True}).enable(["table"])
    return md.use(footnote_plugin, inline=False).use(deflist_plugin)


# --- what stays, and what is written anew -----------------------------------------------------------------------


class _Merge:
    """The old groups beside the live runs."""

    def __init__(
        self, groups: Sequence[_Group], live: Sequence[tuple[_Run, str]], lenient: bool, labels: Mapping[int, str]
    ) -> None:
        self._groups = groups
        self._labels = labels if lenient else {}
        self._live = live
        self._old = [form for group in groups for form in group.forms]
        self._old = _lenient(self._old) if lenient else self._old
        self.staying = self._matched()

    def _matched(self) -> dict[int, int]:
        """For each group all of whose blocks are live as they were, the first live run that is its own."""
        new = [form for _, form in self._live]
        # Both ends first: of blocks that are all alike, the longest match may leave out those that stayed.
        top = _alike(self._old, new)
        end = _alike(self._old[: top - 1 if top else None : -1], new[: top - 1 if top else None : -1])
        where = {at: at for at in range(top)} | {len(self._old) - at: len(new) - at for at in range(1, end + 1)}
        matcher = SequenceMatcher(
            None, self._old[top : len(self._old) - end], new[top : len(new) - end], autojunk=False
        )
        for a, b, size in matcher.get_matching_blocks():
            where |= {top + a + step: top + b + step for step in range(size)}
        staying: dict[int, int] = {}
        at = 0
        for number, group in enumerate(self._groups):
            places = [where.get(index) for index in range(at, at + len(group.forms))]
            at += len(group.forms)
            first = places[0] if places else None
            if first is not None and places == list(range(first, first + len(places))):
                staying[number] = first
        return staying

    def merged(self, settling: Settling, link: Link, old: str) -> tuple[str, list[Piece]]:
        """The new text, and the pieces that were written anew."""
        text = ""
        pieces: list[Piece] = []
        for source, runs_here, gap in self._parts():
            new = pieces_of([node for run in runs_here for node in run], settling, link)
            settling.settle(new)
            pieces += new
            for form in (piece.form.text for piece in new if piece.form.text):
                text = f"{_apart(text)}{self._footnoted(form)}\n\n"
            text = (text.rstrip("\n") + gap if new and len(gap) > 2 else text) + source
        tail = old[len(old.rstrip("\n")) :] or "\n"
        return (text.rstrip("\n") + tail if text.strip() else ""), pieces

    def _footnoted(self, form: str) -> str:
        """References to footnotes of the old source as they are written there."""
        labels = self._labels
        return _FOOTNOTE.sub(lambda found: f"[^{labels.get(int(found[1]), '')}]" if labels else found[0], form)

    def _parts(self) -> Iterator[tuple[str, list[_Run], str]]:
        """In order: live runs to be written anew, and behind them the source that stays (may be empty).

        The third are the line ends behind what was there before.
        """
        done = 0
        for number, group in enumerate(self._groups):
            start = self.staying.get(number)
            if start is not None:
                yield group.source, [run for run, _ in self._live[done:start]], ""
                done = start + len(group.forms)
            elif group.forms:
                upto = min((first for later, first in self.staying.items() if later > number), default=len(self._live))
                gap = group.source[len(group.source.rstrip("\n")) :]
                yield "", [run for run, _ in self._live[done:upto]], gap
                done = upto
            else:
                yield group.source, [], ""
        yield "", [run for run, _ in self._live[done:]], ""


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many blocks are the same from the start on."""
    return next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _apart(text: str) -> str:
    """`text` ending in an empty line, so that what follows is a block of its own."""
    if not text or (text.endswith("\n") and re.match(" {0,3}#{1,6} ", text[:-1].rpartition("\n")[2])):
        return text
    return text if text.endswith("\n\n") else text.rstrip("\n") + "\n\n" if text.endswith("\n") else f"{text}\n\n"
