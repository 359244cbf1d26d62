"""The door with sockets: a sandbox as an HTTP server on the loopback.

uvicorn speaks HTTP; the application is plain ASGI, for a fault must be able to close the connection in the
middle of a reply, which no framework's response object allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from kbsync.sandbox.core import Sandbox
from kbsync.sandbox.wire import Reply, Request, SandboxError

# Bodies beyond this are refused: nothing in a help centre comes near it.
LARGEST_BODY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Served:
    """Where a sandbox is being served."""

    url: str
    port: int


class _QuickServer(uvicorn.Server):
    """Stops at once: uvicorn itself looks only ten times a second whether it should."""

    async def main_loop(self) -> None:
        while not self.should_exit:
            await asyncio.sleep(0.01)


class _AbortableProtocol(H11Protocol):
    """Lets the application reach the connection, to close it as a fault demands."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # uvicorn writes head and body apart; without this each reply waits for a delayed acknowledgement.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


@contextlib.contextmanager
def serve(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> Iterator[Served]:
    """Serves in a thread for as long as the block runs; port 0 takes a free one.

    Raises SandboxError for a host that is not the loopback, or a port that is taken.
    """
    listener = _listen(host, port)
    server = _QuickServer(_config(application(sandbox)))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.002)
        if not server.started:
            raise SandboxError("the server did not start")
        yield _served(listener)
    finally:
        server.should_exit = True
        # A test's client may keep its connection open; waiting for it would only cost time.
        server.force_exit = True
        thread.join()
        listener.close()


def run(sandbox: Sandbox, port: int, host: str = "127.0.0.1") -> None:
    """Serves until interrupted. Raises SandboxError as `serve` does."""
    listener = _listen(host, port)
    try:
        uvicorn.Server(_config(application(sandbox))).run([listener])
    finally:
        listener.close()


def application(sandbox: Sandbox) -> ASGIApp:
    """The sandbox as an ASGI application; 403 for a Host or Origin that is not the loopback's."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        body = await _body(receive)
        if body is None:
            return
        if not _is_own(headers):
            await _send(Reply(403, (("Content-Type", "text/plain"),), b"Foreign origin\n"), "GET", send)
        elif len(body) > LARGEST_BODY:
            await _send(Reply(413), "GET", send)
        else:
            request = Request(
                scope["method"], scope["path"], scope["query_string"].decode("latin-1"), dict(headers), body
            )
            await _deliver(sandbox, await run_in_threadpool(_handle, sandbox, request), scope, receive, send)

    return app


def _handle(sandbox: Sandbox, request: Request) -> Reply:
    try:
        return sandbox.handle(request)
    except Exception:
        return Reply(500)


async def _deliver(sandbox: Sandbox, reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    transport: asyncio.Transport = scope["state"]["transport"]
    if reply.delivery in {"refused", "none"}:
        if reply.delivery == "refused":
            _reset_on_close(transport)
        transport.abort()
        await _gone(receive)
        return
    if reply.delivery == "whole":
        if reply.delay:
            await run_in_threadpool(sandbox.sleeper, reply.delay)
        await _send(reply, scope["method"], send)
        return
    await _start(reply, send)
    half = reply.body[: len(reply.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    if reply.delay:
        await run_in_threadpool(sandbox.sleeper, reply.delay)
    # close, not abort: the half that was sent is to arrive.
    transport.close()
    await _gone(receive)


async def _send(reply: Reply, method: str, send: Send) -> None:
    await _start(reply, send)
    body = b"" if method == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})


async def _start(reply: Reply, send: Send) -> None:
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status != 204:
        pairs.append((b"Content-Length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": pairs})


async def _body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if sum(map(len, parts)) <= LARGEST_BODY:
            parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _gone(receive: Receive) -> None:
    """Waits until uvicorn knows of the closed connection, or it would try to answer with a 500."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _reset_on_close(transport: asyncio.Transport) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def _is_own(headers: Headers) -> bool:
    """Keeps foreign web pages out: by Host against DNS rebinding, by Origin against cross-site requests."""
    host = headers.get("host", "")
    if not _is_loopback(urlsplit(f"//{host}").hostname or ""):
        return False
    origin = headers.get("origin")
    return origin is None or origin == f"http://{host}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    if not _is_loopback(host):
        raise SandboxError(f"the sandbox listens on the loopback only, not on {host}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SandboxError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def _served(listener: socket.socket) -> Served:
    address: tuple[Any, ...] = listener.getsockname()
    host, port = str(address[0]), int(address[1])
    return Served(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}", port)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_AbortableProtocol,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
    )
