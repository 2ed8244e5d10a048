"""The agent's console as the telephone of its station: real Chromium, real switch (P06, P14)."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.consoles import Console
from tests.product import Product, until
from tests.web_phones import a_browser

pytestmark = pytest.mark.real
AGENT, CUSTOMER = 620, 440
"""What each is heard by, in Hz."""


async def clicked(product: Product) -> dict:
    answer = await asyncio.to_thread(product.click)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_call_rings_in_the_console_and_is_answered_by_a_key_P06_P14(product: Product):
    async with a_browser(AGENT) as browser, product.customer_phone(tone=CUSTOMER) as customer:
        console = await Console.sign_in(browser, product)
        await console.ready()
        for again in (False, True):
            await customer.dial((await clicked(product))["number"])
            await console.shows("answer")
            await expect(console.page).to_have_title("(1) Ringing: New customer")
            if again:
                await console.page.locator("[data-part=answer]").dblclick(delay=20)
                await console.state("talking")
                assert await console.hears(CUSTOMER), "a double click hangs nothing up"
            else:
                await console.answer()
                await console.flows()
                assert await console.hears(CUSTOMER) and await customer.hears(AGENT)
            await expect(console.page.locator("[data-part=hang-up]")).to_have_attribute("aria-disabled", "false")
            await console.page.keyboard.press("e")
            await console.state("talking")
            await console.page.keyboard.press("Alt+Shift+KeyE")
            await customer.event("CALL_CLOSED")
            await console.state("wrap_up")
            await console.page.keyboard.press("1")
            await console.page.keyboard.press("Control+Enter")
            await console.state("ready")
        assert console.complaints == []
    kept = product.sql("select end_reason, count(*) as n from call group by 1")
    assert kept == [{"end_reason": "hangup", "n": 2}]


async def test_without_a_microphone_the_console_says_so_and_no_call_is_offered_P14(product: Product):
    async with a_browser(AGENT, "--deny-permission-prompts", leave=False) as browser:
        console = await Console.sign_in(browser, product)
        await console.says("Your browser has blocked the microphone for this page, so no calls come.")
        await console.phone("Not reachable")
        await console.page.keyboard.press("r")
        await expect(console.page.locator("[data-part=reason]").first).to_be_visible()
        await console.state("not_ready")
        refused = await asyncio.to_thread(product.click)
        assert refused.json()["error"]["code"] == "all_agents_busy"
        await console.press("try-again")
        await console.says("Your browser has blocked the microphone")
        assert console.complaints == []


async def test_one_tab_has_the_telephone_and_says_so_in_the_other_P14(product: Product):
    async with a_browser(AGENT) as browser, product.customer_phone(tone=CUSTOMER) as customer:
        first = await Console.sign_in(browser, product)
        await first.ready()
        second = await Console.opened(first.page.context, product)
        await second.says("The telephone is in another tab of this browser. Calls ring there.")
        await customer.dial((await clicked(product))["number"])
        await first.answer()
        await second.state("talking")
        await expect(second.page.locator("[data-part=slot]")).to_have_text("In another tab")

        await second.press("use-here")
        await second.phone("Registered")
        await first.says("Another tab has the telephone. This call stays here until it ends.")
        assert await first.hears(CUSTOMER) and await customer.hears(AGENT)
        await first.press("hang-up")
        await first.says("Another tab has the telephone now. Calls ring there.")
        await second.state("wrap_up")
        await second.page.keyboard.press("1")
        await second.page.keyboard.press("Control+Enter")
        await second.state("ready")
        await customer.event("CALL_CLOSED")
        await customer.dial((await clicked(product))["number"])
        await second.answer()
        assert await second.hears(CUSTOMER)
        await customer.hang_up()
        await second.state("wrap_up")
        assert first.complaints + second.complaints == []
    until(lambda: product.sql("select count(*) as n from call where ended_at is not null") == [{"n": 2}])
