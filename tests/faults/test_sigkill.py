"""The real process, killed with SIGKILL at a request while it talks to a sandbox over HTTP; and SIGTERM (F41, F43)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.conftest import Totals
from faults.enumeration import LOSSES, Recorded, lose, record, settled
from faults.invariants import at_rest
from faults.world import KEY, World
from kbsync.sandbox import Reply, Request
from kbsync.sandbox.server import serve

_ROOT = Path(__file__).parents[2]


@dataclass
class Served:
    """A world whose account is served over HTTP, and its history."""

    world: World
    steps: dict[str, Recorded]
    port: int


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The history, recorded in process, for an account at a free port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with World(host=f"http://127.0.0.1:{port}") as world:
        yield Served(world, record(world), port)


def killed(served: Served, step: str, at: int, when: str, sign: signal.Signals = signal.SIGKILL) -> int:
    """Runs `kbsync apply` as a process of its own and kills it at its write `at`; returns how it ended."""
    world, one = served.world, served.steps[step]
    world.restore(one.stage.before)
    handle, count = world.sandbox.handle, 0
    process: list[subprocess.Popen[bytes]] = []

    def handled(request: Request) -> Reply:
        nonlocal count
        count += request.method != "GET"
        if count == at and request.method != "GET" and when == "before":
            os.kill(process[0].pid, sign)
        reply = handle(request)
        if count == at and request.method != "GET" and when == "after":
            os.kill(process[0].pid, sign)
        return reply

    world.sandbox.handle = handled  # type: ignore[method-assign]
    environment = {**os.environ, "FAULTS_KEY": KEY, "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-m", "kbsync", "apply", "--yes", "--json", "-C", str(world.root)]
    try:
        with serve(world.sandbox, port=served.port):
            process.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
            process[0].communicate(timeout=60)
    finally:
        world.sandbox.handle = handle  # type: ignore[method-assign]
    return process[0].returncode


def violations(served: Served, step: str, at: int, when: str, lost: str) -> list[str]:
    """What does not hold when the process is killed, and clean runs follow at once."""
    world, one = served.world, served.steps[step]
    code = killed(served, step, at, when)
    found = [] if code == -signal.SIGKILL else [f"it ended with {code}"]
    lose(world, one.stage.before, lost)
    world.clock.now += 1
    return found + settled(world) + at_rest(world, one.step, one.facts, one.after)


@pytest.mark.parametrize(
    ("step", "at", "when", "lost"),
    [
        ("first", 9, "after", "nothing"),
        ("changes", 6, "after", "journal, lock and ids"),
        ("changes", 11, "before", "journal"),
        ("removal", 2, "after", "nothing"),
    ],
)
def test_a_killed_process_blocks_nobody_and_is_finished_by_the_next(
    served: Served, step: str, at: int, when: str, lost: str
) -> None:
    assert violations(served, step, at, when, lost) == []


def test_a_process_that_is_told_to_end_writes_its_lock_first(served: Served) -> None:  # F43
    world, one = served.world, served.steps["first"]
    assert killed(served, "first", 8, "after", signal.SIGTERM) == 130
    assert len(world.lock().entries) >= 6
    assert settled(world) + at_rest(world, one.step, one.facts, one.after) == []


@pytest.mark.slow
def test_a_process_killed_at_every_write(served: Served, totals: Totals) -> None:
    found: dict[str, list[str]] = {}
    executed = 0
    for name, one in served.steps.items():
        writes = sum(sent.writes for sent in one.requests)
        for at in range(1, writes + 1):
            for number, when in enumerate(("before", "after")):
                executed += 1
                lost = LOSSES[(2 * at + number) % len(LOSSES)]
                if lines := violations(served, name, at, when, lost):
                    found[f"{name} {at} {when}, lost: {lost}"] = lines
    writes = sum(sent.writes for one in served.steps.values() for sent in one.requests)
    totals.add("SIGKILL of the process", f"{writes} writes x 2 moments", executed, len(found))
    assert executed == writes * 2
    assert found == {}
