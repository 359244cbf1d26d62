"""The real renderer for one article of a small project, with addresses in both directions."""

from __future__ import annotations

from kbsync import links
from kbsync.config import Config, Rendering, Target
from kbsync.html import canonical
from kbsync.importer import Imported, to_markdown
from kbsync.render import render_document
from kbsync.source.document import Document, Sources

PATH = "content/Billing/Refunds/card.md"
OTHER = "content/Billing/Payments/overview.md"
PORTAL = "https://help.acme.com"
ADDRESS = f"{PORTAL}/support/solutions/articles/7001"
TARGET = Target("production", "freshdesk", "https://acme.freshdesk.com/api/v2", PORTAL)
PARTIALS = {"content/snippets/fine.md": "Included *text* about {{ product }}.\n\n- one\n- two\n"}


def render(markdown: str, **rendering: object) -> str:
    """The HTML of an article whose Markdown this is, links resolved."""
    document = Document(PATH, "Refund a card payment", markdown, 5, variables={"product": "Acme"})
    other = Document(OTHER, "Overview", "# Pay\n\nText.\n", 4)
    sources = Sources((document, other), (), (), {}, PARTIALS, frozenset(), ())
    settings = Rendering(**rendering)  # type: ignore[arg-type]
    config = Config("content", "en", "production", {"production": TARGET}, rendering=settings)
    html = render_document(document, sources, config, TARGET, lambda _: None).html
    return links.resolve(html, lambda link: _anchored(link.anchor) if link.key == OTHER else None)


def link(address: str) -> str | None:
    """The file for an address of the other article."""
    base, _, anchor = address.partition("#")
    path = "../Payments/overview.md"
    return (f"{path}#{anchor}" if anchor else path) if base == ADDRESS else None


def imported(html: str) -> Imported:
    """`html` as Markdown."""
    return to_markdown(html, render, link)


def holds(result: Imported, html: str) -> bool:
    """Whether the Markdown is rendered as `html`."""
    return canonical(render(result.markdown)) == canonical(html)


def _anchored(anchor: str) -> str:
    return f"{ADDRESS}#{anchor}" if anchor else ADDRESS
