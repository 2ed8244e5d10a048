"""Where Fig. 5 is played: the whole product, shop and console in Chromium, the agent's telephone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from playwright.async_api import Browser, Page, Request, Response
from playwright.async_api import TimeoutError as NotInTime

from tests.browsers import chromium
from tests.figure_browsers import ConsolePhone, console_phone
from tests.figures import NOTE_CLICKS, clicked_at, print_checks, sign_in
from tests.phones import Phone
from tests.product import Product
from tests.switch.until import until

IN_TIME = 20_000
"""Milliseconds that anything may take on a busy machine before it counts as never."""
ATTEMPTS = "select * from attempt where request = %s order by made_at"
RESERVATIONS = "select * from reservation where interaction = %s order by created_at"
STEPS = (
    ("made_at", "dialled"),
    ("ringing_at", "rang"),
    ("answered_at", "answered"),
    ("verdict_at", "heard"),
    ("ended_at", "ended"),
)


@dataclass
class Click:
    """A click on Call me, as it left the browser and as it was answered. `at`: seconds since the epoch."""

    at: float
    sent: dict
    status: dict

    @property
    def interaction(self) -> str:
        return self.status["interaction"]


@dataclass
class Stage:
    product: Product
    console: Page
    shop: Page
    agent: Phone | ConsolePhone
    lines: list[str] = field(default_factory=list)
    checks: dict[str, bool] = field(default_factory=dict)

    # ---- what is shown ---------------------------------------------------------------------------------------

    def show(self, what: str, words: str) -> None:
        self.lines.append(f"{what:<10}{words}")

    def check(self, what: str, holds: object) -> None:
        self.checks[what] = bool(holds)

    def report(self) -> bool:
        """Prints it. Whether everything was right."""
        print("\n".join(self.lines))
        print_checks(self.checks)
        return bool(self.checks) and all(self.checks.values())

    def show_attempt(self, attempt: dict, click: Click) -> None:
        raw = f", the line said {attempt['raw']}" if attempt["raw"] else ""
        self.show("outcome", f"{attempt['outcome']}{raw}")
        steps = [
            f"{word} {(attempt[step].timestamp() - click.at) * 1000:,.0f} ms"
            for step, word in STEPS
            if attempt[step] is not None
        ]
        self.show("attempt", f"{attempt['id'][:8]}… to {attempt['number']}: " + ", ".join(steps))
        if attempt["verdict"]:
            self.show("verdict", f"{attempt['verdict']} ({attempt['reason']}; confidence {attempt['confidence']:.2f})")

    # ---- what happens ----------------------------------------------------------------------------------------

    async def ask(self, number: str) -> Click:
        """The shop's page, Call me, the number as it is typed, as soon as possible."""
        await self.shop.goto(f"{self.product.settings.shop_url}/")
        return await ask(self.shop, number)

    def request(self, click: Click) -> dict:
        return self.product.sql("select * from call_request where interaction = %s", click.interaction)[0]

    def attempts(self, click: Click) -> list[dict]:
        return self.product.sql(ATTEMPTS, self.request(click)["id"])

    def reservations(self, click: Click) -> list[dict]:
        return self.product.sql(RESERVATIONS, click.interaction)

    async def ended_attempt(self, click: Click, number: int = 1) -> dict:
        """The number-th one, once it has ended and what follows has been decided."""

        def ended() -> dict | None:
            ones = self.attempts(click)
            return ones[number - 1] if len(ones) >= number and ones[number - 1]["ended_at"] else None

        return await until(ended, timedelta(seconds=30))

    def come_due(self, click: Click) -> None:
        """The time that it waits for is now, as if it had passed."""
        self.product.sql(
            "update call_request set due_at = now(), promised_until = case when promised_until is not null "
            "then now() + interval '1 hour' end where interaction = %s",
            click.interaction,
        )

    async def page_says(self, words: str) -> bool:
        """Whether the customer's page says so, at the latest within seconds."""
        try:
            await self.shop.locator("ctiapp-panel").get_by_text(words).first.wait_for(timeout=IN_TIME)
        except NotInTime:
            return False
        return True

    @property
    def agent_rang(self) -> bool:
        return any(event.get("type") == "CALL_INCOMING" for event in self.agent.events)


@asynccontextmanager
async def stage(product: Product, ready: bool = True) -> AsyncIterator[Stage]:
    async with product.station_phone("2101") as agent, chromium() as browser:
        console = await browser.new_page(viewport={"width": 1280, "height": 800})
        await sign_in(console, product, ready)
        yield Stage(product, console, await _shop(browser), agent)


@asynccontextmanager
async def stage_in_browsers(product: Product) -> AsyncIterator[Stage]:
    """The agent's console is the telephone too."""
    async with console_phone(product) as agent, chromium() as browser:
        yield Stage(product, agent.console.page, await _shop(browser), agent)


async def _shop(browser: Browser) -> Page:
    shop = await browser.new_page(viewport={"width": 1280, "height": 900})
    shop.set_default_timeout(IN_TIME)
    await shop.add_init_script(NOTE_CLICKS)
    return shop


@contextmanager
def pool_with(product: Product, **values: Any) -> Iterator[None]:
    """The pool calls back with these values, and as before afterwards."""
    (before,) = product.sql("select * from call_me_pool where pool = 'sales'")
    change = "".join(f", {name} = %s" for name in values)
    product.sql(f"update call_me_pool set pool = pool{change} where pool = 'sales'", *values.values())
    try:
        yield
    finally:
        old = [before[name] for name in values]
        product.sql(f"update call_me_pool set pool = pool{change} where pool = 'sales'", *old)


async def ask(shop: Page, number: str | None) -> Click:
    """Talk to us, Call me, the form as it is filled in, and its button: that click is counted from. No number: the one
    that the shop knows."""
    sent: list[dict] = []

    def requested(request: Request) -> None:
        if request.url.endswith("/call-me") and request.method == "POST":
            sent.append(request.post_data_json)

    def is_answer(response: Response) -> bool:
        return response.url.endswith("/call-me") and response.request.method == "POST"

    shop.on("request", requested)
    await shop.locator("ctiapp-button").first.locator("button").click()
    await shop.locator("[data-part=call-me]").click()
    await shop.locator("[data-part=soon]").check()
    if number is None:
        await shop.locator("[data-part=known]").wait_for()
    else:
        await shop.locator("[data-part=phone]").fill(number)
    await shop.locator("[data-part=agree]").check()
    async with shop.expect_response(is_answer) as got:
        await shop.locator("[data-part=submit]").click()
    answer = await (await got.value).json()
    return Click(await clicked_at(shop), sent[0], answer)
