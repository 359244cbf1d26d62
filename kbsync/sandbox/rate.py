"""The account-wide rate limit on fixed windows (sheet section 2)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kbsync.sandbox.store import Store
from kbsync.sandbox.switches import Switches


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one request found: the limit, what is left after it, and the wait where it came too late."""

    total: int
    remaining: int
    retry_after: int | None

    def headers(self, switches: Switches) -> list[tuple[str, str]]:
        """The three headers, as decimals and in mixed case as seen live; Retry-After only with 429."""
        late = [] if self.retry_after is None else [("Retry-After", str(self.retry_after))]
        if switches.rate_headers == "absent":
            return late
        garbage = switches.rate_headers == "garbage"
        return [
            ("X-RateLimit-Total", "many" if garbage else f"{self.total:.1f}"),
            ("x-ratelimit-remaining", "NaN" if garbage else f"{self.remaining:.1f}"),
            ("X-Ratelimit-Used-CurrentRequest", "?" if garbage else "1"),
            *late,
        ]


def count_request(store: Store, switches: Switches, now: float) -> Allowance:
    """Counts one request, good or bad, and tells whether it fits.

    What others use (`quota_elsewhere`) is taken at the start of each window: the worst case for a client.
    """
    length = 60 if switches.rate_window == "minute" else 3600
    start = math.floor(now / length) * length
    store.query("DELETE FROM rate WHERE start < ?", start - 7200)
    rows = store.query(
        "INSERT INTO rate VALUES (?, 1) ON CONFLICT(start) DO UPDATE SET used = used + 1 RETURNING used",
        start,
    )
    used = int(rows[0][0]) + switches.quota_elsewhere
    wait = max(1, math.ceil(start + length - now)) if used > switches.rate_limit_total else None
    return Allowance(switches.rate_limit_total, max(0, switches.rate_limit_total - used), wait)
