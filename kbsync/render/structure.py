"""Categories and folders from directories, `_index.md` files, and the overrides of front matter (design 3.2)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from kbsync.findings import Finding, Place, found
from kbsync.model import Category, Folder
from kbsync.source.document import Document, Index, Sources


@dataclass
class Structure:
    """The tree that the articles hang in. `place` holds the folder key of each article that has one.

    `skipped` holds the keys of folders that cannot be written, and `findings` says why.
    """

    language: str
    categories: dict[str, Category] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)
    place: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)

    def keys(self) -> frozenset[str]:
        """The keys of all categories and folders."""
        return frozenset({*self.categories, *self.folders})

    def below_skipped(self, key: str) -> bool:
        """True for a skipped folder and everything in it."""
        return any(key == skipped or key.startswith(f"{skipped}/") for skipped in self.skipped)


def structure_of(sources: Sources, content: str, language: str) -> Structure:
    """The categories and folders of `sources`, those of broken sources too: absence must say nothing (P8)."""
    structure = Structure(language)
    indexes = {index.directory: index for index in sources.indexes}
    holders = {posixpath.dirname(path) for path in (*(each.path for each in sources.documents), *sources.broken)}
    for directory in sorted(_with_parents(holders | indexes.keys(), content)):
        _add(structure, directory, content, indexes.get(directory, Index(directory)))
    _same_names(structure, indexes)
    # A directory whose `_index.md` cannot be read would otherwise be written under the wrong name.
    structure.skipped |= sources.broken & structure.keys()
    for document in sources.documents:
        _hang(structure, document, content)
    return structure


def _with_parents(directories: Iterable[str], content: str) -> set[str]:
    found_directories: set[str] = set()
    for directory in directories:
        while directory.startswith(f"{content}/"):
            found_directories.add(directory)
            directory = posixpath.dirname(directory)  # noqa: PLW2901 - walks up
    return found_directories


def _add(structure: Structure, directory: str, content: str, index: Index) -> None:
    parent = posixpath.dirname(directory)
    name = index.name or posixpath.basename(directory)
    if parent == content:
        category = Category(name, index.description, key=directory, id=index.id, language=structure.language)
        structure.categories[directory] = replace(category, portals=_ids(structure, index, "portals"))
        return
    above = structure.folders.get(parent)
    structure.folders[directory] = Folder(
        name,
        category=above.category if above else parent,
        parent=parent if above else None,
        description=index.description,
        visibility=index.visibility,
        companies=_ids(structure, index, "companies"),
        contact_segments=_ids(structure, index, "contact_segments"),
        company_segments=_ids(structure, index, "company_segments"),
        key=directory,
        id=index.id,
        language=structure.language,
    )


def _ids(structure: Structure, index: Index, key: str) -> tuple[int, ...] | None:
    """The ids that `key` lists. A name is an error, and its folder is left out: it would be open to the wrong."""
    values: tuple[str | int, ...] | None = getattr(index, key)
    if values is None:
        return None
    names = [value for value in values if not isinstance(value, int)]
    place = index.places.get(key, Place(f"{index.directory}/_index.md"))
    structure.findings += [found("id-needed", place, key=key, value=name) for name in names]
    if names:
        structure.skipped.add(index.directory)
    return tuple(value for value in values if isinstance(value, int))


def _same_names(structure: Structure, indexes: dict[str, Index]) -> None:
    """Two directories of one name in one parent would be one folder on the server."""
    seen: dict[tuple[object, str], str] = {}
    items: list[Category | Folder] = [*structure.categories.values(), *structure.folders.values()]
    for item in items:
        above = (item.parent or item.category) if isinstance(item, Folder) else ""
        first = seen.setdefault((above, item.name.casefold()), item.key)
        if first != item.key:
            index = indexes.get(item.key) or indexes.get(first)
            place = index.places.get("name") if index else None
            place = place or Place(f"{item.key}/_index.md")
            structure.findings.append(found("folder-twice", place, name=item.name, other=first))
            structure.skipped.add(item.key)


def _hang(structure: Structure, document: Document, content: str) -> None:
    """Finds the folder of `document`: its directory's, or the one that its front matter names."""
    directory = posixpath.dirname(document.path)
    if document.category is None and document.folder is None:
        key = directory if directory in structure.folders else ""
    else:
        key = _overridden(structure, document, directory, content)
    if key:
        structure.place[document.path] = key
        return
    place = document.place("folder" if document.folder else "category")
    structure.findings.append(found("article-place", place, content=content))
    structure.skipped.add(document.path)


def _overridden(structure: Structure, document: Document, directory: str, content: str) -> str:
    names = document.folder if document.folder is not None else _folder_names(structure, directory)
    category = _category_key(structure, document.category, directory, content)
    if not category or not names:
        return ""
    key = category
    for name in names:
        key = _folder_key(structure, name, category, key)
    return key


def _folder_names(structure: Structure, directory: str) -> tuple[str, ...]:
    names: list[str] = []
    while directory in structure.folders:
        names.insert(0, structure.folders[directory].name)
        directory = posixpath.dirname(directory)
    return tuple(names)


def _category_key(structure: Structure, name: str | None, directory: str, content: str) -> str:
    if name is None:
        parts = directory.removeprefix(f"{content}/").split("/")
        key = f"{content}/{parts[0]}"
        return key if key in structure.categories else ""
    for category in structure.categories.values():
        if category.name == name:
            return category.key
    key = _new_key(content, name)
    structure.categories[key] = Category(name, key=key, language=structure.language)
    return key


def _folder_key(structure: Structure, name: str, category: str, parent: str) -> str:
    above = None if parent == category else parent
    for folder in structure.folders.values():
        if (folder.name, folder.category, folder.parent) == (name, category, above):
            return folder.key
    key = _new_key(parent, name)
    structure.folders[key] = Folder(name, category, above, key=key, language=structure.language)
    return key


def _new_key(parent: str, name: str) -> str:
    # As the directory would be called; a "/" in a name would read as one more level.
    return f"{parent}/{name.replace('/', '%2F')}"
