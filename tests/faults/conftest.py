"""One recorded history for all tests of a process, and the totals of what was enumerated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from faults.enumeration import Recorded, record
from faults.world import World

_TOTALS = pytest.StashKey[list[str]]()


@dataclass(frozen=True)
class Played:
    """A world, and the history played in it once without faults."""

    world: World
    steps: Mapping[str, Recorded]

    @property
    def recorded(self) -> tuple[Recorded, ...]:
        """The steps in order."""
        return tuple(self.steps.values())


class Totals:
    """Counts cases by enumeration, and prints them at the end of the session."""

    def __init__(self, config: pytest.Config) -> None:
        self.lines = config.stash.setdefault(_TOTALS, [])

    def add(self, name: str, boundaries: str, cases: int, violations: int) -> None:
        """One enumeration is over."""
        self.lines.append(f"{name}: {boundaries} = {cases} cases, {violations} violations")


@pytest.fixture(scope="session")
def _recorded() -> Iterator[Played]:
    with World() as world:
        yield Played(world, record(world))


@pytest.fixture
def played(_recorded: Played) -> Played:
    """The recorded history; each case begins with `world.restore`."""
    return _recorded


@pytest.fixture
def totals(request: pytest.FixtureRequest) -> Totals:
    """Where an enumeration tells how many cases it ran."""
    return Totals(request.config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The totals, below the results."""
    lines = config.stash.get(_TOTALS, [])
    if lines:
        terminalreporter.section("faults: boundaries x faults")
        for line in lines:
            terminalreporter.write_line(line)
