"""Call control: brings the switch's requests to the routing server and its answers back, one task a call.

Decisions are transactions (`calls`); this file only waits: for the database, for the console's acknowledgement, for the
switch. Events of the switch change the database in the order in which they came, on one thread (`later`).
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg2

from ctiapp.servers import calling_out, calls
from ctiapp.servers.calls import Clear, Decision, Offer, Queue, Refuse, Tell
from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.store import Transaction
from ctiapp.switch.protocol import (
    CallAnswered,
    CallEnded,
    EndReason,
    Event,
    HangUp,
    QueueCall,
    RefuseCall,
    RouteCall,
    RouteReason,
    RouteRequested,
    Say,
    Switch,
    SwitchError,
)

log = logging.getLogger(__name__)
PAGE_SHOWN_WITHIN = timedelta(seconds=1)
"""How long a call waits for the console to have page and record on screen before it is in the line for the next agent.
Shorter than the switch waits for our answer."""
ANSWER_WITHIN = timedelta(seconds=1.8)
"""How long whom we called waits for the pages of several agents, one after another, before they are told something."""
LEAST = timedelta(seconds=0.3)
"""A console is given no less to show a page."""


class CallControl:
    """Decides what becomes of each call, and has it done."""

    def __init__(self, switch: Switch, database: DatabaseThreads) -> None:
        self._switch = switch
        self._now, self._look, self._in_order = database.now, database.look, database.in_order
        self._tasks: set[asyncio.Task] = set()
        self._shown: dict[str, asyncio.Future] = {}
        self._waiting_for_page: dict[str, asyncio.Future] = {}
        self._gone: OrderedDict[str, None] = OrderedDict()
        self._dispatching = False
        self._dispatch_again = False
        self._retrying: set[str] = set()
        self.web_is_up = True
        self.whose_turn: Callable[[Transaction], set[str] | None] = lambda tx: None
        """Calls in the line for which an agent is free now; None: see who is."""
        self.route_seconds: Callable[[float], None] = lambda seconds: None
        self.routed: Callable[[str], None] = lambda kind: None

    # ---- what comes in -------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        match event:
            case RouteRequested():
                self._spawn(self._route_requested(event))
            case CallAnswered(call, station):
                self._spawn(self._in_order(lambda tx: calls.answered(tx, call, station)))
            case CallEnded(call, reason, raw):
                self._remember_gone(call)
                self._spawn(self._end(call, reason, raw))

    def page_shown(self, reservation: str) -> None:
        """The console acknowledged page and record."""
        future = self._shown.get(reservation)
        if future is not None and not future.done():
            future.set_result(True)

    def dispatch(self) -> None:
        """Somebody may have become free: the line is looked through, oldest first."""
        self._dispatch_again = True
        if not self._dispatching:
            self._dispatching = True
            self._spawn(self._dispatch())

    async def drain(self, within: timedelta) -> None:
        """Waits for the decisions under way, not for ever: the database may be down."""
        end = time.monotonic() + within.total_seconds()
        while self._tasks and (left := end - time.monotonic()) > 0:
            await asyncio.wait(self._tasks, timeout=left)

    # ---- one call ------------------------------------------------------------------------------------------

    async def _route_requested(self, event: RouteRequested) -> None:
        started = time.perf_counter()
        try:
            decision = await self._decide(event)
        except psycopg2.Error as error:
            log.error(
                "no route: the database did not answer",
                extra={"call": event.call_id, "interaction": event.interaction, "error": str(error).strip()},
            )
            return  # the switch takes its own way out
        try:
            await self._carry_out(decision, started)
        finally:
            self.route_seconds(time.perf_counter() - started)
            if event.call_id in self._gone:  # it hung up while we decided
                await self._end(event.call_id, EndReason.ABANDONED, "")

    async def _decide(self, event: RouteRequested) -> Decision:
        """The ordinary case, a call to the agent it is reserved for, is one step."""
        if event.reason is not RouteReason.ARRIVED:
            return await self._now(lambda tx: _otherwise(tx, event))
        held = await self._look(lambda tx: calls.reached(tx, event))
        if held is not None and held["takes"]:
            return calls.offer_of(event.call_id, held)
        return await self._now(lambda tx: calls.received(tx, event, held))

    async def _carry_out(self, decision: Decision, started: float) -> None:
        """The answer to the switch's question, which was asked at `started`."""
        within = PAGE_SHOWN_WITHIN
        while isinstance(decision, Offer):
            shown = await self._page_is_shown(decision, within)
            if decision.call in self._gone:
                return  # its end takes the page away and charges nobody
            if shown:
                await self._ring(decision)
                return
            within = min(PAGE_SHOWN_WITHIN, ANSWER_WITHIN - timedelta(seconds=time.perf_counter() - started))
            decision = await self._next_in_line(decision)
            if isinstance(decision, Offer) and within < LEAST:
                decision = await self._now(functools.partial(calls.too_late, offer=decision))
        try:
            await self._wait_or_refuse(decision)
        except SwitchError as error:
            told = {"call": decision.call, "interaction": decision.interaction}
            log.warning("the switch did not take the answer: %s", error, extra=told)

    async def _next_in_line(self, offer: Offer) -> Decision:
        log.warning("no page on screen in time: next agent", extra=_of(offer))
        return await self._now(functools.partial(calls.no_console, offer=offer))

    async def _ring(self, offer: Offer) -> None:
        command = RouteCall(offer.call, offer.station, offer.ring_for, offer.interaction)
        try:
            taken = await self._switch.route(command)
        except SwitchError as error:
            log.warning("the switch did not take the route: %s", error, extra=_of(offer))
            taken = True  # unknown: its lease ends by itself, or the call's end tells
        if taken:
            self.routed("agent")
            log.info("rings the agent", extra=_of(offer))
        else:
            log.info("the caller is gone: page withdrawn", extra=_of(offer))
            await self._in_order(lambda tx: calls.withdraw(tx, offer))

    async def _wait_or_refuse(self, decision: Decision) -> None:
        match decision:
            case Queue(call, interaction, longest):
                self.routed("queue")
                log.info("nobody is free: waits", extra={"call": call, "interaction": interaction})
                await self._switch.queue(QueueCall(call, longest, interaction))
                self.dispatch()  # somebody may have become free meanwhile
            case Refuse(call, interaction):
                self.routed("refused")
                log.info("apology", extra={"call": call, "interaction": interaction})
                await self._switch.refuse(RefuseCall(call))
                await self._in_order(lambda tx: tx.run("end_interaction", interaction=interaction, reason="refused"))
            case Tell(call, interaction, message, after_greeting):
                self.routed(message)
                log.info("is told: %s", message, extra={"call": call, "interaction": interaction})
                await self._switch.say(Say(call, message, after_greeting))
            case Clear(call, interaction):
                self.routed("cleared")
                log.info("hung up", extra={"call": call, "interaction": interaction})
                await self._switch.hang_up(HangUp(call))

    async def page_is_shown(self, offer: Offer) -> bool:
        """…on the screen of whom a customer is passed on to."""
        return await self._page_is_shown(offer, PAGE_SHOWN_WITHIN)

    async def _page_is_shown(self, offer: Offer, within: timedelta) -> bool:
        """True once the console has it, or if no web process lives: a call matters more than its page. False if it
        does not show it in time, or at once when the caller hangs up."""
        if offer.page_shown or offer.call in self._gone:
            return offer.page_shown
        if not self.web_is_up:
            log.error("the web server is down: the call comes without its page", extra=_of(offer))
            return True
        future = self._shown.setdefault(offer.reservation, asyncio.get_running_loop().create_future())
        self._waiting_for_page[offer.call] = future
        try:
            if await self._now(lambda tx: tx.value("is_page_shown", reservation=offer.reservation)):
                return True
            return await asyncio.wait_for(asyncio.shield(future), within.total_seconds())
        except TimeoutError:  # the word of it may have been lost
            return await self._now(lambda tx: tx.value("is_page_shown", reservation=offer.reservation))
        finally:
            self._shown.pop(offer.reservation, None)
            self._waiting_for_page.pop(offer.call, None)

    async def _end(self, call: str, reason: EndReason, raw: str) -> None:
        interaction = await self._in_order(lambda tx: calls.ended(tx, call, reason, raw))
        log.info("call ended: %s", reason.value, extra={"call": call, "interaction": interaction, "raw": raw})

    # ---- the line ------------------------------------------------------------------------------------------

    async def _dispatch(self) -> None:
        try:
            while self._dispatch_again:
                self._dispatch_again = False
                await self._look_through_the_line()
        except psycopg2.Error as error:
            log.warning("the line could not be looked through: %s", str(error).strip())
        finally:
            self._dispatching = False

    async def _look_through_the_line(self) -> None:
        waiting = await self._now(lambda tx: tx.all("queued_calls"))
        turn = await self._now(self.whose_turn) if waiting else None
        in_vain: set[tuple] = set()
        for line in waiting:
            if turn is not None and line["call"] not in turn:
                continue
            need = (*line["skills"], line["language"], line["product"], *line["tried"])
            if need in in_vain or line["call"] in self._retrying:
                continue
            decision = await self._now(lambda tx, call=line["call"]: calls.from_the_line(tx, call))
            if isinstance(decision, Offer):
                self._retrying.add(decision.call)
                self._spawn(self._offer_to_waiting(decision))
            elif isinstance(decision, Queue):
                in_vain.add(need)

    async def _offer_to_waiting(self, offer: Offer) -> None:
        try:
            shown = await self._page_is_shown(offer, PAGE_SHOWN_WITHIN)
            if offer.call in self._gone:
                await self._end(offer.call, EndReason.ABANDONED, "")
            elif shown:
                await self._ring(offer)
            else:
                await self._next_in_line(offer)
        finally:
            self._retrying.discard(offer.call)
        self.dispatch()

    def hang_up(self, call: str) -> None:
        """The agent's own telephone could not."""
        self._spawn(self._hang_up(call))

    async def _hang_up(self, call: str) -> None:
        try:
            taken = await self._switch.hang_up(HangUp(call))
        except SwitchError as error:
            log.warning("the switch did not hang up: %s", error, extra={"call": call})
        else:
            log.info("hung up for the agent" if taken else "the call is over already", extra={"call": call})

    # ---- housekeeping --------------------------------------------------------------------------------------

    def _remember_gone(self, call: str) -> None:
        self._gone[call] = None
        future = self._waiting_for_page.get(call)
        if future is not None and not future.done():
            future.set_result(False)
        while len(self._gone) > 5000:
            self._gone.popitem(last=False)

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.error("a decision failed", exc_info=task.exception())


def _otherwise(tx: Transaction, event: RouteRequested) -> Decision:
    match event.reason:
        case RouteReason.NOT_DELIVERED:
            return calls.not_delivered(tx, event)
        case RouteReason.WAITED:
            return calls.waited(tx, event)
        case RouteReason.HEARD:
            return calling_out.heard(tx, event)
    raise AssertionError(event.reason)


def _of(offer: Offer) -> dict[str, str]:
    return {
        "call": offer.call,
        "interaction": offer.interaction,
        "agent": offer.agent,
        "station": offer.station,
        "reservation": offer.reservation,
    }
