"""What people do in Freshdesk's web editor and admin pages, behind the API's back."""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

from kbsync.sandbox.containers import delete_tree
from kbsync.sandbox.drafts import drop_draft, publish_draft
from kbsync.sandbox.html_profiles import apply_profile
from kbsync.sandbox.rows import DRAFT, EVERYONE, PUBLISHED, Agent, Article, Category, Folder, Role, Seo
from kbsync.sandbox.seed import EDITOR_EMAIL, KEYS
from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import Json, SandboxError

Row = TypeVar("Row", Category, Folder, Article)


class People:
    """Each method is one act of a person, done at once, whatever the API's rights, limits and faults.

    `updated_at` always moves forward by an act, at least by a second. `language` None is the primary one.
    All raise SandboxError for an id that does not exist.
    """

    def __init__(self, store: Store, now: Callable[[], int], before: Callable[[], None]) -> None:
        self._store = store
        self._now = now
        self._before = before

    # Making

    def create_category(self, name: str, description: str | None = None) -> int:
        """A new category; its id."""
        with self._act():
            now = self._now()
            row = Category(self._store.new_id(), self._primary(), name, description, (), now, now)
            self._store.put_category(row)
            return row.id

    def create_folder(
        self,
        category_id: int,
        name: str,
        *,
        parent_id: int | None = None,
        description: str | None = None,
        visibility: int = EVERYONE,
    ) -> int:
        """A new folder, in another one if `parent_id` is given; its id."""
        with self._act():
            now = self._now()
            place = (self._primary(), category_id, parent_id, name, description, visibility)
            row = Folder(self._store.new_id(), *place, (), (), (), now, now)
            self._store.put_folder(row)
            return row.id

    def create_article(
        self,
        folder_id: int,
        title: str,
        body: str,
        *,
        status: int = PUBLISHED,
        tags: Sequence[str] = (),
    ) -> int:
        """A new article; its id."""
        with self._act():
            id = self._store.new_id()
            row = self._new_article(id, self._primary(), folder_id, title, body)
            self._store.put_article(replace(row, status=status, tags=tuple(tags)))
            return id

    def create_translation(self, id: int, language: str, title: str, body: str, status: int = PUBLISHED) -> None:
        """The article in another language."""
        with self._act():
            base = self._article(id, None)
            row = self._new_article(id, language, base.folder_id, title, body)
            self._store.put_article(replace(row, status=status))

    # Articles

    def edit_article(  # noqa: PLR0913 - one keyword per field of the editor's form
        self,
        id: int,
        language: str | None = None,
        *,
        title: str | None = None,
        body: str | None = None,
        tags: Sequence[str] | None = None,
        seo: Mapping[str, Any] | None = None,
        agent_id: int | None = None,
        status: int = PUBLISHED,
        noise: bool = False,
    ) -> None:
        """Saves and publishes; `noise` passes the body through the editor (sheet 6.2), changed or not."""
        with self._act():
            row = self._article(id, language)
            text = row.body if body is None else body
            changed = replace(
                drop_draft(row),
                title=row.title if title is None else title,
                body=apply_profile(text, "froala") if noise else text,
                tags=row.tags if tags is None else tuple(tags),
                seo=row.seo if seo is None else _seo(seo),
                agent_id=row.agent_id if agent_id is None else agent_id,
                status=status,
            )
            self._put(changed)

    def save_draft(
        self, id: int, title: str | None = None, body: str | None = None, language: str | None = None
    ) -> None:
        """Types without publishing: a draft waits beside the live text, or changes the draft article."""
        with self._act():
            row = self._article(id, language)
            if row.status == DRAFT:
                self._put(replace(row, title=title or row.title, body=row.body if body is None else body))
                return
            base = publish_draft(row)
            draft = replace(row, draft_title=title or base.title, draft_body=base.body if body is None else body)
            self._put(draft)

    def publish(self, id: int, language: str | None = None) -> None:
        """Publishes the article, with the waiting draft if there is one."""
        with self._act():
            self._put(replace(publish_draft(self._article(id, language)), status=PUBLISHED))

    def unpublish(self, id: int, language: str | None = None) -> None:
        """Takes the article from readers."""
        with self._act():
            self._put(replace(publish_draft(self._article(id, language)), status=DRAFT))

    def move_article(self, id: int, folder_id: int) -> None:
        """Moves the article in all its languages."""
        with self._act():
            self._folder(folder_id, None)
            self._put(replace(self._article(id, None), folder_id=folder_id))

    def duplicate_article(self, id: int, title: str | None = None) -> int:
        """A copy in the same folder, under the same title unless one is given; its id."""
        with self._act():
            row = drop_draft(self._article(id, None))
            now = self._now()
            copy = replace(row, id=self._store.new_id(), title=title or row.title, created_at=now, updated_at=now)
            self._store.put_article(replace(copy, thumbs_up=0, thumbs_down=0, hits=0))
            return copy.id

    def delete_article(self, id: int) -> None:
        """Deletes the article in all its languages."""
        with self._act():
            self._article(id, None)
            self._store.delete("article", id)

    def touch(self, id: int, language: str | None = None) -> None:
        """Moves updated_at and nothing else."""
        with self._act():
            self._put(self._article(id, language))

    def vote(self, id: int, up: int = 0, down: int = 0, hits: int = 0, language: str | None = None) -> None:
        """Readers' votes and views, which move no time."""
        with self._act():
            row = self._article(id, language)
            voted = replace(row, thumbs_up=row.thumbs_up + up, thumbs_down=row.thumbs_down + down)
            self._store.put_article(replace(voted, hits=row.hits + hits))

    # Folders and categories

    def rename_folder(self, id: int, name: str, language: str | None = None) -> None:
        """Renames a folder; in a language that it lacks, this translates it."""
        with self._act():
            row = self._folder(id, None)
            wanted = language or self._primary()
            known = self._store.folder(id, wanted) or replace(row, language=wanted)
            self._store.put_folder(replace(known, name=name, updated_at=self._later(known.updated_at)))

    def rename_category(self, id: int, name: str, language: str | None = None) -> None:
        """Renames a category; in a language that it lacks, this translates it."""
        with self._act():
            row = self._category(id)
            wanted = language or self._primary()
            known = self._store.category(id, wanted) or replace(row, language=wanted)
            self._store.put_category(replace(known, name=name, updated_at=self._later(known.updated_at)))

    def change_folder(self, id: int, *, description: str | None = None, visibility: int | None = None) -> None:
        """Changes a folder's description or visibility."""
        with self._act():
            row = self._folder(id, None)
            seen = row.visibility if visibility is None else visibility
            text = row.description if description is None else description
            later = self._later(row.updated_at)
            self._store.put_folder(replace(row, description=text, visibility=seen, updated_at=later))

    def move_folder(self, id: int, category_id: int, parent_id: int | None = None) -> None:
        """Moves a folder, also to another category, with all that is below it."""
        with self._act():
            row = self._folder(id, None)
            moved = replace(row, category_id=category_id, parent_id=parent_id)
            self._store.put_folder(replace(moved, updated_at=self._later(row.updated_at)))
            self._take_along(id, category_id)

    def delete_folder(self, id: int) -> None:
        """Deletes a folder with everything in it."""
        with self._act():
            self._folder(id, None)
            delete_tree(self._store, id)

    def delete_category(self, id: int) -> None:
        """Deletes a category with everything in it."""
        with self._act():
            self._category(id)
            for row in self._store.folders_of(id, None, self._primary()):
                delete_tree(self._store, row.id)
            self._store.delete("category", id)

    # Administrators

    def create_agent(self, name: str, email: str, role: Role = "writer") -> int:
        """Another agent, with a key that nobody knows; the agent's id."""
        with self._act():
            id = self._store.new_id()
            key = secrets.token_hex(16)
            self._store.put_agent(Agent(id, name, email, role, key, True, self._now()))
            return id

    def create_company(self, name: str) -> int:
        """Another company to show folders to; its id."""
        with self._act():
            id = self._store.new_id()
            self._store.query("INSERT INTO company VALUES (?, ?)", id, name)
            return id

    def revoke_key(self, key_of: Role) -> None:
        """The key that was given to a role stops working (401)."""
        self._change_agent(key_of, active=False)

    def restore_key(self, key_of: Role) -> None:
        """The key works again."""
        self._change_agent(key_of, active=True)

    def change_role(self, key_of: Role, role: Role) -> None:
        """The agent with that role's key gets another role."""
        self._change_agent(key_of, role=role)

    def hide(self, id: int, key_of: Role = "admin") -> None:
        """Hides one object from the agent with that key: left out of lists, 403 when asked for."""
        with self._act():
            self._store.query("INSERT OR IGNORE INTO hidden VALUES (?, ?)", self._agent(key_of).id, id)

    def unhide(self, id: int, key_of: Role = "admin") -> None:
        """Takes back `hide`."""
        with self._act():
            agent_id = self._agent(key_of).id
            self._store.query("DELETE FROM hidden WHERE agent_id = ? AND id = ?", agent_id, id)

    def rewrite_all(self, profile: Literal["strip", "froala"]) -> None:
        """The service rewrites every stored body by itself; no time moves (scenario F15)."""
        with self._act():
            for (language,) in self._store.query("SELECT DISTINCT language FROM article_text"):
                for row in self._store.articles(language):
                    self._store.put_article(replace(row, body=apply_profile(row.body, profile)))

    def _act(self) -> Any:
        self._before()
        return self._store.transaction()

    def _primary(self) -> str:
        return self._store.settings().primary_language

    def _later(self, than: int) -> int:
        return max(self._now(), than + 1)

    def _put(self, row: Article) -> None:
        self._store.put_article(replace(row, updated_at=self._later(row.updated_at)))

    def _new_article(self, id: int, language: str, folder_id: int, title: str, body: str) -> Article:
        author = next(agent.id for agent in self._store.agents() if agent.email == EDITOR_EMAIL)
        now = self._now()
        texts = (title, body, PUBLISHED, None, None)
        return Article(id, language, folder_id, *texts, author, (), Seo(), 0, 0, 0, now, now)

    def _article(self, id: int, language: str | None) -> Article:
        return _existing(self._store.article(id, language or self._primary()), id)

    def _folder(self, id: int, language: str | None) -> Folder:
        return _existing(self._store.folder(id, language or self._primary()), id)

    def _category(self, id: int) -> Category:
        return _existing(self._store.category(id, self._primary()), id)

    def _agent(self, key_of: Role) -> Agent:
        return next(agent for agent in self._store.agents() if agent.api_key == KEYS[key_of])

    def _change_agent(self, key_of: Role, **changes: Any) -> None:
        with self._act():
            self._store.put_agent(replace(self._agent(key_of), **changes))

    def _take_along(self, folder_id: int, category_id: int) -> None:
        for child in self._store.subfolder_ids(folder_id):
            self._store.put_folder(replace(self._folder(child, None), category_id=category_id))
            self._take_along(child, category_id)


def act(people: People, action: object, arguments: object) -> Json:
    """Calls the method of that name with keyword arguments; SandboxError lists what is possible."""
    names = [name for name, _ in inspect.getmembers(People, inspect.isfunction) if not name.startswith("_")]
    if action not in names or not isinstance(arguments, dict):
        raise SandboxError(f"give action, one of {', '.join(names)}, and arguments, an object")
    try:
        return getattr(people, str(action))(**arguments)
    except (TypeError, KeyError) as error:
        raise SandboxError(f"{action}: {error}") from error


def _existing(row: Row | None, id: int) -> Row:
    if row is None:
        raise SandboxError(f"nothing has the id {id} in that language")
    return row


def _seo(values: Mapping[str, Any]) -> Seo:
    keywords = values.get("meta_keywords")
    words = None if keywords is None else tuple(keywords)
    return Seo(values.get("meta_title"), values.get("meta_description"), words)
