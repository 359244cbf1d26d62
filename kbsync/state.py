"""What kbsync remembers of a target on disk: the lock, the journal, and who is running now."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from kbsync.config import Target
from kbsync.errors import KbsyncError, LockError, UsageError
from kbsync.journal import Record, Replay, Saved, format_record, parse_journal, parse_saved
from kbsync.lock import Lock, format_lock, parse_lock
from kbsync.workspace import lock_path, state_dir, write_atomic


class JournalFile:
    """The append-only journal of a target. `append` returns once the record is on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Replay:
        """What earlier runs left; a line that a crash cut off is passed over."""
        try:
            return parse_journal(self.path.read_text("utf-8", errors="replace"))
        except FileNotFoundError:
            return Replay()
        except OSError as error:
            hint = "without it kbsync cannot tell what earlier runs did: make it readable, or move it away"
            raise KbsyncError(f"{self.path} cannot be read: {error.strerror}", hint) from None

    def saved(self) -> tuple[Saved, ...]:
        """The earlier versions it keeps, oldest first."""
        try:
            return parse_saved(self.path.read_text("utf-8", errors="replace"))
        except FileNotFoundError:
            return ()

    def append(self, record: Record) -> None:
        """Write one record and wait for the disk. Raises OSError where it is full or read-only."""
        line = format_record(record).encode("utf-8", "surrogatepass")
        with self.path.open("ab") as file:
            if file.tell() and not _ends_a_line(self.path):
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def read_lock(root: Path, target: Target, account: str) -> Lock:
    """The target's lock, empty where there is none yet. Raises LockError for one that cannot be trusted."""
    path = lock_path(root, target)
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return Lock(account)
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(f"{path.name} cannot be read: {error}", "restore the file from git") from None
    return parse_lock(text, path.name) if text.strip() else Lock(account)


def write_lock(root: Path, target: Target, lock: Lock) -> None:
    """Put the lock on disk by atomic replacement, if it says anything new. Raises OSError or KbsyncError."""
    path = lock_path(root, target)
    data = format_lock(lock).encode("utf-8")
    if not lock.entries and not path.exists():
        return
    if not path.exists() or path.read_bytes() != data:
        write_atomic(path, data)


def journal_of(root: Path, target: Target) -> JournalFile:
    """The journal of a target."""
    return JournalFile(state_dir(root, target.name) / "journal")


def forget(root: Path, target: Target) -> None:
    """Drop the lock and the journal of a target whose data is thrown away with them."""
    for path in (lock_path(root, target), state_dir(root, target.name) / "journal"):
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def only_run(root: Path, target: Target) -> Iterator[None]:
    """Hold the right to write to this target from this folder; it ends with the process, however that dies.

    Raises UsageError where another run on this machine holds it.
    """
    try:
        import fcntl
    except ImportError:  # no such lock on this system; the journal and the look before each create remain
        yield
        return
    path = state_dir(root, target.name) / "running"
    try:
        opened = path.open("w")
    except OSError as error:
        raise KbsyncError(
            f"cannot write {path}: {error.strerror}", "nothing was sent; without a journal none is"
        ) from None
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(
                f"another kbsync is writing to {target.name} from this folder", "wait for it to end, then run again"
            ) from None
        yield


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
