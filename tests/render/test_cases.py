"""Markdown beside its HTML, and beside its findings: add a case to the files, not a function here."""

from __future__ import annotations

import pytest

from kbsync.render.tree import tidied

from .project import cases, lines, page


def _named(name: str) -> pytest.MarkDecorator:
    found = cases(name)
    return pytest.mark.parametrize(("given", "expected"), [case[1:] for case in found], ids=[case[0] for case in found])


@_named("html")
def test_markdown_becomes_html_in_the_stored_subset(given: str, expected: str) -> None:
    assert page(given).html.rstrip("\n") == expected


@_named("html")
def test_reading_the_html_as_a_browser_and_writing_it_again_changes_nothing(given: str, expected: str) -> None:
    assert tidied(page(given).html).rstrip("\n") == expected


@_named("boxes")
def test_alerts_as_boxes(given: str, expected: str) -> None:
    assert page(given, callouts="boxes").html.rstrip("\n") == expected


@_named("findings")
def test_findings_stand_where_the_source_has_them(given: str, expected: str) -> None:
    assert lines(page(given)) == expected


@_named("templates")
def test_templates_keep_the_places_of_the_source(given: str, expected: str) -> None:
    result = page(given, templates=True)
    assert (result.html.rstrip("\n") + "\n" + lines(result)).strip("\n") == expected


def test_braces_are_text_where_templates_are_off() -> None:
    assert page("{{ product }}").html == "<p>{{ product }}</p>\n"


def test_contents_by_configuration_need_two_headings() -> None:
    assert "fd-toc" in page("## A\n\n## B", toc=True).html
    assert "fd-toc" not in page("## A", toc=True).html
