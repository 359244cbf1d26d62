"""HTTP Basic with the API key as the user (sheet 1.1)."""

from __future__ import annotations

import base64
import binascii

from kbsync.sandbox.wire import Request


def api_key(request: Request) -> str:
    """The key that a request carries, or an empty string. The password may be anything."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(token.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
