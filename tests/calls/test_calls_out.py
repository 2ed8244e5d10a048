"""Calls out over the public network (SIPp): each refusal, and what is heard before and after the answer (P18-P20).

The switch and the detector are the real ones; the database is a list here.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
import uuid
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import numpy as np
import pytest

from ctiapp.progress.server import DetectorServer
from ctiapp.progress.verdict import Sound, Verdict
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
)
from tests.progress.lines import BUSY, FAX, HUMAN, MACHINE, MACHINE_BEEPED, MODEM, REORDER, RINGING, SIT
from tests.progress.signals import frames, quiet, tone
from tests.sipp import trunk
from tests.switch.until import until
from tests.switch.worlds import RealWorld, Seen
from tests.switchboard import ensure_switch, run_switch, switchboard_settings

pytestmark = pytest.mark.real
CUSTOMER = "+442079460999"
LONG = timedelta(seconds=30)

MACHINE_MESSAGE = "machine"
AFTER_THE_BEEP = MACHINE_BEEPED + 1.2
SHORTEST_MESSAGE = 3.0
"""Seconds from the answer, and seconds."""


class Out:
    """A call out, and what the detector kept of it."""

    def __init__(self, world: RealWorld) -> None:
        self.world, self.seen = world, Seen(world)
        self.call_id = str(uuid.uuid4())
        self.kept: list[tuple[str, Verdict, bool]] = []
        self.server: DetectorServer

    async def make(self, ring_for: timedelta = LONG, **more: object) -> None:
        await self.world.switch.make_call(MakeCall(self.call_id, CUSTOMER, ring_for, "i-9", **more))  # type: ignore[arg-type]

    async def ended(self) -> CallEnded:
        return await self.seen.event(CallEnded, call_id=self.call_id)

    async def heard(self) -> Sound | None:
        """What was kept when the switch asked for the first time."""
        asked = await self.seen.event(RouteRequested, call_id=self.call_id)
        assert asked.reason is RouteReason.HEARD
        return self.sound

    @property
    def sound(self) -> Sound | None:
        return self.kept[-1][1].sound if self.kept else None

    @property
    def events(self) -> list[type]:
        return [type(event) for event in self.world.seen if getattr(event, "call_id", None) == self.call_id]


@pytest.fixture
async def out() -> AsyncIterator[Out]:
    async with outgoing() as one:
        yield one


@asynccontextmanager
async def outgoing(detector: bool = True) -> AsyncIterator[Out]:
    settings = switchboard_settings()
    ensure_switch(settings)
    async with RealWorld.open(customer=False) as world:
        one = Out(world)
        one.server = DetectorServer(settings.bind, settings.detector_port, lambda *verdict: one.kept.append(verdict))
        if detector:
            await one.server.start()
        try:
            yield one
        finally:
            await one.server.stop()


# ---- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "raw"),
    [
        ("486 Busy Here", EndReason.BUSY, "17/486"),
        ("404 Not Found", EndReason.UNALLOCATED, "1/404"),
        ("503 Service Unavailable", EndReason.CONGESTION, "34/503"),
        ("603 Decline", EndReason.REJECTED, "21/603"),
        ("480 Temporarily Unavailable", EndReason.NO_ANSWER, "19/480"),
    ],
)
@pytest.mark.parametrize("rings", [False, True])
async def test_p18_each_refusal_of_the_trunk(out: Out, status: str, reason: EndReason, raw: str, rings: bool) -> None:
    with trunk("trunk_rings_and_refuses.xml" if rings else "trunk_refuses.xml", status=status):
        await out.make()
        ended = await out.ended()
    assert (ended.reason, ended.raw) == (reason, raw)
    assert out.events == [CallRinging, CallEnded] if rings else [CallEnded]
    assert not out.kept


async def test_p18_a_silent_trunk_is_told_from_a_customer_who_does_not_answer(out: Out) -> None:
    with trunk("trunk_is_silent.xml"):
        await out.make(ring_for=timedelta(seconds=2))
        assert (await out.ended()).reason is EndReason.UNREACHABLE


async def test_p18_answered_and_hung_up_within_50_ms(out: Out) -> None:
    with trunk("trunk_answers_and_hangs_up.xml"):
        await out.make()
        assert (await out.ended()).reason is EndReason.ABANDONED
    assert out.events in (
        [CallRinging, CustomerAnswered, CallEnded],
        [CallRinging, CustomerAnswered, RouteRequested, CallEnded],
    )


@pytest.mark.parametrize("number", ["70001", "+4490012345", "0900123456"])
async def test_a_diverted_call_goes_nowhere(out: Out, number: str) -> None:
    """Neither to a number of its choice, nor back to our own numbers, nor to the trunk again."""
    with trunk("trunk_diverts.xml", calls=5, divert=number) as messages:
        await out.make()
        assert (await out.ended()).reason is EndReason.REJECTED
        await until(lambda: "ACK sip" in messages.read_text())
        invites = set(re.findall(r"^INVITE .*?branch=([^;\s]+)", messages.read_text(), re.DOTALL | re.MULTILINE))
    assert len(invites) == 1  # one that is sent again, to a busy trunk, is the same
    assert out.seen.none(RouteRequested)


async def test_the_number_that_is_shown(out: Out) -> None:
    with trunk("trunk_refuses.xml", status="486 Busy Here") as messages:
        await out.make(caller_id="+442079460100")
        await out.ended()
        text = messages.read_text()
    assert "From: <sip:+442079460100@" in text.replace('"+442079460100" ', "")
    assert f"INVITE sip:{CUSTOMER}@" in text


# ---- what is heard -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sound", "heard"),
    [
        (HUMAN, Sound.HUMAN),
        (MACHINE, Sound.MACHINE),
        (FAX, Sound.FAX),
        (MODEM, Sound.MODEM),
        (SIT, Sound.SIT),
        (BUSY, Sound.BUSY),
        (REORDER, Sound.REORDER),
        (quiet(8000), Sound.SILENCE),
        (quiet(20), Sound.SILENCE),
    ],
    ids=["human", "machine", "fax", "modem", "sit", "busy", "reorder", "silence", "no-packets"],
)
async def test_p19_what_is_heard_after_the_answer(out: Out, sound: np.ndarray, heard: Sound) -> None:
    with trunk("trunk_answers.xml", {"after": sound}):
        await out.make()
        assert await out.heard() is heard, out.kept
        ((call_id, _, unanswered),) = out.kept
        assert (call_id, unanswered) == (out.call_id, False)
        assert await out.world.switch.hang_up(HangUp(out.call_id)) is True
        assert (await out.ended()).reason is EndReason.HANGUP
    assert out.events == [CallRinging, CustomerAnswered, RouteRequested, CallEnded]


@pytest.mark.parametrize(
    ("sound", "heard"), [(BUSY, Sound.BUSY), (REORDER, Sound.REORDER), (SIT, Sound.SIT)], ids=["busy", "reorder", "sit"]
)
async def test_p19_what_is_heard_before_the_answer(out: Out, sound: np.ndarray, heard: Sound) -> None:
    with trunk("trunk_speaks_before_the_answer.xml", {"before": sound}):
        await out.make()
        await until(lambda: out.kept)
        ((call_id, verdict, unanswered),) = out.kept
        assert (call_id, verdict.sound, unanswered) == (out.call_id, heard, True)
        assert out.events == []
        assert await out.world.switch.hang_up(HangUp(out.call_id)) is True
        assert (await out.ended()).reason is EndReason.HANGUP


async def test_p19_ringing_is_heard_in_the_early_media_and_then_a_person(out: Out) -> None:
    with trunk("trunk_speaks_and_answers.xml", {"before": RINGING, "after": HUMAN}):
        await out.make()
        assert await out.heard() is Sound.HUMAN
        heard = [(verdict.sound, unanswered) for _, verdict, unanswered in out.kept]
        assert heard == [(Sound.RINGBACK, True), (Sound.HUMAN, False)]
        await out.world.switch.hang_up(HangUp(out.call_id))
        await out.ended()


async def test_p18_a_line_that_rings_in_the_early_media_only_and_nobody_answers(out: Out) -> None:
    with trunk("trunk_speaks_before_the_answer.xml", {"before": RINGING}):
        await out.make(ring_for=timedelta(seconds=2))
        assert (await out.ended()).reason is EndReason.NO_ANSWER
    assert [verdict.sound for _, verdict, _ in out.kept] == [Sound.RINGBACK]


async def test_p19_without_the_detector_everybody_is_put_through_at_once() -> None:
    async with outgoing(detector=False) as out:
        with trunk("trunk_answers.xml", {"after": MACHINE}):
            await out.make()
            await out.seen.event(CustomerAnswered)
            assert await out.heard() is None
            await out.world.switch.hang_up(HangUp(out.call_id))
            await out.ended()


async def test_p19_a_detector_that_dies_while_it_listens_costs_nothing() -> None:
    async with outgoing() as out:
        with trunk("trunk_answers.xml", {"after": MACHINE}):
            await out.make()
            await until(lambda: any(call.detector.heard_ms > 500 for call in out.server._calls))
            for call in list(out.server._calls):
                assert call._transport is not None
                call._transport.abort()
            began = time.monotonic()
            assert await out.heard() is None
            assert time.monotonic() - began < 0.5
            await out.world.switch.hang_up(HangUp(out.call_id))
            await out.ended()


@pytest.mark.long
async def test_p19_a_detector_that_is_stuck_costs_seconds_and_not_the_call() -> None:
    async with outgoing(detector=False) as out:
        settings = switchboard_settings()
        with socket.create_server((settings.bind, settings.detector_port)):  # nobody reads what comes
            with trunk("trunk_answers.xml", {"after": np.tile(HUMAN, 6)}):
                await out.make()
                await out.seen.event(CustomerAnswered)
                began = time.monotonic()
                assert await out.heard() is None
                assert time.monotonic() - began < 14
                await out.world.switch.hang_up(HangUp(out.call_id))
                await out.ended()


async def test_p19_a_machine_is_left_a_message_after_its_beep(out: Out) -> None:
    with trunk("trunk_answers.xml", {"after": MACHINE}):
        await out.make()
        await out.seen.event(CustomerAnswered)
        answered = time.monotonic()
        assert await out.heard() is Sound.MACHINE
        assert time.monotonic() - answered < 5, "long before the beep"
        assert await out.world.switch.say(Say(out.call_id, MACHINE_MESSAGE, after_greeting=True)) is True
        assert (await out.ended()).reason is EndReason.HANGUP
        assert time.monotonic() - answered > AFTER_THE_BEEP + SHORTEST_MESSAGE


async def test_p21_the_administrators_own_recording_is_played(out: Out) -> None:
    with a_recording("own-words", tone(440, 1000)):
        with trunk("trunk_answers.xml", {"after": HUMAN}):
            await out.make()
            await out.heard()
            began = time.monotonic()
            assert await out.world.switch.say(Say(out.call_id, "own-words")) is True
            await out.ended()
            assert 0.9 < time.monotonic() - began < 2, "the apology takes eight seconds"


@contextmanager
def a_recording(name: str, sound: np.ndarray) -> Iterator[None]:
    file = switchboard_settings().state / "asterisk" / "sounds" / f"{name}.wav"
    with wave.open(str(file), "wb") as recording:
        recording.setnchannels(1), recording.setsampwidth(2), recording.setframerate(8000)
        recording.writeframes(b"".join(frames(sound)))
    try:
        yield
    finally:
        file.unlink()


async def test_the_cti_server_dies_and_the_customer_hears_words(out: Out) -> None:
    with trunk("trunk_answers.xml", {"after": HUMAN}) as messages:
        await out.make()
        await out.seen.event(CustomerAnswered)
        await out.world.switch.stop()
        await until(lambda: "BYE sip" in messages.read_text())
        heard = await asyncio.to_thread(run_switch, switchboard_settings(), "logs", "--since", "20s")
        assert "im-sorry" not in heard  # no file was missing
        await out.world.switch.start()
