"""What happens to single tokens: addresses, attributes, headings and code, as the project and Freshdesk need them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from markdown_it.token import Token

from kbsync.findings import did_you_mean
from kbsync.render import allowed, escape, headings
from kbsync.render.code import is_style, language_names, render_code
from kbsync.render.draft import Draft
from kbsync.render.markdown import MAX_NESTING
from kbsync.render.rawhtml import clean_block, clean_inline
from kbsync.render.targets import image_goal, link_goal


def settle(tokens: list[Token], draft: Draft) -> None:
    """Decides for each of `tokens` what of it is published, and notes findings, anchors and headings."""
    for index, token in enumerate(tokens):
        if token.level >= MAX_NESTING - 1 or "deep" in token.meta:
            draft.tell_once("nesting", "nesting-too-deep", draft.positions.of_block(token))
        if step := _BLOCKS.get(token.type):
            step(token, draft)
        if token.type == "heading_open":
            _settle_heading(token, tokens[index + 1], draft)
        elif token.attrs and token.nesting >= 0:
            _settle_attributes(token, draft, token)


def _settle_inline(inline: Token, draft: Draft) -> None:
    children = inline.children or []
    raw = footnoted = False
    for index, child in enumerate(children):
        kind = child.type
        if kind == "text":
            continue
        if kind == "link_open":
            _settle_link(child, children[index : index + 3], inline, draft)
        elif kind == "image":
            _settle_image(child, inline, draft)
        elif kind == "html_inline":
            raw = True
        elif kind == "footnote_ref":
            footnoted = True
        if child.attrs:
            _settle_attributes(child, draft, inline)
    if raw:
        clean_inline(inline, draft)
    if footnoted and any(child.type == "link_open" for child in children):
        draft.raw = True  # a footnote's number within a link is a link in a link


_FULL_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:|//|ftp://)", re.I)


def _settle_link(link: Token, following: list[Token], inline: Token, draft: Draft) -> None:
    address = str(link.attrs.get("href", ""))
    if link.markup == "linkify" and not _is_meant(following[1].content, address):
        # `setup.py` and `README.md` are names of files that look like hosts.
        link.type = following[2].type = "ready"
        link.attrs = {}
        return
    goal = link_goal(draft.site, draft.document.path, address)
    _set(link, "href", draft.follow(goal, lambda: draft.positions.within(inline, link.meta.get("at", 0))))


def _is_meant(text: str, address: str) -> bool:
    return _FULL_ADDRESS.match(text) is not None or address.startswith("mailto:")


def _settle_image(image: Token, inline: Token, draft: Draft) -> None:
    goal = image_goal(draft.site, draft.document.path, str(image.attrs.get("src", "")))
    _set(image, "src", draft.follow(goal, lambda: draft.positions.within(inline, image.meta.get("at", 0))))


def _set(token: Token, name: str, value: str | None) -> None:
    if value is None:
        token.attrs.pop(name, None)
    else:
        token.attrs[name] = value


def _settle_attributes(token: Token, draft: Draft, placed: Token) -> None:
    """The writer's `{#id .class style=...}`."""
    if "id" in token.attrs:
        draft.anchors.add(str(token.attrs["id"]))
    refused: list[str] = list(token.meta.get("insecure_attrs", ()))
    if "style" in token.attrs:
        kept, styles = allowed.styles(str(token.attrs["style"]))
        refused += [f"style: {name}" for name in styles]
        _set(token, "style", kept or None)
    tag = token.tag or "code"
    for name in [name for name in token.attrs if name != "open" and not allowed.attribute_is_kept(tag, name)]:
        refused.append(name)
        del token.attrs[name]
    if refused:
        draft.tell("html-attribute-removed", draft.positions.of_block(placed), names=", ".join(refused))


def _settle_heading(token: Token, inline: Token, draft: Draft) -> None:
    level = int(token.tag[1])
    text = headings.plain_text(inline.children or ())
    own = token.attrs.get("id")
    identity = str(own) if own else headings.unique(headings.slug(text), draft.slugs)
    if own:
        draft.slugs.setdefault(identity, 0)
    if identity:
        token.attrs = {"id": identity, **token.attrs}
    draft.anchors.add(identity)
    draft.headings.append(headings.Heading(min(level, 4), identity, text))
    _lower_heading(token, draft)
    if level > 4:
        draft.tell_once("heading", "heading-depth", draft.positions.of_block(token))


def _lower_heading(token: Token, draft: Draft) -> None:
    del draft
    if token.tag in ("h5", "h6"):
        token.tag = "h4"


def _settle_code(token: Token, draft: Draft) -> None:
    info = token.info.strip().split(maxsplit=1)
    language = info[0].strip("{}.") if info else ""
    _settle_attributes(token, draft, token)
    attributes = "".join(f' {name}="{escape.attribute(str(value))}"' for name, value in token.attrs.items())
    style = draft.rendering.code_style
    code = render_code(token.content, language, style if is_style(style) else "default", attributes)
    if not code.known:
        guess = did_you_mean(language, language_names())
        place = draft.positions.of_block(token)
        draft.tell_once(f"code {language}", "code-language-unknown", place, language=language, guess=guess)
    token.type, token.content, token.attrs = "ready", f"{code.html}\n", {}


_BLOCKS: Mapping[str, Callable[[Token, Draft], None]] = {
    "inline": _settle_inline,
    "html_block": clean_block,
    "fence": _settle_code,
    "code_block": _settle_code,
    "heading_close": _lower_heading,
}
