"""One database a session, one call centre a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ctiapp.store import Store
from tests.database import CallCentre, a_database, empty


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    with a_database() as url:
        yield url


@pytest.fixture(scope="session")
def store(database: str) -> Iterator[Store]:
    store = Store(database, size=12, name="ctiapp-test")
    yield store
    store.close()


@pytest.fixture
def centre(store: Store) -> CallCentre:
    empty(store)
    return CallCentre(store).opens()
