"""Plays Fig. 3 of the patent with real parts and says what proved each operation: `make figure3`.

Chromium is the shop's customer and the agent's console, baresip the customer's and the agent's telephone, Asterisk the
switch. Exit code 0 only if all operations happened, in order, the page before the ring, and both were heard.
"""

from __future__ import annotations

import asyncio
import select
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Page, Request

from ctiapp.demo.first_start import FIRST_AGENT
from ctiapp.store.store import connect
from tests.browsers import chromium
from tests.phones import Phone
from tests.product import Product

AUDIBLE = 0.5
"""The share of the recorded energy that must lie at the other's tone."""
CUSTOMER_TONE, AGENT_TONE = 440, 620
RESERVED = """
    select extract(epoch from r.page_shown_at)::float as shown, extract(epoch from i.created_at)::float as made,
           r.agent, i.id
      from reservation r join interaction i on i.id = r.interaction where r.number = %s and r.state = 'reserved'"""
NOTE_THE_CLICK = """() => addEventListener("click", (event) => {
    window.clickedAt = performance.timeOrigin + event.timeStamp;
}, true)"""
ORDER = ("310", "312", "314", "316", "320", "324", "326", "325", "330", "332")
"""Any of 326 (number shown) and 325 (page at the agent) may be first; the others are in this order."""


@dataclass
class Figure:
    """What happened, and when: operation -> (seconds since the epoch, what proved it)."""

    seen: dict[str, tuple[float, str]] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)

    def saw(self, operation: str, proof: str, at: float | None = None) -> None:
        self.seen.setdefault(operation, (at or time.time(), proof))

    def check(self, what: str, holds: bool) -> None:
        self.checks[what] = bool(holds)

    def report(self) -> bool:
        click = self.seen["316"][0]
        print(f"{'operation':<10}{'ms since the click':>19}  what proved it")
        for operation in ORDER:
            at, proof = self.seen.get(operation, (0.0, "DID NOT HAPPEN"))
            print(f"{operation:<10}{(at - click) * 1000 if at else 0:>19.1f}  {proof}")
        for what, holds in self.checks.items():
            print(f"{'ok' if holds else 'FAILED':<10}{what}")
        return set(ORDER) <= set(self.seen) and all(self.checks.values())

    def in_order(self) -> bool:
        times = [self.seen[operation][0] for operation in ORDER if operation in self.seen]
        numbered = self.seen["326"][0] <= self.seen["330"][0] and self.seen["325"][0] <= self.seen["330"][0]
        return times[:6] == sorted(times[:6]) and numbered and self.seen["330"][0] <= self.seen["332"][0]


class Committed(threading.Thread):
    """When the database told that a number was tied to somebody: the commit of the reservation."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.numbers: list[tuple[float, str]] = []
        self._connection = connect(url, "figure3")
        self._connection.autocommit = True
        self._connection.cursor().execute("listen ctiapp")
        self.stopped = False

    def run(self) -> None:
        while not self.stopped:
            if not select.select([self._connection], [], [], 0.2)[0]:
                continue
            self._connection.poll()
            now = time.time()
            self.numbers += [(now, n.payload[7:]) for n in self._connection.notifies if n.payload.startswith("number:")]
            self._connection.notifies.clear()


async def play(product: Product, screenshot: Path) -> Figure:
    figure = Figure()
    settings = product.settings
    committed = Committed(product.url)
    committed.start()
    async with (
        product.station_phone("2101", AGENT_TONE) as agent_phone,
        product.customer_phone("1001", CUSTOMER_TONE) as customer_phone,
        chromium() as browser,
    ):
        console = await browser.new_page(viewport={"width": 1280, "height": 800})
        await sign_in(console, product)
        shop = await browser.new_page(viewport={"width": 1280, "height": 900})
        await visit(shop, f"{settings.shop_url}/", figure)
        number = await click(shop, figure)
        await page_at_agent(console, product, number, figure)
        committed_at = next(at for at, told in committed.numbers if told == number)
        figure.saw("324", f"{number} is tied to agent {FIRST_AGENT} (NOTIFY at the commit)", committed_at)
        await call(customer_phone, agent_phone, product, number, figure)
        await console.screenshot(path=screenshot)
        figure.check("the console shows the customer's page at the ring", await shows(console, "Larkmoor"))
        await talk(customer_phone, agent_phone, figure)
        await shop.get_by_text("Noor", exact=False).first.wait_for(timeout=5000)
    committed.stopped = True
    figure.check("the operations came in order", figure.in_order())
    return figure


async def sign_in(console: Page, product: Product) -> None:
    await console.goto(f"{product.settings.web_url}/console")
    for name, value in (("agent", FIRST_AGENT), ("password", product.password(FIRST_AGENT)), ("station", "2101")):
        await console.locator(f"input[name={name}]").fill(value)
    await console.locator("[data-part=sign-in]").click()
    await console.locator("[data-part=next-state]").click()
    await console.locator(".state[data-state=ready]").wait_for(timeout=10000)


async def visit(shop: Page, url: str, figure: Figure) -> None:
    def requested(request: object) -> None:
        if request.url == url:  # type: ignore[attr-defined]
            figure.saw("310", f"GET {url} left the browser")

    def answered(response: object) -> None:
        if response.url == url:  # type: ignore[attr-defined]
            figure.saw("312", f"the shop answered {response.status}")  # type: ignore[attr-defined]

    shop.on("request", requested)
    shop.on("response", answered)
    await shop.goto(url)
    await shop.locator("ctiapp-button").first.locator("button").wait_for(timeout=10000)
    figure.saw("314", "the page shows the button Talk to us")


async def click(shop: Page, figure: Figure) -> str:
    """The number. The click's time is the browser's own."""
    sent: list[int] = []

    def requested(request: Request) -> None:
        if request.url.endswith("/call-us") and request.method == "POST":
            sent.append(len(request.post_data or ""))

    shop.on("request", requested)
    await shop.locator("ctiapp-button").first.locator("button").click()
    await shop.evaluate(NOTE_THE_CLICK)
    await shop.locator("[data-part=call-us]").click()
    shown = shop.locator("[data-part=number]")
    await shown.wait_for(timeout=10000)
    figure.saw("326", f"the shop's page shows {await shown.inner_text()}")
    clicked_at = await shop.evaluate("window.clickedAt") / 1000
    figure.saw("316", f"POST call-us left the browser, {sent[0]} bytes with the page", clicked_at)
    return (await shop.locator("[data-part=call]").get_attribute("href") or "").removeprefix("tel:")


async def page_at_agent(console: Page, product: Product, number: str, figure: Figure) -> None:
    await console.locator("[data-part=record-name]").wait_for(timeout=10000)
    for _ in range(200):
        row = product.sql(RESERVED, number)
        if row and row[0]["shown"]:
            break
        await asyncio.sleep(0.02)
    figure.saw("320", f"interaction {row[0]['id'][:8]}… stored, agent {row[0]['agent']} chosen", row[0]["made"])
    figure.saw("325", "the console has page and record on screen and acknowledged it", row[0]["shown"])
    figure.check("the agent's page is the customer's", await shows(console, "Larkmoor"))


async def shows(console: Page, words: str) -> bool:
    """Whether the sandboxed copy of the customer's page has these words in it."""
    for frame in console.frames[1:]:
        if words in (await frame.evaluate("document.body ? document.body.innerText : ''")):
            return True
    return False


async def call(customer: Phone, agent: Phone, product: Product, number: str, figure: Figure) -> None:
    figure.saw("330", f"the customer's telephone dialled {number}")
    await customer.dial(number)
    await agent.event("CALL_INCOMING")
    figure.saw("332", "the agent's telephone rings (CALL_INCOMING at baresip 2101)")
    called = product.sql("select c.dialled, i.channel from call c join interaction i on i.id = c.interaction")
    figure.check(
        "the switch asked for a route, and the call is the click's interaction",
        called == [{"dialled": number, "channel": "call_us"}],
    )
    figure.check("the page was there before the ring", figure.seen["325"][0] < figure.seen["332"][0])


async def talk(customer: Phone, agent: Phone, figure: Figure) -> None:
    await agent.answer()
    await customer.event("CALL_ESTABLISHED")
    await asyncio.sleep(2.0)
    heard_by_agent, heard_by_customer = agent.heard()[CUSTOMER_TONE], customer.heard()[AGENT_TONE]
    figure.check(
        f"the agent hears the customer ({heard_by_agent:.0%} of the energy at 440 Hz)", heard_by_agent > AUDIBLE
    )
    figure.check(f"the customer hears the agent ({heard_by_customer:.0%} at 620 Hz)", heard_by_customer > AUDIBLE)
    await customer.hang_up()


def main() -> None:
    with Product() as product:
        screenshot = product.settings.state / "figure3-console-at-the-ring.png"
        figure = asyncio.run(play(product, screenshot))
    complete = figure.report()
    print(f"screenshot of the console at the ring: {screenshot}")
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    main()
