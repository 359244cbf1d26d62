"""The door without sockets: an httpx transport that asks a sandbox in the same process.

Faults come out as the exceptions that a real connection would end in, so that a client cannot tell the
doors apart; waiting goes through the sandbox's sleeper.
"""

from __future__ import annotations

from typing import Any

import httpx

from kbsync.sandbox.core import Sandbox
from kbsync.sandbox.wire import Reply, Request


class InProcess(httpx.BaseTransport):
    """Hands requests to a sandbox. Closing the transport leaves the sandbox open."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The reply; ConnectError, RemoteProtocolError or ReadTimeout where a fault struck."""
        reply = self._sandbox.handle(
            Request(
                method=request.method,
                path=request.url.path,
                query=request.url.query.decode("ascii"),
                headers=dict(request.headers),
                body=request.read(),
                scheme=request.url.scheme,
            )
        )
        patience = _read_timeout(request)
        if reply.delay > 0:
            if patience is not None and reply.delay > patience:
                self._sandbox.sleeper(patience)
                raise httpx.ReadTimeout("timed out", request=request)
            self._sandbox.sleeper(reply.delay)
        return _delivered(reply, request)


def _delivered(reply: Reply, request: httpx.Request) -> httpx.Response:
    match reply.delivery:
        case "refused":
            raise httpx.ConnectError("Connection refused", request=request)
        case "none":
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
        case "truncated" | "stalled":
            raise httpx.RemoteProtocolError(
                "peer closed connection without sending complete message body", request=request
            )
        case "whole":
            body = b"" if request.method == "HEAD" else reply.body
            length = [] if reply.status == 204 else [("Content-Length", str(len(reply.body)))]
            return httpx.Response(reply.status, headers=[*reply.headers, *length], content=body, request=request)


def _read_timeout(request: httpx.Request) -> float | None:
    timeout: dict[str, Any] = request.extensions.get("timeout", {})
    seconds = timeout.get("read")
    return None if seconds is None else float(seconds)
