"""All documents as one desired snapshot."""

from __future__ import annotations

from dataclasses import replace

from kbsync.config import AssetStore
from kbsync.model import Asset, Category, Folder, Status
from kbsync.render import render_project
from kbsync.source.document import Document, Index

from .project import FILES, PATH, TARGET, article, config, project, sources


def test_directories_become_categories_and_folders() -> None:
    desired = project(
        article("x", "content/Billing/Refunds/Cards/a.md"),
        indexes=(
            Index("content/Billing", name="Money", id=7, description="All of it"),
            Index("content/Billing/Refunds", visibility=1),
            Index("content/Empty"),
        ),
    )
    assert desired.snapshot.categories == (
        Category("Money", "All of it", key="content/Billing", id=7),
        Category("Empty", key="content/Empty"),
    )
    assert desired.snapshot.folders == (
        Folder("Payments", "content/Billing", key="content/Billing/Payments"),
        Folder("Refunds", "content/Billing", visibility=1, key="content/Billing/Refunds"),
        Folder("Cards", "content/Billing", "content/Billing/Refunds", key="content/Billing/Refunds/Cards"),
    )
    assert desired.findings == ()


def test_front_matter_overrides_lead_to_the_directory_of_that_name_or_a_new_one() -> None:
    desired = project(
        article("x", "content/Billing/Refunds/a.md", folder=("Pay",)),
        article("x", "content/Billing/Refunds/b.md", category="New/one", folder=("In", "Deep")),
        article("x", "content/Billing/Refunds/c.md", category="New/one"),
        article("x", "content/loose.md", category="Billing", folder=("Refunds",)),
        indexes=(Index("content/Billing/Payments", name="Pay"),),
    )
    folders = {item.key.rpartition("/")[2]: item.folder for item in desired.snapshot.articles}
    assert folders["a.md"] == "content/Billing/Payments"
    assert folders["b.md"] == "content/New%2Fone/In/Deep"
    assert folders["c.md"] == "content/New%2Fone/Refunds"
    assert folders["loose.md"] == "content/Billing/Refunds"


def test_an_article_carries_what_its_source_names_and_always_a_status() -> None:
    (item,) = project(replace(article("Text"), article_id=9, tags=("a",))).snapshot.articles[:1]
    assert (item.key, item.id, item.folder, item.status, item.tags, item.author, item.seo_title) == (
        PATH, 9, "content/Billing/Refunds", Status.PUBLISHED, ("a",), None, None,
    )  # fmt: skip
    assert item.body == "<p>Text</p>\n"


def test_the_source_hash_moves_with_text_and_title_only() -> None:
    first, same, text, title = (
        project(each).snapshot.articles[0].source
        for each in (article("a"), article("a", tags=("t",)), article("b"), replace(article("a"), title="T"))
    )
    assert first == same
    assert len({first, text, title}) == 3


def test_articles_with_errors_are_skipped_and_links_to_them_are_not_errors() -> None:
    desired = project(
        article("[gone](gone.md)"),
        article("[card](card.md) [broken](broken.md#x)", "content/Billing/Refunds/b.md"),
        broken=frozenset({"content/Billing/Refunds/broken.md"}),
    )
    assert desired.snapshot.skipped == {PATH, "content/Billing/Refunds/broken.md"}
    assert [finding.rule for finding in desired.findings] == ["link-missing"]
    assert "kbsync:content/Billing/Refunds/broken.md#x" in desired.snapshot.articles[0].body


def test_assets_are_listed_by_article() -> None:
    desired = project(article("![a](img/shot.png) ![b](img/shot.png)"))
    asset = Asset(
        "content/Billing/Refunds/img/shot.png", "https://cdn.acme.com/help/Billing/Refunds/img/shot.png?v=aaaaaaaa"
    )
    assert desired.snapshot.assets == {PATH: (asset,)}


def test_without_a_store_one_error_an_article() -> None:
    target = replace(TARGET, assets=AssetStore())
    desired = project(article("![a](img/shot.png)\n![b](img/logo.svg)"), target=target)
    assert [(each.rule, each.place.line) for each in desired.findings] == [("asset-store-missing", 5)]


def test_the_sandbox_serves_files_itself() -> None:
    target = replace(TARGET, assets=AssetStore("sandbox"))
    body = project(article("![a](img/shot.png)"), target=target).snapshot.articles[0].body
    assert 'src="https://help.acme.com/assets/Billing/Refunds/img/shot.png?v=aaaaaaaa"' in body


def test_names_where_ids_are_needed_leave_the_folder_and_its_articles_out() -> None:
    index = Index("content/Billing/Refunds", visibility=4, companies=(5, "Acme"))
    desired = project(article("x"), indexes=(index,))
    assert [finding.rule for finding in desired.findings] == ["id-needed"]
    assert "content/Billing/Refunds" in desired.snapshot.skipped
    assert PATH in desired.snapshot.skipped


def test_two_directories_of_one_name_are_an_error() -> None:
    desired = project(article("x"), indexes=(Index("content/Billing/Refunds", name="payments"),))
    assert [finding.rule for finding in desired.findings] == ["folder-twice"]


def test_an_article_outside_any_folder_is_an_error() -> None:
    desired = project(Document("content/Billing/loose.md", "T", "x", 1))
    assert [finding.rule for finding in desired.findings] == ["article-place"]
    assert "content/Billing/loose.md" in desired.snapshot.skipped


def test_a_partial_rendering_is_not_complete() -> None:
    desired = render_project(sources(article("x")), config(), TARGET, FILES.get, only=lambda path: path == PATH)
    assert [item.key for item in desired.snapshot.articles] == [PATH]
    assert not desired.snapshot.complete


def test_an_unknown_code_style_is_told_once() -> None:
    desired = render_project(sources(), config(code_style="monokay"), TARGET, FILES.get)
    assert [(each.rule, each.place.path) for each in desired.findings] == [("code-style-unknown", "kbsync.yaml")]


def test_a_kind_of_token_that_no_style_names_looks_as_what_it_is_a_kind_of() -> None:
    desired = project(article("```yaml\nretry: soon\n```\n"))
    assert any("retry</span>: soon" in made.body for made in desired.snapshot.articles)
