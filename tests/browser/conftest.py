"""A real Chromium for whoever asks for `page`: one browser for the session, a fresh context for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

# The browser is to talk to the server under test and to nobody else.
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    known = (named, shutil.which("chromium"), shutil.which("chromium-browser"), shutil.which("google-chrome"))
    return next((path for path in known if path and Path(path).exists()), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, or the one that the variable CHROMIUM names.

    Without one the tests are skipped, but fail where CI=true, for there nobody would notice.
    """
    program = _chromium()
    if program is None:
        message = "Chromium is missing: install it, or name it in the variable CHROMIUM"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page in a context of its own; requests to other hosts than the loopback are refused."""
    context = browser.new_context()
    context.route(
        lambda url: not url.startswith(("http://127.0.0.1", "http://localhost", "data:")), lambda route: route.abort()
    )
    yield context.new_page()
    context.close()
