"""A scripted history of one small help centre, in steps; each step is what a docs team does before one apply.

`STEPS` are done one after the other. In the account there are also things that kbsync does not manage, and fields of
managed articles that only people set.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from faults.world import Saved, World

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
GUIDE = "content/Guide"
BASICS = f"{GUIDE}/Basics"
DEEP = f"{BASICS}/Deep"
EXTRA = f"{GUIDE}/Extra"


@dataclass(frozen=True)
class Step:
    """One thing that a team does; `titles` are those of our articles afterwards, with their status."""

    name: str
    do: Callable[[World], None]
    titles: dict[str, int]


def page(title: str, body: str, **front: object) -> str:
    """An article's file."""
    head = "".join(f"{key}: {value}\n" for key, value in {"title": title, **front}.items())
    return f"---\n{head}---\n{body}\n"


def first(world: World) -> None:
    """Twelve creates: a circle of three, a draft that others link to, a sub-folder, an image."""
    world.put(f"{BASICS}/_index.md", "---\ndescription: The basics.\n---\n")
    world.put(f"{BASICS}/a.md", page("Apple", "Text of a. See [b](b.md) and [d](../Extra/d.md)."))
    world.put(f"{BASICS}/b.md", page("Banana", "Text of b. See [c](Deep/c.md).", tags="[one, two]"))
    world.put(f"{DEEP}/c.md", page("Cherry", "Text of c. See [a](../a.md#top) and [Extra](../../Extra)."))
    world.put(f"{EXTRA}/d.md", page("Date", "Text of d. See [b](../Basics/b.md).", draft="true"))
    world.put(f"{EXTRA}/e.md", page("Elder", "Text of e. ![](pic.png) See [d](d.md)."))
    world.put(f"{EXTRA}/f.md", page("Fig", "Text of f."))
    world.put(f"{EXTRA}/g.md", page("Grape", "Text of g. See [h](h.md)."))
    world.put(f"{EXTRA}/h.md", page("Hazel", "Text of h."))
    (world.root / EXTRA / "pic.png").write_bytes(PNG)


def changes(world: World) -> None:
    """An edit, a title with tags, a rename, a draft that goes live, a page that becomes a draft, a new page."""
    world.edit(f"{BASICS}/a.md", lambda text: text.replace("Text of a.", "New text of a."))
    world.edit(f"{BASICS}/b.md", lambda text: text.replace("Banana", "Blueberry").replace("two", "three"))
    world.move(f"{DEEP}/c.md", f"{DEEP}/cc.md")
    world.edit(f"{BASICS}/b.md", lambda text: text.replace("Deep/c.md", "Deep/cc.md"))
    world.edit(f"{EXTRA}/d.md", lambda text: text.replace("draft: true\n", ""))
    world.edit(f"{EXTRA}/g.md", lambda text: text.replace(" See [h](h.md).", " Nothing more."))
    world.edit(
        f"{EXTRA}/h.md", lambda text: text.replace("Text of h.", "Not yet.").replace("---\n", "---\ndraft: true\n", 1)
    )
    world.put(f"{EXTRA}/i.md", page("Iris", "Text of i. See [d](d.md) and [j](New/j.md)."))
    world.put(f"{EXTRA}/New/j.md", page("Juniper", "Text of j. See [i](../i.md). ![](../pic.png)"))


def removal(world: World) -> None:
    """A page goes, and the page that linked to it says so no more."""
    world.remove(f"{EXTRA}/e.md")
    world.remove(f"{EXTRA}/f.md")
    world.edit(f"{BASICS}/a.md", lambda text: text.replace("New text of a.", "Newest text of a."))


_FIRST = {"Apple": 2, "Banana": 2, "Cherry": 2, "Date": 1, "Elder": 2, "Fig": 2, "Grape": 2, "Hazel": 2}
_CHANGED = {
    "Apple": 2, "Blueberry": 2, "Cherry": 2, "Date": 2, "Elder": 2, "Fig": 2, "Grape": 2, "Hazel": 1, "Iris": 2,
    "Juniper": 2,
}  # fmt: skip
STEPS = (
    Step("first", first, _FIRST),
    Step("changes", changes, _CHANGED),
    Step("removal", removal, _CHANGED | {"Elder": 1, "Fig": 1}),
)


def begin(world: World) -> None:
    """What is in the account before the first publish: somebody's category, folders and articles."""
    theirs = world.people.create_category("Theirs")
    folder = world.people.create_folder(theirs, "Their folder")
    world.people.create_article(folder, "Their page", "<p>Their text.</p>", tags=["their"])
    world.people.create_article(folder, "Their draft", "<p>Their draft.</p>", status=1)


def meanwhile(world: World) -> None:
    """What people do after the first publish, where kbsync says nothing: in unowned fields, beside our articles."""
    for title in ("Apple", "Grape"):
        world.people.edit_article(world.id(title), tags=["theirs"], seo={"meta_title": f"Theirs of {title}"})
    world.people.create_article(world.folder("Extra"), "Stranger", "<p>A stranger among ours.</p>")
    world.people.change_folder(world.folder("Deep"), description="Their description.")
    world.people.vote(world.id("Banana"), up=3)


@dataclass(frozen=True)
class Stage:
    """The moment before a step's apply: the sources are as the step leaves them."""

    step: Step
    before: Saved
