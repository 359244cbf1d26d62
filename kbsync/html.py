"""The canonical form of article HTML: equal for two bodies that a reader cannot tell apart.

Freshdesk may rewrite what it is given, and its editor does on every save (API sheet 6.2 to 6.5). The canonical
form drops what those rewrites add and nothing that a writer could mean. It is compared and hashed, never
published. Laws: `canonical(canonical(x)) == canonical(x)`; words and their order are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from turbohtml import Element, Node, Text, parse_fragment


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Raised by one whenever `canonical` changes for any input; the lock keeps it beside every canonical hash.
CANONICAL_VERSION = 1

VOID = _names("area base br col embed hr img input link meta param source track wbr")
_BLOCKS = _names(
    "address article aside blockquote caption center col colgroup dd details div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr iframe li main nav ol p pre section "
    "summary table tbody td tfoot th thead tr ul"
)
# Editor marks without a meaning for readers (API sheet 6.2, 6.5).
_NOISE_ATTRIBUTES = _names("contenteditable data-attachment data-id data-identifyelement data-sheets-value sandbox")
_NOISE_REL = frozenset(["noopener", "noreferrer", "tempredactor", "clipboard_data"])
_NOISE_CLASSES = frozenset(("Apple-tab-span", "Apple-interchange-newline"))
# What stands in these is read as it is, without entities or tags.
_RAW = frozenset(("iframe", "noembed", "noframes", "script", "style", "xmp"))
# Only a box with nothing to say about its content can be unwrapped.
_BARE = frozenset(("span", "font"))
_SPACE = re.compile(r"[ \t\n\r\f\u00a0]+")

# A flat form of the tree: (kind, text, tag) with kind one of "open", "close", "void", "text".
_Token = tuple[str, str, str]


def canonical(html: str) -> str:
    """The canonical form of an HTML fragment."""
    tokens = _without_empty_paragraphs(_with_folded_space(_tokens(parse_fragment(html, positions=False))))
    raw = 0
    parts: list[str] = []
    for kind, text, tag in tokens:
        if tag in _RAW:
            raw += 1 if kind == "open" else -1
        parts.append(escape(text, quote=False) if kind == "text" and not raw else text)
    return "".join(parts)


def visible_text(html: str) -> str:
    """The words a reader sees, blocks parted by newlines, white space folded."""
    parts: list[str] = []
    unseen = 0
    for kind, text, tag in _with_folded_space(_tokens(parse_fragment(html, positions=False))):
        if tag in {"script", "style"}:
            unseen += 1 if kind == "open" else -1
        if kind == "text":
            parts.append("" if unseen else text)
        elif tag in _BLOCKS or tag == "br":
            parts.append("\n")
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def skeleton(html: str) -> str:
    """What is left of a body when only words, structure, links and pictures count.

    Two bodies of one skeleton differ in markup that a rewriter adds or drops: classes, styles, ids, wrappers
    (API sheet 6.2). A person's bold word or new link changes it.
    """
    root = parse_fragment(html, positions=False)
    for element in root.select("div, span, font, section"):
        element.unwrap()
    for element in root.iter_elements():
        for name in set(element.attrs) - {"href", "src"}:
            del element.attrs[name]
    return canonical(root.inner_html)


def _tokens(root: Node) -> Iterator[_Token]:
    # An explicit stack, because nesting in a live body may be deeper than Python's recursion limit.
    stack: list[tuple[Iterator[Node], str]] = [(iter(root.children), "")]
    while stack:
        nodes, tag = stack[-1]
        node = next(nodes, None)
        if node is None:
            stack.pop()
            if tag:
                yield "close", f"</{tag}>", tag
        elif isinstance(node, Text):
            yield "text", node.data, ""
        elif isinstance(node, Element):
            attributes = _attributes(node)
            if node.tag in VOID:
                yield "void", f"<{node.tag}{attributes}>", node.tag
            elif node.tag in _BARE and not attributes:
                stack.append((iter(node.children), ""))
            else:
                yield "open", f"<{node.tag}{attributes}>", node.tag
                stack.append((iter(node.children), node.tag))


def _attributes(element: Element) -> str:
    kept: list[str] = []
    for name, raw in sorted(element.attrs.items()):
        value = _value(element.tag, name, " ".join(raw) if isinstance(raw, list) else raw or "")
        if value is not None:
            kept.append(f' {name}="{escape(value)}"')
    return "".join(kept)


def _value(tag: str, name: str, value: str) -> str | None:
    """An attribute's canonical value, or None where the attribute is noise."""
    if name in _NOISE_ATTRIBUTES or name.startswith("data-fr-"):
        return None
    if name == "class":
        names = {word for word in value.split() if not word.startswith("fr-")} - _NOISE_CLASSES
        return " ".join(sorted(names)) or None
    if name == "rel":
        return " ".join(sorted(set(value.split()) - _NOISE_REL)) or None
    if name == "style":
        return _style(tag, value) or None
    if (name, value) in {("dir", "ltr"), ("id", "isPasted")}:
        return None
    if name in {"allowfullscreen", "open", "reversed"}:
        return ""
    return _SPACE.sub(" ", value).strip()


def _style(tag: str, value: str) -> str:
    declarations: dict[str, str] = {}
    for part in value.split(";"):
        name, colon, setting = part.partition(":")
        if colon:
            declarations[name.strip().lower()] = " ".join(setting.split())
    if tag == "img" and declarations.get("width") == "auto":
        del declarations["width"]
    return "; ".join(f"{name}: {setting}" for name, setting in sorted(declarations.items()))


def _with_folded_space(tokens: Iterator[_Token]) -> list[_Token]:
    """White space as a browser shows it: folded outside `pre`, none at the edges of blocks and lines."""
    folded: list[_Token] = []
    pre = 0
    at_edge = True
    for kind, text, tag in tokens:
        if pre and (kind == "text" or tag == "br"):
            line = "\n" if tag == "br" else text.replace("\r\n", "\n").replace("\u00a0", " ")
            _add_text(folded, line.lstrip("\n") if at_edge else line)
            at_edge = at_edge and not line.strip("\n")
        elif kind == "text":
            words = _SPACE.sub(" ", text)
            words = words.lstrip(" ") if at_edge else words
            _add_text(folded, words)
            at_edge = words.endswith(" ") if words else at_edge
        else:
            edge = tag in _BLOCKS or tag == "br"
            if edge:
                _trim_end(folded, "\n" if pre else " ")
            if tag == "pre":
                pre += 1 if kind == "open" else -1
            folded.append((kind, text, tag))
            at_edge = at_edge or edge
            if edge or kind == "void":
                at_edge = edge
    _trim_end(folded, " ")
    return folded


def _add_text(tokens: list[_Token], text: str) -> None:
    if not text:
        return
    if tokens and tokens[-1][0] == "text":
        tokens[-1] = ("text", tokens[-1][1] + text, "")
    else:
        tokens.append(("text", text, ""))


def _trim_end(tokens: list[_Token], characters: str) -> None:
    """Drop white space before the edge of a block, looking through inline tags that close or open there."""
    index = len(tokens) - 1
    while index >= 0 and tokens[index][0] in {"open", "close"} and tokens[index][2] not in _BLOCKS:
        index -= 1
    if index >= 0 and tokens[index][0] == "text":
        text = tokens[index][1].rstrip(characters)
        tokens[index : index + 1] = [("text", text, "")] if text else []


def _without_empty_paragraphs(tokens: list[_Token]) -> list[_Token]:
    kept: list[_Token] = []
    for token in tokens:
        kept.append(token)
        if token[0] == "close" and token[2] == "p":
            start = len(kept) - 2
            while start >= 0 and kept[start][0] == "void" and kept[start][2] == "br":
                start -= 1
            if start >= 0 and kept[start][0] == "open" and kept[start][2] == "p":
                del kept[start:]
    return kept
