"""One document as HTML: the tokens of its Markdown, settled one after the other, and written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.token import Token

from kbsync import links
from kbsync.config import Config
from kbsync.findings import Finding, did_you_mean
from kbsync.model import Asset
from kbsync.render import embeds, headings
from kbsync.render.alerts import with_alerts
from kbsync.render.draft import Draft, Wanted
from kbsync.render.markdown import parser
from kbsync.render.origin import Origin, Positions
from kbsync.render.settle import settle
from kbsync.render.site import Site
from kbsync.render.templates import expanded
from kbsync.render.tree import tidied
from kbsync.source.document import Document


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered document. `text` is its Markdown after templates; `anchors` what links may name in it.

    `wanted` are the anchors its links need in other documents: whether those exist is not looked up here.
    """

    html: str
    text: str
    anchors: frozenset[str]
    wanted: tuple[Wanted, ...]
    assets: tuple[Asset, ...]
    findings: tuple[Finding, ...]


def render_page(document: Document, site: Site, config: Config) -> Page:
    """The page of `document`. Never raises for what is written in it: that gives findings."""
    rendering = config.rendering
    origin = Origin(document.body, document.path, document.line)
    findings: tuple[Finding, ...] = ()
    if rendering.templates:
        origin, findings = expanded(document, site.content, site.partials, rendering.variables)
    if findings:
        return Page("", origin.text, frozenset(), (), (), findings)
    env: dict[str, object] = {}
    tokens = parser().parse(origin.text, env)
    draft = Draft(site, document, rendering, Positions(origin, tokens))
    html = _html(_settled(tokens, draft, env), draft, env)
    _check_own_anchors(draft)
    wanted = tuple(each for each in draft.wanted if each.link.key != document.path)
    assets = tuple(draft.assets[path] for path in sorted(draft.assets))
    return Page(html, origin.text, frozenset(draft.anchors), wanted, assets, tuple(draft.findings))


def _html(tokens: list[Token], draft: Draft, env: dict[str, object]) -> str:
    md = parser()
    html: str = md.renderer.render(tokens, md.options, env)
    # Without raw HTML the renderer wrote every tag itself, and there is nothing to repair.
    return tidied(html) if draft.raw else html


def _settled(tokens: list[Token], draft: Draft, env: dict[str, object]) -> list[Token]:
    """`tokens` with everything in them that depends on the project, or on Freshdesk, decided."""
    text = draft.positions.origin.text
    settle(tokens, draft)
    _number_footnotes(tokens, draft)
    if "[ ]" in text or "[x]" in text or "[X]" in text:
        _tick(tokens)
    if "[!" in text:
        md = parser()
        tokens = with_alerts(
            tokens,
            draft.rendering.callouts,
            lambda children: md.renderer.renderInline(children, md.options, env),  # type: ignore[attr-defined]
        )
    return _with_videos(_with_contents(tokens, draft))


_BOX = re.compile(r"\[([ xX])\](?=\s)")


def _tick(tokens: list[Token]) -> None:
    """Task lists: Freshdesk drops inputs, so a box is a character (API sheet 6.1)."""
    for item, paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        first = inline.children[0]
        match = _BOX.match(inline.content)
        if match and first.type == "text" and first.content.startswith(match[0]):
            first.content = ("☐" if match[1] == " " else "☑") + first.content[3:]
            item.attrs["style"] = "list-style-type: none;"


def _number_footnotes(tokens: list[Token], draft: Draft) -> None:
    for token in tokens:
        if token.type == "footnote_open":
            draft.anchors.add(f"fn-{token.meta['id'] + 1}")
        elif token.type == "footnote_anchor":
            again = f"-{token.meta['subId'] + 1}" if token.meta["subId"] else ""
            draft.anchors.add(f"fnref-{token.meta['id'] + 1}{again}")


def _ready(html: str) -> Token:
    token = Token("ready", "", 0, block=True)
    token.content = html
    return token


def _with_contents(tokens: list[Token], draft: Draft) -> list[Token]:
    """The table of contents where `[[toc]]` stands, else first, where it is asked for."""
    places = [
        at
        for at, token in enumerate(tokens)
        if token.type == "inline" and token.content.lower() in ("[toc]", "[[toc]]")
    ]
    asked = draft.rendering.toc if draft.document.toc is None else draft.document.toc
    if not places and not (asked and len(draft.headings) > 1):
        return tokens
    contents = _ready(headings.contents(draft.headings))
    if not places:
        return [contents, *tokens]
    kept = list(tokens)
    for at in reversed(places):
        if tokens[at - 1].type == "paragraph_open":
            kept[at - 1 : at + 2] = [contents]
    return kept


def _with_videos(tokens: list[Token]) -> list[Token]:
    """A link to a video that is alone in its paragraph becomes the video."""
    for inline, closing in pairwise(tokens):
        children = inline.children or ()
        if inline.type != "inline" or len(children) != 3 or closing.type != "paragraph_close":
            continue
        address = str(children[0].attrs.get("href", ""))
        if children[0].type == "link_open" and children[1].content in (address, f"<{address}>"):
            html = embeds.frame(address)
            inline.children = [_ready(html)] if html else inline.children
    return tokens


def _check_own_anchors(draft: Draft) -> None:
    for wanted in draft.wanted:
        if wanted.link.key == draft.document.path:
            missing = missing_anchor(wanted.link, draft.anchors)
            if missing is not None:
                draft.tell("anchor-missing", wanted.place, **missing)


def missing_anchor(link: links.Link, anchors: set[str] | frozenset[str]) -> dict[str, str] | None:
    """The values of the finding for an anchor that is not among `anchors`; None where it is fine."""
    # `#:~:text=` names words of the page, not an element.
    if link.anchor in anchors or link.anchor in ("", "top") or link.anchor.startswith(":~:"):
        return None
    return {"anchor": link.anchor, "path": link.key, "guess": did_you_mean(link.anchor, anchors)}
