"""Fixtures of the command line's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kbsync.sandbox import Sandbox
from kbsync.sandbox.server import serve

from .projects import Account


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """A sandbox on a port, and a project that publishes to it."""
    sandbox = Sandbox()
    try:
        with serve(sandbox) as served:
            yield Account(tmp_path, sandbox, served.url)
    finally:
        sandbox.close()
