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
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from ctiapp.store.queries import QUERIES

Row = dict[str, Any]
T = TypeVar("T")

psycopg2.extras.register_uuid()
_UUID_AS_TEXT = psycopg2.extensions.new_type((2950,), "UUID", lambda value, cursor: value)
psycopg2.extensions.register_type(_UUID_AS_TEXT)

IDLE_BEFORE_CHECK = 2.0
"""Seconds after which a pooled connection is asked whether it still lives before it is handed out."""

SESSION = {
    "statement_timeout": 10_000,
    "idle_in_transaction_session_timeout": 20_000,
    "timezone": "UTC",
    # Our queries are look-ups by key: one plan fits every value, and to plan costs more than to run.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}

RETRIED = (
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.UniqueViolation,
    psycopg2.errors.FeatureNotSupported,
)
"""A race that was lost: whoever looks again sees what the winner made. The last one is lost to a migration."""


class Connection(psycopg2.extensions.connection):
    """Knows which queries its server has prepared."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.prepared: set[str] = set()


class Transaction:
    """Queries by name, in one transaction that begins with the first of them: `BEGIN` travels with it, which saves a
    round trip. Without `begins` each query is a transaction by itself."""

    def __init__(self, connection: Connection, begins: bool = False) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._first = "begin; " if begins else ""

    def run(self, query: str, **values: Any) -> int:
        """How many rows the query touched."""
        self._execute(query, values)
        return self._cursor.rowcount

    def all(self, query: str, **values: Any) -> list[Row]:
        self._execute(query, values)
        names = self._names()
        return [dict(zip(names, row, strict=True)) for row in self._cursor.fetchall()]

    def one(self, query: str, **values: Any) -> Row | None:
        self._execute(query, values)
        row = self._cursor.fetchone()
        return None if row is None else dict(zip(self._names(), row, strict=True))

    def value(self, query: str, **values: Any) -> Any:
        """The first column of the first row; None without a row."""
        self._execute(query, values)
        row = self._cursor.fetchone()
        return None if row is None else row[0]

    def many(self, query: str, rows: list[Row]) -> None:
        """The same query for each row, in one round trip a hundred."""
        prepared = self._prepared(query)
        if begin := self._begin():
            self._cursor.execute(begin)
        psycopg2.extras.execute_batch(self._cursor, prepared, rows)

    def execute(self, sql: str, values: Any = None) -> Any:
        """Plain SQL, for migrations and tests. Returns a cursor whose rows are dicts."""
        cursor = self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor)
        cursor.execute(self._begin() + sql, values)
        return cursor

    def commit(self) -> None:
        if self._connection.get_transaction_status() != TRANSACTION_STATUS_IDLE:
            self._cursor.execute("commit")

    def _execute(self, query: str, values: Row) -> None:
        prepared = self._prepared(query)
        self._cursor.execute(self._begin() + prepared, values)

    def _begin(self) -> str:
        begin, self._first = self._first, ""
        return begin

    def _prepared(self, query: str) -> str:
        """The planning of a query costs more than most of ours take to run: it is done once a connection."""
        if query not in self._connection.prepared:
            self._cursor.execute(QUERIES[query].prepare)
            self._connection.prepared.add(query)
        return QUERIES[query].execute

    def _names(self) -> list[str]:
        return [column[0] for column in self._cursor.description]


class Store:
    """The pool. `size` is the most connections open at once; one more caller waits, at most `patience` seconds.

    Raises psycopg2.OperationalError where the database cannot be reached or nobody gave a connection back in time.
    With `durable=False` a commit does not wait for the disk (docs/decisions/cti-commits.md).
    """

    def __init__(
        self, url: str, size: int = 8, name: str = "ctiapp", patience: float = 5.0, durable: bool = True
    ) -> None:
        self.url = url
        self._durable = durable
        self._name = name
        self._patience = patience
        self._free: list[tuple[Any, float]] = []
        self._slots = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block, rolls back on any exception."""
        with self._borrowed() as connection:
            tx = Transaction(connection, begins=True)
            yield tx
            tx.commit()

    @contextlib.contextmanager
    def statements(self) -> Iterator[Transaction]:
        """Every query is a transaction by itself, which saves the round trip of COMMIT."""
        with self._borrowed() as connection:
            yield Transaction(connection)

    @contextlib.contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        if not self._slots.acquire(timeout=self._patience):
            raise psycopg2.OperationalError("all database connections are in use")
        connection = None
        try:
            connection = self._take()
            yield connection
            with self._lock:
                self._free.append((connection, time.monotonic()))
        except psycopg2.errors.FeatureNotSupported:  # a migration changed what a prepared query returns
            self._discard(connection)
            raise
        except psycopg2.Error as error:
            if type(error) is psycopg2.DatabaseError:  # what psycopg2 raises where the server hangs up in a query
                self._discard(connection)
                raise psycopg2.OperationalError(str(error)) from error
            self._discard_or_roll_back(connection)
            raise
        except BaseException:
            self._discard_or_roll_back(connection)
            raise
        finally:
            self._slots.release()

    def in_transaction(self, work: Callable[[Transaction], T], tries: int = 4) -> T:
        """`work(tx)` in a transaction, again if it lost a race (a deadlock, a unique index)."""
        return self._again(self.transaction, work, tries)

    def in_one_step(self, work: Callable[[Transaction], T], tries: int = 4) -> T:
        """The same for a single query, which is a transaction by itself."""
        return self._again(self.statements, work, tries)

    def _again(
        self, begun: Callable[[], AbstractContextManager[Transaction]], work: Callable[[Transaction], T], tries: int
    ) -> T:
        for left in range(tries - 1, -1, -1):
            try:
                with begun() as tx:
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
        return connect(self.url, self._name, self._durable)

    def _discard_or_roll_back(self, connection: Any) -> None:
        if connection is None:
            return
        try:
            if connection.get_transaction_status() != TRANSACTION_STATUS_IDLE:
                with connection.cursor() as cursor:
                    cursor.execute("rollback")
        except psycopg2.Error:
            self._discard(connection)
            return
        with self._lock:
            self._free.append((connection, time.monotonic()))

    def _discard(self, connection: Any) -> None:
        """With all that are not in use: what befell this one most likely befell them too."""
        connection.close()
        with self._lock:
            for other, _ in self._free:
                other.close()
            self._free.clear()


def connect(url: str, name: str = "ctiapp", durable: bool = True) -> Any:
    """One connection with every time limit set."""
    settings = SESSION | ({} if durable else {"synchronous_commit": "off"})
    connection = psycopg2.connect(
        url,
        connection_factory=Connection,
        application_name=name,
        connect_timeout=5,
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
    )
    connection.autocommit = True  # `Transaction` says itself where one begins
    return connection


def _has_word(connection: Any) -> bool:
    """A server says nothing to an idle connection but that it goes, or hangs up: a restart is seen without a query."""
    watch = select.poll()  # not select(2), which knows no descriptor beyond 1023
    try:
        watch.register(connection.fileno(), select.POLLIN)
        return bool(watch.poll(0))
    except (psycopg2.Error, OSError):
        return True


def _lives(connection: Any) -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except psycopg2.Error:
        return False
    return True
