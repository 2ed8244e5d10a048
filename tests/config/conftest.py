from __future__ import annotations

import pytest

from ctiapp.settings import Settings
from tests.switchboard import ensure_switch, run_switch, switchboard_settings


@pytest.fixture(scope="session")
def switch() -> Settings:
    """The real switch, up, with the tests' values."""
    settings = switchboard_settings()
    ensure_switch(settings)
    return settings


@pytest.fixture
def empty_store(switch):
    """AstDB without routes and staffed stations, before and after."""

    def clear() -> None:
        for family in ("ctiapp-route", "ctiapp-staffed"):
            run_switch(switch, "cli", f"database deltree {family}")

    clear()
    yield
    clear()
