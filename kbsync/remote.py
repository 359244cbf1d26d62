"""The seam between kbsync and Freshdesk: what `apply` and the commands may ask of a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kbsync.model import Article, Category, Folder, Kind, Object, Snapshot, Value


class Remote(Protocol):
    """A knowledge base that can be read and written.

    Every method raises `RemoteError`: `NotSent` where the request certainly had no effect (after retries),
    `OutcomeUnknown` where a write may have been committed (a write is never resent by the client then),
    `Refused` where the server said no. Reads are retried by the client and never end in `OutcomeUnknown`
    without having been tried again.
    """

    @property
    def account(self) -> str:
        """The account's host (and port), as the lock binds it."""

    def snapshot(self) -> Snapshot:
        """The whole knowledge base in its primary language (design 6: one listing sweep)."""

    def categories(self) -> tuple[Category, ...]:
        """All categories."""

    def folders(self, category: int) -> tuple[Folder, ...]:
        """All folders of a category, sub-folders included, parents first."""

    def articles(self, folder: int) -> tuple[Article, ...]:
        """All articles directly in a folder, drafts included, with bodies."""

    def article(self, id: int) -> Article | None:
        """One article, or None where the server says that there is none."""

    def create(
        self, kind: Kind, parent: int | None, fields: Mapping[str, Value], *, category: int | None = None
    ) -> Object:
        """Create an object from model fields (`model.FIELDS`) and return the server's reply.

        `parent`: the folder of an article; the parent folder of a sub-folder, else None; None for a category.
        `category`: the category of a folder.
        """

    def update(self, kind: Kind, id: int, fields: Mapping[str, Value], *, live: Object | None = None) -> Object:
        """Write the given model fields and return the server's reply.

        `live` is the object as last read; it completes what the API takes only whole (`seo_data`, API sheet
        section 12 row 15). `fields` may hold `folder` (an id) where a move is tried (row 5).
        """

    def delete(self, kind: Kind, id: int) -> None:
        """Delete an object; an object that is already gone counts as deleted."""

    def agent_id(self, email: str) -> int | None:
        """The id of the agent with this e-mail address, or None."""

    def upload(self, path: str, data: bytes, address: str) -> None:
        """Put a file where `address` serves it; only for targets whose asset store takes uploads."""

    def server_time(self) -> float | None:
        """The server's clock at its newest reply (epoch seconds, from its Date header), or None before one."""

    def requests(self) -> Mapping[str, int]:
        """The number of requests sent so far, by method."""
