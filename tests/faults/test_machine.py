"""A machine that edits here and there, renames, publishes, dies, forgets and applies old plans, in any order."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from faults.enumeration import KILLS, STRIKES
from faults.history import page
from faults.invariants import told, within_plan
from faults.world import Saved, World

NAMES = st.sampled_from("abcd")
KINDS = st.sampled_from(sorted(STRIKES))
FOLDER = "content/Guide/Basics"


class Team(RuleBasedStateMachine):
    """Writers with files, people in Freshdesk, runs that go wrong. After each run what it says is true."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        self.world = self.stack.enter_context(World(policy="removed: unpublish, max_removals: 20"))
        self.number = 0
        self.plans: list[str] = []
        self.old: Saved | None = None
        self.copies: set[int] = set()
        self.created = 0
        for name in "ab":
            self.world.put(f"{FOLDER}/{name}.md", page(f"Title {name}", f"Text of {name}."))
        self.apply()

    def teardown(self) -> None:
        self.stack.close()

    def file(self, name: str) -> str | None:
        """The file that was made under this name, wherever it was renamed to."""
        found = sorted(self.world.root.glob(f"{FOLDER}/{name}*.md"))
        return found[0].relative_to(self.world.root).as_posix() if found else None

    def article(self, name: str) -> int | None:
        """The live article that the lock has for the file of this name."""
        file = self.file(name)
        entry = self.world.entries().get(file or "")
        return entry.id if entry is not None and entry.id in self.world.rows() else None

    # --- here -----------------------------------------------------------------------------------------------

    @rule(name=NAMES, draft=st.booleans())
    def write_here(self, name: str, draft: bool) -> None:
        self.number += 1
        file = self.file(name)
        if file is None:
            front = {"draft": "true"} if draft else {}
            self.world.put(f"{FOLDER}/{name}.md", page(f"Title {name}", f"Text {self.number}.", **front))
        else:
            self.world.edit(file, lambda text: f"{text}\nLine {self.number}.\n")

    @rule(name=NAMES)
    def turn_draft_here(self, name: str) -> None:
        if file := self.file(name):
            mark = "draft: true\n"
            self.world.edit(
                file, lambda text: text.replace(mark, "") if mark in text else text.replace("---\n", f"---\n{mark}", 1)
            )

    @rule(name=NAMES)
    def rename_here(self, name: str) -> None:
        self.number += 1
        if file := self.file(name):
            self.world.move(file, f"{FOLDER}/{name}{self.number}.md")

    @rule(name=NAMES)
    def delete_here(self, name: str) -> None:
        if (file := self.file(name)) and self.file("a") != file:
            self.world.remove(file)

    @rule(name=NAMES, to=NAMES)
    def link_here(self, name: str, to: str) -> None:
        file, target = self.file(name), self.file(to)
        if file and target:
            self.world.edit(file, lambda text: f"{text}\nSee [{to}]({target.rpartition('/')[2]}).\n")

    # --- there ----------------------------------------------------------------------------------------------

    @rule(name=NAMES, what=st.sampled_from(["body", "title", "tags", "publish", "unpublish", "delete", "draft"]))
    def act_there(self, name: str, what: str) -> None:
        id = self.article(name)
        if id is None:
            return
        self.number += 1
        world, people = self.world, self.world.people
        world.clock.now += 60
        status = world.rows()[id].status
        acts: dict[str, Any] = {
            "body": (lambda: people.edit_article(id, body=f"<p>Theirs {self.number}.</p>", status=status), ["body"]),
            "title": (lambda: people.edit_article(id, title=f"Their title {self.number}", status=status), ["title"]),
            "tags": (lambda: people.edit_article(id, tags=[f"t{self.number}"], status=status), ["tags"]),
            "publish": (lambda: people.publish(id), ["status"]),
            "unpublish": (lambda: people.unpublish(id), ["status"]),
            "delete": (lambda: people.delete_article(id), []),
            "draft": (lambda: people.save_draft(id, body=f"<p>Draft {self.number}.</p>"), []),
        }
        act, names = acts[what]
        if what == "delete":
            world.edits = [one for one in world.edits if one.id != id]
        world.person(act, id, *names)
        world.clock.now += 60

    @rule(name=NAMES)
    def duplicate_there(self, name: str) -> None:
        id = self.article(name)
        if id is not None:
            self.copies.add(self.world.people.duplicate_article(id, title=f"Copy of {id}"))

    # --- runs -----------------------------------------------------------------------------------------------

    @rule()
    def apply(self) -> None:
        self.check_run(self.world.apply())

    @rule(at=st.integers(1, 16), kind=KINDS)
    def apply_with_a_fault(self, at: int, kind: str) -> None:
        self.world.door.faults[at] = STRIKES[kind]
        self.check_run(self.world.apply())
        if kind not in KILLS:
            self.check_run(self.world.apply())

    @rule()
    def plan(self) -> None:
        file = str(self.world.root / f"plan{len(self.plans)}.json")
        self.world.cli("plan", "--out", file)
        self.plans.append(file)

    @precondition(lambda self: self.plans)
    @rule(data=st.data())
    def apply_an_old_plan(self, data: st.DataObject) -> None:
        ran = self.world.apply(data.draw(st.sampled_from(self.plans)))
        assert ran.code in {0, 1, 4, 5, 7}, (ran.code, ran.err)
        self.check_run(ran)

    @rule()
    def lose_journal(self) -> None:
        self.world.journal.unlink(missing_ok=True)

    @rule()
    def commit(self) -> None:
        self.old = self.world.save()

    @precondition(lambda self: self.old is not None)
    @rule()
    def run_from_an_old_checkout(self) -> None:
        assert self.old is not None
        self.world.clock.now += 60
        with self.world.second(self.old) as other:
            other.edits = self.world.edits
            ran = other.apply()
            assert told(ran) == []
        self.world.clock.now += 60

    def check_run(self, ran: Any) -> None:
        """What holds after any run."""
        self.world.clock.now += 60
        people = {one.id for one in self.world.edits if one.name == "status"}
        assert told(ran) == []
        if ran.data:
            assert within_plan(ran, ran.data, people) == []
        assert "this is a bug" not in ran.err, ran.err

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if not hasattr(self, "world"):
            return
        assert self.world.overwritten() == []
        paths = [(entry.kind, entry.path) for entry in self.world.lock().entries.values()]
        assert len(paths) == len(set(paths))
        live = self.world.rows()
        titles = [row.title for id, row in live.items() if id not in self.copies and row.title.startswith("Title")]
        assert len(titles) == len(set(titles))


_QUICK = settings(
    max_examples=30, stateful_step_count=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
_LONG = settings(max_examples=100, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))

TestTeam = Team.TestCase
TestTeam.settings = _QUICK


class _Long(Team):
    pass


TestTeamAtLength = pytest.mark.slow(_Long.TestCase)
TestTeamAtLength.settings = _LONG
