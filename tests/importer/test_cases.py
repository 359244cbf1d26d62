"""Every pattern of API sheet 6.2: live HTML beside its Markdown. Add a case to the files, not a function here.

The third part of a case, where there is one, is what is reported: in `editor.md` why a block stays raw HTML, in
`lost.md` what kbsync cannot publish.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kbsync.html import visible_text
from kbsync.importer import to_markdown

from .rendering import holds, imported, link, render

CASES = Path(__file__).parents[1] / "cases" / "import"


def _cases(name: str) -> pytest.MarkDecorator:
    blocks = (CASES / f"{name}.md").read_text(encoding="utf-8").rstrip("\n").split("\n=====\n")
    found = [tuple(f"{block}\n.\n".split("\n.\n")[:4]) for block in blocks]
    names = [case[0] for case in found]
    return pytest.mark.parametrize(("html", "markdown", "told"), [case[1:] for case in found], ids=names)


@_cases("editor")
def test_live_html_becomes_markdown_that_is_rendered_as_it(html: str, markdown: str, told: str) -> None:
    result = imported(html)
    assert result.markdown.rstrip("\n") == markdown
    assert "\n".join(result.raw_blocks) == told.rstrip("\n")
    assert result.lost == ()
    assert holds(result, html)


@_cases("editor")
def test_importing_the_rendering_changes_nothing(html: str, markdown: str, told: str) -> None:
    del html, told
    assert imported(render(markdown)).markdown.rstrip("\n") == markdown


@_cases("lost")
def test_what_cannot_be_published_is_told_and_its_words_are_kept(html: str, markdown: str, told: str) -> None:
    result = imported(html)
    assert result.markdown.rstrip("\n") == markdown
    assert "\n".join(result.lost) == told.rstrip("\n")
    assert visible_text(render(result.markdown)) == visible_text(html.replace("<script>alert(1)</script>", ""))


def test_a_link_that_cannot_hold_keeps_its_address() -> None:
    html = '<p><a href="https://help.acme.com/support/solutions/articles/9">gone</a></p>'
    result = to_markdown(html, render, lambda _: "nowhere.md")
    assert result.markdown == "[gone](https://help.acme.com/support/solutions/articles/9)\n"


def test_an_empty_body() -> None:
    assert imported("") == imported("<p><br></p>")
    assert imported("").markdown == ""


def test_a_deep_body_is_kept_as_it_is() -> None:
    html = "<div>" * 150 + "x" + "</div>" * 150
    assert holds(imported(html), html)


def test_braces_are_text_where_templates_are_on() -> None:
    html = "<p>Use {{ name }} and {% if %}</p><pre>{{ x }}</pre>"
    result = to_markdown(html, lambda text: render(text, templates=True), link)
    assert result.lost == ()
    assert render(result.markdown, templates=True).count("{{ name }}") == 1


def test_contents_by_configuration_are_not_written_down() -> None:
    html = render("## A\n\ntext\n\n## B\n", toc=True)
    result = to_markdown(html, lambda text: render(text, toc=True), link)
    assert result.markdown == "## A\n\ntext\n\n## B\n"
