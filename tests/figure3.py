"""Plays Fig. 3 of the patent with real parts and says what proved each operation: `make figure3`.

Chromium is the shop's customer and the agent's console, baresip the customer's and the agent's telephone, Asterisk the
switch. Exit code 0 only if all operations happened, in order, the page before the ring, and both were heard.

`PHONES=browser`: the customer calls from the page, the agent's telephone is the console. `VIDEO=1`: with pictures.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from playwright.async_api import Page, Request

from ctiapp.demo.first_start import FIRST_AGENT
from tests.browsers import chromium
from tests.figure_browsers import both_see, call_from_the_page, console_phone, shop_page
from tests.figures import (
    NOTE_CLICKS,
    Committed,
    Figure,
    both_hear,
    clicked_at,
    moves_on,
    shows,
    sign_in,
    to_its_end,
    visit,
)
from tests.product import Product
from tests.switch.until import until

RESERVED = """
    select extract(epoch from r.page_shown_at)::float as shown, extract(epoch from i.created_at)::float as made,
           r.agent, i.id
      from reservation r join interaction i on i.id = r.interaction where r.number = %s and r.state = 'reserved'"""
CALLED = "select c.dialled, i.channel from call c join interaction i on i.id = c.interaction"
ORDER = (("310",), ("312",), ("314",), ("316",), ("320",), ("324",), ("326", "325"), ("330",), ("332",))
"""Any of 326 (number shown) and 325 (page at the agent) may be first."""


async def play(product: Product, screenshot: Path) -> Figure:
    figure = Figure(ORDER, click="316")
    async with (
        product.station_phone("2101") as agent_phone,
        product.customer_phone("1001") as customer_phone,
        chromium() as browser,
    ):
        console = await browser.new_page(viewport={"width": 1280, "height": 800})
        await sign_in(console, product)
        shop = await browser.new_page(viewport={"width": 1280, "height": 900})
        await shop.add_init_script(NOTE_CLICKS)
        number = await until_the_page_is_shown(product, console, shop, figure)
        figure.saw("330", f"the customer's telephone dialled {number}")
        await customer_phone.dial(number)
        await agent_phone.event("CALL_INCOMING")
        figure.saw("332", "the agent's telephone rings (CALL_INCOMING at baresip 2101)")
        await at_the_ring(product, console, number, figure, screenshot)
        await agent_phone.answer()
        await customer_phone.event("CALL_ESTABLISHED")
        await both_hear(customer_phone, agent_phone, figure)
        await customer_phone.hang_up()
        await shop.get_by_text("Noor", exact=False).first.wait_for(timeout=5000)
    figure.check("the operations came in order", figure.in_order())
    return figure


async def play_in_browsers(product: Product, screenshot: Path, video: bool) -> Figure:
    figure = Figure(ORDER, click="316")
    async with console_phone(product) as agent, shop_page() as shop:
        console = agent.console.page
        with to_its_end(figure.check):
            number = await until_the_page_is_shown(product, console, shop, figure)
            customer = await call_from_the_page(shop, figure, video)
            rang = await agent.event("CALL_INCOMING")
            figure.saw("332", f"{agent.named} rings", rang["seen_at"])
            await at_the_ring(product, console, number, figure, screenshot)
            await agent.answer()
            await customer.talks()
            await both_hear(customer, agent, figure)
            if video:
                await both_see(customer, agent, figure)
                await console.screenshot(path=screenshot.with_name("figure3-console-with-video.png"))
            bar = shop.locator("[data-part=expand]")
            await moves_on(shop, console, f"{product.settings.shop_url}/kitchens", figure)
            await bar.wait_for(timeout=5000)
            figure.check("the shop's page goes on beside the call", "Talking with Noor" in await bar.inner_text())
            await both_hear(customer, agent, figure)
            await customer.hang_up()
            await shop.locator("ctiapp-panel").get_by_text("Noor", exact=False).first.wait_for(timeout=5000)
    figure.check("the operations came in order", figure.in_order())
    return figure


async def until_the_page_is_shown(product: Product, console: Page, shop: Page, figure: Figure) -> str:
    """From the shop's page to the agent who has it on screen: the number."""
    with Committed(product.url) as committed:
        await visit(shop, f"{product.settings.shop_url}/", figure, ("310", "312", "314"))
        number = await click(shop, figure)
        await page_at_agent(console, product, number, figure)
        tied = f"{number} is tied to agent {FIRST_AGENT} (NOTIFY at the commit)"
        figure.saw("324", tied, committed.at(f"number:{number}"))
    return number


async def click(shop: Page, figure: Figure) -> str:
    """The number. The click's time is the browser's own."""
    sent: list[int] = []

    def requested(request: Request) -> None:
        if request.url.endswith("/call-us") and request.method == "POST":
            sent.append(len(request.post_data or ""))

    shop.on("request", requested)
    await shop.locator("ctiapp-button").first.locator("button").click()
    await shop.locator("[data-part=call-us]").click()
    shown = shop.locator("[data-part=number]")
    await shown.wait_for(timeout=10000)
    figure.saw("326", f"the shop's page shows {await shown.inner_text()}")
    figure.saw("316", f"POST call-us left the browser, {sent[0]} bytes with the page", await clicked_at(shop))
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


async def at_the_ring(product: Product, console: Page, number: str, figure: Figure, screenshot: Path) -> None:
    called = await until(lambda: product.sql(CALLED))  # what the console is told of comes as the call is stored
    figure.check(
        "the switch asked for a route, and the call is the click's interaction",
        called == [{"dialled": number, "channel": "call_us"}],
    )
    figure.check("the page was there before the ring", figure.at("325") < figure.at("332"))
    await console.screenshot(path=screenshot)
    figure.check("the console shows the customer's page at the ring", await shows(console, "Larkmoor"))


def main() -> None:
    in_browsers, video = os.environ.get("PHONES") == "browser", bool(os.environ.get("VIDEO"))
    with Product() as product:
        screenshot = product.settings.state / "figure3-console-at-the-ring.png"
        played = play_in_browsers(product, screenshot, video) if in_browsers else play(product, screenshot)
        figure = asyncio.run(played)
    complete = figure.report()
    print(f"screenshot of the console at the ring: {screenshot}")
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    main()
