"""A source file with a person's edit in it: only what was named changes."""

from __future__ import annotations

from dataclasses import fields as fields_of

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbsync.errors import InvalidSource, KbsyncError
from kbsync.findings import has_errors
from kbsync.model import Value
from kbsync.source.document import Document, parse
from kbsync.source.edit import edited

PATH = "content/Billing/card.md"
FULL = """---
# what this is
title: 'Old'  # seen by readers
article_id: 5
tags:         # for search
  - a
  - "b"
  # end of tags
seo:
  title: "Quoted"
  # a note
other: [1, {x: y}]
---

# Old

Body
line
"""

CASES: dict[str, tuple[str, dict[str, Value], str]] = {
    "the title in both places, its quotes and comments stay": (
        FULL, {"title": "It's new"},
        FULL.replace("title: 'Old'", "title: 'It''s new'").replace("# Old", "# It's new"),
    ),
    "tags as a block": (FULL, {"tags": ("b", "c: d", "yes")},
                        FULL.replace('  - a\n  - "b"\n', '  - "b"\n  - "c: d"\n  - "yes"\n')),
    "tags cleared": (FULL, {"tags": ()}, FULL.replace("tags:         # for search\n  - a\n  - \"b\"\n",
                                                      "tags: []         # for search\n")),
    "a key beside its like": (FULL, {"seo_description": "Short # not a comment"},
                              FULL.replace('  title: "Quoted"\n',
                                           '  title: "Quoted"\n  description: "Short # not a comment"\n')),
    "a draft": (FULL, {"status": 1}, FULL.replace("article_id: 5\n", "article_id: 5\nstatus: draft\n")),
    "published is what it was": (FULL, {"status": 2}, FULL),
    "a flag is turned": ("---\ntitle: t\ndraft: true # yet\n---\nx\n", {"status": 2},
                         "---\ntitle: t\ndraft: false # yet\n---\nx\n"),
    "flag and status together": ("---\nstatus: draft\ntitle: t\ndraft: true\n---\nx\n", {"status": 2},
                                 "---\nstatus: published\ntitle: t\ndraft: false\n---\nx\n"),
    "in braces": ("---\n{title: t, seo: {title: a}}\n---\nx\n", {"seo_keywords": ("k", "l, m"), "tags": ("z",)},
                  '---\n{title: t, seo: {title: a, keywords: [k, "l, m"]}, tags: [z]}\n---\nx\n'),
    "a mapping without a value": ("---\ntitle: t\nseo:\n---\nx\n", {"seo_title": "1.10"},
                                  '---\ntitle: t\nseo:\n  title: "1.10"\n---\nx\n'),
    "a text over several lines": ("---\ntitle: >-\n  one\n  two\ntags: []\n---\nx\n", {"title": "three"},
                                  "---\ntitle: three\ntags: []\n---\nx\n"),
    "without front matter": ("# T *x* {#id}\n\nx\n", {"title": "N * [x]", "author": 77},
                             "---\nauthor: 77\n---\n# N * [x] {#id}\n\nx\n"),
    "a title that would be read as marks": ("# T\n\nx\n", {"title": "*N*"}, "# \\*N\\*\n\nx\n"),
    "an underlined title": ("T\n===\nx\n", {"title": "U"}, "U\n===\nx\n"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "values", "expected"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("form", ["lf", "crlf", "bom"])
def test_only_the_lines_of_named_keys_change(source: str, values: dict[str, Value], expected: str, form: str) -> None:
    old, new = _as(source, form), _as(expected, form)
    assert edited(old, PATH, values, None) == new
    assert edited(new, PATH, values, None) == new


@pytest.mark.parametrize("form", ["lf", "crlf", "bom"])
def test_the_body_is_replaced_below_the_title(form: str) -> None:
    new = FULL.replace("Body\nline\n", "New *text*\n\n- a\n")
    assert edited(_as(FULL, form), PATH, {}, "New *text*\n\n- a") == _as(new, form)


def test_a_body_that_begins_with_the_title_is_not_taken_for_it() -> None:
    result = edited(b"---\ntitle: t\n---\nx\n", PATH, {}, "# t\n\nx\n")
    assert result == b"---\ntitle: t\n---\n# t\n\n# t\n\nx\n"
    assert _read(result).body == "# t\n\nx\n"


@pytest.mark.parametrize(
    ("source", "values", "body"),
    [
        ("---\nother: &t x\ntitle: *t\n---\nx\n", {"title": "y"}, None),  # the other key would change with it
        ("---\ntitle: t\n---\nx\n", {"tags": ("x" * 40,)}, None),
        ("---\ntitle: t\n---\nx\n", {"title": ""}, None),
        ("---\ntitle: t\n---\nx\n", {}, " \n"),
        ("---\ntitle: t\n---\nx\n", {"folder": "y"}, None),
    ],
)
def test_what_cannot_be_written_is_told(source: str, values: dict[str, Value], body: str | None) -> None:
    with pytest.raises(KbsyncError, match=r"card\.md"):
        edited(source.encode(), PATH, values, body)


def test_a_file_that_cannot_be_read() -> None:
    with pytest.raises(InvalidSource) as raised:
        edited(b"---\ntitle: [\n---\nx\n", PATH, {"title": "t"}, None)
    assert raised.value.findings


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
_TITLES = st.lists(_WORDS, min_size=1, max_size=4).map(" ".join)
_TAGS = st.lists(_WORDS.filter(lambda word: "," not in word), max_size=3, unique=True).map(tuple)
_VALUES = st.fixed_dictionaries(
    {},
    optional={
        "title": _TITLES, "status": st.sampled_from([1, 2]), "tags": _TAGS, "seo_title": _TITLES,
        "seo_description": _TITLES, "seo_keywords": _TAGS, "author": st.sampled_from(["ana@acme.com", 77]),
    },
)  # fmt: skip
_HEADS = st.lists(
    st.sampled_from(
        [
            "# note", "title: 'Old'", 'title: "Old" # why', "title: >-\n  Old", "draft: true", "draft: false",
            "status: published",
            "tags: [a, 'b']", "tags:\n- a # x\n- b", "tags:\n  - a\n  # y", "tags:", "seo: {title: x}",
            "seo:\n  title: x\n  # z",
            "seo:\n    description: |\n      long\n      text\n", "seo:", "author: 5", "mine: {a: [1, 2]}", "",
            "date: 2020-01-01", "folder: A / B",
        ]
    ),
    max_size=6,
    unique_by=lambda entry: entry.partition(":")[0],
)  # fmt: skip
_SOURCES = st.builds(
    lambda head, body: f"---\n{chr(10).join(head)}\n---\n{body}" if head else body,
    _HEADS,
    st.sampled_from(["\n# Old\n\nText\n", "# Old\nText", "Text\n\n# Old\n", "\n\nOld\n===\n\nText\n"]),
)
_NEW_BODIES = st.sampled_from([None, "New\n", "# Old\n\nmore\n\n---\n", "Old\n---"])


@settings(max_examples=200, deadline=None)
@given(_SOURCES, _VALUES, _NEW_BODIES, st.sampled_from(["lf", "crlf", "bom"]))
def test_what_was_asked_is_said_and_everything_else_as_before(
    source: str, values: dict[str, Value], body: str | None, form: str
) -> None:
    data = _as(source, form)
    before, findings = parse(PATH, data)
    if before is None or has_errors(findings):
        return
    result = edited(data, PATH, values, body)
    after = _read(result)
    for field in fields_of(Document):
        if field.name not in ("line", "places", "variables", "body"):
            assert getattr(after, field.name) == values.get(field.name, getattr(before, field.name))
    assert after.body.rstrip("\n") == (before.body if body is None else body).rstrip("\n")
    assert edited(result, PATH, values, body) == result
    assert result.startswith(b"\xef\xbb\xbf") == data.startswith(b"\xef\xbb\xbf")
    assert (b"\r\n" in result) == (form == "crlf")
    kept = [line for line in source.split("\n") if line.startswith(("# note", "mine:", "date:", "folder:"))]
    assert [line for line in result.decode().replace("\r", "").split("\n") if line in kept] == kept


def _as(source: str, form: str) -> bytes:
    text = source.replace("\n", "\r\n") if form == "crlf" else source
    return (b"\xef\xbb\xbf" if form == "bom" else b"") + text.encode()


def _read(data: bytes) -> Document:
    document, findings = parse(PATH, data)
    assert document is not None
    assert not has_errors(findings)
    return document
