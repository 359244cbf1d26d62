"""The readers' portal in a real browser: what no look at the HTML can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from kbsync.sandbox import Sandbox
from kbsync.sandbox.server import serve

from .showcase import STORED_ORIGIN, Showcase, fill

# One group, so that one worker starts one browser.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_WEAK_TEXT = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, Showcase]]:
    sandbox = Sandbox(portal_url=STORED_ORIGIN)
    showcase = fill(sandbox)
    with serve(sandbox) as served:
        yield served.url, showcase
    sandbox.close()


Site = tuple[str, Showcase]


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_scrolls_sideways(page: Page, site: Site, width: int) -> None:
    url, showcase = site
    page.set_viewport_size({"width": width, "height": 800})
    wide = {}
    for path in showcase.paths():
        page.goto(url + path, wait_until="load")
        wide[path] = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert {path: extra for path, extra in wide.items() if extra > 0} == {}


def test_wide_tables_and_code_scroll_by_themselves(page: Page, site: Site) -> None:
    url, showcase = site
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{url}/support/solutions/articles/{showcase.article}", wait_until="load")
    for selector in ("table", "pre:not(.fd-callout)"):
        boxes = page.locator(f".article-body {selector}")
        assert all(boxes.evaluate_all("all => all.map(box => box.scrollWidth > box.clientWidth)"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(page: Page, site: Site, scheme: Literal["light", "dark"]) -> None:
    url, showcase = site
    page.emulate_media(color_scheme=scheme)
    weak: dict[str, Any] = {}
    for path in showcase.paths():
        page.goto(url + path, wait_until="load")
        weak[path] = page.evaluate(_WEAK_TEXT)
    assert {path: texts for path, texts in weak.items() if texts} == {}


def test_the_dark_scheme_is_dark_and_the_light_one_light(page: Page, site: Site) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{site[0]}/support/home", wait_until="load")
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        grounds.append(sum(map(int, re.findall(r"\d+", colour))))
    assert grounds[0] > 700
    assert grounds[1] < 120


def test_nothing_is_refused_by_the_policy_and_nothing_fails(page: Page, site: Site) -> None:
    url, showcase = site
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    for path in showcase.paths():
        page.goto(url + path, wait_until="load")
    # The browser tells of the 404 of the hidden draft, and of the video that the fixture keeps it from loading.
    expected = ("404 (Not Found)", "net::ERR_FAILED")
    assert [line for line in said if not line.endswith(expected)] == []


def test_a_stored_script_or_style_sheet_does_nothing(page: Page) -> None:
    sandbox = Sandbox()
    people = sandbox.people
    folder = people.create_folder(people.create_category("C"), "F")
    body = (
        "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
        "<style>body { display: none }</style><a id=go href=\"javascript:document.title='run'\">go</a>"
    )
    article = people.create_article(folder, "Safe", body)
    with serve(sandbox) as served:
        page.goto(f"{served.url}/support/solutions/articles/{article}", wait_until="load")
        page.click("#go")
        assert page.title().startswith("Safe")
        assert page.locator("body").is_visible()
    sandbox.close()


def test_pictures_load_and_keep_their_shape(page: Page, site: Site) -> None:
    url, showcase = site
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{url}/support/solutions/articles/{showcase.article}", wait_until="load")
    picture = page.locator(".article-body img")
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 16
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(4, rel=0.01)
    frame = page.locator("iframe").bounding_box()
    assert frame is not None
    assert frame["width"] / frame["height"] == pytest.approx(16 / 9, rel=0.01)


def test_links_between_articles_lead_to_the_heading(page: Page, site: Site) -> None:
    url, showcase = site
    page.goto(f"{url}/support/solutions/articles/{showcase.article}", wait_until="load")
    page.get_by_role("link", name="the other article").first.click()
    expect(page).to_have_url(f"{url}/support/solutions/articles/{showcase.other}#end")
    expect(page.get_by_role("heading", level=1)).to_have_text("The other article")


def test_a_reader_finds_an_article_with_the_keyboard_alone(page: Page, site: Site) -> None:
    url, showcase = site
    page.goto(f"{url}/support/solutions/folders/{showcase.folder}", wait_until="load")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    page.wait_for_url("**/support/search?term=short")
    page.get_by_role("link", name="The other article").focus()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/support/solutions/articles/{showcase.other}-the-other-article")
    assert outline == "solid"


def test_skipping_to_the_content_passes_the_header(page: Page, site: Site) -> None:
    page.goto(f"{site[0]}/support/home", wait_until="load")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_each_page_has_its_landmarks_and_one_main_heading(page: Page, site: Site) -> None:
    url, showcase = site
    for path in showcase.paths():
        page.goto(url + path, wait_until="load")
        counts = [page.get_by_role(role).count() for role in ("banner", "main", "contentinfo", "search")]
        assert (path, counts) == (path, [1, 1, 1, 1])
        assert (path, page.locator("h1").count()) == (path, 1)


def test_an_agent_may_turn_to_the_readers_view_and_back(page: Page, site: Site) -> None:
    url, showcase = site
    page.goto(f"{url}/a/solutions/articles/{showcase.draft}", wait_until="load")
    expect(page.get_by_text("This is a draft.")).to_be_visible()
    page.get_by_role("link", name="See it as a reader").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We cannot find that page")
    page.get_by_role("link", name="Show drafts").click()
    expect(page.get_by_text("This is a draft.")).to_be_visible()


def test_the_header_stays_and_does_not_cover_a_heading_that_is_linked_to(page: Page, site: Site) -> None:
    url, showcase = site
    page.set_viewport_size({"width": 1280, "height": 700})
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{url}/support/solutions/articles/{showcase.article}#colours", wait_until="load")
    header, heading = page.locator(".site-header").bounding_box(), page.locator("#colours").bounding_box()
    assert header is not None
    assert heading is not None
    assert header["y"] == 0
    assert heading["y"] >= header["height"]
