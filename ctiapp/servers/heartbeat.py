"""A process says every second that it lives, and ends the leases that are over: whoever lives sweeps."""

from __future__ import annotations

import logging
import threading

import psycopg2

from ctiapp.servers import external_router
from ctiapp.store import Store

log = logging.getLogger(__name__)
EVERY = 1.0


class Heartbeat(threading.Thread):
    def __init__(self, store: Store, name: str) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._store = store
        self._process = name
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                with self._store.transaction() as tx:
                    tx.run("beat", name=self._process, ready=True, detail="")
                    tx.run("forget_processes")
                    external_router.sweep(tx)
            except psycopg2.Error as error:
                log.warning("no heartbeat: %s", str(error).strip())
            self._stopped.wait(EVERY)
