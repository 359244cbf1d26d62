"""The log of API requests, kept with the data so that another process can read it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kbsync.sandbox.rows import LogEntry
from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import Json, Request


def start_entry(store: Store, request: Request, at: float) -> int:
    """Notes that a request arrived; its number, which is never given again."""
    rows = store.query(
        "INSERT INTO request_log(method, path, query, status, payload, committed, at)"
        " VALUES (?, ?, ?, NULL, ?, 0, ?) RETURNING number",
        request.method,
        request.path,
        request.query,
        json.dumps(_payload(request.body)),
        at,
    )
    return int(rows[0][0])


def finish_entry(
    store: Store, number: int, *, status: int | None, committed: bool, agent: str | None, fault: str | None
) -> None:
    """Notes how a request ended: what the client was sent, and whether a write took effect."""
    store.query(
        "UPDATE request_log SET status = ?, committed = ?, agent = ?, fault = ? WHERE number = ?",
        status,
        committed,
        agent,
        fault,
        number,
    )


def read_log(store: Store) -> tuple[LogEntry, ...]:
    """All entries since the log was cleared, oldest first."""
    rows = store.query(
        "SELECT number, method, path, query, status, payload, committed, agent, at, fault"
        " FROM request_log ORDER BY number"
    )
    return tuple(LogEntry(*(*row[:5], json.loads(row[5]), bool(row[6]), *row[7:])) for row in rows)


def clear_log(store: Store) -> None:
    """Forgets all entries."""
    with store.transaction():
        store.query("DELETE FROM request_log")


def entry_json(entry: LogEntry) -> Mapping[str, Json]:
    """An entry as JSON, its fields by name."""
    return {name: getattr(entry, name) for name in LogEntry.__slots__}


def _payload(body: bytes) -> Json:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")
