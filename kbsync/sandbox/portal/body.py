"""An article's body as the portal serves it: as it is stored, but for the addresses of its links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kbsync.sandbox.html_tokens import End, Start, Text, read_tokens

_TAG = re.compile(r"""<[A-Za-z](?:[^>"']|"[^"]*"|'[^']*')*+>""")
_ATTRIBUTE = re.compile(r"""(\s+)([^\s=>"'/]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s>"']+)""")
_READERS_PAGE = re.compile(r"\A(?:/[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)?/support/[^#]*")
_LEVELS = {"h1": 2, "h2": 2, "h3": 3}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that a link can point at; level 2 or 3."""

    id: str
    text: str
    level: int


def served(body: str, portal_url: str, *, agent: bool = False) -> str:
    """The body with links to the portal itself made relative, so that they hold on whatever port it is served.

    Only values of `href` and `src` that begin with `portal_url` change; text, such as an example in a code
    block, stays. For an agent, links to other pages stay in the agent's view.
    """
    # What follows is looked at, so that http://help.test does not claim http://help.test.evil.
    own = re.compile(rf"\A\s*{re.escape(portal_url)}(?=[/?#]|\s*$)", re.I)

    def attribute(match: re.Match[str]) -> str:
        space, name, equals, value = match.groups()
        if name.lower() not in {"href", "src"}:
            return match[0]
        mark = value[0] if value[0] in "\"'" else ""
        address = own.sub(_rooted, value.strip(mark), count=1)
        if agent and name.lower() == "href":
            address = _READERS_PAGE.sub(_in_agents_view, address, count=1)
        return f"{space}{name}{equals}{mark}{address}{mark}"

    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(attribute, tag[0]), body)


def _rooted(match: re.Match[str]) -> str:
    return "" if match.string[match.end() : match.end() + 1] == "/" else "/"


def _in_agents_view(match: re.Match[str]) -> str:
    return f"{match[0]}{'&amp;' if '?' in match[0] else '?'}view=agent"


def headings(body: str) -> tuple[Heading, ...]:
    """The headings for "On this page"; none where the body has a table of contents of its own."""
    tokens = read_tokens(body)
    if any(isinstance(token, Start) and "fd-toc" in dict(token.attributes).get("class", "") for token in tokens):
        return ()
    return tuple(_headings(tokens))


def _headings(tokens: list[Start | End | Text]) -> Iterator[Heading]:
    opened: Start | None = None
    words: list[str] = []
    for token in tokens:
        match token:
            case Start(tag, _) if tag in _LEVELS:
                opened, words = token, []
            case Text(data) if opened is not None:
                words.append(data)
            case End(tag) if opened is not None and tag == opened.tag:
                id, text = dict(opened.attributes).get("id", ""), " ".join("".join(words).split())
                if id and text:
                    yield Heading(id, text, _LEVELS[tag])
                opened = None
