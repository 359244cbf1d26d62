"""The last step for a body that holds raw HTML: read as a browser reads it, written as Freshdesk stores it.

Reading repairs the nesting, so that what readers' browsers show is what was checked. Writing keeps to the
allow-list once more: what was reported before is what goes here, and nothing else can pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from turbohtml import Comment, Element, Namespace, Node, ProcessingInstruction, Text, parse_fragment

from kbsync.links import SCHEME
from kbsync.render import allowed, embeds, escape

# Browsers flatten deeper trees too; without a bound a page of `<div>` would cost a reader's phone.
_MAX_DEPTH = 200

_BLOCKS = frozenset({"p", "div", "ul", "ol", "table", "pre", "blockquote", "section", "h1", "h2", "h3", "h4", "hr"})


def tidied(html: str) -> str:
    """`html` with its nesting repaired and only allowed elements, attributes, addresses and styles in it.

    `tidied(tidied(html)) == tidied(html)`.
    """
    once = _written(html)
    # Taking an element off can bring together what may not nest, such as a link in a link: read again.
    again = _written(once)
    return again if again == once else _written(again)


def _written(html: str) -> str:
    out: list[str] = []
    # What is still to be written, last first: a node to visit, or the end tag of one that was opened.
    pending: list[Node | str] = [*reversed(_nodes(parse_fragment(html, positions=False)))]
    depth = 0
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            out.append(item)
            depth -= item.startswith("</")
        elif isinstance(item, Element):
            closing, children = _opened(item, out, flat=depth >= _MAX_DEPTH)
            depth += closing.startswith("</")
            if closing:
                pending.append(closing)
            pending.extend(reversed(children))
        elif isinstance(item, Text):
            out.append(escape.text(item.data))
        elif not isinstance(item, Comment | ProcessingInstruction):
            pending.extend(reversed(_nodes(item)))
    return "".join(out)


def _nodes(node: Node) -> list[Node]:
    return list(node.children)


def _opened(element: Element, out: list[str], *, flat: bool) -> tuple[str, list[Node]]:
    """Writes the start tag of `element`; returns its end tag (or "") and the children still to be written."""
    tag = element.tag
    if element.namespace is not Namespace.HTML or tag in allowed.GONE_WITH_CONTENT:
        return "", []
    if tag in allowed.BOLD_LINES:
        return _bold_line(element, out)
    written, style = allowed.WRITTEN_AS.get(tag, (tag, ""))
    if written not in allowed.KEPT or flat:
        return "", _nodes(element)
    attributes = dict(_attributes(element, written))
    if written == "iframe" and "src" not in attributes:
        return "", []
    if style:
        attributes["style"] = " ".join(filter(None, (style, attributes.get("style"))))
    if tag == "table":
        _caption_first(element, out)
    out.append(escape.start_tag(written, attributes.items()))
    if written in allowed.VOID:
        return "", []
    children = _nodes(element)
    if written == "pre" and children and isinstance(children[0], Text) and children[0].data.startswith("\n"):
        out.append("\n")  # reading drops the first line end of a `pre`
    return f"</{written}>", [] if written == "iframe" else children


def _bold_line(element: Element, out: list[str]) -> tuple[str, list[Node]]:
    if element.tag == "caption" and element.parent is not None and getattr(element.parent, "tag", "") == "table":
        return "", []  # written before its table
    children = _nodes(element)
    if any(child.tag in _BLOCKS for child in children if isinstance(child, Element)):
        return "", children
    out.append("<p><strong>")
    return "</strong></p>", children


def _caption_first(table: Element, out: list[str]) -> None:
    # A caption was never seen in storage, and nothing but rows may stand inside a table.
    for child in table.children:
        if isinstance(child, Element) and child.tag == "caption" and child.text.strip():
            out.append(f"<p><strong>{escape.text(child.text.strip())}</strong></p>")


def _attributes(element: Element, tag: str) -> Iterator[tuple[str, str]]:
    for name, given in element.attrs.items():
        value = " ".join(given) if isinstance(given, list) else given or ""
        if not allowed.attribute_is_kept(tag, name):
            continue
        if name == "style":
            value = allowed.styles(value)[0]
        if address_is_safe(tag, name, value) and (name != "style" or value):
            yield name, embeds.SANDBOX if (tag, name) == ("iframe", "sandbox") else value
    if tag == "iframe" and "sandbox" not in element.attrs:
        yield "sandbox", embeds.SANDBOX


def address_is_safe(tag: str, name: str, value: str) -> bool:
    """False for an address that a browser would run, or that only the project's folder could answer."""
    if name not in ("href", "src"):
        return True
    scheme = allowed.scheme(value)
    if tag == "iframe":
        return scheme == "https"
    if tag == "img":
        return scheme in ("http", "https") or value.startswith("//") or allowed.is_data_image(value)
    return scheme in allowed.LINK_SCHEMES or value.startswith(("#", "//", SCHEME))
