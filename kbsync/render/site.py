"""What a document's links can lead to: the project's files, and the target's asset store."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kbsync.config import Target
from kbsync.source.document import Document


@dataclass(frozen=True, slots=True)
class AssetFile:
    """Facts of a local file. `digest` is its SHA-256 in hex; `media_type` is told from the content.

    `media_type` is empty where the content is of no known kind. Width and height are in pixels.
    """

    size: int
    digest: str
    media_type: str
    width: int | None = None
    height: int | None = None


# The facts of the file at a project path; None where there is no such file.
Facts = Callable[[str], AssetFile | None]


@dataclass(frozen=True)
class Site:
    """Everything that links may name. Paths are those of the project, posix.

    `containers` holds the keys of categories and folders; `broken` the sources that exist but cannot be used.
    """

    content: str
    documents: Mapping[str, Document]
    containers: frozenset[str]
    broken: frozenset[str]
    files: Mapping[str, int]
    partials: Mapping[str, str]
    target: Target
    facts: Facts
    _guesses: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def exists(self, path: str) -> bool:
        """True if a link may name `path`."""
        return path in self.documents or path in self.containers or path in self.broken or path in self.files

    def below_content(self, path: str) -> bool:
        """True for the content folder and everything in it."""
        return path == self.content or path.startswith(f"{self.content}/")

    @cached_property
    def _by_lower_case(self) -> dict[str, str]:
        return {path.lower(): path for path in self._all}

    @cached_property
    def _all(self) -> list[str]:
        return sorted({*self.documents, *self.containers, *self.broken, *self.files})

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for path in self._all:
            names.setdefault(_comparable(posixpath.basename(path)), []).append(path)
        return names

    def nearest(self, path: str) -> str:
        """The existing path that `path` most likely means, or an empty string.

        First another case or a forgotten `.md`, then the same name in another directory, then a like name.
        """
        if path not in self._guesses:
            self._guesses[path] = self._nearest(path)
        return self._guesses[path]

    def _nearest(self, path: str) -> str:
        for wanted in (path.lower(), f"{path.lower()}.md", path.lower().replace("\\", "/")):
            if wanted in self._by_lower_case:
                return self._by_lower_case[wanted]
        name = _comparable(posixpath.basename(path.replace("\\", "/")))
        near = self._by_name.get(name) or self._by_name.get(_like(name, self._by_name)) or [""]
        return max(near, key=lambda each: len(posixpath.commonprefix([each, path])))


def _comparable(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")


def _like(name: str, choices: Iterable[str]) -> str:
    # Not did_you_mean: the guess is shown as a path from the linking file. Without the extension, which would
    # make any two short names of one kind alike.
    stem, extension = posixpath.splitext(name)
    stems = {each.removesuffix(extension): each for each in choices if each.endswith(extension)}
    return next((stems[near] for near in difflib.get_close_matches(stem, stems, n=1, cutoff=0.7)), "")
