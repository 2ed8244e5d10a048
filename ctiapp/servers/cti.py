"""The CTI server process (222): one switch, one inbox, one event at a time.

On start and after every link loss: snapshot, reconcile the database with it, and only then route.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Collection
from datetime import timedelta

from ctiapp.servers import calls, external_router, stat_server, transfers
from ctiapp.servers.agent_desk import CONSOLE_GRACE
from ctiapp.servers.call_control import CallControl
from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.servers.outbound_controller import OutboundController
from ctiapp.servers.stat_server import StatServer
from ctiapp.servers.stored_routes import StoredRoutes
from ctiapp.servers.transfer_control import TransferControl
from ctiapp.servers.web_telephone import Doorkeeper
from ctiapp.store import Store, Transaction
from ctiapp.store.listen import Listener
from ctiapp.switch.protocol import (
    CallEnded,
    CallSeen,
    EndReason,
    Event,
    RouteRequested,
    Snapshot,
    Switch,
    SwitchError,
    SwitchLost,
    SwitchReady,
    TargetDialled,
)

log = logging.getLogger(__name__)
BEAT_EVERY = timedelta(seconds=1)
CHECK_EVERY = timedelta(seconds=15)
ROUTE_WITHIN = timedelta(seconds=2)
"""How long the switch waits for a route; a request held longer (we were reconciling) took the switch's own way out."""
DRAIN_WITHIN = timedelta(seconds=5)


class CtiServer:
    """Everything of the process, built around one switch. `run` ends when `stop` is called."""

    def __init__(self, switch: Switch, store: Store) -> None:
        self.switch = switch
        self.database = DatabaseThreads(store)
        self.stat = StatServer()
        self.control = CallControl(switch, self.database)
        self.transfers = TransferControl(switch, self.database, self.control.page_is_shown, self.control.dispatch)
        self.doorkeeper = Doorkeeper(switch, self.database)
        self.routes = StoredRoutes(switch, self.database)
        self.controller = OutboundController(switch, self.database, self._handle, self._freed, lambda: self.ready)
        self.control.whose_turn = self.controller.turns.callers
        self.ready = False
        self.detail = "starting"
        self._store = store
        self._beating = asyncio.Lock()
        self._missing: set[str] = set()
        self._unknown: set[str] = set()
        self._tasks: list[asyncio.Task] = []
        self._listener: Listener | None = None
        self._reconciling: asyncio.Task | None = None
        self._being_sent: Collection[str] = ()
        self._held: list[tuple[float, Event]] = []
        self._news = asyncio.Event()
        self._alone = asyncio.Event()
        self._link_is_up = False
        self._telling: asyncio.Future | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        await self.database.in_order(lambda tx: tx.run("process_started", name="cti", ready=False))
        self._listener = Listener(
            self._store.url, lambda kind, key: loop.call_soon_threadsafe(self._woken, kind, key), alone="cti"
        )
        self._listener.start()
        await self._alone.wait()
        await self.switch.start()
        self._tasks = [
            loop.create_task(work)
            for work in (
                self.routes.run(),
                self.controller.run(),
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
        await self.control.drain(DRAIN_WITHIN)
        await self.transfers.drain(DRAIN_WITHIN)
        await self.controller.drain(DRAIN_WITHIN)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._flush(), 2)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._beat(), 2)
        if self._reconciling:
            self._reconciling.cancel()
        for task in self._tasks:
            task.cancel()
        if self._listener:
            self._listener.stop()
            await asyncio.to_thread(self._listener.join, 2)
        await self.switch.stop()
        await self.database.close()

    # ---- the inbox -----------------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        match event:
            case SwitchReady(snapshot):
                self._link_is_up = True
                self._reconcile_with(snapshot)
            case SwitchLost(reason):
                self._link_is_up = False
                log.error("the telephone system does not answer: %s", reason)
                self._give_up_reconciling()
                self._set_ready(False, reason)
            case TargetDialled():
                self.doorkeeper.take(event)
            case _ if self._reconciling:
                self._held.append((time.monotonic(), event))
            case _:
                self._handle(event)

    def _handle(self, event: Event) -> None:
        self.stat.take(event)
        self.control.take(event)
        self.transfers.take(event)
        self.controller.take(event)
        self._news.set()

    def _freed(self) -> None:
        """An agent may be free."""
        if self.ready:
            self.control.dispatch()

    def _reconcile_with(self, snapshot: Snapshot | None) -> None:
        """None: with a snapshot that is taken now."""
        self._give_up_reconciling()
        self._reconciling = asyncio.ensure_future(self._reconcile(snapshot))

    def _give_up_reconciling(self) -> None:
        if self._reconciling:
            self._reconciling.cancel()
        self._reconciling = None
        self._drop_older_news()

    def _drop_older_news(self) -> None:
        """A snapshot that is taken later holds them; but it does not repeat who waits for a route."""
        self._held = [(came, event) for came, event in self._held if isinstance(event, RouteRequested)]

    def _woken(self, kind: str, key: str) -> None:
        self.controller.woken(kind, key)
        match kind:
            case "number":
                self.routes.touch_number(key)
            case "page_shown":
                self.control.page_shown(key)
            case "transfer":
                if self.ready:  # else it is looked at when we are
                    self.transfers.wake(key)
            case "hang_up":
                if self.ready:
                    self.control.hang_up(key)
            case "session":
                self.routes.touch_staffed()
            case "ready":
                self._freed()
            case "lost":
                self._set_ready(False, "the database does not answer")
            case "resync":  # what was told meanwhile is lost, and calls may have taken their own way out
                self._alone.set()
                self.routes.touch_everything()
                if self._link_is_up:
                    self._reconcile_with(None)

    # ---- start and reconnect -------------------------------------------------------------------------------

    async def _reconcile(self, snapshot: Snapshot | None) -> None:
        """Events that come meanwhile are news to the snapshot: they are held, and handled after it in their order."""
        self._set_ready(False, "reconciling")
        self._being_sent = self.controller.being_sent()
        while snapshot is None or not await self._is_reconciled(snapshot):
            if snapshot is not None:
                await asyncio.sleep(0.5)
            self._drop_older_news()
            try:
                snapshot = await self.switch.snapshot()
            except SwitchError:
                snapshot = None  # not the one before: what was dropped is in neither
                await asyncio.sleep(0.5)
        self._set_ready(True, "")
        log.info("reconciled with the switch: %d calls, %d stations", len(snapshot.calls), len(snapshot.stations))
        self._reconciling = None
        held, self._held = self._held, []
        for came, event in held:
            if isinstance(event, RouteRequested) and time.monotonic() - came > ROUTE_WITHIN.total_seconds():
                told = {"call": event.call_id, "interaction": event.interaction}
                log.warning("too late for a route: the switch took its own way out", extra=told)
            else:
                self._handle(event)
        await self._beat()
        self.control.dispatch()
        self.controller.wake()
        for row in await self.database.now(lambda tx: tx.all("wished_transfers")):
            self.transfers.wake(row["id"])

    async def _is_reconciled(self, snapshot: Snapshot) -> bool:
        try:
            await self._reconcile_once(snapshot)
        except Exception as error:
            log.warning("reconciling failed, trying again: %s", str(error).strip())
            return False
        return True

    async def _reconcile_once(self, snapshot: Snapshot) -> None:
        known = await self.database.now(lambda tx: tx.all("known_stations"))
        self.stat.reconcile(snapshot, [row["id"] for row in known])
        await self._flush()
        await self.database.in_order(lambda tx: _reconcile_calls(tx, snapshot, self._being_sent))
        await self.controller.reconcile()
        await self.routes.reconcile(snapshot)

    # ---- what goes on all the time -------------------------------------------------------------------------

    async def _beat(self) -> None:
        async with self._beating:  # an older state must not be written over a newer one
            stranded = await self._beat_once()
        if self.ready and stranded:
            await self._pick_up(stranded)

    async def _beat_once(self) -> list[str]:
        ready, detail = self.ready, self.detail

        def work(tx: Transaction) -> tuple[list, list, bool]:
            tx.run("beat", name="cti", ready=ready, detail=detail)
            return self._sweep(tx), tx.all("stranded_calls"), tx.value("web_is_up")

        gone, stranded, self.control.web_is_up = await self.database.now(work)
        for lease in gone:
            log.info("lease over: %s", lease["state"], extra=_of_lease(lease))
        return [row["id"] for row in stranded]

    def _sweep(self, tx: Transaction) -> list[dict]:
        gone = external_router.sweep(tx)
        for leaked in tx.all("orphan_points"):
            log.error("routing point %s was reserved for nobody: freed", leaked["number"])
        tx.run("forget_consoles_of_dead_processes")
        tx.run("forget_targets")
        tx.run("lose_consoles", grace=CONSOLE_GRACE)
        return gone

    async def _pick_up(self, stranded: list[str]) -> None:
        """Offers that ran out, whoever swept them: a call that is gone ends here, one that still waits is in the line
        again, one that rings or talks is what the switch says."""
        seen = {call.call_id: call for call in await self.switch.calls()}
        for call in stranded:
            here = seen.get(call)
            if here is None:
                self._handle(CallEnded(call, EndReason.LOST, "lease over"))
            elif here.phase in ("ringing", "talking"):
                await self.database.in_order(lambda tx, here=here: calls.adopt(tx, here))
            else:
                await self.database.in_order(lambda tx, call=call: calls.back_in_line(tx, call))
        self.control.dispatch()

    async def _check(self) -> None:
        """What the switch and we know differently, twice in a row, is corrected: a call that ended without telling us,
        and one that the switch put through by itself."""
        if not self.ready:
            return
        seen = {call.call_id: call for call in await self.switch.calls()}
        held = {row["id"] for row in await self.database.now(lambda tx: tx.all("calls_seen_before"))}
        missing = held - seen.keys()
        for call in missing & self._missing:
            log.error("call %s is gone without a word: corrected", call, extra={"call": call})
            self._handle(CallEnded(call, EndReason.LOST, "not in the switch"))
        self._missing = missing - self._missing
        unknown = {call for call in seen.keys() - held if seen[call].phase in ("ringing", "talking")}
        for call in unknown & self._unknown:
            if await self.database.in_order(lambda tx, call=call: calls.adopt(tx, seen[call])):
                log.warning("call taken over from the switch: %s", seen[call].phase, extra=_of_call(seen[call]))
        self._unknown = unknown - self._unknown
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


def _reconcile_calls(tx: Transaction, snapshot: Snapshot, sending: Collection[str]) -> None:
    """`sending`: calls that we are about to make, so they cannot be in the snapshot."""
    live = {call.call_id: call for call in snapshot.calls}
    for row in tx.all("live_calls"):
        if row["id"] not in live and row["id"] not in sending:
            calls.ended(tx, row["id"], EndReason.LOST, "not in the snapshot")
    for call in live.values():
        transfers.reconcile(tx, call)
        if calls.adopt(tx, call):
            log.info("call taken over from the switch: %s", call.phase, extra=_of_call(call))


def _of_call(call: CallSeen) -> dict[str, str]:
    return {"call": call.call_id, "interaction": call.interaction}


def _of_lease(lease: dict) -> dict[str, str | None]:
    return {"reservation": lease["id"], "interaction": lease["interaction"], "call": lease["call"]}
