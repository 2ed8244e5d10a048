"""What an agent wants of a transfer is done at the switch, in the order page, ring, and what the switch tells of it is
written down. One task a wish; the database says what stands, so a wish that comes twice is done once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg2

from ctiapp.servers import transfers
from ctiapp.servers.calls import Offer
from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.store.store import Row
from ctiapp.switch.protocol import (
    AgentLeft,
    CallAnswered,
    CompleteTransfer,
    ConsultationAnswered,
    ConsultationEnded,
    Event,
    JoinConference,
    StartConsultation,
    Switch,
    SwitchError,
    TakeBack,
    TransferCall,
)

log = logging.getLogger(__name__)


class TransferControl:
    """`page_is_shown(offer)` waits for the receiver's console; `dispatch` has the line looked through."""

    def __init__(
        self,
        switch: Switch,
        database: DatabaseThreads,
        page_is_shown: Callable[[Offer], Awaitable[bool]],
        dispatch: Callable[[], None],
    ) -> None:
        self._switch = switch
        self._now, self._in_order = database.now, database.in_order
        self._page_is_shown, self._dispatch = page_is_shown, dispatch
        self._tasks: set[asyncio.Task] = set()

    def take(self, event: Event) -> None:
        match event:
            case ConsultationAnswered(call):
                self._spawn(self._in_order(lambda tx: transfers.consulted_answered(tx, call)))
            case ConsultationEnded(call, _, reason):
                self._spawn(self._in_order(lambda tx: transfers.consulted_ended(tx, call, reason)))
            case AgentLeft(call):
                self._spawn(self._left(call))
            case CallAnswered(call, station):
                self._spawn(self._in_order(lambda tx: transfers.arrived(tx, call, station)))

    def wake(self, transfer: str) -> None:
        """It is new, or something is wanted of it."""
        self._spawn(self._do(transfer))

    async def drain(self, within: timedelta) -> None:
        """Waits for what is under way, not for ever."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within.total_seconds())

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            if isinstance(error, psycopg2.Error):
                log.warning("a transfer could not be done: %s", str(error).strip())
            else:
                log.error("a transfer failed", exc_info=error)

    async def _left(self, call: str) -> None:
        if await self._in_order(lambda tx: transfers.sender_left(tx, call)):
            log.info("the agent hung up while the customer waited: in the line", extra={"call": call})
            self._dispatch()

    async def _do(self, transfer_id: str) -> None:
        transfer = await self._now(lambda tx: tx.one("transfer", transfer=transfer_id))
        if transfer is None:
            return
        if transfer["state"] == "offered":
            await self._begin(transfer)
        elif transfer["wants"] == "complete":
            await self._complete(transfer)
        elif transfer["wants"] == "conference":
            if await self._done(self._switch.conference(JoinConference(transfer["call"])), transfer):
                await self._in_order(lambda tx: transfers.all_talk(tx, transfer["id"]))
        elif transfer["wants"] == "take_back":
            await self._take_back(transfer)

    async def _begin(self, transfer: Row) -> None:
        told = _of(transfer)
        if transfer["to_reservation"] and not await self._page_is_shown(_offer(transfer)):
            log.warning("no page on the receiver's screen in time", extra=told)
            await self._in_order(lambda tx: transfers.fails(tx, transfer, "no_console"))
            return
        begun = await self._in_order(lambda tx: transfers.rings(tx, transfer["id"]))
        if begun is None:
            return
        target, ring_for = transfers.target_of(transfer), transfer["ring_for"]
        call, interaction = transfer["call"], transfer["interaction"]
        try:
            if transfer["kind"] == "blind":
                taken = await self._switch.transfer(TransferCall(call, target, ring_for, interaction))
            else:
                taken = await self._switch.consult(StartConsultation(call, target, ring_for, interaction))
        except SwitchError as error:
            log.warning("the switch did not take the transfer: %s", error, extra=told)
            taken = False
        if taken:
            log.info("the customer is passed on: %s", transfer["kind"], extra=told)
        else:
            await self._in_order(lambda tx: transfers.not_taken(tx, transfer))

    async def _complete(self, transfer: Row) -> None:
        if await self._done(self._switch.complete(CompleteTransfer(transfer["call"])), transfer):
            await self._in_order(lambda tx: transfers.completed(tx, transfer["id"]))

    async def _take_back(self, transfer: Row) -> None:
        if await self._done(self._switch.take_back(TakeBack(transfer["call"])), transfer):
            await self._in_order(lambda tx: transfers.taken_back(tx, transfer["id"]))

    async def _done(self, deed: Awaitable[bool], transfer: Row) -> bool:
        """False: it was not possible any more; the wish is forgotten, so that it can be made again."""
        try:
            if await deed:
                return True
        except SwitchError as error:
            log.warning("the switch did not take it: %s", error, extra=_of(transfer))
        await self._in_order(lambda tx: tx.run("want", transfer=transfer["id"], wants=None))
        return False


def _offer(transfer: Row) -> Offer:
    return Offer(
        transfer["call"],
        transfer["interaction"],
        transfer["to_reservation"],
        transfer["to_agent"],
        transfer["to_station"],
        transfer["ring_for"],
        transfer["shown"],
    )


def _of(transfer: Row) -> dict[str, str]:
    return {"call": transfer["call"], "interaction": transfer["interaction"], "agent": transfer["from_agent"]}
