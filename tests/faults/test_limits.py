"""Limits from end to end: pauses that are asked for, a storm of 429, others who use up the quota, lists that shift."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from faults.conftest import Played
from faults.enumeration import settled
from faults.history import page
from faults.invariants import at_rest, told
from faults.world import World, struck
from kbsync.sandbox import Fault


@pytest.mark.parametrize(
    ("header", "least"),
    [("7", 7), ("Mon, 01 Jan 2035 00:00:00 GMT", None), ("86400", None), ("", 30), ("soon", 30)],
    ids=["seconds", "a far date", "a day", "absent", "garbage"],
)
def test_a_pause_is_kept_or_the_run_ends_with_a_lock_that_fits(played: Played, header: str, least: int | None) -> None:
    world, one = played.world, played.steps["changes"]  # F19
    world.restore(one.stage.before)
    headers = {"Retry-After": header, "Date": "Fri, 15 Jan 2027 09:00:00 GMT"} if header else {}
    world.sandbox.add_faults(Fault("status_before_commit", nth=11, status=429, headers=headers))
    ran = world.apply()
    assert told(ran) == []
    if least is None:  # longer than a run waits
        assert ran.code == 7
        assert ran.sent[-1].at == 11
    else:
        assert ran.code == 0
        assert ran.sent[11].when - ran.sent[10].when >= least
    world.clock.now += 90_000
    assert settled(world) + at_rest(world, one.step, one.facts, one.after) == []


def test_a_storm_of_429_ends_the_run_and_loses_nothing(played: Played) -> None:  # F20
    world, one = played.world, played.steps["changes"]
    world.restore(one.stage.before)
    storm = Fault("status_before_commit", nth=12, status=429, headers={"Retry-After": "20"}, times=None)
    world.sandbox.add_faults(storm)
    ran = world.apply()
    assert (told(ran), ran.code) == ([], 7)
    late = [(one.when, other.when) for one, other in zip(ran.sent[11:], ran.sent[12:], strict=False)]
    assert all(after - before >= 20 for before, after in late)
    world.sandbox.clear_faults()
    world.clock.now += 300
    assert settled(world) + at_rest(world, one.step, one.facts, one.after) == []


@pytest.mark.parametrize("elsewhere", [0, 10, 30, 45])
def test_what_others_use_of_the_quota_is_left_to_them(elsewhere: int) -> None:  # F21, I11
    with World(switches={"rate_limit_total": 50, "quota_elsewhere": elsewhere}) as world:
        for number in range(40):
            world.put(f"content/Guide/Basics/{number:02}.md", page(f"Article {number}", "Text."))
        ran = world.apply()
        assert (told(ran), {entry.status for entry in ran.log} & {429}) == ([], set())
        assert ran.code in ({0} if elsewhere < 45 else {0, 1, 7})
        minutes = Counter(int(entry.at // 60) for entry in ran.log)
        assert max(minutes.values()) <= 25  # half of 50
        assert all(elsewhere + number <= 45 + 1 for number in minutes.values())  # a tenth is never touched, but to look
        while ran.code != 0:
            world.sandbox.change_switches({"quota_elsewhere": 0})
            world.clock.now += 120
            ran = world.apply()
        assert world.plan()["changes"] == []


SHIFTS = {
    "one missed": Fault("shift"),
    "one repeated": Fault("shift", offset=-1),
    "a short page": Fault("short_page"),
    "a short page with Link": Fault("short_page", keep_link=True),
}


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("times", [1, None])
def test_lists_that_shift_between_pages_remove_and_double_nothing(shift: str, times: Any) -> None:  # F28 to F31
    with World(policy="removed: delete") as world:
        for number in range(130):
            world.put(f"content/Guide/Basics/{number:03}.md", page(f"Article {number:03}", f"Text {number}."))
        assert world.apply().code == 0
        world.clock.now += 3600
        world.put("content/Guide/Basics/new.md", page("New", "Text."))
        world.remove("content/Guide/Basics/120.md")
        world.edit("content/Guide/Basics/005.md", lambda text: f"{text}\nMore.\n")
        rows = world.rows()
        for nth in (1, 2):
            saved = world.save()
            path = "/solutions/folders/*/articles"
            world.sandbox.add_faults(struck(SHIFTS[shift], times=times, nth=nth, path=path))
            ran = world.apply()
            assert told(ran) == []
            assert {rows[id].title for id in rows.keys() - world.rows().keys()} <= {"Article 120"}
            world.sandbox.clear_faults()
            world.clock.now += 60
            assert settled(world) == []
            titles = Counter(row.title for row in world.rows().values())
            assert [title for title, count in titles.items() if count > 1] == []
            assert set(titles) == {f"Article {n:03}" for n in range(130) if n != 120} | {"New"}
            world.restore(saved)
