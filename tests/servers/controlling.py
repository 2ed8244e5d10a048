"""A controller with a switch, for races: several of these processes dial one list, each over its own link.

The trunk is a file that all of them append to, a line a call: what it counts was really dialled, whatever the database
says. With `switch` "asterisk" it is the tests' Asterisk, and the trunk is whoever counts there. Run by
`tests.servers.racing`.
"""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

from ctiapp.servers.call_control import CallControl
from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.servers.outbound_controller import OutboundController
from ctiapp.store.listen import Listener
from ctiapp.switch.asterisk.adapter import AsteriskSwitch
from ctiapp.switch.protocol import CallEnded, Event, MakeCall, Switch, SwitchReady
from ctiapp.switch.simulated import Does, Party, SimulatedSwitch
from tests.database import CallCentre
from tests.switchboard import switchboard_settings

TICK = timedelta(milliseconds=100)
"""Of the simulated switch's clock, every few milliseconds."""
OPEN = "select count(*) from call_request where state not in ('done', 'cancelled', 'failed') and last_outcome is null"


class FileTrunk(SimulatedSwitch):
    """Everybody answers, is human, and talks for a second; every call out is a line of the file."""

    def __init__(self, centre: CallCentre, owner: str, trunk: Path) -> None:
        super().__init__(decide_within=timedelta(minutes=3), listener=lambda call, number: centre.hears(call, "human"))
        self._owner, self._trunk = owner, trunk
        self.any_customer = Party(Does.ANSWERS, timedelta(seconds=1))
        for row in centre.ask("select id from station"):
            self.add_station(row["id"], Party(Does.ANSWERS, talks_for=timedelta(seconds=1)))

    async def make_call(self, command: MakeCall) -> None:
        with self._trunk.open("a") as trunk:
            trunk.write(f"{command.number} {command.call_id} {self._owner}\n")
        await super().make_call(command)


class Controlling:
    """One process: its switch, call control and controller."""

    def __init__(self, centre: CallCentre, switch: Switch, owner: str) -> None:
        self.centre, self.switch, self.ready = centre, switch, False
        self.database = DatabaseThreads(centre.store)
        self.control = CallControl(switch, self.database)
        self.control.web_is_up = False  # nobody looks at a console here
        self.controller = OutboundController(
            switch, self.database, self._take, lambda: None, lambda: self.ready, owner, most_a_second=1000
        )
        self.dialled = 0

    async def run(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        listener = Listener(
            self.centre.store.url, lambda *word: loop.call_soon_threadsafe(self.controller.woken, *word)
        )
        listener.start()
        await self.switch.start()
        tasks = [loop.create_task(work()) for work in (self._take_all, self.controller.run, self._time_passes)]
        while await self.database.now(lambda tx: tx.execute(OPEN).fetchone()["count"]):
            await asyncio.sleep(0.2)
        await self.controller.drain(timedelta(seconds=10))
        for task in tasks:
            task.cancel()
        await self.switch.stop()
        listener.stop()
        return {"owner": self.controller.owner}

    def _take(self, event: Event | CallEnded) -> None:
        if isinstance(event, SwitchReady):
            self.ready = True
            self.controller.wake()
        self.control.take(event)
        self.controller.take(event)

    async def _take_all(self) -> None:
        async for event in self.switch.events():
            self._take(event)

    async def _time_passes(self) -> None:
        while isinstance(self.switch, SimulatedSwitch):
            self.switch.clock.advance(TICK)
            await asyncio.sleep(0.005 * random.random())


def control_the_list(centre: CallCentre, owner: str, trunk: str = "", switch: str = "simulated") -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        made = an_asterisk() if switch == "asterisk" else FileTrunk(centre, owner, Path(trunk))
        return await Controlling(centre, made, owner).run()

    return asyncio.run(run())


def an_asterisk() -> AsteriskSwitch:
    """Calls that nobody answers ask for no route: the port that the dialplan asks may be anybody's."""
    settings = switchboard_settings()
    return AsteriskSwitch(
        host=settings.bind,
        ami_port=settings.ami_port,
        user="ctiapp",
        secret=settings.secret("ami-ctiapp"),
        agi_host=settings.bind,
        agi_port=0,
    )
