"""P31: the simulated switch itself: its clock, its sameness, and what the contract does not reach."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

from ctiapp.switch.protocol import (
    AdmitCall,
    CallAnswered,
    CallEnded,
    EndReason,
    Event,
    MakeCall,
    QueueCall,
    RouteCall,
    RouteReason,
    RouteRequested,
    StationChanged,
    StationRinging,
    StoreRoute,
    StoreStaffed,
    SwitchReady,
    TargetDialled,
)
from ctiapp.switch.simulated import Does, Party, SimulatedSwitch, VirtualClock

SECOND = timedelta(seconds=1)
ANNA, BEN = "2101", "2102"


class Watched:
    """A started switch whose events are taken as they come."""

    def __init__(self) -> None:
        self.switch = SimulatedSwitch()
        self.switch.add_station(ANNA)
        self.switch.add_station(BEN)

    def take(self) -> list[Event]:
        taken = []
        while not self.switch._events.empty():
            event = self.switch._events.get_nowait()
            assert event is not None
            taken.append(event)
        return taken

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.take()]

    async def started(self) -> SimulatedSwitch:
        await self.switch.start()
        self.take()
        return self.switch


def test_timers_fire_in_order_of_time_then_of_arrangement() -> None:
    clock, fired = VirtualClock(), []
    clock.after(2 * SECOND, lambda: fired.append("late"))
    clock.after(SECOND, lambda: fired.append("first"))
    clock.after(SECOND, lambda: fired.append("second"))
    clock.after(SECOND, lambda: clock.after(SECOND / 2, lambda: fired.append("between")) and None)
    clock.after(SECOND, lambda: fired.append("never")).cancel()
    begin = clock.now
    clock.advance(3 * SECOND)
    assert fired == ["first", "second", "between", "late"]
    assert clock.now == begin + 3 * SECOND


async def test_p10_the_way_out_rings_the_stored_route_then_the_staffed_then_says_sorry() -> None:
    watched = Watched()
    switch = await watched.started()
    until = switch.clock.now + timedelta(minutes=5)
    await switch.store_route(StoreRoute("70001", ANNA, until))
    await switch.store_staffed(StoreStaffed(BEN, True))
    call_id = switch.arrive("70001")
    switch.clock.advance(2 * SECOND)
    assert StationRinging(call_id, ANNA) in watched.take()
    switch.clock.advance(20 * SECOND)
    assert StationRinging(call_id, BEN) in watched.take()
    switch.clock.advance(20 * SECOND)
    assert switch.state_of(call_id) == "apology"
    switch.clock.advance(8 * SECOND)
    assert CallEnded(call_id, EndReason.ABANDONED, "abandoned") in watched.take()


async def test_p10_an_expired_route_is_not_rung() -> None:
    watched = Watched()
    switch = await watched.started()
    await switch.store_route(StoreRoute("70001", ANNA, switch.clock.now + SECOND))
    call_id = switch.arrive("70001")
    switch.clock.advance(2 * SECOND)
    assert switch.state_of(call_id) == "apology"


async def test_p10_the_way_out_works_without_us() -> None:
    watched = Watched()
    switch = await watched.started()
    await switch.store_route(StoreRoute("70001", ANNA, switch.clock.now + timedelta(minutes=5)))
    switch.set_party(ANNA, Party(Does.ANSWERS, SECOND))
    switch.lose_link()
    call_id = switch.arrive("70001")
    switch.clock.advance(4 * SECOND)
    assert switch.state_of(call_id) == "talking"
    assert watched.kinds() == ["SwitchLost"]
    switch.restore_link()
    (ready,) = watched.take()
    assert isinstance(ready, SwitchReady)
    assert [(call.call_id, call.phase, call.station) for call in ready.snapshot.calls] == [(call_id, "talking", ANNA)]


async def test_a_station_that_talks_is_busy_for_the_next_call() -> None:
    watched = Watched()
    switch = await watched.started()
    switch.set_party(ANNA, Party(Does.ANSWERS))
    first, second = switch.arrive("70001"), switch.arrive("70002")
    assert await switch.route(RouteCall(first, ANNA, 20 * SECOND, ""))
    watched.take()
    assert await switch.route(RouteCall(second, ANNA, 20 * SECOND, ""))
    (asked,) = watched.take()
    assert isinstance(asked, RouteRequested)
    assert (asked.reason, asked.outcome) == (RouteReason.NOT_DELIVERED, EndReason.BUSY)


async def test_impatient_callers_leave_and_answered_ones_stay() -> None:
    watched = Watched()
    switch = await watched.started()
    switch.set_party(ANNA, Party(Does.ANSWERS, SECOND, talks_for=60 * SECOND))
    patient = switch.arrive("70001", patience=30 * SECOND)
    waiting = switch.arrive("70002", patience=30 * SECOND)
    await switch.route(RouteCall(patient, ANNA, 20 * SECOND, ""))
    await switch.queue(QueueCall(waiting, 300 * SECOND, ""))
    switch.clock.advance(31 * SECOND)
    assert (switch.state_of(patient), switch.state_of(waiting)) == ("talking", "gone")
    switch.clock.advance(31 * SECOND)
    assert switch.state_of(patient) == "gone"
    ends = [event for event in watched.take() if isinstance(event, CallEnded)]
    assert [end.reason for end in ends] == [EndReason.ABANDONED, EndReason.HANGUP]


async def test_p10_a_restart_of_the_switch_loses_its_calls_and_keeps_its_routes() -> None:
    watched = Watched()
    switch = await watched.started()
    until = switch.clock.now + timedelta(minutes=5)
    await switch.store_route(StoreRoute("70001", ANNA, until))
    call_id = switch.arrive("70001")
    before = switch.started_at
    switch.clock.advance(SECOND)
    watched.take()
    switch.restart()
    lost, ready, ended = watched.take()
    assert type(lost).__name__ == "SwitchLost"
    assert isinstance(ready, SwitchReady)
    assert ready.snapshot.started_at != before and not ready.snapshot.calls
    assert ready.snapshot.routes == {"70001": (ANNA, until)}
    assert ended == CallEnded(call_id, EndReason.LOST)


async def test_a_called_party_who_does_not_answer_in_time() -> None:
    watched = Watched()
    switch = await watched.started()
    switch.customers["02079460999"] = Party(Does.ANSWERS, after=30 * SECOND)
    await switch.make_call(MakeCall("made-1", "02079460999", 20 * SECOND, "i-1"))
    switch.clock.advance(60 * SECOND)
    assert watched.take()[-1] == CallEnded("made-1", EndReason.NO_ANSWER, "no_answer")


async def busy_hour(seed: int) -> list[Event]:
    """Two hundred calls to two agents, decided by a die."""
    die = random.Random(seed)
    watched = Watched()
    switch = await watched.started()
    for station in (ANNA, BEN):
        switch.set_party(station, Party(Does.ANSWERS, 3 * SECOND, talks_for=20 * SECOND))
    told: list[Event] = []
    waiting: list[str] = []
    for _ in range(200):
        switch.arrive("70001", patience=timedelta(seconds=die.randrange(1, 60)))
        switch.clock.advance(timedelta(seconds=die.randrange(1, 10)))
        for event in watched.take():
            told.append(event)
            if isinstance(event, RouteRequested):
                if die.random() < 0.5:
                    await switch.route(RouteCall(event.call_id, die.choice([ANNA, BEN]), 9 * SECOND, "i"))
                else:
                    await switch.queue(QueueCall(event.call_id, 40 * SECOND, "i"))
                    waiting.append(event.call_id)
        if waiting:
            await switch.route(RouteCall(waiting.pop(0), ANNA, 9 * SECOND, "i"))
    switch.clock.advance(timedelta(hours=1))
    return told + watched.take()


async def test_p31_the_same_hour_twice_is_the_same_hour() -> None:
    assert await busy_hour(7) == await busy_hour(7)
    assert await busy_hour(7) != await busy_hour(8)


async def test_every_call_ends_once_and_a_station_never_has_two() -> None:
    for seed in range(20):
        events = await busy_hour(seed)
        asked = {event.call_id for event in events if isinstance(event, RouteRequested)}
        ended = [event.call_id for event in events if isinstance(event, CallEnded)]
        assert sorted(ended) == sorted(asked)
        talking: dict[str, str] = {}
        for event in events:
            if isinstance(event, CallAnswered):
                assert event.station not in talking
                talking[event.station] = event.call_id
            elif isinstance(event, CallEnded):
                talking = {s: call for s, call in talking.items() if call != event.call_id}
        changes: dict[str, object] = {}
        for event in events:
            if isinstance(event, StationChanged):
                assert changes.get(event.station) is not event.state
                changes[event.station] = event.state


async def test_events_end_after_stop() -> None:
    switch = SimulatedSwitch()
    await switch.start()
    await switch.stop()
    kinds = [type(event).__name__ async for event in switch.events()]
    assert kinds == ["SwitchReady"]
    await asyncio.sleep(0)


async def test_p06_a_target_waits_to_be_let_in_and_is_turned_away_unheard() -> None:
    watched = Watched()
    switch = await watched.started()
    heard, unheard, gone = (switch.dial_target(f"target-{n}") for n in range(3))
    assert watched.take() == [TargetDialled(one, f"target-{n}") for n, one in enumerate((heard, unheard, gone))]
    switch.caller_hangs_up(gone)
    assert await switch.admit(AdmitCall(gone, "70001")) is False
    assert await switch.admit(AdmitCall(heard, "70001", SECOND)) is True
    assert watched.take() == [RouteRequested(heard, "70001", "")]
    switch.clock.advance(5 * SECOND)
    assert switch.turned_away == [unheard]
    assert "CallEnded" in watched.kinds()
