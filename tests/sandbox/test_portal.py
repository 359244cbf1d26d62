"""The readers' portal: who sees which page at which address, and that what is stored can do no harm there."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from kbsync.sandbox.inprocess import InProcess
from kbsync.sandbox.portal.addresses import read_place
from kbsync.sandbox.portal.body import headings, served
from kbsync.sandbox.portal.findings import findings, opening
from kbsync.sandbox.portal.layout import POLICY
from kbsync.sandbox.rows import Attachment

from .driving import Account

ORIGIN = "http://127.0.0.1:8765"


@pytest.fixture
def portal(account: Account) -> Iterator[httpx.Client]:
    with httpx.Client(transport=InProcess(account.sandbox), base_url=ORIGIN) as client:
        yield client


def _article(account: Account) -> str:
    return f"/support/solutions/articles/{account.article}"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/", "/support/home"),
        ("/support", "/support/home"),
        ("/fr", "/fr/support/home"),
        ("/?view=agent", "/support/home?view=agent"),
        ("/solution/articles/7-old-title", "/support/solutions/articles/7"),
        ("/fr/solution/articles/7", "/fr/support/solutions/articles/7"),
        ("/solution/categories/5", "/support/solutions/5"),
        ("/solution/categories/5/folders/6", "/support/solutions/folders/6"),
        ("/solution/categories/5/folders/6/articles/7-x", "/support/solutions/articles/7"),
        ("/support/articles/7-x", "/support/solutions/articles/7"),
    ],
)
def test_former_addresses_are_sent_on(portal: httpx.Client, path: str, address: str) -> None:
    reply = portal.get(path)
    assert (reply.status_code, reply.headers["Location"]) == (302, address)


@pytest.mark.parametrize(
    "path",
    [
        "/support/solutions/articles/{article}",
        "/support/solutions/articles/{article}-a-title-of-former-days",
        "/support/solutions/articles/{article}-",
        "/en/support/solutions/articles/{article}-download",
        "/a/solutions/articles/{article}",
        "/a/solutions/articles/{article}/edit?lang=en&portalId=1",
    ],
)
def test_every_form_of_an_articles_address_shows_it(account: Account, portal: httpx.Client, path: str) -> None:
    reply = portal.get(path.format(article=account.article))
    assert reply.status_code == 200
    assert "<p>Old</p></article>" in reply.text


@pytest.mark.parametrize(
    "path", ["/zz/support/home", "/support/nothing", "/support/solutions/articles/x", "/a/b", "/a/solutions/articles/7"]
)
def test_other_addresses_are_not_found(portal: httpx.Client, path: str) -> None:
    reply = portal.get(path)
    assert reply.status_code == 404
    assert "We cannot find that page" in reply.text


def test_an_id_beyond_64_bits_is_no_address() -> None:
    assert read_place(f"/support/solutions/articles/{10**18}") is None


def test_readers_get_the_same_page_for_what_is_hidden_and_what_never_was(
    account: Account, portal: httpx.Client
) -> None:
    people = account.sandbox.people
    hidden = people.create_folder(account.category, "Hidden", visibility=3)
    inner = people.create_folder(account.category, "Inner", parent_id=hidden)
    ids = [people.create_article(account.folder, "Unready", "x", status=1)]
    ids += [people.create_article(folder, "Unready", "x") for folder in (hidden, inner)]
    pages = [portal.get(f"/support/solutions/articles/{id}") for id in (*ids, 1)]
    pages += [portal.get(f"/support/solutions/folders/{id}") for id in (hidden, inner, 1)]
    assert {page.status_code for page in pages} == {404}
    assert len({page.text.replace(path, "") for page in pages[:4] for path in [page.url.path]}) == 1
    assert not any(word in page.text for page in pages for word in ("Unready", "Hidden", "Inner"))


def test_readers_see_nothing_of_a_waiting_draft(account: Account, portal: httpx.Client) -> None:
    account.sandbox.people.save_draft(account.article, body="<p>Coming</p>")
    for query in ("", "?version=draft"):
        page = portal.get(_article(account) + query).text
        assert "<p>Old</p>" in page
        assert "Coming" not in page
        assert "not published" not in page
    assert "badge" not in portal.get(f"/support/solutions/folders/{account.folder}").text
    agents = portal.get(_article(account) + "?view=agent").text
    assert "<p>Old</p>" in agents
    assert "has changes that are not published" in agents
    assert "<p>Coming</p>" in portal.get(_article(account) + "?view=agent&version=draft").text


def test_agents_see_drafts_and_restricted_folders_and_are_told(account: Account, portal: httpx.Client) -> None:
    people = account.sandbox.people
    hidden = people.create_folder(account.category, "Hidden", visibility=3)
    draft = people.create_article(account.folder, "Unready", "<p>Soon</p>", status=1)
    inside = people.create_article(hidden, "Secret", "<p>Inside</p>")
    page = portal.get(f"/a/solutions/articles/{draft}").text
    assert "<p>Soon</p>" in page
    assert "This is a draft." in page
    assert "not open to everybody" in portal.get(f"/a/solutions/articles/{inside}").text
    assert "Agents only" in portal.get("/support/home?view=agent").text
    assert '<span class="badge">Draft</span>' in portal.get(f"/support/solutions/{account.category}?view=agent").text
    assert "Unready" in portal.get("/support/search?term=soon&view=agent").text.replace("<mark>", "")
    assert f'href="/support/solutions/articles/{draft}"' in page


def test_a_category_without_anything_to_read_is_not_there_for_readers(account: Account, portal: httpx.Client) -> None:
    empty = account.sandbox.people.create_category("Deserted")
    assert "Deserted" not in portal.get("/support/home").text
    assert portal.get(f"/support/solutions/{empty}").status_code == 404
    assert "Deserted" in portal.get("/support/home?view=agent").text
    account.sandbox.people.unpublish(account.article)
    assert "Nothing published yet" in portal.get("/support/home").text


def test_a_folder_shows_its_sub_folders_and_the_way_back(account: Account, portal: httpx.Client) -> None:
    people = account.sandbox.people
    inner = people.create_folder(account.category, "Inner", parent_id=account.folder, description="Deep things")
    article = people.create_article(inner, "Below", "x")
    outer = portal.get(f"/support/solutions/folders/{account.folder}").text
    assert f'href="/support/solutions/folders/{inner}">Inner</a>' in outer
    assert "Deep things" in outer
    assert (
        f'href="/support/solutions/folders/{inner}">Inner</a>'
        in portal.get(f"/support/solutions/{account.category}").text
    )
    page = portal.get(f"/support/solutions/articles/{article}").text
    trail = page[page.index('class="trail"') : page.index("</nav>", page.index('class="trail"'))]
    steps = [trail.index(name) for name in ("Home", "Billing", "Invoices", "Inner")]
    assert steps == sorted(steps)


def test_a_category_shows_the_first_articles_of_each_folder_and_the_way_to_the_rest(
    account: Account, portal: httpx.Client
) -> None:
    address = f"/support/solutions/{account.category}"
    for number in range(2, 7):
        account.sandbox.people.create_article(account.folder, f"Number {number}", "x")
    assert "See all" not in portal.get(address).text
    account.sandbox.people.create_article(account.folder, "Number 7", "x")
    page = portal.get(address).text
    assert "Number 7" not in page
    assert "See all 7 articles" in page


def test_an_article_shows_its_neighbours_tags_and_files(account: Account, portal: httpx.Client) -> None:
    other = account.sandbox.people.create_article(account.folder, "Another bill!", "x")
    file = Attachment(77, account.article, "form <1>.pdf", "application/pdf", 2048, 0)
    account.sandbox.store.put_attachment(file, b"%PDF")
    page = portal.get(_article(account)).text
    assert '<a href="/assets/attachments/77" dir="auto">form &lt;1&gt;.pdf</a> <span class="size">2.0 kB</span>' in page
    assert portal.get("/assets/attachments/77").content == b"%PDF"
    assert f'href="/support/solutions/articles/{other}-another-bill">Another bill!</a>' in page
    assert "<li>a</li>" in page
    assert '<time datetime="2027-01-15">15 January 2027</time>' in page


NASTY = "<script>alert(1)</script>\"'&"
HARMLESS = "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;"


def test_everything_but_bodies_is_escaped(account: Account, portal: httpx.Client) -> None:
    people = account.sandbox.people
    category = people.create_category(NASTY, NASTY)
    folder = people.create_folder(category, NASTY, description=NASTY)
    article = people.create_article(folder, NASTY, "<h2 id='\"><b>'>&lt;b&gt;</h2><h2 id=b>B</h2>", tags=[NASTY])
    paths = ("home", f"solutions/{category}", f"solutions/folders/{folder}", f"solutions/articles/{article}")
    for view in ("", "?view=agent"):
        for path in paths:
            page = portal.get(f"/support/{path}{view}")
            assert page.status_code == 200
            assert "<script" not in page.text
            assert HARMLESS in page.text
    page = portal.get("/support/search", params={"term": NASTY})
    assert "<script" not in page.text
    assert 'href="#&#34;&gt;&lt;b&gt;">&lt;b&gt;</a>' in portal.get(f"/support/solutions/articles/{article}").text


@pytest.mark.parametrize("path", ["/", "/support/home", "/support/search?term=x", "/nowhere", "/a/solutions"])
def test_every_page_says_what_a_browser_may_do_with_it(portal: httpx.Client, path: str) -> None:
    headers = portal.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Referrer-Policy" in headers


def test_the_policy_lets_no_script_run() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert not {"script-src", "script-src-elem", "script-src-attr", "object-src", "connect-src"} & rules.keys()
    assert rules["base-uri"] == "'none'"
    assert rules["form-action"] == "'self'"


def test_what_a_page_loads_is_there(portal: httpx.Client) -> None:
    page = portal.get("/support/home").text
    files = [part.partition('"')[0] for part in page.split('href="')[1:] if part.startswith("/support/static/")]
    replies = [portal.get(file) for file in (*files, "/favicon.ico")]
    assert [reply.status_code for reply in replies] == [200] * 5
    kinds = {reply.headers["Content-Type"] for reply in replies}
    assert kinds == {"text/css; charset=utf-8", "image/svg+xml"}
    assert portal.get("/support/static/../pages.py").status_code == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f'<a href="{ORIGIN}/support/solutions/articles/1#x">', '<a href="/support/solutions/articles/1#x">'),
        (f"<img alt='>' src='{ORIGIN}/assets/a.png?v=1'>", "<img alt='>' src='/assets/a.png?v=1'>"),
        (f"<IMG SRC={ORIGIN}/a.png>", "<IMG SRC=/a.png>"),
        (f'<a href="{ORIGIN}">x</a>', '<a href="/">x</a>'),
        (f'<a href="{ORIGIN}#x">x</a>', '<a href="/#x">x</a>'),
        (f'<a href="{ORIGIN}0/x">', f'<a href="{ORIGIN}0/x">'),
        (f'<a href="{ORIGIN}.evil.test/x">', f'<a href="{ORIGIN}.evil.test/x">'),
        (f"<a title='href=\"{ORIGIN}/x\"'>", f"<a title='href=\"{ORIGIN}/x\"'>"),
        (f'<a href="https://e.test/?u={ORIGIN}/x">', f'<a href="https://e.test/?u={ORIGIN}/x">'),
        (f'<code>&lt;a href="{ORIGIN}/x"&gt;</code>', f'<code>&lt;a href="{ORIGIN}/x"&gt;</code>'),
        ("a < b <br/><!-- x --> <", "a < b <br/><!-- x --> <"),
    ],
)
def test_links_to_the_portal_itself_become_relative_and_nothing_else_changes(body: str, expected: str) -> None:
    assert served(body, ORIGIN) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"{ORIGIN}/support/solutions/articles/1#x", "/support/solutions/articles/1?view=agent#x"),
        ("/fr/support/home?a=1", "/fr/support/home?a=1&amp;view=agent"),
        ("#x", "#x"),
        ("https://e.test/support/home", "https://e.test/support/home"),
        ("/assets/a.pdf", "/assets/a.pdf"),
    ],
)
def test_an_agents_links_stay_in_the_agents_view(address: str, expected: str) -> None:
    assert served(f'<a href="{address}">', ORIGIN, agent=True) == f'<a href="{expected}">'


def test_links_in_a_stored_body_hold_on_the_page(account: Account, portal: httpx.Client) -> None:
    link = f"{account.sandbox.store.settings().portal_url}/support/home"
    account.sandbox.people.edit_article(account.article, body=f'<a href="{link}">home</a>')
    assert '<a href="/support/home">home</a>' in portal.get(_article(account)).text


def test_headings_that_can_be_linked_are_listed_unless_the_body_lists_them() -> None:
    body = '<h2 id="a">A <em>b</em></h2><h2>No id</h2><h3 id="c">C &amp; D</h3><h4 id="e">E</h4>'
    assert [(each.id, each.text, each.level) for each in headings(body)] == [("a", "A b", 2), ("c", "C & D", 3)]
    assert headings(f'<p class="fd-toc"><strong>TOC</strong></p>{body}') == ()


def test_a_search_puts_titles_first_and_marks_the_words(account: Account, portal: httpx.Client) -> None:
    people = account.sandbox.people
    other = people.create_article(account.folder, "Other", "<p>Pay by <b>card</b>. " + "word " * 200 + "</p>")
    titled = people.create_article(account.folder, "Card payments", "<p>How to PAY &lt;b&gt;</p>")
    store = account.sandbox.store
    found = findings([row for id in (other, titled) if (row := store.article(id, "en"))], "card pay")
    assert [each.article.id for each in found] == [titled, other]
    assert (found[0].title[0].text, found[0].title[0].marked) == ("Card", True)
    assert all(len("".join(piece.text for piece in each.excerpt)) < 240 for each in found)
    page = portal.get("/support/search?term=pay+CARD").text
    assert page.index("<mark>Card</mark>") < page.index(">Other<")
    assert "&lt;b&gt;" in page
    assert "2 results" in page


@pytest.mark.parametrize(("term", "shown"), [("", "Search"), ("   ", "Search"), ("nothing", "Nothing found for")])
def test_a_search_without_results_says_so(portal: httpx.Client, term: str, shown: str) -> None:
    reply = portal.get("/support/search/solutions", params={"term": term})
    assert reply.status_code == 200
    assert shown in reply.text


def test_an_opening_is_cut_between_words() -> None:
    assert opening("<p>one two <b>three</b>. four</p>", 15) == "one two three. …"
    assert opening("a &lt;b&gt; c") == "a <b> c"


def test_a_translation_has_its_own_pages_and_the_way_between_them(account: Account, portal: httpx.Client) -> None:
    account.sandbox.people.create_translation(account.article, "fr", "Télécharger", "<p>Vieux</p>")
    english = portal.get(_article(account)).text
    assert f'<a href="/fr{_article(account)}" lang="fr" hreflang="fr">Français</a>' in english
    french = portal.get(f"/fr{_article(account)}").text
    assert "<p>Vieux</p>" in french
    assert 'lang="fr" dir="ltr"' in french
    home = portal.get("/fr/support/home").text
    assert f'href="/fr/support/solutions/folders/{account.folder}"' in home


def test_an_article_without_a_translation_says_in_which_language_it_can_be_read(
    account: Account, portal: httpx.Client
) -> None:
    reply = portal.get(f"/de{_article(account)}")
    assert reply.status_code == 404
    assert "Not in this language" in reply.text
    assert f'href="{_article(account)}" lang="en"' in reply.text


def test_only_reading_is_allowed(portal: httpx.Client) -> None:
    assert portal.post("/support/home").status_code == 405
    head = portal.head("/support/home")
    assert (head.status_code, head.content) == (200, b"")
