"""A disk whose file operations are counted, and fail where a test says so."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from faults.world import Killed

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
