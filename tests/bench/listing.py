"""What an empty plan asks of the server, against the formula (P10): it must be equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import ceil

from .figures import Figure
from .served import published

# Articles in each folder; "A/B" is folder B in category A, "A/B/C" is sub-folder C of it.
SHAPES: Mapping[str, Mapping[str, int]] = {
    "one article": {"A/B": 1},
    "3 categories, 7 folders": {"A/B": 3, "A/C": 1, "D/E": 4, "D/F": 2, "G/H": 1, "G/I": 1, "G/J": 2},
    "100 in a folder": {"A/B": 100},
    "101 in a folder": {"A/B": 101},
    "250 and 201 in two folders": {"A/B": 250, "C/D": 201, "C/E": 1},
    "sub-folders, three levels": {"A/B": 2, "A/B/C": 1, "A/B/C/D": 2, "A/B/E": 1, "F/G": 1},
    "empty folders above sub-folders": {"A/B/C": 1, "A/B/D": 1, "E/F/G": 120},
}


def formula(shape: Mapping[str, int]) -> int:
    """1 for the categories, 1 for each one's folders, 1 for each folder's sub-folders if it has any, and pages of 100.

    An empty folder has a page too: only the list itself says that it is empty.
    """
    folders = {name.rsplit("/", up)[0] for name in shape for up in range(name.count("/"))}
    categories = {name.split("/")[0] for name in shape}
    with_children = {name.rpartition("/")[0] for name in folders if name.count("/") > 1}
    pages = sum(max(1, ceil(shape.get(name, 0) / 100)) for name in folders)
    return 1 + len(categories) + len(with_children) + pages


def measure() -> list[Figure]:
    """Each shape is published over HTTP, planned again, and counted by the server itself."""
    figures = []
    for name, shape in SHAPES.items():
        asked, reads = _count(shape)
        due = formula(shape)
        assert set(asked) == {"GET"}, asked
        assert reads == asked["GET"], "the plan tells another number of requests than the server has seen"
        figures.append(Figure(f"empty plan's requests: {name}", f"{asked['GET']} of {due}", "equal"))
    wrong = [one.what for one in figures if len(set(one.value.split(" of "))) > 1]
    assert not wrong, wrong
    return figures


def _count(shape: Mapping[str, int]) -> tuple[Counter[str], int]:
    texts = {
        f"content/{folder}/article-{number}.md": f"---\ntitle: Article {number}\n---\nA short text.\n"
        for folder, count in shape.items()
        for number in range(1, count + 1)
    }
    with published(texts) as centre:
        prepared = centre.plan()
        assert not prepared.plan.pending, prepared.plan.changes[:3]
        return Counter(line.split()[0] for line in centre.answered()), prepared.plan.cost.reads
