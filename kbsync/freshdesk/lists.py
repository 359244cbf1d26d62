"""The four lists of Solutions, in the primary language or another one (sheet sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kbsync.errors import Gone
from kbsync.freshdesk import wire
from kbsync.freshdesk.channel import Channel
from kbsync.freshdesk.paging import Listing, read_list, walk
from kbsync.freshdesk.reply import Reply
from kbsync.freshdesk.wire import FolderRow
from kbsync.model import Article, Category

PASSES = 3


@dataclass(frozen=True)
class LiveLists:
    """The lists below `url` (`.../solutions`); `suffix` is `/<language>` or empty. Methods raise RemoteError.

    `note` is told the folder whose articles are about to be listed.
    """

    channel: Channel
    url: str
    suffix: str
    language: str
    note: Callable[[int], None]

    def category_list(self) -> Listing[Category]:
        """All categories."""
        url = f"{self.url}/categories{self.suffix}"
        return read_list(self.channel, url, lambda value: wire.parse_category(value, self.language))

    def folder_list(self, category: int) -> Listing[FolderRow]:
        """The folders at the top of a category."""
        url = f"{self.url}/categories/{category}/folders{self.suffix}"
        return read_list(self.channel, url, lambda value: wire.parse_folder(value, self.language, category=category))

    def sub_folder_list(self, above: FolderRow) -> Listing[FolderRow]:
        """The folders directly in a folder."""
        category, parent = above.folder.category, above.id
        url = f"{self.url}/folders/{parent}/subfolders{self.suffix}"

        def parse(value: object) -> FolderRow:
            return wire.parse_folder(value, self.language, category=int(category), parent=parent)

        def recount() -> int | None:
            row = self._folder(parent)
            return row.sub_folders if row else None

        if self.suffix or above.sub_folders is None:  # the number is not of one language
            return read_list(self.channel, url, parse)
        return read_list(self.channel, url, parse, expected=above.sub_folders, recount=recount)

    def article_list(self, folder: FolderRow) -> Listing[Article]:
        """The articles directly in a folder, checked against the number that the folder says to hold.

        With sub-folders the number is not used: whether theirs count is not documented.
        """
        id = folder.id or 0
        self.note(id)
        expected = None if self.suffix or folder.sub_folders else folder.articles

        def recount() -> int | None:
            row = self._folder(id)
            return row.articles if row else None

        url, parse = self._articles_url(id), self._article_parser(id)
        if expected is None:
            return read_list(self.channel, url, parse)
        return read_list(self.channel, url, parse, expected=expected, recount=recount)

    def articles_of(self, folder: int) -> Listing[Article]:
        """The articles directly in a folder, of which nothing is known yet: walked once, unless it shifts."""
        for _ in range(PASSES):
            self.note(folder)
            pages = walk(self.channel, self._articles_url(folder), self._article_parser(folder))
            if not pages.shifted:
                return Listing(pages.items, True)
        return Listing(pages.items, False)

    def _articles_url(self, folder: int) -> str:
        return f"{self.url}/folders/{folder}/articles{self.suffix}"

    def _article_parser(self, folder: int) -> Callable[[object], Article]:
        return lambda value: wire.parse_article(value, self.language, folder=folder)

    def _folder(self, id: int | None) -> FolderRow | None:
        def parse(reply: Reply) -> FolderRow:
            # Only its numbers are of use: a reply that leaves out the category will do.
            return wire.parse_folder(reply.json(), self.language, category=0)

        try:
            return self.channel.call("GET", f"{self.url}/folders/{id}", parse)
        except Gone:
            return None
