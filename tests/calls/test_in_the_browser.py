"""Shop and console in Chromium against the whole product: every state of both screens is reached for real.

The shop is another origin with a strict policy: no page may break it, and no script may throw.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.browsers import chromium
from tests.desks import RobotDesk
from tests.product import Product, status_of, until

pytestmark = pytest.mark.real
LAMP = "/lighting/alder-floor-lamp"
IN_TIME = 20_000
"""Milliseconds that anything may take on a busy machine before it counts as never."""
expect.set_options(timeout=IN_TIME)
POLICY = """document.addEventListener("securitypolicyviolation",
    (e) => console.error("Content Security Policy: " + e.violatedDirective + " " + e.blockedURI))"""
EVERY_FRAME = """() => {
    window.__seen = [];
    const look = () => {
        const copy = document.querySelector(".stage iframe")?.contentDocument?.body?.textContent ?? "";
        window.__seen.push([document.querySelector("[data-part=record-name]")?.textContent ?? "", copy]);
        requestAnimationFrame(look);
    };
    look();
}"""


@dataclass
class Windows:
    """The windows of one test, each person's in a browser profile of their own."""

    product: Product
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    async def profile(self, width: int = 1280, height: int = 800) -> BrowserContext:
        profile = await self.browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        profile.set_default_timeout(IN_TIME)
        await profile.add_init_script(POLICY)
        return profile

    async def shop(self, path: str = LAMP, customer: str | None = None) -> Page:
        """A customer's browser on a page of the shop; `customer` signs in there first."""
        page = self.watched(await (await self.profile()).new_page())
        if customer:
            await page.goto(f"{self.product.settings.shop_url}/sign-in")
            await page.get_by_text(customer).click()
        await page.goto(f"{self.product.settings.shop_url}{path}")
        return page

    async def console(self, agent: str = "1042", station: str = "2101", ready: bool = True) -> Page:
        page = self.watched(await (await self.profile()).new_page())
        await fill_in(page, self.product, agent, station)
        await in_state(page, "not_ready")
        if ready:
            await page.keyboard.press("r")
            await in_state(page, "ready")
        return page

    def watched(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda line: self.complaints.append(line.text) if breaks_policy(line.text) else None)
        return page


def breaks_policy(line: str) -> bool:
    return "Content Security Policy" in line or "blocked by CORS" in line


@asynccontextmanager
async def windows(product: Product) -> AsyncIterator[Windows]:
    async with chromium() as browser:
        opened = Windows(product, browser)
        yield opened
        assert opened.complaints == []


async def fill_in(page: Page, product: Product, agent: str, station: str) -> None:
    await page.goto(f"{product.settings.web_url}/console")
    await page.get_by_label("Agent id").fill(agent)
    await page.get_by_label("Password").fill(product.password(agent))
    await page.get_by_label("Station").fill(station)
    await page.get_by_role("button", name="Sign in").click()


async def press(shop: Page) -> None:
    """The button of the page, then Call us."""
    await shop.locator("ctiapp-button").first.click()
    await shop.locator("[data-part=call-us]").click()


async def ask(shop: Page) -> str:
    """A click: the number that the customer's page shows."""
    await press(shop)
    return await number_of(shop)


async def number_of(shop: Page) -> str:
    link = shop.locator("[data-part=call]")
    await expect(link).to_be_visible(timeout=IN_TIME)
    return (await link.get_attribute("href") or "").removeprefix("tel:")


async def told(shop: Page, words: str) -> None:
    """The title of the customer's panel."""
    await expect(shop.locator("ctiapp-panel [data-part=title]")).to_contain_text(words, timeout=IN_TIME)


async def in_state(console: Page, state: str) -> None:
    await expect(console.locator(".state")).to_have_attribute("data-state", state, timeout=IN_TIME)


async def says(console: Page, words: str) -> None:
    await expect(console.get_by_text(words).first).to_be_visible(timeout=IN_TIME)


async def named(console: Page, name: str) -> None:
    await expect(console.locator("[data-part=record-name]")).to_have_text(name, timeout=IN_TIME)


def copy_of_page(console: Page) -> Locator:
    return console.frame_locator(".stage iframe").locator("body")


async def sees_page(console: Page, words: str) -> None:
    await expect(copy_of_page(console)).to_contain_text(words, timeout=IN_TIME)


async def everything_on(page: Page) -> str:
    """Every word and attribute in the document and its frames."""
    return "\n".join([await frame.content() for frame in page.frames])


def shown(product: Product) -> bool:
    return product.sql("select page_shown_at from reservation where state = 'reserved'")[0]["page_shown_at"] is not None


# ---- the customer's side -----------------------------------------------------------------------------------------


async def test_a_number_counts_down_stays_while_the_page_lives_follows_the_customer_and_is_cancelled_P06(
    product: Product,
):
    async with product.station_phone(), windows(product) as w:
        noor = await w.console()
        shop = await w.shop()
        await shop.clock.install()
        number = await ask(shop)
        await expect(shop.locator("[data-part=sip]")).to_have_attribute(
            "href", re.compile(f"^sip:{re.escape(number)}@")
        )
        await expect(shop.get_by_role("img", name=re.compile("^QR code that dials"))).to_be_visible()
        await sees_page(noor, "Alder floor lamp")

        product.sql("update reservation set deadline = deadline - interval '30 s'")
        before = deadline(product)
        await shop.clock.fast_forward(21_000)
        until(lambda: deadline(product) > before, what="the deadline moved by alive")
        await expect(shop.locator("[data-part=time]")).to_have_text(re.compile(r"1:(30|2\d)"), timeout=IN_TIME)

        await shop.reload()
        assert await number_of(shop) == number
        await shop.goto(f"{product.settings.shop_url}/kitchens")
        assert await number_of(shop) == number
        await sees_page(noor, "Kitchens")
        await expect(noor.locator("[data-part=address]")).to_have_text(re.compile("/kitchens$"))
        assert product.sql("select count(*) as n from interaction") == [{"n": 1}]

        await shop.locator("[data-part=cancel]").click()
        await in_state(noor, "ready")
        await expect(shop.locator("ctiapp-panel")).to_be_hidden()
        assert "Kitchens" not in await everything_on(noor)
    points = product.sql("select state from routing_point where number = %s", number)
    assert points == [{"state": "cooling_down"}]


async def test_a_number_that_expires_is_taken_off_the_page_and_must_not_be_dialled_P06_P09(product: Product):
    async with product.station_phone(), windows(product) as w:
        noor = await w.console()
        shop = await w.shop()
        first = await ask(shop)
        await in_state(noor, "reserved")
        product.sql("update reservation set deadline = now()")
        await told(shop, "That number has expired")
        await expect(shop.locator("[data-part=call]")).to_have_count(0)
        await in_state(noor, "ready")

        await shop.locator("[data-part=again]").click()
        await shop.locator("[data-part=call-us]").click()
        assert await number_of(shop) != first, "it cools down"
        await shop.goto(f"{product.settings.shop_url}/basket")
        await number_of(shop)
        await shop.goto("about:blank")
        product.sql("update reservation set deadline = now() where state = 'reserved'")
        await in_state(noor, "ready")
        await shop.goto(f"{product.settings.shop_url}/kitchens")
        await told(shop, "That number has expired")


async def test_a_double_click_is_one_reservation_P02(product: Product):
    async with product.station_phone("2101"), product.station_phone("2102"), windows(product) as w:
        with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
            noor.ready(), tomas.ready()
            shop = await w.shop()
            await shop.locator("ctiapp-button").first.dblclick()
            await shop.locator("[data-part=call-us]").dblclick()
            await number_of(shop)
            assert product.sql("select count(*) as n from reservation") == [{"n": 1}]
            assert sorted([noor.state(), tomas.state()]) == ["ready", "reserved"]


async def test_a_refusal_says_which_and_the_same_button_works_when_it_is_over_P06(product: Product):
    async with product.station_phone(), windows(product) as w:
        shop = await w.shop()
        await press(shop)
        await told(shop, "Nobody for this is here right now")
        with RobotDesk(product, "1042", "2101", shows_pages=False) as noor:
            await shop.locator("[data-part=retry]").click()
            await told(shop, "Everyone is on a call")
            noor.ready()
            product.sql("update routing_point set state = 'disabled'")
            await shop.locator("[data-part=retry]").click()
            await told(shop, "All our numbers are in use")
            product.sql("update routing_point set state = 'free'")
            product.kill("cti")
            until(lambda: status_of(f"{product.settings.web_url}/readyz") == 503, what="the web server knows")
            await shop.locator("[data-part=retry]").click()
            await told(shop, "Our phones are not working")
            product.restore()
            until(lambda: noor.state() == "ready", what="ready again")
            await shop.locator("[data-part=retry]").click()
            await number_of(shop)
    assert product.sql("select count(*) as n from interaction") == [{"n": 1}], "a refusal changes nothing"


# ---- both sides --------------------------------------------------------------------------------------------------


async def test_both_screens_follow_the_call_and_a_reload_comes_back_to_the_truth_P06_P07(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer, windows(product) as w:
        noor = await w.console()
        shop = await w.shop()
        number = await ask(shop)
        await expect(shop.get_by_text("Noor can see this page")).to_be_visible()
        for state in ("reserved", "ringing", "talking"):
            if state == "ringing":
                until(lambda: shown(product), what="the page acknowledged")
                await customer.dial(number)
                await agent.event("CALL_INCOMING")
                await told(shop, "Ringing Noor…")
            if state == "talking":
                await agent.answer()
                await customer.event("CALL_ESTABLISHED")
                await told(shop, "Talking with Noor")
            for _ in range(2):
                await in_state(noor, state)
                await sees_page(noor, "Alder floor lamp")
                await named(noor, "New customer")
                await noor.reload()
        await shop.reload()
        await told(shop, "Talking with Noor")

        await customer.hang_up()
        await told(shop, "Call ended")
        await expect(shop.get_by_text(re.compile("You spoke with Noor for"))).to_be_visible()
        for _ in range(2):
            await in_state(noor, "wrap_up")
            await says(noor, "Page closed at hang-up")
            await expect(noor.locator(".stage iframe")).to_have_count(0)
            await noor.reload()
        await in_state(noor, "wrap_up")
        await noor.keyboard.press("1")
        await noor.get_by_label("Notes for this call").fill("Two lamps. 2 3 n")
        await noor.keyboard.press("Control+Enter")
        await in_state(noor, "ready")
    kept = product.sql("select disposition, note from interaction")
    assert kept == [{"disposition": "sold", "note": "Two lamps. 2 3 n"}]


async def test_a_known_customer_is_named_and_goes_to_whom_they_talked_with_P03_P04_P07(product: Product):
    async with product.station_phone("2101"), product.station_phone("2102", 880) as phone:
        async with product.customer_phone() as customer, windows(product) as w:
            tomas = await w.console("1043", "2102")
            shop = await w.shop("/", "Marit Solvang")
            number = await ask(shop)
            await named(tomas, "Marit Solvang")
            await says(tomas, "Nothing yet. This is the first contact.")
            await says(tomas, "marit.solvang@example.com")
            await expect(tomas.get_by_text("C-1001", exact=True)).to_be_visible()
            await customer.dial(number)
            await phone.event("CALL_INCOMING")
            await expect(tomas.get_by_role("alert").filter(has_text="Marit Solvang is calling.")).to_be_visible()
            await phone.answer()
            await in_state(tomas, "talking")
            await phone.hang_up()
            await in_state(tomas, "wrap_up")
            await tomas.keyboard.press("3")
            await tomas.get_by_label("Notes for this call").fill("Measures her room first")
            await tomas.get_by_role("button", name="Save and go ready").click()
            await in_state(tomas, "ready")

            noor = await w.console()
            await shop.locator("[data-part=close-ended]").click()
            await ask(shop)
            await named(tomas, "Marit Solvang")
            await says(tomas, "Served this customer last")
            await says(tomas, "Follow up. Measures her room first")
            await expect(noor.locator(".state")).to_have_attribute("data-state", "ready")
            assert "Marit" not in await everything_on(noor), "Noor sells better, but Tomas knows Marit"


async def test_cannot_take_it_moves_page_and_record_and_blanks_the_first_console_P07(product: Product):
    async with product.station_phone("2101"), product.station_phone("2102", 880) as phone:
        async with product.customer_phone() as customer, windows(product) as w:
            noor, tomas = await w.console(), await w.console("1043", "2102")
            shop = await w.shop("/", "Marit Solvang")
            number = await ask(shop)
            await says(noor, "Reserved for you.")
            await sees_page(noor, "Alder floor lamp")
            await noor.locator("[data-part=pass]").click()
            await named(tomas, "Marit Solvang")
            await sees_page(tomas, "Alder floor lamp")
            await says(noor, "You passed the last customer on to a colleague.")
            assert nothing_of(await everything_on(noor), "Marit", "Solvang", "Alder", number)
            await expect(shop.get_by_text("Tomas can see this page")).to_be_visible(timeout=IN_TIME)
            await customer.dial(number)
            await phone.event("CALL_INCOMING")
            await in_state(tomas, "ringing")
            await in_state(noor, "not_ready")
            await customer.hang_up()
            await in_state(tomas, "ready")


async def test_who_does_not_answer_loses_page_record_and_readiness_to_the_next_P07_P12(product: Product):
    async with product.station_phone("2101") as silent, product.station_phone("2102", 880) as phone:
        async with product.customer_phone() as customer, windows(product) as w:
            noor, tomas = await w.console(), await w.console("1043", "2102")
            shop = await w.shop("/", "Yusuf Adair")
            number = await ask(shop)
            await named(noor, "Yusuf Adair")
            product.sql("update interaction set ring_for = '2 s'")
            await customer.dial(number)
            await silent.event("CALL_INCOMING")
            await in_state(noor, "ringing")
            await phone.event("CALL_INCOMING")
            await in_state(noor, "not_ready")
            await says(noor, "You didn't answer the last call. It went to a colleague.")
            assert nothing_of(await everything_on(noor), "Yusuf", "Adair", "Alder", number)
            await named(tomas, "Yusuf Adair")
            await sees_page(tomas, "Alder floor lamp")
            await told(shop, "Ringing Tomas…")
            await customer.hang_up()
            await told(shop, "The call ended")
            await in_state(tomas, "ready")


async def test_signing_in_elsewhere_signs_the_first_console_out_with_a_word_P14(product: Product):
    async with product.station_phone("2101"), product.station_phone("2102"), windows(product) as w:
        first = await w.console()
        shop = await w.shop(customer="Marit Solvang")
        await ask(shop)
        await named(first, "Marit Solvang")
        second = w.watched(await (await w.profile()).new_page())
        await fill_in(second, product, "1042", "2101")
        await says(second, "You are still signed in on another computer.")
        await in_state(first, "reserved")
        await second.get_by_role("button", name="Sign in here instead").click()
        await says(first, "You were signed out here because you signed in on another computer.")
        assert nothing_of(await everything_on(first), "Marit", "Alder")
        await first.reload()
        await expect(first.get_by_label("Agent id")).to_be_visible()
        await expect(second.locator(".state")).to_be_visible(timeout=IN_TIME)


async def test_nothing_of_one_customer_is_there_when_the_next_one_comes_P07(product: Product):
    async with product.station_phone(), windows(product) as w:
        noor = await w.console()
        marit = await w.shop(customer="Marit Solvang")
        await ask(marit)
        await named(noor, "Marit Solvang")
        await sees_page(noor, "Alder floor lamp")
        await noor.get_by_label("Notes for this call").fill("Something that only Marit said")
        await expect(noor.get_by_text(re.compile("^saved "))).to_be_visible(timeout=IN_TIME)
        await noor.evaluate(EVERY_FRAME)
        await marit.locator("[data-part=cancel]").click()
        await in_state(noor, "ready")
        assert nothing_of(await everything_on(noor), "Marit", "Alder", "C-1001", "only Marit said")

        yusuf = await w.shop("/kitchens", customer="Yusuf Adair")
        await ask(yusuf)
        await named(noor, "Yusuf Adair")
        await sees_page(noor, "Kitchens")
        assert nothing_of(await everything_on(noor), "Marit", "Solvang", "C-1001", "only Marit said")
        frames = await noor.evaluate("window.__seen")
        assert {name for name, _ in frames} == {"Marit Solvang", "", "Yusuf Adair"}
        assert not [copy for name, copy in frames if "Marit" in copy and name != "Marit Solvang"]
        assert not [copy for name, copy in frames if "Yusuf" in copy and name != "Yusuf Adair"]


def nothing_of(content: str, *words: str) -> bool:
    found = [word for word in words if word in content]
    assert not found, f"{found} still there"
    return True


def deadline(product: Product) -> object:
    return product.sql("select deadline from reservation where state = 'reserved'")[0]["deadline"]
