"""Links between objects: placeholders, addresses, and what is left of a link that cannot hold."""

from __future__ import annotations

import time
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbsync.links import SCHEME, Link, address_of, articles_linked, href, links_in, parse_href, resolve, without_links

PORTAL = "https://help.acme.com"
KEYS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
ANCHORS = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@settings(max_examples=60, deadline=None)
@given(KEYS, ANCHORS)
def test_a_placeholder_says_the_link_it_was_made_of(key: str, anchor: str) -> None:
    assert parse_href(href(Link(key, anchor))) == Link(key, anchor)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.builds(Link, KEYS, ANCHORS), max_size=4), st.text("ab <>&\"'", max_size=5))
def test_links_are_found_resolved_and_taken_out(targets: list[Link], text: str) -> None:
    inner = escape(text)
    body = "".join(f'<p><a title="a > b" href="{escape(href(one))}" class="x">{inner}</a>.</p>' for one in targets)

    assert links_in(body) == tuple(dict.fromkeys(targets))
    assert resolve(body, lambda _: None) == f"<p>{inner}.</p>" * len(targets)
    assert without_links(body, PORTAL) == f"<p>{inner}.</p>" * len(targets)
    resolved = resolve(body, lambda link: address_of(PORTAL, "article", 7, link.anchor))
    assert (links_in(resolved), SCHEME + "content" in resolved) == ((), False)
    assert resolve(resolved, lambda _: None) == resolved
    assert without_links(resolved, PORTAL) == f"<p>{inner}.</p>" * len(targets)


def test_a_link_that_holds_keeps_its_other_attributes_and_one_that_does_not_keeps_its_content() -> None:
    body = '<a id="i" href="kbsync:a.md#x" title="&quot;t&quot;"><b>A</b></a> <a href="kbsync:b.md">B</a>'
    assert (
        resolve(body, lambda link: "/there?a=1&b" if link.key == "a.md" else None)
        == '<a id="i" href="/there?a=1&amp;b" title="&quot;t&quot;"><b>A</b></a> B'
    )


def test_other_links_are_left_alone() -> None:
    body = '<a href="https://x.org/kbsync:a.md">a</a><a name="x">b</a><abbr href="kbsync:a">c</abbr>'
    assert (resolve(body, lambda _: None), links_in(body)) == (body, ())


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        (f"{PORTAL}/support/solutions/articles/82000555666", True),
        (f"{PORTAL}/support/solutions/articles/82000555666-a-title", True),
        (f"{PORTAL}/support/solutions/articles/82000555666#x", True),
        (f"{PORTAL}/en/support/solutions/articles/82000555666-a?x=1#y", True),
        (f"{PORTAL}/support/solutions/folders/1", True),
        (f"{PORTAL}/support/solutions/1", True),
        (f"{PORTAL}/support/solutions", False),
        (f"{PORTAL}/support/tickets/1", False),
        (f"{PORTAL}.evil.org/support/solutions/articles/1", False),
        ("https://other.org/support/solutions/articles/1", False),
        ("mailto:a@b.c", False),
    ],
)
def test_only_addresses_in_the_knowledge_base_count_as_text(address: str, ours: bool) -> None:
    body = f'<p><a href="{address}">a</a></p>'
    assert without_links(body, PORTAL) == ("<p>a</p>" if ours else body)


def test_addresses_carry_the_id_and_no_slug() -> None:
    assert address_of(PORTAL, "article", 7, "x") == f"{PORTAL}/support/solutions/articles/7#x"
    assert address_of(PORTAL, "folder", 7) == f"{PORTAL}/support/solutions/folders/7"
    assert address_of(PORTAL, "category", 7) == f"{PORTAL}/support/solutions/7"


@pytest.mark.parametrize(
    ("body", "leads"),
    [
        ('<a href="https://h/support/solutions/articles/12">a</a>', True),
        ('<a href="/a/solutions/articles/12-x">a</a>', True),
        ('<a href="/support/solutions/articles/123">a</a>', False),
        ('<a href="/support/solutions/articles/123">a</a><a href="/support/solutions/articles/12#x">a</a>', True),
        ('<a href="/support/solutions/folders/12">a</a>', False),
    ],
)
def test_what_leads_to_an_article_is_known_by_its_whole_id(body: str, leads: bool) -> None:
    assert (12 in articles_linked(body)) is leads


@pytest.mark.parametrize("part", ["<a x ", '<a href="x">', '<a "', '<a href="', '<a href="x" '])
def test_no_body_makes_the_search_for_links_slow(part: str) -> None:
    began = time.process_time()
    without_links(part * 20_000, PORTAL)
    assert time.process_time() - began < 5
