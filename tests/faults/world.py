"""A project on disk, a sandbox, and the real command line between them, on a clock that only tests move.

`World.cli` is what a user types, in this process: `kbsync.cli.main` with its parsing, printing and exit codes. The
one thing put in its place is the transport, whose `Door` counts the requests and lets faults strike or people act
at a given one. Threads run one after the other, so that the nth request is the same one each time. A killed run is
`Killed` raised at the door: nothing in memory outlives it, what is on disk does.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from unittest import mock

import httpx

import kbsync.cli
import kbsync.commands.prepare as prepare_module
import kbsync.commands.project as project_module
import kbsync.commands.publish as publish_module
import kbsync.freshdesk.sweep as sweep_module
from kbsync.apply import Conditions
from kbsync.freshdesk import Freshdesk
from kbsync.lock import Entry, Lock, parse_lock
from kbsync.sandbox import KEYS, Fault, LogEntry, Sandbox, Switches, change_switches
from kbsync.sandbox.inprocess import InProcess
from kbsync.sandbox.rows import Article

HOST = "http://127.0.0.1:8765"
WRITES = ("POST", "PUT", "DELETE")
KEY = KEYS["admin"]
FRONT_ID = re.compile(r"^(?:article|folder|category)_id: *(\d+)", re.M)

CONFIG = """\
version: 1
language: en
default_target: test
targets:
  test: {{kind: freshdesk, url: "{host}", portal_url: "{host}", api_key_env: FAULTS_KEY, primary: true{target}}}
assets: {{store: sandbox}}
policy: {{{policy}}}
"""


class Killed(BaseException):
    """The process dies here."""


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(0.0, seconds)


class Serial:
    """A pool of threads without threads: the order of requests is the same in every run."""

    def __init__(self, *_values: Any, **_names: Any) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None: ...

    def submit(self, do: Callable[..., Any], *values: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(do(*values))
        return future

    def map(self, do: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        return [do(item) for item in items]

    def shutdown(self, **_names: Any) -> None: ...


@dataclass(frozen=True)
class Sent:
    """One request that went through the door, `at` its number in the run, from 1."""

    at: int
    method: str
    path: str
    payload: Any
    host: str = ""
    when: float = 0.0

    @property
    def writes(self) -> bool:
        return self.method in WRITES


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit code and output, None where it was killed, and the requests it sent."""

    code: int | None
    out: str
    err: str
    sent: tuple[Sent, ...]
    log: tuple[LogEntry, ...]

    @property
    def data(self) -> dict[str, Any]:
        """The JSON it printed, empty where it printed none."""
        try:
            found: dict[str, Any] = json.loads(self.out)
        except ValueError:
            return {}
        return found


Act = Callable[[], object]


class Door(httpx.BaseTransport):
    """Where requests go out. `before[n]` is done before the nth request of a command; `faults[n]` strikes it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.inner = InProcess(world.sandbox)
        self.sent: list[Sent] = []
        self.before: dict[int, Act] = {}
        self.faults: dict[int, Strike] = {}
        self.each: Callable[[int], object] = lambda _: None

    def missed(self, at: int) -> bool:
        """True if the last command did not get as far as its request `at`."""
        return len(self.sent) < at

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        at = len(self.sent) + 1
        body = request.read()
        self.world.clockwork += 1
        self.world.issued = self.world.clock.now
        now = self.world.clock.now
        self.sent.append(Sent(at, request.method, request.url.path, _parsed(body), request.url.host, now))
        self.each(at)
        self.before.pop(at, lambda: None)()
        strike = self.faults.pop(at, None)
        try:
            if strike is None:
                return self.inner.handle_request(request)
            return strike.at(self, request)
        finally:
            if request.method != "GET" or self.world.watchful:
                self.world.look()
            self.world.look_after_edits()
            self.world.note_read(request.method, request.url.path)


@dataclass(frozen=True)
class Strike:
    """What goes wrong at one request: a fault of the sandbox, or the death of the process `kill`."""

    name: str
    fault: Fault | None = None
    kill: str = ""

    def at(self, door: Door, request: httpx.Request) -> httpx.Response:
        if self.kill == "before":
            raise Killed
        if self.kill == "during":  # the server has the request, and carries it out 20 s later
            door.world.sandbox.add_faults(Fault("late_commit", seconds=20))
            with contextlib.suppress(httpx.HTTPError):
                door.inner.handle_request(request)
            raise Killed
        if self.kill == "after":
            door.inner.handle_request(request)
            raise Killed
        assert self.fault is not None
        if request.url.path.startswith("/api/v2"):
            door.world.sandbox.add_faults(self.fault)
            return door.inner.handle_request(request)
        return self._upload(door, request, self.fault)

    def _upload(self, door: Door, request: httpx.Request, fault: Fault) -> httpx.Response:
        """The sandbox's faults strike API requests only; an upload meets the same here."""
        if fault.kind in {"drop_after_commit", "status_after_commit", "truncated", "stalled", "slow"} or (
            fault.kind == "html_200" and fault.commit
        ):
            reply = door.inner.handle_request(request)
            if fault.kind == "slow":
                return reply
        if fault.kind == "refuse":
            raise httpx.ConnectError("refused", request=request)
        if fault.kind.startswith("status_"):
            return httpx.Response(fault.status or 500, headers=dict(fault.headers), request=request)
        if fault.kind == "html_200":
            page = {"content-type": "text/html"}
            return httpx.Response(200, headers=page, content=b"<html>proxy</html>", request=request)
        raise httpx.RemoteProtocolError("lost", request=request)


@dataclass(frozen=True)
class Saved:
    """Everything at one moment: the files, the server's data, the time."""

    files: Mapping[str, bytes]
    data: bytes
    now: float


@dataclass
class Edit:
    """What a person made of a field of an article, and when; `lost` says how it was overwritten."""

    id: int
    name: str
    value: object
    moment: int
    lost: str = ""


@dataclass(frozen=True)
class Taken:
    """A page that a person took from readers, and when: links to it are dead by that person's doing."""

    id: int
    folder: int
    moment: int


@dataclass
class World:
    """One project, one account.

    `watchful`: what readers see is looked at after every request, not only writes. `beside`: another world, whose
    account is this one's too: a second machine.
    """

    policy: str = "removed: unpublish"
    target: str = ""
    switches: Mapping[str, Any] = field(default_factory=dict)
    watchful: bool = False
    host: str = HOST
    beside: World | None = None

    def __post_init__(self) -> None:
        self.clock: Clock = Clock() if self.beside is None else self.beside.clock
        self.sandbox: Sandbox = self._account() if self.beside is None else self.beside.sandbox
        self.people = self.sandbox.people
        shared = Path("/dev/shm")  # noqa: S108 -- memory, where it is there: fsync costs nothing
        self.root = Path(tempfile.mkdtemp(prefix="kbsync-faults-", dir=shared if shared.is_dir() else None))
        self.door = Door(self)
        self.edits: list[Edit] = []
        self.taken: list[Taken] = []
        self.read_at: dict[str, tuple[int, float]] = {}
        self.clockwork = 0
        self.issued = self.clock.now
        self.wrong: list[str] = []
        self.excused: set[str] = set()
        self.put("kbsync.yaml", CONFIG.format(host=self.host, target=self.target, policy=self.policy))

    def _account(self) -> Sandbox:
        switches = change_switches(dict(self.switches), Switches())
        return Sandbox(switches=switches, clock=self.clock, sleeper=self.clock.sleep, portal_url=self.host)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.beside is None:
            self.sandbox.close()
        shutil.rmtree(self.root, ignore_errors=True)

    @contextlib.contextmanager
    def _in_place(self) -> Iterator[None]:
        """Our transport, clock and order of threads in the place of the real ones, for one command."""
        clock = types.SimpleNamespace(monotonic=self.clock)
        with contextlib.ExitStack() as patches:
            enter = patches.enter_context
            enter(mock.patch.dict(os.environ, {"FAULTS_KEY": KEY, "NO_COLOR": "1"}))
            enter(mock.patch.object(project_module, "Freshdesk", self._connected))
            enter(mock.patch.object(prepare_module, "time", clock))
            enter(mock.patch.object(publish_module, "time", clock))
            enter(mock.patch.object(publish_module, "Conditions", self._conditions))
            enter(mock.patch.object(prepare_module, "ThreadPoolExecutor", Serial))
            enter(mock.patch.object(sweep_module, "ThreadPoolExecutor", Serial))
            yield

    def _connected(self, url: str, key: str, **values: Any) -> Freshdesk:
        return Freshdesk(
            url, key, **{**values, "transport": self.door, "sleep": self.clock.sleep, "monotonic": self.clock}
        )

    def _conditions(self, **values: Any) -> Conditions:
        return Conditions(**{"sleep": self.clock.sleep, "monotonic": self.clock, **values})

    # --- what users do ------------------------------------------------------------------------------------

    def put(self, path: str, text: str) -> None:
        """Write a file of the project; an id line that is in the file already stays in it."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        """Change a file of the project."""
        self.put(path, change((self.root / path).read_text("utf-8")))

    def move(self, path: str, to: str) -> None:
        """Rename a file of the project."""
        (self.root / to).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).rename(self.root / to)

    def remove(self, path: str) -> None:
        """Delete a file of the project."""
        (self.root / path).unlink()

    def cli(self, *arguments: str, folder: Path | None = None) -> Ran:
        """Run `kbsync` with these arguments in the project's folder."""
        self.sandbox.clear_log()
        self.door.sent = []
        out, err = io.StringIO(), io.StringIO()
        code: int | None = None
        argv = ["kbsync", *arguments, "-C", str(folder or self.root)]
        with (
            self._in_place(),
            mock.patch.object(sys, "argv", argv),
            mock.patch.object(sys, "stdin", io.StringIO()),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                kbsync.cli.main()
            except SystemExit as end:
                code = int(end.code or 0)
            except Killed:
                code = None
        self.door.before.clear()
        self.door.faults.clear()
        sent, log = tuple(self.door.sent), self.sandbox.log
        if arguments[0] in {"check", "plan", "status"}:
            assert {one.method for one in sent} <= {"GET"}, "a dry run sends only GET (P1)"
        return Ran(code, out.getvalue(), err.getvalue(), sent, log)

    def apply(self, *arguments: str) -> Ran:
        """`kbsync apply --yes --json`."""
        return self.cli("apply", "--yes", "--json", *arguments)

    def plan(self) -> dict[str, Any]:
        """What `kbsync plan --json` prints."""
        ran = self.cli("plan", "--json")
        assert ran.data, ran.err
        return ran.data

    # --- keeping and going back ---------------------------------------------------------------------------

    def save(self) -> Saved:
        """Everything as it is now."""
        files = {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }
        return Saved(files, self.sandbox.store._connection.serialize(), self.clock.now)

    def second(self, saved: Saved) -> World:
        """Another machine with the files of then, for the same account."""
        other = World(self.policy, self.target, host=self.host, beside=self)
        other.checkout(saved, keep=())
        return other

    def restore(self, saved: Saved) -> None:
        """Everything as it was then; nothing is scheduled, nothing was seen wrong."""
        self.checkout(saved, keep=())
        self.sandbox.store._connection.deserialize(saved.data)
        self.sandbox._execution.forget()
        self.sandbox.clear_faults()
        self.clock.now = saved.now
        self.wrong, self.excused, self.edits, self.taken, self.read_at = [], set(), [], [], {}
        self.door.before.clear()
        self.door.faults.clear()

    def checkout(self, saved: Saved, keep: tuple[str, ...] = (".kbsync/",)) -> None:
        """The files of then; those whose path begins with one of `keep` stay as they are."""
        for path in [path for path in self.root.rglob("*") if path.is_file()]:
            name = path.relative_to(self.root).as_posix()
            if name not in saved.files and not name.startswith(keep or "\0"):
                path.unlink()
        for name, data in saved.files.items():
            file = self.root / name
            if name.startswith(keep or "\0"):
                continue
            if not file.exists() or file.read_bytes() != data:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        for folder in sorted((path for path in self.root.rglob("*") if path.is_dir()), reverse=True):
            if not any(folder.iterdir()) and folder.name != "test":
                folder.rmdir()

    # --- what can be seen ---------------------------------------------------------------------------------

    def rows(self) -> dict[int, Article]:
        """All articles by id."""
        return {row.id: row for row in self.sandbox.store.articles("en")}

    def id(self, title: str) -> int:
        """The id of the one article with this title."""
        (found,) = [row.id for row in self.rows().values() if row.title == title]
        return found

    def row(self, title: str) -> Article:
        """The one article with this title."""
        return self.rows()[self.id(title)]

    def folder(self, name: str) -> int:
        """The id of the one folder of this name."""
        (found,) = [row.id for row in self.sandbox.store.folders("en") if row.name == name]
        return found

    def lock(self) -> Lock:
        """The lock on disk."""
        file = self.root / "kbsync.test.lock"
        return parse_lock(file.read_text("utf-8"), "lock") if file.exists() else Lock("")

    def entries(self) -> dict[str, Entry]:
        """The lock's entries by path."""
        return {entry.path: entry for entry in self.lock().entries.values()}

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.root / ".kbsync/test/journal"

    def saved_versions(self) -> list[dict[str, Any]]:
        """The earlier versions in the journal."""
        if not self.journal.exists():
            return []
        lines = [line for line in self.journal.read_text("utf-8").split("\n") if line.startswith('{"type":"saved"')]
        return [json.loads(line)["object"] for line in lines]

    def look(self) -> None:
        """Notes what readers meet now that they should not (P9)."""
        for each in self.dead_ends():
            if each in self.excused or each in self.wrong:
                continue
            taken = next((one for one in self.taken if each.endswith(f"articles/{one.id}")), None)
            if taken is None or self.could_see(taken.id, taken.moment, [taken.folder]):
                self.wrong.append(each)
            else:
                self.excused.add(each)

    def person(self, act: Callable[[], object], id: int, *names: str) -> None:
        """A person acts on article `id`; what it then says in these fields must stay (I2)."""
        before = self.rows()[id]
        act()
        row = self.rows().get(id)
        if before.status == 2 and (row is None or row.status != 2):
            self.taken.append(Taken(id, before.folder_id, self.clockwork))
        names = () if row is None else tuple(name for name in names if getattr(row, name) != getattr(before, name))
        self.edits = [one for one in self.edits if (one.id, one.name) not in {(id, name) for name in names}]
        self.edits += [Edit(id, name, getattr(row, name), self.clockwork) for name in names]
        self.excuse()

    def copied(self, id: int) -> None:
        """A person made article `id` as a copy of another one: nothing of it is ours."""
        row = self.rows()[id]
        names = ("title", "body", "status", "tags", "updated_at")
        self.edits += [Edit(id, name, getattr(row, name), self.clockwork) for name in names]
        self.excuse()

    def note_read(self, method: str, path: str) -> None:
        """A request has shown the client what it asked for; the reply to its own write shows what that made."""
        if method == "POST" and path.endswith("/articles"):
            path = f"/api/v2/solutions/articles/{max(self.rows(), default=0)}"
        self.read_at[path] = (self.clockwork, self.clock.now)

    def could_see(self, id: int, since: int, folders: Iterable[int]) -> bool:
        """Whether the client has read article `id` since the moment, or let more than 30 s pass without (F34)."""
        paths = [f"/api/v2/solutions/articles/{id}"]
        paths += [f"/api/v2/solutions/folders/{folder}/articles" for folder in folders]
        moment, at = max(self.read_at.get(path, (0, 0.0)) for path in paths)
        return moment >= since or self.issued - at > 30

    def look_after_edits(self) -> None:
        """Notes a person's text that is gone, unless nobody could have seen it: F34, a gap of at most 30 s."""
        if all(one.lost for one in self.edits):
            return
        rows = self.rows()
        for one in self.edits:
            row = rows.get(one.id)
            if one.lost or (row is not None and getattr(row, one.name) == one.value):
                continue
            folders = [] if row is None else [row.folder_id]
            seen = self.could_see(one.id, one.moment, folders)
            one.lost = f"{one.name} of {one.id}, by a person, was overwritten" if seen else "in the gap"

    def overwritten(self) -> list[str]:
        """The texts of people that were lost although they could have been seen."""
        return [one.lost for one in self.edits if one.lost and one.lost != "in the gap"]

    def excuse(self) -> None:
        """What is wrong now is a person's doing."""
        self.excused |= set(self.dead_ends())

    def dead_ends(self) -> list[str]:
        """Placeholders, relative links, missing images and links to what is not public, on pages readers can open."""
        store = self.sandbox.store
        rows = self.rows()
        public = {id for id, row in rows.items() if row.status == 2}
        folders = {row.id: row for row in store.folders("en")}
        opened: set[int] = set()
        for id in public:
            folder = folders.get(rows[id].folder_id)
            while folder is not None:
                opened |= {folder.id, folder.category_id}
                folder = folders.get(folder.parent_id) if folder.parent_id is not None else None
        return [
            f"article {id} -> {address}"
            for id in sorted(public)
            for address in re.findall(r'\b(?:href|src)="([^"]*)"', rows[id].body)
            if not self._holds(address, public, opened)
        ] + [f"article {id}: {rows[id].body}" for id in public if "kbsync:" in rows[id].body]

    def _holds(self, address: str, public: set[int], opened: set[int]) -> bool:
        if address.startswith(("#", "https://")):
            return True
        if match := re.fullmatch(rf"{self.host}/support/solutions/articles/(\d+)(?:#.*)?", address):
            return int(match[1]) in public
        if match := re.fullmatch(rf"{self.host}/support/solutions/(?:folders/)?(\d+)", address):
            return int(match[1]) in opened
        if match := re.fullmatch(rf"{self.host}/assets/([^?]*)(?:\?.*)?", address):
            return self.sandbox.store.asset(match[1]) is not None
        return False


@contextlib.contextmanager
def opened(**values: Any) -> Iterator[World]:
    """A world, closed at the end."""
    with World(**values) as world:
        yield world


def struck(fault: Fault, **values: Any) -> Fault:
    """`fault` with some of its values changed."""
    return replace(fault, **values)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")
