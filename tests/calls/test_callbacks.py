"""A callback on real parts: promised in the console, dialled at its time, put through to who promised it."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.async_api import Page, expect

from tests.calls.test_in_the_browser import in_state, named, says, windows
from tests.desks import RobotDesk
from tests.phones import PublicPhone
from tests.product import Product, until
from tests.progress.signals import frames, quiet, voice

pytestmark = pytest.mark.real
MIA = "+447700900142"
GREETING = b"".join(frames(np.concatenate([quiet(400), voice(700), quiet(2500)])))


async def test_what_noor_promises_in_wrap_up_is_dialled_at_its_time_for_her_alone_P15_P18_P20(product: Product):
    async with product.station_phone("2101") as agent, product.station_phone("2102", 880) as other:
        async with product.customer_phone() as customer, windows(product) as w:
            noor = await w.console()
            await customer.dial(product.click().json()["number"])
            await agent.event("CALL_INCOMING")
            await agent.answer()
            await in_state(noor, "talking")
            await notes(noor, "Wants a quote for two lamps")
            await customer.hang_up()
            await in_state(noor, "wrap_up")
            await promises_a_call(noor)
            await noor.keyboard.press("Control+Enter")
            await says(noor, "Choose what happened first.")
            await noor.keyboard.press("3")
            await noor.locator("[data-part=finish-not-ready]").click()
            await in_state(noor, "not_ready")

            (request,) = product.sql("select * from call_request")
            assert (request["number"], request["only_agent"], request["state"]) == (MIA, "1042", "queued")
            assert request["promised_at"] < request["promised_until"]
            async with PublicPhone(MIA, GREETING) as mia:
                with RobotDesk(product, "1043", "2102") as tomas:
                    tomas.ready()
                    product.sql("update call_request set due_at = now()")  # its time has come
                    await expect(noor.locator("[data-part=callbacks]")).to_contain_text("Due now")
                    await noor.reload()
                    await in_state(noor, "not_ready")
                    await says(noor, "Paperwork")
                    assert tomas.state() == "ready" and not mia.events, "it waits for Noor"
                    await noor.keyboard.press("r")
                    await mia.event("CALL_INCOMING")
                    await in_state(noor, "reserved")
                    await says(noor, "You promised this call")
                    await says(noor, "Wants a quote for two lamps")
                    await mia.answer()
                    await agent.event("CALL_INCOMING", after=len(agent.events) - 1)
                    await agent.answer()
                    assert await mia.hears(agent.tone) and await agent.hears(mia.tone)
                    await in_state(noor, "talking")
                    await expect(noor.locator("[data-part=callbacks]")).not_to_contain_text("Due now")
                    await puts_the_record_right(noor, product)
                    await mia.hang_up()
                    await in_state(noor, "wrap_up")
                    assert tomas.state() == "ready"
        assert not [event for event in other.events if event.get("type") == "CALL_INCOMING"]
        until(lambda: product.sql("select state from call_request") == [{"state": "done"}], what="done")


async def notes(console: Page, words: str) -> None:
    await console.get_by_label("Notes for this call").fill(words)
    await says(console, "saved ")


async def promises_a_call(console: Page) -> None:
    await console.locator("[data-part=call-back]").click()
    form = console.locator("[data-part=callback-form]")
    await form.get_by_label("Number").fill("12")
    await expect(form.get_by_role("alert")).to_have_text("That does not look like a telephone number.")
    await form.get_by_label("Number").fill("07700 900142")
    await expect(form.get_by_text("Their time zone: London")).to_be_visible()
    await form.locator("[data-part=book]").click()
    await says(console, "Callback booked")
    await expect(console.locator("[data-part=callbacks]")).to_contain_text("until ")


async def puts_the_record_right(console: Page, product: Product) -> None:
    form = console.locator("[data-part=edit-record]")
    await form.get_by_label("Name").fill("Mia Berg")
    await form.locator("[data-part=save-record]").click()
    await named(console, "Mia Berg")
    assert product.sql("select count(*) as n from customer where name = 'Mia Berg'") == [{"n": 1}]
