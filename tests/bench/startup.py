"""How long the command line takes to say something, against a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median

from .figures import Figure, wall

ROOT = Path(__file__).parents[2]
TARGETS = {"--version": "<= 2.0x", "--help": "<= 3.0x"}


def command() -> list[str]:
    """kbsync as it is installed here, or as its entry point would start it."""
    script = Path(sys.executable).with_name("kbsync")
    if script.exists():
        return [str(script)]
    return [sys.executable, "-c", "import sys; from kbsync.cli import main; sys.exit(main())"]


def measure(rounds: int = 15) -> list[Figure]:
    """Medians of runs made in turn."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import click": [sys.executable, "-c", "import click"],
    }
    commands |= {option: [*command(), option] for option in TARGETS}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for one in commands.values():
        _run(one)
    for _ in range(rounds):
        for name, one in commands.items():
            times[name].append(wall(lambda one=one: _run(one)))  # type: ignore[misc]
    nothing = median(times["python -c pass"])
    how = f"wall, median of {rounds} runs in turn"
    figures = [
        Figure(f"kbsync {option} / python -c pass", f"{median(times[option]) / nothing:.2f}x", target, how)
        for option, target in TARGETS.items()
    ]
    click = f"{median(times['import click']) / nothing:.2f}x"
    return [*figures, Figure("import click / python -c pass", click, how=f"the floor; pass is {nothing * 1e3:.1f} ms")]


def _run(one: list[str]) -> None:
    subprocess.run(one, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=True)
