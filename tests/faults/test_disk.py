"""A disk that is full, read-only or broken, at every file operation of a run: journal, lock, ids in the sources."""

from __future__ import annotations

import pytest

from faults.conftest import Played, Totals
from faults.disk import Disk
from faults.enumeration import Recorded, settled
from faults.invariants import at_rest, told
from faults.test_enumeration import told as listed
from faults.world import World

FAILURES = ("full", "broken", "torn", "killed before", "killed after")


def operations(world: World, one: Recorded) -> list[str]:
    """Everything that a step's run does to files."""
    world.restore(one.stage.before)
    disk = Disk(world.root)
    with disk.installed():
        assert world.apply().code == 0
    return disk.done


def violations(world: World, one: Recorded, at: int, failure: str, *, lasting: bool = False) -> list[str]:
    """What does not hold when file operation `at` fails, and clean runs follow."""
    world.restore(one.stage.before)
    disk = Disk(world.root, at, failure, lasting=lasting)
    sent_by_then: list[int] = []
    disk.struck = lambda: sent_by_then.append(sum(sent.writes for sent in world.door.sent))
    with disk.installed():
        ran = world.apply()
    found = [] if sent_by_then else ["nothing struck"]
    world.lock()  # can always be read
    what = disk.done[at - 1]
    if not failure.startswith("killed"):
        found += told(ran)
        if ran.code in {None, 0} and not what.endswith("journal"):  # the lock has what the journal missed
            found.append(f"exit {ran.code} though {what} failed")
        if "this is a bug in kbsync" in ran.err:
            found.append(f"{what}: {ran.err[-700:]}")
        if "journal" in what and sum(sent.writes for sent in ran.sent) > sent_by_then[0]:
            found.append("a write was sent after the journal had failed (F44)")
    world.clock.now += 1
    return found + settled(world) + at_rest(world, one.step, one.facts, one.after)


def _all(played: Played) -> list[tuple[Recorded, int, str]]:
    return [
        (one, at, failure)
        for one in played.recorded
        for at in range(1, len(operations(played.world, one)) + 1)
        for failure in FAILURES
    ]


def test_any_file_operation_may_fail(played: Played) -> None:
    cases = _all(played)
    chosen = cases[3::29]
    found = {f"{one.step.name} {at} {kind}": violations(played.world, one, at, kind) for one, at, kind in chosen}
    bad = {case: lines for case, lines in found.items() if lines}
    assert not bad, listed(bad)


@pytest.mark.parametrize("failure", ["full", "read-only"])
@pytest.mark.parametrize("at", [1, 9, 30])
def test_a_disk_that_stays_full_or_read_only(played: Played, failure: str, at: int) -> None:  # F44 F45
    assert violations(played.world, played.steps["changes"], at, failure, lasting=True) == []


def test_no_write_follows_a_record_that_was_lost(played: Played) -> None:
    # a page that becomes a draft takes two writes: the second must not go where the first could not be noted
    one = played.steps["changes"]
    number = [
        number for number, what in enumerate(operations(played.world, one), 1) if what == "fsync .kbsync/test/journal"
    ]
    for at in number[-8:]:
        assert violations(played.world, one, at, "full") == []


@pytest.mark.slow
def test_every_file_operation_fails(played: Played, totals: Totals) -> None:
    cases = _all(played)
    found = {f"{one.step.name} {at} {kind}": violations(played.world, one, at, kind) for one, at, kind in cases}
    bad = {case: lines for case, lines in found.items() if lines}
    number = len(cases) // len(FAILURES)
    totals.add("disk", f"{number} file operations x {len(FAILURES)} failures", len(found), len(bad))
    assert len(cases) == number * len(FAILURES)
    assert not bad, listed(bad)
