"""One request to the portal: who asks, in which language, and what of the site is around the page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kbsync.sandbox import reading
from kbsync.sandbox.portal.addresses import Addresses, Place
from kbsync.sandbox.portal.languages import direction, language_name
from kbsync.sandbox.portal.layout import shown
from kbsync.sandbox.portal.shelves import AgentsShelf, ReadersShelf, Shelf
from kbsync.sandbox.rows import DRAFT, EVERYONE, PUBLISHED, Article, Folder, Settings
from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import Reply

# Sheet 4.2.
_SEEN_BY = {
    2: "Logged-in readers only",
    3: "Agents only",
    4: "Some companies only",
    5: "Bots only",
    6: "Some contacts only",
    7: "Some companies only",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """What every page of one request needs. Made by `visit`."""

    store: Store
    settings: Settings
    place: Place
    language: str
    agent: bool
    parameters: dict[str, str]

    @property
    def shelf(self) -> Shelf:
        """What this visitor may see."""
        shelf = AgentsShelf if self.agent else ReadersShelf
        return shelf(self.store, self.language)

    def addresses(self, language: str | None = None, *, agent: bool | None = None) -> Addresses:
        """The maker of links, for this page's language and view unless others are given."""
        wanted = language or self.language
        prefix = None if wanted == self.settings.primary_language else wanted
        return Addresses(prefix, self.agent if agent is None else agent)

    def show(self, status: int, template: str, *, title: str, languages: Iterable[str] = (), **values: object) -> Reply:
        """A page; `languages` are those that it can be had in, for the reader to choose from."""
        return shown(
            status,
            template,
            title=title,
            portal_name=self.settings.portal_name,
            language=self.language,
            direction=direction(self.language),
            agent=self.agent,
            place=self.place,
            to=self.addresses(),
            other_view=self.here(agent=not self.agent),
            languages=self._choices(languages),
            label=self.label,
            **values,
        )

    def here(self, language: str | None = None, *, agent: bool | None = None) -> str:
        """This page's own address, in another language or view."""
        term = self.parameters.get("term", "")
        more = {"term": term} if self.place.kind == "search" and term else {}
        return self.addresses(language, agent=agent).of(self.place.kind, self.place.id, **more)

    def label(self, row: Article | Folder) -> str:
        """For agents, what keeps readers from seeing this object as it is; empty where nothing does."""
        if not self.agent:
            return ""
        if isinstance(row, Folder):
            # Visibility belongs to the primary language's row, and every row repeats it.
            return "" if row.visibility == EVERYONE else _SEEN_BY.get(row.visibility, "Restricted")
        return "Draft" if row.status == DRAFT else "Changes not published" if row.draft_title is not None else ""

    def published_languages(self) -> tuple[str, ...]:
        """The languages in which anything is published, the primary one first."""
        found = self.store.query("SELECT DISTINCT language FROM article_text WHERE status = ?", PUBLISHED)
        there = {language for (language,) in found}
        return tuple(language for language in self._enabled() if language in there)

    def article_languages(self, id: int) -> tuple[str, ...]:
        """The languages in which a reader may read an article."""
        there = reading.read_languages(self.store, id)
        enabled = [language for language in self._enabled() if language in there]
        return tuple(language for language in enabled if reading.read_article(self.store, id, language))

    def _enabled(self) -> tuple[str, ...]:
        return (self.settings.primary_language, *self.settings.supported_languages)

    def _choices(self, languages: Iterable[str]) -> list[tuple[str, str, str]]:
        """Code, name and address of each language, if there is more than this one to choose from."""
        found = [(code, language_name(code), self.here(code)) for code in dict.fromkeys(languages)]
        return found if any(code != self.language for code, _, _ in found) else []


def visit(store: Store, place: Place, parameters: dict[str, str]) -> Visit | None:
    """The visit to a place, or None where its language is none of the account's."""
    settings = store.settings()
    asked = place.language or (parameters.get("lang") if place.agents else None)
    language = asked or settings.primary_language
    if language not in {settings.primary_language, *settings.supported_languages}:
        return None
    agent = place.agents or parameters.get("view") == "agent"
    return Visit(store, settings, place, language, agent, parameters)


def stray_visit(store: Store) -> Visit:
    """A reader's visit to an address that is no page's."""
    settings = store.settings()
    return Visit(store, settings, Place("home"), settings.primary_language, agent=False, parameters={})
