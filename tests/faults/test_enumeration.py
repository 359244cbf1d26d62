"""Every request of the history under every kind of fault, each followed by clean runs and all invariants.

The quick set takes the same cases each time: kinds in turn at every write, one at every read. `pytest -m slow
tests/faults` runs all of them and prints the totals.
"""

from __future__ import annotations

import pytest

from faults.conftest import Played, Totals
from faults.enumeration import KILLS, LOSSES, STRIKES, Recorded, cases, violations

KINDS = tuple(STRIKES)


def quick(one: Recorded, offset: int) -> list[tuple[int, str]]:
    """Three kinds at each write and one at each read, so that every kind strikes several times."""
    chosen: list[tuple[int, str]] = []
    turn = offset
    for sent in one.requests:
        for _ in range(3 if sent.writes else 1):
            chosen.append((sent.at, KINDS[turn % len(KINDS)]))
            turn += 7 if len(KINDS) % 7 else 5
    return chosen


def told(found: dict[str, list[str]]) -> str:
    """The violations by case, for the message of a test."""
    return "\n".join(f"{case}:\n  " + "\n  ".join(lines) for case, lines in found.items())


@pytest.mark.parametrize(("step", "offset"), [("first", 0), ("changes", 3), ("removal", 11)])
def test_any_request_may_fail_in_any_way(played: Played, step: str, offset: int) -> None:
    one = played.steps[step]
    chosen = quick(one, offset)
    assert {at for at, _ in chosen} == set(range(1, len(one.requests) + 1))
    found = {f"{step} {at} {kind}": violations(played.world, one, at, STRIKES[kind]) for at, kind in chosen}
    bad = {case: lines for case, lines in found.items() if lines}
    assert not bad, told(bad)


def test_the_quick_set_has_every_kind_at_some_write(played: Played) -> None:
    struck = {
        kind
        for one, offset in zip(played.recorded, (0, 3, 11), strict=True)
        for at, kind in quick(one, offset)
        if one.requests[at - 1].writes
    }
    assert struck == set(KINDS)


@pytest.mark.parametrize("step", ["first", "changes", "removal"])
def test_a_killed_run_on_a_runner_that_forgets_is_finished_by_the_next(played: Played, step: str) -> None:
    # F42, F63: after each write, the losses in turn; and before it, with everything lost
    one = played.steps[step]
    found: dict[str, list[str]] = {}
    for sent in one.requests:
        if not sent.writes:
            continue
        lost = LOSSES[1 + sent.at % 3]
        when = "after" if sent.at % 4 else "before"
        case = f"{step} {sent.at} killed {when}, lost: {lost}"
        found[case] = violations(played.world, one, sent.at, KILLS[f"killed {when}"], lost)
    bad = {case: lines for case, lines in found.items() if lines}
    assert not bad, told(bad)


@pytest.mark.slow
def test_every_request_under_every_fault(played: Played, totals: Totals) -> None:
    found: dict[str, list[str]] = {}
    executed = 0
    for one, at, strike in cases(played.steps):
        executed += 1
        if lines := violations(played.world, one, at, strike):
            found[f"{one.step.name} {at} {strike.name}"] = lines
    requests = sum(len(one.requests) for one in played.recorded)
    assert executed == requests * len(STRIKES)
    totals.add("one fault", f"{requests} requests x {len(STRIKES)} faults", executed, len(found))
    assert not found, told(found)


@pytest.mark.slow
def test_every_kill_with_every_loss(played: Played, totals: Totals) -> None:
    found: dict[str, list[str]] = {}
    executed = 0
    kills = ("before", "after")  # one still under way cannot be known of without a journal
    for one in played.recorded:
        for at in range(1, len(one.requests) + 1):
            for when in kills:
                for lost in LOSSES[1:]:
                    executed += 1
                    if lines := violations(played.world, one, at, KILLS[f"killed {when}"], lost):
                        found[f"{one.step.name} {at} killed {when}, lost: {lost}"] = lines
    requests = sum(len(one.requests) for one in played.recorded)
    assert executed == requests * len(kills) * len(LOSSES[1:])
    totals.add("killed, and forgotten", f"{requests} requests x {len(kills)} kills x 3 losses", executed, len(found))
    assert not found, told(found)
