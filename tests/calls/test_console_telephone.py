"""The agent's console as the telephone of its station: real Chromium, real switch (P06, P14)."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.consoles import Console
from tests.desks import RobotDesk
from tests.phones import Phone
from tests.product import Product, until
from tests.switch.cable import Cable
from tests.web_phones import WebPhone, a_browser

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
        await console.registered()
        chosen = await another_microphone(console)
        await console.page.reload()
        await console.ready()
        await expect(console.page.locator("[data-part=sound]")).to_contain_text(chosen)
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
        await customer.dial((await clicked(product))["number"])
        await console.press("decline")
        await console.state("not_ready")
        await expect(console.page.get_by_text("Your phone rejected the last call.").first).to_be_visible()
        assert console.complaints == []
    kept = product.sql("select end_reason, count(*) as n from call where answered_at is not null group by 1")
    assert kept == [{"end_reason": "hangup", "n": 2}]


async def another_microphone(console: Console) -> str:
    """Chosen, tried and heard in the menu; its name."""
    await console.press("sound")
    choice = console.page.locator("[data-part=choose-microphone]")
    name = await choice.locator("option").last.inner_text()
    await choice.select_option(name)
    await expect(console.page.locator("[data-part=sound]")).to_contain_text(name)
    await expect(console.page.locator("[data-part=meter] .lit").first).to_be_attached()
    await console.press("test-speaker")
    await expect(console.page.locator("[data-part=test-speaker]")).to_have_text("Playing…")
    await expect(console.page.locator("[data-part=test-speaker]")).to_have_text("Play a sound")
    return name


async def hears_only(phone: Phone, what: str) -> None:
    """The customer's telephone, lately: the "agent", "music", or "nothing"; AssertionError if not within 8 s."""
    wanted = {
        "agent": lambda share, loudness: share > 0.5 and loudness > 100,
        "music": lambda share, loudness: share < 0.3 and loudness > 100,
        "nothing": lambda share, loudness: loudness < 30,
    }[what]
    deadline = asyncio.get_running_loop().time() + 8
    while not wanted(*(heard := phone.lately(AGENT))):
        assert asyncio.get_running_loop().time() < deadline, (what, heard)
        await asyncio.sleep(0.2)


async def test_mute_hold_keypad_and_a_reload_in_the_call_P14(product: Product):
    async with a_browser(AGENT) as browser, product.customer_phone(tone=CUSTOMER) as customer:
        console = await Console.sign_in(browser, product)
        keyboard = console.page.keyboard
        await console.ready()
        await customer.dial((await clicked(product))["number"])
        await console.answer()
        await hears_only(customer, "agent")

        await keyboard.press("m")
        await console.stands("You are muted.")
        await hears_only(customer, "nothing")
        await console.page.reload()
        await console.shows("hang-up")
        await console.stands("You are muted.")
        await console.flows(5)
        assert await console.hears(CUSTOMER), "the call goes on in the page that came after"
        await hears_only(customer, "nothing")
        await keyboard.press("m")
        await hears_only(customer, "agent")

        await console.page.get_by_label("Notes for this call").focus()
        await keyboard.type("mhk")
        await keyboard.press("Alt+Shift+KeyH")
        await console.stands("On hold.")
        await hears_only(customer, "music")
        await console.page.reload()
        await console.stands("On hold.")
        await hears_only(customer, "music")
        await console.press("hold")
        await hears_only(customer, "agent")
        await expect(console.page.locator("[data-part=mute]")).to_have_attribute("aria-pressed", "false")

        await keyboard.press("k")
        await console.page.locator("[data-part=keys]").get_by_role("button", name="5").click()
        await customer.event("CALL_DTMF_END")
        before = len(customer.events)
        await keyboard.press("7")
        await customer.event("CALL_DTMF_END", after=before)
        assert [event["param"] for event in customer.events if event.get("type") == "CALL_DTMF_START"] == ["5", "7"]
        await keyboard.press("Escape")
        await expect(console.page.locator("[data-part=keys]")).to_have_count(0)
        await console.press("hang-up")
        await console.state("wrap_up")
        assert console.complaints == []
    assert product.sql("select end_reason from call") == [{"end_reason": "hangup"}], "all of it was one call"


async def test_a_console_answers_by_itself_and_both_show_their_cameras_P14_P24(product: Product):
    product.sql("update pool set auto_answer = true")
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        console = await Console.sign_in(left, product)
        await console.ready()
        tones = await console.page.evaluate(COUNT_TONES)
        assert tones == 0
        status = await clicked(product)
        customer = await WebPhone.of_customer(right, product, status)
        await customer.dial()
        await customer.state("talking")
        assert await console.page.evaluate("tones") == [880], "one tone in the agent's ear, and no ringing"
        await console.state("talking")
        await expect(console.page.get_by_text("Their browser", exact=True)).to_be_visible()
        assert await console.hears(CUSTOMER) and await customer.hears(AGENT)

        assert await customer.camera()
        await console.shows("offer")
        assert await console.page.locator("video").count() == 0, "seeing is for the agent to agree to"
        await console.press("look")
        assert await console.sees("red")
        assert await customer.do("seen()") is None, "nobody's camera goes on but by their own click"
        await console.page.keyboard.press("v")
        assert await customer.sees("blue")
        await console.shows("own-picture")
        await console.page.keyboard.press("h")
        await console.stands("On hold.")
        await console.page.keyboard.press("h")
        assert await console.sees("red") and await customer.sees("blue")
        await console.page.keyboard.press("v")
        await expect(console.page.locator("[data-part=own-picture]")).to_have_count(0)
        await customer.page.wait_for_function("() => picture === null")
        assert await console.hears(CUSTOMER) and await customer.hears(AGENT)

        await console.page.reload()
        await console.shows("offer")
        assert await console.hears(CUSTOMER) and await customer.hears(AGENT), "picture and voice outlive a reload"
        await console.press("look")
        assert await console.sees("red")
        await customer.do("phone.hangUp()")
        await console.state("wrap_up")
        await expect(console.page.locator("video")).to_have_count(0)
        assert console.complaints == []


COUNT_TONES = """() => {
    window.tones = [];
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...all) {
        if (this.frequency.value !== 520) tones.push(this.frequency.value);
        return start.apply(this, all);
    };
    return tones.length;
}"""
"""The pitch of each tone that the page begins, but that of a customer who is reserved."""


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


@pytest.mark.long
async def test_signing_in_at_another_computer_leaves_the_call_where_it_is_P14(product: Product):
    async with a_browser(AGENT) as left, a_browser(880) as right, product.customer_phone(tone=CUSTOMER) as customer:
        first = await Console.sign_in(left, product)
        await first.ready()
        await customer.dial((await clicked(product))["number"])
        await first.answer()
        second = await Console.sign_in(right, product)
        await second.page.get_by_role("button", name="Sign in here instead").click()
        await second.state("talking")
        await expect(second.page.locator("[data-part=slot]")).to_have_text("No sound here")
        await expect(first.page.get_by_text("Your call goes on here until it ends.")).to_be_visible()
        await hears_only(customer, "agent")
        assert await first.hears(CUSTOMER)
        await first.press("hang-up")
        await second.state("wrap_up")
        await expect(first.page.locator(".goes-on")).to_have_count(0)
        await second.page.keyboard.press("1")
        await second.page.keyboard.press("Control+Enter")
        await second.state("ready")
        await customer.event("CALL_CLOSED")
        await customer.dial((await clicked(product))["number"])
        await second.answer()
        assert await customer.hears(880) and await second.hears(CUSTOMER)
        assert first.complaints + second.complaints == []


@pytest.mark.long
async def test_answered_at_once_or_late_both_hear_within_a_second_P14(product: Product):
    """At 1, 7 and 31 s: what the network forgets of a call that only rings must not cost it its sound."""
    product.sql("update pool set ring_for = '40 s'")
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        console = await Console.sign_in(left, product)
        await console.ready()
        for rings_for in (1, 7, 31):
            customer = await WebPhone.of_customer(right, product, await clicked(product))
            await customer.dial()
            await console.shows("answer")
            await asyncio.sleep(rings_for)
            if rings_for == 7:
                await console.press("answer-video")
            else:
                await console.page.keyboard.press("a")
            await customer.state("talking")
            await console.flows(1.0)
            if rings_for == 7:
                assert await customer.sees("blue"), "answered with video"
            assert await console.hears(CUSTOMER) and await customer.hears(AGENT), rings_for
            await customer.do("phone.hangUp()")
            await console.state("wrap_up")
            await console.page.keyboard.press("1")
            await console.page.keyboard.press("Control+Enter")
            await console.state("ready")
            await customer.page.close()


@pytest.mark.long
async def test_a_cut_line_to_the_switch_costs_no_call_and_afterwards_all_is_as_before_P14(product: Product):
    cable = Cable("127.0.0.1", product.settings.http_port)
    await cable.mend()
    product.sql("update web_telephone set url = %s", f"ws://127.0.0.1:{cable.port}/ws")
    try:
        async with a_browser(AGENT) as browser, product.customer_phone(tone=CUSTOMER) as customer:
            console = await Console.sign_in(browser, product)
            await console.ready()
            await customer.dial((await clicked(product))["number"])
            await console.answer()
            await cable.cut()
            await console.says("The telephone lost its connection. The call goes on")
            await console.phone("Not reachable")
            await expect(console.page.locator("[data-part=hold]")).to_have_attribute("aria-disabled", "true")
            await console.page.keyboard.press("h")
            await hears_only(customer, "agent")
            await cable.mend()
            await console.phone("Registered")
            await hears_only(customer, "agent")
            await console.page.keyboard.press("h")
            await console.stands("On hold.")
            await hears_only(customer, "music")
            await console.page.keyboard.press("h")
            assert await console.hears(CUSTOMER)
            await cable.cut()
            await console.phone("Not reachable")
            async with console.page.expect_response("**/hang-up") as told:
                await console.press("hang-up")
            assert (await told.value).status == 200
            await customer.event("CALL_CLOSED")
            await console.state("wrap_up")
            await cable.mend()
            await console.phone("Registered")
            await expect(console.page.locator("[data-part=hang-up]")).to_have_count(0)
            assert await console.page.locator("[data-part=phone-banner]").count() == 0
            until(lambda: product.sql("select 1 from call_quality"), what="what the network did is kept")
    finally:
        product.sql("update web_telephone set url = null")
        await cable.cut()


SEND_ON = """async (body) => {
    const view = await (await fetch("/api/v1/agent/view")).json();
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": view.csrf };
    const path = `/api/v1/agent/calls/${view.engagement.interaction}/transfer`;
    return (await fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).status;
}"""


@pytest.mark.long
async def test_after_a_reload_the_call_is_passed_on_as_before_and_in_a_consultation_too_P14(product: Product):
    ines_phone = product.station_phone("2102", 880)
    async with a_browser(AGENT) as browser, product.customer_phone(tone=CUSTOMER) as customer, ines_phone as second:
        with RobotDesk(product, "1044", "2102") as ines:
            console = await Console.sign_in(browser, product)
            await console.ready()
            await customer.dial((await clicked(product))["number"])
            await console.answer()
            await asyncio.to_thread(ines.ready)
            await console.page.reload()
            await hears_only(customer, "agent")
            told_first = {"kind": "attended", "to": {"agent": "1044"}, "with_page": True}
            assert await console.page.evaluate(SEND_ON, told_first) == 200
            await second.event("CALL_INCOMING")
            await second.answer()
            await hears_only(customer, "music")
            assert await console.hears(880)

            await console.page.reload()
            assert await console.hears(880), "Ines is there still"
            await hears_only(second, "agent")
            await hears_only(customer, "music")
            await console.press("take-back")
            await hears_only(customer, "agent")
            await second.event("CALL_CLOSED")

            heard = len(second.events)
            await asyncio.to_thread(ines.ready)
            assert await console.page.evaluate(SEND_ON, told_first | {"kind": "blind"}) == 200
            await second.event("CALL_INCOMING", after=heard)
            await second.answer()
            await console.state("wrap_up")
            assert await customer.hears(880)
            await expect(console.page.locator("[data-part=hang-up]")).to_have_count(0)
            assert console.complaints == []
