"""What holds for every body: nothing crashes, no word is lost, and what is promised is rendered."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kbsync.html import canonical, visible_text
from kbsync.importer import updated

from .rendering import holds, imported, link, render

_MARKDOWN = st.sampled_from(
    [
        "# Head\n\n", "## Other {#Own-id}\n\n", "### Head\n\n", "Words *of* **some** `code` kind\n\n", "- a\n- b\n\n",
        "- a\n  - b\n    1. c\n\n", "1. a\n2. b\n\n", "3) c\n\n   more\n4) d\n\n", "* x\n\n* y\n\n",
        "- [ ] do\n- [x] done\n\n",
        "> quote\n>\n> - item\n\n", "> [!NOTE]\n> a **b**\n\n", "> [!TIP]\n> One\n>\n> - x\n> - y\n\n",
        "> [!WARNING]\n> - | x\n\n",
        "> [!NOTE]\n> ![a](https://e.com/i.png)\n\n", "```py\nimport os\n\nx = 1\n```\n\n",
        "```\na < b\n\n  c `x`\n```\n\n",
        "    indented\n\n", "| a | b |\n|:--|--:|\n| 1 \\| x | `2` |\n\n", "| a |\n|---|\n\n",
        "![alt](https://e.com/i.png)\n\n",
        "[x](https://e.com/a_b(c)?d=1&copy=2 \"t\"){target=\"_blank\"}\n\n", "https://youtu.be/abc?t=90\n\n",
        "https://e.com/a_b_c\n\n",
        "[page](../Payments/overview.md#pay) and mail a@b.com\n\n", "---\n\n", "a\\\nb\n\n", "a<br><br>b\n\n",
        "press <kbd>X</kbd>\n\n",
        '<span style="color: red;">red *x*</span>\n\n', "<table><tr><td colspan=2>x</td></tr></table>\n\n",
        "a note[^1]\n\n[^1]: The note\n\n",
        "Term\n\n: Definition\n\n", "Term\n: Definition\n\n", "~~gone~~ 1\\. not a list\n\n", "1\\. x\n\n",
        "\\# x\n\n", "a &nbsp; b &copy;\n\n",
        "<div>\n\ntext\n\n</div>\n\n", "<details><summary>S</summary>x</details>\n\n", "<pre>a\n\nb</pre>\n\n",
        "{.lead}\nlead\n\n", "***both*** **_x_**y\n\n",
        "\\[x]: y\n\n", "wrapped\nlines - here\n+ there\n\n", "[[toc]]\n\n", "<Device> x\n\n",
        "{{ x }} {% y %}\n\n", "日本 **語**。\n\n",
    ]
)  # fmt: skip
_BODIES = st.lists(_MARKDOWN, max_size=7).map("".join)

_HTML = st.sampled_from(
    [
        "<p>", "</p>", "<br>", "<div>", "</div>", '<div class="x">', "<span style='color: red'>", "</span>", "<b>",
        "</b>", "<strong>", "</strong>",
        "<em>", "</em>", "<s>", "<ul>", "</ul>", "<ol>", "<ol start=3>", "</ol>", "<li>", "</li>", "<table>",
        "<tr>", "<td>", "<th>", "</table>",
        "<thead>", "<pre>", "</pre>", "<code>", "</code>", '<pre class="fd-callout fd-callout--note">', "<h2>",
        '<h2 id="a">', "</h2>", "<h5>", "<hr>",
        "<blockquote>", "</blockquote>", "<a href='https://e.com'>", "<a name=q>", "</a>",
        "<img src='https://e.com/i.png'>", "<img src=x alt='a|b]'>",
        "<iframe src='https://www.youtube.com/embed/x'></iframe>", "<section>", "</section>", "<external>",
        "<script>x</script>", "<video>",
        "<sup>", "<u>", "<font>", "</font>", "<!-- c -->", "\n", "\n\n", " ", "&nbsp;", "word", "two words", "*",
        "**", "_", "`", "# ", "- ", "1. ", "> ", "|", "[x](y)",
        "&lt;b&gt;", "&amp;copy;", "{{ x }}", "{.c}", "http://e.com", "a@b.com", "\\", "~~", "![", ": x", "---",
        "===", "[^1]: x", "日本", "\t", "'", '"',
        "<p style='text-align: center;'>", "<p><br></p>", "<p dir=ltr data-identifyelement=3>", "[!NOTE]", "☐ x",
        "• y",
    ]
)  # fmt: skip
_SOUP = st.one_of(st.text(max_size=40), st.lists(_HTML, max_size=14).map("".join))


@settings(max_examples=150, deadline=None)
@given(_BODIES)
def test_what_kbsync_rendered_is_rendered_again_and_importing_is_a_fixed_point(markdown: str) -> None:
    html = render(markdown)
    result = imported(html)
    assert result.lost == ()
    assert holds(result, html)
    assert imported(render(result.markdown)).markdown == result.markdown


@settings(max_examples=250, deadline=None)
@given(_SOUP)
def test_no_word_of_any_html_is_lost(html: str) -> None:
    seen = html.replace("<script>x</script>", "")
    result = imported(html)
    assert visible_text(render(result.markdown)) == visible_text(seen)
    assert result.lost or holds(result, html)


@settings(max_examples=40, deadline=None)
@given(_BODIES)
def test_an_article_that_nobody_edited_stays_byte_for_byte(markdown: str) -> None:
    assert updated(markdown, render(markdown), render, link).markdown == markdown


@settings(max_examples=40, deadline=None)
@given(_BODIES, _BODIES)
def test_an_edit_changes_the_block_it_touched(above: str, below: str) -> None:
    old, new = f"{above}A sentence\nof ours.\n\n{below}", f"{above}A sentence\nof *theirs*.\n\n{below}"
    html = render(old).replace("of ours", "of <em>theirs</em>")
    assert updated(old, html, render, link).markdown == new


@settings(max_examples=40, deadline=None)
@given(_BODIES, _BODIES)
def test_a_block_that_was_taken_out_live_goes(above: str, below: str) -> None:
    old, new = f"{above}A sentence of ours.\n\n{below}", above + below
    html = render(old).replace("<p>A sentence of ours.</p>", "")
    result = updated(old, html, render, link)
    assert holds(result, html)
    if canonical(render(new)) == canonical(html):  # not so where it stood between two lists, say
        assert result.markdown.rstrip("\n") == new.rstrip("\n")


@settings(max_examples=40, deadline=None)
@given(_BODIES, _BODIES)
def test_a_block_that_was_added_live_is_added(above: str, below: str) -> None:
    html = render(above + below).rpartition("<hr>")[0] or render(above + below)
    result = updated(above + below, f"{html}<p>More <b>words</b></p>", render, link)
    assert result.lost == ()
    assert holds(result, f"{html}<p>More <b>words</b></p>")
