"""The door with sockets: who may come in, and that nothing a client does ends the server."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kbsync.sandbox import KEYS, Request, Sandbox, SandboxError, erase
from kbsync.sandbox.schema import open_database
from kbsync.sandbox.server import Served, serve

from .driving import Account

AUTH = (KEYS["admin"], "X")


@pytest.fixture
def served(account: Account) -> Iterator[Served]:
    with serve(account.sandbox) as where:
        yield where


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "[::1]:1"}, 200),
        ({"Host": "evil.test"}, 403),
        ({"Host": "127.0.0.1.evil.test"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:9", "Origin": "http://localhost:9"}, 200),
    ],
)
def test_foreign_hosts_and_origins_are_refused(served: Served, headers: dict[str, str], status: int) -> None:
    reply = httpx.get(f"{served.url}/api/v2/agents/me", auth=AUTH, headers=headers, trust_env=False)
    assert reply.status_code == status


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.test", "::"])  # noqa: S104
def test_it_listens_on_the_loopback_only(account: Account, host: str) -> None:
    with pytest.raises(SandboxError, match="loopback"), serve(account.sandbox, host):
        pass


def test_a_taken_port_is_told(account: Account, served: Served) -> None:
    with pytest.raises(SandboxError, match=str(served.port)), serve(account.sandbox, port=served.port):
        pass


def test_rate_headers_keep_their_mixed_case_on_the_wire(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(b"GET /api/v2/agents/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        raw = b"".join(iter(lambda: connection.recv(65536), b""))
    assert raw.startswith(b"HTTP/1.1 401")
    assert b"\r\nx-ratelimit-remaining: 699.0\r\n" in raw


def test_an_error_in_a_hook_is_a_500_and_the_server_lives(account: Account, served: Served) -> None:
    def broken(request: Request) -> None:
        raise RuntimeError(request.path)

    account.sandbox.before_request.append(broken)
    url = f"{served.url}/api/v2/agents/me"
    assert httpx.get(url, auth=AUTH, trust_env=False).status_code == 500
    account.sandbox.before_request.clear()
    assert httpx.get(url, auth=AUTH, trust_env=False).status_code == 200


def test_a_body_cut_off_by_the_client_does_nothing(account: Account, served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(
            b"POST /api/v2/solutions/categories HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{"
        )
    assert httpx.get(f"{served.url}/api/v2/agents/me", auth=AUTH, trust_env=False).status_code == 200
    assert [entry.method for entry in account.sandbox.log] == ["GET"]


def test_many_threads_write_at_once(account: Account, served: Served) -> None:
    def write(number: int) -> None:
        path = f"{served.url}/api/v2/solutions/categories"
        with httpx.Client(auth=AUTH, trust_env=False) as client:
            for index in range(5):
                assert client.post(path, json={"name": f"{number}-{index}"}).status_code == 201

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(account.sandbox.store.categories("en")) == 31


def test_the_portal_and_head_go_through_the_socket(account: Account, served: Served) -> None:
    account.sandbox.put_asset("a.png", b"12345")
    head = httpx.head(f"{served.url}/assets/a.png", trust_env=False)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "5", b"")
    assert "Billing" in httpx.get(f"{served.url}/support/home", trust_env=False).text


WRITER = """
import sys
from pathlib import Path
from kbsync.sandbox import Sandbox
sandbox = Sandbox(Path(sys.argv[1]))
for number in range(40):
    sandbox.people.create_category(f"{sys.argv[2]}-{number}")
    sandbox.people.vote(int(sys.argv[3]), up=1)
sandbox.close()
"""


def test_two_processes_share_one_file(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "data.sqlite3"
    sandbox = Sandbox(file)
    article = sandbox.people.create_article(1, "Shared", "x")
    commands = [[sys.executable, "-c", WRITER, str(file), name, str(article)] for name in "ab"]
    running = [subprocess.Popen(command) for command in commands]
    assert [process.wait(20) for process in running] == [0, 0]
    ids = [row.id for row in sandbox.store.categories("en")]
    assert (len(ids), len(set(ids)), len(sandbox.store.agents())) == (80, 80, 4)
    votes = sandbox.store.versions(article)[0].thumbs_up
    assert votes == 80
    sandbox.close()


def test_a_transaction_that_has_read_keeps_other_connections_from_writing(tmp_path: Path) -> None:
    one, two = Sandbox(tmp_path), Sandbox(tmp_path)
    article = one.people.create_article(1, "Shared", "x")
    other = threading.Thread(target=two.people.vote, args=(article, 1))
    with one.store.transaction():
        assert one.store.versions(article)[0].thumbs_up == 0
        other.start()
        other.join(0.1)
        one.people.vote(article, 1)
    other.join()
    assert two.store.versions(article)[0].thumbs_up == 2
    one.close()
    two.close()


def test_data_stays_and_reset_empties_but_never_reuses_an_id(tmp_path: Path) -> None:
    first = Sandbox(tmp_path)
    id = first.people.create_category("A")
    first.close()
    second = Sandbox(tmp_path)
    assert [row.name for row in second.store.categories("en")] == ["A"]
    second.reset()
    assert second.store.categories("en") == []
    assert second.people.create_category("A") > id
    second.close()
    erase(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_version_or_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data"
    connection = open_database(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SandboxError, match="another version"):
        Sandbox(file)
    other = tmp_path / "text"
    other.write_text("no database " * 100)
    with pytest.raises(SandboxError, match="not a database"):
        Sandbox(other)


def test_importing_the_room_loads_no_web_framework_and_nothing_of_kbsync() -> None:
    code = (
        "import sys, kbsync.sandbox;"
        "print([name for name in sys.modules if name.split('.')[0] in {'starlette', 'uvicorn', 'httpx', 'jinja2'}"
        " or name.startswith('kbsync.') and not name.startswith('kbsync.sandbox')])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
