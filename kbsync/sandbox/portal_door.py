"""The way to the readers' portal, whose pages are loaded only when one is asked for."""

from __future__ import annotations

from importlib import import_module

from kbsync.sandbox.store import Store
from kbsync.sandbox.wire import RefusedError, Reply, Request


def answer(store: Store, request: Request) -> Reply:
    """Any GET outside the API, the assets and the remote control."""
    if request.method not in {"GET", "HEAD"}:
        raise RefusedError(405, headers=[("Allow", "GET, HEAD")])
    reply: Reply = import_module("kbsync.sandbox.portal").page(store, request)
    return reply
