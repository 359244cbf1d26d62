"""How things are measured and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: what, measured how, the value, and what it is to be (of issue 8; "" where nothing)."""

    what: str
    value: str
    target: str = ""
    how: str = ""


def cpu(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of CPU that `work` takes in all threads of this process, and its result."""
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def wall(work: Callable[[], object]) -> float:
    """Seconds that pass during `work`."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """The median of the ratios of runs that were made in turn, with the lowest and the highest."""
    each = sorted(one / other for one, other in zip(ours, theirs, strict=True))
    return f"{median(each):.2f}x ({each[0]:.2f}-{each[-1]:.2f})"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [("figure", "value", "target", "how"), *((one.what, one.value, one.target, one.how) for one in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])
