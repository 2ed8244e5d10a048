"""Recorded AMI conversations: what the real switch said, with our own deeds where they happened.

A transcript is blocks between blank lines. A block that begins with `We-` is ours: an ask that came in by FastAGI, a
call that we made, a decision that we sent. All others are the switch's words as they came, less the login.

    python -m tests.switch.transcript        records them all anew from the real switch of the tests
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from ctiapp.switch.asterisk.adapter import AsteriskSwitch
from ctiapp.switch.asterisk.calls import Calls
from ctiapp.switch.asterisk.link import _Protocol
from ctiapp.switch.protocol import (
    CallAnswered,
    CallEnded,
    CallRinging,
    Event,
    MakeCall,
    QueueCall,
    RouteCall,
    RouteReason,
    RouteRequested,
    StationRinging,
)
from ctiapp.switch.simulated import Does
from tests.switch.worlds import ANNA, CUSTOMER, POINT, RealWorld, Seen

FOLDER = Path(__file__).parent / "transcripts"
BLANK = b"\r\n\r\n"


def ours(kind: str, *values: str) -> bytes:
    return b"\r\n".join([f"We-{kind}".encode(), *(b"> " + value.encode() for value in values)]) + BLANK


def replay(transcript: bytes, step: int | None = None) -> list[Event]:
    """The uniform events of a conversation, taken in whole or in pieces of `step` bytes."""
    calls = Calls()
    events: list[Event] = []
    loop = asyncio.new_event_loop()

    async def play() -> None:
        protocol = _Protocol(calls.wanted, lambda event: events.extend(calls.handle(event)))
        protocol.greeted = True
        said = b""
        for block in transcript.split(BLANK)[:-1]:
            if not block.startswith(b"We-"):
                said += block + BLANK
                continue
            feed(protocol, said, step)
            said = b""
            kind, *values = block.decode().split("\r\n")
            do(calls, [kind, *(value.removeprefix("> ") for value in values)], events)
        feed(protocol, said, step)

    loop.run_until_complete(play())
    loop.close()
    return events


def feed(protocol: _Protocol, said: bytes, step: int | None) -> None:
    for start in range(0, len(said), step or len(said) or 1):
        protocol.data_received(said[start : start + (step or len(said))])


def do(calls: Calls, lines: list[str], events: list[Event]) -> None:
    match lines:
        case ["We-are-asked", *ask]:
            events.extend(calls.asked(*ask))
        case ["We-call", call_id, number, interaction]:
            calls.made(call_id, number, interaction)
        case ["We-decide", call_id, phase, station, interaction]:
            calls.decided(calls.live[call_id], phase, station, interaction)


# ---- recording ------------------------------------------------------------------------------------------------


class Recorder:
    """Notes our deeds between the switch's words."""

    def __init__(self, world: RealWorld) -> None:
        self.world = world
        self.begin = len(world.cable.heard)
        self.deeds: list[tuple[int, bytes]] = []
        calls = world.switch._calls
        for name, kind in (("asked", "are-asked"), ("made", "call"), ("decided", "decide")):
            setattr(calls, name, self._noting(getattr(calls, name), kind))

    def _noting(self, real: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def noting(*values: Any) -> Any:
            words = [value if isinstance(value, str) else value.call_id for value in values]
            at = self.world.cable.heard.rfind(BLANK) + len(BLANK)
            self.deeds.append((at, ours(kind, *words)))
            return real(*values)

        return noting

    def transcript(self) -> bytes:
        heard, told, at = bytes(self.world.cable.heard), b"", self.begin
        for place, deed in self.deeds:
            told += heard[at:place] + deed
            at = place
        return told + heard[at : heard.rfind(BLANK) + len(BLANK)]


async def answered(world: RealWorld, seen: Seen) -> None:
    caller = world.call(POINT, "02079460001")
    asked = await seen.event(RouteRequested)
    await world.switch.route(RouteCall(asked.call_id, ANNA, timedelta(seconds=20), "i-1"))
    await seen.event(StationRinging)
    world.station_answers(ANNA)
    await seen.event(CallAnswered)
    caller.hang_up()
    await seen.event(CallEnded)


async def busy(world: RealWorld, seen: Seen) -> None:
    world.station_will(ANNA, Does.IS_BUSY)
    caller = world.call(POINT, "02079460001")
    asked = await seen.event(RouteRequested)
    await world.switch.route(RouteCall(asked.call_id, ANNA, timedelta(seconds=20), "i-1"))
    await seen.event(RouteRequested, reason=RouteReason.NOT_DELIVERED)
    caller.hang_up()
    await seen.event(CallEnded)


async def no_answer(world: RealWorld, seen: Seen) -> None:
    caller = world.call(POINT, "02079460001")
    asked = await seen.event(RouteRequested)
    await world.switch.route(RouteCall(asked.call_id, ANNA, timedelta(seconds=1), "i-1"))
    await seen.event(RouteRequested, reason=RouteReason.NOT_DELIVERED)
    caller.hang_up()
    await seen.event(CallEnded)


async def caller_hangs_up(world: RealWorld, seen: Seen) -> None:
    caller = world.call(POINT, "02079460001")
    asked = await seen.event(RouteRequested)
    await world.switch.route(RouteCall(asked.call_id, ANNA, timedelta(seconds=20), "i-1"))
    await seen.event(StationRinging)
    caller.hang_up()
    await seen.event(CallEnded)


async def out_of_the_queue(world: RealWorld, seen: Seen) -> None:
    caller = world.call(POINT, "02079460001")
    asked = await seen.event(RouteRequested)
    await world.switch.queue(QueueCall(asked.call_id, timedelta(seconds=20), "i-1"))
    await world.switch.route(RouteCall(asked.call_id, ANNA, timedelta(seconds=20), "i-1"))
    await seen.event(StationRinging)
    world.station_answers(ANNA)
    await seen.event(CallAnswered)
    caller.hang_up()
    await seen.event(CallEnded)


async def originate_answered(world: RealWorld, seen: Seen) -> None:
    world.customer_will(Does.ANSWERS)
    await world.switch.make_call(MakeCall("made-answered", CUSTOMER, timedelta(seconds=20), "i-9"))
    asked = await seen.event(RouteRequested)
    await world.switch.route(RouteCall(asked.call_id, ANNA, timedelta(seconds=20), "i-9"))
    await seen.event(StationRinging)
    world.station_answers(ANNA)
    await seen.event(CallAnswered)
    world.station_hangs_up(ANNA)
    await seen.event(CallEnded)


async def originate_refused(world: RealWorld, seen: Seen) -> None:
    world.customer_will(Does.IS_BUSY)
    await world.switch.make_call(MakeCall("made-refused", CUSTOMER, timedelta(seconds=20), "i-9"))
    await seen.event(CallEnded)


async def originate_no_answer(world: RealWorld, seen: Seen) -> None:
    world.customer_will(Does.RINGS)
    await world.switch.make_call(MakeCall("made-no-answer", CUSTOMER, timedelta(seconds=1), "i-9"))
    await seen.event(CallRinging)
    await seen.event(CallEnded)


async def originate_without_a_trunk(world: RealWorld, seen: Seen) -> None:
    call = MakeCall("made-nowhere", CUSTOMER, timedelta(seconds=1), "i-9", trunk="no-such-trunk")
    await world.switch.make_call(call)
    await seen.event(CallEnded)


Scene = Callable[[RealWorld, Seen], Awaitable[None]]
SCENES: tuple[Scene, ...] = (
    answered,
    busy,
    no_answer,
    caller_hangs_up,
    out_of_the_queue,
    originate_answered,
    originate_refused,
    originate_no_answer,
    originate_without_a_trunk,
)


async def record() -> None:
    for scene in SCENES:
        async with RealWorld.open() as world:
            assert isinstance(world.switch, AsteriskSwitch)
            recorder = Recorder(world)
            await scene(world, Seen(world))
            await asyncio.sleep(0.3)
            transcript = recorder.transcript()
        (FOLDER / f"{scene.__name__}.txt").write_bytes(transcript)
        events = "".join(f"{event}\n" for event in replay_in_thread(transcript))
        (FOLDER / f"{scene.__name__}.events").write_text(events)


def replay_in_thread(transcript: bytes, step: int | None = None) -> list[Event]:
    """`replay` runs a loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(replay, transcript, step).result()


if __name__ == "__main__":
    asyncio.run(record())
