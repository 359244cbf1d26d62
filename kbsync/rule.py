"""The three-way rule for one field: source, live, and what the lock remembers of both (design 4)."""

from __future__ import annotations

import re
from typing import Literal

from kbsync.fingerprint import Fingerprint, matches, same
from kbsync.html import canonical, skeleton, visible_text
from kbsync.links import without_links
from kbsync.model import Value

# unchanged: nothing to do. update: send it. drift: a person changed it, leave it. refresh: both sides agree,
# note it in the lock. conflict: both sides changed, or the base is unknown.
Verdict = Literal["unchanged", "update", "drift", "refresh", "conflict"]

_HEADING_ID = re.compile(r'(<h[1-6]\b[^>]*?) id="[^"]*"')


def verdict(name: str, want: Value, have: Value | None, sent: Fingerprint | None, live: Fingerprint | None) -> Verdict:
    """What becomes of field `name` of an object that the lock knows.

    `have` is None where the server does not report the field: then it counts as untouched (API sheet 4.3).
    `sent` is None where the source names the field for the first time.
    """
    source_same = matches(sent, name, want)
    live_same = have is None or live is None or matches(live, name, have)
    if source_same and live_same:
        return "unchanged"
    if have is not None and same(name, want, have):
        return "refresh"
    if live_same:
        return "update"
    return "drift" if source_same else "conflict"


def verdict_unknown(name: str, want: Value, have: Value | None, portal_url: str) -> Verdict:
    """The same for an object that the lock does not know: equal is adopted, different needs a decision."""
    if have is None:
        return "update"
    if name == "body" and isinstance(want, str) and isinstance(have, str):
        return "refresh" if same_text(want, have, portal_url) else "conflict"
    return "refresh" if same(name, want, have) else "conflict"


def same_text(one: str, other: str, portal_url: str) -> bool:
    """True if two bodies are canonically equal, links into the knowledge base counted as plain text.

    Heading ids do not count either: whether the server keeps them is unknown (API sheet 12, row 27).
    """
    if one == other:
        return True
    return _without_heading_ids(one, portal_url) == _without_heading_ids(other, portal_url)


def same_words(one: str, other: str) -> bool:
    """True if a reader sees the same words: what is left to compare after a server rewrote what it was sent."""
    return visible_text(one) == visible_text(other)


def only_rewritten(one: str, other: str) -> bool:
    """True if two bodies differ in markup alone: words, structure, links and pictures are the same (F15)."""
    return skeleton(one) == skeleton(other)


def _without_heading_ids(body: str, portal_url: str) -> str:
    return _HEADING_ID.sub(r"\1", canonical(without_links(body, portal_url)))
