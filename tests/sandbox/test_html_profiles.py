"""What each profile does to a body."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kbsync.sandbox.html_profiles import apply_profile
from kbsync.sandbox.html_tokens import spaced_text

SANDBOX = ' sandbox="allow-scripts allow-forms allow-same-origin allow-presentation"'


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("plain", "plain"),
        ("a & b &copy;", "a &amp; b ©"),
        ("<P CLASS='a'>x<BR/>y", '<p class="a">x<br>y</p>'),
        ("<!-- note --><p>x</p>", "<p>x</p>"),
        ("<script>x()</script><style>p{}</style><p onclick='x()'>y</p>", "<p>y</p>"),
        ("<form><input value=a><button>Go</button></form>", "Go"),
        ("<details open><summary>More</summary><p>x</p></details>", "More<p>x</p>"),
        ("<h5>Five</h5>", "Five"),
        ("<external>x</external>", "x"),
        ('<a href="javascript:x()">a</a>', "<a>a</a>"),
        ('<a href=" java\nscript:x()">a</a>', "<a>a</a>"),
        ('<p data-x="1" lang="en">a</p>', '<p data-x="1">a</p>'),
        ("<iframe src='https://x/y' srcdoc='z' sandbox></iframe>", f'<iframe src="https://x/y"{SANDBOX}></iframe>'),
        ("<p>a\u00a0b&lt;</p>", "<p>a&nbsp;b&lt;</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<svg><svg><p>x</p></svg></svg>y", "y"),
        ("<p style='font: \"A\"'>x</p>", '<p style="font: &quot;A&quot;">x</p>'),
    ],
)
def test_strip(sent: str, stored: str) -> None:
    assert apply_profile(sent, "strip") == stored
    assert apply_profile(stored, "strip") == stored


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("plain", "plain"),
        (
            "<p>x</p>\n<p></p>",
            '<p data-identifyelement="441" dir="ltr" id="isPasted">x</p>'
            '<p data-identifyelement="442" dir="ltr"><br></p>',
        ),
        (
            '<img src="a" style="width:1px;color:red">',
            '<img class="fr-fic fr-dib" data-identifyelement="441" src="a" style="color: red; width: 1px;">',
        ),
        ("<pre>a\nb</pre>", '<pre data-identifyelement="441">a<br>b</pre>'),
        (
            '<a href="u" target="_blank" rel="noopener noreferrer">x</a>',
            '<a data-identifyelement="441" href="u" rel="noreferrer noopener" target="_blank">x</a>',
        ),
        ("<div>a <b>c</b></div>", '<div data-identifyelement="441">a&nbsp;<b data-identifyelement="442">c</b></div>'),
        (
            "<iframe></iframe>",
            '<span class="fr-video fr-dvb fr-draggable" contenteditable="false"><iframe data-identifyelement="441"'
            f"{SANDBOX}></iframe></span>",
        ),
    ],
)
def test_froala(sent: str, stored: str) -> None:
    assert apply_profile(sent, "froala") == stored


def _visible(html: str) -> str:
    return re.sub(r"\s+", "", unescape(re.sub(r"<[^>]*>", "", html)))


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(
    lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
)
PIECES = st.recursive(
    TEXT,
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["p", "div", "pre", "ul", "li", "b", "strong", "details", "h2", "h5", "blockquote"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(PIECES)
def test_visible_text_is_kept_and_the_result_is_always_the_same(html: str) -> None:
    assert apply_profile(html, "identity") == html
    for profile in ("strip", "froala"):
        stored = apply_profile(html, profile)
        assert _visible(stored) == _visible(html)
        assert stored == apply_profile(html, profile)


@given(st.text(max_size=80))
def test_no_input_breaks_a_profile(html: str) -> None:
    for profile in ("strip", "froala"):
        once = apply_profile(html, profile)
        assert _visible(apply_profile(once, profile)) == _visible(once)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<p dir="ltr">fix it</p>', " fix it "),
        ("plain &amp; simple", "plain & simple"),
        ('<a title="a>b">x</a>', " x "),
        ("1 < 2", "1 < 2"),
    ],
)
def test_description_text_turns_tags_to_spaces(html: str, text: str) -> None:
    assert spaced_text(html) == text
