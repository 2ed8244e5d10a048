"""P19: the detector as a process. It hears calls by AudioSocket, keeps each verdict, then gives the line back."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import numpy as np
import pytest

from ctiapp.progress.server import DetectorServer
from ctiapp.progress.verdict import Sound, Verdict
from ctiapp.switch.asterisk.audiosocket import AUDIO, GOODBYE, ID, audio, before_answer
from tests.progress import signals
from tests.progress.signals import cadence, flags, frames, information_tone, quiet, voice
from tests.switch.until import until

GREETING = np.concatenate([quiet(300), voice(600), quiet(1200)])
MESSAGE = np.concatenate([quiet(300), voice(4500)])
BUSY = cadence(425, (500, 500), 4000)
RINGING = cadence(425, (1000, 4000), 9000)


class Kept:
    """Stands for the database."""

    def __init__(self) -> None:
        self.verdicts: list[tuple[str, Verdict, bool]] = []
        self.broken: Exception | None = None
        self.stuck = threading.Event()
        self.stuck.set()

    def __call__(self, call_id: str, verdict: Verdict, unanswered: bool) -> None:
        self.stuck.wait(20)
        if self.broken:
            raise self.broken
        self.verdicts.append((call_id, verdict, unanswered))

    @property
    def sounds(self) -> list[tuple[str, Sound]]:
        return [(call_id, verdict.sound) for call_id, verdict, _ in self.verdicts]


@asynccontextmanager
async def detector(kept: Kept, **limits: timedelta) -> AsyncIterator[DetectorServer]:
    server = DetectorServer("127.0.0.1", 0, kept, **limits)
    await server.start()
    try:
        yield server
    finally:
        kept.stuck.set()
        await server.stop()


class Line:
    """Asterisk's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, server: DetectorServer, name: str) -> Line:
        line = cls(*await asyncio.open_connection("127.0.0.1", server.port))
        line.writer.write(bytes((ID, 0, 16)) + uuid.UUID(name).bytes)
        return line

    def send(self, sound: np.ndarray) -> None:
        self.writer.write(b"".join(map(audio, frames(sound))))

    async def given_back(self, within: float = 5) -> bytes:
        """What the detector said until it closed, without its signs of life."""
        said = await asyncio.wait_for(self.reader.read(), within)
        self.writer.close()
        return said.replace(audio(bytes(320)), b"")


async def hear(server: DetectorServer, sound: np.ndarray, name: str) -> bytes:
    line = await Line.open(server, name)
    line.send(sound)
    return await line.given_back()


@pytest.mark.parametrize(
    ("sound", "heard"),
    [
        (GREETING, Sound.HUMAN),
        (MESSAGE, Sound.MACHINE),
        (np.concatenate([quiet(200), signals.answer_tone(2100, 2800), quiet(75), flags()]), Sound.FAX),
        (np.concatenate([quiet(200), signals.tone(2225, 3000)]), Sound.MODEM),
        (BUSY, Sound.BUSY),
        (information_tone((950, 1400, 1800), (330, 330, 330), gap=15), Sound.SIT),
    ],
)
async def test_each_class_is_kept_before_the_line_is_given_back(sound: np.ndarray, heard: Sound) -> None:
    kept, call = Kept(), str(uuid.uuid4())
    async with detector(kept) as server:
        assert await hear(server, sound, call) == GOODBYE
        assert kept.sounds == [(call, heard)]


async def test_bytes_come_in_any_pieces() -> None:
    """TCP knows no frames, and a frame may have another length than 20 ms."""
    kept, call = Kept(), str(uuid.uuid4())
    pcm = b"".join(frames(GREETING))
    said = b"".join(audio(pcm[at : at + 480]) for at in range(0, len(pcm), 480))
    async with detector(kept) as server:
        line = await Line.open(server, call)
        for at in range(0, len(said), 777):
            line.writer.write(said[at : at + 777])
            await line.writer.drain()
        assert await line.given_back() == GOODBYE
    ((_, verdict, _),) = kept.verdicts
    assert verdict.sound is Sound.HUMAN and verdict.heard_ms <= 1800


async def test_a_telephone_that_sends_no_packets_is_silent_and_the_line_is_kept_alive() -> None:
    kept, call = Kept(), str(uuid.uuid4())
    async with detector(kept) as server:
        line = await Line.open(server, call)
        began = time.monotonic()
        sign = await asyncio.wait_for(line.reader.readexactly(323), 2)
        assert sign == audio(bytes(320))
        assert await line.given_back(8) == GOODBYE
        assert 5 < time.monotonic() - began < 7
    assert kept.sounds == [(call, Sound.SILENCE)]


async def test_a_pause_without_packets_is_heard_as_a_pause() -> None:
    """Silence suppression: the person says hello and then nothing is sent any more."""
    kept, call = Kept(), str(uuid.uuid4())
    async with detector(kept) as server:
        line = await Line.open(server, call)
        line.send(np.concatenate([quiet(100), voice(600)]))
        assert await line.given_back() == GOODBYE
    assert kept.sounds == [(call, Sound.HUMAN)]


async def test_the_deadline_comes_whatever_is_heard() -> None:
    kept, call = Kept(), str(uuid.uuid4())
    async with detector(kept, listen_for=timedelta(seconds=0.4)) as server:
        line = await Line.open(server, call)
        assert await line.given_back(2) == GOODBYE
    ((_, verdict, _),) = kept.verdicts
    assert verdict.sound is Sound.HUMAN, "unknown means human"


async def test_the_database_is_down_and_nobody_waits_for_it() -> None:
    kept = Kept()
    kept.broken = OSError("the database is down")
    async with detector(kept) as server:
        assert await hear(server, GREETING, str(uuid.uuid4())) == GOODBYE


async def test_the_database_does_not_answer_and_nobody_waits_long() -> None:
    kept = Kept()
    kept.stuck.clear()
    async with detector(kept, keep_within=timedelta(seconds=0.3)) as server:
        began = time.monotonic()
        assert await hear(server, GREETING, str(uuid.uuid4())) == GOODBYE
        assert time.monotonic() - began < 2


async def test_before_the_answer_ringing_is_told_once_and_busy_gives_the_line_back() -> None:
    kept, call = Kept(), str(uuid.uuid4())
    async with detector(kept) as server:
        line = await Line.open(server, before_answer(call))
        line.send(np.tile(RINGING, 2))
        await until(lambda: kept.verdicts)
        line.send(BUSY)
        assert await line.given_back() == GOODBYE
    assert kept.sounds == [(call, Sound.RINGBACK), (call, Sound.BUSY)]
    assert [unanswered for _, _, unanswered in kept.verdicts] == [True, True]


async def test_who_listens_before_the_answer_is_released_by_it() -> None:
    kept, call = Kept(), str(uuid.uuid4())
    async with detector(kept) as server:
        early = await Line.open(server, before_answer(call))
        early.send(RINGING)
        await until(lambda: kept.verdicts)
        after = await Line.open(server, call)
        assert await early.given_back() == GOODBYE
        after.send(GREETING)
        assert await after.given_back() == GOODBYE
    assert kept.sounds == [(call, Sound.RINGBACK), (call, Sound.HUMAN)]


async def test_who_comes_to_listen_after_the_answer_is_sent_away() -> None:
    call = str(uuid.uuid4())
    async with detector(Kept()) as server:
        after = await Line.open(server, call)
        await until(lambda: len(server) == 1)
        early = await Line.open(server, before_answer(call))
        assert await early.given_back() == GOODBYE
        after.send(GREETING)
        assert await after.given_back() == GOODBYE


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", bytes((AUDIO, 1, 64)) + bytes(320), b"\x01\xff\xff", b"\x01\x00\x02ab"]
)
async def test_a_stranger_is_shown_the_door(said: bytes) -> None:
    kept = Kept()
    async with detector(kept) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 2) in (b"", GOODBYE)
        writer.close()
        await until(lambda: len(server) == 0)
        assert not kept.verdicts


async def test_a_call_that_hangs_up_is_forgotten_without_a_verdict() -> None:
    kept = Kept()
    async with detector(kept) as server:
        line = await Line.open(server, str(uuid.uuid4()))
        line.send(quiet(200))
        await line.writer.drain()
        line.writer.close()
        await until(lambda: len(server) == 0)
        assert not kept.verdicts


async def test_who_does_not_hang_up_is_forgotten_all_the_same() -> None:
    async with detector(Kept()) as server:
        line = await Line.open(server, str(uuid.uuid4()))
        line.send(GREETING)
        assert await asyncio.wait_for(line.reader.read(), 5) == GOODBYE
        line.send(GREETING)
        await until(lambda: len(server) == 0)
        line.writer.close()


async def test_at_the_end_whoever_is_listened_to_is_put_through() -> None:
    server = DetectorServer("127.0.0.1", 0, Kept())
    await server.start()
    line = await Line.open(server, str(uuid.uuid4()))
    line.send(quiet(100))
    await line.writer.drain()
    await until(lambda: len(server) == 1)
    stopping = asyncio.create_task(server.stop())
    assert await line.given_back() == GOODBYE
    await stopping
