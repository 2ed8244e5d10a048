"""Telephones in Chromium for tests: the product's own chunk, a microphone fed from a WAV file with a tone of its own.

    async with a_browser(620) as browser:
        phone = await WebPhone.of_agent(browser, product, desk)
        await phone.state("registered"); …; assert await phone.hears(440)

Each tone is a browser of its own: Chromium's fake microphone is one a process.
"""

from __future__ import annotations

import array
import asyncio
import json
import math
import tempfile
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from ctiapp.settings import PROJECT
from tests.browsers import FLAGS, executable
from tests.desks import RobotDesk
from tests.product import Product

RATE = 48000
MEDIA = ("--allow-loopback-in-peer-connection", "--use-fake-device-for-media-stream")
LEAVE = "--use-fake-ui-for-media-stream"
CHUNK = "async (file) => { window.phoneChunk = await import(file); }"
EARS = """() => {
    // What this page's telephone hears, and which picture it is sent.
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
        constructor(...all) {
            super(...all);
            window.connection = this;
            this.addEventListener("track", (event) => listen(event.streams[0]));
        }
    };
    const listen = (stream) => {
        if (!stream.getAudioTracks().length) return;
        const context = (window.context ??= new AudioContext());
        const analyser = context.createAnalyser();
        analyser.fftSize = 8192;
        context.createMediaStreamSource(stream).connect(analyser);
        window.analyser = analyser;
    };
    window.shareAt = (hertz) => {
        if (!window.analyser) return 0;
        const levels = new Float32Array(analyser.frequencyBinCount);
        analyser.getFloatFrequencyData(levels);
        const width = context.sampleRate / analyser.fftSize;
        let all = 0, at = 0;
        levels.forEach((level, bin) => {
            const power = 10 ** (level / 10);
            all += power;
            if (Math.abs(bin * width - hertz) < 30) at += power;
        });
        return all > 1e-7 ? at / all : 0;
    };
    window.seenIn = (video) => {
        // What is on the picture now: how blue and how red it is, and where the bright bar stands.
        if (!video?.videoWidth) return null;
        const canvas = document.createElement("canvas");
        canvas.width = 16;
        canvas.height = 12;
        const paper = canvas.getContext("2d");
        paper.drawImage(video, 0, 0, 16, 12);
        const dots = paper.getImageData(0, 6, 16, 1).data;
        const columns = Array.from({ length: 16 }, (_, n) => [...dots.slice(4 * n, 4 * n + 3)]);
        const sum = (rgb) => columns.reduce((all, one) => all + one[rgb], 0) / 16;
        const lights = columns.map(([r, g, b]) => r + g + b);
        return { red: sum(0), blue: sum(2), bar: lights.indexOf(Math.max(...lights)) };
    };
    window.counters = async () => {
        const found = { packetsReceived: 0, packetsSent: 0, energy: 0, codec: "" };
        if (!window.connection) return found;
        for (const one of (await connection.getStats()).values()) {
            if (one.type === "inbound-rtp" && one.kind === "audio") {
                found.packetsReceived = one.packetsReceived;
                found.energy = one.totalAudioEnergy;
            }
            if (one.type === "outbound-rtp" && one.kind === "audio") found.packetsSent = one.packetsSent;
            if (one.type === "codec" && one.mimeType.startsWith("audio")) found.codec = one.mimeType;
        }
        return found;
    };
}"""
PLAY = """async ([kind, access, station, wishes]) => {
    const seen = (window.states = []);
    window.samples = [];
    const look = (stream) => {
        window.picture = stream;
        const video = (window.video ??= document.createElement("video"));
        video.muted = true;
        video.srcObject = stream;
        if (stream) void video.play();
    };
    window.seen = () => window.picture ? seenIn(video) : null;
    const all = {
        access: async () => access,
        show: (state) => seen.push({ ...state, at: Date.now() }),
        quality: (sample) => window.samples.push(sample),
        video: (stream) => look(stream),
        ...wishes,
    };
    window.phone = kind === "agent" ? phoneChunk.stationTelephone(station, all) : phoneChunk.pageTelephone(all);
    await phone.start();
}"""


@asynccontextmanager
async def a_browser(tone: int, *flags: str, leave: bool = True) -> AsyncIterator[Browser]:
    """A Chromium whose microphone hears `tone` Hz. Without `leave` nobody may use the microphone."""
    with tempfile.TemporaryDirectory(prefix="tone-") as folder:
        sound, picture = Path(folder) / "tone.wav", Path(folder) / "picture.y4m"
        write_tone(sound, tone)
        write_picture(picture, red=tone < 500)
        files = [f"--use-file-for-fake-audio-capture={sound}", f"--use-file-for-fake-video-capture={picture}"]
        args = [*FLAGS, *MEDIA, *([LEAVE] if leave else []), *files, *flags]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=executable(), args=args)
            try:
                yield browser
            finally:
                await browser.close()


def write_tone(file: Path, tone: int) -> None:
    second = array.array("h", (int(12000 * math.sin(2 * math.pi * tone * n / RATE)) for n in range(RATE)))
    with wave.open(str(file), "wb") as recording:
        recording.setparams((1, 2, RATE, 0, "NONE", ""))
        recording.writeframes(second.tobytes() * 2)


def write_picture(file: Path, red: bool) -> None:
    """A red or a blue picture on which a bright bar walks from left to right, a column a frame."""
    width, height, bar = 160, 120, 10
    frames = [b"YUV4MPEG2 W160 H120 F10:1 Ip A1:1 C420jpeg\n"]
    chroma = (bytes([90]), bytes([220])) if red else (bytes([220]), bytes([90]))
    for step in range(width // bar):
        row = bytearray([70]) * width
        row[step * bar : (step + 1) * bar] = bytes([230]) * bar
        planes = bytes(row) * height, *(one * (width * height // 4) for one in chroma)
        frames += [b"FRAME\n", *planes]
    file.write_bytes(b"".join(frames))


class WebPhone:
    """The telephone in one page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def of_agent(cls, browser: Browser, product: Product, desk: RobotDesk, **wishes: Any) -> WebPhone:
        """At the desk's station, which is one in a browser."""
        station = desk.views[-1]["agent"]["station"]
        return await cls._open(browser, product, "agent", desk.get("agent/telephone"), station, wishes)

    @classmethod
    async def of_customer(cls, browser: Browser, product: Product, status: dict, **wishes: Any) -> WebPhone:
        """Of the customer who clicked; it has its target, and has not dialled."""
        answer = await asyncio.to_thread(product.customer, status, "POST", "/telephone")
        assert answer.ok, answer.text
        phone = await cls._open(browser, product, "customer", answer.json(), "", wishes)
        phone.target = answer.json()["target"]
        return phone

    target = ""

    @classmethod
    async def _open(
        cls, browser: Browser, product: Product, kind: str, access: dict, station: str, wishes: dict
    ) -> WebPhone:
        page = await (await browser.new_context()).new_page()
        await page.goto(product.settings.web_url)
        phone = cls(page)
        await phone.load(kind, access, station, wishes)
        return phone

    async def load(self, kind: str, access: dict, station: str, wishes: dict) -> None:
        await self.page.evaluate(EARS)
        await self.page.evaluate(CHUNK, f"/assets/{next((PROJECT / 'web/dist/assets').glob('phone-*.js')).name}")
        await self.page.evaluate(PLAY, [kind, access, station, wishes])

    async def do(self, deed: str) -> Any:
        """`phone.answer()`, say."""
        return await self.page.evaluate(f"() => {deed}")

    async def dial(self, target: str = "") -> None:
        """As soon as it has a line."""
        await self.page.wait_for_function("() => states.at(-1)?.line")
        await self.do(f"phone.dial({json.dumps(target or self.target)})")

    async def state(self, name: str, within: float = 10) -> dict:
        """Once it is in that state; the state. AssertionError with all that it was in."""
        deadline = asyncio.get_running_loop().time() + within
        while True:
            states = await self.do("states")
            if states and states[-1]["name"] == name:
                return states[-1]
            assert asyncio.get_running_loop().time() < deadline, (name, states)
            await asyncio.sleep(0.02)

    async def hears(self, tone: int, within: float = 6.0) -> bool:
        """Whether the other's tone is what comes out, at the latest then."""
        return await hears(self.page, tone, within)

    async def counters(self) -> dict:
        return await self.do("counters()")

    async def camera(self) -> bool:
        """Ours is seen from now on; whether the call could have it."""
        return await self.do(
            "phone.showCamera(() => navigator.mediaDevices.getUserMedia({ video: true })).then(Boolean)"
        )

    async def sees(self, colour: str, within: float = 8.0) -> bool:
        """Whether the other's picture is shown and moves, at the latest then. `colour`: "red" or "blue"."""
        return await sees(self.page, "seen()", colour, within)


async def hears(page: Page, tone: int, within: float = 6.0) -> bool:
    """Of a page with EARS: whether the tone is what comes out, at the latest then."""
    deadline = asyncio.get_running_loop().time() + within
    while await page.evaluate(f"() => shareAt({tone})") < 0.5:
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


async def sees(page: Page, seen: str, colour: str, within: float = 8.0) -> bool:
    """Of a page with EARS: whether the picture that `seen` looks at is of that colour, "red" or "blue", and moves."""
    deadline, bars = asyncio.get_running_loop().time() + within, set()
    while len(bars) < 3:
        found = await page.evaluate(f"() => {seen}")
        other = "blue" if colour == "red" else "red"
        if found and found[colour] > found[other] + 30:
            bars.add(found["bar"])
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.1)
    return True
