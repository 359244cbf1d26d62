"""The order of writes: targets before their linkers, and in circles as few second writes as can be had cheaply."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from kbsync.diff.order import dependency_order

Graph = dict[str, frozenset[str]]

NAMES = st.sampled_from([f"k{number}" for number in range(9)])
GRAPHS = st.dictionaries(NAMES, st.frozensets(NAMES, max_size=5), max_size=9)


@settings(max_examples=300, deadline=None)
@given(GRAPHS)
def test_every_need_comes_first_unless_it_is_completed_later(graph: Graph) -> None:
    order, later = dependency_order(graph)
    place = {key: number for number, key in enumerate(order)}

    assert sorted(order) == sorted(graph)
    for key, needs in graph.items():
        late = later.get(key, frozenset())
        assert all(place[need] < place[key] for need in needs - late if need in graph)
        assert all(place[need] >= place[key] for need in late)
        assert all(key in _reachable(need, graph) for need in late), "only links within a circle wait"


@settings(max_examples=100, deadline=None)
@given(GRAPHS, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_the_input(graph: Graph, random: object) -> None:
    keys = list(graph)
    random.shuffle(keys)  # type: ignore[attr-defined]
    assert dependency_order({key: graph[key] for key in keys}) == dependency_order(graph)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.sampled_from("abcdef"), max_size=3), max_size=6))
def test_second_writes_are_never_many_more_than_the_fewest_possible(graph: Graph) -> None:
    _, later = dependency_order(graph)
    assert len(later) <= _fewest(graph) + 1


def test_eight_that_all_link_to_each_other_need_seven_second_writes() -> None:  # F68
    names = frozenset("abcdefgh")
    _, later = dependency_order({name: names - {name} for name in names})
    assert len(later) == 7


def test_a_star_of_pairs_is_broken_at_its_middle() -> None:
    graph = {"hub": frozenset("abcde"), **{name: frozenset({"hub"}) for name in "abcde"}}
    order, later = dependency_order(graph)
    assert (order[0], later) == ("hub", {"hub": frozenset("abcde")})


def test_a_long_chain_and_a_large_circle_are_no_problem() -> None:
    chain = {f"{number:05}": frozenset({f"{number + 1:05}"}) for number in range(5000)}
    assert dependency_order(chain)[0] == tuple(sorted(chain, reverse=True))
    assert len(dependency_order({**chain, "05000": frozenset({"00000"})})[1]) == 1


def _reachable(start: str, graph: Graph) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += graph.get(here, frozenset())
    return seen


def _fewest(graph: Graph) -> int:
    """The least number of keys that have to go before one of their needs, by trying."""
    for size in range(len(graph) + 1):
        for free in combinations(graph, size):
            needs = {key: set() if key in free else {n for n in wanted if n in graph} for key, wanted in graph.items()}
            done: set[str] = set()
            while ready := [key for key, wanted in needs.items() if key not in done and wanted <= done]:
                done |= set(ready)
            if len(done) == len(graph):
                return size
    raise AssertionError
