"""The key goes to one host, in one header, and nowhere else (P12)."""

from __future__ import annotations

import base64
import traceback
from pathlib import Path

import pytest

from kbsync.errors import NotSent, OutcomeUnknown, Refused, RemoteError, UsageError
from kbsync.freshdesk import Freshdesk

from .wired import KEY, Seen, Wire, in_turn, joined, reply, served

TOKEN = base64.b64encode(f"{KEY}:X".encode()).decode()
AGENT = {"id": 5, "contact": {"name": "Ana", "email": "ana@acme.com"}}


def test_what_is_sent() -> None:
    with joined(in_turn(reply(200, {"id": 9, "title": "T", "folder_id": 7, "description": ""}))) as at:
        at.client.update("article", 9, {"title": "T"})
        at.client.fetch_translation("article", 9, "fr")
    put, get = at.server.seen
    assert put.headers["authorization"] == f"Basic {TOKEN}"
    assert put.headers["content-type"] == "application/json"
    assert put.headers["accept"] == "application/json"
    assert put.headers["user-agent"].startswith("kbsync/")
    assert put.body == b'{"title": "T"}'
    assert (get.path, get.body) == ("/api/v2/solutions/articles/9/fr", b"")
    assert "content-type" not in get.headers


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_redirect_is_refused_naming_the_host_and_nothing_follows(status: int, method: str) -> None:
    with served(in_turn(reply(200, AGENT))) as elsewhere:
        location = elsewhere.url.replace("http://", "http://user:word@") + "/login?token=t"
        with joined(in_turn(reply(status, None, headers={"Location": location}))) as at:
            with pytest.raises(Refused) as caught:
                at.client.me() if method == "GET" else at.client.update("article", 9, {"title": "T"})
            assert len(at.server.seen) == 1
        assert elsewhere.seen == []
    assert elsewhere.url.removeprefix("http://") in caught.value.message
    assert "word" not in str(caught.value)
    assert "token" not in str(caught.value)


@pytest.mark.parametrize("location", ["/api/v2/agents/me/", "", "http://[broken", "//other.example/x"])
def test_a_redirect_on_the_same_host_is_refused_too(location: str) -> None:
    with joined(in_turn(reply(302, None, headers={"Location": location}))) as at:
        with pytest.raises(Refused, match="redirects"):
            at.client.me()
        assert len(at.server.seen) == 1


def echo(status: int, kind: str) -> Wire:
    text = f"You sent Basic {TOKEN}, that is {KEY}, and {base64.b64encode(KEY.encode()).decode()}"
    body = f'{{"code": "{KEY}", "message": "{text}"}}' if "json" in kind else text
    return reply(status, body, kind=kind, headers={"X-Request-Id": KEY})


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_a_server_that_repeats_the_key_does_not_make_it_show(status: int, kind: str) -> None:
    with joined(in_turn(echo(status, kind))) as at:
        with pytest.raises(RemoteError) as caught:
            at.client.create("article", 7, {"title": "T", "body": "", "status": 1})
        with pytest.raises(RemoteError) as again:
            at.client.me()
    for error in (caught.value, again.value):
        shown = "".join(traceback.format_exception(error)) + repr(error.exchange) + error.hint
        assert KEY not in shown + repr(at.client) + "".join(at.log + at.waits)
        assert TOKEN not in shown + "".join(at.log)
        assert (error.__cause__, error.__context__) == (None, None)


def test_the_log_has_one_line_for_each_try() -> None:
    headers = {"X-RateLimit-Total": "50.0", "X-RateLimit-Remaining": "20.0"}
    with joined(in_turn(reply(502), reply(200, AGENT, headers=headers))) as at:
        at.client.me()
    url = f"{at.server.url}/api/v2/agents/me"
    assert at.log == [
        f"GET {url} -> 502, ? of ? requests left, 0.00 s",
        f"GET {url} -> 200, 20.0 of 50.0 requests left, 0.00 s",
    ]


def test_netrc_proxies_and_cookies_change_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login other password key\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    cookie = {"Set-Cookie": "_session=abc; Path=/"}
    with joined(in_turn(reply(200, AGENT, headers=cookie))) as at:
        at.client.me()
        at.client.me()
    assert all("cookie" not in each.headers for each in at.server.seen)
    assert {each.headers["authorization"] for each in at.server.seen} == {f"Basic {TOKEN}"}
    assert len(at.server.seen) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.freshdesk.com/api/v2",
        "ftp://acme.freshdesk.com/api/v2",
        "acme.freshdesk.com/api/v2",
        "https://me:hush@acme.freshdesk.com/api/v2",
        "https://acme.freshdesk.com/api/v2?x=1",
        "https:///api/v2",
        "https://[broken/api/v2",
        "https://acme.freshdesk.com:port/api/v2",
        "http://127.0.0.1.evil.example/api/v2",
        "http://localhost.evil.example/api/v2",
    ],
)
def test_an_address_that_would_send_the_key_astray_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Freshdesk(url, KEY)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "colon:X", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(UsageError) as caught:
        Freshdesk("https://acme.freshdesk.com/api/v2", key)
    assert not key.strip() or key not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api/v2", "http://[::1]:1/api/v2", "http://localhost:1/api/v2"])
def test_plain_http_is_for_the_loopback(url: str) -> None:
    with Freshdesk(url, KEY + "\n") as client:
        assert client.account == url.removeprefix("http://").removesuffix("/api/v2").strip("[]").replace("]", "")


def test_an_upload_goes_to_the_api_host_only() -> None:
    with joined(in_turn(reply(204))) as at:
        for address in ("https://evil.example/assets/a.png", f"{at.server.url}/other/a.png"):
            with pytest.raises(NotSent):
                at.client.upload("a.png", b"x", address)
        at.client.upload("a.png", b"\x89PNG", f"{at.server.url}/assets/img/a.png?v=12345678")
    assert [(each.method, each.path, each.body) for each in at.server.seen] == [
        ("PUT", "/_sandbox/assets/img/a.png", b"\x89PNG")
    ]


def test_an_interrupt_ends_a_sweep_whose_threads_wait() -> None:
    def script(seen: Seen) -> Wire:
        if "/folders" in seen.path:
            return reply(429, None, headers={"Retry-After": "100"})
        return reply(200, [{"id": id, "name": f"C{id}"} for id in range(1, 9)])

    def interrupt(_seconds: float, _why: str) -> None:
        raise KeyboardInterrupt

    with served(script) as server:
        # Threads that wait for the quota sleep in real time here: the test ends only if they are released.
        client = Freshdesk(f"{server.url}/api/v2", KEY, on_wait=interrupt)
        with pytest.raises(KeyboardInterrupt):
            client.snapshot()
        with pytest.raises(NotSent, match="closed"):
            client.me()
        assert len(server.seen) <= 1 + 4


def test_a_lost_write_says_what_to_do() -> None:
    with joined(in_turn(Wire(b""))) as at, pytest.raises(OutcomeUnknown) as caught:
        at.client.delete("article", 9)
    assert "not known whether" in caught.value.message
    assert "run kbsync again" in caught.value.hint
