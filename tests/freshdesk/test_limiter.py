"""The quota belongs to the help desk (P11): laws over any traffic, and what each header does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kbsync.errors import NotSent, OutcomeUnknown
from kbsync.freshdesk.limiter import RESERVE, WINDOW, Limiter, QuotaClosedError, number

from .wired import Clock, Wire, in_turn, joined, reply

AGENT = {"id": 5, "contact": {"name": "Ana", "email": "ana@acme.com"}}
DATE = "Sun, 22 Nov 2026 10:00:00 GMT"


def limiter(clock: Clock, share: float = 0.5) -> Limiter:
    return Limiter(share, sleep=clock.sleep, monotonic=clock.monotonic)


def rates(total: float | str, remaining: float | str) -> dict[str, str]:
    return {"x-ratelimit-total": str(total), "x-ratelimit-remaining": str(remaining)}


def send(limiter: Limiter, clock: Clock, headers: dict[str, str], seconds: float = 0.0) -> float:
    """One request that takes so long; when it was sent."""
    with limiter.slot():
        at = clock.now
        clock.now += seconds
        limiter.heard(headers)
    return at


def most_in_a_minute(times: Sequence[float]) -> int:
    return max(sum(start <= time < start + WINDOW for time in times) for start in times)


@settings(deadline=None)
@given(
    total=st.integers(2, 60),
    share=st.sampled_from([0.1, 0.25, 0.5, 0.75, 1.0]),
    steps=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 90)), min_size=1, max_size=150),
)
def test_in_any_minute_no_more_is_sent_than_the_share(
    total: int, share: float, steps: list[tuple[float, float]]
) -> None:
    clock = Clock()
    under_test = limiter(clock, share)
    under_test.heard(rates(total, total))
    times = []
    for taking, idle in steps:
        clock.now += idle if idle > 60 else 0
        times.append(send(under_test, clock, rates(total, total), taking))
    assert most_in_a_minute(times) <= max(1, math.floor(total * share))


@settings(deadline=None)
@given(steps=st.lists(st.one_of(st.none(), st.floats(1, 120)), min_size=1, max_size=60))
def test_nothing_is_sent_inside_retry_after(steps: list[float | None]) -> None:
    clock = Clock()
    under_test = limiter(clock)
    closed_until = 0.0
    for retry_after in steps:
        at = send(under_test, clock, rates(700, 700))
        assert at >= closed_until
        if retry_after is not None:
            under_test.refused(retry_after)
            closed_until = at + retry_after


@settings(deadline=None, max_examples=40)
@given(
    total=st.integers(20, 100),
    others=st.lists(st.integers(0, 100), min_size=1, max_size=8),
    share=st.sampled_from([0.25, 0.5, 0.75]),
)
def test_what_others_need_is_left_to_them(total: int, others: list[int], share: float) -> None:
    """A server with fixed minutes, in each of which others use some: kbsync goes below the reserve only to see."""
    clock = Clock()
    under_test = limiter(clock, share)
    used: dict[int, int] = {}
    below: list[float] = []
    for _ in range(120):
        with under_test.slot():
            minute = int(clock.now // 60)
            used[minute] = used.get(minute, 0) + 1
            remaining = max(0, total - used[minute] - others[minute % len(others)])
            if remaining < RESERVE * total:
                below.append(clock.now)
            under_test.heard(rates(float(total), float(remaining)))
    assert all(later - earlier >= WINDOW for earlier, later in itertools.pairwise(below))
    assert all(count <= total * share for count in used.values())


class WaitedError(Exception):
    """Raised instead of sleeping: somebody would have had to wait."""


def no_sleep(_seconds: float) -> None:
    raise WaitedError


def test_a_request_without_its_reply_yet_fills_its_place() -> None:
    clock = Clock()
    under_test = Limiter(0.5, sleep=no_sleep, monotonic=clock.monotonic)
    under_test.heard(rates(4, 4))
    with under_test.slot(), under_test.slot(), pytest.raises(WaitedError), under_test.slot():
        pass


def test_only_one_goes_to_see_whether_others_have_left_some() -> None:
    clock = Clock()
    under_test = Limiter(0.5, sleep=no_sleep, monotonic=clock.monotonic)
    under_test.heard(rates(50, 2))
    clock.now += 60
    with under_test.slot(), pytest.raises(WaitedError), under_test.slot():
        pass


def test_the_law_holds_for_many_threads() -> None:
    clock = Clock()
    under_test = limiter(clock)
    under_test.heard(rates(40, 40))
    times: list[float] = []

    def one(_: int) -> None:
        with under_test.slot():
            times.append(clock.now)
            under_test.heard(rates(40, 40))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(one, range(100)))
    assert len(times) == 100
    assert most_in_a_minute(times) <= 20


def test_a_burst_within_the_share_is_not_paced() -> None:
    clock = Clock()
    under_test = limiter(clock)
    for _ in range(350):
        send(under_test, clock, rates(700, 600))
    assert clock.slept == []
    assert under_test.estimate(1) == pytest.approx(60)


@pytest.mark.parametrize("headers", [{}, rates("many", "NaN"), rates("-1", "inf"), rates("0.0", "")])
def test_without_usable_headers_the_smallest_account_is_assumed(headers: dict[str, str]) -> None:
    clock = Clock()
    under_test = limiter(clock)
    times = [send(under_test, clock, headers) for _ in range(60)]
    assert most_in_a_minute(times) == 25


def test_a_quota_eaten_by_others_is_looked_at_once_a_minute() -> None:
    clock = Clock()
    under_test = limiter(clock)
    times = [send(under_test, clock, rates("50.0", "2.0")) for _ in range(3)]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [60, 60]


def test_what_a_429_says_of_the_rest_ends_with_its_pause() -> None:
    clock = Clock()
    under_test = limiter(clock)
    with under_test.slot():
        under_test.heard(rates(100, 0))
        under_test.refused(5)
    assert send(under_test, clock, rates(100, 99)) == 1005


def test_after_a_429_requests_are_spread_for_a_minute() -> None:
    clock = Clock()
    under_test = limiter(clock)
    send(under_test, clock, rates(100, 90))
    under_test.refused(10)
    times = [send(under_test, clock, rates(100, 90)) for _ in range(4)]
    assert times[0] == 1010
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == pytest.approx([1.8] * 3)
    clock.now += 60
    again = [send(under_test, clock, rates(100, 90)) for _ in range(4)]
    assert len(set(again)) == 1


def test_the_estimate_is_what_it_then_takes() -> None:
    for requests in (1, 24, 25, 26, 80):
        clock = Clock()
        under_test = limiter(clock)
        send(under_test, clock, rates(50, 49))
        told = under_test.estimate(requests)
        for _ in range(requests):
            at = send(under_test, clock, rates(50, 49))
        assert at - 1000 == pytest.approx(told)


def test_a_closed_limiter_lets_nobody_wait() -> None:
    clock = Clock()
    under_test = limiter(clock)
    under_test.close()
    with pytest.raises(QuotaClosedError), under_test.slot():
        pass


@pytest.mark.parametrize(("text", "value"), [("50.0", 50.0), ("0.0", 0.0), ("7", 7.0), ("x", None), (None, None)])
def test_numbers_of_headers(text: str | None, value: float | None) -> None:
    assert number(text) == value


RETRY_AFTER = [
    ({"Retry-After": "7"}, 7),
    ({"Retry-After": "0"}, 1),
    ({"Retry-After": "Sun, 22 Nov 2026 10:00:20 GMT", "Date": DATE}, 20),
    ({"Retry-After": "Sun, 22 Nov 2026 09:00:00 GMT", "Date": DATE}, 1),
    ({"Retry-After": "Sun, 22 Nov 2026 10:00:20 GMT"}, 30),
    ({"Retry-After": "soon"}, 30),
    ({"Retry-After": "-5"}, 30),
    ({}, 30),
]


@pytest.mark.parametrize(("headers", "seconds"), RETRY_AFTER)
def test_a_429_is_waited_out_and_the_write_sent_again(headers: dict[str, str], seconds: float) -> None:
    refused = reply(429, None, headers=headers)
    done = reply(200, {"id": 9, "title": "T", "folder_id": 7, "description": ""})
    with joined(in_turn(refused, done)) as at:
        at.client.update("article", 9, {"title": "T"})
        # 25 a minute is one in 2.4 s, and 1.5 times wider after the 429.
        assert at.clock.now - 1000 == pytest.approx(max(seconds, 3.6))
        assert len(at.waits) == 1
        assert at.client.requests() == {"PUT": 2}


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({"Retry-After": "86400", "Date": DATE}, "after 2026-11-23 10:00:00 UTC"),
        ({"Retry-After": "86400"}, "again in 86400 s"),
        ({"Retry-After": "9" * 12, "Date": DATE}, "again in"),
        ({"Retry-After": "Mon, 23 Nov 2026 10:00:00 GMT", "Date": DATE}, "after 2026-11-23 10:00:00 UTC"),
    ],
)
def test_an_absurd_pause_ends_the_run_and_says_until_when(headers: dict[str, str], hint: str) -> None:
    with joined(in_turn(reply(429, None, headers=headers))) as at:
        for status in (429, 0):
            with pytest.raises(NotSent) as caught:
                at.client.me()
            assert hint in caught.value.hint
            assert caught.value.exchange.status == status
            assert caught.value.exchange.retry_after is not None
        assert len(at.server.seen) == 1
        assert at.clock.slept == []


@pytest.mark.parametrize("wire", [reply(429), reply(429, "<html>", kind="text/html"), reply(429, {"message": "slow"})])
def test_a_storm_of_429_ends_after_five_tries(wire: Wire) -> None:
    with joined(in_turn(wire)) as at:
        with pytest.raises(NotSent, match="after 5 tries"):
            at.client.delete("article", 9)
        assert at.client.requests() == {"DELETE": 5}
        assert at.clock.now - 1000 >= 4 * 30


def test_retry_after_of_a_503_is_kept_by_all() -> None:
    with joined(in_turn(reply(503, None, headers={"Retry-After": "50"}), reply(200, AGENT))) as at:
        with pytest.raises(OutcomeUnknown):
            at.client.delete("article", 9)
        at.client.me()
        assert at.clock.now - 1000 == pytest.approx(50)
