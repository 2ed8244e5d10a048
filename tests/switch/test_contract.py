"""P11: what a switch does, whichever it is. Each deed is tried on the simulated and on the real one."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from ctiapp.switch.protocol import (
    MACHINE,
    NOBODY_FREE,
    AgentLeft,
    CallAnswered,
    CallEnded,
    CallRinging,
    CallSeen,
    CompleteTransfer,
    ConsultationAnswered,
    ConsultationEnded,
    ConsultationRinging,
    CustomerAnswered,
    EndReason,
    HangUp,
    JoinConference,
    MakeCall,
    QueueCall,
    RefuseCall,
    RemoveRoute,
    RouteCall,
    RouteReason,
    RouteRequested,
    Say,
    StartConsultation,
    StationChanged,
    StationRinging,
    StationState,
    StoreRoute,
    StoreStaffed,
    SwitchError,
    SwitchLost,
    SwitchReady,
    TakeBack,
    Target,
    TransferCall,
)
from ctiapp.switch.simulated import Does
from tests.switch.worlds import ANNA, BEN, CUSTOMER, NOBODY, POINT, Seen, World

CARLA = "02079460001"
"""Who calls us."""
LONG = timedelta(seconds=30)
SHORT = timedelta(seconds=1)


def new_id() -> str:
    return str(uuid.uuid4())


async def arrived(world: World, seen: Seen) -> RouteRequested:
    return await seen.event(RouteRequested, reason=RouteReason.ARRIVED)


async def talking(world: World, seen: Seen) -> str:
    """Carla has called and talks with Anna."""
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1"))
    await seen.event(StationRinging, call_id=asked.call_id, station=ANNA)
    world.station_answers(ANNA)
    await seen.event(CallAnswered, call_id=asked.call_id, station=ANNA)
    return asked.call_id


# ---- a call comes in (P08, Fig. 3) ---------------------------------------------------------------------------


async def test_p08_a_call_asks_rings_and_is_answered(world: World, seen: Seen) -> None:
    caller = world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert replace(asked, call_id="x") == RouteRequested("x", POINT, CARLA)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1")) is True
    await seen.event(StationRinging, call_id=asked.call_id, station=ANNA)
    await seen.event(StationChanged, station=ANNA, state=StationState.RINGING)
    world.station_answers(ANNA)
    await seen.event(CallAnswered, call_id=asked.call_id, station=ANNA)
    await seen.event(StationChanged, station=ANNA, state=StationState.IN_CALL)
    caller.hang_up()
    await seen.event(CallEnded, call_id=asked.call_id, reason=EndReason.HANGUP)
    await seen.event(StationChanged, station=ANNA, state=StationState.IDLE)
    assert seen.none(CallEnded) and seen.none(RouteRequested) and seen.none(CallAnswered)


async def test_the_agent_hangs_up(world: World, seen: Seen) -> None:
    call_id = await talking(world, seen)
    world.station_hangs_up(ANNA)
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)


async def test_p11_we_hang_up(world: World, seen: Seen) -> None:
    call_id = await talking(world, seen)
    assert await world.switch.hang_up(HangUp(call_id)) is True
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)
    assert await world.switch.hang_up(HangUp(call_id)) is False


@pytest.mark.parametrize(
    ("does", "outcome"),
    [
        (Does.IS_BUSY, EndReason.BUSY),
        (Does.REJECTS, EndReason.REJECTED),
        (Does.IS_CONGESTED, EndReason.CONGESTION),
    ],
)
async def test_p08_a_call_not_delivered_asks_again_and_goes_elsewhere(
    world: World, seen: Seen, does: Does, outcome: EndReason
) -> None:
    world.station_will(ANNA, does)
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1"))
    again = await seen.event(RouteRequested, reason=RouteReason.NOT_DELIVERED)
    assert again.raw
    assert replace(again, raw="") == RouteRequested(
        asked.call_id, POINT, CARLA, RouteReason.NOT_DELIVERED, outcome, "", "i-1"
    )
    assert await world.switch.route(RouteCall(asked.call_id, BEN, LONG, "i-1"))
    await seen.event(StationRinging, call_id=asked.call_id, station=BEN)


async def test_a_station_that_does_not_answer_in_time(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, SHORT, "i-1"))
    await seen.event(StationRinging)
    await seen.event(RouteRequested, reason=RouteReason.NOT_DELIVERED, outcome=EndReason.NO_ANSWER)
    await seen.event(StationChanged, station=ANNA, state=StationState.IDLE)


async def test_a_station_whose_telephone_is_not_there(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, NOBODY, LONG, "i-1"))
    await seen.event(RouteRequested, reason=RouteReason.NOT_DELIVERED, outcome=EndReason.UNREACHABLE)


async def test_the_agent_rejects_the_ringing_call(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1"))
    await seen.event(StationRinging)
    world.station_rejects(ANNA)
    await seen.event(RouteRequested, reason=RouteReason.NOT_DELIVERED, outcome=EndReason.REJECTED)


async def test_the_customer_hangs_up_while_we_think(world: World, seen: Seen) -> None:
    caller = world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    caller.hang_up()
    await seen.event(CallEnded, call_id=asked.call_id, reason=EndReason.ABANDONED)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1")) is False
    assert seen.none(StationRinging)


async def test_the_customer_hangs_up_while_it_rings(world: World, seen: Seen) -> None:
    caller = world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1"))
    await seen.event(StationRinging)
    caller.hang_up()
    await seen.event(CallEnded, call_id=asked.call_id, reason=EndReason.ABANDONED)
    assert seen.none(RouteRequested)


async def test_a_second_decision_counts_for_nothing(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1")) is True
    assert await world.switch.route(RouteCall(asked.call_id, BEN, LONG, "i-1")) is False
    assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1")) is False
    assert await world.switch.refuse(RefuseCall(asked.call_id)) is False
    await seen.event(StationRinging, station=ANNA)


async def test_a_call_that_nobody_knows(world: World, seen: Seen) -> None:
    assert await world.switch.route(RouteCall("1.1", ANNA, LONG, "")) is False
    assert await world.switch.queue(QueueCall("1.1", LONG, "")) is False
    assert await world.switch.refuse(RefuseCall("1.1")) is False
    assert await world.switch.hang_up(HangUp("1.1")) is False


async def test_p10_a_refused_call_hears_the_apology_and_ends(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.refuse(RefuseCall(asked.call_id)) is True
    await seen.event(CallEnded, call_id=asked.call_id, reason=EndReason.HANGUP)


# ---- waiting -------------------------------------------------------------------------------------------------


async def test_a_waiting_call_is_moved_to_an_agent(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1")) is True
    await phase_is(world, asked.call_id, "queued")
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1")) is True
    await seen.event(StationRinging, call_id=asked.call_id, station=ANNA)
    world.station_answers(ANNA)
    await seen.event(CallAnswered, call_id=asked.call_id, station=ANNA)
    assert seen.none(RouteRequested), "being moved is our own doing and asks nothing"


async def test_the_longest_wait_asks_again(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.queue(QueueCall(asked.call_id, SHORT, "i-1"))
    again = await seen.event(RouteRequested, reason=RouteReason.WAITED)
    assert again == RouteRequested(asked.call_id, POINT, CARLA, RouteReason.WAITED, interaction="i-1")
    assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1")) is True
    await phase_is(world, asked.call_id, "queued")


async def test_the_customer_gives_up_waiting(world: World, seen: Seen) -> None:
    caller = world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1"))
    await phase_is(world, asked.call_id, "queued")
    caller.hang_up()
    await seen.event(CallEnded, call_id=asked.call_id, reason=EndReason.ABANDONED)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1")) is False


async def test_a_waiting_call_can_be_refused(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1"))
    await phase_is(world, asked.call_id, "queued")
    assert await world.switch.refuse(RefuseCall(asked.call_id)) is True
    await seen.event(CallEnded, call_id=asked.call_id, reason=EndReason.HANGUP)


# ---- a call goes out (P18-P24, Fig. 5) -----------------------------------------------------------------------


async def heard(world: World, seen: Seen, longest: timedelta = 4 * LONG) -> str:
    """The customer was called, has answered and was listened to."""
    world.customer_will(Does.ANSWERS)
    call_id = new_id()
    await world.switch.make_call(MakeCall(call_id, CUSTOMER, LONG, "i-9", longest=longest))
    asked = await seen.event(RouteRequested, call_id=call_id)
    assert asked == RouteRequested(call_id, CUSTOMER, CUSTOMER, RouteReason.HEARD, interaction="i-9")
    return call_id


async def test_p18_p20_a_call_we_make_rings_is_answered_and_asks(world: World, seen: Seen) -> None:
    call_id = await heard(world, seen)
    of_this_call = [type(event) for event in world.seen if getattr(event, "call_id", None) == call_id]
    assert of_this_call == [CallRinging, CustomerAnswered, RouteRequested]
    assert await world.switch.route(RouteCall(call_id, ANNA, LONG, "i-9")) is True
    await seen.event(StationRinging, call_id=call_id, station=ANNA)
    world.station_answers(ANNA)
    await seen.event(CallAnswered, call_id=call_id, station=ANNA)
    world.customer_hangs_up()
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        (Does.IS_BUSY, EndReason.BUSY),
        (Does.REJECTS, EndReason.REJECTED),
        (Does.IS_UNALLOCATED, EndReason.UNALLOCATED),
        (Does.IS_CONGESTED, EndReason.CONGESTION),
    ],
)
async def test_p20_a_call_we_make_and_nobody_takes(world: World, seen: Seen, does: Does, reason: EndReason) -> None:
    world.customer_will(does)
    call_id = new_id()
    await world.switch.make_call(MakeCall(call_id, CUSTOMER, LONG, "i-9"))
    ended = await seen.event(CallEnded, call_id=call_id)
    assert ended.reason is reason and ended.raw
    assert seen.none(CallRinging) and seen.none(RouteRequested)


async def test_p20_a_call_we_make_and_nobody_answers(world: World, seen: Seen) -> None:
    world.customer_will(Does.RINGS)
    call_id = new_id()
    await world.switch.make_call(MakeCall(call_id, CUSTOMER, SHORT, "i-9"))
    await seen.event(CallRinging, call_id=call_id)
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.NO_ANSWER)
    assert seen.none(CallEnded)


async def test_a_called_customer_hangs_up_before_an_agent_answers(world: World, seen: Seen) -> None:
    call_id = await heard(world, seen)
    assert await world.switch.queue(QueueCall(call_id, LONG, "i-9"))
    world.customer_hangs_up()
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.ABANDONED)


async def test_a_called_customer_waits_and_is_put_through(world: World, seen: Seen) -> None:
    call_id = await heard(world, seen)
    assert await world.switch.queue(QueueCall(call_id, SHORT, "i-9"))
    again = await seen.event(RouteRequested, call_id=call_id)
    assert again == RouteRequested(call_id, CUSTOMER, CUSTOMER, RouteReason.WAITED, interaction="i-9")
    assert await world.switch.queue(QueueCall(call_id, LONG, "i-9"))
    await phase_is(world, call_id, "queued")
    assert await world.switch.route(RouteCall(call_id, ANNA, LONG, "i-9")) is True
    await seen.event(StationRinging, call_id=call_id, station=ANNA)
    assert seen.none(RouteRequested)


async def test_p20_the_chosen_agent_is_gone_and_the_next_one_gets_the_call(world: World, seen: Seen) -> None:
    call_id = await heard(world, seen)
    assert await world.switch.route(RouteCall(call_id, NOBODY, LONG, "i-9"))
    again = await seen.event(RouteRequested, call_id=call_id)
    assert (again.reason, again.outcome) == (RouteReason.NOT_DELIVERED, EndReason.UNREACHABLE)
    assert await world.switch.route(RouteCall(call_id, BEN, LONG, "i-9"))
    await seen.event(StationRinging, call_id=call_id, station=BEN)


@pytest.mark.parametrize("message", [NOBODY_FREE, MACHINE, "there-is-no-such-recording"])
async def test_p21_a_called_customer_is_told_something_and_the_call_ends(
    world: World, seen: Seen, message: str
) -> None:
    call_id = await heard(world, seen)
    assert await world.switch.say(Say(call_id, message)) is True
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)
    assert await world.switch.say(Say(call_id, message)) is False


async def test_p19_a_machine_is_hung_up_on_instead_of_an_answer(world: World, seen: Seen) -> None:
    call_id = await heard(world, seen)
    assert await world.switch.hang_up(HangUp(call_id)) is True
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)


async def test_a_call_we_make_ends_after_its_longest_time(world: World, seen: Seen) -> None:
    call_id = await heard(world, seen, longest=timedelta(seconds=3))
    assert await world.switch.route(RouteCall(call_id, ANNA, LONG, "i-9"))
    await seen.event(StationRinging)
    world.station_answers(ANNA)
    await seen.event(CallAnswered, call_id=call_id)
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)


async def test_nobody_decides_about_a_call_we_made_and_the_customer_hears_words(world: World, seen: Seen) -> None:
    """No agent's telephone rings for it: nobody would know, and the customer would be called again."""
    await world.switch.store_staffed(StoreStaffed(ANNA, True))
    call_id = await heard(world, seen)
    await seen.event(CallEnded, call_id=call_id)
    assert seen.none(StationRinging)


async def test_we_take_back_a_call_that_rings(world: World, seen: Seen) -> None:
    world.customer_will(Does.RINGS)
    call_id = new_id()
    await world.switch.make_call(MakeCall(call_id, CUSTOMER, LONG, "i-9"))
    await seen.event(CallRinging, call_id=call_id)
    await phase_is(world, call_id, "dialling")
    assert await world.switch.hang_up(HangUp(call_id)) is True
    await seen.event(CallEnded, call_id=call_id)
    assert seen.none(RouteRequested)


async def test_p18_one_id_dials_once(world: World, seen: Seen) -> None:
    world.customer_will(Does.RINGS)
    call_id = new_id()
    await world.switch.make_call(MakeCall(call_id, CUSTOMER, LONG, "i-9"))
    with pytest.raises(SwitchError):
        await world.switch.make_call(MakeCall(call_id, CUSTOMER, LONG, "i-9"))
    await world.switch.hang_up(HangUp(call_id))
    await seen.event(CallEnded, call_id=call_id)
    with pytest.raises(SwitchError):
        await world.switch.make_call(MakeCall(call_id, CUSTOMER, LONG, "i-9"))


# ---- what the switch keeps -----------------------------------------------------------------------------------


async def test_p10_stored_routes_and_staffed_stations(world: World, seen: Seen) -> None:
    until = world.now().replace(microsecond=0) + timedelta(minutes=5)
    await world.switch.store_route(StoreRoute(POINT, ANNA, until))
    await world.switch.store_route(StoreRoute("+442079460141", BEN, until))
    await world.switch.store_staffed(StoreStaffed(ANNA, True))
    await world.switch.store_staffed(StoreStaffed(BEN, True))
    snapshot = await world.switch.snapshot()
    assert snapshot.routes == {POINT: (ANNA, until), "+442079460141": (BEN, until)}
    assert snapshot.staffed == {ANNA, BEN}
    for _ in range(2):
        await world.switch.remove_route(RemoveRoute(POINT))
        await world.switch.store_staffed(StoreStaffed(ANNA, False))
    snapshot = await world.switch.snapshot()
    assert snapshot.routes == {"+442079460141": (BEN, until)}
    assert snapshot.staffed == {BEN}


async def test_p10_nobody_decides_and_the_stored_route_is_rung(world: World, seen: Seen) -> None:
    await world.switch.store_route(StoreRoute(POINT, ANNA, world.now() + timedelta(minutes=5)))
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    await seen.event(StationRinging, call_id=asked.call_id, station=ANNA)
    assert await world.switch.route(RouteCall(asked.call_id, BEN, LONG, "i-1")) is False
    world.station_answers(ANNA)
    await seen.event(CallAnswered, call_id=asked.call_id, station=ANNA)


# ---- the whole picture, and the link -------------------------------------------------------------------------


async def phase_is(world: World, call_id: str, phase: str) -> None:
    for _ in range(400):
        call = await call_in_snapshot(world, call_id)
        if call is not None and call.phase == phase:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{call_id} is not {phase} but {call}")


async def call_in_snapshot(world: World, call_id: str) -> CallSeen | None:
    calls = (await world.switch.snapshot()).calls
    return next((call for call in calls if call.call_id == call_id), None)


async def test_the_first_word_is_a_snapshot(world: World, seen: Seen) -> None:
    ready = await seen.event(SwitchReady)
    assert world.seen[0] is ready
    assert ready.snapshot.stations[ANNA] is StationState.IDLE
    assert ready.snapshot.stations[NOBODY] is StationState.UNREACHABLE
    assert ready.snapshot.started_at is not None
    assert (await world.switch.snapshot()).started_at == ready.snapshot.started_at


async def test_a_snapshot_shows_each_call_as_it_is(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    await phase_is(world, asked.call_id, "asking")
    assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1"))
    await phase_is(world, asked.call_id, "queued")
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1"))
    await seen.event(StationRinging)
    await phase_is(world, asked.call_id, "ringing")
    world.station_answers(ANNA)
    await seen.event(CallAnswered)
    await phase_is(world, asked.call_id, "talking")
    call = await call_in_snapshot(world, asked.call_id)
    assert call is not None
    assert (call.dialled, call.caller, call.interaction, call.station) == (POINT, CARLA, "i-1", ANNA)


async def test_p10_a_talk_outlives_the_link_and_its_end_is_seen_after(world: World, seen: Seen) -> None:
    call_id = await talking(world, seen)
    await seen.event(SwitchReady)
    await world.lose_link()
    await seen.event(SwitchLost)
    with pytest.raises(SwitchError):
        await world.switch.hang_up(HangUp(call_id))
    with pytest.raises(SwitchError):
        await world.switch.make_call(MakeCall(new_id(), CUSTOMER, LONG, "i-9"))
    await world.restore_link()
    ready = await seen.event(SwitchReady)
    (call,) = (call for call in ready.snapshot.calls if call.call_id == call_id)
    assert (call.phase, call.station, call.interaction) == ("talking", ANNA, "i-1")
    assert ready.snapshot.stations[ANNA] is StationState.IN_CALL
    world.station_hangs_up(ANNA)
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)


async def test_p18_a_call_we_make_outlives_the_link_and_is_found_again(world: World, seen: Seen) -> None:
    """Never a second INVITE: what is there goes on."""
    world.customer_will(Does.RINGS)
    call_id = new_id()
    await world.switch.make_call(MakeCall(call_id, CUSTOMER, LONG, "i-9"))
    await seen.event(CallRinging, call_id=call_id)
    await seen.event(SwitchReady)
    await world.lose_link()
    await seen.event(SwitchLost)
    await world.restore_link()
    ready = await seen.event(SwitchReady)
    (call,) = (call for call in ready.snapshot.calls if call.call_id == call_id)
    assert (call.phase, call.dialled, call.interaction) == ("dialling", CUSTOMER, "i-9")
    world.customer_answers()
    await seen.event(CustomerAnswered, call_id=call_id)
    await seen.event(RouteRequested, call_id=call_id, reason=RouteReason.HEARD)


async def test_p10_what_ended_while_nobody_looked_is_lost(world: World, seen: Seen) -> None:
    caller = world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1"))
    await phase_is(world, asked.call_id, "queued")
    await seen.event(SwitchReady)
    await world.lose_link()
    await seen.event(SwitchLost)
    caller.hang_up()
    await world.restore_link()
    # The real switch may still be clearing the call when we look again: then it is an ordinary end.
    await seen.event(SwitchReady)
    ended = await seen.event(CallEnded, call_id=asked.call_id)
    assert ended.reason in (EndReason.LOST, EndReason.ABANDONED)


async def test_p10_a_call_that_waited_through_a_link_loss_can_be_moved(world: World, seen: Seen) -> None:
    world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1"))
    await phase_is(world, asked.call_id, "queued")
    await seen.event(SwitchReady)
    await world.lose_link()
    await seen.event(SwitchLost)
    await world.restore_link()
    await seen.event(SwitchReady)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1")) is True
    await seen.event(StationRinging, call_id=asked.call_id, station=ANNA)


async def test_p10_a_call_that_arrived_before_we_were_back_asks_after_the_snapshot(world: World, seen: Seen) -> None:
    await seen.event(SwitchReady)
    await world.lose_link()
    await seen.event(SwitchLost)
    world.call(POINT, CARLA)
    await world.restore_link()
    await seen.event(SwitchReady)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1")) is True
    await seen.event(StationRinging, call_id=asked.call_id, station=ANNA)


# ---- a customer is passed on (P24, agent's work) --------------------------------------------------------------


async def consulting(world: World, seen: Seen, number: str = "") -> str:
    """Carla hears music, Anna talks with Ben, or with the number."""
    target = Target(number=number) if number else Target(BEN)
    call_id = await talking(world, seen)
    assert await world.switch.consult(StartConsultation(call_id, target, LONG, "i-1"))
    name = target.number or target.station
    await seen.event(ConsultationRinging, call_id=call_id, target=name)
    if target.number:
        world.customer_answers()
    else:
        world.station_answers(target.station)
    await seen.event(ConsultationAnswered, call_id=call_id, target=name)
    for _ in range(400):  # answered is told a moment before the two are connected
        call = await call_in_snapshot(world, call_id)
        if call is not None and call.consulted_answered:
            return call_id
        await asyncio.sleep(0.01)
    raise AssertionError(f"nobody is being consulted: {call}")


async def test_a_call_is_sent_to_another_station(world: World, seen: Seen) -> None:
    call_id = await talking(world, seen)
    assert await world.switch.transfer(TransferCall(call_id, Target(BEN), LONG, "i-1"))
    await seen.event(StationRinging, call_id=call_id, station=BEN)
    await seen.event(StationChanged, station=ANNA, state=StationState.IDLE)
    world.station_answers(BEN)
    await seen.event(CallAnswered, call_id=call_id, station=BEN)
    await phase_is(world, call_id, "talking")
    call = await call_in_snapshot(world, call_id)
    assert call is not None and (call.station, call.interaction) == (BEN, "i-1")
    assert await world.switch.transfer(TransferCall(call_id, Target(ANNA), LONG, "i-1"))
    await seen.event(StationRinging, call_id=call_id, station=ANNA)
    world.station_rejects(ANNA)
    await seen.event(RouteRequested, call_id=call_id, outcome=EndReason.REJECTED, interaction="i-1")
    assert await world.switch.queue(QueueCall(call_id, LONG, "i-1"))
    assert seen.none(CallEnded)


async def test_a_call_is_sent_to_a_number(world: World, seen: Seen) -> None:
    call_id = await talking(world, seen)
    assert await world.switch.transfer(TransferCall(call_id, Target(number=CUSTOMER), SHORT, "i-1"))
    await seen.event(RouteRequested, call_id=call_id, outcome=EndReason.NO_ANSWER)
    assert await world.switch.route(RouteCall(call_id, ANNA, LONG, "i-1"))
    await seen.event(StationRinging, call_id=call_id, station=ANNA)
    world.station_answers(ANNA)
    await seen.event(CallAnswered, call_id=call_id, station=ANNA)
    world.customer_will(Does.ANSWERS)
    assert await world.switch.transfer(TransferCall(call_id, Target(number=CUSTOMER), LONG, "i-1"))
    await seen.event(CallAnswered, call_id=call_id, station="")
    await phase_is(world, call_id, "talking")
    call = await call_in_snapshot(world, call_id)
    assert call is not None and call.station == ""


async def test_a_consultation_is_completed(world: World, seen: Seen) -> None:
    call_id = await consulting(world, seen)
    calls = (await world.switch.snapshot()).calls
    assert [call.call_id for call in calls] == [call_id], "a leg is no call"
    call = calls[0]
    assert (call.phase, call.station, call.consulted, call.consulted_answered) == ("held", ANNA, BEN, True)
    assert await world.switch.complete(CompleteTransfer(call_id))
    await seen.event(CallAnswered, call_id=call_id, station=BEN)
    await seen.event(StationChanged, station=ANNA, state=StationState.IDLE)
    await phase_is(world, call_id, "talking")
    call = await call_in_snapshot(world, call_id)
    assert call is not None and (call.station, call.consulted) == (BEN, "")
    assert not await world.switch.complete(CompleteTransfer(call_id))
    world.station_hangs_up(BEN)
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)
    assert seen.none(ConsultationEnded) and seen.none(AgentLeft)


async def test_a_number_is_consulted_and_completed(world: World, seen: Seen) -> None:
    call_id = await consulting(world, seen, CUSTOMER)
    assert await world.switch.complete(CompleteTransfer(call_id))
    await seen.event(CallAnswered, call_id=call_id, station="")


async def test_who_is_consulted_does_not_answer_and_the_customer_is_taken_back(world: World, seen: Seen) -> None:
    call_id = await talking(world, seen)
    assert await world.switch.consult(StartConsultation(call_id, Target(BEN), LONG, "i-1"))
    await seen.event(ConsultationRinging, call_id=call_id)
    assert not await world.switch.complete(CompleteTransfer(call_id))
    world.station_rejects(BEN)
    await seen.event(ConsultationEnded, call_id=call_id, target=BEN, reason=EndReason.REJECTED)
    assert await world.switch.consult(StartConsultation(call_id, Target(NOBODY), LONG, "i-1"))
    await seen.event(ConsultationEnded, call_id=call_id, target=NOBODY, reason=EndReason.UNREACHABLE)
    assert await world.switch.consult(StartConsultation(call_id, Target(BEN), LONG, "i-1"))
    await seen.event(ConsultationRinging, call_id=call_id)
    assert await world.switch.take_back(TakeBack(call_id))
    await seen.event(CallAnswered, call_id=call_id, station=ANNA)
    await seen.event(StationChanged, station=BEN, state=StationState.IDLE)
    await phase_is(world, call_id, "talking")
    world.station_hangs_up(ANNA)
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)


async def test_taken_back_from_a_consultation_that_goes_on(world: World, seen: Seen) -> None:
    call_id = await consulting(world, seen)
    assert await world.switch.take_back(TakeBack(call_id))
    await seen.event(CallAnswered, call_id=call_id, station=ANNA)
    await seen.event(StationChanged, station=BEN, state=StationState.IDLE)
    await phase_is(world, call_id, "talking")


async def test_who_was_consulted_hangs_up(world: World, seen: Seen) -> None:
    call_id = await consulting(world, seen)
    world.station_hangs_up(BEN)
    await seen.event(ConsultationEnded, call_id=call_id, target=BEN, reason=EndReason.HANGUP)
    assert await world.switch.transfer(TransferCall(call_id, Target(BEN), LONG, "i-1"))
    await seen.event(StationRinging, call_id=call_id, station=BEN)
    await seen.event(StationChanged, station=ANNA, state=StationState.IDLE)


async def test_the_agent_hangs_up_while_the_customer_waits(world: World, seen: Seen) -> None:
    call_id = await consulting(world, seen)
    world.station_hangs_up(ANNA)
    await seen.event(AgentLeft, call_id=call_id, station=ANNA)
    await seen.event(StationChanged, station=BEN, state=StationState.IDLE)
    await phase_is(world, call_id, "queued")
    assert not await world.switch.take_back(TakeBack(call_id))
    assert await world.switch.route(RouteCall(call_id, BEN, LONG, "i-1"))
    await seen.event(StationRinging, call_id=call_id, station=BEN)
    assert seen.none(CallEnded)


async def test_the_customer_hangs_up_while_they_wait(world: World, seen: Seen) -> None:
    world.station_will(BEN, Does.RINGS)
    caller = world.call(POINT, CARLA)
    asked = await arrived(world, seen)
    assert await world.switch.route(RouteCall(asked.call_id, ANNA, LONG, "i-1"))
    await seen.event(StationRinging, station=ANNA)
    world.station_answers(ANNA)
    await seen.event(CallAnswered)
    assert await world.switch.consult(StartConsultation(asked.call_id, Target(BEN), LONG, "i-1"))
    await seen.event(ConsultationRinging)
    caller.hang_up()
    await seen.event(CallEnded, call_id=asked.call_id, reason=EndReason.HANGUP)
    await seen.event(StationChanged, station=ANNA, state=StationState.IDLE)
    await seen.event(StationChanged, station=BEN, state=StationState.IDLE)


async def test_the_link_is_lost_in_a_consultation(world: World, seen: Seen) -> None:
    await seen.event(SwitchReady)
    call_id = await consulting(world, seen)
    await world.lose_link()
    await seen.event(SwitchLost)
    with pytest.raises(SwitchError):
        await world.switch.complete(CompleteTransfer(call_id))
    await world.restore_link()
    ready = await seen.event(SwitchReady)
    call = next(one for one in ready.snapshot.calls if one.call_id == call_id)
    assert (call.phase, call.station, call.consulted, call.consulted_answered) == ("held", ANNA, BEN, True)
    assert await world.switch.complete(CompleteTransfer(call_id))
    await seen.event(CallAnswered, call_id=call_id, station=BEN)
    await seen.event(StationChanged, station=ANNA, state=StationState.IDLE)


async def three_again(world: World, seen: Seen, call_id: str) -> None:
    await phase_is(world, call_id, "talking")
    assert await world.switch.consult(StartConsultation(call_id, Target(BEN), LONG, "i-1"))
    await seen.event(ConsultationRinging, call_id=call_id)
    world.station_answers(BEN)
    await seen.event(ConsultationAnswered, call_id=call_id)
    assert await world.switch.conference(JoinConference(call_id))
    await phase_is(world, call_id, "conference")


async def test_three_talk_and_then_two(world: World, seen: Seen) -> None:
    call_id = await consulting(world, seen)
    assert await world.switch.conference(JoinConference(call_id))
    await phase_is(world, call_id, "conference")
    call = await call_in_snapshot(world, call_id)
    assert call is not None and (call.station, call.consulted, call.consulted_answered) == (ANNA, BEN, True)
    assert not await world.switch.conference(JoinConference(call_id))
    world.station_hangs_up(BEN)
    await seen.event(ConsultationEnded, call_id=call_id, target=BEN, reason=EndReason.HANGUP)
    await seen.event(CallAnswered, call_id=call_id, station=ANNA)
    await three_again(world, seen, call_id)
    assert await world.switch.take_back(TakeBack(call_id))
    await seen.event(CallAnswered, call_id=call_id, station=ANNA)
    await three_again(world, seen, call_id)
    assert await world.switch.complete(CompleteTransfer(call_id))
    await seen.event(CallAnswered, call_id=call_id, station=BEN)
    await phase_is(world, call_id, "talking")
    assert seen.none(CallEnded) and seen.none(RouteRequested, reason=RouteReason.NOT_DELIVERED)


async def test_the_agent_leaves_a_conference(world: World, seen: Seen) -> None:
    call_id = await consulting(world, seen)
    assert await world.switch.conference(JoinConference(call_id))
    await phase_is(world, call_id, "conference")
    world.station_hangs_up(ANNA)
    await seen.event(CallAnswered, call_id=call_id, station=BEN)
    await phase_is(world, call_id, "talking")
    assert seen.none(AgentLeft) and seen.none(CallEnded)
    world.station_hangs_up(BEN)
    await seen.event(CallEnded, call_id=call_id, reason=EndReason.HANGUP)
