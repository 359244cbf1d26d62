"""The canonical form: equal for what readers cannot tell apart, its own canonical form, and no word lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kbsync.html import canonical, visible_text

SAME = [
    ("attribute order", '<a href="x" title="t">a</a>', '<a title="t" href="x">a</a>'),
    ("class order and editor classes", '<p class="b a fr-dib">x</p>', '<p class="a b">x</p>'),
    ("editor marks", '<p data-identifyelement="4" dir="ltr" id="isPasted" style="">x</p>', "<p>x</p>"),
    ("contenteditable", '<pre contenteditable="false">x</pre>', "<pre>x</pre>"),
    ("froala data", '<img data-fr-image-pasted="true" src="a" data-id="1">', '<img src="a">'),
    ("rel noise", '<a href="x" rel="noreferrer noopener">a</a>', '<a href="x">a</a>'),
    ("iframe sandbox", '<iframe src="a" sandbox="allow-scripts"></iframe>', '<iframe src="a"></iframe>'),
    (
        "boolean attribute",
        '<iframe src="a" allowfullscreen="true"></iframe>',
        '<iframe src="a" allowfullscreen></iframe>',
    ),
    ("non-breaking space", "<p>a\u00a0b&nbsp;c</p>", "<p>a b c</p>"),
    ("entities and quotes", "<p>&quot;a&quot; &#39;b&#x27;</p>", "<p>\"a\" 'b'</p>"),
    ("white space", "<p>  a \n b </p>\n\n<p>c</p>", "<p>a b</p><p>c</p>"),
    ("space through inline ends", "<p>a <b> b </b></p>", "<p>a <b>b</b></p>"),
    ("self-closing", "<p>a<br/>b</p>", "<p>a<br>b</p>"),
    ("upper case", "<P>a</P>", "<p>a</p>"),
    ("empty paragraphs", "<p>a</p><p></p><p><br></p><p> </p>", "<p>a</p>"),
    ("bare span", "<p><span>a</span> <font>b</font></p>", "<p>a b</p>"),
    ("breaks in pre", "<pre>a<br>b</pre>", "<pre>a\nb</pre>"),
    ("line ends in pre", "<pre>a\r\nb</pre>", "<pre>a\nb</pre>"),
    ("missing end tags", "<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
    ("implied tbody", "<table><tr><td>a</td></tr></table>", "<table><tbody><tr><td>a</td></tr></tbody></table>"),
    ("style order", '<p style="b: 2;A:1">x</p>', '<p style="a: 1; b: 2">x</p>'),
    ("auto width", '<img src="a" style="width: auto;">', '<img src="a">'),
    ("comment", "<p>a<!-- b --></p>", "<p>a</p>"),
]
DIFFERENT = [
    ("words", "<p>a</p>", "<p>b</p>"),
    ("markup", "<p>a</p>", "<p><b>a</b></p>"),
    ("target", '<a href="x">a</a>', '<a href="y">a</a>'),
    ("image", '<img src="a?v=1">', '<img src="a?v=2">'),
    ("indent in pre", "<pre>a\n b</pre>", "<pre>a\nb</pre>"),
    ("blank line in pre", "<pre>a\n\nb</pre>", "<pre>a\nb</pre>"),
    ("case", "<p>A</p>", "<p>a</p>"),
    ("colour", '<p style="color: red">a</p>', "<p>a</p>"),
    ("callout", '<pre class="fd-callout fd-callout--note">a</pre>', "<pre>a</pre>"),
    ("joined words", "<p>a b</p>", "<p>ab</p>"),
    ("space between inline tags", "<p><b>a</b> <b>b</b></p>", "<p><b>a</b><b>b</b></p>"),
    ("heading level", "<h2>a</h2>", "<h3>a</h3>"),
    ("right to left", '<p dir="rtl">a</p>', "<p>a</p>"),
    ("markup shown as text", "<p>&lt;b&gt;a&lt;/b&gt;</p>", "<p><b>a</b></p>"),
    ("entity shown as text", "<p>&amp;lt;</p>", "<p>&lt;</p>"),
    ("start of a list", '<ol start="3"><li>a</li></ol>', "<ol><li>a</li></ol>"),
]


@pytest.mark.parametrize(("one", "other"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_what_readers_cannot_tell_apart_is_equal(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), [case[1:] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_what_a_writer_could_mean_is_kept(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


WORDS = st.text(st.sampled_from("ab é\u00a0\n\t<>&\"'=/;#x-\u2028\U0001f600"), max_size=8)
TAGS = st.sampled_from(
    ["p", "b", "span", "div", "pre", "ul", "li", "table", "tr", "td", "a", "h2", "code", "blockquote", "iframe", "font",
     "script", "style", "textarea", "title", "svg", "math", "details", "Device", "select", "option", "noscript", "xmp",
     "button", "template", "form", "caption", "col", "i", "em", "p", "p", "pre"]
)  # fmt: skip
ATTRIBUTES = st.sampled_from(
    ["", "", ' class="b a fr-x"', ' style="b:1;a"', ' id="x"', " href='a&amp;b'", ' data-fr-x="1"', ' title="a  b"',
     ' dir="ltr"', " allowfullscreen", ' rel="noopener x"', ' style="background: url(a;b)"', ' class=""', ' title=" "']
)  # fmt: skip
PIECES = st.one_of(
    WORDS,
    st.builds(lambda tag, attributes: f"<{tag}{attributes}>", TAGS, ATTRIBUTES),
    st.builds(lambda tag: f"</{tag}>", TAGS),
    st.sampled_from(["<br>", "<br/>", "<hr>", '<img src="a">', "<!-- c -->", "&nbsp;", "&lt;", "<![CDATA[x]]>", "\n"]),
)
HTML = st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=250, deadline=None)
@given(HTML)
@example("<script>a<b</script>")
@example("<pre>\n\na</pre>")
@example("<p>a<pre> b")
@example("<textarea>\n\na</textarea>")
@example("<table><b>x</table>")
def test_the_canonical_form_is_its_own_canonical_form(html: str) -> None:
    once = canonical(html)
    assert canonical(once) == once


@settings(max_examples=150, deadline=None)
@given(HTML)
def test_the_canonical_form_shows_the_same_words(html: str) -> None:
    assert _letters(visible_text(canonical(html))) == _letters(visible_text(html))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6), min_size=1))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    text = " ".join(words).replace("&", "&amp;").replace("<", "&lt;")
    assert visible_text(f"<p>{text}</p>").split() == " ".join(words).split()


def _letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_blocks_part_words_and_inline_tags_do_not() -> None:
    assert visible_text("<p>a<b>b</b></p><ul><li>c</li><li>d<br>e</li></ul>") == "ab\nc\nd\ne"


def test_what_scripts_and_styles_hold_is_not_seen() -> None:
    assert visible_text("<p>a</p><script>b</script><style>c</style><p>d</p>") == "a\nd"


def test_deep_nesting_is_no_limit() -> None:
    deep = "<div>" * 3000 + "x" + "</div>" * 3000
    assert (visible_text(deep), visible_text(canonical(deep))) == ("x", "x")
