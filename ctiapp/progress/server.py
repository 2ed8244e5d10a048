"""The detector as a process: a call's audio in by AudioSocket, its verdict kept, and then the line is given back.

A call is one connection; before it is answered, the channel that listens to it is another one. Nothing that goes wrong
here keeps a call: who cannot be heard, or whose verdict cannot be kept, is put through as a human.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from ctiapp.progress.detector import Detector
from ctiapp.progress.spectrum import FRAME_BYTES, FRAME_MS
from ctiapp.progress.verdict import Sound, Verdict
from ctiapp.store import Store
from ctiapp.switch.asterisk.audiosocket import AUDIO, GOODBYE, HANGUP, ID, Words, WrongWord, audio, call_of

log = logging.getLogger(__name__)

SILENCE = bytes(FRAME_BYTES)
PACKETS_MISSING_AFTER = 0.2
"""Seconds without a packet from which on the caller's silence is heard as silence: telephones may send none."""
JITTER = 0.1
"""Seconds of packets that may still come."""
TICK = 0.05
SIGN_OF_LIFE = 0.5
"""Seconds between two frames from us: Asterisk gives up a connection on which nothing moved for 2 s."""
EARLY_MEMORY_MS = 20_000
"""Before the answer a detector is renewed after so long: it may ring for a minute, and it remembers all."""
HANGS_UP_WITHIN = 1.0
"""Seconds."""
TELLS_NOTHING = (Sound.UNKNOWN, Sound.SILENCE)
"""Before the answer: the call goes on. So it does with `RINGBACK`, but that is told, once: many trunks say so in no
other way than by the tone."""

Keep = Callable[[str, Verdict, bool], None]
"""(call, verdict, whether the call is unanswered): keeps it, may block, raises what it likes."""


def keep_verdict(store: Store, call_id: str, verdict: Verdict, unanswered: bool) -> None:
    """With the attempt; a call that is none's is nobody's business."""
    with store.statements() as tx:
        tx.run(
            "store_verdict",
            attempt=call_id,
            verdict=verdict.word.value,
            reason=verdict.reason,
            confidence=verdict.confidence,
            milliseconds=verdict.latency_ms,
            unanswered=unanswered,
        )


class Call(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: DetectorServer) -> None:
        self._server = server
        self._words = Words()
        self._transport: asyncio.Transport | None = None
        self._pcm = b""
        self._began = self._last_packet = self._last_sign = time.monotonic()
        self.call_id = ""
        self.unanswered = False
        self.detector = Detector()
        self.decided = False
        self._rings = False
        self._said_goodbye = False

    # ---- asyncio.Protocol --------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._server.admit(self):
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.forget(self)

    def data_received(self, data: bytes) -> None:
        if self.decided:
            return
        try:
            for kind, payload in self._words.hear(data):
                self._take(kind, payload)
        except WrongWord as error:
            log.warning("not a call's audio: %s", error)
            self.close()

    def _take(self, kind: int, payload: bytes) -> None:
        if kind == ID and not self.call_id:
            self.call_id, self.unanswered = call_of(payload)
            self._listen_anew()
            self._server.heard_of(self)
        elif kind == AUDIO and self.call_id:
            self._last_packet = time.monotonic()
            self._pcm += payload
            while len(self._pcm) >= FRAME_BYTES and not self.decided:
                frame, self._pcm = self._pcm[:FRAME_BYTES], self._pcm[FRAME_BYTES:]
                self._hear(frame)
        elif kind == HANGUP:
            self.close()
        elif not self.call_id:
            raise WrongWord("it does not say which call it is")

    # ---- listening ---------------------------------------------------------------------------------------------

    def _listen_anew(self) -> None:
        self.detector = Detector("before_answer" if self.unanswered else "after_answer")
        self._began = time.monotonic()

    def _hear(self, frame: bytes) -> None:
        verdict = self.detector.hear(frame)
        if verdict is not None:
            self._decide(verdict)
        elif self.unanswered and self.detector.heard_ms >= EARLY_MEMORY_MS:
            self._listen_anew()

    def _decide(self, verdict: Verdict) -> None:
        if self.unanswered and (verdict.sound in TELLS_NOTHING or verdict.sound is Sound.RINGBACK):
            self._listen_anew()
            if verdict.sound is Sound.RINGBACK and not self._rings:
                self._rings = True
                self._server.keep(self, verdict)
            return
        self.decided = True
        self._server.keep(self, verdict, give_back=True)

    def keep_up(self, now: float) -> None:
        """Called every `TICK`: what does not come as packets is silence, and a call has its longest time."""
        if self._transport is None or self.decided:
            return
        if not self.call_id:
            if now - self._began > self._server.listen_for:
                self.close()
            return
        if now - self._last_sign >= SIGN_OF_LIFE:
            self._last_sign = now
            self._transport.write(audio(SILENCE))
        if now - self._last_packet >= PACKETS_MISSING_AFTER:
            missing = round((now - self._began - JITTER) * 1000) - self.detector.heard_ms
            for _ in range(min(missing // FRAME_MS, 10)):
                if not self.decided:
                    self._hear(SILENCE)
        if not self.unanswered and not self.decided and now - self._began >= self._server.listen_for:
            self._decide(self.detector.at_deadline())

    def close(self) -> None:
        """The dialplan goes on. The other side hangs up then; a socket closed over frames that nobody read would be
        reset instead, and the goodbye lost."""
        if self._said_goodbye or self._transport is None or self._transport.is_closing():
            return
        self.decided = self._said_goodbye = True
        self._transport.write(GOODBYE)
        self._transport.write_eof()
        asyncio.get_running_loop().call_later(HANGS_UP_WITHIN, self._transport.close)


class DetectorServer:
    """`keep` is called in a thread; a call waits for it `keep_within` at most. `listen_for`: the longest time from
    answer to verdict, below the dialplan's own limit."""

    def __init__(
        self,
        host: str,
        port: int,
        keep: Keep,
        *,
        listen_for: timedelta = timedelta(seconds=9),
        keep_within: timedelta = timedelta(seconds=1),
        most_calls: int = 1000,
    ) -> None:
        self.host, self.port = host, port
        self.listen_for = listen_for.total_seconds()
        self._keep, self._keep_within = keep, keep_within.total_seconds()
        self._most_calls = most_calls
        self._calls: set[Call] = set()
        self._threads = ThreadPoolExecutor(8, "keep")
        self._keeping: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        """How many connections are open."""
        return len(self._calls)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Call(self), self.host, self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Who is being listened to is put through."""
        if self._server is None or self._ticking is None:
            return
        self._server.close()
        self._ticking.cancel()
        for call in list(self._calls):
            call.close()
        await self._all_gone()
        with suppress(asyncio.CancelledError):
            await self._ticking
        await self._server.wait_closed()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _all_gone(self) -> None:
        until = time.monotonic() + 2 * HANGS_UP_WITHIN
        while self._calls and time.monotonic() < until:
            await asyncio.sleep(0.01)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            for call in list(self._calls):
                try:
                    call.keep_up(now)
                except Exception:
                    log.exception("a call cannot be listened to", extra={"call": call.call_id})
                    call.close()

    # ---- what calls tell ---------------------------------------------------------------------------------------

    def admit(self, call: Call) -> bool:
        if len(self._calls) >= self._most_calls:
            log.warning("too many calls at once: one is not listened to")
            return False
        self._calls.add(call)
        return True

    def forget(self, call: Call) -> None:
        self._calls.discard(call)

    def heard_of(self, call: Call) -> None:
        """Once it is answered, nobody needs to listen from beside."""
        same = [one for one in self._calls if one.call_id == call.call_id]
        if not all(one.unanswered for one in same):
            for one in same:
                if one.unanswered:
                    one.close()

    def keep(self, call: Call, verdict: Verdict, give_back: bool = False) -> None:
        keeping = asyncio.create_task(self._keep_verdict(call, verdict, give_back))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)

    async def _keep_verdict(self, call: Call, verdict: Verdict, give_back: bool) -> None:
        log.info(
            "heard: %s",
            verdict.sound.value,
            extra={
                "call": call.call_id,
                "answered": not call.unanswered,
                "reason": verdict.reason,
                "confidence": verdict.confidence,
                "heard_ms": verdict.heard_ms,
            },
        )
        kept = asyncio.get_running_loop().run_in_executor(
            self._threads, self._keep, call.call_id, verdict, call.unanswered
        )
        try:
            await asyncio.wait_for(kept, self._keep_within)
        except Exception as error:
            why = str(error).strip() or "it takes too long"
            log.warning("a verdict could not be kept: %s", why, extra={"call": call.call_id})
        finally:
            if give_back:
                call.close()
