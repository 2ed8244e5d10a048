"""Real SIP telephones for tests: baresip, told what to do over its control socket, heard by what it recorded.

`async with Phone(...) as phone: await phone.dial("70001"); await phone.event("CALL_ESTABLISHED")`. Each phone plays a
tone of its own, so that what the other side recorded proves who was heard.
"""

from __future__ import annotations

import array
import asyncio
import ctypes
import itertools
import json
import math
import shutil
import signal
import socket
import tempfile
import time
import wave
from pathlib import Path

from tests.switchboard import TRUNK_ADDRESS, TRUNK_PORT

MODULES = ("g711", "aufile", "sndfile", "account", "menu", "ctrl_tcp")
MODULE_FOLDERS = (
    "/usr/lib/baresip/modules",
    "/usr/lib/x86_64-linux-gnu/baresip/modules",
    "/usr/local/lib/baresip/modules",
)
RATE = 8000
AUDIBLE = 0.5
"""The share of the recorded energy that must lie at the other's tone."""
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent() -> None:
    """Runs in the child: a test that is killed leaves no telephone behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Phone:
    """One telephone with one account. `host` is its own loopback address (127.0.0.3 and up)."""

    def __init__(
        self, user: str, password: str, server: str, host: str, tone: int = 440, answer: str = "manual"
    ) -> None:
        self.user, self.server, self.host, self.tone = user, server, host, tone
        self.events: list[dict] = []
        self._password, self._answer = password, answer
        self._port, self._says = 0, b""
        self._folder = Path(tempfile.mkdtemp(prefix=f"phone-{user}-"))
        self._control = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._news = asyncio.Condition()
        self._reading: asyncio.Task | None = None
        self._tokens = itertools.count(1)

    async def __aenter__(self) -> Phone:
        self._write_configuration()
        log = (self._folder / "log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            *("baresip", "-4", "-f", str(self._folder)),
            stdout=log,
            stderr=log,
            stdin=asyncio.subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        log.close()
        await self._connect()
        await self._registered()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reading:
            self._reading.cancel()
        if self._writer:
            self._writer.close()
        if self._process and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 3)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def kill(self) -> None:
        """As if its cable were pulled."""
        assert self._process
        self._process.kill()
        await self._process.wait()

    async def dial(self, number: str) -> None:
        await self._command("dial", number)

    async def answer(self) -> None:
        await self._command("accept")

    async def hang_up(self) -> None:
        """Ends the call, refuses a ringing one (486)."""
        await self._command("hangup")

    async def event(self, *kinds: str, within: float = 10, after: int = 0) -> dict:
        """The first event of one of these kinds, `after` so many earlier ones; AssertionError if it does not come.
        Its `seen_at`: when it was told here, seconds since the epoch."""

        def found() -> dict | None:
            return next((event for event in self.events[after:] if event.get("type") in kinds), None)

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(lambda: found() is not None), within)
            except TimeoutError:
                seen = [event.get("type") for event in self.events]
                raise AssertionError(f"{self.user}: none of {kinds} within {within} s; seen {seen}") from None
        event = found()
        assert event is not None
        return event

    def heard(self) -> dict[int, float]:
        """What the phone received in all its calls: the share of energy at each test tone, by frequency in Hz."""
        samples = self._received()
        return {tone: _share(samples, tone) for tone in (440, 620, 880, 1040)}

    async def share(self, tone: int) -> float:
        """Of all that it received, at that tone."""
        return self.heard()[tone]

    async def hears(self, tone: int, within: float = 6.0) -> bool:
        """Whether the other's tone is what it receives, at the latest then."""
        deadline = asyncio.get_running_loop().time() + within
        while self.heard()[tone] < AUDIBLE:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.2)
        return True

    def loudness(self) -> float:
        """Root mean square of all that it received, 0 to 32767."""
        samples = self._received()
        return math.sqrt(math.fsum(float(sample) ** 2 for sample in samples) / len(samples)) if samples else 0.0

    def lately(self, tone: int) -> tuple[float, float]:
        """Of the last half second that it received: the share at that tone, and the root mean square."""
        samples = self._received()[-RATE // 2 :]
        energy = math.fsum(float(sample) ** 2 for sample in samples)
        return _share(samples, tone), math.sqrt(energy / len(samples)) if samples else 0.0

    # ---- below ---------------------------------------------------------------------------------------------

    def _received(self) -> array.array:
        samples = array.array("h")
        for file in sorted(self._folder.glob("dump-*-dec.wav")):
            samples.extend(_samples(file))
        return samples

    def _write_configuration(self) -> None:
        _write_tone(self._folder / "tone.wav", self.tone, self._says)
        modules = next(folder for folder in MODULE_FOLDERS if Path(folder).is_dir())
        lines = [
            f"net_interface {self.host}",
            f"sip_listen {self.host}:{self._port}",
            f"audio_source aufile,{self._folder}/tone.wav",
            f"audio_player aufile,{self._folder}/play.wav",
            f"audio_alert aufile,{self._folder}/alert.wav",
            "ausrc_srate 8000",
            "auplay_srate 8000",
            "ausrc_channels 1",
            "auplay_channels 1",
            "rtp_stats no",
            f"snd_path {self._folder}",
            f"module_path {modules}",
            *(f"module {module}.so" for module in MODULES[:3]),
            "module_tmp account.so",
            "module_app menu.so",
            "module_app ctrl_tcp.so",
            f"ctrl_tcp_listen 127.0.0.1:{self._control}",
            *self._more(),
        ]
        (self._folder / "config").write_text("\n".join(lines) + "\n")
        (self._folder / "accounts").write_text(f"{self._account()};answermode={self._answer}\n")
        (self._folder / "contacts").write_text("")

    def _more(self) -> list[str]:
        """Lines of its configuration that only some telephones have."""
        return []

    def _account(self) -> str:
        return f"<sip:{self.user}@{self.server}>;auth_user={self.user};auth_pass={self._password};regint=60"

    async def _connect(self) -> None:
        for _ in range(100):
            try:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._control)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            self._reading = asyncio.create_task(self._read(reader))
            return
        raise AssertionError(f"baresip did not start: {(self._folder / 'log').read_text(errors='replace')[-800:]}")

    async def _registered(self) -> None:
        """The control socket may open after the answer to REGISTER came: the log has it in any case."""
        for _ in range(200):
            if "200 OK" in (self._folder / "log").read_text(errors="replace"):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{self.user} did not register: {(self._folder / 'log').read_text()[-800:]}")

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                length = int((await reader.readuntil(b":"))[:-1])
                event = json.loads(await reader.readexactly(length))
                await reader.readexactly(1)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            async with self._news:
                self.events.append(event | {"seen_at": time.time()})
                self._news.notify_all()

    async def _command(self, command: str, parameters: str = "") -> None:
        assert self._writer
        body = json.dumps({"command": command, "params": parameters, "token": str(next(self._tokens))})
        self._writer.write(f"{len(body)}:{body},".encode())
        await self._writer.drain()


class PublicPhone(Phone):
    """Somebody's telephone in the public network, where calls out go to. It says `says` (16-bit samples, 8 kHz), then
    plays its tone."""

    def __init__(self, number: str, says: bytes, tone: int = 440, answer: str = "manual") -> None:
        super().__init__(number, "", f"{TRUNK_ADDRESS}:{TRUNK_PORT}", TRUNK_ADDRESS, tone, answer)
        self._port, self._says = TRUNK_PORT, says

    def _account(self) -> str:
        return f"<sip:{self.user}@{self.server}>;regint=0"

    async def _registered(self) -> None:
        """It is not."""


def _write_tone(file: Path, tone: int, first: bytes, seconds: int = 120) -> None:
    sound = array.array("h", (int(12000 * math.sin(2 * math.pi * tone * n / RATE)) for n in range(RATE)))
    with wave.open(str(file), "wb") as recording:
        recording.setparams((1, 2, RATE, 0, "NONE", ""))
        recording.writeframes(first + sound.tobytes() * seconds)


def _samples(file: Path) -> array.array:
    """All that was written so far: while a call lasts, the header does not say how much that is."""
    body = file.read_bytes()[44:]
    samples = array.array("h")
    samples.frombytes(body[: len(body) // 2 * 2])
    return samples


def _share(samples: array.array, tone: int) -> float:
    """Goertzel: which share of the energy lies at `tone` Hz, 0 to 1."""
    energy = math.fsum(float(sample) * sample for sample in samples)
    if not energy:
        return 0.0
    turn = 2 * math.cos(2 * math.pi * tone / RATE)
    best, block = 0.0, RATE // 4
    for start in range(0, len(samples) - block, block):
        part = samples[start : start + block]
        total = math.fsum(float(sample) * sample for sample in part)
        if total < block * 1000:  # all but silence
            continue
        one = two = 0.0
        for sample in part:
            one, two = sample + turn * one - two, one
        best = max(best, 2 * (one * one + two * two - turn * one * two) / (block * total))
    return best
