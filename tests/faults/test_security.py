"""The key is shown and kept nowhere, and no title or text acts on a terminal or on JSON."""

from __future__ import annotations

import base64
import json
import logging

import pytest

from faults.conftest import Played
from faults.enumeration import FAULTS
from faults.scenarios import HOSTILE, hostile
from faults.world import KEY, Ran, World
from kbsync.sandbox import Fault

_FORMS = (KEY, *(base64.b64encode(text.encode()).decode().rstrip("=") for text in (KEY, f"{KEY}:X")))


def _everything(world: World, ran: list[Ran]) -> dict[str, str]:
    """All text that a user could see or pass on: output, and every file in and below the project."""
    texts = {f"output {number}": one.out + one.err for number, one in enumerate(ran)}
    files = (file for file in world.root.rglob("*") if file.is_file())
    return texts | {str(file): file.read_bytes().decode("utf-8", "replace") for file in files}


def test_the_key_is_nowhere_in_a_whole_run_at_its_loudest(
    played: Played, caplog: pytest.LogCaptureFixture
) -> None:  # I10
    world, one = played.world, played.steps["changes"]
    caplog.set_level(logging.DEBUG)
    world.restore(one.stage.before)
    plan = str(world.root / "plan.json")
    ran = [world.cli("plan", "-v", "--out", plan), world.cli("check", "-v"), world.cli("status", "-v")]
    echo = {"Content-Type": "application/json", "X-Request-Id": KEY}
    told = json.dumps({"code": KEY, "message": f"the key {KEY} and {_FORMS[-1]} is refused"})
    for status in (400, 401, 403, 404, 409, 422, 500, 503):
        for at in (1, 10):
            world.restore(one.stage.before)
            world.sandbox.add_faults(
                Fault("status_before_commit", nth=at, status=status, body=told, headers=echo, times=None)
            )
            ran += [world.cli("apply", "--yes", "-v")]
            assert ran[-1].code not in {0, None}
            assert "Traceback" not in ran[-1].err
            shown = _everything(world, ran)
            assert [where for where, text in shown.items() if any(form in text for form in _FORMS)] == []
    for strike in FAULTS.values():
        world.restore(one.stage.before)
        world.door.faults[3] = world.door.faults[11] = strike
        ran += [world.cli("apply", "--yes", "-v"), world.apply("-v")]
    texts = _everything(world, ran) | {"logs": caplog.text}
    assert [where for where, text in texts.items() if any(form in text for form in _FORMS)] == []


def test_hostile_titles_do_nothing_to_a_terminal_and_stay_whole_in_json(played: Played) -> None:  # F58
    world = played.world
    assert hostile(world, dict(played.steps)) == []
    world.clock.now += 60
    world.edit("content/Guide/Basics/x.md", lambda text: f"{text}\nOne more line.\n")
    plan = world.plan()
    titles = {change["title"] for change in plan["changes"]} | {each["title"] for each in plan["unmanaged"]}
    assert HOSTILE in titles or " ".join(HOSTILE.split()) in titles
