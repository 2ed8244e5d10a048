"""The window that holds a customer's telephone, in Chromium, against the whole product (P06, P24)."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests import figure3
from tests.calls.test_web_telephone import AGENT, AGENTS_ID, CUSTOMER, DESK_PHONE, IN_BROWSER, clicked, in_state, ready
from tests.desks import RobotDesk
from tests.product import Product
from tests.web_phones import WebPhone, a_browser

pytestmark = pytest.mark.real
IN_TIME = 15_000


async def in_the_shop(browser: Browser, product: Product) -> Page:
    """A page of the shop that shows its customer's number."""
    shop = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
    shop.set_default_timeout(IN_TIME)
    await shop.goto(f"{product.settings.shop_url}/lighting/alder-floor-lamp")
    await shop.locator("ctiapp-button").first.click()
    await shop.locator("[data-part=call-us]").click()
    await shop.locator("[data-part=number]").wait_for()
    return shop


async def from_the_page(shop: Page, how: str = "voice") -> Page:
    """The window that the click opens."""
    async with shop.expect_popup() as opened:
        await shop.locator(f"[data-part={how}]").click()
    return await opened.value


async def window(browser: Browser, product: Product, status: dict, first: str = "") -> Page:
    """`first`: a script that runs in it before its own."""
    page = await (await browser.new_context(viewport={"width": 390, "height": 700})).new_page()
    page.set_default_timeout(IN_TIME)
    await page.add_init_script(first)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{product.settings.web_url}/call#interaction={status['interaction']}&token={status['token']}")
    assert complaints == []
    return page


async def says(page: Page, words: str) -> None:
    await expect(page.locator("[data-part=title]")).to_have_text(words, timeout=IN_TIME)


async def test_the_window_calls_at_once_says_each_step_and_has_every_key_P06(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT) as agent:
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            page = await window(browser, product, status)
            assert status["token"] not in page.url
            await agent.event("CALL_INCOMING")
            await says(page, "Ringing Noor…")
            await agent.answer()
            await says(page, "Talking with Noor")
            await expect(page.locator("[data-part=time]")).to_have_text(re.compile(r"^0:0\d$"))
            assert await agent.hears(CUSTOMER)
            await page.get_by_role("button", name="Keypad").click()
            await page.get_by_role("button", name="7", exact=True).click()
            assert (await agent.event("CALL_DTMF_START"))["param"] == "7"
            await page.get_by_role("button", name="Mute").click()
            await expect(page.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
            await page.get_by_text("Sound and camera").click()
            await expect(page.get_by_label("Microphone", exact=True).locator("option").first).to_be_attached()
            await page.get_by_role("button", name="Unmute").click()
            await page.wait_for_function("() => document.querySelector('meter').value > 0.05")

            second = await window(browser, product, status)
            await says(second, "This call is under way in another window.")
            await page.get_by_role("button", name="Hang up").click()
            await says(page, "Call ended")
            in_state(desk, "wrap_up")


async def test_a_call_from_the_page_outlives_the_shops_pages_and_ends_with_its_window_P06(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT) as agent:
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            shop = await in_the_shop(browser, product)
            call = await from_the_page(shop)
            await agent.event("CALL_INCOMING")
            await says(call, "Ringing Noor…")
            await says_in_the_shop(shop, "Ringing Noor…")
            await shop.locator("[data-part=window]").click()
            await agent.answer()
            await says(call, "Talking with Noor")
            bar = shop.locator("[data-part=expand]")
            await expect(bar).to_contain_text("Talking with Noor")
            assert await agent.hears(CUSTOMER)

            await shop.goto(f"{product.settings.shop_url}/kitchens")
            await expect(bar).to_contain_text("Talking with Noor")
            await expect(shop.locator("[data-part=window]")).to_be_visible()
            await shop.reload()
            await expect(bar).to_contain_text("Talking with Noor")
            await shop.locator("[data-part=window]").click()
            await bar.click()
            await expect(shop.get_by_text("In its window")).to_be_visible()
            assert shop.context.pages == [shop, call], "there is one window, and it is the same"
            await call.get_by_role("button", name="Keypad").click()
            await call.get_by_role("button", name="7", exact=True).click()
            assert (await agent.event("CALL_DTMF_START"))["param"] == "7"

            await call.close()
            await agent.event("CALL_CLOSED", within=3)
            await says_in_the_shop(shop, "Call ended")
            in_state(desk, "wrap_up")


async def says_in_the_shop(shop: Page, words: str) -> None:
    await expect(shop.locator("ctiapp-panel [data-part=title]")).to_have_text(words, timeout=IN_TIME)


async def test_a_microphone_that_is_refused_is_told_kindly_and_the_number_is_still_there_P06(product: Product):
    async with a_browser(CUSTOMER, "--deny-permission-prompts", leave=False) as browser:
        async with product.station_phone(DESK_PHONE, AGENT):
            with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
                await ready(desk)
                shop = await in_the_shop(browser, product)
                number = await shop.locator("[data-part=number]").inner_text()
                page = await from_the_page(shop)
                await says(page, "Your browser has blocked the microphone for this site.")
                await expect(page.get_by_text(f"You can still call {number} from any phone")).to_be_visible()
                await expect(page.get_by_role("button", name="Try again")).to_be_visible()
                await expect(shop.get_by_text("Your browser has blocked the microphone for this site.")).to_be_visible()
                await expect(shop.locator("[data-part=number]")).to_have_text(number)
                await page.close()
                await expect(shop.locator("[data-part=voice]")).to_be_visible()
                await shop.evaluate("window.open = () => null")
                await shop.locator("[data-part=voice]").click()
                await expect(shop.get_by_text(re.compile("Your browser let no window open"))).to_be_visible()
                in_state(desk, "reserved")
                product.sql("update reservation set deadline = now() where state = 'reserved'")


async def test_a_number_that_has_expired_is_said_so_P06(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT):
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            product.sql("update reservation set deadline = now() where state = 'reserved'")
            page = await window(browser, product, status)
            await says(page, "That number has expired.")
            await expect(page.locator("[data-part=instead]")).to_be_hidden()


async def test_figure_3_with_both_telephones_in_browsers_and_pictures_both_ways_P06_P14_P24_P28(
    product: Product, tmp_path
):
    figure = await figure3.play_in_browsers(product, tmp_path / "console.png", video=True)
    assert figure.report()


async def test_both_see_each_other_each_by_their_own_click_P24(product: Product):
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(left, product, desk, autoAnswer=True)
            await agent.state("registered")
            await ready(desk)
            page = await window(right, product, await asyncio.to_thread(clicked, product))
            await says(page, "Talking with Noor")
            await page.get_by_role("button", name="Show my camera").click()
            assert await agent.sees("red")
            assert await agent.camera()
            await expect(page.get_by_text("Noor shows their camera")).to_be_visible()
            await page.get_by_role("button", name="Look").click()
            await expect(page.locator("[data-part=theirs]")).to_be_visible()
            await page.wait_for_function("() => document.querySelector('[data-part=theirs]').videoWidth > 0")
            await page.get_by_role("button", name="Stop my camera").click()
            await agent.page.wait_for_function("() => picture === null")
            await page.get_by_role("button", name="Hang up").click()
            await agent.state("ended")
