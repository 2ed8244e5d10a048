"""An agent's console in Chromium whose station is its own telephone, for tests.

async with a_browser(620) as browser:
    console = await Console.sign_in(browser, product)
    await console.ready(); await console.state("ringing"); await console.page.keyboard.press("a")
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.product import Product
from tests.web_phones import EARS, hears, sees

IN_TIME = 20_000
POLICY = """document.addEventListener("securitypolicyviolation",
    (e) => console.error("Content Security Policy: " + e.violatedDirective + " " + e.blockedURI))"""


class Console:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if "Policy" in line.text else None)

    @classmethod
    async def opened(cls, context: BrowserContext, product: Product) -> Console:
        """Another tab of the same browser: signed in already, if the first is."""
        page = await context.new_page()
        page.set_default_timeout(IN_TIME)
        await page.add_init_script(f"({EARS})()")
        await page.add_init_script(POLICY)
        console = cls(page)
        await page.goto(f"{product.settings.web_url}/console")
        return console

    @classmethod
    async def sign_in(
        cls, browser: Browser, product: Product, agent: str = "1042", station: str = "2111", width: int = 1280
    ) -> Console:
        context = await browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
        console = await cls.opened(context, product)
        page = console.page
        await page.get_by_label("Agent id").fill(agent)
        await page.get_by_label("Password").fill(product.password(agent))
        await page.get_by_label("Station").fill(station)
        await page.locator("[data-part=sign-in]").click()
        return console

    async def registered(self) -> Console:
        await self.phone("Registered")
        return self

    async def ready(self) -> Console:
        """Registered, and ready for a call."""
        await self.registered()
        await self.page.keyboard.press("r")
        await self.state("ready")
        return self

    async def state(self, name: str) -> None:
        """Of the agent, on screen."""
        await expect(self.page.locator(".state")).to_have_attribute("data-state", name, timeout=IN_TIME)

    async def phone(self, words: str) -> None:
        """What stands beside the station's name."""
        await expect(self.page.locator("[data-part=phone-line]")).to_have_text(words, timeout=IN_TIME)

    async def stands(self, words: str) -> None:
        """What the call is in: muted, on hold."""
        await expect(self.page.locator("[data-part=standing]")).to_contain_text(words, timeout=IN_TIME)

    async def says(self, words: str) -> None:
        await expect(self.page.locator("[data-part=phone-banner]")).to_contain_text(words, timeout=IN_TIME)

    async def shows(self, part: str) -> None:
        await expect(self.page.locator(f"[data-part={part}]")).to_be_visible(timeout=IN_TIME)

    async def press(self, part: str) -> None:
        await self.page.locator(f"[data-part={part}]").click()

    async def answer(self) -> None:
        """By the key, as soon as it can be."""
        await self.shows("answer")
        await self.page.keyboard.press("a")
        await self.state("talking")

    async def hears(self, tone: int, within: float = 6.0) -> bool:
        return await hears(self.page, tone, within)

    async def sees(self, colour: str) -> bool:
        return await sees(self.page, "seenIn(document.querySelector('[data-part=their-picture]'))", colour)

    async def flows(self, within: float = 1.0) -> dict[str, Any]:
        """What getStats counts once sound comes and goes; AssertionError if not within so many seconds of now."""
        since = time.monotonic()
        while True:
            seen = await self.page.evaluate("() => counters()")
            if seen["packetsReceived"] > 3 and seen["packetsSent"] > 3:
                return seen
            assert time.monotonic() - since < within, seen
            await asyncio.sleep(0.02)
