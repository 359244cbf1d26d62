"""The project on disk: finding it, reading its sources and assets, writing ids back.

The only room that touches the disk. What the files mean together is in `sources.py`, what one file says in
`document.py` and `index.py`.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from kbsync import config as settings
from kbsync.config import Config, Target
from kbsync.errors import KbsyncError, UsageError
from kbsync.source.document import Sources
from kbsync.source.splice import IdKey, splice_id
from kbsync.source.tree import Entry, Tree, assemble

CONFIG_NAME = "kbsync.yaml"

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"version https://git-lfs.github.com/spec/", "text/x-git-lfs-pointer"),
)
UNKNOWN_TYPE = "application/octet-stream"


def find_project(start: Path, config: str | None = None) -> Path:
    """The config file: `config` (relative to `start`), or the nearest kbsync.yaml in `start` and above.

    The file's folder is the project folder. Raises UsageError where there is none.
    """
    if not start.is_dir():
        raise UsageError(f"{start} is not a folder", "check the path given with -C")
    if config is not None:
        file = start / config
        if not file.is_file():
            raise UsageError(f"there is no file {file}", "check the path given with --config")
        return file.resolve()
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / CONFIG_NAME).is_file():
            return folder / CONFIG_NAME
    if (here / "kbsync.yml").is_file():
        raise UsageError(f"there is a kbsync.yml in {here}", f"rename it to {CONFIG_NAME}")
    raise UsageError(
        f"no {CONFIG_NAME} in {here} or above it", "run `kbsync init` to start a project here, or use -C DIR"
    )


def read_config(file: Path) -> Config:
    """The settings in the config file. Raises InvalidSource with all findings, KbsyncError if unreadable."""
    try:
        return settings.parse(file.name, file.read_bytes())
    except OSError as error:
        raise _failed("read", file, error) from error


def read_sources(root: Path, config: Config) -> Sources:
    """Everything in the content folder of the project at `root`, in the order of the paths.

    Problems are findings, never exceptions: one file that cannot be read leaves the others readable.
    """
    tree = _walk(root, config.content)
    return assemble(tree, config.content, config.language)


def read_text(file: Path) -> str:
    """A text file's content. Raises UsageError where it is missing, unreadable or not UTF-8."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}", "check the path") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text", "check the path") from None


def read_asset(root: Path, path: str) -> bytes:
    """The bytes of the file at `path` in the project. Raises KbsyncError where it cannot be read."""
    file = root / path
    try:
        return file.read_bytes()
    except OSError as error:
        raise _failed("read", file, error) from error


def asset_facts(root: Path, path: str) -> tuple[int, str, str]:
    """Size in bytes, SHA-256 in hex, and media type by content of a file in the project.

    Reads the file again only when its time or size moved. A type that is not known by its content is
    `application/octet-stream`; a Git LFS pointer is `text/x-git-lfs-pointer`. Raises KbsyncError.
    """
    file = root / path
    try:
        state = file.stat()
    except OSError as error:
        raise _failed("read", file, error) from error
    return _facts(root, path, (state.st_mtime_ns, state.st_size))


def write_atomic(path: Path, data: bytes, fsync: bool = True) -> None:
    """Write `path` whole or not at all, keeping its mode; a link is followed. Raises KbsyncError."""
    try:
        _replace(Path(os.path.realpath(path)), data, fsync)
    except OSError as error:
        raise _failed("write", path, error) from error


def write_id(root: Path, path: str, key: IdKey, id: int) -> None:
    """Add or update the id line of the source at `path` in the project, reading the file fresh.

    Raises InvalidSource where the file has no room for the line, KbsyncError where it cannot be read or
    written; the file is then as it was.
    """
    data = read_asset(root, path)
    spliced = splice_id(data, key, id, path)
    if spliced != data:
        write_atomic(root / path, spliced)


def state_dir(root: Path, target: str) -> Path:
    """The folder for a target's own state, made if need be and kept out of git. Raises KbsyncError."""
    folder = root / ".kbsync" / target
    ignore = root / ".kbsync" / ".gitignore"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise _failed("write", folder, error) from error
    return folder


def lock_path(root: Path, target: Target) -> Path:
    """Where the lock of a target is: committed beside the config; a sandbox's own lies with its data."""
    if target.kind == "sandbox":
        return root / ".kbsync" / target.name / "lock"
    return root / f"kbsync.{target.name}.lock"


def _failed(verb: str, path: Path, error: OSError) -> KbsyncError:
    hint = {
        "ENOSPC": "free some space and run again; nothing was lost",
        "EROFS": "the file system is read-only; run where it can be written",
        "EACCES": "check the permissions of the file and of its folder",
        "EPERM": "check the permissions of the file and of its folder",
    }
    name = errno_name(error)
    return KbsyncError(f"cannot {verb} {path}: {error.strerror or name}", hint.get(name, ""))


def errno_name(error: OSError) -> str:
    """The symbol of an operating system error, such as `ENOSPC`."""
    return errno.errorcode.get(error.errno or 0, "unknown error")


def _replace(path: Path, data: bytes, fsync: bool) -> None:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    if mode is not None and not os.access(path, os.W_OK):
        # The rename would succeed, but a file that is read-only is meant to stay.
        raise PermissionError(errno.EACCES, "the file is read-only")
    draft = path.with_name(f".{path.name[:100]}.{token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.flush()
            if fsync:
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if fsync:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@lru_cache(maxsize=10_000)
def _facts(root: Path, path: str, _state: tuple[int, int]) -> tuple[int, str, str]:
    data = read_asset(root, path)
    return len(data), hashlib.sha256(data).hexdigest(), media_type(data)


def media_type(data: bytes) -> str:
    """The media type that the first bytes of a file tell, else `application/octet-stream`."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        return "image/avif" if data[8:12] == b"avif" else "video/mp4"
    return "image/svg+xml" if b"<svg" in data[:1000].lower() else UNKNOWN_TYPE


def _walk(root: Path, content: str) -> Tree:
    base = root / content
    if not base.is_dir():
        siblings = tuple(entry.name for entry in os.scandir(root) if entry.is_dir()) if root.is_dir() else ()
        return Tree((), siblings, exists=False)
    entries: list[Entry] = []
    _scan(base, content, base.resolve(), (base.resolve(),), entries)
    return Tree(tuple(entries))


def _scan(folder: Path, path: str, base: Path, above: tuple[Path, ...], entries: list[Entry]) -> None:
    try:
        with os.scandir(folder) as scan:
            found = sorted((entry for entry in scan if not entry.name.startswith(".")), key=_by_name)
    except OSError as error:
        entries.append(Entry(path, "unreadable", error=error.strerror or errno_name(error)))
        return
    for entry in found:
        _enter(entry, f"{path}/{entry.name}", base, above, entries)


def _by_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _enter(entry: os.DirEntry[str], path: str, base: Path, above: tuple[Path, ...], entries: list[Entry]) -> None:
    file = Path(entry.path)
    if entry.is_symlink():
        target = Path(os.path.realpath(entry.path))
        if not target.exists():
            entries.append(Entry(path, "broken-link"))
            return
        if not target.is_relative_to(base):
            entries.append(Entry(path, "outside"))
            return
        if target in above:
            entries.append(Entry(path, "loop"))
            return
    if entry.is_dir():
        entries.append(Entry(path, "directory"))
        if not entry.name.endswith(".md"):
            _scan(file, path, base, (*above, file.resolve()), entries)
    elif entry.is_file():
        entries.append(_file(file, path))
    else:
        entries.append(Entry(path, "special"))


def _file(file: Path, path: str) -> Entry:
    try:
        if path.endswith(".md"):
            data = file.read_bytes()
            return Entry(path, "file", len(data), data)
        return Entry(path, "file", file.stat().st_size)
    except OSError as error:
        return Entry(path, "unreadable", error=error.strerror or errno_name(error))
