"""Heading ids and the table of contents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from kbsync.render import escape

_KEPT = ("L", "M", "Nd", "Nl", "Pc")
# The parts of an emoji that carry no picture; GitHub leaves them behind as characters that nobody sees.
_INVISIBLE = str.maketrans("", "", "\ufe0e\ufe0f\u200d\u20e3")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of a body, for the table of contents."""

    level: int
    id: str
    text: str


def slug(text: str) -> str:
    """GitHub's anchor for a heading: lower case, without punctuation and emoji, `-` for each space.

    Letters, marks and digits of every script stay.
    """
    lower = text.strip().lower().translate(_INVISIBLE)
    if lower.isascii():
        return "".join(char for char in lower if char.isalnum() or char in "_- ").replace(" ", "-")
    return "".join(char for char in lower if _stays(char)).replace(" ", "-")


def _stays(char: str) -> bool:
    return char in "- " or unicodedata.category(char).startswith(_KEPT)


def same_anchor(anchor: str) -> str:
    """`anchor` without the invisible parts of emoji, as `slug` leaves them out."""
    return anchor.translate(_INVISIBLE)


def unique(wanted: str, taken: dict[str, int]) -> str:
    """`wanted`, or with `-1`, `-2` ... where it is taken, as GitHub counts. Updates `taken`."""
    result = wanted
    while result in taken:
        taken[wanted] += 1
        result = f"{wanted}-{taken[wanted]}"
    taken[result] = 0
    return result


def plain_text(children: Iterable[Token]) -> str:
    """The words of a heading, without marks, pictures and tags."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in children
        if child.type in ("text", "code_inline", "softbreak", "hardbreak", "text_special")
    )


def contents(headings: Sequence[Heading]) -> str:
    """The table of contents in Freshdesk's own form (API sheet 6.2); empty without headings."""
    shown = [heading for heading in headings if heading.text.strip() and heading.id]
    if not shown:
        return ""
    title = '<p class="fd-toc"><strong>TABLE OF CONTENTS</strong></p>\n'
    out: list[str] = []
    open_levels: list[int] = []
    for heading in shown:
        while open_levels and open_levels[-1] > heading.level:
            out.append("</li></ul>")
            open_levels.pop()
        if open_levels and open_levels[-1] == heading.level:
            out.append("</li>")
        else:
            out.append("<ul>")
            open_levels.append(heading.level)
        link = escape.start_tag("a", [("href", f"#{heading.id}")])
        out.append(f"<li>{link}{escape.text(heading.text.strip())}</a>")
    return title + "".join(out) + "</li></ul>" * len(open_levels) + "\n"
