"""Articles and `_index.md` files: strict reading, and ids spliced into bytes."""

from __future__ import annotations

import difflib
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kbsync.errors import InvalidSource
from kbsync.findings import RULES, Finding, has_errors
from kbsync.source import document, index
from kbsync.source.document import Document, Index, location, names
from kbsync.source.splice import splice_id
from kbsync.source.yamlio import MAX_CHARACTERS, compose, value

CASES = Path(__file__).parent / "cases" / "document"
PATH = "content/Billing/Refunds/card.md"


def cases(name: str) -> list[Any]:
    read = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in read]


def shown(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{item.severity} {item.place.line}:{item.place.column} {item.rule}" for item in findings]


def plain(item: Any) -> Any:
    return list(item) if isinstance(item, tuple) else dict(item) if hasattr(item, "items") else item


@pytest.mark.parametrize("case", cases("articles.yaml"))
def test_an_article_is_read_as_its_writer_sees_it(case: dict[str, Any]) -> None:
    data = case["bytes"].encode("latin-1") if "bytes" in case else case["input"].encode()
    read, findings = document.parse(PATH, data)
    assert shown(findings) == case.get("findings", [])
    expected = case.get("document", {})
    assert {key: plain(getattr(read, key)) for key in expected} == expected


@pytest.mark.parametrize("case", cases("indexes.yaml"))
def test_an_index_describes_its_directory(case: dict[str, Any]) -> None:
    read, findings = index.parse("content/Billing/_index.md", case["input"].encode(), case["kind"])
    assert shown(findings) == case.get("findings", [])
    expected = case.get("index", {})
    assert {key: plain(getattr(read, key)) for key in expected} == expected


@pytest.mark.parametrize("case", cases("yaml.yaml"))
def test_yaml_problems_stand_at_their_place_in_the_file(case: dict[str, Any]) -> None:
    _, findings = document.parse(PATH, f"---\n{case['input']}\n---\n# T\n\nText.\n".encode())
    assert shown(findings) == case["findings"]


def test_places_of_every_key() -> None:
    read, _ = document.parse(PATH, b"---\ntitle: A\nseo:\n  title: B\n---\n\nText.\n")
    assert read is not None
    at = {key: (place.line, place.column) for key, place in read.places.items()}
    assert at == {"title": (2, 8), "seo": (3, 1), "seo.title": (4, 3), "body": (7, 1)}
    assert str(read.place("tags")) == f"{PATH}:1:1"


@pytest.mark.parametrize(
    ("size", "expected"),
    [(499_000, []), (500_100, ["warning 1:1 large"]), (2_000_000, ["error 1:1 too-large"])],
)
def test_large_articles_get_a_clear_answer(size: int, expected: list[str]) -> None:
    _, findings = document.parse(PATH, b"# A\n\n" + b"x" * (size - 5))
    assert shown(findings) == expected


def test_a_title_of_300_characters_is_a_warning() -> None:
    _, findings = document.parse(PATH, f"---\ntitle: {'x' * 300}\n---\nText.\n".encode())
    assert shown(findings) == ["warning 2:8 title-length"]


def test_a_second_yaml_document_is_refused() -> None:
    _, findings = compose("a: 1\n--- \nb: 2\n", "x")
    assert shown(findings) == ["error 2:1 yaml-documents"]


BOMBS = {
    "yaml-alias-bound": "a0: &a0 [x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)),
    "yaml-depth": "foreign: " + "[" * 50_000,
    "yaml-size": "a: " + "x" * MAX_CHARACTERS,
}


@pytest.mark.parametrize("rule", [*BOMBS, "deep block"])
def test_hostile_yaml_is_an_error_in_bounded_time(rule: str) -> None:
    text = BOMBS.get(rule, "- " * 50_000)
    started = time.process_time()
    _, findings = compose(text, "x")
    assert time.process_time() - started < 2
    assert [item.rule for item in findings] == [rule if rule in BOMBS else "yaml-depth"]


def test_messages_say_what_and_what_to_do() -> None:
    _, findings = document.parse(PATH, b"---\ntittle: A\ntitle: B\ndraft: yes\n---\nText.\n")
    assert [(item.message, item.hint) for item in findings] == [
        ('unknown key "tittle"; did you mean "title"?', "correct or delete the key"),
        (
            '"draft" should be true or false, found "yes", which tools read in different ways',
            'write "draft: true" or "draft: false"',
        ),
    ]


def test_every_rule_of_reading_has_a_case() -> None:
    files = [*CASES.parent.rglob("*.yaml"), *Path(__file__).parent.glob("test_*.py")]
    tested = "".join(file.read_text(encoding="utf-8") for file in files)
    source = Path(document.__file__).parent
    rooms = (*source.glob("*.py"), source.parent / "schema.py", source.parent / "config.py")
    code = "".join(room.read_text("utf-8") for room in rooms)
    ours = {rule for rule in RULES if f'"{rule}"' in code}
    assert {rule for rule in ours if not re.search(rf"\b{rule}\b", tested)} == set()


def test_where_an_article_belongs() -> None:
    indexes = {"content/A": Index("content/A", name="Billing"), "content/A/B": Index("content/A/B")}
    article = Document("content/A/B/x.md", "T", "b", 1)
    assert names("content", "content", indexes) == ()
    assert location(article, "content", indexes) == ("Billing", "B")
    assert location(replace(article, category="C"), "content", indexes) == ("C", "B")
    assert location(replace(article, folder=("X", "Y")), "content", indexes) == ("Billing", "X", "Y")
    top = replace(article, path="content/x.md")
    assert location(top, "content", indexes) == ("",)
    assert location(replace(top, category="C", folder=("F",)), "content", indexes) == ("C", "F")


SPLICES = {
    "after the title": (b"---\ntitle: A\nx: 1\n---\nb", b"---\ntitle: A\narticle_id: 7\nx: 1\n---\nb"),
    "CRLF": (b"---\r\ntitle: A\r\n---\r\nb", b"---\r\ntitle: A\r\narticle_id: 7\r\n---\r\nb"),
    "CR": (b"---\rtitle: A\r---\rb", b"---\rtitle: A\rarticle_id: 7\r---\rb"),
    "mixed": (b"---\ntitle: A\r\nx: 1\n---\nb", b"---\ntitle: A\r\narticle_id: 7\r\nx: 1\n---\nb"),
    "BOM": (b"\xef\xbb\xbf---\ntitle: A\n---\nb", b"\xef\xbb\xbf---\ntitle: A\narticle_id: 7\n---\nb"),
    "update keeps the comment": (
        b"---\narticle_id:   5   # ours\ntitle: A\n---\nb",
        b"---\narticle_id:   7   # ours\ntitle: A\n---\nb",
    ),
    "empty value": (b"---\narticle_id:\ntitle: A\n---\nb", b"---\narticle_id: 7\ntitle: A\n---\nb"),
    "quoted value": (b"---\n'article_id': '5'\ntitle: A\n---\nb", b"---\n'article_id': 7\ntitle: A\n---\nb"),
    "title over lines": (
        b'---\ntitle: "A\n  B" # c\nx: 1\n---\nb',
        b'---\ntitle: "A\n  B" # c\narticle_id: 7\nx: 1\n---\nb',
    ),
    "block title": (
        b"---\ntitle: >-\n  A\n\n# c\nx: 1\n---\nb",
        b"---\ntitle: >-\n  A\narticle_id: 7\n\n# c\nx: 1\n---\nb",
    ),
    "block title that keeps its ends": (
        b"---\ntitle: |+\n  A\n\n\nx: 1\n---\nb",
        b"---\ntitle: |+\n  A\n\n\narticle_id: 7\nx: 1\n---\nb",
    ),
    "indented": (b"---\n  title: A\n  x: 1\n---\nb", b"---\n  title: A\n  article_id: 7\n  x: 1\n---\nb"),
    "braces": (b"---\n{title: A} # c\n---\nb", b"---\n{article_id: 7, title: A} # c\n---\nb"),
    "braces update": (b"---\n{article_id: 5, title: A}\n---\nb", b"---\n{article_id: 7, title: A}\n---\nb"),
    "empty front matter": (b"---\n---\n# A\nb", b"---\narticle_id: 7\n---\n# A\nb"),
    "comment only": (b"---\n# note\n...\n# A\nb", b"---\narticle_id: 7\n# note\n...\n# A\nb"),
    "no front matter": (b"# A\r\nb", b"---\r\narticle_id: 7\r\n---\r\n# A\r\nb"),
    "already there": (b"---\narticle_id: 7\ntitle: A\n---\nb", b"---\narticle_id: 7\ntitle: A\n---\nb"),
    "no title": (b"---\nx: 1\n---\n# A\nb", b"---\narticle_id: 7\nx: 1\n---\n# A\nb"),
}


@pytest.mark.parametrize("name", SPLICES)
def test_the_id_is_spliced_in(name: str) -> None:
    before, after = SPLICES[name]
    assert splice_id(before, "article_id", 7) == after
    assert splice_id(after, "article_id", 7) == after


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"---\ntitle: A\narticle_id: |\n  5\n---\nb", "id-line"),
        (b"---\ntitle: A\narticle_id: [5]\n---\nb", "id-line"),
        (b"---\ntitle: A: B\n---\nb", "yaml-colon"),
    ],
)
def test_an_id_that_cannot_be_written_is_said(data: bytes, rule: str) -> None:
    with pytest.raises(InvalidSource) as caught:
        splice_id(data, "article_id", 7)
    assert [item.rule for item in caught.value.findings] == [rule]


ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20)
VALUES = st.one_of(
    st.sampled_from(['"a: b" # c', "'it''s'", "[a, b]", "{k: v}", "on", "1.10", "", "# only a comment"]),
    st.sampled_from([">-\n  folded\n  text\n", "|\n  kept\n\n", "|+\n  kept\n\n", "\n  - a\n  - b", '"two\n  lines"']),
    TEXT.map(lambda text: "'" + text.replace("'", "''") + "'"),
)
KEYS = st.lists(st.sampled_from(["layout", "slug", "order", "description", "x y", "été"]), unique=True)


@st.composite
def sources(draw: st.DrawFn) -> bytes:
    lines = [f"{key}: {draw(VALUES)}" for key in draw(KEYS)]
    lines.insert(draw(st.integers(0, len(lines))), f"title: {draw(VALUES.filter(lambda text: text[:1] not in '[{'))}")
    if draw(st.booleans()):
        lines.insert(draw(st.integers(0, len(lines))), f"article_id: {draw(st.sampled_from(['5', '5 # c', '']))}")
    lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(["", "# a comment"])))
    text = "---\n" + "\n".join(lines) + "\n---\n" + "Body " + draw(TEXT) + draw(st.sampled_from(["", "\n"]))
    ended = "".join(draw(ENDS) if char == "\n" else char for char in text)
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + ended.encode()


def lines_of(data: bytes) -> list[str]:
    return [repr(line) for line in re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", data)]


@given(sources(), st.integers(1, 2**53 - 1))
def test_a_spliced_id_changes_one_line_and_nothing_else(data: bytes, id: int) -> None:
    before, findings = document.parse(PATH, data)
    if before is None or has_errors(findings):
        return
    spliced = splice_id(data, "article_id", id)
    after, _ = document.parse(PATH, spliced)
    assert after is not None
    assert after.article_id == id
    moved: dict[str, Any] = {"article_id": None, "line": 0, "places": {}, "variables": {}}
    assert replace(after, **moved) == replace(before, **moved)
    assert {**after.variables, "article_id": id} == {**before.variables, "article_id": id}
    changes = [
        line[0] for line in difflib.ndiff([repr(x) for x in lines_of(data)], [repr(x) for x in lines_of(spliced)])
    ]
    assert changes.count("+") <= 1
    assert changes.count("-") <= changes.count("+")
    assert splice_id(spliced, "article_id", id) == spliced


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_what_yaml_writers_write_is_read_back(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, width=10**6)
    node, findings = compose(text, "x")
    assert shown(findings) == []
    assert value(node) == data


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    node, findings = compose(text.replace("\r", ""), "x")
    assert node is None or not has_errors(findings) or findings
    document.parse(PATH, text.encode("utf-8", "replace"))
