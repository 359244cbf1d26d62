"""What the server may do to the HTML of a write (sheet 6.1 to 6.4), as three profiles, all deterministic.

identity returns the very string. strip drops what the editor refuses. froala does the same and adds the
noise that a save in the web editor leaves. Visible text is kept by all of them, but for white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from kbsync.sandbox.html_tokens import VOID, End, Start, Text, Token, read_tokens, write_tokens
from kbsync.sandbox.switches import Switches


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The tags that the corpus of section 6.2 holds, and the plain text-level ones beside them.
_KEPT = _words(
    "p span br strong li td a img tr ul div ol h1 h2 h3 h4 hr pre em table tbody tfoot thead caption font i"
    " col colgroup u th b iframe blockquote section ins del s strike code kbd wbr sub sup small dl dt dd"
)
# Never in the corpus, and their content is no text of the article.
_DROPPED = _words("script style select textarea option svg object video audio template")
_ATTRIBUTES = _words(
    "style class id dir href target rel src alt title name width height colspan rowspan align contenteditable"
    " frameborder allowfullscreen allow sandbox"
)
_SANDBOX = "allow-scripts allow-forms allow-same-origin allow-presentation"
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_BLOCKS = _words(
    "p div ul ol li table thead tbody tfoot tr td th colgroup col h1 h2 h3 h4 hr pre blockquote section dl dt dd"
)
_DIRECTED = frozenset({"p", "li", "ul", "ol", "h1", "h2", "h3", "h4"})
_INLINE = frozenset({"a", "strong", "em", "b", "i", "code"})


def rewrite_body(html: str, switches: Switches) -> str:
    """The body as it is stored after a write through the API: the profile, then the heading ids (row 27)."""
    return rewrite_headings(apply_profile(html, switches.html_profile, switches.dropped_tags), switches.heading_ids)


def apply_profile(html: str, profile: Literal["identity", "strip", "froala"], dropped_tags: Iterable[str] = ()) -> str:
    """One profile applied to a body. Text without a tag or entity comes back unchanged (sheet 6.4)."""
    if profile == "identity" or not ("<" in html or "&" in html):
        return html
    tokens = list(_strip(read_tokens(html), _DROPPED | frozenset(dropped_tags)))
    return write_tokens(tokens if profile == "strip" else _add_noise(tokens))


def rewrite_headings(html: str, how: Literal["kept", "dropped", "regenerated"]) -> str:
    """Heading ids left, removed, or made of the text with spaces turned to dashes, case kept (sheet 6.2)."""
    if how == "kept":
        return html
    tokens = read_tokens(html)
    return write_tokens(_headings(tokens, regenerate=how == "regenerated"))


def _headings(tokens: list[Token], *, regenerate: bool) -> Iterator[Token]:
    for position, token in enumerate(tokens):
        if isinstance(token, Start) and token.tag in _HEADINGS:
            others = tuple(pair for pair in token.attributes if pair[0] != "id")
            made = (("id", "-".join(_heading_text(tokens, position).split())),) if regenerate else ()
            yield Start(token.tag, made + others)
        else:
            yield token


def _heading_text(tokens: list[Token], position: int) -> str:
    parts = []
    for token in tokens[position + 1 :]:
        if isinstance(token, End) and token.tag in _HEADINGS:
            break
        if isinstance(token, Text):
            parts.append(token.data)
    return "".join(parts)


def _strip(tokens: Iterable[Token], dropped: frozenset[str]) -> Iterator[Token]:
    skipping: list[str] = []
    for token in tokens:
        if skipping:
            if isinstance(token, Start) and token.tag == skipping[0] and token.tag not in VOID:
                skipping.append(token.tag)
            if isinstance(token, End) and token.tag == skipping[0]:
                skipping.pop()
        elif isinstance(token, Text):
            yield token
        elif token.tag in dropped:
            if isinstance(token, Start) and token.tag not in VOID:
                skipping.append(token.tag)
        elif token.tag in _KEPT:
            yield _clean(token) if isinstance(token, Start) else token


def _clean(token: Start) -> Start:
    kept = tuple(pair for pair in token.attributes if _is_kept(*pair))
    if token.tag == "iframe":
        kept = (*(pair for pair in kept if pair[0] != "sandbox"), ("sandbox", _SANDBOX))
    return Start(token.tag, kept)


def _is_kept(name: str, value: str) -> bool:
    if name in {"href", "src"}:
        return not re.sub(r"[\x00-\x20]", "", value).lower().startswith(("javascript:", "vbscript:"))
    return name in _ATTRIBUTES or name.startswith("data-")


def _add_noise(tokens: list[Token]) -> Iterator[Token]:
    number = 440
    in_pre = 0
    for position, token in enumerate(tokens):
        following = tokens[position + 1] if position + 1 < len(tokens) else None
        match token:
            case Start(tag, _):
                number += 1
                in_pre += tag == "pre"
                yield from _noisy_start(token, number, first=number == 441)
                if tag == "p" and following == End("p"):
                    yield Start("br")
            case End(tag):
                in_pre -= tag == "pre"
                yield token
                if tag == "iframe":
                    yield End("span")
            case Text(data) if in_pre:
                yield from _with_breaks(data)
            case Text(data):
                before = tokens[position - 1] if position else None
                yield from _noisy_text(data, before, following)


def _noisy_start(token: Start, number: int, *, first: bool) -> Iterator[Start]:
    if token.tag == "br":
        yield token
        return
    if token.tag == "iframe":
        yield Start("span", (("class", "fr-video fr-dvb fr-draggable"), ("contenteditable", "false")))
    attributes = dict(token.attributes)
    if token.tag in _DIRECTED:
        attributes.setdefault("dir", "ltr")
    if first and token.tag == "p":
        attributes.setdefault("id", "isPasted")
    if token.tag == "img":
        attributes["class"] = " ".join([*attributes.get("class", "").split(), "fr-fic", "fr-dib"])
        attributes.setdefault("style", "width: auto;")
    if token.tag == "a" and attributes.get("target") == "_blank":
        given = attributes.get("rel", "noreferrer noopener").split()
        attributes["rel"] = " ".join(reversed(given))
    if "style" in attributes:
        attributes["style"] = _reordered(attributes["style"])
    attributes["data-identifyelement"] = str(number)
    yield Start(token.tag, tuple(sorted(attributes.items())))


def _reordered(style: str) -> str:
    declarations = sorted(part.strip() for part in style.split(";") if part.strip())
    return " ".join(re.sub(r"\s*:\s*", ": ", part, count=1) + ";" for part in declarations)


def _with_breaks(data: str) -> Iterator[Token]:
    for index, line in enumerate(data.split("\n")):
        if index:
            yield Start("br")
        if line:
            yield Text(line)


def _noisy_text(data: str, before: Token | None, after: Token | None) -> Iterator[Text]:
    text = re.sub(r"[ \t\r\n]+", " ", data)
    if text == " " and _is_block_edge(before) and _is_block_edge(after):
        return
    if text.endswith(" ") and isinstance(after, Start) and after.tag in _INLINE:
        text = text[:-1] + "\u00a0"
    if text:
        yield Text(text)


def _is_block_edge(token: Token | None) -> bool:
    return token is None or (not isinstance(token, Text) and token.tag in _BLOCKS)
