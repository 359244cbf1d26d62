"""A scripted HTTP server on real sockets, a clock that only tests move, and a client joined to both."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kbsync.freshdesk import Freshdesk

KEY = "s3cr3t-Key.of/an+agent="
JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


# Bytes to send; the connection is closed after them if `close`.
@dataclass(frozen=True)
class Wire:
    data: bytes = b""
    close: bool = True


Script = Callable[[Seen], Wire]


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


def reply(
    status: int = 200, body: object = None, *, headers: Mapping[str, str] | None = None, kind: str = JSON_TYPE
) -> Wire:
    """A whole reply that keeps the connection; `body` is JSON unless it is text or bytes."""
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else _dumped(body)
    named = {"Content-Length": str(len(raw))} | ({"Content-Type": kind} if raw else {}) | dict(headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return Wire(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + raw, close=False)


def _dumped(body: object) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def in_turn(*wires: Wire) -> Script:
    """The given replies one after the other, the last one for ever."""
    left = list(wires)
    return lambda _seen: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class Server:
    """What arrived, and where."""

    url: str
    seen: list[Seen] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [f"{each.method} {each.path.removeprefix('/api/v2')}" for each in self.seen]


@contextlib.contextmanager
def served(script: Script) -> Iterator[Server]:
    """Answers each request on 127.0.0.1 as the script says."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")
    connections: list[socket.socket] = []

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                threading.Thread(target=_talk, args=(connection, server, script), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in connections:
            connection.close()


def _talk(connection: socket.socket, server: Server, script: Script) -> None:
    with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
        while (first := stream.readline()) != b"":
            method, path, _ = first.decode().split(" ")
            headers = dict(_headers(iter(stream.readline, b"\r\n")))
            body = stream.read(int(headers.get("content-length", "0")))
            seen = Seen(method, path, headers, body)
            server.seen.append(seen)
            wire = script(seen)
            connection.sendall(wire.data)
            if wire.close:
                connection.shutdown(socket.SHUT_RDWR)
                return


def _headers(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.decode().partition(":")
        yield name.strip().lower(), value.strip()


@dataclass
class Joined:
    """A client and the server it talks to."""

    client: Freshdesk
    server: Server
    clock: Clock
    waits: list[str]
    log: list[str]


@contextlib.contextmanager
def joined(script: Script, *, key: str = KEY, quota_share: float = 0.5, timeout: float = 5.0) -> Iterator[Joined]:
    """A client on a scripted server, with a clock of its own."""
    clock, waits, log = Clock(), list[str](), list[str]()
    with (
        served(script) as server,
        Freshdesk(
            f"{server.url}/api/v2",
            key,
            quota_share=quota_share,
            timeout=timeout,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
            on_wait=lambda seconds, why: waits.append(f"{seconds:.0f} s: {why}"),
            log=log.append,
        ) as client,
    ):
        yield Joined(client, server, clock, waits, log)
