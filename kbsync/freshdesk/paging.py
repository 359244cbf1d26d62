"""Reading a list that comes in pages, though it may change meanwhile (sheet section 3, P8, F28-F31)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kbsync.errors import Exchange, Refused, RemoteError
from kbsync.freshdesk.channel import Channel
from kbsync.freshdesk.reply import Reply, same_list
from kbsync.freshdesk.wire import array

PER_PAGE = 100
MOST_PAGES = 500  # the documentation asks not to go beyond
PASSES = 3


class _Item(Protocol):
    @property
    def id(self) -> int | None: ...


Item = TypeVar("Item", bound=_Item)


@dataclass(frozen=True, slots=True)
class Pages(Generic[Item]):
    """One walk over a list. `shifted`: an item came twice, so the list changed and another may be missing."""

    items: tuple[Item, ...]
    count: int
    shifted: bool

    def ids(self) -> frozenset[int | None]:
        return frozenset(item.id for item in self.items)


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """A list's items, once each. `whole` is False where some may be missing."""

    items: tuple[Item, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Page(Generic[Item]):
    items: tuple[Item, ...]
    link: str | None


def read_list(
    channel: Channel,
    url: str,
    parse: Callable[[object], Item],
    *,
    expected: int | None = None,
    recount: Callable[[], int | None] | None = None,
) -> Listing[Item]:
    """The list at `url`. `expected` is how many items it should have, if that is known; `recount` asks anew.

    One walk does where it shows no sign of a change: no item came twice, and there are as many as expected,
    or all came in one page. More than expected is no sign: what the count leaves out, such as drafts, is not
    documented. Otherwise it is walked again until two walks agree, at most three times, and counted anew.
    """
    before: Pages[Item] | None = None
    for _ in range(PASSES):
        pages = walk(channel, url, parse, expected)
        if _trusted(pages, expected):
            return Listing(pages.items, True)
        if before is not None and not pages.shifted and pages.ids() == before.ids():
            return Listing(pages.items, _adds_up(pages, recount))
        before = pages
    return Listing(pages.items, False)


def walk(channel: Channel, url: str, parse: Callable[[object], Item], expected: int | None = None) -> Pages[Item]:
    """One walk over the pages. Raises RemoteError; also for a list of more than 500 pages."""
    found: dict[int | None, Item] = {}
    query = {"page": "1", "per_page": str(PER_PAGE)}
    page, numbered = _first_page(channel, url, parse, query)
    shifted = False
    for number in range(1, MOST_PAGES + 1):
        new = {item.id: item for item in page.items if item.id not in found}
        shifted = shifted or 0 < len(new) < len(page.items)
        found |= new
        full = numbered and len(page.items) >= PER_PAGE and (expected is None or expected > len(found))
        # A page without anything new is the end, or a server that ignores `page` and repeats itself.
        if not new or (page.link is None and not full):
            return Pages(tuple(found.values()), number, shifted)
        if number < MOST_PAGES:
            page = _page(channel, url, parse, _next_query(page.link, url, number))
    exchange = Exchange("GET", url)
    raise RemoteError(f"the list does not end after {MOST_PAGES} pages", exchange, "divide this folder")


def _trusted(pages: Pages[Item], expected: int | None) -> bool:
    if pages.shifted:
        return False
    return pages.count == 1 if expected is None else len(pages.items) >= expected


def _adds_up(pages: Pages[Item], recount: Callable[[], int | None] | None) -> bool:
    count = recount() if recount is not None else None
    return count is None or count <= len(pages.items)


def _first_page(
    channel: Channel, url: str, parse: Callable[[object], Item], query: dict[str, str]
) -> tuple[_Page[Item], bool]:
    """The first page, and whether the server takes page numbers (section 12 row 11: it may refuse them)."""
    try:
        return _page(channel, url, parse, query), True
    except Refused as refusal:
        if refusal.exchange.status != 400:
            raise
    return _page(channel, url, parse, {}), False


def _page(channel: Channel, url: str, parse: Callable[[object], Item], query: dict[str, str]) -> _Page[Item]:
    def read(reply: Reply) -> _Page[Item]:
        return _Page(tuple(parse(item) for item in array(reply.json())), reply.next_link())

    return channel.call("GET", url, read, query=query)


def _next_query(link: str | None, url: str, number: int) -> dict[str, str]:
    """Where Link leads, if it stays on this list. A Link elsewhere says only that there is more: it is never
    followed, for a proxy in front of Freshdesk may name the host behind it."""
    own = same_list(link, url) if link is not None else None
    return own or {"page": str(number + 1), "per_page": str(PER_PAGE)}
