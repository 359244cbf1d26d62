"""A disk that is full, read-only or broken, at every file operation of a run: journal, lock, ids in the sources."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from faults.conftest import Played, Totals
from faults.enumeration import Recorded, settled
from faults.invariants import at_rest, told
from faults.test_enumeration import told as listed
from faults.world import Killed, World

FAILURES = ("full", "broken", "torn", "killed before", "killed after")
_REAL: dict[str, Callable[..., Any]] = {
    "open": os.open,
    "fsync": os.fsync,
    "fdopen": os.fdopen,
    "path_open": Path.open,
    "replace": Path.replace,
}


class Disk:
    """Counts what is done to the files below `root`, and lets the `at`th of it fail; `lasting`: and all after it."""

    def __init__(self, root: Path, at: int = 0, failure: str = "", *, lasting: bool = False) -> None:
        self.root = str(root)
        self.at = at
        self.failure = failure
        self.lasting = lasting
        self.done: list[str] = []
        self.struck: Callable[[], object] = lambda: None

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """In place of the real one."""

        def path_open(path: Path, *values: Any, **names: Any) -> Any:
            return self._path_open(path, *values, **names)

        def replace(path: Path, to: Path) -> Any:
            return self.do("rename", str(to), lambda: _REAL["replace"](path, to))

        with (
            mock.patch.object(os, "open", self._open),
            mock.patch.object(os, "fsync", self._fsync),
            mock.patch.object(os, "fdopen", self._fdopen),
            mock.patch.object(Path, "open", path_open),
            mock.patch.object(Path, "replace", replace),
        ):
            yield

    def do(self, what: str, path: str, work: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        """One operation, or its failure."""
        if not path.startswith(self.root):
            return work()
        name = path.removeprefix(f"{self.root}/")
        self.done.append(f"{what} {name if '.md.' not in name else name[: name.index('.md.') + 3]}")
        number = len(self.done)
        if self.at == 0 or number < self.at or (number > self.at and not self.lasting):
            return work()
        if number == self.at:
            self.struck()
        if self.failure.startswith("killed"):
            if self.failure == "killed after":
                made = work()
                if what == "create":
                    os.close(made)
                elif what == "open":
                    made.close()
            raise Killed
        if self.failure == "torn" and half is not None:
            half()
        code = {"full": errno.ENOSPC, "torn": errno.ENOSPC, "broken": errno.EIO, "read-only": errno.EROFS}
        raise OSError(code[self.failure], os.strerror(code[self.failure]), path)

    def _open(self, path: Any, flags: int, *values: Any, **names: Any) -> int:
        def work() -> int:
            return int(_REAL["open"](path, flags, *values, **names))

        return int(self.do("create", os.fspath(path), work) if flags & os.O_CREAT else work())

    def _fsync(self, descriptor: int) -> None:
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        self.do("fsync", path, lambda: _REAL["fsync"](descriptor))

    def _fdopen(self, descriptor: int, *values: Any) -> Any:
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        return _File(self, path, _REAL["fdopen"](descriptor, *values))

    def _path_open(self, path: Path, mode: str = "r", *values: Any, **names: Any) -> Any:
        def work() -> Any:
            return _REAL["path_open"](path, mode, *values, **names)

        return work() if "r" in mode else _File(self, str(path), self.do("open", str(path), work))


class _File:
    def __init__(self, disk: Disk, path: str, file: Any) -> None:
        self._disk, self._path, self._file = disk, path, file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def write(self, data: Any) -> int:
        def half() -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        return int(self._disk.do("write", self._path, lambda: self._file.write(data), half))


def operations(world: World, one: Recorded) -> list[str]:
    """Everything that a step's run does to files."""
    world.restore(one.stage.before)
    disk = Disk(world.root)
    with disk.installed():
        assert world.apply().code == 0
    return disk.done


def violations(world: World, one: Recorded, at: int, failure: str, *, lasting: bool = False) -> list[str]:
    """What does not hold when file operation `at` fails, and clean runs follow."""
    world.restore(one.stage.before)
    disk = Disk(world.root, at, failure, lasting=lasting)
    sent_by_then: list[int] = []
    disk.struck = lambda: sent_by_then.append(sum(sent.writes for sent in world.door.sent))
    with disk.installed():
        ran = world.apply()
    found = [] if sent_by_then else ["nothing struck"]
    world.lock()  # can always be read
    what = disk.done[at - 1]
    if not failure.startswith("killed"):
        found += told(ran)
        if ran.code in {None, 0} and not what.endswith("journal"):  # the lock has what the journal missed
            found.append(f"exit {ran.code} though {what} failed")
        if "this is a bug in kbsync" in ran.err:
            found.append(f"{what}: {ran.err[-700:]}")
        if "journal" in what and sum(sent.writes for sent in ran.sent) > sent_by_then[0]:
            found.append("a write was sent after the journal had failed (F44)")
    world.clock.now += 1
    return found + settled(world) + at_rest(world, one.step, one.facts, one.after)


def _all(played: Played) -> list[tuple[Recorded, int, str]]:
    return [
        (one, at, failure)
        for one in played.recorded
        for at in range(1, len(operations(played.world, one)) + 1)
        for failure in FAILURES
    ]


def test_any_file_operation_may_fail(played: Played) -> None:
    cases = _all(played)
    chosen = cases[3::29]
    found = {f"{one.step.name} {at} {kind}": violations(played.world, one, at, kind) for one, at, kind in chosen}
    bad = {case: lines for case, lines in found.items() if lines}
    assert not bad, listed(bad)


@pytest.mark.parametrize("failure", ["full", "read-only"])
@pytest.mark.parametrize("at", [1, 9, 30])
def test_a_disk_that_stays_full_or_read_only(played: Played, failure: str, at: int) -> None:  # F44 F45
    assert violations(played.world, played.steps["changes"], at, failure, lasting=True) == []


def test_no_write_follows_a_record_that_was_lost(played: Played) -> None:
    # a page that becomes a draft takes two writes: the second must not go where the first could not be noted
    one = played.steps["changes"]
    number = [
        number for number, what in enumerate(operations(played.world, one), 1) if what == "fsync .kbsync/test/journal"
    ]
    for at in number[-8:]:
        assert violations(played.world, one, at, "full") == []


@pytest.mark.slow
def test_every_file_operation_fails(played: Played, totals: Totals) -> None:
    cases = _all(played)
    found = {f"{one.step.name} {at} {kind}": violations(played.world, one, at, kind) for one, at, kind in cases}
    bad = {case: lines for case, lines in found.items() if lines}
    number = len(cases) // len(FAILURES)
    totals.add("disk", f"{number} file operations x {len(FAILURES)} failures", len(found), len(bad))
    assert len(cases) == number * len(FAILURES)
    assert not bad, listed(bad)
