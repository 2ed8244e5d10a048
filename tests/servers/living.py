"""A CTI server that runs, over the simulated switch and the real database, and consoles that look."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2

from ctiapp.servers.cti import CtiServer
from ctiapp.switch.protocol import MakeCall, RouteCall, StationState, SwitchError
from ctiapp.switch.simulated import Does, Party, SimulatedSwitch, VirtualClock
from tests.database import CallCentre

RINGS, ANSWERS, BUSY, REJECTS = Party(Does.RINGS), Party(Does.ANSWERS), Party(Does.IS_BUSY), Party(Does.REJECTS)


async def until(condition: Callable[[], Any], within: timedelta = timedelta(seconds=20)) -> Any:
    """What `condition` returns as soon as it is true; fails if it is not within a generous time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within.total_seconds()
    while not (found := condition()):
        assert loop.time() < end, f"not within {within}: {condition}"
        await asyncio.sleep(0.01)
    return found


class WatchedSwitch(SimulatedSwitch):
    """Notes what it is told, and fails a command when told to."""

    def __init__(self, centre: CallCentre) -> None:
        super().__init__(VirtualClock(datetime.now(UTC)))
        self._centre = centre
        self.dialled: list[str] = []
        """Numbers, in the order in which they were called."""
        self.cuts_the_link = ""
        """At the next call out: "before" it is taken, "after", or "says nothing": it is taken, and not answered."""
        self.rings: list[tuple[str, bool]] = []
        """(station, whether its agent had acknowledged page and record by then)"""
        self.fails = 0

    async def route(self, command: RouteCall) -> bool:
        if self.fails:
            self.fails -= 1
            raise SwitchError("no answer in time")
        shown = self._centre.answer(
            "select page_shown_at is not null from reservation where call = %s and state = 'ringing'", command.call_id
        )
        self.rings.append((command.station, shown))
        return await super().route(command)

    async def make_call(self, command: MakeCall) -> None:
        trouble, self.cuts_the_link = self.cuts_the_link, ""
        if trouble != "before":
            await super().make_call(command)
            self.dialled.append(command.number)
        if trouble in ("before", "after"):
            self.lose_link()
        if trouble:
            raise SwitchError("no answer in time")

    def rung(self) -> list[str]:
        return [station for station, _ in self.rings]

    def station(self, name: str) -> StationState:
        return self._stations[name].state

    def forget_without_a_word(self, call: str) -> None:
        """As if its end had been lost on the way."""
        del self._calls[call]


class Living:
    """The centre, its switch and the CTI server of the moment."""

    def __init__(self, centre: CallCentre) -> None:
        self.centre, self.switch = centre, WatchedSwitch(centre)
        self.blind: set[str] = set()
        """Agents whose console shows nothing."""
        self.heard: dict[str, str | None] = {}
        """What the detector makes of those we call, by number; None: it is down."""
        self.switch.listener = self._hears
        self._tasks: list[asyncio.Task] = []
        self.server: CtiServer

    def an_agent(self, name: str, skills: dict[str, int] | None = None, party: Party = RINGS, **more: Any) -> str:
        station = more.get("station", f"phone-{name.lower()}")
        if station is not None:
            self.switch.add_station(station, party)
        return self.centre.an_agent(name, skills, **more)

    async def starts(self) -> None:
        self.server = CtiServer(self.switch, self.centre.store)
        self._tasks = [asyncio.create_task(self.server.run()), asyncio.create_task(self._consoles_look())]
        await self.is_ready()

    async def is_ready(self) -> None:
        """…and has told the web servers so."""
        await until(lambda: self.server.ready or self._tasks[0].done())
        await until(self._the_web_believes_it)

    def _the_web_believes_it(self) -> bool:
        with self.centre.store.transaction() as tx:
            return bool(tx.value("telephone"))

    async def stops(self) -> None:
        """SIGTERM."""
        await self.server.stop()
        await self._gather()

    async def dies(self) -> None:
        """kill -9: nothing is said to anybody."""
        server = self.server
        ours = (server._tasks, server.control._tasks, server.controller._tasks, server.transfers._tasks)
        for task in (*self._tasks, *itertools.chain(*ours)):
            task.cancel()
        if self.server._listener:
            self.server._listener.stop()
            self.server._listener.join()
        self.switch._started = False
        await self._gather()

    async def _gather(self) -> None:
        self._tasks[1].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _consoles_look(self) -> None:
        waiting = """select id, agent from reservation
            where agent is not null and state in ('reserved', 'ringing') and page_shown_at is null"""
        while True:
            with contextlib.suppress(psycopg2.OperationalError):
                for row in self.centre.ask(waiting):
                    if row["agent"] not in self.blind:
                        self.centre.desk.page_shown(row["agent"], row["id"])
            await asyncio.sleep(0.01)

    def _hears(self, call: str, number: str) -> None:
        """As the detector: kept before the line is given back."""
        if verdict := self.heard.get(number, "human"):
            self.centre.hears(call, verdict)

    # ---- what one waits for ----

    async def request_is(self, status: dict, state: str) -> None:
        query = "select state from call_request where interaction = %s"
        await until(lambda: self.centre.answer(query, status["interaction"]) == state)

    async def becomes(self, agent: str, state: str) -> None:
        await until(lambda: self.centre.state(agent) == state)

    async def rings(self, agent: str) -> None:
        await until(lambda: self.switch.station(f"phone-{agent}") is StationState.RINGING)

    async def is_settled(self) -> None:
        """Everything the switch said has been decided and written."""
        await until(
            lambda: (
                not self.switch._events.qsize()
                and not self.server.control._tasks
                and not self.server.controller._tasks
                and not self.server.database.backlog
            )
        )


@contextlib.asynccontextmanager
async def living(centre: CallCentre) -> AsyncIterator[Living]:
    """Not started yet; stopped at the end if it was."""
    one = Living(centre)
    try:
        yield one
    finally:
        if one._tasks and not one._tasks[0].done():
            await one.stops()
