"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from helpcentre import HelpCentre

Open = Callable[..., HelpCentre]


@pytest.fixture
def centre() -> Iterator[HelpCentre]:
    """A help centre in an empty account; that readers never met something broken is asserted at its end."""
    with HelpCentre() as one:
        yield one


@pytest.fixture
def opened_centre() -> Iterator[Open]:
    """Help centres with switches, another role or settings of their own."""
    with contextlib.ExitStack() as stack:

        def make(**values: Any) -> HelpCentre:
            return stack.enter_context(HelpCentre(**values))

        yield make
