from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.switch.worlds import RealWorld, Seen, SimulatedWorld, World
from tests.switchboard import ensure_switch, switchboard_settings


@pytest.fixture(scope="session")
def real_switch() -> None:
    ensure_switch(switchboard_settings())


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.real)])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "simulated":
        async with SimulatedWorld.open() as world:
            yield world
    else:
        request.getfixturevalue("real_switch")
        async with RealWorld.open() as real:
            yield real


@pytest.fixture
def seen(world: World) -> Seen:
    return Seen(world)
