"""People who act in Freshdesk between any two requests of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from faults.enumeration import Recorded, _brief
from faults.invariants import STRANGERS, told, untouched, within_plan
from faults.world import World

PersonsAct = Callable[[World, int], None]


def _edit_body(world: World, id: int) -> None:
    world.person(lambda: world.people.edit_article(id, body="<p>Theirs.</p>", status=_status(world, id)), id, "body")


def _edit_title(world: World, id: int) -> None:
    world.person(lambda: world.people.edit_article(id, title="Their title", status=_status(world, id)), id, "title")


def _edit_tags(world: World, id: int) -> None:
    world.person(lambda: world.people.edit_article(id, tags=["hers"], status=_status(world, id)), id, "tags")


def _save_draft(world: World, id: int) -> None:
    names = ("body",) if _status(world, id) == 1 else ("draft_body", "draft_title")
    world.person(lambda: world.people.save_draft(id, body="<p>Their draft.</p>"), id, *names)


def _publish(world: World, id: int) -> None:
    world.person(lambda: world.people.publish(id), id, "status")


def _unpublish(world: World, id: int) -> None:
    world.person(lambda: world.people.unpublish(id), id, "status")


def _move(world: World, id: int) -> None:
    world.person(lambda: world.people.move_article(id, world.folder("Their folder")), id, "folder_id")


def _delete(world: World, id: int) -> None:
    world.edits = [one for one in world.edits if one.id != id]
    world.person(lambda: world.people.delete_article(id), id)


def _duplicate(world: World, id: int) -> None:
    copy = world.people.duplicate_article(id)
    world.copied(copy)


def _touch(world: World, id: int) -> None:
    world.people.touch(id)


def _status(world: World, id: int) -> int:
    return world.rows()[id].status


ACTS: dict[str, PersonsAct] = {
    "edits the text": _edit_body,
    "edits the title": _edit_title,
    "edits the tags": _edit_tags,
    "begins a draft": _save_draft,
    "publishes": _publish,
    "unpublishes": _unpublish,
    "moves": _move,
    "deletes": _delete,
    "duplicates": _duplicate,
    "touches": _touch,
}
TARGETS: Mapping[str, tuple[str, ...]] = {
    "first": ("Cherry", "Date", "Hazel"),
    "changes": ("Apple", "Banana", "Cherry", "Date", "Hazel", "Elder"),
    "removal": ("Apple", "Elder", "Fig"),
}
JUMPS = (0, 31)
# A draft beside the live text shows only by `updated_at` (F67). Where a person changed a field that we do not own,
# that explains the time, and a draft begun later cannot be told from it.
UNSEEABLE = {("changes", "Apple", "begins a draft")}


def cases(recorded: Mapping[str, Recorded]) -> Iterator[tuple[Recorded, int, str, str, int]]:
    """Every request x every act on every target, in no time or 31 s before the request goes on."""
    for one in recorded.values():
        for at in range(1, len(one.requests) + 1):
            for title in TARGETS[one.step.name]:
                for act in ACTS:
                    if (one.step.name, title, act) not in UNSEEABLE:
                        for jump in JUMPS:
                            yield one, at, title, act, jump


def unseeable(step: str) -> int:
    """How many acts on pages of a step are left out."""
    return sum(one[0] == step for one in UNSEEABLE)


def violations(world: World, one: Recorded, at: int, title: str, act: str, jump: int) -> list[str]:
    """What does not hold when a person acts just before request `at`, and the run goes on after `jump` seconds."""
    world.restore(one.stage.before)
    done: list[int] = []

    def acts() -> None:
        found = [row.id for row in world.rows().values() if row.title == title]
        if found:
            ACTS[act](world, found[0])
            done.append(found[0])
        world.clock.now += jump

    world.door.before[at] = acts
    ran = world.apply()
    found = told(ran) + within_plan(ran, ran.data or one.plan, {one.id for one in world.edits if one.name == "status"})
    return found + rest(world, one, done if act == "deletes" else [])


def rest(world: World, one: Recorded, deleted: list[int], most: int = 2) -> list[str]:
    """What must hold after at most two further runs: quiet but for decisions, nothing doubled, nothing lost."""
    found: list[str] = []
    for _ in range(most):
        world.clock.now += 60
        ran = world.apply()
        found += told(ran) + within_plan(ran, ran.data or {"changes": []})
        if not ran.data:
            found.append(f"ended with {ran.code}: {ran.err}")
    plan = world.plan()
    if plan["changes"]:
        found.append(f"not quiet: {_brief(plan)}")
    world.look_after_edits()
    found += world.overwritten()
    found += [each for each in untouched(world, one.facts) if not each.startswith("unowned")]
    found += [f"readers met {each}" for each in world.wrong]
    copies = {edit.id for edit in world.edits if edit.name == "updated_at"}  # only of copies
    rows = [row for row in world.rows().values() if row.id not in copies and row.title not in STRANGERS]
    found += [f"{n} x {title}" for title, n in Counter(row.title for row in rows).items() if n > 1]
    if deleted and one.stage.before.files.get("kbsync.test.lock") and len(rows) > len(one.step.titles) - 1:
        found.append("what a person deleted was made again")
    live = set(world.rows())
    missing = {each["id"] for each in plan["conflicts"] if each["reason"] == "missing"}
    for entry in world.lock().entries.values():
        if entry.kind == "article" and entry.id not in live | missing:
            found.append(f"the lock has {entry.path} {entry.id}, and nobody says that it is gone")
    return found
