"""The sandbox itself: requests in, replies out; the two doors and the tests all come through here."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kbsync.sandbox import assets, control, journal, portal_door
from kbsync.sandbox.execution import Execution
from kbsync.sandbox.faults import Fault, Schedule
from kbsync.sandbox.people import People
from kbsync.sandbox.refusals import refused
from kbsync.sandbox.rows import LogEntry, Settings
from kbsync.sandbox.seed import seed
from kbsync.sandbox.store import Store
from kbsync.sandbox.switches import DEFAULTS, Switches, change_switches
from kbsync.sandbox.wire import RefusedError, Reply, Request

_LOGGER = logging.getLogger("kbsync.sandbox")

Hook = Callable[[Request], object]


class Sandbox:
    """A local Freshdesk knowledge base: the API under /api/v2, a readers' portal, and its own remote control.

    `data` is an SQLite file, or a folder to keep one in; None keeps everything in memory. `clock` gives
    seconds since 1970 and is all the time there is; `sleeper` is called by the doors to delay a reply.
    Safe to use from many threads, and by two processes on one file (switches, faults and lag are of the
    process). Close it when done.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        switches: Switches = DEFAULTS,
        clock: Callable[[], float] = time.time,
        sleeper: Callable[[float], object] = time.sleep,
        portal_url: str = "http://127.0.0.1:8765",
    ) -> None:
        self.sleeper = sleeper
        # Called with each API request before anything is done with it; may act as people, or raise.
        self.before_request: list[Hook] = []
        self._clock = clock
        self._portal_url = portal_url.rstrip("/")
        self._schedule = Schedule()
        self._in_hook = threading.local()
        self.store = Store(data)
        self._execution = Execution(self.store, switches, self._portal_url)
        self.people = People(self.store, lambda: int(self._clock()), self._settle)
        with self.store.transaction():
            self._prepare()

    def close(self) -> None:
        """Ends the use of the data; the rest of a file stays."""
        self.store.close()

    def reset(self) -> None:
        """Back to an empty account, with no faults. Ids go on from where they were."""
        self._schedule.clear()
        self._execution.forget()
        with self.store.transaction():
            self.store.reset()
            self._prepare()

    @property
    def switches(self) -> Switches:
        """How this Freshdesk behaves now."""
        return self._execution.switches

    def set_switches(self, switches: Switches) -> None:
        """Behaves otherwise from the next request on."""
        with self.store.transaction():
            self._execution.switches = switches
            self._put_settings()

    def change_switches(self, values: Mapping[str, Any]) -> None:
        """Sets some switches by name; SandboxError for what is not valid."""
        self.set_switches(change_switches(values, self.switches))

    def add_faults(self, *faults: Fault) -> None:
        """Schedules faults; each counts requests from now."""
        with self.store.transaction():
            self._schedule.add(faults)

    def clear_faults(self) -> None:
        """Forgets all faults."""
        with self.store.transaction():
            self._schedule.clear()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that may still strike."""
        return self._schedule.pending()

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """Every API request since the log was cleared, of all processes on this data, oldest first."""
        self._settle()
        return journal.read_log(self.store)

    def clear_log(self) -> None:
        """Empties the log."""
        journal.clear_log(self.store)

    def put_asset(self, path: str, content: bytes) -> None:
        """Keeps a file to serve under /assets/; SandboxError for a path that climbs out."""
        assets.put_asset(self.store, path, content)

    def handle(self, request: Request) -> Reply:
        """Answers one request. How the reply is to be delivered is said in it; a door does so.

        An error in the sandbox's own code gives a 500; what a hook raises goes through to the caller.
        """
        path = request.path
        if path == "/api/v2" or path.startswith("/api/v2/"):
            return self._answer_api(request)
        try:
            if path.startswith("/_sandbox/"):
                return control.answer(self, request)
            if path.startswith("/assets/"):
                return assets.get_asset(self.store, request)
            return portal_door.answer(self.store, request)
        except RefusedError as refusal:
            return refused(refusal, self.switches)
        except Exception:
            # A fault of ours is a 500, as on any server.
            _LOGGER.exception("sandbox: %s %s failed", request.method, path)
            return Reply(500)

    def _answer_api(self, request: Request) -> Reply:
        self._run_hooks(request)
        with self.store.transaction():
            struck = self._schedule.strike(request)
            return self._execution.answer(request, struck, self._clock())

    def _run_hooks(self, request: Request) -> None:
        # A hook may send requests of its own; hooks on those would never end.
        if getattr(self._in_hook, "active", False):
            return
        self._in_hook.active = True
        try:
            for hook in tuple(self.before_request):
                hook(request)
        finally:
            self._in_hook.active = False

    def _settle(self) -> None:
        with self.store.transaction():
            self._execution.settle(self._clock())

    def _prepare(self) -> None:
        seed(self.store, int(self._clock()))
        self._put_settings()

    def _put_settings(self) -> None:
        switches = self.switches
        languages = switches.supported_languages
        self.store.put_settings(Settings("Sandbox help centre", self._portal_url, switches.primary_language, languages))
