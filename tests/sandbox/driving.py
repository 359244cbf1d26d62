"""How the tests of this room talk to a sandbox: with httpx through the door in process."""

from __future__ import annotations

from typing import Any

import httpx

from kbsync.sandbox import KEYS, Sandbox, Switches, change_switches
from kbsync.sandbox.inprocess import InProcess


class Clock:
    """A virtual clock that also is the sleeper: to sleep is to move it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def api(sandbox: Sandbox, key: str = KEYS["admin"], **options: Any) -> httpx.Client:
    """A client of the API in process."""
    return httpx.Client(transport=InProcess(sandbox), base_url="http://127.0.0.1/api/v2", auth=(key, "X"), **options)


class Account:
    """A sandbox with one category, one folder and one published article."""

    def __init__(self, **switches: Any) -> None:
        self.clock = Clock()
        self.sandbox = Sandbox(
            switches=change_switches(switches, Switches()), clock=self.clock, sleeper=self.clock.sleep
        )
        people = self.sandbox.people
        self.category = people.create_category("Billing")
        self.folder = people.create_folder(self.category, "Invoices")
        self.article = people.create_article(self.folder, "Download", "<p>Old</p>", tags=["a"])
        self.clock.now += 10
        self.admin = api(self.sandbox)
        self.writer = api(self.sandbox, KEYS["writer"])
        self.reader = api(self.sandbox, KEYS["reader"])

    def close(self) -> None:
        for client in (self.admin, self.writer, self.reader):
            client.close()
        self.sandbox.close()

    def read(self, path: str = "") -> Any:
        """The article, or what a path gives, as the admin reads it."""
        return self.admin.get(path or f"/solutions/articles/{self.article}").json()

    def put(self, payload: Any, path: str = "") -> httpx.Response:
        """PUT on the article, or on a path."""
        return self.admin.put(path or f"/solutions/articles/{self.article}", json=payload)

    def add(self, title: str = "New", **fields: Any) -> httpx.Response:
        """POST of an article."""
        payload = {"title": title, "description": "<p>x</p>", "status": 2, **fields}
        return self.admin.post(f"/solutions/folders/{self.folder}/articles", json=payload)


def codes(reply: httpx.Response) -> list[tuple[str | None, str]]:
    """Field and code of each error in shape A, or the one code of shape B."""
    body = reply.json()
    if "errors" in body:
        return [(error.get("field"), error["code"]) for error in body["errors"]]
    return [(None, body["code"])]
