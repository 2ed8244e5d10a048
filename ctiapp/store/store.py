"""A bounded pool of connections and transactions that run named queries.

`with store.transaction() as tx: tx.one("live_reservation", number=…)`. A query is a name in `queries/*.sql`; a row
comes back as a dict. One connection a thread at a time; nothing here may be called from an event loop's thread.
"""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeVar

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras

from ctiapp.store.queries import QUERIES

Row = dict[str, Any]
T = TypeVar("T")

psycopg2.extras.register_uuid()
_UUID_AS_TEXT = psycopg2.extensions.new_type((2950,), "UUID", lambda value, cursor: value)
psycopg2.extensions.register_type(_UUID_AS_TEXT)

IDLE_BEFORE_CHECK = 2.0
"""Seconds after which a pooled connection is asked whether it still lives before it is handed out."""

RETRIED = (
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.UniqueViolation,
)
"""A race that was lost: whoever looks again sees what the winner made."""


class Transaction:
    """One open transaction; queries by name."""

    def __init__(self, connection: Any) -> None:
        self._cursor = connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)

    def run(self, query: str, **values: Any) -> int:
        """How many rows the query touched."""
        self._cursor.execute(QUERIES[query], values)
        return self._cursor.rowcount

    def all(self, query: str, **values: Any) -> list[Row]:
        self._cursor.execute(QUERIES[query], values)
        return [dict(row) for row in self._cursor.fetchall()]

    def one(self, query: str, **values: Any) -> Row | None:
        self._cursor.execute(QUERIES[query], values)
        row = self._cursor.fetchone()
        return None if row is None else dict(row)

    def value(self, query: str, **values: Any) -> Any:
        """The first column of the first row; None without a row."""
        row = self.one(query, **values)
        return None if row is None else next(iter(row.values()))

    def many(self, query: str, rows: list[Row]) -> None:
        """The same query for each row, in one round trip a hundred."""
        psycopg2.extras.execute_batch(self._cursor, QUERIES[query], rows)

    def execute(self, sql: str, values: Any = None) -> Any:
        """Plain SQL, for migrations and tests. Returns the cursor."""
        self._cursor.execute(sql, values)
        return self._cursor


class Store:
    """The pool. `size` is the most connections open at once; one more caller waits, at most `patience` seconds.

    Raises psycopg2.OperationalError where the database cannot be reached or nobody gave a connection back in time.
    """

    def __init__(self, url: str, size: int = 8, name: str = "ctiapp", patience: float = 5.0) -> None:
        self.url = url
        self._name = name
        self._patience = patience
        self._free: list[tuple[Any, float]] = []
        self._slots = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block, rolls back on any exception."""
        if not self._slots.acquire(timeout=self._patience):
            raise psycopg2.OperationalError("all database connections are in use")
        connection = None
        try:
            connection = self._take()
            yield Transaction(connection)
            connection.commit()
            with self._lock:
                self._free.append((connection, time.monotonic()))
        except BaseException:
            self._discard_or_roll_back(connection)
            raise
        finally:
            self._slots.release()

    def in_transaction(self, work: Callable[[Transaction], T], tries: int = 4) -> T:
        """`work(tx)` in a transaction, again if it lost a race (a deadlock, a unique index)."""
        for left in range(tries - 1, -1, -1):
            try:
                with self.transaction() as tx:
                    return work(tx)
            except RETRIED:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        with self._lock:
            for connection, _ in self._free:
                connection.close()
            self._free.clear()

    def _take(self) -> Any:
        while True:
            with self._lock:
                if not self._free:
                    break
                connection, used = self._free.pop()
            if not _has_word(connection) and (time.monotonic() - used < IDLE_BEFORE_CHECK or _lives(connection)):
                return connection
            connection.close()
        return connect(self.url, self._name)

    def _discard_or_roll_back(self, connection: Any) -> None:
        if connection is None:
            return
        try:
            connection.rollback()
        except psycopg2.Error:
            connection.close()
            with self._lock:  # the others are most likely dead too
                for other, _ in self._free:
                    other.close()
                self._free.clear()
            return
        with self._lock:
            self._free.append((connection, time.monotonic()))


def connect(url: str, name: str = "ctiapp") -> Any:
    """One connection with every time limit set."""
    return psycopg2.connect(
        url,
        application_name=name,
        connect_timeout=5,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        options="-c statement_timeout=10000 -c idle_in_transaction_session_timeout=20000 -c timezone=UTC",
    )


def readable(connection: Any, within: timedelta) -> bool:
    """Whether the server said something. Not by select(2), which knows no descriptor beyond 1023."""
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    return bool(watch.poll(within.total_seconds() * 1000))


def _has_word(connection: Any) -> bool:
    """A server says nothing to an idle connection but that it goes, or hangs up: a restart is seen without a query."""
    try:
        return readable(connection, timedelta(0))
    except (psycopg2.Error, OSError):
        return True


def _lives(connection: Any) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        connection.rollback()
    except psycopg2.Error:
        return False
    return True
