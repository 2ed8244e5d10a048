"""Two worlds with one face: a switch, its telephones and customers, simulated or real.

The contract (test_contract.py) is written once against `World` and looks at uniform events only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from ctiapp.switch.asterisk.adapter import AsteriskSwitch
from ctiapp.switch.protocol import (
    Event,
    HangUp,
    RemoveRoute,
    RouteRequested,
    StationState,
    StoreStaffed,
    Switch,
    SwitchError,
    SwitchReady,
)
from ctiapp.switch.simulated import Does, Party, SimulatedSwitch
from tests.config.sip import Customer
from tests.switch.cable import Cable
from tests.switch.phones import TestPhone
from tests.switch.until import GENEROUS, until
from tests.switchboard import (
    PHONES_ADDRESS,
    STATIC_STATIONS,
    TRUNK_ADDRESS,
    TRUNK_PORT,
    switchboard_settings,
)

Kind = TypeVar("Kind")

ANNA, BEN = "2901", "2902"
"""Two agents' stations."""
NOBODY = "2106"
"""A station whose telephone is not there."""
POINT = "70001"
CUSTOMER = "02079460999"
"""Whom we call."""


class Caller(Protocol):
    """A customer who has dialled a number."""

    def hang_up(self) -> None: ...


class World(Protocol):
    switch: Switch
    seen: list[Event]

    def now(self) -> datetime: ...
    def call(self, number: str, caller: str) -> Caller: ...
    def station_will(self, station: str, does: Does) -> None: ...
    def station_answers(self, station: str) -> None: ...
    def station_rejects(self, station: str) -> None: ...
    def station_hangs_up(self, station: str) -> None: ...
    def customer_will(self, does: Does) -> None: ...
    def customer_answers(self) -> None: ...
    def customer_hangs_up(self) -> None: ...
    async def lose_link(self) -> None: ...
    async def restore_link(self) -> None: ...
    async def until(self, condition: Callable[[], Any]) -> Any: ...


class Seen:
    """What both worlds remember of the events, and how a test waits for one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.taken: set[int] = set()

    async def event(self, kind: type[Kind], **wanted: Any) -> Kind:
        """The first event like this that no earlier question was answered with."""

        def find() -> Kind | None:
            for number, event in enumerate(self.world.seen):
                if number not in self.taken and self._is(event, kind, wanted):
                    self.taken.add(number)
                    return event  # type: ignore[return-value]
            return None

        try:
            return await self.world.until(find)
        except AssertionError:
            raise AssertionError(f"no {kind.__name__} {wanted}; seen: {self.world.seen}") from None

    def none(self, kind: type[Any], **wanted: Any) -> bool:
        return not any(
            self._is(event, kind, wanted) for number, event in enumerate(self.world.seen) if number not in self.taken
        )

    @staticmethod
    def _is(event: Event, kind: type[Any], wanted: dict[str, Any]) -> bool:
        return isinstance(event, kind) and all(getattr(event, k) == v for k, v in wanted.items())


async def _collect(switch: Switch, into: list[Event]) -> None:
    async for event in switch.events():
        into.append(event)


# ---- simulated -----------------------------------------------------------------------------------------------

STEP = timedelta(milliseconds=50)


class SimulatedCaller:
    def __init__(self, switch: SimulatedSwitch, call_id: str) -> None:
        self.switch, self.call_id = switch, call_id

    def hang_up(self) -> None:
        self.switch.caller_hangs_up(self.call_id)


class SimulatedWorld:
    def __init__(self) -> None:
        self.switch = SimulatedSwitch()
        self.seen: list[Event] = []
        self.customer_will(Does.RINGS)
        for station in (ANNA, BEN):
            self.switch.add_station(station, Party(Does.RINGS))
        self.switch.add_station(NOBODY, Party(Does.IS_UNREACHABLE))

    def now(self) -> datetime:
        return self.switch.clock.now

    def call(self, number: str, caller: str) -> SimulatedCaller:
        return SimulatedCaller(self.switch, self.switch.arrive(number, caller))

    def station_will(self, station: str, does: Does) -> None:
        self.switch.set_party(station, Party(does))

    def station_answers(self, station: str) -> None:
        self.switch.station_answers(station)

    def station_rejects(self, station: str) -> None:
        self.switch.station_rejects(station)

    def station_hangs_up(self, station: str) -> None:
        self.switch.station_hangs_up(station)

    def customer_will(self, does: Does) -> None:
        self.switch.customers[CUSTOMER] = Party(does, timedelta(seconds=0.2))

    def customer_answers(self) -> None:
        self.switch.customer_answers(CUSTOMER)

    def customer_hangs_up(self) -> None:
        for event in reversed(self.seen):
            if isinstance(event, RouteRequested):
                self.switch.caller_hangs_up(event.call_id)
                return

    async def lose_link(self) -> None:
        self.switch.lose_link()

    async def restore_link(self) -> None:
        self.switch.restore_link()

    async def until(self, condition: Callable[[], Any]) -> Any:
        waited = timedelta(0)
        while True:
            for _ in range(10):
                await asyncio.sleep(0)
            if found := condition():
                return found
            assert waited < GENEROUS, condition
            self.switch.clock.advance(STEP)
            waited += STEP

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[SimulatedWorld]:
        world = cls()
        collecting = asyncio.create_task(_collect(world.switch, world.seen))
        await world.switch.start()
        try:
            yield world
        finally:
            await world.switch.stop()
            await collecting


# ---- real ----------------------------------------------------------------------------------------------------

BEHAVIOUR = {
    Does.ANSWERS: "answer",
    Does.RINGS: "ring",
    Does.IS_BUSY: "busy",
    Does.REJECTS: "reject",
    Does.IS_UNALLOCATED: "unallocated",
    Does.IS_CONGESTED: "congested",
}


class RealWorld:
    """The Asterisk of the tests, with telephones at 127.0.0.3 and the public network at 127.0.0.2."""

    def __init__(self, customer: bool = True) -> None:
        self.settings = switchboard_settings()
        self.cable = Cable(self.settings.bind, self.settings.ami_port)
        self.seen: list[Event] = []
        self.phones = {station: TestPhone(PHONES_ADDRESS, STATIC_STATIONS[station]) for station in (ANNA, BEN)}
        self.customer = TestPhone(TRUNK_ADDRESS, TRUNK_PORT if customer else 0)
        self.callers: list[Customer] = []

    def now(self) -> datetime:
        return datetime.now().astimezone()

    def call(self, number: str, caller: str) -> Customer:
        self.callers.append(Customer((self.settings.bind, self.settings.sip_port), number, TRUNK_ADDRESS, caller))
        return self.callers[-1]

    def station_will(self, station: str, does: Does) -> None:
        self.phones[station].behaviour = BEHAVIOUR[does]

    def station_answers(self, station: str) -> None:
        self.phones[station].pick_up()

    def station_rejects(self, station: str) -> None:
        self.phones[station].reject()

    def station_hangs_up(self, station: str) -> None:
        self.phones[station].hang_up()

    def customer_will(self, does: Does) -> None:
        self.customer.behaviour = BEHAVIOUR[does]

    def customer_answers(self) -> None:
        self.customer.pick_up()

    def customer_hangs_up(self) -> None:
        self.customer.hang_up()

    async def lose_link(self) -> None:
        await self.cable.cut()

    async def restore_link(self) -> None:
        await self.cable.mend()

    async def until(self, condition: Callable[[], Any]) -> Any:
        return await until(condition)

    @classmethod
    @asynccontextmanager
    async def open(cls, customer: bool = True) -> AsyncIterator[RealWorld]:
        """Without `customer` the public network's place is left to somebody else."""
        world = cls(customer)
        await world.cable.mend()
        world.switch = AsteriskSwitch(
            host="127.0.0.1",
            ami_port=world.cable.port,
            user="ctiapp",
            secret=world.settings.secret("ami-ctiapp"),
            agi_host=world.settings.bind,
            agi_port=world.settings.agi_port,
            detector=f"{world.settings.bind}:{world.settings.detector_port}",
            first_pause=timedelta(milliseconds=100),
            longest_pause=timedelta(milliseconds=200),
        )
        collecting = asyncio.create_task(_collect(world.switch, world.seen))
        await _start_when_the_port_is_free(world.switch)
        try:
            await until(lambda: any(isinstance(event, SwitchReady) for event in world.seen))
            await world._sweep()
            yield world
        finally:
            for caller in world.callers:
                if not caller.ended:
                    caller.hang_up()
            await world._sweep()
            await world.switch.stop()
            await collecting
            await world.cable.cut()
            for phone in (*world.callers, *world.phones.values(), world.customer):
                phone.close()

    async def _sweep(self) -> None:
        """None of our calls is left, our telephones are idle, nothing is stored. Others may use the switch too."""
        await self._linked()
        for _ in range(400):
            if await self._is_swept():
                return
            await asyncio.sleep(0.05)
        raise AssertionError("the switch does not come to rest")

    async def _is_swept(self) -> bool:
        snapshot = await self.switch.snapshot()
        ours = {getattr(event, "call_id", None) for event in self.seen}
        left = [call for call in snapshot.calls if call.call_id in ours]
        for call in left:
            await self.switch.hang_up(HangUp(call.call_id))
        for number in snapshot.routes:
            await self.switch.remove_route(RemoveRoute(number))
        for station in snapshot.staffed:
            await self.switch.store_staffed(StoreStaffed(station, False))
        return not left and all(snapshot.stations[one] is StationState.IDLE for one in self.phones)

    async def _linked(self) -> None:
        while True:
            try:
                await self.switch.snapshot()
                return
            except SwitchError:
                await asyncio.sleep(0.05)


async def _start_when_the_port_is_free(switch: AsteriskSwitch) -> None:
    """Another session's tests may hold the port that the dialplan asks."""
    for _ in range(600):
        try:
            await switch.start()
            return
        except OSError:
            await asyncio.sleep(0.1)
    raise AssertionError("the AGI port is taken")
