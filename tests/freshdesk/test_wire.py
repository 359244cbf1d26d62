"""JSON of the wire <-> the model (sheet section 4)."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbsync.freshdesk.reply import UnreadableError
from kbsync.freshdesk.wire import parse_article, parse_category, parse_folder, parse_object, payload
from kbsync.model import Article, Category, Folder, Value, fields

# The sheet's own example of 4.3.
ARTICLE = {
    "id": 82000555666, "type": 1, "status": 2, "agent_id": 82000777888,
    "created_at": "2026-08-19T09:01:00Z", "category_id": 82000111222, "folder_id": 82000333444,
    "title": "Download an invoice", "updated_at": "2026-08-19T09:01:00Z",
    "description": "<p>Open <b>Billing</b>.</p>", "description_text": " Open  Billing . ",
    "seo_data": {"meta_title": "Invoices", "meta_description": "", "meta_keywords": "invoice,pdf"},
    "tags": ["billing"], "attachments": [], "cloud_files": [], "hits": 0,
    "hierarchy": [{"level": 0, "type": "category", "data": {"id": 82000111222, "name": "B", "language": "en"}}],
}  # fmt: skip


def test_an_article_of_the_sheet() -> None:
    assert parse_article(ARTICLE, "en") == Article(
        title="Download an invoice",
        folder=82000333444,
        body="<p>Open <b>Billing</b>.</p>",
        status=2,
        tags=("billing",),
        seo_title="Invoices",
        seo_description="",
        seo_keywords=("invoice", "pdf"),
        author=82000777888,
        id=82000555666,
        updated_at="2026-08-19T09:01:00Z",
    )


def test_a_missing_key_is_not_reported_and_null_is_empty() -> None:
    bare = {"id": 1, "title": "T", "description": None}
    assert parse_article(bare, "en", folder=7) == Article("T", 7, "", id=1)
    assert parse_category({"id": 1, "name": "C"}, "en") == Category("C", id=1)
    assert parse_category({"id": 1, "name": "C", "description": None}, "fr").description == ""
    assert parse_folder({"id": 2, "name": "F"}, "en", category=1, parent=5).folder == Folder("F", 1, 5, id=2)


@pytest.mark.parametrize(
    ("seo", "read"),
    [
        ({}, ("", "", ())),
        (None, ("", "", ())),
        ({"meta_title": "", "meta_description": ""}, ("", "", ())),
        ({"meta_title": None, "meta_keywords": None}, ("", "", ())),
        ({"meta_keywords": " a, b,,c "}, ("", "", ("a", "b", "c"))),
        ({"meta_keywords": ["a", "b"]}, ("", "", ("a", "b"))),
    ],
)
def test_seo_data_that_is_reported_is_never_unknown(seo: object, read: tuple[object, ...]) -> None:
    found = parse_article(ARTICLE | {"seo_data": seo}, "en")
    assert (found.seo_title, found.seo_description, found.seo_keywords) == read


def test_a_folder_finds_its_category_where_the_reply_says_it() -> None:
    hierarchy = [
        {"level": 0, "type": "category", "data": {"id": 1, "name": "C"}},
        {"level": 1, "type": "folder", "data": {"id": 2, "name": "F"}},
    ]
    row = {"id": 2, "name": "F", "parent_folder_id": 9, "articles_count": 3, "sub_folders_count": 0}
    for found in (row | {"category_id": 1}, row | {"hierarchy": hierarchy}):
        parsed = parse_folder(found, "en")
        assert (parsed.folder.category, parsed.folder.parent, parsed.articles, parsed.sub_folders) == (1, 9, 3, 0)


BROKEN: list[tuple[str, object]] = [
    ("id", "82000555666"), ("id", True), ("id", 0), ("id", -3), ("id", 1.5), ("id", None), ("title", None),
    ("title", 5), ("description", 7), ("folder_id", "7"), ("folder_id", None), ("status", "2"), ("status", True),
    ("tags", "a,b"), ("tags", [1]), ("seo_data", "x"), ("agent_id", "5"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), BROKEN)
def test_what_matters_must_have_its_type(key: str, value: object) -> None:
    with pytest.raises(UnreadableError, match=key if key != "seo_data" else "object"):
        parse_article(ARTICLE | {key: value}, "en")


def test_a_missing_body_is_not_taken_for_an_empty_one() -> None:
    without = {name: value for name, value in ARTICLE.items() if name != "description"}
    with pytest.raises(UnreadableError, match="description"):
        parse_article(without, "en")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(key=st.sampled_from(sorted(ARTICLE)), value=junk, more=st.dictionaries(st.text(), junk, max_size=3))
def test_any_reply_is_read_or_called_unreadable(key: str, value: object, more: dict[str, object]) -> None:
    for kind in ("article", "folder", "category"):
        try:
            found = parse_object(kind, copy.deepcopy(more | ARTICLE | {"name": "N", key: value}), "en")
        except UnreadableError:
            continue
        assert isinstance(found.id, int)


words = st.text(st.characters(exclude_characters=",", exclude_categories=["Cs"]), min_size=1, max_size=12).map(
    str.strip
).filter(bool)  # fmt: skip
ids = st.integers(1, 2**53)
articles = st.builds(
    Article,
    title=st.text(min_size=1),
    folder=ids,
    body=st.text(),
    status=st.sampled_from([1, 2]),
    tags=st.lists(words).map(tuple),
    seo_title=st.text(),
    seo_description=st.text(),
    seo_keywords=st.lists(words).map(tuple),
    author=ids,
    id=ids,
)
folders = st.builds(
    Folder,
    name=st.text(min_size=1),
    category=ids,
    parent=st.none() | ids,
    description=st.text(),
    visibility=st.integers(1, 7),
    companies=st.lists(ids).map(tuple),
    contact_segments=st.none(),
    company_segments=st.lists(ids).map(tuple),
    id=ids,
)
categories = st.builds(Category, name=st.text(), description=st.text(), portals=st.lists(ids).map(tuple), id=ids)


@settings(deadline=None)
@given(articles)
def test_an_article_survives_the_wire(article: Article) -> None:
    body = payload("article", fields(article) | {"folder": int(article.folder)})
    seo = body["seo_data"]
    assert isinstance(seo, dict)
    seo["meta_keywords"] = ",".join(seo["meta_keywords"])  # what the server does with it
    assert parse_article(body | {"id": article.id}, "en") == article


@settings(deadline=None)
@given(folders)
def test_a_folder_survives_the_wire(folder: Folder) -> None:
    nested: dict[str, Value] = {} if folder.parent is None else {"parent": folder.parent}
    body = payload("folder", fields(folder) | nested) | {"id": folder.id, "category_id": folder.category}
    assert parse_folder(body, "en").folder == folder


@settings(deadline=None)
@given(categories)
def test_a_category_survives_the_wire(category: Category) -> None:
    assert parse_category(payload("category", fields(category)) | {"id": category.id}, "en") == category


def test_only_what_was_asked_for_is_written() -> None:
    assert payload("article", {"title": "T"}) == {"title": "T"}
    assert payload("article", {"status": 1}) == {"status": 1}
    assert payload("article", {"folder": 8}) == {"folder_id": 8}
    assert payload("article", {}) == {}


def test_seo_is_written_whole_where_the_rest_is_known() -> None:
    live = parse_article(ARTICLE, "en")
    assert payload("article", {"seo_title": "New"}, live) == {
        "seo_data": {"meta_title": "New", "meta_description": "", "meta_keywords": ["invoice", "pdf"]}
    }
    assert payload("article", {"seo_keywords": ()}, live)["seo_data"] == {
        "meta_title": "Invoices",
        "meta_description": "",
        "meta_keywords": [],
    }
    assert payload("article", {"seo_title": "New"}, Article("T", 7, "")) == {"seo_data": {"meta_title": "New"}}


@pytest.mark.parametrize("wrong", [{"author": "ana@acme.com"}, {"slug": "x"}, {"folder": "content/A"}])
def test_a_mistake_of_the_caller_is_no_request(wrong: dict[str, Value]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        payload("article", wrong)
