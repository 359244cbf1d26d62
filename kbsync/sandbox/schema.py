"""The tables of the sandbox's file, and how a file is opened."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from kbsync.sandbox.wire import SandboxError

# A file of another version is refused, never guessed at: the sandbox's data can always be made anew.
SCHEMA_VERSION = 1

# Above 2**32, so that a client that keeps ids in 32 bits fails here and not in production (sheet 4).
FIRST_ID = 82_000_000_001

_TABLES = """
CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE agent(id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, role TEXT NOT NULL,
  api_key TEXT NOT NULL UNIQUE, active INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE company(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE product(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE portal(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE category(id INTEGER PRIMARY KEY, visible_in_portals TEXT NOT NULL);
CREATE TABLE category_text(id INTEGER NOT NULL, language TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY(id, language)) WITHOUT ROWID;
CREATE TABLE folder(id INTEGER PRIMARY KEY, category_id INTEGER NOT NULL, parent_id INTEGER,
  visibility INTEGER NOT NULL, company_ids TEXT NOT NULL, contact_segment_ids TEXT NOT NULL,
  company_segment_ids TEXT NOT NULL);
CREATE TABLE folder_text(id INTEGER NOT NULL, language TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY(id, language)) WITHOUT ROWID;
CREATE TABLE article(id INTEGER PRIMARY KEY, folder_id INTEGER NOT NULL);
CREATE TABLE article_text(id INTEGER NOT NULL, language TEXT NOT NULL, title TEXT NOT NULL,
  body TEXT NOT NULL, status INTEGER NOT NULL, draft_title TEXT, draft_body TEXT, agent_id INTEGER NOT NULL,
  tags TEXT NOT NULL, seo TEXT NOT NULL, thumbs_up INTEGER NOT NULL, thumbs_down INTEGER NOT NULL,
  hits INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  PRIMARY KEY(id, language));
CREATE TABLE attachment(id INTEGER PRIMARY KEY, article_id INTEGER NOT NULL, name TEXT NOT NULL,
  content_type TEXT NOT NULL, size INTEGER NOT NULL, created_at INTEGER NOT NULL, content BLOB NOT NULL);
CREATE TABLE asset(path TEXT PRIMARY KEY, content_type TEXT NOT NULL, content BLOB NOT NULL);
CREATE TABLE tombstone(id INTEGER PRIMARY KEY, kind TEXT NOT NULL);
CREATE TABLE hidden(agent_id INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY(agent_id, id));
CREATE TABLE rate(start INTEGER PRIMARY KEY, used INTEGER NOT NULL);
CREATE TABLE request_log(number INTEGER PRIMARY KEY AUTOINCREMENT, method TEXT NOT NULL, path TEXT NOT NULL,
  query TEXT NOT NULL, status INTEGER, payload TEXT NOT NULL, committed INTEGER NOT NULL, agent TEXT,
  at REAL NOT NULL, fault TEXT);
CREATE INDEX folder_of_category ON folder(category_id);
CREATE INDEX folder_of_folder ON folder(parent_id);
CREATE INDEX article_of_folder ON article(folder_id);
"""

CONTENT_TABLES = (
    "category",
    "category_text",
    "folder",
    "folder_text",
    "article",
    "article_text",
    "attachment",
    "asset",
    "tombstone",
    "hidden",
    "rate",
    "request_log",
    "agent",
    "company",
    "portal",
    "product",
)


def database_file(data: Path) -> Path:
    """The SQLite file for `data`: itself, or `sandbox.sqlite3` inside where it is a folder."""
    return data / "sandbox.sqlite3" if data.is_dir() else data


def open_database(data: Path | None) -> sqlite3.Connection:
    """A connection to the file (made if absent) or to memory, its tables in place.

    Promises autocommit mode, so that every transaction is visible in the code. Safe to call from two
    processes at once. Raises SandboxError for a file of another schema version or of another program.
    """
    name = ":memory:"
    if data is not None:
        file = database_file(data)
        file.parent.mkdir(parents=True, exist_ok=True)
        name = str(file)
    connection = sqlite3.connect(name, timeout=30, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, name)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise SandboxError(f"{name}: {error}") from error
    except SandboxError:
        connection.close()
        raise
    return connection


def erase(data: Path) -> None:
    """Removes the file of a sandbox that nobody has open."""
    file = database_file(data)
    for suffix in ("", "-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)


def _prepare(connection: sqlite3.Connection, name: str) -> None:
    _use_wal(connection)
    # NORMAL survives a killed process, which is what tests do; a power cut may cost the last writes.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version == 0:
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute("INSERT INTO counter VALUES ('id', ?)", (FIRST_ID,))
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise SandboxError(
                f"{name} was made by another version of the sandbox (format {version}, this one writes"
                f" {SCHEMA_VERSION}); remove the file or use --reset"
            )
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _use_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for its busy timeout when two processes change the journal mode at once.
    for attempt in range(50):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if attempt == 49:
                raise
            time.sleep(0.02)
