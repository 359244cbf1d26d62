"""`python -m tests.bench [startup] [rendering] [listing] [empty_plan]`: one table, of all unless some are named."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from . import empty_plan, listing, rendering, startup
from .figures import Figure, table

BENCHES: Mapping[str, Callable[[], list[Figure]]] = {
    "startup": startup.measure,
    "rendering": rendering.measure,
    "listing": listing.measure,
    "empty_plan": empty_plan.measure,
}


def main(names: list[str]) -> int:
    """Runs the benches that are named and prints their figures; 2 for a name that is none."""
    if unknown := [name for name in names if name not in BENCHES]:
        print(f"no bench is called {', '.join(unknown)}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in names or BENCHES:
        print(f"measuring: {name}", file=sys.stderr)
        figures += BENCHES[name]()
    print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
