"""Colour, and text that cannot steer a terminal."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODES = {"red": 31, "green": 32, "yellow": 33, "blue": 34, "magenta": 35, "cyan": 36, "bold": 1, "dim": 2}
# Control characters, and the marks that change the direction of what follows.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Style:
    """Paints text where `colour` is on."""

    colour: bool = False

    def paint(self, text: str, *names: str) -> str:
        """`text` in the named colours, or as it is."""
        if not self.colour or not text:
            return text
        codes = ";".join(str(_CODES[name]) for name in names)
        return f"\x1b[{codes}m{text}\x1b[0m"


def plain(text: object, limit: int = 400) -> str:
    """Text from outside on one line, without control characters, at most `limit` characters."""
    line = _UNSAFE.sub("\ufffd", " ".join(str(text).split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def harmless(text: str) -> str:
    """Text from outside with its lines and spaces as they are, without what steers a terminal."""
    return _UNSAFE.sub("\ufffd", text)


def counted(number: int, one: str, many: str = "") -> str:
    """`1 article`, `2 articles`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 1:
        return "under a second"
    if seconds < 90:
        return f"{round(seconds)} s"
    return f"{round(seconds / 60)} min"
