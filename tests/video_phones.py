"""A SIP telephone with a camera and a screen: baresip with a moving picture of its own, which shows what it is sent.

async with VideoPhone(..., codec="h264") as phone: ...; assert await phone.sees("red", page)
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.phones import Phone
from tests.web_phones import write_picture

MODULES = {"vp8": "vp8", "h264": "avcodec"}
LOOK = """async (packed) => {
    const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const paper = new OffscreenCanvas(16, 12).getContext("2d");
    paper.drawImage(image, 0, 0, 16, 12);
    const dots = paper.getImageData(0, 6, 16, 1).data;
    const columns = Array.from({ length: 16 }, (_, n) => [...dots.slice(4 * n, 4 * n + 3)]);
    const sum = (rgb) => columns.reduce((all, one) => all + one[rgb], 0) / 16;
    const lights = columns.map(([r, g, b]) => r + g + b);
    return { red: sum(0), blue: sum(2), bar: lights.indexOf(Math.max(...lights)) };
}"""
"""As `seenIn` of the telephones in browsers."""


class VideoPhone(Phone):
    """Its picture is blue. It asks for no key frame and sends one each 128 frames: 30 of them a second."""

    def __init__(self, *all: Any, codec: str, **named: Any) -> None:
        super().__init__(*all, **named)
        self.codec = codec
        self._pictures = 0

    def _more(self) -> list[str]:
        picture = self._folder / "picture.y4m"
        write_picture(picture, red=False)
        head, frames = picture.read_bytes().replace(b"F10:1", b"F30:1", 1).split(b"\n", 1)
        picture.write_bytes(head + b"\n" + frames * 60)
        return [
            *(f"module {one}.so" for one in (MODULES[self.codec], "avformat", "fakevideo")),
            "module_app snapshot.so",
            f"video_source avformat,{picture}",
            "video_display fakevideo",
            "video_size 160x120",
            "video_fps 30",
            "video_bitrate 200000",
        ]

    async def sees(self, colour: str, page: Page, within: float = 8.0) -> bool:
        """Whether what it decodes is of that colour, "red" or "blue", and moves. `page`: any, to look at a PNG with."""
        deadline, bars = asyncio.get_running_loop().time() + within, set()
        other = "blue" if colour == "red" else "red"
        while len(bars) < 3:
            seen = await page.evaluate(LOOK, (await self._picture()).decode("latin-1"))
            if seen[colour] > seen[other] + 30:
                bars.add(seen["bar"])
            if asyncio.get_running_loop().time() > deadline:
                return False
        return True

    async def _picture(self) -> bytes:
        """The next picture that it decodes, as PNG."""
        self._pictures += 1
        file = Path(self._folder / f"seen-{self._pictures}.png")
        await self._command("snapshot_recv", str(file))
        for _ in range(500):
            if file.exists() and file.read_bytes()[-8:-4] == b"IEND":
                return file.read_bytes()
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.user} was sent no picture within 10 s")
