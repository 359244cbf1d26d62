"""The one Markdown parser: CommonMark with the extensions of the user guide, and HTML in Freshdesk's subset.

It is built once and knows no project: what depends on the project happens to its tokens (see `page`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, autolink, html_inline, image, link
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.attrs.parse import ParseError, parse
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from kbsync.render import escape
from kbsync.render.allowed import INDENT
from kbsync.render.rawhtml import is_known_tag

# What lies deeper is left out by the parser without a word, so `page` makes it an error.
MAX_NESTING = 100

_WRITERS_ATTRIBUTES = ("id", "class", "style", "title", "width", "height", "align", "target", "rel", "dir", "name")
_SUPERSCRIPT = "vertical-align: super; font-size: smaller;"

_MAX_OPEN = 1000

_CANDIDATE = re.compile(r"[:@]|\.[^\s.]")

_InlineRule = Callable[[StateInline, bool], bool]


@cache
def parser() -> MarkdownIt:
    """The parser, with a renderer for its tokens."""
    options = {"maxNesting": MAX_NESTING, "html": True, "linkify": True, "xhtmlOut": False}
    md = MarkdownIt("commonmark", options, renderer_cls=Html).enable(["table", "strikethrough", "linkify"])
    md.use(footnote_plugin, inline=False).use(deflist_plugin)
    md.use(attrs_plugin, allowed=_WRITERS_ATTRIBUTES)
    md.use(attrs_block_plugin, allowed=_WRITERS_ATTRIBUTES)
    md.core.ruler.before("inline", "heading_attributes", _heading_attributes)
    md.core.ruler.before("inline", "open_brackets", _open_brackets)
    md.block.ruler.at("html_block", _known_html_block, {"alt": ["paragraph", "reference", "blockquote"]})
    md.inline.ruler.at("link", _placed(link, "[", "link_open"))
    md.inline.ruler.at("image", _placed(image, "!", "image"))
    md.inline.ruler.at("autolink", _placed(autolink, "<", "link_open"))
    md.inline.ruler.at("html_inline", _placed(html_inline, "<", "html_inline"))
    md.renderer.rules.update(Html(md).rules)  # type: ignore[attr-defined]  # plugins bring rules of their own
    if md.linkify is not None:
        thorough = md.linkify.pretest
        # Most text holds nothing that could become a link, and one look tells.
        md.linkify.pretest = lambda text: _CANDIDATE.search(text) is not None and thorough(text)
    # Addresses are judged by `targets`, which can say where and why, and are kept as they are written.
    md.validateLink = _any_address  # type: ignore[method-assign]
    md.normalizeLink = _as_written  # type: ignore[method-assign]
    md.normalizeLinkText = _as_written  # type: ignore[assignment,method-assign]
    return md


def _any_address(url: str) -> bool:
    return bool(url)


def _as_written(url: str) -> str:
    return url


def _placed(rule: _InlineRule, opener: str, kind: str) -> _InlineRule:
    """`rule`, which also notes in the token's `meta` at which offset of the content it stands."""

    def placed(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if state.src[start] != opener:
            return False
        count = len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[count : count + 2]:
            if token.type == kind:
                token.meta["at"] = start
                break
        return True

    return placed


def _known_html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # A line that begins with `<Device>` is a paragraph: as a block of HTML, its Markdown would not be read.
    begin = state.bMarks[start] + state.tShift[start]
    if state.src[begin : begin + 1] != "<" or not is_known_tag(state.src[begin : state.eMarks[start]]):
        return False
    return html_block(state, start, end, silent)


def _open_brackets(state: StateCore) -> None:
    """A paragraph of brackets that never close is not read: the time it takes grows with its square."""
    for token in state.tokens:
        if token.type == "inline" and token.content.count("[") - token.content.count("]") > _MAX_OPEN:
            token.type, token.content = "ready", escape.text(token.content)
            token.meta["deep"] = True


def _heading_attributes(state: StateCore) -> None:
    """`## Title {#id .class}`: the attributes go to the heading (the plugin knows no headings)."""
    for index, token in enumerate(state.tokens):
        if token.type == "inline" and token.content.endswith("}") and state.tokens[index - 1].tag in _HEADINGS:
            _take_attributes(state.tokens[index - 1], token)


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def _take_attributes(heading: Token, inline: Token) -> None:
    begin = inline.content.rfind("{")
    try:
        length, attributes = parse(inline.content[begin:]) if begin >= 0 else (0, {})
    except ParseError:
        return
    if attributes and begin + length + 1 == len(inline.content):
        inline.content = inline.content[:begin].rstrip()
        heading.attrs.update({name: value for name, value in attributes.items() if name in _WRITERS_ATTRIBUTES})


class Html(RendererHTML):
    """Tokens as HTML. Each method is the rule for the tokens of its name."""

    @staticmethod
    def renderAttrs(token: Token) -> str:  # noqa: N802 - markdown-it's name
        """The attributes of `token`, each after a space."""
        return "".join(f' {name}="{escape.attribute(str(value))}"' for name, value in token.attrs.items())

    def text(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Text."""
        return escape.text(tokens[idx].content)

    def ready(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """HTML that was made before."""
        return tokens[idx].content

    def code_inline(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """Code in running text."""
        return f"<code{self.renderAttrs(tokens[idx])}>{escape.text(tokens[idx].content)}</code>"

    def footnote_ref(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """The number of a footnote. `sup` was never seen in storage, a styled span often (API sheet 6.2)."""
        number, again = _footnote(tokens[idx])
        link = escape.start_tag("a", [("href", f"#fn-{number}"), ("id", f"fnref-{number}{again}")])
        return f'<span style="{_SUPERSCRIPT}">{link}[{number}]</a></span>'

    def footnote_block_open(self, *_: Any) -> str:
        """The list of footnotes begins."""
        return "<hr>\n<ol>\n"

    def footnote_block_close(self, *_: Any) -> str:
        """The list of footnotes ends."""
        return "</ol>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """A footnote begins."""
        return escape.start_tag("li", [("id", f"fn-{_footnote(tokens[idx])[0]}")])

    def footnote_close(self, *_: Any) -> str:
        """A footnote ends."""
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        """The way back from a footnote."""
        number, again = _footnote(tokens[idx])
        return f" {escape.start_tag('a', [('href', f'#fnref-{number}{again}')])}\u21a9\ufe0e</a>"

    # Definition lists were never seen in storage: a bold line and an indented block read the same.
    def dl_open(self, *_: Any) -> str:
        """A definition list begins."""
        return ""

    def dl_close(self, *_: Any) -> str:
        """A definition list ends."""
        return ""

    def dt_open(self, *_: Any) -> str:
        """A term begins."""
        return "<p><strong>"

    def dt_close(self, *_: Any) -> str:
        """A term ends."""
        return "</strong></p>\n"

    def dd_open(self, *_: Any) -> str:
        """A definition begins."""
        return f'<div style="{INDENT}">'

    def dd_close(self, *_: Any) -> str:
        """A definition ends."""
        return "</div>\n"


def _footnote(token: Token) -> tuple[int, str]:
    """The number readers see, and what sets a second reference to the same footnote apart."""
    again = token.meta.get("subId", 0)
    return token.meta["id"] + 1, f"-{again + 1}" if again else ""
