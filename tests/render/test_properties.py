"""What holds for every text: nothing crashes, nothing forbidden comes out, no word is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turbohtml import Element, parse_fragment

from kbsync.render import allowed
from kbsync.render.headings import slug, unique
from kbsync.render.tree import tidied

from .project import page

_PIECES = st.sampled_from(
    [  # each opens, closes or disturbs something
        "# ",
        "## h {#i}",
        "> ",
        "> [!NOTE]\n> ",
        "- ",
        "- [ ] ",
        "1. ",
        "\n",
        "\n\n",
        "    ",
        "```py\n",
        "```",
        "`",
        "*",
        "**",
        "~~",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        "<div>",
        "</div>",
        "<p>",
        "<b>",
        "</b>",
        "<a href='javascript:x'>",
        "</a>",
        "<script>",
        "</script>",
        "<table>",
        "<tr>",
        "<td>",
        "<Device>",
        "<!--",
        "-->",
        "<pre>\n\n",
        "</pre>",
        "<details>",
        "<summary>",
        "<svg>",
        "<style>",
        "<iframe src='https://x.com'>",
        "<img src=x onerror=y>",
        "<p style='color:red;position:fixed'>",
        "| a | b |\n|--|--|\n| 1 |",
        "term\n: def",
        "[^1]",
        "\n[^1]: note\n",
        "https://youtu.be/abc",
        "a@b.com",
        "&nbsp;",
        "&",
        "[x](other.md)",
        "[[toc]]",
        "{.c}",
        '{#z style="x"}',
        "word",
        "日本",
        "\t",
        "\\",
        '"',
        "\u00a0",
        "\r",
        "<caption>",
        "<dl><dt>",
    ]
)
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=14).map("".join))


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
def test_output_is_stable_and_in_the_subset(text: str) -> None:
    html = page(text).html
    assert tidied(html) == html
    for element in parse_fragment(html).iter_elements():
        assert element.tag in allowed.KEPT
        _assert_attributes(element)


def _assert_attributes(element: Element) -> None:
    for name, value in element.attrs.items():
        assert allowed.attribute_is_kept(element.tag, name)
        if name in ("href", "src"):
            assert allowed.scheme(str(value)) in {*allowed.LINK_SCHEMES, "", "kbsync", "data"}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.from_regex(r"[a-zà-öø-ÿа-я]{2,8}", fullmatch=True), min_size=1, max_size=12), st.data())
def test_every_word_survives(words: list[str], data: st.DataObject) -> None:
    marks = st.sampled_from(
        [" ", "\n", "\n\n", " *", "* ", "\n- ", "\n> ", "\n## ", " `", "` ", "\n> [!TIP]\n> ", " <kbd>", "</b> "]
    )
    text = "".join(word + data.draw(marks) for word in words)
    shown = parse_fragment(page(text).html).text
    assert [word for word in words if word not in shown] == []


@given(st.text(max_size=40))
def test_slugs_hold_nothing_that_ends_an_anchor(text: str) -> None:
    assert not set(slug(text)) & set(" \t\n#?%&<>\"'/.,:;!()[]{}")


def test_slugs_count_like_github() -> None:
    taken: dict[str, int] = {}
    assert [unique("a", taken), unique("a", taken), unique("a-1", taken), unique("a", taken)] == [
        "a",
        "a-1",
        "a-1-1",
        "a-2",
    ]


_BOMBS = {
    "quotes": ">" * 20000 + "a", "brackets": "[" * 50000, "images": "![a" * 20000, "links": "[a](gone.md) " * 5000,
    "html": "<div>" * 20000, "inline": "x <b>" * 5000, "stars": "*a " * 10000 + "**" * 10000, "ticks": "`a" * 5000,
    "attributes": "# " + "{a" * 30000 + "}", "frames": "> [!NOTE]\n> a\n\n" * 1000, "ampersands": "&" * 50000,
    "code": "```json\n" + '{"a":' * 7000 + "\n```",
}  # fmt: skip


@pytest.mark.parametrize("text", _BOMBS.values(), ids=_BOMBS)
def test_hostile_text_is_rendered_in_bounded_time(text: str) -> None:
    begin = time.perf_counter()
    page(text)
    assert time.perf_counter() - begin < 10
