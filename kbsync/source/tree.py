"""What the files of the content folder mean together: a tree of entries -> `Sources`, with every problem.

Pure: the tree was read by `workspace.py`. A file is an article, an `_index.md`, a partial (Markdown that
templates include: its own name or a folder's begins with `_`, or it lies in a folder named `snippets`), or
another file. A directory is a category or folder only if articles or an `_index.md` lie in it or below it.

Where an `_index.md` cannot be used, everything in its directory is left out: without the name in it the
articles would be planned into a folder that nobody asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from kbsync.findings import Finding, Place, did_you_mean, found, has_errors
from kbsync.source import document, index
from kbsync.source.document import Document, Index, Sources, location, names
from kbsync.source.page import decode

INDEX = "_index.md"
MAX_FOLDERS = 5  # API sheet 4.2: levels of folders in a category

_TRANSLATION = re.compile(r"(?P<stem>.+)\.(?P<language>[a-z]{2,3}(?:-[A-Za-z]{2,4})?)\.md")
_OTHER_MARKDOWN = (".markdown", ".mdx", ".mdown", ".mkd")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the content folder. `path` is in the project (posix); `data` is only read of Markdown.

    `outside`, `loop` and `broken-link` are symbolic links; `special` is a pipe, a socket or a device.
    """

    path: str
    kind: Literal["file", "directory", "unreadable", "outside", "loop", "broken-link", "special"]
    size: int = 0
    data: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """The content folder in the order of a walk; `siblings` are the folders beside it if it does not exist."""

    entries: tuple[Entry, ...]
    siblings: tuple[str, ...] = ()
    exists: bool = True


@dataclass(slots=True)
class _Gathered:
    """What was understood so far."""

    documents: dict[str, Document] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    partials: dict[str, str] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    directories: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    complete: bool = True

    def reject(self, path: str, rule: str, place: Place | None = None, **values: object) -> None:
        self.findings.append(found(rule, place or Place(path), **values))
        self.broken.add(path)


def assemble(tree: Tree, content: str, language: str) -> Sources:
    """The sources in `tree`; articles in error are left out of `documents` and named in `broken`."""
    gathered = _Gathered()
    _missing(tree, content, gathered)
    paths = {entry.path for entry in tree.entries}
    for entry in tree.entries:
        _understand(entry, content, language, paths, gathered)
    _same_spelling(tree, gathered)
    gathered.directories = _directories(gathered, content)
    _below_broken_indexes(gathered)
    _placement(gathered, content)
    _same_directory(content, gathered)
    _same_id(gathered)
    _same_title(content, gathered)
    kept = (item for path, item in sorted(gathered.documents.items()) if path not in gathered.broken)
    return Sources(
        tuple(kept),
        tuple(item for path, item in sorted(gathered.indexes.items()) if path not in gathered.broken),
        gathered.directories,
        MappingProxyType(gathered.files),
        MappingProxyType(gathered.partials),
        frozenset(gathered.broken),
        tuple(sorted(gathered.findings, key=lambda finding: finding.place)),
        gathered.complete,
    )


def is_partial(path: str, content: str) -> bool:
    """True for Markdown that is only included by other files."""
    *folders, name = path.removeprefix(f"{content}/").split("/")
    return name.startswith("_") or any(part == "snippets" or part.startswith("_") for part in folders)


def _missing(tree: Tree, content: str, gathered: _Gathered) -> None:
    markdown = any(entry.path.endswith(".md") for entry in tree.entries)
    if tree.exists and markdown:
        return
    near = did_you_mean(content, tree.siblings)
    rule = "content-empty" if tree.exists else "content-missing"
    gathered.findings.append(found(rule, Place(content), content=content, near=near))
    gathered.complete = False


def _understand(entry: Entry, content: str, language: str, paths: set[str], gathered: _Gathered) -> None:
    if entry.kind == "directory":
        if entry.path.endswith(".md"):
            gathered.reject(entry.path, "directory-named-md")
            gathered.complete = False
    elif entry.kind != "file":
        gathered.reject(entry.path, f"entry-{entry.kind}", error=entry.error)
        gathered.complete = gathered.complete and entry.kind in ("loop", "special")
    elif not entry.path.endswith(".md"):
        _other_file(entry, content, gathered)
    elif (translation := _translation(entry.path, language, paths)) is not None:
        gathered.findings.append(found("translation", Place(entry.path), language=translation))
        gathered.files[entry.path] = entry.size
    else:
        _markdown(entry, content, gathered)


def _other_file(entry: Entry, content: str, gathered: _Gathered) -> None:
    gathered.files[entry.path] = entry.size
    ending = "." + entry.path.rpartition(".")[2]
    if (ending.lower() in _OTHER_MARKDOWN or ending.lower() == ".md") and not is_partial(entry.path, content):
        gathered.findings.append(found("not-md", Place(entry.path), ending=ending))


def _translation(path: str, language: str, paths: set[str]) -> str | None:
    """The language of a file such as `card.fr.md` beside `card.md`."""
    match = _TRANSLATION.fullmatch(path)
    if match is None or match["language"] == language or f"{match['stem']}.md" not in paths:
        return None
    return match["language"]


def _markdown(entry: Entry, content: str, gathered: _Gathered) -> None:
    directory, _, name = entry.path.rpartition("/")
    if name == INDEX and not is_partial(f"{directory}/x", content):
        _index(entry, directory, content, gathered)
    elif is_partial(entry.path, content):
        text, findings = decode(entry.path, entry.data)
        gathered.partials |= {} if text is None else {entry.path: text}
        _keep(findings, entry.path, gathered)
    else:
        article, findings = document.parse(entry.path, entry.data)
        gathered.documents |= {} if article is None else {entry.path: article}
        _keep(findings, entry.path, gathered)


def _index(entry: Entry, directory: str, content: str, gathered: _Gathered) -> None:
    if directory == content:
        gathered.findings.append(found("index-of-nothing", Place(entry.path)))
        return
    kind: Literal["category", "folder"] = "folder" if "/" in directory.removeprefix(f"{content}/") else "category"
    read, findings = index.parse(entry.path, entry.data, kind)
    gathered.indexes |= {} if read is None else {entry.path: read}
    _keep(findings, entry.path, gathered)


def _keep(findings: tuple[Finding, ...], path: str, gathered: _Gathered) -> None:
    gathered.findings.extend(findings)
    if has_errors(findings):
        gathered.broken.add(path)


def _directories(gathered: _Gathered, content: str) -> tuple[str, ...]:
    """Directories that are categories or folders, parents first."""
    sources = {*gathered.documents, *gathered.indexes}
    sources |= {path for path in gathered.broken if path.endswith(".md") and not is_partial(path, content)}
    found_in: set[str] = set()
    for path in sources:
        parts = path.removeprefix(f"{content}/").split("/")[:-1]
        found_in |= {"/".join((content, *parts[: depth + 1])) for depth in range(len(parts))}
    return tuple(sorted(found_in, key=lambda path: path.split("/")))


def _below_broken_indexes(gathered: _Gathered) -> None:
    for path in sorted(gathered.broken):
        directory, _, name = path.rpartition("/")
        if name == INDEX:
            _reject_below(directory, gathered)
            held = sum(item.startswith(f"{directory}/") for item in gathered.documents)
            if held:
                gathered.findings.append(found("index-holds", Place(path), count=held))


def _reject_below(directory: str, gathered: _Gathered) -> None:
    gathered.broken.add(directory)
    below = f"{directory}/"
    held = (*gathered.documents, *gathered.indexes, *gathered.directories)
    gathered.broken |= {path for path in held if path.startswith(below)}


def _placement(gathered: _Gathered, content: str) -> None:
    by_directory = _by_directory(gathered)
    for path, item in gathered.documents.items():
        category, *folders = location(item, content, by_directory)
        if not category or not folders:
            needs = "a folder" if category else "a category and a folder"
            gathered.reject(path, "article-outside", needs=needs, content=content)
        elif len(folders) > MAX_FOLDERS:
            place = item.places.get("folder", Place(path))
            gathered.reject(path, "too-deep", place, depth=len(folders), limit=MAX_FOLDERS)


def _same_spelling(tree: Tree, gathered: _Gathered) -> None:
    """Names that are one on a Mac or on Windows: equal but for capitals or for how accents are encoded."""
    spelt = ((_folded(path), path) for path in sorted({entry.path for entry in tree.entries}))
    for path, other in _clashes(spelt):
        gathered.findings.append(found("same-spelling", Place(path), other=other))


def _same_directory(content: str, gathered: _Gathered) -> None:
    by_directory = _by_directory(gathered)
    named = (
        (tuple(_folded(name) for name in names(path, content, by_directory)), path)
        for path in gathered.directories
        if path not in gathered.broken
    )
    for path, other in tuple(_clashes(named)):
        if path.rpartition("/")[0] == other.rpartition("/")[0]:
            kind = "folder" if "/" in path.removeprefix(f"{content}/") else "category"
            gathered.findings.append(found("same-directory", _named_at(path, by_directory), kind=kind, other=other))
            _reject_below(path, gathered)


def _named_at(path: str, indexes: Mapping[str, Index]) -> Place:
    return indexes[path].places.get("name", Place(path)) if path in indexes else Place(path)


def _same_id(gathered: _Gathered) -> None:
    claims = [(item.article_id, path) for path, item in gathered.documents.items() if item.article_id]
    for path, other in tuple(_clashes(claims)):
        item = gathered.documents[path]
        gathered.reject(path, "same-id", item.place("article_id"), key="article_id", id=item.article_id, other=other)
    for key in ("category_id", "folder_id"):
        ids = ((item.id, path) for path, item in gathered.indexes.items() if key in item.places and item.id)
        for path, other in tuple(_clashes(ids)):
            read = gathered.indexes[path]
            gathered.reject(path, "same-id", read.places[key], key=key, id=read.id, other=other)
            _reject_below(read.directory, gathered)


def _same_title(content: str, gathered: _Gathered) -> None:
    by_directory = _by_directory(gathered)
    titled = (
        ((location(item, content, by_directory), unicodedata.normalize("NFC", item.title)), path)
        for path, item in gathered.documents.items()
    )
    for path, other in tuple(_clashes(titled)):
        item = gathered.documents[path]
        folder = " / ".join(location(item, content, by_directory))
        gathered.reject(path, "same-title", item.place(), title=item.title, folder=folder, other=other)


def _by_directory(gathered: _Gathered) -> dict[str, Index]:
    return {item.directory: item for item in gathered.indexes.values()}


def _clashes(claims: Iterable[tuple[Hashable, str]]) -> Iterator[tuple[str, str]]:
    """Every path whose key another path has too, with that other path."""
    groups: defaultdict[Hashable, list[str]] = defaultdict(list)
    for key, path in claims:
        groups[key].append(path)
    for paths in groups.values():
        for path in paths if len(paths) > 1 else ():
            yield path, next(other for other in paths if other != path)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
