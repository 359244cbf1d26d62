"""A help centre under test: sources as values, a sandbox in process, a lock, a journal, a clock that tests move.

`HelpCentre.run` is what a user's `apply` does, without files: read live, diff, apply, take over the lock. Killing a
run is raising `Killed` from a hook; what it leaves behind is the journal, as on a disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from kbsync.apply import Applied, Conditions, apply
from kbsync.diff import Settings, diff
from kbsync.freshdesk import Freshdesk
from kbsync.journal import Record, Replay, checkpoint_record, format_record, parse_journal, recovered
from kbsync.lock import Lock
from kbsync.model import Article, Category, Folder, Snapshot
from kbsync.plan import Plan, summary
from kbsync.sandbox import KEYS, LogEntry, Request, Sandbox, Switches, change_switches
from kbsync.sandbox.inprocess import InProcess

PORTAL = "https://help.example.com"
HOST = "acme.freshdesk.com"
WRITES = ("POST", "PUT", "DELETE")


class Killed(BaseException):
    """The process dies here."""


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class MemoryJournal:
    """A journal whose disk is a text; `full` makes it refuse records for which it returns True."""

    text: str = ""
    full: Callable[[Record], bool] = lambda _: False
    after: Callable[[Record], None] = lambda _: None

    def append(self, record: Record) -> None:
        if self.full(record):
            raise OSError(28, "No space left on device")
        self.text += format_record(record)
        self.after(record)


def link(key: str, text: str = "there", anchor: str = "") -> str:
    """A link to an article (`a` or `content/C/F/a.md`), folder or category, as rendering makes it."""
    fragment = f"#{anchor}" if anchor else ""
    return f'<a href="kbsync:{path(key)}{fragment}">{text}</a>'


def path(name: str) -> str:
    """`a` -> `content/C/F/a.md`; whole paths stay."""
    return name if "/" in name else f"content/C/F/{name}.md"


def article(name: str, body: str = "", **values: Any) -> Article:
    """A source article, published unless said otherwise; its title is its name."""
    key = path(name)
    values.setdefault("title", key.rpartition("/")[2].removesuffix(".md"))
    values.setdefault("folder", key.rpartition("/")[0])
    values.setdefault("status", 2)
    text = body or f"<p>Text of {values['title']}.</p>"
    values.setdefault("source", f"source of {values['title']}: {text}")
    return Article(body=text, key=key, **values)


def sources(*articles: Article, **values: Any) -> Snapshot:
    """The sources as a snapshot, with the folders and categories that the articles lie in."""
    folders: dict[str, Folder] = {}
    for one in articles:
        _add_folder(str(one.folder), folders)
    categories = dict.fromkeys(str(folder.category) for folder in folders.values())
    return Snapshot(
        tuple(Category(name.rpartition("/")[2], key=name) for name in categories),
        tuple(folders.values()),
        articles,
        **values,
    )


def _add_folder(key: str, folders: dict[str, Folder]) -> None:
    if key in folders:
        return
    above, _, name = key.rpartition("/")
    category = "/".join(key.split("/")[:2])
    if above != category:
        _add_folder(above, folders)
    folders[key] = Folder(name, category, None if above == category else above, key=key)


@dataclass
class HelpCentre:
    """One target and one set of sources; `read_by` is the role of the key."""

    switches: Mapping[str, Any] = field(default_factory=dict)
    role: str = "admin"
    settings: Mapping[str, Any] = field(default_factory=dict)
    guarded: bool = True

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.sandbox = Sandbox(
            switches=change_switches(dict(self.switches), Switches()),
            clock=self.clock,
            sleeper=self.clock.sleep,
            portal_url=PORTAL,
        )
        self.people = self.sandbox.people
        self.journal = MemoryJournal()
        self.lock = Lock(HOST)
        self.ids: dict[str, int] = {}
        self.remote = self.connect()
        self.desired = sources()
        self.seen_wrong: list[str] = []
        self.sandbox.before_request.append(self._look)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._look(None)
        self.remote.close()
        self.sandbox.close()
        if kind is None:
            assert self.seen_wrong == [], "readers saw something broken (I12)"

    # --- what users do ------------------------------------------------------------------------------------

    def connect(self) -> Freshdesk:
        """A client of the sandbox, on the virtual clock."""
        return Freshdesk(
            f"https://{HOST}/api/v2",
            KEYS[self.role],  # type: ignore[index]
            portal_url=PORTAL,
            transport=InProcess(self.sandbox),
            sleep=self.clock.sleep,
            monotonic=self.clock,
            quota_share=1.0,
        )

    def write(self, *articles: Article, **values: Any) -> None:
        """Make these the sources; ids written back earlier are in them."""
        self.desired = sources(*articles, **values)

    def plan(self, **settings: Any) -> Plan:
        """The plan, as `kbsync plan` makes it."""
        return self._planned(settings)[0]

    def run(self, *, between: Callable[[], object] = lambda: None, conditions: Any = None, **settings: Any) -> Applied:
        """Plan and apply; `between` happens between the two. The lock is taken over unless the run is killed."""
        plan, live, lock, replay = self._planned(settings)
        read_at = self.clock()
        between()
        ready = Conditions(
            renderer="1",
            sleep=self.clock.sleep,
            monotonic=self.clock,
            read_at=read_at,
            open_intents=replay.open,
            first_number=replay.next_number,
            hold_touched=settings.get("touched", self.settings.get("touched", "hold")) == "hold",
        )
        applied = apply(plan, live, lock, self.remote, self.journal, replace(ready, **(conditions or {})))
        self.lock = applied.lock
        self.journal.append(checkpoint_record(applied.open))
        if self.settings.get("primary", True):
            self.ids |= {entry.path: entry.id for entry in applied.lock.entries.values() if entry.kind == "article"}
        return applied

    def killed_run(self, **settings: Any) -> None:
        """A run that ends in `Killed`; the lock stays as it was. A new process starts with a new client."""
        try:
            self.run(**settings)
        except Killed:
            self.remote.close()
            self.remote = self.connect()
            return
        raise AssertionError("the run was to be killed")

    def settle(self, most: int = 2, **settings: Any) -> None:
        """Run until the plan is empty; fails after `most` runs (I5)."""
        for _ in range(most):
            if not self.plan(**settings).changes:
                break
            self.run(**settings)
            self.clock.now += 60
        plan = self.plan(**settings)
        assert (plan.changes, plan.conflicts) == ((), ())

    def _planned(self, settings: Mapping[str, Any]) -> tuple[Plan, Snapshot, Lock, Replay]:
        replay = parse_journal(self.journal.text)
        lock = recovered(self.lock, replay)
        live = self.remote.snapshot()
        chosen = Settings(
            target="test",
            account=HOST,
            portal_url=PORTAL,
            agent_url=f"https://{HOST}",
            renderer="1",
            intents={key: intent.sent for key, intent in replay.open.items()},
        )
        desired = replace(
            self.desired,
            articles=tuple(
                one if one.id is not None else replace(one, id=self.ids.get(one.key)) for one in self.desired.articles
            ),
        )
        return diff(desired, live, lock, replace(chosen, **{**self.settings, **settings})), live, lock, replay

    # --- what can be seen ---------------------------------------------------------------------------------

    def id(self, name: str) -> int:
        """The id of an article by its title or path. There must be exactly one."""
        title = path(name).rpartition("/")[2].removesuffix(".md")
        (found,) = [row.id for row in self.sandbox.store.articles("en") if row.title == title]
        return found

    def row(self, name: str | int) -> Any:
        """The stored article."""
        return self.sandbox.store.article(name if isinstance(name, int) else self.id(name), "en")

    def folder(self, name: str) -> int:
        """The id of a folder by its name."""
        (found,) = [row.id for row in self.sandbox.store.folders("en") if row.name == name]
        return found

    def titles(self) -> list[str]:
        """The titles of all articles, sorted; a duplicate stands twice (I1)."""
        return sorted(row.title for row in self.sandbox.store.articles("en"))

    def writes(self) -> list[str]:
        """Every committed write since the log was cleared, as `POST articles`, `PUT a`, in order."""
        return [_line(entry) for entry in self.sandbox.log if entry.committed]

    def sent(self) -> list[Any]:
        """The payload of every write that was sent since the log was cleared."""
        return [entry.payload for entry in self.sandbox.log if entry.method in WRITES]

    def reads(self) -> list[str]:
        """The path of every GET since the log was cleared."""
        return [entry.path.removeprefix("/api/v2/solutions/") for entry in self.sandbox.log if entry.method == "GET"]

    def clear(self) -> None:
        """Forget the log."""
        self.sandbox.clear_log()

    def on_write(self, number: int, act: Callable[[], object]) -> None:
        """`act` just before the `number`th write from now (from 1) is handled."""
        count = 0

        def hook(request: Request) -> None:
            nonlocal count
            if request.method in WRITES:
                count += 1
                if count == number:
                    act()

        self.sandbox.before_request.append(hook)

    def kill_at(self, number: int) -> None:
        """The process dies when it sends its `number`th write from now, which never arrives."""

        def die() -> None:
            raise Killed

        self.on_write(number, die)

    def unhook(self) -> None:
        """No more hooks but the readers' look."""
        del self.sandbox.before_request[1:]

    def _look(self, _request: Request | None) -> None:
        if self.guarded:
            self.seen_wrong += dead_ends(self.sandbox)


def dead_ends(sandbox: Sandbox) -> list[str]:
    """What is wrong on the pages that readers can open now: placeholders, `.md` links, links to what is not public."""
    store = sandbox.store
    rows = {row.id: row for row in store.articles("en")}
    public = {id for id, row in rows.items() if row.status == 2}
    folders = {row.id: row for row in store.folders("en")}
    opened: set[int] = set()
    for id in public:
        folder = folders.get(rows[id].folder_id)
        while folder is not None:
            opened |= {folder.id, folder.category_id}
            folder = folders.get(folder.parent_id) if folder.parent_id is not None else None
    wrong: list[str] = []
    for id in sorted(public):
        for target in re.findall(r'href="([^"]*)"', rows[id].body):
            match = re.fullmatch(rf"{PORTAL}/support/solutions/(?:articles/|folders/)?(\d+)(?:#.*)?", target)
            if match is None or int(match[1]) not in public | opened:
                wrong.append(f"{rows[id].title} -> {target}")
    return wrong


def counts(plan: Plan) -> dict[str, int]:
    """The plan's counts that are not zero."""
    return {name: number for name, number in summary(plan).items() if number}


def told(applied: Applied) -> dict[str, str]:
    """What came of each change: key -> status."""
    return {outcome.change.key: outcome.status for outcome in applied.outcomes}


def titles_of(entries: Iterable[Any]) -> list[str]:
    """The titles of changes or notices."""
    return [entry.title for entry in entries]


def _line(entry: LogEntry) -> str:
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    names = {"title": "title", "description": "body"}
    what = " ".join(sorted(names.get(str(name), str(name)) for name in payload))
    return f"{entry.method} {entry.path.removeprefix('/api/v2/solutions/')} {what}".strip()
