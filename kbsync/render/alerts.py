"""GitHub's alerts as Freshdesk's callouts, or as boxes with inline styles.

A callout is a `pre` (320 of 374 `pre` in storage are callouts, API sheet 6.2). In a `pre` each line end shows
and no block may stand, so its content is flattened: paragraphs and the items of a list become lines. An alert
that holds more than that, such as a table or code, becomes a box, whatever the configuration says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from markdown_it.token import Token

_MARK = re.compile(r"\[!(note|tip|important|warning|caution)\][ \t]*(?:\n|$)?", re.I)
_INLINE_TAG = re.compile(r"</?(?:a|b|br|code|del|em|font|i|ins|kbd|mark|s|small|span|strong|sub|sup|u|wbr)\b")
_SPACES = re.compile(r"\s+")

_FLAT = frozenset({"paragraph_open", "paragraph_close", "inline", "bullet_list_open", "bullet_list_close",
                   "ordered_list_open", "ordered_list_close", "list_item_open", "list_item_close"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How one kind of alert looks: Freshdesk's name, and the box's sign and colours."""

    callout: str
    sign: str
    line: str
    fill: str


# A sign and no word, for articles are written in every language; and not the colour alone, for not all see it.
_LOOKS = {
    "note": Look("note", "ℹ️", "#0969da", "#eef5ff"),
    "tip": Look("idea", "💡", "#1a7f37", "#ecf8ef"),
    "important": Look("info", "❗", "#8250df", "#f5f0ff"),
    "warning": Look("warning", "⚠️", "#9a6700", "#fff8e1"),
    "caution": Look("danger", "🛑", "#cf222e", "#ffefee"),
}

# Renders the children of an inline token.
Inline = Callable[[Sequence[Token]], str]


def with_alerts(tokens: list[Token], form: Literal["freshdesk", "boxes"], inline: Inline) -> list[Token]:
    """`tokens` with each alert replaced. The children of inline tokens are final at this point."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        kind = _kind(tokens, index)
        if kind:
            end = _closing(tokens, index)
            content = _without_mark(tokens[index + 1 : end])
            if form == "freshdesk" and _is_flat(content):
                out.append(_callout(tokens[index], _LOOKS[kind], _flattened(content, inline)))
                index = end + 1
                continue
            tokens[index : end + 1] = _box(tokens[index], tokens[end], _LOOKS[kind], content)
        out.append(tokens[index])
        index += 1
    return out


def _kind(tokens: list[Token], index: int) -> str:
    """Which alert begins at `index`, or an empty string."""
    if tokens[index].type != "blockquote_open" or index + 2 >= len(tokens):
        return ""
    inline = tokens[index + 2]
    match = _MARK.match(inline.content) if tokens[index + 1].type == "paragraph_open" else None
    if match is None or not inline.children or not inline.children[0].content.startswith("[!"):
        return ""  # no mark, or one that is escaped or a link
    alone = len(match[0]) == len(inline.content) and tokens[index + 4].type == "blockquote_close"
    return "" if alone else match[1].lower()


def _closing(tokens: list[Token], index: int) -> int:
    level = tokens[index].level
    return next(
        at
        for at in range(index + 1, len(tokens))
        if tokens[at].type == "blockquote_close" and tokens[at].level == level
    )


def _without_mark(content: list[Token]) -> list[Token]:
    """The tokens of the alert; the mark is taken out of the first paragraph, which goes if it is empty then."""
    children = content[1].children or []
    children[0].content = _MARK.sub("", children[0].content, count=1)
    start = 0
    while start < len(children) and _is_empty(children[start]):
        start += 1
    content[1].children = children[start:]
    if children[start:]:
        children[start].content = children[start].content.lstrip()
        return content
    return content[3:]


def _is_empty(token: Token) -> bool:
    return token.type in ("softbreak", "hardbreak") or (token.type == "text" and not token.content.strip())


def _is_flat(content: list[Token]) -> bool:
    depth = 0
    for token in content:
        depth += token.nesting if token.type in ("bullet_list_open", "ordered_list_open") else 0
        depth -= 1 if token.type in ("bullet_list_close", "ordered_list_close") else 0
        if token.type not in _FLAT or depth > 1:
            return False
        if token.type == "inline" and not all(_is_inline(child) for child in token.children or ()):
            return False
    return True


def _is_inline(child: Token) -> bool:
    if child.type == "html_inline":
        return not child.content or _INLINE_TAG.match(child.content) is not None
    return child.type != "image"


def _flattened(content: list[Token], inline: Inline) -> str:
    """Paragraphs with an empty line between them, the items of a list each on its line."""
    out: list[str] = []
    number: int | None = None
    gap = ""
    for token in content:
        if token.type == "ordered_list_open":
            number = int(token.attrs.get("start", 1))
        elif token.type == "bullet_list_open":
            number = None
        elif token.type == "list_item_open":
            out.append(gap and ("<br>" if gap == "item" else "<br><br>"))
            out.append("• " if number is None else f"{number}. ")
            number = None if number is None else number + 1
            gap = "marked"
        elif token.type == "inline":
            out.append("" if gap in ("", "marked") else "<br>" if gap == "item" else "<br><br>")
            out.append(_one_line(inline, token.children or []))
            gap = "item" if token.level > content[0].level + 1 else "paragraph"
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            gap = "paragraph"
    return "".join(out)


def _one_line(inline: Inline, children: list[Token]) -> str:
    for child in children:
        if child.type == "softbreak":
            child.type, child.content = "text", " "
        elif child.type == "text":
            child.content = _SPACES.sub(" ", child.content)
    return inline(children).strip().replace("<br>\n", "<br>")


def _callout(opening: Token, look: Look, html: str) -> Token:
    token = Token("ready", "", 0, block=True, map=opening.map, level=opening.level)
    token.content = f'<pre class="fd-callout fd-callout--{look.callout}">{html}</pre>\n'
    return token


def _box(opening: Token, closing: Token, look: Look, content: list[Token]) -> list[Token]:
    style = f"border-left: 4px solid {look.line}; background-color: {look.fill}; color: #1f2328; padding: 8px 16px; "
    opening.type, opening.tag = "div_open", "div"
    opening.attrs = {**opening.attrs, "style": f"{style}margin: 16px 0;"}
    closing.type, closing.tag = "div_close", "div"
    if content and content[0].type == "paragraph_open" and content[1].children:
        sign = Token("text", "", 0)
        sign.content = f"{look.sign} "
        content[1].children.insert(0, sign)
    else:
        mark = Token("ready", "", 0, block=True)
        mark.content = f"<p>{look.sign}</p>\n"
        content = [mark, *content]
    return [opening, *content, closing]
