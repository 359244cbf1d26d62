"""People who edit, move, publish, unpublish, duplicate and delete between any two requests of a run.

What they did stays, or it fell into the gap between our last look and our write, which is at most 30 s (F34).
"""

from __future__ import annotations

import pytest

from faults import people
from faults.conftest import Played, Totals
from faults.test_enumeration import told


def test_whoever_acts_while_a_run_goes_on_keeps_what_they_did(played: Played) -> None:
    found: dict[str, list[str]] = {}
    for number, (one, at, title, act, jump) in enumerate(people.cases(played.steps)):
        if number % 71 == 5:
            lines = people.violations(played.world, one, at, title, act, jump)
            found[f"{one.step.name} {at} {title} {act} +{jump}"] = lines
    bad = {case: lines for case, lines in found.items() if lines}
    assert not bad, told(bad)


# What the enumeration found once, by the request before which a person acted.
FOUND = {
    "a new page linked to one that a person had deleted 31 s before": ("changes", "POST", "Date", "deletes", 31),
    "a page went live with a stored link to a deleted one": ("changes", "PUT", "Banana", "deletes", 31),
    "text was overwritten between status and content": ("changes", "PUT", "Hazel", "edits the text", 0),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once(played: Played, name: str) -> None:
    step, method, title, act, jump = FOUND[name]
    one = played.steps[step]
    for sent in one.requests:
        if sent.method == method or (sent.method == "GET" and sent is one.requests[-1]):
            assert people.violations(played.world, one, sent.at, title, act, jump) == []


@pytest.mark.slow
def test_every_act_before_every_request(played: Played, totals: Totals) -> None:
    found: dict[str, list[str]] = {}
    executed = 0
    for one, at, title, act, jump in people.cases(played.steps):
        executed += 1
        if lines := people.violations(played.world, one, at, title, act, jump):
            found[f"{one.step.name} {at} {title} {act} +{jump}"] = lines
    wanted = sum(
        len(one.requests) * (len(people.TARGETS[one.step.name]) * len(people.ACTS) - people.unseeable(one.step.name))
        for one in played.recorded
    ) * len(people.JUMPS)
    requests = sum(len(one.requests) for one in played.recorded)
    assert executed == wanted
    totals.add("people", f"{requests} requests x acts x pages x {len(people.JUMPS)} paces", executed, len(found))
    assert not found, told(found)
