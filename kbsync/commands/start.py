"""`kbsync init`: a project that checks, plans and applies as it is."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from kbsync.errors import UsageError
from kbsync.workspace import CONFIG_NAME, write_atomic

_RENAMED = {"gitignore": ".gitignore"}  # a real .gitignore would hide the starter's own files from packagers


def start(directory: Path) -> tuple[Path, ...]:
    """Write a starter project into `directory`, and return the files written.

    Nothing that is there is changed: an existing content folder gets no samples, an existing .gitignore stays.
    Raises UsageError where a project is there already or the folder cannot be written.
    """
    if (directory / CONFIG_NAME).exists():
        raise UsageError(f"there is a {CONFIG_NAME} in {directory} already", "run kbsync plan to see where it stands")
    samples = not (directory / "content").exists()
    written: list[Path] = []
    for path, source in _starter(files("kbsync") / "starter"):
        file = directory / path
        if file.exists() or (path.startswith("content/") and not samples):
            continue
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(file, source.read_bytes())
        except OSError as error:
            raise UsageError(f"{file} cannot be written: {error.strerror}", "choose a folder you may write") from None
        written.append(file)
    return tuple(written)


def _starter(folder: Traversable, above: str = "") -> Iterator[tuple[str, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda one: one.name):
        path = f"{above}{_RENAMED.get(item.name, item.name)}"
        if item.is_dir():
            yield from _starter(item, f"{path}/")
        else:
            yield path, item
