"""The outbound call controller (354): dials the numbers of the list while there are agents who can take the calls.

What is decided is in the database, one transaction each (`calling_out`); this file only waits: for the database, for
the switch, for the clock. It looks at all lines when it is woken and each second, and keeps nothing that a restart
would lose: the attempts that live are in the database, and the switch says which of them are still there.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg2

from ctiapp.servers import calling_out, list_server
from ctiapp.servers.calling_out import Settled
from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.servers.estimates import Measured
from ctiapp.servers.external_router import OWNER
from ctiapp.servers.turns import ToDial, Turns
from ctiapp.store import Transaction
from ctiapp.switch.protocol import (
    CallAnswered,
    CallEnded,
    CallRinging,
    CustomerAnswered,
    EndReason,
    Event,
    HangUp,
    MakeCall,
    Switch,
    SwitchError,
)

log = logging.getLogger(__name__)
OURS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LOOK_EVERY = timedelta(seconds=1)
LOOK_FOR = (timedelta(seconds=1), timedelta(seconds=3))
"""When the switch did not say that it took a call, it is asked after so long whether it has it, until it does."""


class OutboundController:
    """`ended` is told of calls that the switch does not have, `freed` that an agent may be free for somebody else.
    `is_ready`: whether it may be dialled now."""

    def __init__(
        self,
        switch: Switch,
        database: DatabaseThreads,
        ended: Callable[[CallEnded], None],
        freed: Callable[[], None],
        is_ready: Callable[[], bool],
        owner: str = "",
        most_a_second: int = 10,
    ) -> None:
        self._switch, self._database = switch, database
        self._ended, self._freed, self._is_ready = ended, freed, is_ready
        self.owner = owner or f"{OWNER}:{uuid.uuid4().hex[:8]}"
        self.turns = Turns(most_a_second)
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()
        self._sending: set[str] = set()
        """Attempts that are stored, and of which the switch does not know yet."""
        self._era = 0
        """What was stored in one that is over is not dialled: it has been given up as lost."""
        self.waited: Callable[[Measured], None] = lambda measured: None
        self.came_of: Callable[[Settled], None] = lambda settled: None

    # ---- what comes in ---------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """After call control has taken it: what it says of the call is in the database first."""
        match event:
            case CallRinging(call):
                self._spawn(self._database.in_order(lambda tx: calling_out.ringing(tx, call)))
            case CustomerAnswered(call):
                self._spawn(self._customer_answered(call))
            case CallAnswered(call) if _is_ours(call):
                self._spawn(self._database.in_order(lambda tx: calling_out.talking(tx, call)))
            case CallEnded(call) if _is_ours(call):
                self._spawn(self._settle(call))

    def woken(self, kind: str, key: str) -> None:
        match kind:
            case "request" | "ready" | "session":
                self.wake()
            case "heard":
                self._spawn(self._heard_before_answer(key))
            case "preview":
                self._spawn(self._previewed(key))

    def wake(self) -> None:
        self._wake.set()

    # ---- what goes on all the time ---------------------------------------------------------------------------

    async def run(self) -> None:
        looked_after = 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_EVERY.total_seconds())
            self._wake.clear()
            try:
                await self.turn()
                if time.monotonic() - looked_after >= LOOK_EVERY.total_seconds():
                    looked_after = time.monotonic()
                    await self.look_after()
            except psycopg2.Error as error:
                log.warning("the list could not be looked at: %s", str(error).strip())
                await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def turn(self) -> None:
        """Dials what may be dialled now."""
        if not self._is_ready():
            return
        era = self._era
        for due, made in await self._database.now(self._begin):
            self.turns.begun(due.pool.id, due.line, len(made))
            self._send_all(made, era)

    def _begin(self, tx: Transaction) -> list[tuple[ToDial, list[MakeCall]]]:
        """One controller at a time: two who count the same free agent would both dial for them."""
        tx.run("one_at_a_time")
        return [
            (due, calling_out.begin(tx, due.pool, due.line, due.most, self.owner)) for due in self.turns.to_dial(tx)
        ]

    async def look_after(self) -> None:
        await self._database.now(lambda tx: calling_out.look_after(tx, self.owner))
        to_settle, to_hang_up, previews = await self._database.look(functools.partial(_left_to_do, owner=self.owner))
        for call in to_settle:
            await self._settle(call)
        if self._is_ready():
            for call in to_hang_up:
                await self._hang_up(call)
            for interaction in previews:
                await self._previewed(interaction)
            self._freed()

    def being_sent(self) -> frozenset[str]:
        """Calls that a snapshot which is taken from now on need not show. What is stored and not being sent yet never
        will be."""
        self._era += 1
        return frozenset(self._sending)

    async def reconcile(self) -> None:
        """After the database has been compared with the switch: what the dead held is ours, what ended is settled."""
        taken = await self._database.in_order(lambda tx: calling_out.take_over_all(tx, self.owner))
        if taken:
            log.info("%d requests taken over", taken)
        for call in await self._database.look(calling_out.to_settle):
            await self._settle(call)
        self.wake()

    async def drain(self, within: timedelta) -> None:
        end = time.monotonic() + within.total_seconds()
        while self._tasks and (left := end - time.monotonic()) > 0:
            await asyncio.wait(self._tasks, timeout=left)

    # ---- one call --------------------------------------------------------------------------------------------

    def _send_all(self, made: list[MakeCall], era: int) -> None:
        for call in made:
            if era != self._era:
                self._ended(CallEnded(call.call_id, EndReason.LOST, "not dialled"))
                continue
            self._sending.add(call.call_id)
            self._spawn(self._send(call))

    async def _send(self, call: MakeCall) -> None:
        """Once, whatever happens: what became of it the switch says, if not now, then when it is asked."""
        told = {"call": call.call_id, "interaction": call.interaction, "trunk": call.trunk}
        try:
            if not self._is_ready():
                raise SwitchError("the link is not up")
            await self._switch.make_call(call)
            log.info("dialled", extra=told)
        except SwitchError as error:
            log.warning("the switch did not say that it took the call: %s", error, extra=told)
            self._spawn(self._look_for(call.call_id))
            return
        finally:
            self._sending.discard(call.call_id)
        await self._database.in_order(lambda tx: calling_out.sent(tx, call.call_id))

    async def _look_for(self, call: str) -> None:
        """It goes on if the switch has it. If not, twice, it was never made; while the link is down we cannot know."""
        for pause in LOOK_FOR:
            await asyncio.sleep(pause.total_seconds())
            while not (seen := await self._seen()):
                await asyncio.sleep(LOOK_EVERY.total_seconds())
            if call in seen:
                log.info("the switch has it", extra={"call": call})
                return
        self._ended(CallEnded(call, EndReason.LOST, "not taken"))

    async def _seen(self) -> set[str]:
        """The calls of the switch, and "": it was asked. Empty: it cannot be asked now."""
        try:
            return {"", *(call.call_id for call in await self._switch.calls())} if self._is_ready() else set()
        except SwitchError:
            return set()

    async def _customer_answered(self, call: str) -> None:
        measured = await self._database.in_order(lambda tx: calling_out.answered(tx, call))
        if measured is not None:
            self.waited(measured)

    async def _heard_before_answer(self, call: str) -> None:
        if await self._database.now(lambda tx: calling_out.heard_before_answer(tx, call)):
            await self._hang_up(call)

    async def _previewed(self, interaction: str) -> None:
        if not self._is_ready():
            return
        era = self._era
        made = await self._database.now(lambda tx: calling_out.previewed(tx, interaction, self.owner))
        self._send_all([made] if made else [], era)

    async def _hang_up(self, call: str) -> None:
        if call in self._sending:
            return  # it is not there yet; a second later it is
        try:
            await self._switch.hang_up(HangUp(call))
        except SwitchError as error:
            log.warning("not hung up: %s", error, extra={"call": call})

    async def _settle(self, call: str) -> None:
        era = self._era
        settled = await self._database.in_order(lambda tx: calling_out.settle(tx, call))
        if settled is None:
            return
        told = {"call": call, "interaction": settled.interaction, "outcome": settled.outcome}
        log.info("came of it: %s", settled.outcome, extra=told)
        self.came_of(settled)
        self._send_all([settled.next_call] if settled.next_call else [], era)
        self.wake()
        self._freed()

    # ---- housekeeping ----------------------------------------------------------------------------------------

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a step of a call out failed", exc_info=error)


def _is_ours(call: str) -> bool:
    """We name the calls that we make; the switch's own names look otherwise."""
    return OURS.fullmatch(call) is not None


def _left_to_do(tx: Transaction, owner: str) -> tuple[list[str], list[str], list[str]]:
    return calling_out.to_settle(tx), list_server.to_hang_up(tx), calling_out.previews(tx, owner)
