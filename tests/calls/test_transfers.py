"""A customer is passed on, on real parts: sent and told first, desk phones and browsers, to a colleague and outside
(P12, P14, P28; issue 6, the agent's work)."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.consoles import Console
from tests.desks import RobotDesk
from tests.phones import Phone, PublicPhone
from tests.product import Product, until
from tests.web_phones import a_browser

pytestmark = pytest.mark.real
CUSTOMER, NOOR, INES, OUTSIDE = 440, 620, 880, 1040
"""What each is heard by, in Hz."""
NUMBER = "+447700900199"


async def hears_now(phone: Phone, tone: int) -> None:
    """At this moment, not ever; AssertionError if not within 8 s."""
    deadline = asyncio.get_running_loop().time() + 8
    while phone.lately(tone)[0] < 0.5:
        assert asyncio.get_running_loop().time() < deadline, (phone.user, tone, phone.lately(tone))
        await asyncio.sleep(0.1)


async def hears_too(phone: Phone, *tones: int) -> None:
    """Each of several who talk at the same time."""
    deadline = asyncio.get_running_loop().time() + 8
    while min(phone.lately(tone)[0] for tone in tones) < 0.1:
        shares = {tone: phone.lately(tone) for tone in tones}
        assert asyncio.get_running_loop().time() < deadline, (phone.user, shares)
        await asyncio.sleep(0.1)


async def hears_music(phone: Phone) -> None:
    deadline = asyncio.get_running_loop().time() + 8
    while True:
        shares = [phone.lately(tone)[0] for tone in (CUSTOMER, NOOR, INES)]
        if max(shares) < 0.3 and phone.lately(NOOR)[1] > 100:
            return
        assert asyncio.get_running_loop().time() < deadline, (phone.user, shares)
        await asyncio.sleep(0.1)


def pass_on(desk: RobotDesk, interaction: str, kind: str, **to: str) -> None:
    desk.post(f"agent/calls/{interaction}/transfer", kind=kind, to=to, with_page=True)


def stands(desk: RobotDesk, state: str, outcome: str | None = None) -> None:
    def is_so() -> bool:
        held = desk.views[-1]["engagement"]
        transfer = held and held["transfer"]
        return bool(transfer) and (transfer["state"], transfer["outcome"]) == (state, outcome)

    until(is_so, what=f"the transfer {state} {outcome}")


async def test_sent_told_first_completed_taken_back_and_sent_outside(product: Product):
    async with product.station_phone("2101", NOOR) as first, product.station_phone("2102", INES) as second:
        async with product.customer_phone(tone=CUSTOMER) as customer, PublicPhone(NUMBER, b"", OUTSIDE) as outside:
            with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1044", "2102") as ines:
                noor.ready()
                status = product.click().json()
                ines.ready()
                interaction = status["interaction"]
                await customer.dial(status["number"])
                await first.event("CALL_INCOMING")
                await first.answer()
                noor.until_state("talking")
                await hears_now(customer, NOOR)

                # Sent at once.
                pass_on(noor, interaction, "blind", agent="1044")
                rang = await second.event("CALL_INCOMING")
                held = ines.until_state("ringing")["engagement"]
                assert held["interaction"] == interaction and held["transfer"]["first_name"] == "Noor"
                assert ines.shown[held["reservation"]] < rang["seen_at"], "page and record before the ring"
                assert ines.pages[interaction]["title"] == "Alder floor lamp"
                noor.until_state("wrap_up")
                await second.answer()
                ines.until_state("talking")
                await hears_now(customer, INES)
                await hears_now(second, CUSTOMER)
                stands(noor, "done", "sent")

                # Told first; the CTI server dies in the middle; completed.
                noor.post(f"agent/reservations/{noor.view()['engagement']['reservation']}/finish", disposition="sold")
                noor.until_state("ready")
                seen = len(first.events)
                pass_on(ines, interaction, "attended", agent="1042")
                await first.event("CALL_INCOMING", after=seen)
                await hears_music(customer)
                await first.answer()
                stands(ines, "consulting")
                await hears_now(first, INES)
                await hears_now(second, NOOR)
                await hears_music(customer)
                await asyncio.to_thread(product.kill, "cti")
                await hears_now(first, INES)
                product.start("cti")
                await asyncio.to_thread(product.wait_ready)
                ines.post(f"agent/calls/{interaction}/complete")
                ines.until_state("wrap_up")
                await hears_now(customer, NOOR)
                await hears_now(first, CUSTOMER)
                await second.event("CALL_CLOSED")
                assert noor.until_state("talking")["engagement"]["role"] == "handling"

                # Outside: told first and taken back, then sent.
                pass_on(noor, interaction, "attended", number=NUMBER)
                await outside.event("CALL_INCOMING")
                await outside.answer()
                stands(noor, "consulting")
                await hears_now(first, OUTSIDE)
                await hears_music(customer)
                noor.post(f"agent/calls/{interaction}/take-back")
                stands(noor, "done", "taken_back")
                await outside.event("CALL_CLOSED")
                await hears_now(customer, NOOR)
                seen = len(outside.events)
                pass_on(noor, interaction, "blind", number=NUMBER)
                await outside.event("CALL_INCOMING", after=seen)
                noor.until_state("wrap_up")
                await outside.answer()
                await hears_now(customer, OUTSIDE)
                await hears_now(outside, CUSTOMER)
                refused = noor.try_to(f"agent/calls/{interaction}/transfer", kind="blind", to={"number": "09098790000"})
                assert refused.status_code in (403, 409)
                await customer.hang_up()
                await outside.event("CALL_CLOSED", after=seen)
    assert len(product.sql("select distinct interaction from reservation")) == 1, "the interaction's id stays"
    assert product.sql("select count(*) as n from call")[0]["n"] == 1
    until(lambda: product.sql("select state from interaction") == [{"state": "ended"}], what="the end written down")


async def test_from_the_console_by_keys_and_back_again(product: Product):
    async with a_browser(NOOR) as browser, product.customer_phone(tone=CUSTOMER) as customer:
        async with product.station_phone("2102", INES) as second:
            with RobotDesk(product, "1044", "2102") as ines:
                console = await Console.sign_in(browser, product)
                await console.ready()
                status = (await asyncio.to_thread(product.click)).json()
                await asyncio.to_thread(ines.ready)
                await customer.dial(status["number"])
                await console.answer()
                await hears_now(customer, NOOR)
                page = console.page
                await page.keyboard.press("x")
                await page.get_by_label("Name, team or number").fill("ines")
                await page.get_by_label("Ines Okafor").check()
                await page.get_by_role("button", name="Call Ines first").press("Enter")
                await second.event("CALL_INCOMING")
                await hears_music(customer)
                told = page.locator("[data-part=transfer-standing]")
                await expect(told).to_have_text("Calling Ines…")
                await second.hang_up()
                await expect(told).to_have_text("Ines declined. The customer is still on hold.")
                await console.press("take-back")
                await hears_now(customer, NOOR)
                assert await console.hears(CUSTOMER)

                await asyncio.to_thread(ines.ready)
                seen = len(second.events)
                await page.keyboard.press("x")
                await page.get_by_label("Ines Okafor").check()
                await page.get_by_role("button", name="Call Ines first").click()
                await second.event("CALL_INCOMING", after=seen)
                await second.answer()
                await expect(told).to_have_text("You talk with Ines. The customer can't hear you.")
                await hears_now(second, NOOR)
                assert await console.hears(INES)
                await page.reload()
                await expect(told).to_have_text("You talk with Ines. The customer can't hear you.")
                await console.press("add")
                await expect(told).to_have_text("The customer, Ines and you talk together.")
                await hears_too(customer, NOOR, INES)
                await hears_too(second, NOOR, CUSTOMER)
                while await page.evaluate(f"() => shareAt({CUSTOMER})") < 0.1:
                    await asyncio.sleep(0.05)
                await page.reload()
                await expect(told).to_have_text("The customer, Ines and you talk together.")
                await hears_too(customer, NOOR, INES)
                await console.press("complete")
                await console.state("wrap_up")
                await expect(told).to_have_text("Passed on to Ines.")
                await hears_now(customer, INES)
                await hears_now(second, CUSTOMER)
                await asyncio.to_thread(ines.until_state, "talking")
                assert console.complaints == []
                await customer.hang_up()
