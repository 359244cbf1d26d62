"""The leading `# Title` of an article: found, read as plain text, and taken off the body."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from kbsync.findings import Place
from kbsync.source.page import Page

_ATX = re.compile(r" {0,3}#[ \t]+(?P<title>[^\n]*?)(?:[ \t]+#+)?[ \t]*(?:\n|\Z)")
_SETEXT = re.compile(r" {0,3}(?P<title>(?![#>|`~-])\S[^\n]*)\n {0,3}=+[ \t]*(?:\n|\Z)")
_ATTRIBUTES = re.compile(r"[ \t]*\{[#.][^{}]*\}$")
_MAX_LINE = 2000  # a longer first line is no title, and the patterns need not look at it
_MARKUP = re.compile(r"[\\*_`\[<&]")


def titled(page: Page) -> tuple[tuple[str, Place] | None, str, int]:
    """The leading `# Title` and its place, if there is one; the body without it, and the body's line."""
    body, line = opening(page)
    short = body[:_MAX_LINE].count("\n") or len(body) < _MAX_LINE
    match = (_ATX.match(body) or _SETEXT.match(body)) if short else None
    title = _heading_text(match["title"]) if match else ""
    if not match or not title:
        return None, body, line
    below = body[match.end() :]
    rest = below.lstrip("\n")
    line_after = line + match[0].count("\n") + len(below) - len(rest)
    return (title, Place(page.path, line)), rest, line_after


def opening(page: Page) -> tuple[str, int]:
    """The body without its leading empty lines, and the line on which it then begins."""
    body = re.sub(r"\A(?:[ \t]*\n)+", "", page.body)
    return body, page.line + page.body.count("\n") - body.count("\n")


def _heading_text(markdown: str) -> str:
    plain = _ATTRIBUTES.sub("", markdown)
    if not _MARKUP.search(plain):
        return " ".join(plain.split())
    tokens = MarkdownIt("commonmark").parseInline(plain)[0].children or ()
    return " ".join("".join(token.content for token in tokens if token.type in ("text", "code_inline")).split())
