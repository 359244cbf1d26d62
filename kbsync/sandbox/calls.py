"""What every endpoint is handed, and the rules they share: rights, features, languages, paging."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar
from urllib.parse import urlencode

from kbsync.sandbox.lag import Lag
from kbsync.sandbox.rows import Agent, Article, Category, Folder, Role
from kbsync.sandbox.store import Store
from kbsync.sandbox.switches import Switches
from kbsync.sandbox.wire import (
    Json,
    RefusedError,
    Reply,
    Request,
    access_denied,
    feature_missing,
    json_reply,
    validation_failed,
)

Privilege = Literal["view", "edit", "publish", "manage", "account"]

_PRIVILEGES: Mapping[Role, frozenset[Privilege]] = {
    "admin": frozenset({"view", "edit", "publish", "manage", "account"}),
    "writer": frozenset({"view", "edit"}),
    "reader": frozenset({"view"}),
}

Row = TypeVar("Row", Category, Folder, Article)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Shift:
    """What a scripted fault does to one listing: pages start `offset` later and end `short` earlier."""

    offset: int = 0
    short: int = 0
    keep_link: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated API call. `now` is the server's time in whole seconds."""

    store: Store
    switches: Switches
    agent: Agent
    request: Request
    now: int
    base_url: str
    lag: Lag
    payload: Mapping[str, Json] = field(default_factory=dict)
    files: tuple[tuple[str, str, bytes], ...] = ()
    hidden: frozenset[int] = frozenset()
    shift: Shift = Shift()

    def may(self, privilege: Privilege) -> bool:
        """Whether the key's role has a privilege (sheet 8)."""
        return privilege in _PRIVILEGES[self.agent.role]

    def require(self, privilege: Privilege) -> None:
        """Refuses with 403 access_denied where the role lacks the privilege."""
        if not self.may(privilege):
            raise access_denied()

    @property
    def primary(self) -> str:
        """The account's primary language."""
        return self.switches.primary_language

    def found(self, id: int, row: Row | None) -> Row:
        """The row, or the refusal for an id that is unknown, deleted (row 26) or hidden from the agent."""
        if id in self.hidden:
            raise access_denied()
        if row is None:
            denied = self.switches.deleted_id == "403" and self.store.is_deleted(id)
            raise access_denied() if denied else RefusedError(404)
        return row

    def category(self, id: int) -> Category:
        """The category in the primary language, or the refusal."""
        return self.found(id, self.store.category(id, self.primary))

    def folder(self, id: int) -> Folder:
        """The folder in the primary language, or the refusal."""
        return self.found(id, self.store.folder(id, self.primary))

    def article(self, id: int) -> Article:
        """The article in the primary language, or the refusal."""
        return self.found(id, self.store.article(id, self.primary))

    def read(self, kind: type[Row], id: int, language: str, row: Row | None) -> Row:
        """The row as a single read shows it, also while reads lag behind writes (row 28), or the refusal."""
        return self.found(id, self.lag.single(kind, id, language, row))

    def reads(self, language: str) -> str:
        """The language of a GET; 403 without the feature, 404 where it is not enabled (sheet 5)."""
        if not self.switches.multilingual:
            raise feature_missing("Multilingual")
        if language not in (self.primary, *self.switches.supported_languages):
            raise RefusedError(404)
        return language

    def updates(self, language: str) -> str:
        """The language of a PUT; 404 where it is the primary or not enabled (sheet 5, row 19)."""
        if self.reads(language) == self.primary:
            raise RefusedError(404)
        return language

    def creates(self, language: str, *, exists: bool) -> str:
        """The language of a POST; refused where it is primary, not enabled, or exists (sheet 5, row 19)."""
        if not self.switches.multilingual:
            raise feature_missing("Multilingual")
        if exists or language not in self.switches.supported_languages or language == self.primary:
            if self.switches.language_refusal == "409":
                raise validation_failed([(None, "duplicate_value")], 409)
            raise RefusedError(405, headers=[("Allow", "GET, PUT")])
        return language

    def requires_parent(self, *, translated: bool) -> None:
        """Refuses a translation below an untranslated parent, where row 20 says so."""
        wanted = self.switches.parent_translations
        if translated or wanted == "optional":
            return
        raise RefusedError(404) if wanted == "404" else validation_failed([(None, "inconsistent_state")])

    def duplicate_name(self) -> RefusedError:
        """The refusal of a name that is taken (row 8); the field is promised for 400 alone (1.3)."""
        if self.switches.duplicate_name == "400":
            return validation_failed([("name", "duplicate_value")])
        return validation_failed([(None, "duplicate_value")], 409)

    def created(self, path: str, value: Json) -> Reply:
        """201 with the API address of the new resource (sheet 1.2)."""
        return json_reply(201, value, [("Location", f"{self.base_url}/api/v2{path}")])

    def listed(self, rows: Sequence[Row], belongs: Callable[[Category | Folder | Article], bool]) -> list[Row]:
        """The rows as a listing shows them: without hidden ones, and as of before writes that still lag.

        `belongs` tells of an earlier version of a row whether it was part of this listing.
        """
        return [row for row in self.lag.listed(rows, belongs) if row.id not in self.hidden]

    def page(
        self,
        rows: Sequence[Item],
        show: Callable[[Item], Json],
        *,
        documented: bool = True,
        also: Iterable[str] = (),
    ) -> Reply:
        """One page as a bare array, with Link only while more follows (sheet 3).

        `documented` is false for the lists of row 11, whose paging nobody has seen; `also` names further
        query parameters of the endpoint.
        """
        mode = "honour" if documented else self.switches.paging_elsewhere
        self.allow_parameters([*also, *(("page", "per_page") if mode != "reject" else ())])
        number, size = _page_and_size(self.request.parameters(), self.switches.default_page_size)
        if mode != "honour":
            number, size = 1, None
        start = 0 if size is None else (number - 1) * size
        end = len(rows) if size is None else start + size
        more = end < len(rows)
        shown = rows[max(0, start + self.shift.offset) : max(0, end + self.shift.offset - self.shift.short)]
        link = [("Link", self._next(number))] if more and self.shift.keep_link else []
        return json_reply(200, [show(row) for row in shown], link)

    def _next(self, number: int) -> str:
        query = urlencode({**self.request.parameters(), "page": number + 1})
        return f'<{self.base_url}{self.request.path}?{query}>; rel="next"'

    def allow_parameters(self, names: Iterable[str]) -> None:
        """Refuses query parameters that are not among the documented ones (sheet 1.1)."""
        unknown = self.request.parameters().keys() - set(names)
        if unknown:
            raise validation_failed([(name, "invalid_field") for name in sorted(unknown)])


def _page_and_size(parameters: Mapping[str, str], default: Literal["30", "all"]) -> tuple[int, int | None]:
    page = parameters.get("page", "1")
    size = parameters.get("per_page")
    wrong = [] if _is_count(page, 10**9) else [("page", "invalid_value")]
    if size is not None and not _is_count(size, 100):
        wrong.append(("per_page", "invalid_value"))
    if wrong:
        raise validation_failed(wrong)
    if size is not None:
        return int(page), int(size)
    return int(page), None if default == "all" and "page" not in parameters else 30


def _is_count(text: str, largest: int) -> bool:
    return re.fullmatch(r"[0-9]{1,10}", text) is not None and 1 <= int(text) <= largest
