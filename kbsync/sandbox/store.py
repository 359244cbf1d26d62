"""Where everything is kept: one SQLite connection behind one lock, rows in and out as values."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kbsync.sandbox.rows import Agent, Article, Asset, Attachment, Category, Folder, Kind, Role, Seo, Settings
from kbsync.sandbox.schema import CONTENT_TABLES, open_database

_CATEGORY = (
    "SELECT t.id, t.language, t.name, t.description, c.visible_in_portals, t.created_at, t.updated_at"
    " FROM category c JOIN category_text t ON t.id = c.id"
)
_FOLDER = (
    "SELECT t.id, t.language, f.category_id, f.parent_id, t.name, t.description, f.visibility, f.company_ids,"
    " f.contact_segment_ids, f.company_segment_ids, t.created_at, t.updated_at"
    " FROM folder f JOIN folder_text t ON t.id = f.id"
)
_ARTICLE = (
    "SELECT t.id, t.language, a.folder_id, t.title, t.body, t.status, t.draft_title, t.draft_body,"
    " t.agent_id, t.tags, t.seo, t.thumbs_up, t.thumbs_down, t.hits, t.created_at, t.updated_at"
    " FROM article a JOIN article_text t ON t.id = a.id"
)


class Store:
    """The sandbox's data. Every method may be called from any thread; writes belong in `transaction`.

    Lists are ordered by id, the order of creation.
    """

    def __init__(self, data: Path | None = None) -> None:
        self._connection = open_database(data)
        self._lock = threading.RLock()
        self._depth = 0

    def close(self) -> None:
        """Ends the connection; a second call does nothing."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, alone among the threads and processes on this data. May be nested."""
        with self._lock:
            begin, commit, undo = _statements(self._depth)
            self._connection.execute(begin)
            self._depth += 1
            try:
                yield
            except BaseException:
                for statement in undo:
                    self._connection.execute(statement)
                raise
            else:
                self._connection.execute(commit)
            finally:
                self._depth -= 1

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def reset(self) -> None:
        """Empties everything but the id counter: an id of before never means something else after."""
        with self.transaction():
            for table in CONTENT_TABLES:
                self.query(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables

    def new_id(self) -> int:
        """An id never given before, greater than all others."""
        return int(self.query("UPDATE counter SET value = value + 1 WHERE name = 'id' RETURNING value")[0][0])

    # Categories

    def categories(self, language: str) -> list[Category]:
        """All categories that exist in a language."""
        return [_category(row) for row in self.query(f"{_CATEGORY} WHERE t.language = ? ORDER BY t.id", language)]

    def category(self, id: int, language: str) -> Category | None:
        """One category, or None where it does not exist in that language."""
        rows = self.query(f"{_CATEGORY} WHERE t.id = ? AND t.language = ?", id, language)
        return _category(rows[0]) if rows else None

    def put_category(self, row: Category) -> None:
        """Adds or replaces a category in its language."""
        self.query("INSERT OR REPLACE INTO category VALUES (?, ?)", row.id, _list(row.visible_in_portals))
        self._put_name("category_text", row)

    # Folders

    def folders(self, language: str) -> list[Folder]:
        """All folders of the account that exist in a language."""
        return self._folders("", language)

    def folders_of(self, category_id: int, parent_id: int | None, language: str) -> list[Folder]:
        """The direct children of a category (parent_id None) or of a folder."""
        return self._folders("f.category_id = ? AND f.parent_id IS ? AND", category_id, parent_id, language)

    def folder(self, id: int, language: str) -> Folder | None:
        """One folder, or None where it does not exist in that language."""
        return next(iter(self._folders("t.id = ? AND", id, language)), None)

    def _folders(self, where: str, *values: object) -> list[Folder]:
        return [_folder(row) for row in self.query(f"{_FOLDER} WHERE {where} t.language = ? ORDER BY t.id", *values)]

    def put_folder(self, row: Folder) -> None:
        """Adds or replaces a folder in its language."""
        self.query(
            "INSERT OR REPLACE INTO folder VALUES (?, ?, ?, ?, ?, ?, ?)",
            row.id,
            row.category_id,
            row.parent_id,
            row.visibility,
            _list(row.company_ids),
            _list(row.contact_segment_ids),
            _list(row.company_segment_ids),
        )
        self._put_name("folder_text", row)

    def subfolder_ids(self, id: int) -> list[int]:
        """The direct sub-folders of a folder."""
        return [row[0] for row in self.query("SELECT id FROM folder WHERE parent_id = ? ORDER BY id", id)]

    def _put_name(self, table: str, row: Category | Folder) -> None:
        self.query(
            f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own table
            row.id,
            row.language,
            row.name,
            row.description,
            row.created_at,
            row.updated_at,
        )

    # Articles

    def articles(self, language: str) -> list[Article]:
        """All articles of the account that exist in a language, drafts too."""
        return self._articles("t.language = ?", language)

    def articles_of(self, folder_id: int, language: str) -> list[Article]:
        """The articles of one folder, drafts too."""
        return self._articles("a.folder_id = ? AND t.language = ?", folder_id, language)

    def article(self, id: int, language: str) -> Article | None:
        """One article, or None where it does not exist in that language."""
        return next(iter(self._articles("t.id = ? AND t.language = ?", id, language)), None)

    def versions(self, id: int) -> list[Article]:
        """One article in all its languages."""
        return self._articles("t.id = ?", id)

    def article_count(self, folder_id: int) -> int:
        """How many articles a folder holds, drafts too."""
        return int(self.query("SELECT count(*) FROM article WHERE folder_id = ?", folder_id)[0][0])

    def article_ids(self, folder_id: int) -> list[int]:
        """The articles of a folder in any language."""
        return [row[0] for row in self.query("SELECT id FROM article WHERE folder_id = ? ORDER BY id", folder_id)]

    def _articles(self, where: str, *values: object) -> list[Article]:
        return [_article(row) for row in self.query(f"{_ARTICLE} WHERE {where} ORDER BY t.id", *values)]

    def put_article(self, row: Article) -> None:
        """Adds or replaces an article in its language."""
        self.query("INSERT OR REPLACE INTO article VALUES (?, ?)", row.id, row.folder_id)
        self.query(
            "INSERT OR REPLACE INTO article_text VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row.id,
            row.language,
            row.title,
            row.body,
            row.status,
            row.draft_title,
            row.draft_body,
            row.agent_id,
            json.dumps(row.tags),
            json.dumps(dataclasses.asdict(row.seo)),
            row.thumbs_up,
            row.thumbs_down,
            row.hits,
            row.created_at,
            row.updated_at,
        )

    def delete(self, kind: Kind, id: int) -> None:
        """Removes one object in all languages and remembers its id. What it holds is left alone."""
        self.query(f"DELETE FROM {kind} WHERE id = ?", id)  # noqa: S608 - a literal
        self.query(f"DELETE FROM {kind}_text WHERE id = ?", id)  # noqa: S608 - a literal
        self.query("DELETE FROM attachment WHERE article_id = ?", id)
        self.query("INSERT OR REPLACE INTO tombstone VALUES (?, ?)", id, kind)

    def is_deleted(self, id: int) -> bool:
        """Whether the id once was an object's."""
        return bool(self.query("SELECT 1 FROM tombstone WHERE id = ?", id))

    # Attachments and assets

    def attachments(self, article_id: int) -> list[Attachment]:
        """What is attached to an article."""
        sql = "SELECT id, article_id, name, content_type, size, created_at FROM attachment WHERE article_id = ?"
        return [Attachment(*row) for row in self.query(sql + " ORDER BY id", article_id)]

    def put_attachment(self, row: Attachment, content: bytes) -> None:
        """Attaches a file."""
        self.query("INSERT INTO attachment VALUES (?, ?, ?, ?, ?, ?, ?)", *dataclasses.astuple(row), content)

    def attachment_content(self, id: int) -> tuple[str, bytes] | None:
        """The type and the bytes of an attachment."""
        rows = self.query("SELECT content_type, content FROM attachment WHERE id = ?", id)
        return (rows[0][0], rows[0][1]) if rows else None

    def asset(self, path: str) -> Asset | None:
        """The asset at a path, or None."""
        rows = self.query("SELECT path, content_type, content FROM asset WHERE path = ?", path)
        return Asset(*rows[0]) if rows else None

    def put_asset(self, asset: Asset) -> None:
        """Adds or replaces an asset."""
        self.query("INSERT OR REPLACE INTO asset VALUES (?, ?, ?)", asset.path, asset.content_type, asset.content)

    # People and settings

    def agents(self) -> list[Agent]:
        """All agents, inactive ones too."""
        return [_agent(row) for row in self.query("SELECT * FROM agent ORDER BY id")]

    def agent_by_key(self, api_key: str) -> Agent | None:
        """The active agent with that key."""
        rows = self.query("SELECT * FROM agent WHERE api_key = ? AND active", api_key)
        return _agent(rows[0]) if rows else None

    def put_agent(self, row: Agent) -> None:
        """Adds or replaces an agent."""
        self.query("INSERT OR REPLACE INTO agent VALUES (?, ?, ?, ?, ?, ?, ?)", *dataclasses.astuple(row))

    def hidden_from(self, agent_id: int) -> frozenset[int]:
        """The ids that an agent may not see."""
        return frozenset(row[0] for row in self.query("SELECT id FROM hidden WHERE agent_id = ?", agent_id))

    def names(self, table: str) -> list[tuple[int, str]]:
        """Ids and names of the companies or of the portals."""
        return [(row[0], row[1]) for row in self.query(f"SELECT id, name FROM {table} ORDER BY id")]  # noqa: S608

    def settings(self) -> Settings:
        """What a portal shows of the account."""
        values = dict(self.query("SELECT name, value FROM setting"))
        languages: Sequence[str] = json.loads(values["supported_languages"])
        return Settings(values["portal_name"], values["portal_url"], values["primary_language"], tuple(languages))

    def put_settings(self, settings: Settings) -> None:
        """Keeps the settings."""
        for name, value in dataclasses.asdict(settings).items():
            text = value if isinstance(value, str) else json.dumps(value)
            self.query("INSERT OR REPLACE INTO setting VALUES (?, ?)", name, text)


def _statements(depth: int) -> tuple[str, str, tuple[str, ...]]:
    if depth == 0:
        # IMMEDIATE: two processes that both read first and then write could otherwise never both commit.
        return "BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",)
    name = f"level{depth}"
    return f"SAVEPOINT {name}", f"RELEASE {name}", (f"ROLLBACK TO {name}", f"RELEASE {name}")


def _list(values: Sequence[int]) -> str:
    return json.dumps(values)


def _category(row: Sequence[Any]) -> Category:
    return Category(*(*row[:4], tuple(json.loads(row[4])), *row[5:]))


def _folder(row: Sequence[Any]) -> Folder:
    return Folder(*(*row[:7], *(tuple(json.loads(text)) for text in row[7:10]), *row[10:]))


def _article(row: Sequence[Any]) -> Article:
    seo = json.loads(row[10])
    keywords = seo["meta_keywords"]
    seo["meta_keywords"] = None if keywords is None else tuple(keywords)
    return Article(*(*row[:9], tuple(json.loads(row[9])), Seo(**seo), *row[11:]))


def _agent(row: Sequence[Any]) -> Agent:
    role: Role = row[3]
    return Agent(row[0], row[1], row[2], role, row[4], bool(row[5]), row[6])
