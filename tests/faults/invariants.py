"""What must hold, as functions that say what does not (fault-scenarios.md, I1 to I12); an empty list is good."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from faults.history import Step
from faults.world import FRONT_ID, WRITES, Ran, World
from kbsync.sandbox import LogEntry

STRANGERS = ("Their page", "Their draft", "Stranger")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Facts:
    """What does not change, whatever happens: other people's objects, and fields that kbsync does not own."""

    strangers: Mapping[str, str]
    unowned: Mapping[str, object]


def facts(world: World) -> Facts:
    """The facts as they are now."""
    store = world.sandbox.store
    strangers = {row.title: repr(row) for row in world.rows().values() if row.title in STRANGERS}
    strangers |= {row.name: repr(row) for row in store.categories("en") if row.name == "Theirs"}
    strangers |= {row.name: repr(row) for row in store.folders("en") if row.name == "Their folder"}
    unowned: dict[str, object] = {}
    for row in world.rows().values():
        if row.title in {"Apple", "Grape"}:
            unowned[f"tags of {row.id}"] = row.tags
        if row.title in {"Apple", "Grape", "Banana", "Cherry", "Fig"}:
            unowned[f"the rest of {row.id}"] = (row.seo, row.agent_id, row.thumbs_up, row.hits, row.folder_id)
    for folder in store.folders("en"):
        unowned[f"folder {folder.id}"] = (folder.visibility, folder.company_ids)
        if folder.name == "Deep":
            unowned["description of Deep"] = folder.description
    return Facts(strangers, unowned)


def untouched(world: World, before: Facts) -> list[str]:
    """I3, I4: what is not ours is as it was."""
    now = facts(world)
    found = [f"stranger {name} changed" for name, row in before.strangers.items() if now.strangers.get(name) != row]
    return found + [f"unowned: {name}" for name, one in before.unowned.items() if now.unowned.get(name, one) != one]


def picture(world: World) -> dict[str, Any]:
    """The help centre by titles, ids of links replaced by titles: equal for equal work, whatever the ids."""
    rows = world.rows()
    store = world.sandbox.store
    folders = {row.id: row.name for row in store.folders("en")}

    def named(match: re.Match[str]) -> str:
        id = int(match[1])
        return f"<{rows[id].title if id in rows else folders.get(id, '?')}>"

    return {
        f"{row.title} {row.id if row.title in STRANGERS else ''}": (
            re.sub(r"(?<=/)(\d{11})", named, row.body).replace(world.host, "host:"),
            row.status,
            row.tags,
            row.seo,
            folders.get(row.folder_id),
            row.draft_title,
            row.draft_body and re.sub(r"(?<=/)(\d{11})", named, row.draft_body),
        )
        for row in rows.values()
    }


def at_rest(world: World, step: Step, before: Facts, wanted: Mapping[str, Any]) -> list[str]:
    """I1, I3, I4, I6, I12, and that everything is as after a run without faults."""
    found = untouched(world, before) + [f"readers met {one}" for one in world.wrong]
    titles = Counter(row.title for row in world.rows().values() if row.title not in STRANGERS)
    found += [f"{count} articles are called {title}" for title, count in titles.items() if count > 1]
    found += [f"there is no {title}" for title in step.titles.keys() - titles.keys()]
    store = world.sandbox.store
    names = Counter((row.parent_id or row.category_id, row.name) for row in store.folders("en"))
    names.update((0, row.name) for row in store.categories("en"))
    found += [f"{count} folders or categories are called {name}" for name, count in names.items() if count > 1]
    now = picture(world)
    for title in sorted(now.keys() | wanted.keys()):
        if now.get(title) != wanted.get(title):
            found.append(f"{title} is {now.get(title)} and not {wanted.get(title)}")
    return found + lock_fits(world)


def lock_fits(world: World) -> list[str]:
    """I6: the lock names what exists, each source once, and the ids in the sources are the lock's."""
    store = world.sandbox.store
    found: list[str] = []
    live = {("article", id) for id in world.rows()}
    live |= {("folder", row.id) for row in store.folders("en")}
    live |= {("category", row.id) for row in store.categories("en")}
    entries = world.lock().entries.values()
    found += [f"the lock has {one.kind} {one.id}, the server not" for one in entries if (one.kind, one.id) not in live]
    paths = Counter((one.kind, one.path) for one in entries)
    found += [f"{path} stands {count} times in the lock" for path, count in paths.items() if count > 1]
    ids = {one.path: one.id for one in entries}
    for file in world.root.rglob("content/**/*.md"):
        key = file.relative_to(world.root).as_posix().removesuffix("/_index.md")
        match = FRONT_ID.search(file.read_text("utf-8"))
        if match is None or ids.get(key) != int(match[1]):
            found.append(f"{key} says {match and match[1]}, the lock {ids.get(key)}")
    return found


def told(ran: Ran) -> list[str]:
    """I7: exit code and summary are what the server's log says."""
    data = ran.data
    if ran.code is None or not data:
        wrote = [entry for entry in ran.log if entry.committed]
        return [f"exit {ran.code} without a word, and wrote {wrote}"] if wrote and ran.code is not None else []
    found: list[str] = []
    counted = dict(Counter("upload" if one.path.startswith("/_sandbox/") else one.method for one in ran.sent))
    if counted != data["requests"]:
        found.append(f"sent {counted}, told {data['requests']}")
    outcomes = data["outcomes"]
    statuses = {one["status"] for one in outcomes}
    written = Counter(_object(entry) for entry in ran.log if entry.committed and entry.method != "POST")
    created = Counter(_title(entry) for entry in ran.log if entry.committed and entry.method == "POST")
    for one in outcomes:
        number = written[one["kind"], one["id"]] + created[one["kind"], one["title"]]
        if one["status"] == "done" and one["writes"] != number and not _twice(one, ran.log):
            found.append(f"{one['key']} is told as {one['writes']} writes, the server had {number}")
    known = {(one["kind"], one["id"]) for one in outcomes}
    found += [f"{each} was written, and nobody told" for each in written if each not in known]
    titles = {(one["kind"], one["title"]) for one in outcomes}
    found += [f"{each} was created, and nobody told" for each in created if each not in titles]
    troubled = statuses - {"done"} or any(data[name] for name in ("problems", "conflicts", "interrupted", "errored"))
    if (ran.code == 0) != (not troubled):
        found.append(f"exit {ran.code} with {sorted(statuses)}")
    return found


def within_plan(ran: Ran, plan: Mapping[str, Any], unpublished: Collection[int] = ()) -> list[str]:
    """I9: every write that was sent is one of the plan's, with the plan's values.

    What a person `unpublished` meanwhile is written with the status that person gave it (design 4).
    """
    found: list[str] = []
    by_id = {(one["kind"], one["id"]): one for one in plan["changes"] if one["id"]}
    created = {(one["kind"], one["title"]): one for one in plan["changes"] if one["action"] == "create"}
    by_id |= {
        (one["kind"], one["id"]): created[one["kind"], one["title"]]
        for one in ran.data.get("outcomes", ())
        if one["action"] == "create" and (one["kind"], one["title"]) in created
    }
    for entry in ran.log:
        if entry.method not in WRITES:
            continue
        if entry.method == "POST":
            change = created.get(_title(entry))
        else:
            change = by_id.get(_object(entry)) or _completed(entry, plan)
        if change is None:
            if ran.code is not None:  # a killed run does not tell what it created
                found.append(f"{entry.method} {entry.path} {entry.payload} is not in the plan")
            continue
        found += _not_planned(entry, change, _object(entry)[1] in unpublished)
    return found


def _completed(entry: LogEntry, plan: Mapping[str, Any]) -> Any:
    """The create that a PUT of a body completes."""
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    later = (one for one in plan["changes"] if one["action"] == "create" and one["later"] and "description" in payload)
    sent = _words(payload.get("description"))
    return next((one for one in later if _words(one["fields"]["body"]["after"]) == sent), None)


def _not_planned(entry: LogEntry, change: Mapping[str, Any], other_status: bool) -> list[str]:
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    fields = change["fields"]
    if entry.method == "DELETE":
        return [] if change["action"] == "delete" else [f"DELETE {entry.path} was not planned"]
    found = []
    for name, value in payload.items():
        is_body = name == "description" and change["kind"] == "article"
        planned = fields.get("body" if is_body else name)
        if name in {"parent_folder_id", "folder_id"} or (name == "status" and (planned is None or other_status)):
            continue
        if planned is None and name != "seo_data":
            found.append(f"{entry.path}: {name} was not planned")
        elif is_body:
            if _words(value) != _words(planned["after"]):
                found.append(f"{entry.path}: another body than planned")
        elif planned is not None and planned["after"] != value:
            found.append(f"{entry.path}: {name} is {value}, planned {planned['after']}")
    return found


def _twice(outcome: Mapping[str, Any], log: tuple[LogEntry, ...]) -> bool:
    """True where a write came into effect late, beside its second try."""
    return any(entry.fault == "late_commit" and entry.committed for entry in log) or bool(outcome["message"])


def _object(entry: LogEntry) -> tuple[str, int]:
    match = re.fullmatch(r"/api/v2/solutions/(articles|folders|categories)/(\d+)", entry.path)
    kinds = {"articles": "article", "folders": "folder", "categories": "category"}
    return (kinds[match[1]], int(match[2])) if match else ("?", 0)


def _title(entry: LogEntry) -> tuple[str, str]:
    payload = entry.payload if isinstance(entry.payload, dict) else {}
    kind = "article" if "title" in payload else "category" if entry.path.endswith("/categories") else "folder"
    return kind, str(payload.get("title", payload.get("name")))


def _words(html: object) -> str:
    return "".join(_TAG.sub("", str(html)).split())
