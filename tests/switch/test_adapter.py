"""P11: what the adapter does between its two sockets, against a scripted switch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ctiapp.switch.asterisk.adapter import AsteriskSwitch
from ctiapp.switch.asterisk.link import LinkState
from ctiapp.switch.asterisk.words import leg_outcome
from ctiapp.switch.protocol import (
    AdmitCall,
    CallAnswered,
    CallEnded,
    CallRinging,
    EndReason,
    Event,
    HangUp,
    MakeCall,
    QueueCall,
    RemoveRoute,
    RouteCall,
    RouteReason,
    RouteRequested,
    StationState,
    StoreRoute,
    StoreStaffed,
    SwitchError,
    SwitchLost,
    SwitchReady,
    TargetDialled,
)
from tests.switch.scripted_ami import Action, Peer, ScriptedAmi, silent
from tests.switch.test_agi import Dialplan
from tests.switch.until import until

SOON = timedelta(milliseconds=20)
LONG = timedelta(seconds=20)
CALL = "1700000000.7"


class Board:
    """A scripted switch with a picture to show."""

    def __init__(self, ami: ScriptedAmi) -> None:
        self.ami = ami
        self.channels: list[str] = []
        self.devices: dict[str, str] = {}
        ami.answers |= {
            "Status": lambda p, a: self._list(p, a, "Status", self.channels),
            "DeviceStateList": lambda p, a: self._list(p, a, "DeviceStateChange", self._states()),
            "DBGetTree": lambda p, a: self._list(p, a, "DBGetTreeResponse", []),
            "CoreStatus": lambda p, a: p.reply(
                a, "Response: Success\nCoreStartupDate: 2026-01-01\nCoreStartupTime: 13:58:20"
            ),
        }

    def _states(self) -> list[str]:
        return [f"Device: PJSIP/{name}\nState: {state}" for name, state in self.devices.items()]

    @staticmethod
    def _list(peer: Peer, action: Action, event: str, items: list[str]) -> None:
        peer.reply(action, "Response: Success\nEventList: start\nMessage: will follow")
        for item in items:
            peer.reply(action, f"Event: {event}\n{item}")
        peer.reply(action, f"Event: {action['Action'][0]}Complete\nEventList: Complete")

    def shows(self, uniqueid: str, application: str, **more: str) -> None:
        lines = [
            f"Channel: PJSIP/trunk-0000000{len(self.channels)}",
            f"Uniqueid: {uniqueid}",
            f"Linkedid: {uniqueid}",
            "CallerIDNum: 02079460001",
            f"Application: {application}",
            "Context: ctiapp-ask",
            f"Exten: {'wait' if application == 'MusicOnHold' else 's'}",
            f"Data: {more.get('data', '')}",
            f"BridgeID: {more.get('bridge', '')}",
            "Variable: CTI_INTERACTION=i-1",
            "Variable: CTI_NUMBER=70001",
        ]
        self.channels.append("\n".join(lines))


class Bench:
    def __init__(self, board: Board, switch: AsteriskSwitch) -> None:
        self.board, self.switch = board, switch
        self.seen: list[Event] = []

    @property
    def ami(self) -> ScriptedAmi:
        return self.board.ami

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    async def ready(self, times: int = 1) -> None:
        await until(lambda: len(self.of(SwitchReady)) == times)

    async def asked(self, why: str = "arrived", uniqueid: str = CALL, cause: str = "") -> Dialplan:
        """A call has asked and its question has been passed on."""
        known = len(self.of(RouteRequested))
        dialplan = await Dialplan.connect_to(self.switch.agi_port, uniqueid, why, cause, "70001", "")
        await until(lambda: len(self.of(RouteRequested)) > known)
        return dialplan

    async def queued(self) -> None:
        dialplan = await self.asked()
        queueing = asyncio.create_task(self.switch.queue(QueueCall(CALL, LONG, "i-1")))
        assert await dialplan.hear() == 'SET VARIABLE CTI_ROUTE "wait,20,i-1"'
        dialplan.say("200 result=1")
        assert await queueing


@asynccontextmanager
async def bench(**options: Any) -> AsyncIterator[Bench]:
    async with ScriptedAmi() as ami:
        board = Board(ami)
        switch = AsteriskSwitch(
            host="127.0.0.1",
            ami_port=ami.port,
            user="ctiapp",
            secret="right",
            agi_host="127.0.0.1",
            agi_port=0,
            **({"first_pause": SOON, "longest_pause": SOON, "decide_within": LONG} | options),
        )
        one = Bench(board, switch)

        async def collect() -> None:
            async for event in switch.events():
                one.seen.append(event)

        collecting = asyncio.create_task(collect())
        await switch.start()
        try:
            yield one
        finally:
            await switch.stop()
            await collecting
            Dialplan.forget_all()
            await asyncio.sleep(0)


async def test_p08_a_route_is_one_line_to_the_waiting_dialplan() -> None:
    async with bench() as one:
        await one.ready()
        dialplan = await one.asked()
        assert one.of(RouteRequested) == [RouteRequested(CALL, "70001", "02079460001")]
        routing = asyncio.create_task(one.switch.route(RouteCall(CALL, "2101", LONG, "i-1")))
        assert await dialplan.hear() == 'SET VARIABLE CTI_ROUTE "dial,2101,20,i-1"'
        dialplan.say("200 result=1")
        assert await routing is True


async def test_a_waiting_call_is_redirected_by_its_full_name_and_the_ask_that_follows_answered() -> None:
    async with bench() as one:
        await one.ready()
        await one.queued()
        routing = asyncio.create_task(one.switch.route(RouteCall(CALL, "2101", LONG, "i-1")))
        await until(lambda: one.ami.of("Redirect"))
        (redirect,) = one.ami.of("Redirect")
        assert redirect["Channel"] == ["PJSIP/trunk-00000001"]
        assert (redirect["Context"], redirect["Exten"], redirect["Priority"]) == (
            ["ctiapp-resume"],
            ["s"],
            ["1"],
        )
        resumed = await Dialplan.connect_to(one.switch.agi_port, CALL, "resumed", "", "70001", "i-1")
        assert await resumed.hear() == 'SET VARIABLE CTI_ROUTE "dial,2101,20,i-1"'
        resumed.say("200 result=1")
        assert await routing is True
        assert len(one.of(RouteRequested)) == 1


async def test_a_resumed_ask_that_nobody_waits_for_is_an_arrival() -> None:
    async with bench() as one:
        await one.ready()
        await Dialplan.connect_to(one.switch.agi_port, CALL, "resumed", "", "70001", "i-1")
        await until(lambda: one.of(RouteRequested))
        assert one.of(RouteRequested) == [
            RouteRequested(CALL, "70001", "02079460001", RouteReason.ARRIVED, interaction="i-1")
        ]


async def test_a_redirect_of_a_call_that_is_gone_is_no_error() -> None:
    async with bench() as one:
        await one.ready()
        await one.queued()
        one.ami.answers["Redirect"] = lambda p, a: p.reply(a, "Response: Error\nMessage: Channel does not exist")
        assert await one.switch.route(RouteCall(CALL, "2101", LONG, "i-1")) is False


async def test_a_hang_up_during_the_redirect_is_no_error() -> None:
    async with bench() as one:
        await one.ready()
        await one.queued()
        routing = asyncio.create_task(one.switch.route(RouteCall(CALL, "2101", LONG, "i-1")))
        await until(lambda: one.ami.of("Redirect"))
        one.ami.peer.send(f"Event: Hangup\nUniqueid: {CALL}\nCause: 0\n\n")
        assert await routing is False
        assert one.of(CallEnded) == [CallEnded(CALL, EndReason.ABANDONED, "0")]


async def test_a_moved_call_that_does_not_ask_again_is_an_error() -> None:
    async with bench(resume_within=SOON) as one:
        await one.ready()
        await one.queued()
        with pytest.raises(SwitchError, match="did not ask again"):
            await one.switch.route(RouteCall(CALL, "2101", LONG, "i-1"))


async def test_a_link_loss_during_the_redirect_is_an_error() -> None:
    async with bench() as one:
        await one.ready()
        await one.queued()
        routing = asyncio.create_task(one.switch.route(RouteCall(CALL, "2101", LONG, "i-1")))
        await until(lambda: one.ami.of("Redirect"))
        one.ami.peer.cut()
        with pytest.raises(SwitchError):
            await routing


async def test_an_ask_read_after_its_hang_up_is_not_passed_on() -> None:
    async with bench() as one:
        await one.ready()
        one.ami.peer.send(f"Event: Hangup\nUniqueid: {CALL}\nCause: 0\n\n")
        await until(lambda: one.switch._calls.has_ended(CALL))
        late = await Dialplan.connect_to(one.switch.agi_port, CALL, "arrived", "", "70001", "")
        assert await late.closed()
        assert one.of(RouteRequested) == []


async def test_p10_nothing_is_told_before_the_whole_picture() -> None:
    async with bench() as one:
        held: list[tuple[Peer, Action]] = []
        one.ami.answers["CoreStatus"] = lambda peer, action: held.append((peer, action))
        await until(lambda: held)
        await Dialplan.connect_to(one.switch.agi_port, CALL, "arrived", "", "70001", "")
        one.ami.peer.send("Event: DeviceStateChange\nDevice: PJSIP/2101\nState: NOT_INUSE\n\n")
        await until(lambda: len(one.switch._agi) == 1)
        assert one.seen == []
        peer, action = held[0]
        peer.reply(action, "Response: Success\nCoreStartupDate: 2026-01-01\nCoreStartupTime: 13:58:20")
        await until(lambda: one.of(RouteRequested))
        assert [type(event).__name__ for event in one.seen] == [
            "SwitchReady",
            "StationChanged",
            "RouteRequested",
        ]


async def test_p10_after_a_link_loss_the_vanished_are_lost_and_the_others_go_on() -> None:
    async with bench() as one:
        one.board.shows("1.1", "MusicOnHold")
        one.board.shows("1.2", "MusicOnHold")
        await one.ready()
        one.board.channels.pop()
        one.ami.peer.cut()
        await one.ready(2)
        await until(lambda: one.of(CallEnded))
        assert one.of(CallEnded) == [CallEnded("1.2", EndReason.LOST)]
        kinds = [type(event).__name__ for event in one.seen]
        assert kinds == ["SwitchReady", "SwitchLost", "SwitchReady", "CallEnded"]


async def test_p18_an_originate_in_flight_at_a_link_loss_ends_as_lost_and_is_not_repeated() -> None:
    async with bench() as one:
        await one.ready()
        one.ami.answers["Originate"] = lambda peer, action: peer.cut()
        with pytest.raises(SwitchError):
            await one.switch.make_call(MakeCall("made-1", "02079460999", LONG, "i-1"))
        await until(lambda: one.of(CallEnded))
        assert one.of(CallEnded) == [CallEnded("made-1", EndReason.LOST)]
        assert len(one.of(SwitchLost)) == 1
        assert len(one.ami.of("Originate")) == 1


async def test_p18_an_originate_without_an_answer_is_found_by_the_second_check() -> None:
    async with bench(action_within=SOON) as one:
        await one.ready()
        one.ami.answers["Originate"] = silent
        with pytest.raises(SwitchError):
            await one.switch.make_call(MakeCall("made-1", "02079460999", LONG, "i-1"))
        await one.switch.check()
        assert one.of(CallEnded) == []
        await one.switch.check()
        await until(lambda: one.of(CallEnded))
        assert one.of(CallEnded) == [CallEnded("made-1", EndReason.LOST)]


async def test_the_check_ends_what_the_switch_no_longer_shows() -> None:
    async with bench() as one:
        one.board.shows("1.1", "MusicOnHold")
        await one.ready()
        await one.switch.check()
        assert one.of(CallEnded) == []
        one.board.channels.clear()
        await one.switch.check()
        await until(lambda: one.of(CallEnded))
        assert one.of(CallEnded) == [CallEnded("1.1", EndReason.LOST)]


async def test_an_originate_carries_our_id_and_our_interaction_and_nothing_else() -> None:
    async with bench() as one:
        await one.ready()
        await one.switch.make_call(MakeCall("made-1", "+442079460999", LONG, "i-1"))
        (originate,) = one.ami.of("Originate")
        assert originate["Channel"] == ["PJSIP/+442079460999@trunk"]
        assert originate["ChannelId"] == ["made-1"]
        assert originate["Timeout"] == ["20000"]
        assert originate["Async"] == ["true"]
        assert "__CTI_INTERACTION=i-1" in originate["Variable"]
        assert "Application" not in originate


async def test_a_refused_originate_is_an_error_and_no_call() -> None:
    async with bench() as one:
        await one.ready()
        one.ami.answers["Originate"] = lambda p, a: p.reply(a, "Response: Error\nMessage: Extension does not exist.")
        with pytest.raises(SwitchError, match="does not exist"):
            await one.switch.make_call(MakeCall("made-1", "02079460999", LONG, "i-1"))
        await one.switch.check()
        await one.switch.check()
        assert one.of(CallEnded) == []


@pytest.mark.parametrize("number", ["", "1&PJSIP/2", "1@evil", "1,2", "${X}", "1\r\nAction: Hangup", "a", "/1"])
async def test_a_number_that_is_none_is_never_dialled(number: str) -> None:
    async with bench() as one:
        await one.ready()
        with pytest.raises(SwitchError):
            await one.switch.make_call(MakeCall("made-1", number, LONG, "i-1"))
        with pytest.raises(SwitchError):
            await one.switch.store_route(StoreRoute(number, "2101", datetime.now(UTC)))
        assert one.ami.of("Originate") == [] and one.ami.of("DBPut") == []


@pytest.mark.parametrize("station", ["", "2101&2102", "2101,30", "x", '"'])
async def test_a_station_that_is_none_is_never_named(station: str) -> None:
    async with bench() as one:
        await one.ready()
        await one.asked()
        with pytest.raises(SwitchError):
            await one.switch.route(RouteCall(CALL, station, LONG, "i-1"))
        with pytest.raises(SwitchError):
            await one.switch.store_staffed(StoreStaffed(station, True))


@pytest.mark.parametrize("interaction", ["a,b", 'a"', "a b", "a\n", "${X}"])
async def test_an_interaction_that_could_be_more_than_a_word_is_refused(interaction: str) -> None:
    async with bench() as one:
        await one.ready()
        await one.asked()
        with pytest.raises(SwitchError):
            await one.switch.route(RouteCall(CALL, "2101", LONG, interaction))


async def test_stored_routes_are_written_as_the_dialplan_reads_them() -> None:
    async with bench() as one:
        await one.ready()
        until_then = datetime(2026, 1, 1, tzinfo=UTC)
        await one.switch.store_route(StoreRoute("+442079460141", "2101", until_then))
        (put,) = one.ami.of("DBPut")
        assert put["Family"] == ["ctiapp-route"]
        assert put["Key"] == ["+442079460141"]
        assert put["Val"] == ["1767225600/2101"]


async def test_removing_what_is_absent_is_fine_and_being_forbidden_is_not() -> None:
    async with bench() as one:
        await one.ready()
        one.ami.answers["DBDel"] = lambda p, a: p.reply(
            a, "Response: Error\nMessage: Database entry could not be deleted"
        )
        await one.switch.remove_route(RemoveRoute("70001"))
        one.ami.answers["DBDel"] = lambda p, a: p.reply(a, "Response: Error\nMessage: Permission denied")
        with pytest.raises(SwitchError, match="Permission denied"):
            await one.switch.remove_route(RemoveRoute("70001"))


async def test_the_start_of_the_switch_is_told_in_universal_time() -> None:
    """CoreStatus says 13:58:20 in a zone it does not name; the switch has been up for 100 s since 12:00:00 UTC."""
    now = datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC)
    async with bench(clock=lambda: now) as one:
        await one.ready()
        (ready,) = one.of(SwitchReady)
        assert ready.snapshot.started_at == datetime(2026, 1, 1, 11, 58, 20, tzinfo=UTC)


async def test_the_states_of_stations_are_in_the_picture_and_trunks_are_not() -> None:
    async with bench() as one:
        one.board.devices = {"2101": "NOT_INUSE", "2102": "UNAVAILABLE", "trunk": "INUSE", "2103": "ODD"}
        await one.ready()
        (ready,) = one.of(SwitchReady)
        assert ready.snapshot.stations == {
            "2101": StationState.IDLE,
            "2102": StationState.UNREACHABLE,
            "2103": StationState.UNREACHABLE,
        }


async def test_hang_up_of_a_call_that_just_ended_is_no_error() -> None:
    async with bench() as one:
        one.board.shows("1.1", "MusicOnHold")
        await one.ready()
        one.ami.answers["Hangup"] = lambda p, a: p.reply(a, "Response: Error\nMessage: No such channel")
        assert await one.switch.hang_up(HangUp("1.1")) is False


async def test_p18_a_call_hung_up_before_it_has_a_channel_is_cleared_when_it_has() -> None:
    async with bench() as one:
        await one.ready()
        await one.switch.make_call(MakeCall("made-1", "02079460999", LONG, "i-1"))
        assert await one.switch.hang_up(HangUp("made-1")) is True
        assert one.ami.of("Hangup") == []
        one.ami.peer.send("Event: Newchannel\nChannel: PJSIP/trunk-0000000a\nUniqueid: made-1\n\n")
        await until(lambda: one.ami.of("Hangup"))
        assert one.ami.of("Hangup")[0]["Channel"] == ["PJSIP/trunk-0000000a"]


async def test_who_answers_at_once_is_told_to_have_rung() -> None:
    """Seen on the real switch: 180 and 200 in one breath, and no DialState in between."""
    async with bench() as one:
        await one.ready()
        await one.switch.make_call(MakeCall("made-1", "02079460999", LONG, "i-1"))
        one.ami.peer.send(
            "Event: DialEnd\nDestChannel: PJSIP/trunk-0000000a\nDestUniqueid: made-1\nDialStatus: ANSWER\n\n"
        )
        await one.asked(uniqueid=CALL)
        one.ami.peer.send(
            f"Event: DialEnd\nUniqueid: {CALL}\nDestChannel: PJSIP/2101-0000000b\nDestUniqueid: 1.9\n"
            "DialStatus: ANSWER\n\n"
        )
        await until(lambda: one.of(CallAnswered))
        assert one.of(CallRinging) == [CallRinging("made-1")]
        kinds = [type(event).__name__ for event in one.seen]
        assert kinds[-2:] == ["StationRinging", "CallAnswered"]


async def test_nothing_is_asked_of_a_switch_that_still_boots() -> None:
    async with ScriptedAmi() as ami:
        ami.booted = ""
        Board(ami)
        switch = AsteriskSwitch(
            host="127.0.0.1", ami_port=ami.port, user="u", secret="right", agi_host="127.0.0.1", agi_port=0
        )
        await switch.start()
        await until(lambda: ami.names() == ["Login"])
        with pytest.raises(SwitchError):
            await switch.make_call(MakeCall("made-1", "02079460999", LONG, "i-1"))
        assert switch.link_state is LinkState.CONNECTING
        ami.peer.send("Event: FullyBooted\nUptime: 1\n\n")
        await until(lambda: switch.link_state is LinkState.UP)
        await switch.stop()


@pytest.mark.parametrize(
    ("status", "raw", "reason"),
    [
        ("BUSY", "17/486", EndReason.BUSY),
        ("BUSY", "21/603", EndReason.REJECTED),
        ("CONGESTION", "34/503", EndReason.CONGESTION),
        ("CHANUNAVAIL", "20/", EndReason.UNREACHABLE),
        ("CHANUNAVAIL", "1/404", EndReason.UNALLOCATED),
        ("NOANSWER", "0/180", EndReason.NO_ANSWER),
        ("NOANSWER", "19/480", EndReason.NO_ANSWER),
        ("INVALIDARGS", "", EndReason.ERROR),
        ("SOMETHING NEW", "127", EndReason.ERROR),
        ("", "", EndReason.ERROR),
    ],
)
def test_p20_each_outcome_has_one_meaning_and_the_unknown_is_an_error(status: str, raw: str, reason: EndReason) -> None:
    assert leg_outcome(status, raw) is reason


# ---- one-time targets ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "answer"), [("+442079460141", "+442079460141,60"), (None, "closed")])
async def test_p06_a_target_is_told_and_the_answer_opens_or_closes_the_door(number: str | None, answer: str) -> None:
    async with bench() as one:
        await one.ready()
        dialplan = await Dialplan.connect_to(one.switch.agi_port, CALL, "abc123", script="target")
        await until(lambda: one.of(TargetDialled) == [TargetDialled(CALL, "abc123")])
        admitting = asyncio.create_task(one.switch.admit(AdmitCall(CALL, number, timedelta(minutes=1))))
        assert await dialplan.hear() == f'SET VARIABLE CTI_DOOR "{answer}"'
        dialplan.say("200 result=1")
        assert await admitting is True
        assert await one.switch.admit(AdmitCall(CALL, "70001")) is False
        assert one.of(RouteRequested) == [], "it is no call yet"


async def test_p06_who_hung_up_at_the_door_is_gone_and_no_name_can_be_opened() -> None:
    async with bench() as one:
        await one.ready()
        dialplan = await Dialplan.connect_to(one.switch.agi_port, CALL, "abc123", script="target")
        await until(lambda: one.of(TargetDialled))
        with pytest.raises(SwitchError):
            await one.switch.admit(AdmitCall(CALL, "70001,60) Hangup("))
        dialplan.hang_up()
        await until(lambda: not one.switch._at_the_door)
        assert await one.switch.admit(AdmitCall(CALL, "70001")) is False
