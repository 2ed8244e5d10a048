"""The CTI server process (222): one switch, one inbox, one event at a time.

On start and after every link loss: snapshot, reconcile the database with it, and only then route.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import timedelta

from ctiapp.servers import calls, external_router, stat_server
from ctiapp.servers.agent_desk import CONSOLE_GRACE
from ctiapp.servers.call_control import CallControl
from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.servers.stat_server import StatServer
from ctiapp.servers.stored_routes import StoredRoutes
from ctiapp.store import Store, Transaction
from ctiapp.store.listen import Listener
from ctiapp.switch.protocol import (
    CallEnded,
    EndReason,
    RouteRequested,
    Snapshot,
    Switch,
    SwitchError,
    SwitchLost,
    SwitchReady,
)

log = logging.getLogger(__name__)
BEAT_EVERY = timedelta(seconds=1)
CHECK_EVERY = timedelta(seconds=15)


class CtiServer:
    """Everything of the process, built around one switch. `run` ends when `stop` is called."""

    def __init__(self, switch: Switch, store: Store) -> None:
        self.switch = switch
        self.database = DatabaseThreads(store)
        self.stat = StatServer()
        self.control = CallControl(switch, self.database.now, self.database.in_order)
        self.routes = StoredRoutes(switch, self.database)
        self.ready = False
        self.detail = "starting"
        self._store = store
        self._missing: set[str] = set()
        self._tasks: list[asyncio.Task] = []
        self._listener: Listener | None = None
        self._reconciling: asyncio.Task | None = None
        self._news = asyncio.Event()
        self._telling: asyncio.Future | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        await self.database.in_order(lambda tx: tx.run("process_started", name="cti", ready=False))
        self._listener = Listener(self._store.url, lambda kind, key: loop.call_soon_threadsafe(self._woken, kind, key))
        self._listener.start()
        await self.switch.start()
        self._tasks = [
            loop.create_task(work)
            for work in (
                self.routes.run(),
                self._every(BEAT_EVERY, self._beat),
                self._every(CHECK_EVERY, self._check),
                self._write_news(),
            )
        ]
        async for event in self.switch.events():
            self._take(event)

    async def stop(self) -> None:
        """SIGTERM: decisions under way are finished, then the link is closed; calls go on."""
        self._set_ready(False, "stopping")
        await self.control.drain()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._beat(), 2)
        for task in self._tasks:
            task.cancel()
        if self._listener:
            self._listener.stop()
        await self.switch.stop()
        await self.database.close()

    # ---- the inbox -----------------------------------------------------------------------------------------

    def _take(self, event: object) -> None:
        match event:
            case SwitchReady(snapshot):
                if self._reconciling:
                    self._reconciling.cancel()
                self._reconciling = asyncio.ensure_future(self._reconcile(snapshot))
            case SwitchLost(reason):
                log.error("the telephone system does not answer: %s", reason)
                self._set_ready(False, reason)
            case RouteRequested():
                self.stat.take(event)
                self.control.take(event)
                self._news.set()
            case _:
                self.stat.take(event)  # type: ignore[arg-type]
                self.control.take(event)  # type: ignore[arg-type]
                self._news.set()

    def _woken(self, kind: str, key: str) -> None:
        match kind:
            case "number":
                self.routes.touch_number(key)
            case "page_shown":
                self.control.page_shown(key)
            case "session":
                self.routes.touch_staffed()
            case "agent":
                if self.ready:
                    self.control.dispatch()
            case "resync":
                self.routes.touch_staffed()

    # ---- start and reconnect -------------------------------------------------------------------------------

    async def _reconcile(self, snapshot: Snapshot) -> None:
        self._set_ready(False, "reconciling")
        while True:
            try:
                await self._reconcile_once(snapshot)
                break
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("reconciling failed, trying again: %s", str(error).strip())
                await asyncio.sleep(0.5)
        self._set_ready(True, "")
        log.info("reconciled with the switch: %d calls, %d stations", len(snapshot.calls), len(snapshot.stations))
        await self._beat()
        self.control.dispatch()

    async def _reconcile_once(self, snapshot: Snapshot) -> None:
        known = await self.database.now(lambda tx: tx.all("known_stations"))
        self.stat.reconcile(snapshot, [row["id"] for row in known])
        await self._flush()
        await self.database.in_order(lambda tx: _reconcile_calls(tx, snapshot))
        await self.routes.reconcile(snapshot)

    # ---- what goes on all the time -------------------------------------------------------------------------

    async def _beat(self) -> None:
        ready, detail = self.ready, self.detail

        def work(tx: Transaction) -> tuple[list, bool]:
            tx.run("beat", name="cti", ready=ready, detail=detail)
            return self._sweep(tx), tx.value("web_is_up")

        gone, self.control.web_is_up = await self.database.now(work)
        for lease in gone:
            log.info("lease over: %s", lease["state"], extra={"reservation": lease["id"], "call": lease["call"]})
            if lease["state"] == "ringing":
                await self._rang_too_long(lease)

    def _sweep(self, tx: Transaction) -> list[dict]:
        gone = external_router.sweep(tx)
        for leaked in tx.all("orphan_points"):
            log.error("routing point %s was reserved for nobody: freed", leaked["number"])
        tx.run("forget_consoles_of_dead_processes")
        tx.run("lose_consoles", grace=CONSOLE_GRACE)
        return gone

    async def _rang_too_long(self, lease: dict) -> None:
        """The switch never told what became of the ring: if the call is gone, it ends here; else the line takes it."""
        with contextlib.suppress(SwitchError):
            live = {call.call_id for call in (await self.switch.snapshot()).calls}
            if lease["call"] not in live:
                await self.database.in_order(lambda tx: calls.ended(tx, lease["call"], EndReason.LOST, "lease over"))

    async def _check(self) -> None:
        """A call that the switch does not hold, twice in a row, has ended without telling us."""
        if not self.ready:
            return
        live = {call.call_id for call in (await self.switch.snapshot()).calls}
        held = await self.database.now(lambda tx: tx.all("calls_seen_before"))
        missing = {row["id"] for row in held} - live
        for call in missing & self._missing:
            log.error("call %s is gone without a word: corrected", call, extra={"call": call})
            self.control.take(CallEnded(call, EndReason.LOST, "not in the switch"))
        self._missing = missing - self._missing
        self.control.dispatch()

    async def _write_news(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._flush()
            await asyncio.sleep(stat_server.FLUSH_EVERY.total_seconds())

    async def _flush(self) -> None:
        if self.stat.has_news:
            states, lines = self.stat.flush()
            await self.database.in_order(lambda tx: stat_server.write(tx, states, lines))

    async def _every(self, span: timedelta, work: Callable) -> None:
        while True:
            started = time.monotonic()
            try:
                await work()
            except Exception as error:
                log.warning("%s failed: %s", work.__name__.strip("_"), str(error).strip())
            await asyncio.sleep(max(0.05, span.total_seconds() - (time.monotonic() - started)))

    def _set_ready(self, ready: bool, detail: str) -> None:
        if (ready, detail) != (self.ready, self.detail):
            log.info("cti server: %s -> %s", self.detail or "ready", detail or "ready")
        self.ready, self.detail = ready, detail
        if not ready:
            self._telling = asyncio.ensure_future(self._beat_quietly())

    async def _beat_quietly(self) -> None:
        with contextlib.suppress(Exception):
            await self._beat()


def _reconcile_calls(tx: Transaction, snapshot: Snapshot) -> None:
    live = {call.call_id: call for call in snapshot.calls}
    for row in tx.all("live_calls"):
        if row["id"] not in live:
            calls.ended(tx, row["id"], EndReason.LOST, "not in the snapshot")
    for call in live.values():
        if calls.adopt(tx, call):
            log.info("call taken over from the switch: %s", call.phase, extra={"call": call.call_id})
