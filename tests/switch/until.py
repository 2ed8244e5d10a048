"""Waiting in tests: for a condition, never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

Found = TypeVar("Found")

GENEROUS = timedelta(seconds=20)


async def until(condition: Callable[[], Found], within: timedelta = GENEROUS) -> Found:
    """What `condition` returns as soon as it is true; fails if it is not within a generous time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within.total_seconds()
    while not (found := condition()):
        assert loop.time() < end, f"not within {within}: {condition}"
        await asyncio.sleep(0.01)
    return found
