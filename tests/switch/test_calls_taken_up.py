"""P14: a telephone in a browser takes its call up anew after a reload: that leg is the one that is passed on."""

from __future__ import annotations

from ctiapp.switch.asterisk.calls import Calls, Leg
from ctiapp.switch.protocol import AgentLeft, CallAnswered, Event, StationChanged, StationRinging, StationState

OLD, NEW = {"Uniqueid": "1.1", "Channel": "PJSIP/2111-00000001"}, {"Uniqueid": "1.2", "Channel": "PJSIP/2111-00000002"}
SWAP = {"Event": "BridgeEnter", "SwapUniqueid": "1.1"} | NEW
ITS_END = {"Event": "Hangup", "Cause": "16"} | OLD


def in_a_call() -> Calls:
    calls = Calls()
    tuple(calls.asked("1.0", "PJSIP/1001-0", "1001", "arrived", "", "70001", "i"))
    leg = {"Uniqueid": "1.0", "DestUniqueid": "1.1", "DestChannel": "PJSIP/2111-00000001"}
    told = [event for name in ("DialBegin", "DialEnd") for event in hear(calls, leg | dial(name))]
    assert CallAnswered("1.0", "2111") in told
    return calls


def dial(name: str) -> dict[str, str]:
    return {"Event": name, "DialStatus": "ANSWER"}


def hear(calls: Calls, *events: dict[str, str]) -> list[Event]:
    return [told for event in events for told in calls.handle(event)]


def test_a_leg_that_was_taken_up_is_the_agents_and_the_old_ones_end_says_nothing() -> None:
    calls = in_a_call()
    assert hear(calls, SWAP, SWAP, ITS_END) == []
    assert calls.live["1.0"].agent == Leg("1.2", "PJSIP/2111-00000002")


def test_the_agent_may_take_it_up_while_the_customer_is_kept_waiting() -> None:
    calls = in_a_call()
    call = calls.live["1.0"]
    calls.held(call, "2102")
    assert hear(calls, SWAP, ITS_END) == []
    assert call.phase == "held"
    assert hear(calls, {"Event": "Hangup", "Cause": "16"} | NEW) == [AgentLeft("1.0", "2111")]


def test_whoever_is_consulted_may_take_it_up() -> None:
    calls = in_a_call()
    call = calls.live["1.0"]
    calls.held(call, "2112")
    assert call.consultation is not None
    call.consultation.leg = Leg("1.5", "PJSIP/2112-5")
    hear(calls, SWAP | {"SwapUniqueid": "1.5", "Uniqueid": "1.6", "Channel": "PJSIP/2112-6"})
    assert call.consultation.leg == Leg("1.6", "PJSIP/2112-6")
    assert call.agent == Leg("1.1", "PJSIP/2111-00000001")


def test_who_joins_a_bridge_without_taking_a_place_is_nobody_new() -> None:
    calls = in_a_call()
    hear(calls, {"Event": "BridgeEnter"} | NEW)
    assert calls.live["1.0"].agent == Leg("1.1", "PJSIP/2111-00000001")


def test_of_three_who_talk_whoever_took_it_up_may_leave() -> None:
    calls = in_a_call()
    call = calls.live["1.0"]
    calls.held(call, "2102")
    assert call.consultation is not None
    call.consultation.leg, call.phase = Leg("1.5", "PJSIP/2102-00000005"), "conference"
    assert hear(calls, SWAP, ITS_END) == []
    assert hear(calls, {"Event": "Hangup", "Cause": "16"} | NEW) == [CallAnswered("1.0", "2102")]
    assert (call.phase, call.agent) == ("talking", Leg("1.5", "PJSIP/2102-00000005"))


def test_a_station_whose_state_was_told_before_the_dialling_rings_all_the_same() -> None:
    calls = Calls()
    tuple(calls.asked("1.0", "PJSIP/1001-0", "1001", "arrived", "", "70001", "i"))
    state = {"Event": "DeviceStateChange", "Device": "PJSIP/2111", "State": "INUSE"}
    assert hear(calls, state) == [StationChanged("2111", StationState.IN_CALL)]
    leg = {"Uniqueid": "1.0", "DestUniqueid": "1.1", "DestChannel": "PJSIP/2111-00000001"}
    rings = leg | {"Event": "DialState", "DialStatus": "RINGING"}
    told = hear(calls, leg | {"Event": "DialBegin"}, rings)
    assert told == [StationChanged("2111", StationState.RINGING), StationRinging("1.0", "2111")]
