"""The figures with telephones in browsers: the customer's is the call window, the agent's is the console.

Each is a Chromium of its own with its own tone as microphone and its own moving picture as camera; what the other one
hears is measured in the page, what it sees on the frames that it decoded.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page
from playwright.async_api import TimeoutError as NotInTime

from tests.consoles import Console
from tests.figures import NOTE_CLICKS, Figure, clicked_at
from tests.product import Product
from tests.web_phones import EARS, a_browser, hears, sees

AGENT, CUSTOMER = 620, 440
"""What each is heard by, in Hz."""
STATION = "2111"
RANG = """new MutationObserver(() => {
    if (document.querySelector("[data-part=answer]")) window.rang ??= Date.now();
}).observe(document, { subtree: true, childList: true })"""
PICTURES = """async () => {
    for (const one of (await connection.getStats()).values())
        if (one.type === "inbound-rtp" && one.kind === "video")
            return { frames: one.framesDecoded, keys: one.keyFramesDecoded };
    return { frames: 0, keys: 0 };
}"""


@dataclass
class ConsolePhone:
    """The console as its agent's telephone, asked as baresip is."""

    console: Console
    named: str = f"the console at station {STATION}"
    tone: int = AGENT
    events: list[dict] = field(default_factory=list)

    async def event(self, kind: str, within: float = 10) -> dict:
        """CALL_INCOMING: it rings on screen; CALL_ESTABLISHED: the console says that they talk."""
        part = {"CALL_INCOMING": "[data-part=answer]", "CALL_ESTABLISHED": ".state[data-state=talking]"}[kind]
        await self.console.page.locator(part).wait_for(timeout=within * 1000)
        rang = await self.console.page.evaluate("window.rang") if kind == "CALL_INCOMING" else None
        self.events.append({"type": kind, "seen_at": rang / 1000 if rang else time.time()})
        return self.events[-1]

    async def answer(self) -> None:
        await self.console.page.locator("[data-part=answer]").click()

    async def hears(self, tone: int) -> bool:
        return await self.console.hears(tone)

    async def share(self, tone: int) -> float:
        return await self.console.page.evaluate("(tone) => shareAt(tone)", tone)


@asynccontextmanager
async def console_phone(product: Product, ready: bool = True) -> AsyncIterator[ConsolePhone]:
    """Somebody at a console that is their telephone."""
    async with a_browser(AGENT) as browser:
        console = await Console.sign_in(browser, product, station=STATION)
        await console.page.evaluate(RANG)
        await console.registered()
        if ready:
            await console.ready()
        yield ConsolePhone(console)


@asynccontextmanager
async def shop_page() -> AsyncIterator[Page]:
    """The customer's browser, which has a microphone and a camera."""
    async with a_browser(CUSTOMER) as browser:
        yield await shop_in(browser)


async def shop_in(browser: Browser) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    await context.add_init_script(NOTE_CLICKS)
    await context.add_init_script(f"({EARS})()")
    return await context.new_page()


@dataclass
class WindowPhone:
    """The call window, as far as the click has come."""

    page: Page
    tone: int = CUSTOMER

    async def hears(self, tone: int) -> bool:
        return await hears(self.page, tone)

    async def share(self, tone: int) -> float:
        return await self.page.evaluate("(tone) => shareAt(tone)", tone)

    async def talks(self) -> None:
        title = self.page.locator("[data-part=title]")
        await title.filter(has_text="Talking with Noor").wait_for(timeout=10_000)

    async def hang_up(self) -> None:
        await self.page.locator("[data-part=hang-up]").click()


async def call_from_the_page(shop: Page, figure: Figure, video: bool) -> WindowPhone:
    """The click, and the window that it opens."""
    part, what = ("video", "Video") if video else ("voice", "Voice")
    async with shop.expect_popup() as opened:
        await shop.locator(f"[data-part={part}]").click()
    proof = f"a click on {what}: a window opens and dials its one-time target"
    figure.saw("330", proof, await clicked_at(shop))
    return WindowPhone(await opened.value)


async def both_see(customer: WindowPhone, agent: ConsolePhone, figure: Figure) -> None:
    """Video that was asked for by the customer's click: the agent looks, then shows theirs."""
    window, console = customer.page, agent.console.page
    await console.locator("[data-part=look]").click()
    seen = await sees(console, "seenIn(document.querySelector('[data-part=their-picture]'))", "red")
    figure.check(f"the agent sees the customer's moving picture ({await _decoded(console)})", seen)
    hidden = await window.locator("[data-part=theirs]").is_hidden()
    figure.check("nobody sees the agent before the agent's own click", hidden)
    await console.locator("[data-part=video]").click()
    try:
        await window.locator("[data-part=theirs]").wait_for(timeout=10_000)
    except NotInTime:
        figure.check("the agent's picture came", False)
        return
    seen = await sees(window, "seenIn(document.querySelector('[data-part=theirs]'))", "blue")
    figure.check(f"the customer sees the agent's moving picture ({await _decoded(window)})", seen)


async def _decoded(page: Page) -> str:
    found = await page.evaluate(PICTURES)
    return f"{found['frames']} frames decoded, {found['keys']} of them whole"
