"""Every reply and every way to lose one ends in an error of ours (sheet 1.3)."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import httpx
import pytest

from kbsync.errors import (
    Exchange,
    Forbidden,
    Gone,
    NotSent,
    OutcomeUnknown,
    Refused,
    RemoteError,
    Unauthorized,
)
from kbsync.freshdesk import Freshdesk

from .wired import KEY, Clock, Wire, in_turn, joined, reply

SHAPE_A = {
    "description": "Validation failed",
    "errors": [
        {"field": "title", "message": "It should not be blank", "code": "missing_field"},
        {"field": "tags", "message": "Too long", "code": "invalid_value"},
    ],
}
HTML = "<html><body>Attention Required! | Cloudflare</body></html>"


def shape_b(code: str) -> dict[str, str]:
    return {"code": code, "message": f"because of {code}"}


def read(client: Freshdesk) -> object:
    return client.me()


def create(client: Freshdesk) -> object:
    return client.create("article", 7, {"title": "T", "body": "<p>x</p>", "status": 2})


def update(client: Freshdesk) -> object:
    return client.update("article", 9, {"title": "T"})


def remove(client: Freshdesk) -> None:
    client.delete("article", 9)


WRITES = [create, update, remove]

REFUSALS = [
    (400, SHAPE_A, Refused, "missing_field"),
    (401, shape_b("invalid_credentials"), Unauthorized, "invalid_credentials"),
    (403, shape_b("access_denied"), Forbidden, "access_denied"),
    (403, shape_b("require_feature"), Forbidden, "require_feature"),
    (403, HTML, Forbidden, ""),
    (404, None, Gone, ""),
    (405, None, Refused, ""),
    (406, HTML, Refused, ""),
    (409, shape_b("duplicate_value"), Refused, "duplicate_value"),
    (409, SHAPE_A, Refused, "missing_field"),
    (413, "", Refused, ""),
    (415, shape_b("x"), Refused, "x"),
    (422, SHAPE_A, Refused, "missing_field"),
    (301, None, Refused, ""),
    (302, HTML, Refused, ""),
    (307, None, Refused, ""),
]


@pytest.mark.parametrize(("status", "body", "expected", "code"), REFUSALS)
@pytest.mark.parametrize("call", [read, create, update])
def test_a_refusal_is_told_at_once_with_its_code(
    call: Callable[[Freshdesk], object], status: int, body: object, expected: type[RemoteError], code: str
) -> None:
    with joined(in_turn(reply(status, body, headers={"X-Request-Id": "r-1"}))) as at:
        with pytest.raises(expected) as caught:
            call(at.client)
        assert type(caught.value) is expected
        exchange = caught.value.exchange
        assert (exchange.status, exchange.request_id) == (status, "r-1")
        assert exchange.code == (code if status >= 400 else "")
        assert exchange.url.startswith(at.server.url)
        assert len(at.server.seen) == 1


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520, 599])
@pytest.mark.parametrize("body", [None, HTML, shape_b("oops")])
def test_a_server_fault_leaves_a_write_unknown_and_is_asked_again_by_a_read(status: int, body: object) -> None:
    for call in WRITES:
        with joined(in_turn(reply(status, body))) as at:
            with pytest.raises(OutcomeUnknown):
                call(at.client)
            assert len(at.server.seen) == 1
    with joined(in_turn(reply(status, body))) as at:
        with pytest.raises(RemoteError) as caught:
            read(at.client)
        assert type(caught.value) is RemoteError
        assert at.client.requests() == {"GET": 4}


UNREADABLE = [
    reply(200, HTML, kind="text/html"),
    reply(200, '{"id": 9, "title": "T"', kind="application/json"),
    reply(200, b'{"id": 9, "title": "\xff"}'),
    reply(200, '{"id": 9, "title": "T", "folder_id": 7, "description": "x"}', kind="text/html"),
    reply(200, [1, 2]),
    reply(200, {"id": "9"}),
    reply(200, {"id": True}),
    reply(200, "[" * 100_000),
    reply(204),
    Wire(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nContent-Type: application/json\r\n\r\n{"),
    Wire(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
    Wire(b"nonsense\r\n\r\n"),
    Wire(b""),
]


@pytest.mark.parametrize("wire", UNREADABLE)
def test_an_unusable_success_is_unknown_for_a_write_and_asked_again_by_a_read(wire: Wire) -> None:
    for call in (create, update):
        with joined(in_turn(wire)) as at:
            with pytest.raises(OutcomeUnknown):
                call(at.client)
            assert len(at.server.seen) == 1
    agent = reply(200, {"id": 5, "contact": {"name": "Ana", "email": "ana@acme.com"}})
    with joined(in_turn(wire, wire, wire, agent)) as at:
        assert at.client.me().id == 5


def test_a_reply_about_another_object_is_not_believed() -> None:
    other = {"id": 10, "title": "T", "folder_id": 7, "description": "x"}
    with joined(in_turn(reply(200, other))) as at, pytest.raises(OutcomeUnknown, match="9 was asked for"):
        update(at.client)


@pytest.mark.parametrize("wire", [reply(204), reply(200, {}), reply(404), reply(404, HTML, kind="text/html")])
def test_a_delete_takes_an_empty_reply_and_counts_what_is_gone_as_done(wire: Wire) -> None:
    with joined(in_turn(wire)) as at:
        remove(at.client)
        assert at.server.lines == ["DELETE /solutions/articles/9"]


def test_a_deletes_web_page_is_no_success() -> None:
    with joined(in_turn(reply(200, HTML, kind="text/html"))) as at, pytest.raises(OutcomeUnknown):
        remove(at.client)


def leaves(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(leaves(each) for each in kind.__subclasses__()))


RAISED = sorted(
    {each for each in leaves(httpx.HTTPError) if each.__module__ == "httpx"}
    | {httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict, httpx.StreamClosed, httpx.StreamConsumed}
    | {OSError, ConnectionResetError, TimeoutError},
    key=lambda each: each.__name__,
)
UNSENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol", "InvalidURL"}


class Raising(httpx.BaseTransport):
    """A connection that always fails the same way, with the key in its words."""

    def __init__(self, kind: type[Exception]) -> None:
        self.kind = kind

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        header = request.headers["authorization"]
        raise made(self.kind, f"failed with {header} and {KEY}", request)


def made(kind: type[Exception], message: str, request: httpx.Request) -> Exception:
    if issubclass(kind, httpx.HTTPStatusError):
        return kind(message, request=request, response=httpx.Response(500))
    if issubclass(kind, httpx.StreamClosed | httpx.StreamConsumed):
        return kind()
    if issubclass(kind, httpx.RequestError):
        return kind(message, request=request)
    return kind(message)


@pytest.mark.parametrize("kind", RAISED)
@pytest.mark.parametrize("call", [read, create, update, remove])
def test_whatever_http_raises_becomes_one_of_ours_without_the_key(
    call: Callable[[Freshdesk], object], kind: type[Exception]
) -> None:
    clock = Clock()
    client = Freshdesk(
        "https://acme.freshdesk.com/api/v2",
        KEY,
        transport=Raising(kind),
        sleep=clock.sleep,
        monotonic=clock.monotonic,
    )
    unsent = kind.__name__ in UNSENT
    expected = NotSent if unsent else RemoteError if call is read else OutcomeUnknown
    with client, pytest.raises(RemoteError) as caught:
        call(client)
    assert type(caught.value) is expected
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.exchange) + repr(client)
    assert KEY not in shown
    assert "Basic czNj" not in shown
    tries = 1 if expected is OutcomeUnknown or kind in {httpx.UnsupportedProtocol, httpx.InvalidURL} else 4
    assert sum(client.requests().values()) == tries


def test_a_refused_connection_is_tried_four_times_even_for_a_write() -> None:
    with joined(in_turn(reply())) as at:
        client = at.client
    clock = Clock()
    gone = Freshdesk(f"{at.server.url}/api/v2", KEY, sleep=clock.sleep, monotonic=clock.monotonic)
    with gone, pytest.raises(NotSent) as caught:
        create(gone)
    assert gone.requests() == {"POST": 4}
    assert len(clock.slept) == 3
    assert "nothing was changed" in caught.value.hint
    assert client.requests() == {}


def test_a_refusal_says_field_code_and_every_problem() -> None:
    with joined(in_turn(reply(400, SHAPE_A, headers={"X-Request-Id": "r-7"}))) as at:
        with pytest.raises(Refused) as caught:
            create(at.client)
        url = f"{at.server.url}/api/v2/solutions/folders/7/articles"
    detail = "title: It should not be blank; tags: Too long"
    assert caught.value.exchange == Exchange("POST", url, 400, "missing_field", "r-7", detail, "title")
    assert str(caught.value) == (
        f"Freshdesk refused this because of 'title': POST {url} -> 400 missing_field (request r-7): {detail}"
    )
    assert caught.value.hint == "Freshdesk wants this field: set it in the source"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (shape_b("access_denied"), "role"),
        (shape_b("require_feature"), "plan"),
        (HTML, "proxy"),
    ],
)
def test_the_three_kinds_of_403_have_hints_of_their_own(body: object, said: str) -> None:
    kind = "text/html" if isinstance(body, str) else "application/json"
    with joined(in_turn(reply(403, body, kind=kind))) as at, pytest.raises(Forbidden) as caught:
        update(at.client)
    assert said in caught.value.hint


def test_text_from_outside_cannot_drive_the_terminal() -> None:
    body = {"code": "x\x1b[31m", "message": "a\x1b]0;b\x07\n\nc\u202edcb" + "é" * 600}
    headers = {"X-Request-Id": "r\x1b1"}
    with joined(in_turn(reply(400, body))) as at, pytest.raises(Refused) as caught:
        update(at.client)
    assert headers
    assert caught.value.exchange.detail.startswith("a ]0;b c dcbéé")
    assert len(caught.value.exchange.detail) == 500
    assert "\x1b" not in str(caught.value)


def test_a_body_that_drips_ends_at_the_deadline() -> None:
    clock = Clock()

    class Dripping(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            while True:
                clock.sleep(0.9)
                yield b" "

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Dripping()))
    client = Freshdesk(
        "https://acme.freshdesk.com/api/v2",
        KEY,
        transport=transport,
        timeout=3.0,
        sleep=clock.sleep,
        monotonic=clock.monotonic,
    )
    with client, pytest.raises(OutcomeUnknown, match="did not end in time"):
        create(client)
    assert clock.now <= 1000 + 2 * 3.0 + 1


def test_a_stalled_body_ends_at_the_read_timeout() -> None:
    head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    with (
        joined(in_turn(Wire(head, close=False)), timeout=0.1) as at,
        pytest.raises(OutcomeUnknown, match="ReadTimeout"),
    ):
        create(at.client)


def test_a_kept_connection_that_dies_under_a_write_is_unknown_under_a_read_repeated() -> None:
    agent = reply(200, {"id": 5, "contact": {}})
    with joined(in_turn(agent, Wire(b""), agent)) as at:
        at.client.me()
        with pytest.raises(OutcomeUnknown):
            update(at.client)
    with joined(in_turn(agent, Wire(b""), agent)) as at:
        at.client.me()
        assert at.client.me().id == 5
        assert at.client.requests() == {"GET": 3}
