"""One limiter for all requests of a run: the quota is the help desk's, kbsync takes its share (P11, sheet 2).

Three rules, each alone sufficient to hold a request back:

1. Share: at most `share` x total requests in any 60 s. Below that nothing is paced. A request fills its
   place from before it is sent until 60 s after its reply, so the law also holds where Freshdesk counts.
2. Reserve: nothing is sent that would leave fewer than a tenth of the total for others. Keeping back the
   whole rest (1 - share) was rejected: rule 1 leaves it to the others already, and where they use more than
   their part for long it would stop kbsync for ever. No header tells when a window ends, so after a full
   minute one request goes out to see.
3. Retry-After: after a 429 nothing is sent by any thread until it is over, and for a minute after it requests
   are spread, 1.5 times wider with each further 429.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

WINDOW = 60.0
TOTAL_UNKNOWN = 50.0  # what the smallest account has: used until a reply tells the total
RESERVE = 0.1
LONGEST_WAIT = 120.0  # longer penalties were seen after abusive bursts; a run does not sit them out
STEP = 1.0  # a waiting thread looks again this often, for a reply may have brought news
WIDER = 1.5
WIDEST = 10.0

OnWait = Callable[[float, str], None]


class QuotaClosedError(Exception):
    """Nothing may be sent for `seconds`, which is longer than a run waits; 0 where the client was closed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no request may be sent for {seconds:.0f} s")
        self.seconds = seconds


class Limiter:
    """Decides when the next request may be sent. Thread-safe.

    `share` is the part of the account's quota that kbsync may use, above 0 and at most 1. `sleep` and
    `monotonic` (seconds) must belong together. `on_wait` hears of a wait before it begins: seconds and why.
    """

    def __init__(
        self,
        share: float,
        *,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
        on_wait: OnWait | None = None,
    ) -> None:
        self._share = share
        self._sleep = sleep
        self._now = monotonic
        self._on_wait = on_wait
        self._lock = threading.Lock()
        self._total = TOTAL_UNKNOWN
        self._remaining: float | None = None
        self._heard_at = 0.0
        self._ended: deque[float] = deque()  # when the requests of the last minute got their replies
        self._under_way = 0
        self._last_start = -math.inf
        self._blocked_until = -math.inf
        self._interval = 0.0
        self._spread_until = -math.inf
        self._told_until = -math.inf
        self._closed = False

    @property
    def budget(self) -> int:
        """How many requests may be sent in any 60 s."""
        return max(1, math.floor(self._share * self._total + 1e-9))

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Waits until a request may be sent, and counts it. QuotaClosedError if that takes too long."""
        self._acquire()
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                self._ended.append(self._now())

    def heard(self, headers: Mapping[str, str]) -> None:
        """Takes note of a reply's rate headers (names in lower case); garbage and absence change nothing."""
        total = number(headers.get("x-ratelimit-total"))
        remaining = number(headers.get("x-ratelimit-remaining"))
        with self._lock:
            if total:
                self._total = total
            if remaining is not None:
                # The caller's own request is still counted as under way, but this reply knows of it.
                self._remaining = remaining - max(0, self._under_way - 1)
                self._heard_at = self._now()

    def refused(self, retry_after: float) -> None:
        """Takes note of a 429: nothing is sent for `retry_after` seconds, then more slowly for a minute."""
        self.hold(retry_after)
        with self._lock:
            self._remaining = None  # what the 429 said of it ends with the pause
            self._spread_until = self._blocked_until + WINDOW
            self._interval = min(WIDEST, max(self._interval, WINDOW / self.budget) * WIDER)

    def hold(self, seconds: float) -> None:
        """Lets no thread send anything for so long."""
        with self._lock:
            self._blocked_until = max(self._blocked_until, self._now() + seconds)

    def close(self) -> None:
        """Lets no further request through; threads that wait are released with QuotaClosedError."""
        self._closed = True

    def pause(self, seconds: float, reason: str) -> None:
        """Waits between two tries of one request, and says so."""
        if self._on_wait is not None:
            self._on_wait(seconds, reason)
        self._sleep(seconds)

    def estimate(self, requests: int) -> float:
        """Seconds that so many more requests will wait under the limits known now, one after the other."""
        with self._lock:
            now = self._now()
            self._forget(now)
            starts = deque(self._ended, maxlen=self.budget)
            starts.extend([now] * self._under_way)
            at = now + max(0.0, self._blocked_until - now, self._short_of_reserve(now))
            interval, budget = self._pace(now), self.budget
        for number_sent in range(requests):
            at = at + interval if number_sent else at
            if len(starts) == budget:
                at = max(at, starts[0] + WINDOW)
            starts.append(at)
        return at - now

    def _acquire(self) -> None:
        while True:
            with self._lock:
                delay, reason = self._delay()
                if delay <= 0:
                    self._take()
                    return
                news = self._is_news(delay)
            if self._closed or delay > LONGEST_WAIT:
                raise QuotaClosedError(0.0 if self._closed else delay)
            if news and self._on_wait is not None:
                self._on_wait(delay, reason)
            self._sleep(max(0.001, min(delay, STEP)))

    def _take(self) -> None:
        now = self._now()
        if self._remaining is not None:
            if self._remaining - 1 < self._reserve():
                self._heard_at = now  # this one goes to see how things are: the others wait for it
            self._remaining = max(self._remaining - 1, -1.0)
        self._under_way += 1
        self._last_start = now

    def _delay(self) -> tuple[float, str]:
        """How long nothing may be sent, and why: the longest of the reasons."""
        now = self._now()
        self._forget(now)
        if self._closed:
            return math.inf, "closed"
        return max(
            (self._blocked_until - now, "Freshdesk asked for a pause (Retry-After)"),
            (self._short_of_reserve(now), "others use up the account's requests"),
            (self._full(now), f"kbsync's share is {self.budget} requests a minute"),
            (self._last_start + self._pace(now) - now, "slower after Freshdesk's 429"),
        )

    def _forget(self, now: float) -> None:
        while self._ended and self._ended[0] + WINDOW <= now:
            self._ended.popleft()

    def _full(self, now: float) -> float:
        excess = len(self._ended) + self._under_way - self.budget
        if excess < 0:
            return 0.0
        if excess >= len(self._ended):
            return STEP  # only a request that is under way can make room
        return self._ended[excess] + WINDOW - now

    def _reserve(self) -> float:
        return min(RESERVE, 1 - self._share) * self._total

    def _short_of_reserve(self, now: float) -> float:
        if self._remaining is None or self._remaining - 1 >= self._reserve():
            return 0.0
        return self._heard_at + WINDOW - now

    def _pace(self, now: float) -> float:
        return self._interval if now < self._spread_until else 0.0

    def _is_news(self, delay: float) -> bool:
        until = self._now() + delay
        if until <= self._told_until + STEP:
            return False
        self._told_until = until
        return True


def number(text: str | None) -> float | None:
    """A header's number such as `50.0`; None where it is absent, negative, or none."""
    try:
        value = float(text) if text is not None else -1.0
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
