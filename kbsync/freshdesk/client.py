"""The endpoints of Freshdesk Solutions as methods (sheet sections 1.4, 4 and 5)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Self, TypeVar
from urllib.parse import quote, urlsplit

import httpx

from kbsync.errors import Exchange, Gone, NotSent, RemoteError, UsageError
from kbsync.freshdesk import wire
from kbsync.freshdesk.address import checked_address, checked_key, host_and_port, is_loopback, origin
from kbsync.freshdesk.channel import Channel, open_http
from kbsync.freshdesk.limiter import Limiter, OnWait
from kbsync.freshdesk.lists import LiveLists
from kbsync.freshdesk.reply import Reply, UnreadableError
from kbsync.freshdesk.sweep import sweep, tree
from kbsync.model import Article, Category, Folder, Kind, Object, Snapshot, Value

T = TypeVar("T")

_PLURAL: Mapping[Kind, str] = {"category": "categories", "folder": "folders", "article": "articles"}


class Freshdesk:
    """A Freshdesk account's knowledge base, as `kbsync.remote.Remote` promises. Thread-safe.

    `api_url` ends in `/api/v2`; plain http only to loopback, or over a `transport` of one's own.
    `quota_share` is the part of the account's requests per minute to use (P11). `timeout`: seconds for each
    phase of a request (connect, write, wait for data, pool); a reply that goes on for twice that is given up.
    `language` is what objects read without a language are marked with: the primary one. `portal_url` is
    kept for the caller. `sleep` and `monotonic` belong together. `on_wait(seconds, why)` is called before
    each wait, `log(line)` after each try; both from any thread, neither ever sees the key.
    Raises UsageError for an address or key that cannot be right.
    """

    def __init__(  # noqa: PLR0913 -- all but two are keywords with a default, none depends on another
        self,
        api_url: str,
        key: str,
        *,
        portal_url: str = "",
        language: str = "en",
        quota_share: float = 0.5,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        on_wait: OnWait | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        address, key = checked_address(api_url, own_transport=transport is not None), checked_key(key)
        if not 0 < quota_share <= 1:
            raise UsageError(f"quota_share is {quota_share}", "give a number above 0, at most 1, such as 0.5")
        self.portal_url = portal_url
        self._url = api_url.rstrip("/")
        self._account = host_and_port(address)
        self._now = monotonic
        self._limiter = Limiter(quota_share, sleep=sleep, monotonic=monotonic, on_wait=on_wait)
        loopback = is_loopback(address.hostname or "")
        http = open_http(key, timeout=timeout, loopback=loopback, transport=transport)
        self._channel = Channel(http, key, self._limiter, timeout=timeout, monotonic=monotonic, log=log)
        self._language = language
        self._listed: dict[int, float] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Freshdesk({self._url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections; a thread that waits for its turn ends with NotSent."""
        self._channel.close()

    # What is known without asking

    @property
    def account(self) -> str:
        """The account's host, with its port where that is not the usual one."""
        return self._account

    def server_time(self) -> float | None:
        """The server's clock at its newest reply (epoch seconds), or None before one."""
        return self._channel.server_time

    def requests(self) -> Mapping[str, int]:
        """The number of requests sent so far by method, every try counted."""
        return self._channel.sent()

    def estimate(self, requests: int) -> float:
        """Seconds that so many more requests have to wait for their turn, by the limits known now (P11)."""
        return self._limiter.estimate(requests)

    def listed_at(self, folder: int) -> float | None:
        """When the newest listing of a folder's articles began (`monotonic` seconds), or None."""
        return self._listed.get(folder)

    # Reading

    def snapshot(self) -> Snapshot:
        """The whole knowledge base in its primary language; `sweep.py` says the cost. An interrupt closes."""
        try:
            return sweep(self._lists(None))
        except (KeyboardInterrupt, SystemExit):
            self.close()  # or the reading threads would sit out their waits first
            raise

    def categories(self, language: str | None = None) -> tuple[Category, ...]:
        """All categories. Raises RemoteError where they never hold still (F30)."""
        listing = self._lists(language).category_list()
        return self._steady(listing.items, listing.whole, "categories")

    def folders(self, category: int, language: str | None = None) -> tuple[Folder, ...]:
        """All folders of a category, sub-folders included, parents first. Raises as `categories`."""
        found = tree(self._lists(language), category)
        rows = self._steady(found.rows, found.whole, f"categories/{category}/folders")
        return tuple(row.folder for row in rows)

    def articles(self, folder: int, language: str | None = None) -> tuple[Article, ...]:
        """All articles directly in a folder, drafts included, with bodies. Raises as `categories`."""
        listing = self._lists(language).articles_of(folder)
        return self._steady(listing.items, listing.whole, f"folders/{folder}/articles")

    def category(self, id: int) -> Category | None:
        """One category, or None where there is none (404)."""
        found = self._fetch("category", id)
        return found if isinstance(found, Category) else None

    def folder(self, id: int) -> Folder | None:
        """One folder, or None where there is none (404)."""
        found = self._fetch("folder", id)
        return found if isinstance(found, Folder) else None

    def article(self, id: int) -> Article | None:
        """One article, or None where there is none (404).

        A 403 raises Forbidden: it may mean deleted too (section 12 row 26), which only a listing can tell.
        """
        found = self._fetch("article", id)
        return found if isinstance(found, Article) else None

    # Writing

    def create(
        self, kind: Kind, parent: int | None, fields: Mapping[str, Value], *, category: int | None = None
    ) -> Object:
        """Creates an object from model fields; see `Remote.create`.

        The author of an article is not sent: on create it is the key's agent (4.3, section 12 row 16). Where
        it matters, compare the reply's author and update.
        """
        body = wire.payload(kind, {name: value for name, value in fields.items() if name != "author"})
        if kind == "category":
            return self._write("POST", kind, "categories", body)
        if kind == "folder":
            nested = {"parent_folder_id": parent} if parent is not None else {}
            return self._write("POST", kind, f"categories/{_given(category)}/folders", body | nested)
        return self._write("POST", kind, f"folders/{_given(parent)}/articles", body)

    def update(self, kind: Kind, id: int, fields: Mapping[str, Value], *, live: Object | None = None) -> Object:
        """Writes exactly the given fields; see `Remote.update`."""
        return self._write("PUT", kind, f"{_PLURAL[kind]}/{id}", wire.payload(kind, fields, live), id)

    def delete(self, kind: Kind, id: int) -> None:
        """Deletes an object with all its translations; one that is already gone (404) counts as deleted."""
        try:
            self._channel.call("DELETE", self._at(f"{_PLURAL[kind]}/{id}"), _nothing)
        except Gone:
            return

    # Translations (section 5); kbsync's primary language goes through the methods above

    def fetch_translation(self, kind: Kind, id: int, language: str) -> Object | None:
        """An object in `language`, or None where that translation is missing (404)."""
        return self._fetch(kind, id, language)

    def create_translation(self, kind: Kind, id: int, language: str, fields: Mapping[str, Value]) -> Object:
        """Adds a translation; Refused (409, 405) where it exists or the language is not enabled."""
        path = f"{_PLURAL[kind]}/{id}/{_segment(language)}"
        return self._write("POST", kind, path, wire.payload(kind, fields), id, language)

    def update_translation(
        self, kind: Kind, id: int, language: str, fields: Mapping[str, Value], *, live: Object | None = None
    ) -> Object:
        """Writes fields of a translation; Gone where it does not exist yet."""
        path = f"{_PLURAL[kind]}/{id}/{_segment(language)}"
        return self._write("PUT", kind, path, wire.payload(kind, fields, live), id, language)

    # People, settings, files

    def me(self) -> wire.Agent:
        """The agent that the key belongs to."""
        return self._read("agents/me", wire.parse_agent)

    def helpdesk(self) -> wire.Helpdesk:
        """The languages of the help desk."""
        return self._read("settings/helpdesk", wire.parse_helpdesk)

    def account_facts(self) -> wire.Account:
        """The account's plan, region and names."""
        return self._read("account", wire.parse_account)

    def agent_id(self, email: str) -> int | None:
        """The id of the agent with this e-mail address, or None."""
        agents = self._read("agents", _agents, {"email": email})
        return next((agent.id for agent in agents if agent.email.casefold() == email.casefold()), None)

    def upload(self, path: str, data: bytes, address: str) -> None:
        """Puts a file into the sandbox, which serves it at `address`; Freshdesk itself takes none (sheet 7).

        Raises NotSent for an address that neither the API's host nor the portal serves under /assets/.
        """
        parts, api = urlsplit(address), urlsplit(self._url)
        places = {origin(api), origin(urlsplit(self.portal_url))}
        if origin(parts) not in places or not parts.path.startswith("/assets/"):
            message = f"{path} was not uploaded: this target does not serve {parts.hostname}{parts.path}"
            raise NotSent(message, Exchange("PUT", address), "serve the file elsewhere: assets, base-url")
        # To the API's own host, whatever the portal's: the key goes nowhere else.
        url = f"{api.scheme}://{api.netloc}/_sandbox{parts.path}"
        self._channel.call("PUT", url, _nothing, content=data)

    # How requests are put together

    def _lists(self, language: str | None) -> LiveLists:
        suffix = f"/{_segment(language)}" if language else ""
        name = language or self._language
        return LiveLists(self._channel, f"{self._url}/solutions", suffix, name, self._note_listing)

    def _note_listing(self, folder: int) -> None:
        with self._lock:
            self._listed[folder] = self._now()

    def _at(self, path: str) -> str:
        return f"{self._url}/solutions/{path}"

    def _read(self, path: str, parse: Callable[[object], T], query: Mapping[str, str] | None = None) -> T:
        return self._channel.call("GET", f"{self._url}/{path}", lambda reply: parse(reply.json()), query=query)

    def _fetch(self, kind: Kind, id: int, language: str | None = None) -> Object | None:
        path = f"{_PLURAL[kind]}/{id}" + (f"/{_segment(language)}" if language else "")
        try:
            return self._channel.call("GET", self._at(path), self._parser(kind, id, language))
        except Gone:
            return None

    def _write(
        self,
        method: str,
        kind: Kind,
        path: str,
        body: Mapping[str, object],
        id: int | None = None,
        language: str | None = None,
    ) -> Object:
        return self._channel.call(method, self._at(path), self._parser(kind, id, language), body=body)

    def _parser(self, kind: Kind, id: int | None, language: str | None) -> Callable[[Reply], Object]:
        """Reads a reply that holds one object, which must be `id` where that is given."""

        def parse(reply: Reply) -> Object:
            found = wire.parse_object(kind, reply.json(), language or self._language)
            if id is not None and found.id != id:
                raise UnreadableError(f"{kind} {id} was asked for, {found.id} came")
            return found

        return parse

    def _steady(self, items: tuple[T, ...], whole: bool, path: str) -> tuple[T, ...]:
        if whole:
            return items
        message = "the list changed each time it was read, so some of it may be missing"
        raise RemoteError(message, Exchange("GET", self._at(path)), "run kbsync again when fewer people edit")


def _agents(value: object) -> tuple[wire.Agent, ...]:
    return tuple(wire.parse_agent(item) for item in wire.array(value))


def _nothing(reply: Reply) -> None:
    """A reply without content of interest; a web page in its place raises UnreadableError."""
    reply.json()


def _given(id: int | None) -> int:
    if id is None:
        raise ValueError("a folder is created in a category, an article in a folder")
    return id


def _segment(language: str) -> str:
    return quote(language, safe="")
