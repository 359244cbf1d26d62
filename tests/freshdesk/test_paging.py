"""Lists that come in pages, also from servers that page oddly or change meanwhile (sheet 3, F28-F31)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import pytest

from kbsync.errors import RemoteError

from .wired import Seen, Wire, joined, reply, served

CATEGORY = {"id": 1, "name": "Billing", "description": None}


def article(id: int) -> dict[str, object]:
    return {"id": id, "title": f"A{id}", "description": "<p>x</p>", "status": 2, "folder_id": 7}


def folder(count: int | None) -> dict[str, object]:
    counted = {} if count is None else {"articles_count": count}
    return {"id": 7, "name": "Payments", "visibility": 1, "sub_folders_count": 0} | counted


def query_of(seen: Seen) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}


def page_number(seen: Seen) -> int:
    return int(query_of(seen).get("page", "1"))


def link(seen: Seen, host: str = "") -> dict[str, str]:
    path = urlsplit(seen.path).path
    url = f"{host or 'http://' + seen.headers['host']}{path}?page={page_number(seen) + 1}&per_page=100"
    return {"Link": f'<{url}>; rel="next"'}


Walks = Sequence[Sequence[Sequence[int]]]


class Help:
    """A help centre of one folder; `walks` holds, for each walk over its articles, the pages."""

    def __init__(self, walks: Walks, counts: Sequence[int | None]) -> None:
        self.walks = walks
        self.counts = list(counts)
        self.walk = -1
        self.links = True

    def __call__(self, seen: Seen) -> Wire:
        path = urlsplit(seen.path).path.removeprefix("/api/v2/solutions")
        if path == "/categories":
            return reply(200, [CATEGORY])
        if path == "/categories/1/folders":
            return reply(200, [folder(self.counts[0])])
        if path == "/folders/7":
            return reply(200, folder(self.counts[-1]))
        number = page_number(seen)
        self.walk = min(self.walk + (number == 1), len(self.walks) - 1)
        pages = self.walks[self.walk]
        ids = pages[number - 1] if number <= len(pages) else ()
        more = link(seen) if self.links and number < len(pages) else None
        return reply(200, [article(id) for id in ids], headers=more)


ALL = range(1, 151)
# One page after another: an article deleted between them shifts the rest, an added one repeats it.
WHOLE = (range(1, 101), range(101, 151))
DELETED = (range(1, 101), range(102, 151))
ADDED = (range(1, 101), range(100, 151))

SWEEPS: dict[str, tuple[Walks, list[int | None], int, bool, int]] = {
    "one page": ([[range(1, 51)]], [50], 50, True, 3),
    "two pages": ([WHOLE], [150], 150, True, 4),
    "two pages, not counted: walked twice": ([WHOLE], [None], 150, True, 6),
    "more than counted, drafts perhaps": ([WHOLE], [120], 150, True, 4),
    "an empty folder": ([[()]], [0], 0, True, 3),
    "deleted meanwhile (F28)": ([DELETED, WHOLE, WHOLE], [150], 150, True, 6),
    "deleted meanwhile, counted anew": ([DELETED, DELETED], [150, 149], 149, True, 7),
    "added meanwhile (F29)": ([ADDED, WHOLE], [150], 150, True, 6),
    "never stable (F30)": ([ADDED, ADDED, ADDED], [151], 150, False, 8),
    "fewer than counted for good (F31)": ([[range(1, 81)]], [120], 80, False, 5),
}


@pytest.mark.parametrize("case", SWEEPS)
def test_a_sweep_is_complete_or_says_that_it_is_not(case: str) -> None:
    walks, counts, found, complete, requests = SWEEPS[case]
    with joined(Help(walks, counts), quota_share=1.0) as at:
        snapshot = at.client.snapshot()
        assert [each.id for each in snapshot.articles] == list(range(1, found + 1)) or found == 149
        assert (len(snapshot.articles), snapshot.complete) == (found, complete)
        assert len(at.server.seen) == requests


def test_full_pages_without_link_are_followed_until_the_count_is_there() -> None:
    for count, requests in ((200, 4), (None, 8)):
        script = Help([[range(1, 101), range(101, 201)]], [count])
        script.links = False
        with joined(script, quota_share=1.0) as at:
            assert len(at.client.snapshot().articles) == 200
            assert len(at.server.seen) == requests


def test_a_server_that_ignores_page_numbers_is_read_once() -> None:
    with joined(lambda _: reply(200, [article(id) for id in range(1, 131)])) as at:
        assert len(at.client.articles(7)) == 130
        assert len(at.server.seen) == 2


def test_a_server_that_refuses_page_numbers_is_asked_without() -> None:
    def script(seen: Seen) -> Wire:
        if "per_page" in seen.path:
            return reply(400, {"description": "Validation failed", "errors": []})
        return reply(200, [article(id) for id in ALL])

    with joined(script) as at:
        assert len(at.client.articles(7, "fr")) == 150
        assert at.server.lines == [
            "GET /solutions/folders/7/articles/fr?page=1&per_page=100",
            "GET /solutions/folders/7/articles/fr",
        ]


@pytest.mark.parametrize("path", ["", "/api/v2/solutions/folders/8/articles", "/api/v2/agents"])
def test_a_link_elsewhere_is_not_followed_yet_says_that_there_is_more(path: str) -> None:
    with served(lambda _: reply(200, [])) as elsewhere:

        def script(seen: Seen) -> Wire:
            number = page_number(seen)
            host = "http://" + seen.headers["host"] + path if path else elsewhere.url
            target = {"Link": f'<{host}?page=9>; rel="next"'} if path else link(seen, host)
            return reply(200, [article(number)], headers=target if number < 3 else None)

        with joined(script) as at:
            assert [each.id for each in at.client.articles(7)] == [1, 2, 3]
            assert {query_of(each)["page"] for each in at.server.seen} == {"1", "2", "3"}
            assert all("/folders/7/articles" in each.path for each in at.server.seen)
        assert elsewhere.seen == []


LINKS = [
    ('<{url}?page=2&per_page=100>; rel="next"', 2),
    ("<{path}?page=2>; rel=next", 2),
    ('<{url}?page=1>; rel="prev", <{url}?page=2>; title="x"; rel="last next"', 2),
    ('<http://[broken?page=2>; rel="next"', 2),
    ('<{url}?page=2>; rel="prev"', 1),
    ("garbage", 1),
    ("", 1),
]


@pytest.mark.parametrize(("header", "pages"), LINKS)
def test_forms_of_link(header: str, pages: int) -> None:
    def script(seen: Seen) -> Wire:
        path = urlsplit(seen.path).path
        text = header.format(url=f"http://{seen.headers['host']}{path}", path=path)
        number = page_number(seen)
        return reply(200, [article(number)], headers={"Link": text} if number == 1 else None)

    with joined(script) as at:
        assert len(at.client.articles(7)) == pages


def test_a_list_without_end_is_given_up() -> None:
    with joined(lambda seen: reply(200, [article(page_number(seen))], headers=link(seen)), quota_share=1.0) as at:
        with pytest.raises(RemoteError, match="does not end after 500 pages"):
            at.client.articles(7)
        assert len(at.server.seen) == 500


def test_a_list_that_always_shifts_raises() -> None:
    with joined(Help([ADDED], [150]), quota_share=1.0) as at, pytest.raises(RemoteError, match="may be missing"):
        at.client.articles(7)


def test_the_time_of_a_listing_is_that_of_its_beginning() -> None:
    with joined(Help([WHOLE], [150])) as at:
        assert at.client.listed_at(7) is None
        at.client.snapshot()
        assert at.client.listed_at(7) == 1000.0
        at.clock.now += 40
        at.client.articles(7)
        assert at.client.listed_at(7) == 1040.0


def test_sub_folders_that_contain_each_other_end() -> None:
    def script(seen: Seen) -> Wire:
        path = urlsplit(seen.path).path
        if path.endswith("/subfolders"):
            here = int(path.split("/")[-2])
            return reply(200, [{"id": here % 3 + 1, "name": "F", "sub_folders_count": 1}])
        return reply(200, [{"id": 1, "name": "F", "sub_folders_count": 1}])

    with joined(script) as at, pytest.raises(RemoteError, match="may be missing"):
        at.client.folders(1)


def test_no_more_than_five_levels_are_read() -> None:
    def script(seen: Seen) -> Wire:
        path = urlsplit(seen.path).path
        here = int(path.split("/")[-2]) if path.endswith("/subfolders") else 10
        return reply(200, [{"id": here + 1, "name": "F", "sub_folders_count": int(here < 14)}])

    with joined(script) as at:
        folders = at.client.folders(1)
        assert [(each.id, each.parent, each.category) for each in folders] == [
            (11, None, 1), (12, 11, 1), (13, 12, 1), (14, 13, 1), (15, 14, 1),
        ]  # fmt: skip
        assert len(at.server.seen) == 5


def test_a_plan_without_sub_folders_has_none() -> None:
    def script(seen: Seen) -> Wire:
        if seen.path.split("?")[0].endswith("/subfolders"):
            return reply(403, {"code": "require_feature", "message": "not in your plan"})
        return reply(200, [{"id": 11, "name": "F"}])

    with joined(script) as at:
        assert [each.id for each in at.client.folders(1)] == [11]


def test_a_folder_that_vanishes_during_the_sweep_makes_it_incomplete() -> None:
    def script(seen: Seen) -> Wire:
        path = urlsplit(seen.path).path.removeprefix("/api/v2/solutions")
        if path == "/categories":
            return reply(200, [CATEGORY, {"id": 2, "name": "Gone"}])
        if path == "/categories/1/folders":
            return reply(200, [folder(1), folder(1) | {"id": 8}])
        if path == "/folders/7/articles":
            return reply(200, [article(1)])
        return reply(404)

    with joined(script) as at:
        snapshot = at.client.snapshot()
    assert [each.id for each in snapshot.articles] == [1]
    assert [each.id for each in snapshot.folders] == [7, 8]
    assert not snapshot.complete
