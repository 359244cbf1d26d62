"""Each kind of fault through both doors: what the client sees, and what really happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kbsync.sandbox import KEYS, Fault, Request, SandboxError
from kbsync.sandbox.server import serve

from .driving import Account

LOST = (httpx.RemoteProtocolError, httpx.ReadError)


class Doors:
    """One account, reached through one of the doors."""

    def __init__(self, account: Account, client: httpx.Client) -> None:
        self.account = account
        self.sandbox = account.sandbox
        self.client = client

    def post(self, title: str = "New", **options: Any) -> httpx.Response:
        payload = {"title": title, "description": "<p>x</p>", "status": 2}
        return self.client.post(f"/solutions/folders/{self.account.folder}/articles", json=payload, **options)

    def titles(self) -> list[str]:
        found = self.client.get(f"/solutions/folders/{self.account.folder}/articles").json()
        return [row["title"] for row in found]


@pytest.fixture(params=["in process", "over http"])
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    account = Account()
    try:
        if request.param == "in process":
            yield Doors(account, account.admin)
        else:
            with serve(account.sandbox) as where:
                auth = (KEYS["admin"], "X")
                with httpx.Client(base_url=f"{where.url}/api/v2", auth=auth, trust_env=False) as client:
                    yield Doors(account, client)
    finally:
        account.close()


@pytest.mark.parametrize(
    ("kind", "committed"),
    [
        ("refuse", False),
        ("drop_before_commit", False),
        ("drop_after_commit", True),
        ("truncated", True),
        ("stalled", True),
    ],
)
def test_a_lost_reply(doors: Doors, kind: Any, committed: bool) -> None:
    doors.sandbox.add_faults(Fault(kind, method="POST", seconds=2))
    with pytest.raises((*LOST, httpx.ConnectError)):
        doors.post()
    assert doors.titles() == ["Download", *(["New"] if committed else [])]
    assert [(entry.committed, entry.fault) for entry in doors.sandbox.log] == [(committed, kind), (False, None)]
    assert doors.account.clock.slept == ([2.0] if kind == "stalled" else [])
    assert doors.post("Later").status_code == 201


@pytest.mark.parametrize(
    ("fault", "status", "committed"),
    [
        (Fault("status_before_commit", status=502), 502, False),
        (Fault("status_after_commit", status=504), 504, True),
        (Fault("status_before_commit", status=429, headers={"Retry-After": "soon"}), 429, False),
        (Fault("status_before_commit", status=302, headers={"Location": "https://evil.test/"}), 302, False),
        (Fault("status_before_commit", status=403), 403, False),
        (Fault("status_before_commit", status=401), 401, False),
        (Fault("html_200"), 200, True),
        (Fault("html_200", commit=False), 200, False),
        (Fault("html_200", status=201), 201, True),
    ],
)
def test_a_wrong_answer(doors: Doors, fault: Fault, status: int, committed: bool) -> None:
    doors.sandbox.add_faults(fault)
    reply = doors.post()
    assert reply.status_code == status
    assert {name: reply.headers[name] for name in fault.headers} == dict(fault.headers)
    if fault.kind == "html_200":
        assert reply.text.startswith("<!DOCTYPE html>")
    assert doors.titles() == ["Download", *(["New"] if committed else [])]
    entry = doors.sandbox.log[0]
    assert (entry.status, entry.committed) == (status, committed)


def test_a_cut_reply_without_a_body_is_no_reply(doors: Doors) -> None:
    doors.sandbox.add_faults(Fault("truncated", method="DELETE"))
    with pytest.raises(LOST):
        doors.client.delete(f"/solutions/articles/{doors.account.article}")
    assert doors.titles() == []


def test_a_slow_reply_waits_on_the_sleeper(doors: Doors) -> None:
    doors.sandbox.add_faults(Fault("slow", seconds=3))
    assert doors.post().status_code == 201
    assert doors.account.clock.slept == [3.0]


def test_a_late_commit_comes_after_the_connection_is_gone(doors: Doors) -> None:
    doors.sandbox.add_faults(Fault("late_commit", seconds=5))
    with pytest.raises(LOST):
        doors.post()
    assert doors.titles() == ["Download"]
    doors.account.clock.now += 5
    assert doors.titles() == ["Download", "New"]
    assert doors.sandbox.log[0].committed


def test_a_write_may_stay_unseen_in_listings_for_a_time(doors: Doors) -> None:
    doors.sandbox.add_faults(Fault("lag", method="POST", seconds=4), Fault("drop_after_commit", method="POST"))
    with pytest.raises(LOST):
        doors.post()
    assert doors.titles() == ["Download"]
    doors.account.clock.now += 4
    assert doors.titles() == ["Download", "New"]


def test_a_write_may_stay_unseen_in_listings_for_some_requests(doors: Doors) -> None:
    doors.sandbox.add_faults(Fault("lag", writes=True, requests=2, times=None))
    id = doors.post().json()["id"]
    assert doors.client.get(f"/solutions/articles/{id}").status_code == 200
    assert doors.titles() == ["Download"]
    assert doors.titles() == ["Download", "New"]
    doors.client.delete(f"/solutions/articles/{id}")
    assert [doors.titles() for _ in range(3)] == [["Download", "New"], ["Download", "New"], ["Download"]]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("shift", nth=2, offset=1), [["Download", "0"], ["2", "3"]]),
        (Fault("shift", nth=2, offset=-1), [["Download", "0"], ["0", "1"]]),
        (Fault("short_page", nth=1, keep_link=True), [["Download"], ["1", "2"]]),
    ],
)
def test_a_listing_shifts(doors: Doors, fault: Fault, expected: list[list[str]]) -> None:
    for number in range(4):
        doors.post(str(number))
    doors.sandbox.add_faults(fault)
    path = f"/solutions/folders/{doors.account.folder}/articles?per_page=2"
    pages = [doors.client.get(f"{path}&page={page}") for page in (1, 2)]
    assert [[row["title"] for row in page.json()] for page in pages] == expected
    assert all("next" in page.links for page in pages)


def test_a_short_page_hides_that_more_follows(account: Account) -> None:
    account.add()
    account.sandbox.add_faults(Fault("short_page"))
    reply = account.admin.get(f"/solutions/folders/{account.folder}/articles?per_page=1")
    assert (reply.json(), reply.links) == ([], {})


def test_in_process_a_client_loses_patience(account: Account) -> None:
    account.sandbox.add_faults(Fault("slow", seconds=60))
    with pytest.raises(httpx.ReadTimeout):
        account.admin.get("/agents/me", timeout=30)
    assert account.clock.slept == [30.0]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("refuse", nth=2), [1]),
        (Fault("refuse", writes=True, nth=2), [3]),
        (Fault("refuse", method="put"), [2]),
        (Fault("refuse", path="/solutions/*/articles"), [3]),
        (Fault("refuse", path="/api/v2/agents/me"), [0]),
        (Fault("refuse", nth=2, times=2), [1, 2]),
        (Fault("refuse", nth=3, times=None), [2, 3]),
    ],
)
def test_which_request_is_struck(account: Account, fault: Fault, expected: list[int]) -> None:
    account.sandbox.add_faults(fault)
    requests = [
        ("GET", "/agents/me"),
        ("GET", f"/solutions/articles/{account.article}"),
        ("PUT", f"/solutions/articles/{account.article}"),
        ("POST", f"/solutions/folders/{account.folder}/articles"),
    ]
    struck = [
        number
        for number, (method, path) in enumerate(requests)
        if account.sandbox.handle(Request(method, f"/api/v2{path}")).delivery == "refused"
    ]
    assert struck == expected
    assert account.sandbox.faults == (() if fault.times else (fault,))
    account.sandbox.clear_faults()
    assert account.sandbox.faults == ()


@pytest.mark.parametrize("bad", [{"kind": "explode"}, {"kind": "slow", "nth": 0}, {"kind": "status_after_commit"}])
def test_a_bad_fault_is_told(bad: dict[str, Any]) -> None:
    with pytest.raises(SandboxError):
        Fault(**bad)


def test_a_person_acts_between_any_two_requests(account: Account) -> None:
    def edit(request: Request) -> None:
        if request.method == "PUT":
            account.sandbox.people.edit_article(account.article, body="by hand")

    account.sandbox.before_request.append(edit)
    assert account.read()["description"] == "<p>Old</p>"
    assert account.put({"title": "T", "status": 2}).json()["description"] == "by hand"


def test_a_hook_may_send_requests_and_may_raise(account: Account) -> None:
    class KilledError(BaseException):
        pass

    def hook(request: Request) -> None:
        account.read("/agents/me")
        if request.method == "DELETE":
            raise KilledError

    account.sandbox.before_request.append(hook)
    with pytest.raises(KilledError):
        account.admin.delete(f"/solutions/articles/{account.article}")
    account.sandbox.before_request.clear()
    assert account.read()["title"] == "Download"


def test_a_fault_of_ours_is_a_500_and_undoes_the_write(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(type(account.sandbox.store), "article_count", broken)
    made = account.admin.post(f"/solutions/categories/{account.category}/folders", json={"name": "A"})
    assert made.status_code == 500
    monkeypatch.undo()
    listed = account.read(f"/solutions/categories/{account.category}/folders")
    assert [row["name"] for row in listed] == ["Invoices"]


def test_the_log_tells_what_was_asked_and_never_the_key(account: Account) -> None:
    account.put({"title": "T", "status": 2})
    account.admin.get("/agents/me", auth=("wrong-key", "X"))
    first, second = account.sandbox.log
    assert (first.method, first.path) == ("PUT", f"/api/v2/solutions/articles/{account.article}")
    assert (first.payload, first.status, first.committed) == ({"title": "T", "status": 2}, 200, True)
    assert (first.agent, second.agent, second.status) == ("admin", None, 401)
    assert "key" not in repr(account.sandbox.log)
    account.sandbox.clear_log()
    assert not account.sandbox.log
    account.read()
    assert [entry.index for entry in account.sandbox.log] == [3]
