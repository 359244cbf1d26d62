"""Raw HTML in Markdown, before the body is put together: each tag is judged where it stands in the source.

Here findings are made and addresses resolved, because here the place is known. What the tables of
`allowed` take out is taken out later, from the whole body, by `tree`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.token import Token
from turbohtml import Token as Tag
from turbohtml import TokenType, tokenize

from kbsync.render import allowed, embeds, escape
from kbsync.render.draft import Draft
from kbsync.render.targets import image_goal, link_goal

_GOALS = {("a", "href"): link_goal, ("img", "src"): image_goal}
_NAME = re.compile(r"</?([A-Za-z][^\s/>]*)")


@dataclass
class _Removed:
    """What one block loses, for one finding of each rule: the names, and the offset of the first."""

    names: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, rule: str, name: str, offset: int) -> None:
        self.names.setdefault(rule, {}).setdefault(name, offset)


def is_known_tag(line: str) -> bool:
    """False if `line` begins with a tag that HTML does not know: then it is a writer's text."""
    match = _NAME.match(line)
    return match is None or match[1].lower() in allowed.KNOWN


def clean_block(token: Token, draft: Draft) -> None:
    """Makes the content of a block of HTML fit to be published, and notes what is lost."""
    removed = _Removed()
    source = token.content
    token.meta["source"] = source
    token.content = "".join(_cleaned(source, token, 0, draft, removed))
    _report(removed, token, draft)
    draft.raw = True


def clean_inline(inline: Token, draft: Draft) -> None:
    """The same for the tags inside a paragraph."""
    removed = _Removed()
    children: list[Token] = []
    hidden = ""  # the element whose content is being left out
    for child in inline.children or ():
        tag = _name(child) if child.type == "html_inline" else ""
        if hidden:
            hidden = "" if tag == f"/{hidden}" else hidden
            continue
        if tag:
            offset = child.meta.get("at", 0)
            if tag in allowed.GONE_WITH_CONTENT and _closes(inline, tag):
                removed.add("html-removed", tag, offset)
                hidden = tag
                continue
            child.content = _inline(child.content, tag, offset, inline, draft, removed)
        elif child.type == "html_inline":
            child.content = ""  # a comment or a declaration: a note of the writer
        children.append(child)
    inline.children = children
    _report(removed, inline, draft)
    draft.raw = True


def _name(child: Token) -> str:
    match = _NAME.match(child.content)
    return ("/" if match and child.content.startswith("</") else "") + match[1].lower() if match else ""


def _closes(inline: Token, tag: str) -> bool:
    return any(child.type == "html_inline" and _name(child) == f"/{tag}" for child in inline.children or ())


def _inline(content: str, tag: str, offset: int, inline: Token, draft: Draft, removed: _Removed) -> str:
    # `<address>` in running text that is never closed is a placeholder, not an element.
    meant_as_text = tag in allowed.WRITTEN_AS.keys() | allowed.BOLD_LINES and not _closes(inline, tag)
    if meant_as_text:
        removed.add("html-tag-unknown", content, offset)
        return escape.text(content)
    return "".join(_cleaned(content, inline, offset, draft, removed))


def _cleaned(source: str, token: Token, base: int, draft: Draft, removed: _Removed) -> Iterator[str]:
    """The pieces of `source`, which stands at offset `base` of the content of `token`."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    end = 0
    hidden = ""
    for tag in tokenize(source, capture_source=True, resolve_references=False):
        at = starts[tag.line - 1] + tag.col
        written = tag.source if tag.source is not None else tag.data or ""
        end = at + len(written)
        name = tag.tag or ""
        if hidden:
            hidden = "" if tag.type is TokenType.END_TAG and name == hidden else hidden
        elif tag.type is TokenType.START_TAG:
            if name in allowed.GONE_WITH_CONTENT - {"area", "embed"} and not tag.self_closing:
                hidden = name
            yield _start(tag, written, token, base + at, draft, removed)
        elif tag.type is TokenType.END_TAG:
            yield _end(name, written, base + at, removed)
        elif tag.type in (TokenType.TEXT, TokenType.CHARACTER_REFERENCE):
            yield written
    if end < len(source) and not hidden:
        removed.add("html-unclosed", source[end:].partition("\n")[0][:40], base + end)
        yield escape.text(source[end:])


def _end(name: str, written: str, at: int, removed: _Removed) -> str:
    if name not in allowed.KNOWN:
        removed.add("html-tag-unknown", written, at)
        return escape.text(written)
    return "" if name in allowed.REPORTED else f"</{name}>"


def _start(tag: Tag, written: str, token: Token, at: int, draft: Draft, removed: _Removed) -> str:
    name = tag.tag or ""
    if name not in allowed.KNOWN:
        removed.add("html-tag-unknown", written, at)
        return escape.text(written)
    if name in allowed.REPORTED:
        removed.add("html-removed", name, at)
        return ""
    if name == "details":
        draft.tell_once("html-details", "html-details", draft.positions.within(token, at))
    attributes = list(_attributes(tag, token, at, draft, removed))
    if name == "iframe" and not _frame(attributes, token, at, draft, removed):
        return ""
    return escape.start_tag(name, attributes)


def _attributes(tag: Tag, token: Token, at: int, draft: Draft, removed: _Removed) -> Iterator[tuple[str, str]]:
    name = tag.tag or ""
    written_as = allowed.WRITTEN_AS.get(name, (name, ""))[0]
    for attribute, value in tag.attrs or ():
        if not allowed.attribute_is_kept(written_as, attribute):
            rule = "html-removed" if attribute.startswith("on") else "html-attribute-removed"
            removed.add(rule, attribute, at)
            continue
        kept: str | None = value
        if attribute == "style":
            kept = _style(value, at, removed)
        elif attribute in ("id", "name"):
            draft.anchors.add(value)
        elif (name, attribute) in _GOALS:
            goal = _GOALS[name, attribute](draft.site, draft.document.path, value)
            kept = draft.follow(goal, lambda: draft.positions.within(token, at))
        if kept is not None:
            yield attribute, kept


def _style(value: str, at: int, removed: _Removed) -> str | None:
    kept, refused = allowed.styles(value)
    for name in refused:
        removed.add("html-attribute-removed", f"style: {name}", at)
    return kept or None


def _frame(attributes: list[tuple[str, str]], token: Token, at: int, draft: Draft, removed: _Removed) -> bool:
    """Whether a frame stays. What it shows is another site's, so it must at least come over https."""
    source = dict(attributes).get("src", "").strip()
    if source.startswith("//"):
        source = f"https:{source}"
        attributes[:] = [(name, source if name == "src" else value) for name, value in attributes]
    if allowed.scheme(source) != "https":
        removed.add("html-removed", "iframe without an https address", at)
        return False
    if not embeds.is_video_host(source):
        draft.tell("iframe-host", draft.positions.within(token, at), address=source[:80])
    return True


def _report(removed: _Removed, token: Token, draft: Draft) -> None:
    for rule, names in removed.names.items():
        place = draft.positions.within(token, min(names.values()))
        draft.tell(rule, place, names=", ".join(list(names)[:8]))
