"""Wake-ups from the database: NOTIFY carries a kind and an id, never a payload."""

from __future__ import annotations

import logging
import os
import select
import threading
from collections.abc import Callable
from datetime import timedelta

import psycopg2

from ctiapp.store.store import Connection, Transaction, connect

log = logging.getLogger(__name__)
CHANNEL = "ctiapp"
RETRY_AFTER = timedelta(seconds=0.5)


class Listener(threading.Thread):
    """Calls `callback(kind, id)` in its own thread for each NOTIFY, and `("resync", "")` after every (re)connect:
    what was notified while nobody listened is lost, so whoever listens looks at everything once. `("lost", "")` comes
    when the database is gone.

    With `alone` (the name of a process of which there may be one) it first waits until no other holds that place; the
    place is lost with the connection, so the database knows at once when the process is dead.
    """

    def __init__(self, database_url: str, callback: Callable[[str, str], None], alone: str | None = None) -> None:
        super().__init__(name="listener", daemon=True)
        self._alone = alone
        self._url = database_url
        self._callback = callback
        self._stopped = threading.Event()
        self._wake = os.eventfd(0)

    def stop(self) -> None:
        """Nothing is told any more; `join` returns at once."""
        self._stopped.set()
        os.eventfd_write(self._wake, 1)

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except psycopg2.Error as error:
                log.warning("the database link of the listener is gone: %s", str(error).strip())
                self._tell("lost", "")
                self._stopped.wait(RETRY_AFTER.total_seconds())

    def _listen(self) -> None:
        connection = connect(self._url, "ctiapp-listen")
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"listen {CHANNEL}")
            if not self._is_alone(connection):
                return
            self._tell("resync", "")
            watch = select.poll()  # not select(2), which knows no descriptor beyond 1023
            watch.register(connection.fileno(), select.POLLIN)
            watch.register(self._wake, select.POLLIN)
            while not self._stopped.is_set():
                watch.poll()
                connection.poll()
                for notice in connection.notifies:
                    kind, _, key = notice.payload.partition(":")
                    self._tell(kind, key)
                connection.notifies.clear()
        finally:
            connection.close()

    def _is_alone(self, connection: Connection) -> bool:
        """False if it was stopped before the place was free."""
        if self._alone is None:
            return True
        tx = Transaction(connection)
        if not tx.value("take_place", name=self._alone):
            log.warning("another %s server is at work: standing by", self._alone)
            while not tx.value("take_place", name=self._alone):
                if self._stopped.wait(RETRY_AFTER.total_seconds()):
                    return False
        tx.run("process_connected", name=self._alone)
        return True

    def _tell(self, kind: str, key: str) -> None:
        if self._stopped.is_set():
            return
        try:
            self._callback(kind, key)
        except Exception:
            log.exception("a wake-up was not handled: %s %s", kind, key)
