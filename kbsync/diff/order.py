"""The order of writes: a link's target is public before the link to it is (P9, design 6).

A pure function over keys. In a cycle somebody has to go first: that article is sent with the link as plain
text, and completed by one more write. Choosing the fewest such articles is the feedback vertex set problem;
the article that most others wait for goes first, which is exact for the small cycles that help centres have.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping


def dependency_order(
    needs: Mapping[str, frozenset[str]],
) -> tuple[tuple[str, ...], dict[str, frozenset[str]]]:
    """Keys in writing order, and for each key written before its targets those targets.

    `needs[key]` holds the keys that should come before `key`; ones that are not themselves in `needs` are
    ignored. The order is the same for equal input.
    """
    graph = {key: frozenset(need for need in wanted if need in needs) for key, wanted in needs.items()}
    order: list[str] = []
    later: dict[str, frozenset[str]] = {}
    for group in _groups(graph):
        for key, unmet in _within(group, graph):
            order.append(key)
            if unmet:
                later[key] = unmet
    return tuple(order), later


def _within(group: frozenset[str], graph: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, frozenset[str]]]:
    """The keys of one strongly connected group in order, each with its needs that are not yet met."""
    unmet = {key: set(graph[key] & group) for key in group}
    waiting: dict[str, set[str]] = {key: set() for key in group}
    for key, wanted in unmet.items():
        for need in wanted:
            waiting[need].add(key)
    ready = [key for key, wanted in unmet.items() if not wanted]
    heapq.heapify(ready)
    # Counts only fall, so a stale heap row is one whose count is too high; it is put back when met.
    stuck = [(-len(waiting[key]), key) for key in group]
    heapq.heapify(stuck)
    done: set[str] = set()
    while len(done) < len(group):
        key = heapq.heappop(ready) if ready else _most_awaited(stuck, waiting, done)
        if key in done:
            continue
        done.add(key)
        yield key, frozenset(unmet[key])
        for linker in waiting[key] - done:
            unmet[linker].discard(key)
            if not unmet[linker]:
                heapq.heappush(ready, linker)
        for need in unmet[key]:
            waiting[need].discard(key)


def _most_awaited(stuck: list[tuple[int, str]], waiting: Mapping[str, set[str]], done: set[str]) -> str:
    while True:
        count, key = heapq.heappop(stuck)
        if key in done:
            continue
        now = -len(waiting[key] - done)
        if now <= count or not stuck:
            return key
        heapq.heappush(stuck, (now, key))


def _groups(graph: Mapping[str, frozenset[str]]) -> Iterator[frozenset[str]]:
    """Strongly connected groups, needed ones first (Tarjan's algorithm, with a stack of its own)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_keys: list[str] = []
    is_open: set[str] = set()
    for root in sorted(graph):
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = []

        def enter(key: str, work: list[tuple[str, Iterator[str]]] = work) -> None:
            index[key] = low[key] = len(index)
            open_keys.append(key)
            is_open.add(key)
            work.append((key, iter(sorted(graph[key]))))

        enter(root)
        while work:
            key, needs = work[-1]
            need = next(needs, None)
            if need is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == index[key]:
                    yield _closed(key, open_keys, is_open)
            elif need not in index:
                enter(need)
            elif need in is_open:
                low[key] = min(low[key], index[need])


def _closed(root: str, open_keys: list[str], is_open: set[str]) -> frozenset[str]:
    group: set[str] = set()
    while root not in group:
        key = open_keys.pop()
        is_open.discard(key)
        group.add(key)
    return frozenset(group)
