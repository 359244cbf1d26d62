"""A fresh account for each test, with whatever switches it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .driving import Account

Open = Callable[..., Account]


@pytest.fixture
def opened() -> Iterator[Open]:
    accounts: list[Account] = []

    def make(**switches: Any) -> Account:
        accounts.append(Account(**switches))
        return accounts[-1]

    yield make
    for account in accounts:
        account.close()


@pytest.fixture
def account(opened: Open) -> Account:
    return opened()
