"""P18-P20: calls that we make, against a scripted switch: what is ordered, and what may come in which order."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ctiapp.switch.asterisk.audiosocket import Words, WrongWord, audio, before_answer, call_of
from ctiapp.switch.protocol import (
    CallEnded,
    CallRinging,
    CustomerAnswered,
    EndReason,
    HangUp,
    MakeCall,
    RouteReason,
    RouteRequested,
    Say,
    SwitchError,
)
from tests.switch.test_adapter import Bench, bench
from tests.switch.until import until

ATTEMPT = "6f1c2d0e-8a55-4c3b-9a7e-0123456789ab"
BEFORE = "6f1c2d0e-8a55-8c3b-9a7e-0123456789ab"
CHANNEL = "PJSIP/trunk-0000000a"
NUMBER = "+442079460999"
LONG = timedelta(seconds=20)


async def made(one: Bench, call_id: str = ATTEMPT, **more: object) -> None:
    await one.ready()
    await one.switch.make_call(MakeCall(call_id, NUMBER, LONG, "i-1", **more))  # type: ignore[arg-type]
    one.ami.peer.send(f"Event: Newchannel\nChannel: {CHANNEL}\nUniqueid: {call_id}\n\n")


def tells(one: Bench, event: str, status: str, call_id: str = ATTEMPT) -> None:
    one.ami.peer.send(f"Event: {event}\nDestChannel: {CHANNEL}\nDestUniqueid: {call_id}\nDialStatus: {status}\n\n")


def hangs_up(one: Bench, cause: str, sip: str = "") -> None:
    tech = f"TechCause: {sip}\n" if sip else ""
    one.ami.peer.send(f"Event: Hangup\nChannel: {CHANNEL}\nUniqueid: {ATTEMPT}\nCause: {cause}\n{tech}\n")


# ---- what is ordered -----------------------------------------------------------------------------------------


async def test_trunk_shown_number_and_limits_go_with_the_order() -> None:
    async with bench() as one:
        await made(one, trunk="second", caller_id="+442079460100", longest=timedelta(minutes=30))
        (order,) = one.ami.of("Originate")
        assert order["Channel"] == [f"PJSIP/{NUMBER}@second"]
        assert order["CallerID"] == ["+442079460100"]
        assert order["Context"] == ["ctiapp-made"] and "EarlyMedia" not in order
        assert "CTI_LONGEST=1800" in order["Variable"]
        assert "FORWARD_CONTEXT=ctiapp-nowhere" in order["Variable"], "a diverted call goes nowhere"


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "*21*0900123456#"},
        {"number": "+"},
        {"number": "1" * 21},
        {"number": "+44 20"},
        {"trunk": "a/b"},
        {"trunk": "trunk&PJSIP"},
        {"caller_id": "Mia <1>"},
        {"caller_id": "1\r\nVariable: X=1"},
        {"interaction": "i,1"},
        {"call_id": "a b"},
    ],
)
async def test_what_could_mean_something_else_is_never_sent(wrong: dict) -> None:
    async with bench() as one:
        await one.ready()
        call = {"call_id": ATTEMPT, "number": NUMBER, "ring_for": LONG, "interaction": "i-1"}
        with pytest.raises(SwitchError):
            await one.switch.make_call(MakeCall(**call | wrong))
        assert one.ami.of("Originate") == []


@pytest.mark.parametrize(("after_greeting", "line"), [(False, "say,nobody-free"), (True, "leave,nobody-free")])
async def test_p21_words_are_the_answer_to_the_ask(after_greeting: bool, line: str) -> None:
    async with bench() as one:
        await made(one)
        dialplan = await one.asked("heard", ATTEMPT)
        saying = asyncio.create_task(one.switch.say(Say(ATTEMPT, "nobody-free", after_greeting)))
        assert await dialplan.hear() == f'SET VARIABLE CTI_ROUTE "{line}"'
        dialplan.say("200 result=1")
        assert await saying is True
        hangs_up(one, "16")
        await until(lambda: one.of(CallEnded))
        assert one.of(CallEnded) == [CallEnded(ATTEMPT, EndReason.HANGUP, "16")]


@pytest.mark.parametrize("message", ["", "a b", "../../etc/passwd", "a,b", "A", "${X}", "-a", "a" * 41])
async def test_a_recording_that_is_no_name_is_never_sent(message: str) -> None:
    async with bench() as one:
        await made(one)
        await one.asked("heard", ATTEMPT)
        with pytest.raises(SwitchError):
            await one.switch.say(Say(ATTEMPT, message))


async def test_a_call_that_waits_for_our_word_is_hung_up_by_it() -> None:
    async with bench() as one:
        await made(one)
        dialplan = await one.asked("heard", ATTEMPT)
        clearing = asyncio.create_task(one.switch.hang_up(HangUp(ATTEMPT)))
        assert await dialplan.hear() == 'SET VARIABLE CTI_ROUTE "hangup"'
        dialplan.say("200 result=1")
        assert await clearing is True
        assert one.ami.of("Hangup") == []


# ---- before the answer ---------------------------------------------------------------------------------------


async def test_p19_a_line_that_speaks_before_the_answer_is_listened_to_once() -> None:
    async with bench(detector="127.0.0.1:9092") as one:
        await made(one)
        tells(one, "DialState", "PROGRESS")
        tells(one, "DialState", "PROGRESS")
        tells(one, "DialState", "RINGING")
        await until(lambda: one.of(CallRinging))
        _, listening = one.ami.of("Originate")
        assert listening["Channel"] == [f"AudioSocket/127.0.0.1:9092/{BEFORE}"]
        assert listening["Context"] == ["ctiapp-hear"]
        assert listening["Variable"] == [f"CTI_LISTEN_TO={CHANNEL}"]


async def test_nobody_listens_without_a_detector_or_to_a_call_without_a_uuid_or_to_one_that_is_answered() -> None:
    async with bench() as one:
        await made(one)
        tells(one, "DialState", "PROGRESS")
        tells(one, "DialState", "RINGING")
        await until(lambda: one.of(CallRinging))
        assert len(one.ami.of("Originate")) == 1
    async with bench(detector="127.0.0.1:9092") as one:
        await made(one, "made-1")
        tells(one, "DialState", "PROGRESS", "made-1")
        tells(one, "DialEnd", "ANSWER", "made-1")
        tells(one, "DialState", "PROGRESS", "made-1")
        await until(lambda: one.of(CustomerAnswered))
        assert len(one.ami.of("Originate")) == 1


async def test_a_listener_that_cannot_be_made_costs_nothing() -> None:
    async with bench(detector="127.0.0.1:9092") as one:
        await made(one)
        one.ami.answers["Originate"] = lambda p, a: p.reply(a, "Response: Error\nMessage: no")
        tells(one, "DialState", "PROGRESS")
        tells(one, "DialState", "RINGING")
        tells(one, "DialEnd", "ANSWER")
        await until(lambda: one.of(CustomerAnswered))


# ---- what may come in which order ----------------------------------------------------------------------------


async def test_the_ask_may_overtake_the_answer() -> None:
    async with bench() as one:
        await made(one)
        await one.asked("heard", ATTEMPT)
        tells(one, "DialState", "RINGING")
        tells(one, "DialEnd", "ANSWER")
        hangs_up(one, "16")
        await until(lambda: one.of(CallEnded))
        events = [event for event in one.seen if getattr(event, "call_id", "") == ATTEMPT]
        assert [type(event) for event in events] == [CallRinging, CustomerAnswered, RouteRequested, CallEnded]
        assert one.of(RouteRequested)[0].reason is RouteReason.HEARD
        assert one.of(CallEnded)[0].reason is EndReason.ABANDONED


async def test_who_speaks_before_it_rings_rings_all_the_same() -> None:
    async with bench() as one:
        await made(one)
        tells(one, "DialState", "PROGRESS")
        tells(one, "DialState", "RINGING")
        tells(one, "DialState", "RINGING")
        tells(one, "DialEnd", "ANSWER")
        await until(lambda: one.of(CustomerAnswered))
        assert one.of(CallRinging) == [CallRinging(ATTEMPT)]


@pytest.mark.parametrize(
    ("told", "reason"),
    [("", EndReason.UNREACHABLE), ("PROGRESS", EndReason.NO_ANSWER), ("RINGING", EndReason.NO_ANSWER)],
)
async def test_p18_the_time_runs_out(told: str, reason: EndReason) -> None:
    """The trunk said nothing, spoke, or rang."""
    async with bench() as one:
        await made(one)
        if told:
            tells(one, "DialState", told)
        hangs_up(one, "19", "480")
        await until(lambda: one.of(CallEnded))
        assert one.of(CallEnded) == [CallEnded(ATTEMPT, reason, "19/480")]


async def test_p18_the_answer_to_the_order_alone_is_never_the_outcome() -> None:
    """It comes before the end, says Reason 0 of everything, and Success even of a call that ends at once."""
    async with bench() as one:
        await made(one)
        for words in ("Failure\nReason: 0", "Success\nReason: 4", "Failure\nReason: 8"):
            one.ami.peer.send(f"Event: OriginateResponse\nResponse: {words}\nUniqueid: {ATTEMPT}\n\n")
        tells(one, "DialEnd", "NOANSWER")
        hangs_up(one, "21", "603")
        await until(lambda: one.of(CallEnded))
        assert one.of(CallEnded) == [CallEnded(ATTEMPT, EndReason.REJECTED, "21/603")]


async def test_p18_on_a_busy_switch_the_answer_to_the_order_comes_before_the_channel_itself() -> None:
    """Seen with 150 calls a second: four of three hundred were an error, and had been busy."""
    async with bench() as one:
        await one.ready()
        await one.switch.make_call(MakeCall(ATTEMPT, NUMBER, LONG, "i-1"))
        one.ami.peer.send(f"Event: OriginateResponse\nResponse: Failure\nReason: 0\nUniqueid: {ATTEMPT}\n\n")
        one.ami.peer.send(f"Event: Newchannel\nChannel: {CHANNEL}\nUniqueid: {ATTEMPT}\n\n")
        hangs_up(one, "17", "486")
        await until(lambda: one.of(CallEnded))
        assert one.of(CallEnded) == [CallEnded(ATTEMPT, EndReason.BUSY, "17/486")]


async def test_p18_after_our_own_restart_a_call_that_is_being_dialled_is_known_for_one() -> None:
    async with bench() as one:
        one.board.shows(ATTEMPT, "AppDial2")
        await one.ready()
        (call,) = (await one.switch.snapshot()).calls
        assert (call.call_id, call.phase) == (ATTEMPT, "dialling")
        with pytest.raises(SwitchError):
            await one.switch.make_call(MakeCall(ATTEMPT, NUMBER, LONG, "i-1"))
        tells(one, "DialState", "RINGING")
        tells(one, "DialEnd", "BUSY")
        hangs_up(one, "17", "486")
        await until(lambda: one.of(CallEnded))
        assert one.of(CallRinging) == [CallRinging(ATTEMPT)]
        assert one.of(CallEnded) == [CallEnded(ATTEMPT, EndReason.BUSY, "17/486")]


# ---- AudioSocket ---------------------------------------------------------------------------------------------


def test_a_call_is_known_by_its_uuid_before_and_after_the_answer() -> None:
    assert before_answer(ATTEMPT) == BEFORE
    assert call_of(bytes.fromhex(ATTEMPT.replace("-", ""))) == (ATTEMPT, False)
    assert call_of(bytes.fromhex(BEFORE.replace("-", ""))) == (ATTEMPT, True)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 323, 5000])
def test_messages_come_in_any_pieces(step: int) -> None:
    said = audio(b"ab" * 160) + bytes((3, 0, 1)) + b"7" + audio(b"") + bytes(3)
    words = Words()
    heard = [message for at in range(0, len(said), step) for message in words.hear(said[at : at + step])]
    assert heard == [(0x10, b"ab" * 160), (3, b"7"), (0x10, b""), (0, b"")]


def test_a_message_without_end_is_refused() -> None:
    with pytest.raises(WrongWord):
        list(Words().hear(b"\x10\xff\xff"))
