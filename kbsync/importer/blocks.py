"""Blocks as Markdown: each tag that Markdown has a form for, or `Unheld` with the reason why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from turbohtml import Element, Node, Text

from kbsync.importer.inline import Manner, inline
from kbsync.importer.rawhtml import BLOCKS, attributes, meant, runs, start_tag

MAX_DEPTH = 60  # far more than any reader follows, far less than Python's recursion limit

_CALLOUTS = {"note": "NOTE", "idea": "TIP", "info": "IMPORTANT", "warning": "WARNING", "danger": "CAUTION"}
_CALLOUT = re.compile(r"fd-callout--(\w+)")
_LANGUAGE = re.compile(r"language-(\S+)")
_ALIGNED = re.compile(r"\s*text-align:\s*(left|center|right);?\s*")
_RULES = {"left": ":--", "center": ":-:", "right": "--:", "": "---"}
_BULLET = re.compile(r"• ")
_NUMBER = re.compile(r"(\d+)\. ")
_BOXES = {"☐": "[ ]", "☑": "[x]"}


class Unheld(Exception):
    """Markdown has no form for this; the message says why."""


def block(run: Sequence[Node], manner: Manner, *, second: bool = False) -> str:
    """The Markdown of one run of `rawhtml.runs`.

    `second` marks a list that follows a list: with another bullet, the two do not become one.
    Raises Unheld where Markdown cannot say it.
    """
    element = run[0]
    if len(run) > 1 or not isinstance(element, Element) or element.tag not in BLOCKS:
        raise Unheld("text outside of any paragraph")
    if element.tag in ("ul", "ol"):
        return _list(element, manner, second)
    writer = _WRITERS.get(element.tag)
    if writer is None:
        raise Unheld(f"Markdown has no <{element.tag}>")
    return writer(element, manner)


def is_deep(nodes: Sequence[Node]) -> bool:
    """True for nesting that the writers here must not follow."""
    level: list[Node] = [*nodes]
    for _ in range(MAX_DEPTH):
        level = [child for node in level if isinstance(node, Element) for child in node.children]
        if not level:
            return False
    return True


def is_container(run: Sequence[Node]) -> bool:
    """True for a box around blocks, which can be kept as tags around Markdown."""
    element = run[0]
    if not isinstance(element, Element) or element.tag not in ("div", "section"):
        return False
    parts = runs(element.children)
    return bool(parts) and all(isinstance(part[0], Element) and part[0].tag in BLOCKS for part in parts)


def joined(parts: Sequence[Sequence[Node]], manner: Manner, *, loose: bool = True) -> str:
    """Several runs inside a list item or a quote, which may hold text that is in no paragraph."""
    texts: list[str] = []
    before = ""
    second = False
    for part in parts:
        node = part[0]
        tag = node.tag if isinstance(node, Element) and node.tag in BLOCKS else ""
        second = tag in ("ul", "ol") and before == tag and not second
        texts.append(block(part, manner, second=second) if tag else inline(part, manner))
        before = tag
    return ("\n\n" if loose else "\n").join(texts)


def _paragraph(element: Element, manner: Manner) -> str:
    if meant(element):
        raise Unheld(f"a paragraph with {_names(element)}")
    if video := _video(element, manner):
        return video
    _only_inline(element)
    nodes = _shown(element)
    if len(nodes) == 1 and isinstance(nodes[0], Element) and nodes[0].tag == "img" and "alt" not in meant(nodes[0]):
        raise Unheld("an image without a text for those who do not see it")
    return inline(list(element.children), manner)


def _heading(element: Element, manner: Manner) -> str:
    marks = meant(element)
    if set(marks) != {"id"} or not re.fullmatch(r"[^\s{}\"'=#.]+", marks["id"]):
        raise Unheld("a heading without an id" if not marks else f"a heading with {_names(element)}")
    _only_inline(element)
    text = inline(list(element.children), manner, one_line=True)
    identity = f" {{#{marks['id']}}}" if manner.ids else ""
    return f"{'#' * int(element.tag[1])} {text}{identity}"


def _rule(element: Element, _: Manner) -> str:
    if meant(element):
        raise Unheld(f"a line with {_names(element)}")
    return "---"


def _quote(element: Element, manner: Manner) -> str:
    if meant(element):
        raise Unheld(f"a quote with {_names(element)}")
    return _quoted(joined(runs(element.children), manner))


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


# --- lists ------------------------------------------------------------------------------------------------------


def _list(element: Element, manner: Manner, second: bool) -> str:
    marks = meant(element)
    start = marks.pop("start", "1") if element.tag == "ol" else "1"
    if marks or not start.isdecimal():
        raise Unheld(f"a list with {_names(element)}")
    items = list(_children(element, ("li",)))
    loose = any(isinstance(node, Element) and node.tag == "p" for item in items for node in item.children)
    texts = []
    for number, item in enumerate(items, int(start)):
        sign = (f"{number})" if second else f"{number}.") if element.tag == "ol" else "*" if second else "-"
        texts.append(_item(item, f"{sign} ", manner, loose))
    return ("\n\n" if loose else "\n").join(texts)


def _item(item: Element, sign: str, manner: Manner, loose: bool) -> str:
    marks = meant(item)
    text = joined(runs(item.children), manner, loose=loose)
    if marks.get("style", "").strip().startswith("list-style-type: none") and text[:1] in _BOXES:
        text = _BOXES[text[0]] + text[1:]
        del marks["style"]
    if marks:
        raise Unheld(f"a list item with {_names(item)}")
    return f"{sign}{_indented(text, len(sign))}".rstrip(" ")


def _indented(text: str, width: int) -> str:
    return "\n".join(f"{' ' * width}{line}" if line and index else line for index, line in enumerate(text.split("\n")))


# --- pre --------------------------------------------------------------------------------------------------------


def _pre(element: Element, manner: Manner) -> str:
    marks = meant(element)
    match = _CALLOUT.search(marks.get("class", ""))
    if match:
        return _callout(element, match[1], manner)
    children = _shown(element)
    code = children[0] if len(children) == 1 else None
    if not isinstance(code, Element) or code.tag != "code" or code.find_all("br"):
        raise Unheld("a block of code in a form of the editor's own")
    language = _LANGUAGE.search(meant(code).get("class", ""))
    text = code.text.removesuffix("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language[1] if language else ''}\n{text}\n{fence}"


def _callout(element: Element, kind: str, manner: Manner) -> str:
    if kind not in _CALLOUTS or set(meant(element)) != {"class"}:
        raise Unheld(f"Markdown has no callout of the kind {kind}")
    groups: list[list[str]] = [[]]
    for line in _lines(element):
        text = inline(line, manner)
        if text:
            groups[-1].append(text)
        elif groups[-1]:
            groups.append([])
    paragraphs = [_grouped(group) for group in groups if group]
    return _quoted("\n".join((f"[!{_CALLOUTS[kind]}]", "\n\n".join(paragraphs))))


def _lines(element: Element) -> list[list[Node]]:
    """The lines of a callout: `pre` keeps line ends, and the editor writes `<br>`."""
    lines: list[list[Node]] = [[]]
    for node in element.children:
        if isinstance(node, Element) and node.tag == "br":
            lines.append([])
        elif isinstance(node, Text):
            first, *more = node.data.split("\n")
            lines[-1].append(Text(first))
            lines += [[Text(line)] for line in more]
        elif isinstance(node, Element):
            if node.find_all("br"):
                raise Unheld("a callout with a line break inside of other marks")
            lines[-1].append(node)
    return lines


def _grouped(lines: list[str]) -> str:
    if all(_BULLET.match(line) for line in lines):
        return "\n".join(f"- {line[2:]}" for line in lines)
    numbers = [match[1] if (match := _NUMBER.match(line)) else "" for line in lines]
    if all(numbers) and [int(each) for each in numbers] == list(range(int(numbers[0]), int(numbers[0]) + len(lines))):
        return "\n".join(lines)
    return "\\\n".join(lines)


# --- tables -----------------------------------------------------------------------------------------------------


def _table(element: Element, manner: Manner) -> str:
    if meant(element):
        raise Unheld(f"a table with {_names(element)}")
    parts = list(_children(element, ("thead", "tbody")))
    head = list(_children(parts[0], ("tr",))) if parts and parts[0].tag == "thead" else []
    if len(head) != 1 or len(parts) > 2:
        raise Unheld("a table without a row of headings")
    rows = [head[0], *(row for part in parts[1:] for row in _children(part, ("tr",)))]
    if any(meant(each) for each in (*parts, *rows)):
        raise Unheld("a table with marks of its own on rows")
    cells = [list(_children(row, ("th",) if row is head[0] else ("td",))) for row in rows]
    rules = [_RULES[_alignment(cell)] for cell in cells[0]]
    if any([_RULES[_alignment(cell)] for cell in row] != rules for row in cells):
        raise Unheld("a table whose rows differ in columns or alignment")
    texts = [[_cell(cell, manner) for cell in row] for row in cells]
    return "\n".join(f"| {' | '.join(row)} |" for row in (texts[0], rules, *texts[1:]))


def _alignment(cell: Element) -> str:
    marks = meant(cell)
    match = _ALIGNED.fullmatch(marks.pop("style", "text-align: left")) if "style" in marks else None
    if marks and (set(marks) != {"style"} or not match):
        raise Unheld(f"a table cell with {_names(cell)}")
    return match[1] if match else ""


def _cell(cell: Element, manner: Manner) -> str:
    _only_inline(cell)
    return inline(list(cell.children), manner, cell=True)


# --- videos -----------------------------------------------------------------------------------------------------


def _video(element: Element, manner: Manner) -> str:
    """The address of the page that shows the video which is all of a paragraph; the player's own at a second try."""
    nodes = _shown(element)
    if len(nodes) != 1 or not isinstance(nodes[0], Element) or nodes[0].tag != "iframe":
        return ""
    source = attributes(nodes[0]).get("src", "")
    if manner.tags:
        return start_tag(nodes[0], manner.address) + "</iframe>"
    return _watched(source) if manner.escapes == 0 else source


def _watched(source: str) -> str:
    try:
        parts = urlsplit(source)
    except ValueError:
        return source
    asked = parse_qs(parts.query)
    video = parts.path.rpartition("/")[2]
    if parts.hostname == "www.youtube.com" and parts.path == f"/embed/{video}" and set(asked) <= {"start"}:
        start = f"&t={asked['start'][0]}" if asked else ""
        return f"https://www.youtube.com/watch?v={video}{start}"
    if parts.hostname == "player.vimeo.com" and not parts.query:
        return f"https://vimeo.com/{video}"
    if parts.hostname == "www.loom.com" and not parts.query:
        return f"https://www.loom.com/share/{video}"
    return source


# --- the tree ---------------------------------------------------------------------------------------------------


def _children(element: Element, tags: tuple[str, ...]) -> Iterator[Element]:
    """The children of `element`, which must be `tags` and nothing else."""
    for node in element.children:
        if isinstance(node, Element) and node.tag in tags:
            yield node
        elif isinstance(node, Element) or (isinstance(node, Text) and node.data.strip()):
            inner = f"<{node.tag}>" if isinstance(node, Element) else "text"
            raise Unheld(f"{inner} where a <{element.tag}> holds <{'>, <'.join(tags)}>")


def _shown(element: Element) -> list[Node]:
    """The children of `element` without white space and comments."""
    return [node for node in element.children
            if isinstance(node, Element) or (isinstance(node, Text) and node.data.strip())]  # fmt: skip


def _only_inline(element: Element) -> None:
    for inner in element.iter_elements():
        if inner.tag in BLOCKS and inner.tag != "iframe":
            raise Unheld(f"a <{inner.tag}> in a <{element.tag}>")


def _names(element: Element) -> str:
    return ", ".join(sorted(meant(element)))


_WRITERS: Mapping[str, Callable[[Element, Manner], str]] = {
    "p": _paragraph,
    "h1": _heading,
    "h2": _heading,
    "h3": _heading,
    "h4": _heading,
    "hr": _rule,
    "blockquote": _quote,
    "pre": _pre,
    "table": _table,
}
