"""Two runs at once on one account: on two machines, or twice in one folder.

What is promised (P5): no article is doubled and nothing reverted where the second run's writes are older than our
look, which is never more than 30 s old. Between that look and our write nobody can see the other run: that is the
window, measured here, and closed by the concurrency group of the shipped workflow.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from faults.conftest import Played, Totals
from faults.enumeration import Recorded, settled
from faults.history import BASICS
from faults.invariants import STRANGERS, untouched
from faults.world import World

_WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"


def overtaken(world: World, one: Recorded, at: int, jump: int, *, newer: bool) -> tuple[list[str], list[str]]:
    """Run A, with the whole of run B just before A's request `at`, and `jump` seconds more.

    Returns what of it is doubled or reverted, and what else does not hold.
    """
    world.restore(one.stage.before)
    other = world.second(one.stage.before)
    text = "Newest of all."
    if newer:
        other.edit(f"{BASICS}/a.md", lambda old: f"{old}\n{text}\n")
    shown: list[bool] = []

    def is_shown() -> bool:
        return any(text in row.body for row in world.rows().values())

    def act() -> None:
        ran = other.apply()
        assert ran.data, ran.err
        shown.append(is_shown())
        world.clock.now += jump

    with other:
        world.door.before[at] = act
        ran = world.apply()
        found = [f"A ended with {ran.code}: {ran.err}"] if not ran.data else []
        for _ in range(2):
            world.clock.now += 60
            other.apply()
        found += untouched(world, one.facts)
        found += [f"readers met {each}" for each in (*world.wrong, *other.wrong)]
    titles = Counter(row.title for row in world.rows().values() if row.title not in STRANGERS)
    harm = [f"{number} x {title}" for title, number in titles.items() if number > 1]
    if shown == [True] and not is_shown():
        harm.append("the newer text of Apple was reverted")
    return harm, found


def _cases(played: Played) -> list[tuple[Recorded, int, bool]]:
    return [(one, sent.at, newer) for one in played.recorded for sent in one.requests for newer in (False, True)]


def _title(one: Recorded, at: int) -> str:
    """The title of the article that request `at` writes."""
    sent = one.requests[at - 1]
    created = {outcome["id"]: outcome["title"] for outcome in one.plan["outcomes"]}
    titles = created | {change["id"]: change["title"] for change in one.plan["changes"] if change["id"]}
    payload = sent.payload if isinstance(sent.payload, dict) else {}
    number = sent.path.rpartition("/")[2]
    return str(payload.get("title") or titles.get(int(number) if number.isdigit() else 0, "nothing"))


def _run(played: Played, cases: list[tuple[Recorded, int, bool]], jump: int) -> tuple[list[str], list[str]]:
    harm: list[str] = []
    bad: list[str] = []
    for one, at, newer in cases:
        name = f"{one.step.name} {at}{' newer' if newer else ''} +{jump}"
        hurt, found = overtaken(played.world, one, at, jump, newer=newer)
        # What was on its way already when the other run began cannot be called back.
        under_way = _title(one, at) if jump else "nothing"
        harm += [f"{name}: {each}" for each in hurt if under_way not in each]
        bad += [f"{name}: {each}" for each in found]
    return harm, bad


def test_a_run_that_is_overtaken_31_s_before_a_request_doubles_and_reverts_nothing(played: Played) -> None:
    harm, bad = _run(played, _cases(played)[4::9], 31)  # F51 F52
    assert (harm, bad) == ([], [])


@pytest.mark.slow
def test_all_interleavings_of_two_runs(played: Played, totals: Totals) -> None:
    cases = _cases(played)
    harm, bad = _run(played, cases, 31)
    totals.add("two runs, 31 s apart", f"{len(cases) // 2} requests x 2 commits", len(cases), len(harm) + len(bad))
    window, others = _run(played, cases, 0)
    totals.add("two runs, at the same moment", f"{len(cases) // 2} requests x 2 commits", len(cases), len(others))
    where = {
        name: sorted({each.split()[1] for each in window if each.startswith(name)}, key=int) for name in played.steps
    }
    spoken = "; ".join(f"{name}: before requests {', '.join(each) or 'none'}" for name, each in where.items())
    totals.lines.append(f"  the window, where a run that begins and ends there doubles or reverts: {spoken}")
    assert (harm, bad, others) == ([], [], [])


def test_the_window_is_from_the_look_to_the_create_and_shows_where_it_is(played: Played) -> None:
    one = played.steps["changes"]
    create = next(sent.at for sent in one.requests if sent.method == "POST" and sent.path.endswith("/articles"))
    harm, bad = overtaken(played.world, one, create, 0, newer=False)
    assert (harm, bad) == (["2 x Juniper", "2 x Iris"], [])  # nobody looks between the look and the create ...
    assert overtaken(played.world, one, create - 1, 31, newer=False) == ([], [])  # ... and it is 30 s old at most


def test_the_shipped_workflow_lets_no_second_run_begin() -> None:
    texts = [file.read_text("utf-8") for file in _WORKFLOWS.glob("*.yml") if "kbsync apply" in file.read_text("utf-8")]
    assert all("concurrency:" in text and "cancel-in-progress: false" in text for text in texts)


def twice_in_a_folder(played: Played) -> list[str]:
    """What does not hold when a second run is begun in the folder of one that goes on."""
    world, one = played.world, played.steps["first"]
    world.restore(one.stage.before)
    found: list[str] = []

    def again() -> None:
        sent = list(world.door.sent)
        ran = world.apply()
        if ran.code != 2 or ran.sent or "another kbsync" not in ran.err:
            found.append(f"the second one ended with {ran.code} and sent {ran.sent}: {ran.err}")
        world.door.sent = sent

    world.door.before[6] = again
    ran = world.apply()
    return found + ([] if ran.code == 0 else [f"the first one ended with {ran.code}"]) + settled(world)


def test_a_second_run_in_the_same_folder_is_refused_and_sends_nothing(played: Played) -> None:
    assert twice_in_a_folder(played) == []
