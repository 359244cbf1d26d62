"""Every request of the history under every fault; see `cases`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from faults.history import STEPS, Stage, Step, begin, meanwhile
from faults.invariants import Facts, at_rest, facts, picture, told, within_plan
from faults.world import Saved, Sent, Strike, World
from kbsync.sandbox import Fault

_FAULTS = {
    "refused": Fault("refuse"),
    "lost before commit": Fault("drop_before_commit"),
    "reply lost": Fault("drop_after_commit"),
    "500 before commit": Fault("status_before_commit", status=500),
    "503 before commit": Fault("status_before_commit", status=503, headers={"Retry-After": "2"}),
    "500 after commit": Fault("status_after_commit", status=500),
    "502 page after commit": Fault("status_after_commit", status=502),
    "429": Fault("status_before_commit", status=429, headers={"Retry-After": "3"}),
    "truncated": Fault("truncated"),
    "stalled": Fault("stalled", seconds=100),
    "html 200, done": Fault("html_200"),
    "html 200, not done": Fault("html_200", commit=False),
    "slow": Fault("slow", seconds=20),
    "too slow": Fault("slow", seconds=100),
    "late by 7 s": Fault("late_commit", seconds=7),
    "late by 25 s": Fault("late_commit", seconds=25),
}
FAULTS = {name: Strike(name, fault) for name, fault in _FAULTS.items()}
KILLS = {f"killed {when}": Strike(f"killed {when}", kill=when) for when in ("before", "during", "after")}
STRIKES = FAULTS | KILLS

# What a killed run may leave: everything; no journal; nothing that was not committed to git before the run.
LOSSES = ("nothing", "journal", "journal and lock", "journal, lock and ids")


@dataclass(frozen=True)
class Recorded:
    """A step's run without faults: its requests, its plan, and how everything is after it."""

    stage: Stage
    requests: tuple[Sent, ...]
    plan: Mapping[str, Any]
    facts: Facts
    after: Mapping[str, Any]

    @property
    def step(self) -> Step:
        """The step that was recorded."""
        return self.stage.step


def record(world: World) -> dict[str, Recorded]:
    """Play the history once without faults."""
    begin(world)
    found: dict[str, Recorded] = {}
    for step in STEPS:
        step.do(world)
        before, known = world.save(), facts(world)
        ran = world.apply()
        wrong = (ran.code, told(ran), within_plan(ran, ran.data))
        assert wrong == (0, [], []), (step.name, *wrong, ran.err)
        after = picture(world)
        found[step.name] = Recorded(Stage(step, before), ran.sent, ran.data, known, after)
        assert at_rest(world, step, known, after) == []
        if step is STEPS[0]:
            meanwhile(world)
        world.clock.now += 3600
        plan = world.plan()
        assert (plan["changes"], plan["conflicts"]) == ([], []), step.name
    return found


def cases(recorded: Mapping[str, Recorded]) -> Iterator[tuple[Recorded, int, Strike]]:
    """Every request index of every step x every kind of fault."""
    for one in recorded.values():
        for at in range(1, len(one.requests) + 1):
            for strike in STRIKES.values():
                yield one, at, strike


def violations(world: World, one: Recorded, at: int, strike: Strike, lost: str = "nothing") -> list[str]:
    """What does not hold when `strike` hits request `at` of a step's run, and clean runs follow."""
    world.restore(one.stage.before)
    world.door.faults[at] = strike
    ran = world.apply()
    found = told(ran) + within_plan(ran, ran.data or one.plan)
    if world.door.missed(at):
        found.append("the fault did not strike")
    lose(world, one.stage.before, lost)
    world.clock.now += 1
    found += settled(world)
    if not found or lost == "nothing":
        found += at_rest(world, one.step, one.facts, one.after)
    return found


def lose(world: World, before: Saved, lost: str) -> None:
    """Take from the disk what a runner forgets."""
    if lost == "nothing":
        return
    world.journal.unlink(missing_ok=True)
    if lost == "journal, lock and ids":
        world.checkout(before)
    elif lost == "journal and lock":
        lock = world.root / "kbsync.test.lock"
        lock.unlink(missing_ok=True)
        if lock.name in before.files:
            lock.write_bytes(before.files[lock.name])


def settled(world: World, most: int = 2) -> list[str]:
    """I5: at most two runs to an empty plan, each telling the truth and keeping to its plan."""
    found: list[str] = []
    for _ in range(most):
        ran = world.apply()
        found += told(ran) + within_plan(ran, ran.data or {"changes": []})
        if not ran.data:
            return [*found, f"a run without faults ended with {ran.code}: {ran.err}"]
        if not ran.data["changes"]:
            return found + ([] if ran.code == 0 else [f"exit {ran.code}: {ran.data['conflicts']}"])
        world.clock.now += 60
    plan = world.plan()
    if plan["changes"] or plan["conflicts"]:
        found.append(f"not quiet after {most} runs: {_brief(plan)}")
    return found


def _brief(plan: Mapping[str, Any]) -> list[str]:
    changes = [f"{one['action']} {one['key']} {sorted(one['fields'])}: {one['why']}" for one in plan["changes"]]
    return changes + [f"{one['reason']} {one['key']}: {one['why']}" for one in plan["conflicts"]]
