"""Small stories, each of which needs one guard: what does not hold at their end, an empty list where all does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from faults import people
from faults.disk import Disk
from faults.enumeration import STRIKES, Recorded, settled, violations
from faults.history import BASICS, EXTRA, page
from faults.invariants import at_rest
from faults.world import KEY, Ran, Strike, World
from kbsync.sandbox import Fault

Steps = dict[str, Recorded]
Scenario = Callable[[World, Steps], list[str]]

_ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
HOSTILE = "</details>`@team` \x1b[31mred\x9b2J\u202e <script>alert(1)</script> ```"


def request(one: Recorded, method: str, words: str) -> int:
    """The number of the request of a step's run that writes an article whose text or title has these words."""
    return next(sent.at for sent in one.requests if sent.method == method and words in json.dumps(sent.payload))


def once(name: str) -> Scenario:
    """One run without faults makes everything as it should be, and the next plan is empty."""

    def scenario(world: World, steps: Steps) -> list[str]:
        one = steps[name]
        world.restore(one.stage.before)
        world.apply()
        plan = world.plan()
        left = [f"left to do: {change['key']}" for change in plan["changes"]]
        return left + at_rest(world, one.step, one.facts, one.after)

    return scenario


def struck(name: str, method: str, words: str, kind: str, lost: str = "nothing") -> Scenario:
    """A fault at the write of that article."""

    def scenario(world: World, steps: Steps) -> list[str]:
        one = steps[name]
        return violations(world, one, request(one, method, words), STRIKES[kind], lost)

    return scenario


def acted(title: str, act: str, jump: int, method: str, words: str, *, earlier: int = 1) -> Scenario:
    """A person acts shortly before the write of that article, in the second step."""

    def scenario(world: World, steps: Steps) -> list[str]:
        one = steps["changes"]
        return people.violations(world, one, request(one, method, words) - earlier, title, act, jump)

    return scenario


def refused_linker(world: World, steps: Steps) -> list[str]:
    """A page cannot leave while the page that links to it could not be written."""
    one = steps["changes"]
    world.restore(one.stage.before)
    world.door.faults[request(one, "PUT", "Nothing more.")] = Strike("400", Fault("status_before_commit", status=400))
    world.apply()
    return world.wrong + settled(world) + at_rest(world, one.step, one.facts, one.after)


def trouble_before_removals(world: World, steps: Steps) -> list[str]:
    """Nothing is removed in a run with trouble."""
    one = steps["removal"]
    world.restore(one.stage.before)
    world.door.faults[request(one, "PUT", "Newest text")] = Strike("400", Fault("status_before_commit", status=400))
    world.apply()
    return [f"{title} is gone" for title in ("Elder", "Fig") if world.row(title).status != 2]


def edited_before_removal(world: World, steps: Steps) -> list[str]:
    """What a person edited is not removed, whatever field it was."""
    one = steps["removal"]
    world.restore(one.stage.before)
    world.people.edit_article(world.id("Fig"), tags=["hers"])
    ran = world.apply()
    return [f"Fig is gone, exit {ran.code}"] if world.row("Fig").status != 2 or ran.code != 4 else []


def hidden_articles(world: World, steps: Steps) -> list[str]:
    """A list that leaves something out is no evidence that it is gone (P8, F27, F31)."""
    world.restore(steps["changes"].stage.before)
    world.remove(f"{EXTRA}/f.md")
    path = f"/solutions/folders/{world.folder('Extra')}/articles"
    world.sandbox.add_faults(Fault("shift", path=path, times=None, offset=6))
    ran = world.apply()
    world.sandbox.clear_faults()
    found = [] if f"{EXTRA}/f.md" in world.entries() else ["Fig was forgotten"]
    found += [f"{each['action']} of {each['key']}" for each in ran.data["changes"] if each["action"] == "unpublish"]
    world.clock.now += 60
    return found + settled(world) + ([] if world.row("Fig").status == 1 else ["Fig is still public"])


def too_many_removals(world: World, steps: Steps) -> list[str]:
    """More removals than the policy allows are refused before anything is sent."""
    world.restore(steps["removal"].stage.before)
    world.edit("kbsync.yaml", lambda text: text.replace("removed: unpublish", "removed: unpublish, max_removals: 1"))
    return _refused(world.apply(), 6)


def another_account(world: World, steps: Steps) -> list[str]:
    """A lock of another account is refused."""
    world.restore(steps["changes"].stage.before)
    world.edit("kbsync.test.lock", lambda text: text.replace("127.0.0.1:8765", "other.freshdesk.com", 1))
    return _refused(world.apply(), 1)


def merged_badly(world: World, steps: Steps) -> list[str]:
    """A lock with the markers of a merge is refused."""
    world.restore(steps["changes"].stage.before)
    world.edit("kbsync.test.lock", lambda text: text.replace("\n", "\n<<<<<<< ours\n", 1))
    return _refused(world.apply(), 1)


def another_digest(world: World, steps: Steps) -> list[str]:
    """Another plan than the one that was reviewed is refused."""
    world.restore(steps["changes"].stage.before)
    return _refused(world.apply("--expect", "0" * 64), 5)


def stale_plan(world: World, steps: Steps) -> list[str]:
    """A saved plan is refused where a person has edited what it overwrites (F32)."""
    world.restore(steps["changes"].stage.before)
    file = str(world.root / "plan.json")
    world.cli("plan", "--out", file)
    world.people.edit_article(world.id("Apple"), body="<p>Theirs.</p>")
    return _refused(world.apply(file), 5)


def changed_plan_file(world: World, steps: Steps) -> list[str]:
    """A plan file that somebody changed is refused."""
    world.restore(steps["changes"].stage.before)
    file = str(world.root / "plan.json")
    world.cli("plan", "--out", file)
    world.edit("plan.json", lambda text: text.replace("New text of a.", "Other text."))
    return _refused(world.apply(file), 2)


def unpublished_target(world: World, steps: Steps) -> list[str]:
    """A link to a draft is not written."""
    one = steps["changes"]
    world.restore(one.stage.before)
    world.edit(f"{EXTRA}/d.md", lambda text: text.replace("---", "---\ndraft: true", 1))
    world.apply()
    return world.wrong


def noted(world: World, steps: Steps) -> list[str]:
    """Each write has its intent on the disk before it, what it overwrites saved, and its outcome after it."""
    one = steps["changes"]
    world.restore(one.stage.before)
    disk = Disk(world.root)
    found: list[str] = []
    seen = 0

    def before(_at: int) -> None:
        nonlocal seen
        sent = world.door.sent[-1]
        if not sent.writes or not sent.path.startswith("/api"):
            return
        if disk.done[-1] != "fsync .kbsync/test/journal":
            found.append(f"before {sent.method} {sent.path} the disk last did {disk.done[-1]}")
        records = [json.loads(line) for line in world.journal.read_text("utf-8").splitlines()]
        kinds = [record["type"] for record in records]
        if kinds[-1] != "intent":
            found.append(f"{sent.method} {sent.path} without an intent")
        if sent.method == "PUT" and "saved" not in kinds[-2:]:
            found.append(f"{sent.path} is overwritten and was not saved")
        if kinds.count("outcome") != kinds.count("intent") - 1:
            found.append("an outcome was not noted")
        seen += 1

    world.door.each = before
    with disk.installed():
        world.apply()
    world.door.each = lambda _: None
    return found if seen > 5 else ["nothing was written"]


def journal_fails(world: World, steps: Steps) -> list[str]:
    """Without a journal no further write is sent (F44)."""
    world.restore(steps["changes"].stage.before)
    disk = Disk(world.root, 12, "full")
    struck_at: list[int] = []
    disk.struck = lambda: struck_at.append(sum(sent.writes for sent in world.door.sent))
    with disk.installed():
        ran = world.apply()
    return [] if sum(sent.writes for sent in ran.sent) <= struck_at[0] else ["a write went without a journal"]


def redirected(world: World, steps: Steps) -> list[str]:
    """Nothing follows a redirect to another host (F23)."""
    world.restore(steps["changes"].stage.before)
    headers = {"Location": "https://evil.example/api/v2/solutions/categories"}
    world.door.faults[1] = Strike("302", Fault("status_before_commit", status=302, headers=headers))
    ran = world.apply()
    return [f"sent to {sent.host}" for sent in ran.sent if sent.host != "127.0.0.1"]


def told_to_wait(world: World, steps: Steps) -> list[str]:
    """Nothing is sent inside Retry-After (I11)."""
    one = steps["changes"]
    world.restore(one.stage.before)
    fault = Fault("status_before_commit", status=429, headers={"Retry-After": "30"})
    world.door.faults[10] = Strike("429", fault)
    ran = world.apply()
    gap = ran.sent[10].when - ran.sent[9].when
    return [] if gap >= 30 else [f"sent again after {gap} s"]


def echoed_key(world: World, steps: Steps) -> list[str]:
    """The key is shown nowhere, also where a server or proxy says it back."""
    world.restore(steps["changes"].stage.before)
    fault = Fault("status_before_commit", status=500, body=f"<p>Authorization: {KEY}</p>", times=None)
    world.sandbox.add_faults(fault)
    ran = world.cli("plan", "-v")
    world.sandbox.clear_faults()
    return ["the key is in the output"] if KEY in ran.out + ran.err else []


def hostile(world: World, steps: Steps) -> list[str]:
    """Titles and texts do nothing to a terminal."""
    world.restore(steps["changes"].stage.before)
    world.put(f"{BASICS}/x.md", page(json.dumps(HOSTILE), f"Text\n\n{HOSTILE}"))
    world.people.edit_article(world.id("Apple"), title=HOSTILE)
    world.people.create_article(world.folder("Extra"), HOSTILE, "<p>Theirs.</p>")
    found: list[str] = []
    for ran in (world.cli("plan", "-v"), world.cli("check"), world.cli("apply", "--yes", "-v"), world.cli("status")):
        for text in (ran.out, ran.err):
            found += [
                f"{char!r} is in the output" for char in set(re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text))
            ]
    return found


def _refused(ran: Ran, code: int) -> list[str]:
    wrote = [entry.path for entry in ran.log if entry.committed]
    found = [] if ran.code == code else [f"exit {ran.code} and not {code}"]
    return found + [f"wrote {path}" for path in wrote]


SCENARIOS: dict[str, Scenario] = {
    "a first run": once("first"),
    "a run with changes": once("changes"),
    "a run with removals": once("removal"),
    "the reply to a create lost": struck("changes", "POST", "Text of i.", "reply lost"),
    "the reply to an update lost": struck("changes", "PUT", "New text of a.", "reply lost"),
    "killed while a create is under way": struck("changes", "POST", "Text of i.", "killed during"),
    "killed after a create, all forgotten": struck(
        "changes", "POST", "Text of i.", "killed after", "journal, lock and ids"
    ),
    "edited 31 s before": acted("Apple", "edits the text", 31, "PUT", "New text of a."),
    "a link's target deleted 31 s before": acted("Date", "deletes", 31, "POST", "Text of i."),
    "edited between status and content": acted("Hazel", "edits the text", 0, "PUT", "Not yet.", earlier=2),
    "a draft begun before the plan": acted("Banana", "begins a draft", 0, "PUT", "Blueberry", earlier=11),
    "a linker refused": refused_linker,
    "trouble before removals": trouble_before_removals,
    "edited before its removal": edited_before_removal,
    "hidden articles": hidden_articles,
    "too many removals": too_many_removals,
    "a lock of another account": another_account,
    "a lock merged badly": merged_badly,
    "another digest": another_digest,
    "a stale plan": stale_plan,
    "a changed plan file": changed_plan_file,
    "a target that is a draft": unpublished_target,
    "what is noted on disk": noted,
    "a journal that fails": journal_fails,
    "a redirect": redirected,
    "told to wait": told_to_wait,
    "the key said back": echoed_key,
    "hostile titles": hostile,
}
