"""The database for an event loop: transactions on threads, either at once or one after another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2

from ctiapp.store import Store, Transaction

log = logging.getLogger(__name__)
LONGEST_PAUSE = 2.0
Work = Callable[[Transaction], Any]


class DatabaseThreads:
    """`now` runs on any of `threads` threads and raises what the database raises. `in_order` runs the works one after
    another, and tries each again until the database takes it: nothing that the switch reported is lost."""

    def __init__(self, store: Store, threads: int = 4) -> None:
        self._store = store
        self._many = ThreadPoolExecutor(threads, "database")
        self._one = ThreadPoolExecutor(1, "database-in-order")
        self._order: asyncio.Queue[tuple[Work, asyncio.Future]] = asyncio.Queue()
        self._worker: asyncio.Task | None = None

    async def now(self, work: Work) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._many, self._store.in_transaction, work)

    async def look(self, work: Work) -> Any:
        """Like `now`, for a single query: it needs no transaction around it."""
        return await asyncio.get_running_loop().run_in_executor(self._many, self._store.in_one_step, work)

    async def in_order(self, work: Work) -> Any:
        loop = asyncio.get_running_loop()
        if self._worker is None:
            self._worker = loop.create_task(self._work())
        done = loop.create_future()
        self._order.put_nowait((work, done))
        return await done

    @property
    def backlog(self) -> int:
        return self._order.qsize()

    async def close(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
        self._many.shutdown(wait=False)
        self._one.shutdown(wait=False)

    async def _work(self) -> None:
        while True:
            work, done = await self._order.get()
            try:
                result, error = await self._until_taken(work), None
            except Exception as failure:
                result, error = None, failure
            if done.done():  # nobody waits for it any more
                continue
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

    async def _until_taken(self, work: Work) -> Any:
        loop, pause = asyncio.get_running_loop(), 0.1
        while True:
            try:
                return await loop.run_in_executor(self._one, self._store.in_transaction, work)
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                log.warning("the database does not answer, trying again: %s", str(error).strip())
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
