"""What a new sandbox holds before anybody wrote to it: agents with keys, companies, portals."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from types import MappingProxyType

from kbsync.sandbox.rows import Agent, Role
from kbsync.sandbox.store import Store

# Public on purpose: they open nothing but this sandbox, which listens on the loopback only.
KEYS: Mapping[Role, str] = MappingProxyType(
    {"admin": "sandbox-admin-key", "writer": "sandbox-writer-key", "reader": "sandbox-reader-key"}
)

EDITOR_EMAIL = "editor@sandbox.test"


def seed(store: Store, now: int) -> None:
    """Adds what an account always has, unless it is there. One agent, the editor, stands for people."""
    if store.agents():
        return
    for role, key in KEYS.items():
        row = Agent(store.new_id(), role.title(), f"{role}@sandbox.test", role, key, True, now)
        store.put_agent(row)
    store.put_agent(Agent(store.new_id(), "Editor", EDITOR_EMAIL, "admin", secrets.token_hex(16), True, now))
    for name in ("Acme", "Initech", "Umbrella"):
        store.query("INSERT INTO company VALUES (?, ?)", store.new_id(), name)
    for name in ("Main", "Second"):
        store.query("INSERT INTO portal VALUES (?, ?)", store.new_id(), name)
        store.query("INSERT INTO product VALUES (?, ?)", store.new_id(), name)
