"""The HTTP connection: sends a request, tries again where that is safe, ends in a value or our error."""

from __future__ import annotations

import base64
import functools
import http.cookiejar
import json
import random
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

import httpx

from kbsync import __version__
from kbsync.errors import RemoteError
from kbsync.freshdesk.limiter import LONGEST_WAIT, Limiter, QuotaClosedError
from kbsync.freshdesk.mapping import (
    Failure,
    failure_of_content,
    failure_of_loss,
    failure_of_status,
    quota_closed,
    too_many_requests,
)
from kbsync.freshdesk.reply import Asked, Lost, Reply, UnreadableError, printable

T = TypeVar("T")

TRIES = 4  # of a request that may be repeated: waits of about 0.5, 1 and 2 s
TRIES_LIMITED = 5  # at a 429 (sheet 2)
NO_RETRY_AFTER = 30.0  # a 429 that does not say how long (sheet 2)
DEADLINE = 2  # a whole exchange may take this many timeouts: a body that drips must end
LARGEST_REPLY = 64 * 2**20  # a page of 100 articles of the largest size seen (sheet 6.1) is 40 MB

# The request was never handed to a server: nothing can have happened.
_UNSENT = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)  # fmt: skip
# What httpx may raise; a plain OSError can come from a transport that was passed in.
_FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict, OSError)


def open_http(key: str, *, timeout: float, loopback: bool, transport: httpx.BaseTransport | None) -> httpx.Client:
    """An httpx client that sends the key to one place only.

    Redirects are not followed, cookies not kept. Proxies of the environment are used except for loopback.
    """
    no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    return httpx.Client(
        auth=httpx.BasicAuth(key, "X"),
        headers={"accept": "application/json", "user-agent": f"kbsync/{__version__}"},
        timeout=httpx.Timeout(timeout),
        follow_redirects=False,
        cookies=no_cookies,
        trust_env=not loopback,
        transport=transport,
        verify=_trusted_authorities(),
    )


@dataclass(frozen=True, slots=True)
class _Request:
    """A request that may be sent several times; `body` goes as JSON, `content` as it is."""

    asked: Asked
    url: httpx.URL
    body: object
    content: bytes | None

    def built(self, http: httpx.Client) -> httpx.Request:
        if self.body is None:
            return http.build_request(self.asked.method, self.url, content=self.content)
        # ASCII only: no proxy can damage it, and a lone surrogate is for Freshdesk to refuse.
        headers = {"content-type": "application/json"}
        return http.build_request(self.asked.method, self.url, content=json.dumps(self.body).encode(), headers=headers)


class Channel:
    """Requests to one server through one limiter. Thread-safe. `log` gets one line for each try."""

    def __init__(
        self,
        http: httpx.Client,
        key: str,
        limiter: Limiter,
        *,
        timeout: float,
        monotonic: Callable[[], float],
        log: Callable[[str], None] | None,
    ) -> None:
        self._http = http
        self._limiter = limiter
        self._deadline = DEADLINE * timeout
        self._now = monotonic
        self._log = log
        self._hide = hider(key)
        self._lock = threading.Lock()
        self._jitter = random.Random(0)  # noqa: S311 -- spreads retries, guards nothing
        self._sent: Counter[str] = Counter()
        self._server_time: float | None = None

    @property
    def server_time(self) -> float | None:
        """The newest reply's Date in epoch seconds."""
        return self._server_time

    def sent(self) -> Mapping[str, int]:
        """Tries so far, by method."""
        with self._lock:
            return dict(self._sent)

    def close(self) -> None:
        """Ends waiting threads with NotSent, and closes the connections."""
        self._limiter.close()
        self._http.close()

    def call(
        self,
        method: str,
        url: str,
        parse: Callable[[Reply], T],
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        content: bytes | None = None,
    ) -> T:
        """Sends a request and returns what `parse` makes of its 2xx reply (`parse` raises UnreadableError).

        `body` is sent as JSON, `content` as it is. Raises as the table of `mapping.py` says.
        """
        full = httpx.URL(url, params=query) if query else httpx.URL(url)
        request = _Request(Asked(method, printable(self._hide(str(full)), 2000)), full, body, content)
        tries = limited = 0
        while True:
            answer = self._try(request)
            if isinstance(answer, Reply) and answer.status == 429:
                limited += 1
                seconds = _pause_of(answer)
                if seconds > LONGEST_WAIT or limited == TRIES_LIMITED:
                    raise too_many_requests(answer, seconds, limited)
                continue  # the limiter waits
            result = answer if isinstance(answer, Failure) else _result(answer, parse)
            if not isinstance(result, Failure):
                return result
            tries += 1
            if not result.again or tries == TRIES:
                raise result.error
            self._wait_to_retry(result.error, tries)

    def _try(self, request: _Request) -> Reply | Lost | Failure:
        try:
            with self._limiter.slot():
                answer = self._exchange(request)
                if isinstance(answer, Reply):
                    self._tell_limiter(answer)  # still in the slot: no other thread may slip in between
        except QuotaClosedError as closed:
            return Failure(quota_closed(request.asked, closed.seconds, self._server_time))
        return answer

    def _exchange(self, request: _Request) -> Reply | Lost:
        asked = request.asked
        with self._lock:
            # Files for the sandbox are no requests to Freshdesk; a plan does not count them as writes either.
            self._sent["upload" if "/_sandbox/" in asked.url else asked.method] += 1
        started = self._now()
        try:
            response = self._http.send(request.built(self._http), stream=True)
            try:
                content = self._read(response, started + self._deadline)
            finally:
                response.close()
        except _FAILURES as error:
            # As a value: an exception raised while this one is handled would carry its request, with the key.
            answer: Reply | Lost = self._lost(asked, error)
        else:
            answer = self._reply(asked, response, content)
        self._note(answer, self._now() - started)
        return answer

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if self._now() > deadline:
                raise httpx.ReadTimeout("the reply had begun, but did not end in time")
            if len(content) > LARGEST_REPLY:
                raise httpx.ReadError(f"the reply is larger than {LARGEST_REPLY} bytes")
        return bytes(content)

    def _reply(self, asked: Asked, response: httpx.Response, content: bytes) -> Reply:
        reply = Reply(asked, response.status_code, dict(response.headers), content, self._hide)
        when = reply.server_time()
        if when is not None:
            self._server_time = when
        return reply

    def _lost(self, asked: Asked, error: Exception) -> Lost:
        reason = printable(self._hide(f"{type(error).__name__}: {error}"))
        if _is_certificate(error):
            hint = "the server's certificate is not trusted: check the domain; behind a proxy set SSL_CERT_FILE"
            return Lost(asked, False, reason, again=False, hint=hint)
        again = not isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL)
        return Lost(asked, not isinstance(error, _UNSENT), reason, again)

    def _note(self, answer: Reply | Lost, seconds: float) -> None:
        if self._log is None:
            return
        outcome = answer.reason if isinstance(answer, Lost) else _status_line(answer)
        line = f"{answer.asked.method} {answer.asked.url} -> {outcome}, {seconds:.2f} s"
        self._log(printable(self._hide(line), 2200))

    def _tell_limiter(self, reply: Reply) -> None:
        self._limiter.heard(reply.headers)
        if reply.status == 429:
            self._limiter.refused(_pause_of(reply))
        elif reply.status >= 500:
            self._limiter.hold(reply.retry_after() or 0.0)

    def _wait_to_retry(self, error: RemoteError, tries: int) -> None:
        with self._lock:
            seconds = 0.5 * 2 ** (tries - 1) * self._jitter.uniform(0.8, 1.2)
        self._limiter.pause(seconds, f"{error.message}; trying again")


def _pause_of(reply: Reply) -> float:
    """How long a 429 asks to wait, in seconds; at least one, for a date may lie in the past."""
    asked_for = reply.retry_after()
    return NO_RETRY_AFTER if asked_for is None else max(1.0, asked_for)


def _result(answer: Reply | Lost, parse: Callable[[Reply], T]) -> T | Failure:
    if isinstance(answer, Lost):
        return failure_of_loss(answer)
    failure = failure_of_status(answer)
    if failure is not None:
        return failure
    try:
        return parse(answer)
    except UnreadableError as problem:
        return failure_of_content(answer, str(problem))


def hider(key: str) -> Callable[[str], str]:
    """A function that blots out the key, and the forms in which a header or URL would carry it."""
    tokens = [base64.b64encode(text.encode()).decode() for text in (f"{key}:X", key)]
    forms = sorted({key, quote(key, safe=""), *tokens, *(each.rstrip("=") for each in tokens)}, key=len)[::-1]

    def hide(text: str) -> str:
        for form in forms:
            text = text.replace(form, "[key]")
        return text

    return hide


def _status_line(reply: Reply) -> str:
    left, total = (reply.headers.get(f"x-ratelimit-{name}", "?") for name in ("remaining", "total"))
    return f"{reply.status}, {left} of {total} requests left"


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


@functools.cache
def _trusted_authorities() -> ssl.SSLContext:
    """Those of httpx or of SSL_CERT_FILE; made once, for it takes 30 ms."""
    return httpx.create_ssl_context()
