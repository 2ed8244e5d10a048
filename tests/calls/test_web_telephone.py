"""Telephones in browsers on the real switch: voice both ways, whoever has which kind of telephone (P06, P14)."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.desks import RobotDesk
from tests.product import Product, until
from tests.turn_server import NO_OTHER_WAY, WAY, a_turn_server
from tests.web_phones import WebPhone, a_browser

pytestmark = pytest.mark.real
AGENT, CUSTOMER = 620, 440
"""What each is heard by, in Hz."""
AGENTS_ID, DESK_PHONE, IN_BROWSER = "1042", "2101", "2111"
SILENCE = 27
"""Seconds of it after which a call in a browser has surely ended."""


def clicked(product: Product) -> dict:
    answer = product.click()
    assert answer.status_code == 201, answer.text
    return answer.json()


async def ready(desk: RobotDesk) -> None:
    await asyncio.to_thread(desk.ready)


def in_state(desk: RobotDesk, state: str) -> None:
    until(lambda: desk.state() == state, what=f"the agent {state}")


async def flows_both_ways(phone: WebPhone, within: float = 1.0) -> dict:
    """What getStats counts once sound has come and gone; AssertionError if not within a second of the answer."""
    answered = (await phone.state("talking"))["since"] / 1000
    while True:
        seen = await phone.counters()
        if seen["packetsReceived"] > 3 and seen["packetsSent"] > 3:
            return seen
        assert time.time() - answered < within, seen
        await asyncio.sleep(0.02)


async def test_a_page_calls_a_console_and_both_hear_P06_P14(product: Product):
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(left, product, desk)
            await agent.state("registered")
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            in_state(desk, "reserved")
            customer = await WebPhone.of_customer(right, product, status)
            await customer.dial()
            await agent.state("ringing")
            in_state(desk, "ringing")
            await agent.do("phone.answer()")
            await asyncio.gather(flows_both_ways(agent), flows_both_ways(customer))
            assert await agent.hears(CUSTOMER) and await customer.hears(AGENT)
            in_state(desk, "talking")
            await customer.do("phone.hangUp()")
            assert (await agent.state("ended"))["reason"] == "hung_up"
            in_state(desk, "wrap_up")
    kept = product.sql("select i.state, i.end_reason, c.end_reason as call from interaction i join call c on true")
    assert kept == [{"state": "ended", "end_reason": "hangup", "call": "hangup"}]


async def test_a_page_calls_a_desk_phone_P06(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT) as agent:
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            customer = await WebPhone.of_customer(browser, product, await asyncio.to_thread(clicked, product))
            await customer.dial()
            await agent.event("CALL_INCOMING")
            await agent.answer()
            await flows_both_ways(customer)
            assert await customer.hears(AGENT) and await agent.hears(CUSTOMER)
            await agent.hang_up()
            assert (await customer.state("ended"))["reason"] == "hung_up"


async def test_a_telephone_calls_a_console_that_answers_by_itself_P14(product: Product):
    async with a_browser(AGENT) as browser, product.customer_phone(tone=CUSTOMER) as customer:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(browser, product, desk, autoAnswer=True)
            await agent.state("registered")
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            await customer.dial(status["number"])
            assert (await flows_both_ways(agent))["codec"] in ("audio/PCMU", "audio/PCMA")
            await customer.event("CALL_ESTABLISHED")
            assert await customer.hears(AGENT) and await agent.hears(CUSTOMER)
            await agent.do("phone.mute(true)")
            await agent.do("phone.mute(false)")
            await agent.do("phone.hold(true)")
            await agent.state("held")
            await agent.do("phone.hold(false)")
            await agent.state("talking")
            assert await agent.hears(CUSTOMER)
            await agent.do("phone.press('5')")
            assert (await customer.event("CALL_DTMF_START"))["param"] == "5"
            await agent.do("phone.hangUp()")
            in_state(desk, "wrap_up")


# ---- video -------------------------------------------------------------------------------------------------------


@pytest.mark.long
async def test_either_side_shows_a_camera_in_the_call_and_takes_it_away_again_P24(product: Product):
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(left, product, desk, autoAnswer=True)
            await agent.state("registered")
            await ready(desk)
            customer = await WebPhone.of_customer(right, product, await asyncio.to_thread(clicked, product))
            await customer.dial()
            await customer.state("talking")
            assert await customer.camera()
            assert await agent.sees("red")
            assert await customer.do("seen()") is None, "nobody's camera goes on but by their own click"
            assert await agent.camera()
            assert await customer.sees("blue")
            assert await agent.hears(CUSTOMER) and await customer.hears(AGENT)

            await agent.do("phone.hold(true)")
            await agent.state("held")
            await agent.do("phone.hold(false)")
            await agent.state("talking")
            assert await agent.sees("red") and await customer.sees("blue")

            await customer.do("phone.hideCamera()")
            await agent.page.wait_for_function("() => picture === null")
            assert await customer.sees("blue")
            await customer.do("phone.hangUp()")
            in_state(desk, "wrap_up")


@pytest.mark.long
async def test_a_picture_from_one_side_alone_is_no_silence_P24(product: Product):
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(left, product, desk, autoAnswer=True)
            await agent.state("registered")
            await ready(desk)
            customer = await WebPhone.of_customer(right, product, await asyncio.to_thread(clicked, product))
            await customer.dial()
            await customer.state("talking")
            assert await customer.camera()
            await asyncio.sleep(SILENCE)
            assert await agent.sees("red") and await agent.hears(CUSTOMER) and await customer.hears(AGENT)


async def test_a_camera_meets_a_telephone_without_one_and_the_voice_stays_P24(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT, answer="auto"):
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            customer = await WebPhone.of_customer(browser, product, await asyncio.to_thread(clicked, product))
            await customer.dial()
            await customer.state("talking")
            await customer.camera()
            assert await customer.hears(AGENT)
            assert (await customer.do("states.at(-1)"))["name"] == "talking"


# ---- a TURN server ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("over", ["udp", "tcp"])
async def test_a_page_calls_over_a_turn_server_alone_P06(product: Product, over: str):
    async with (
        a_turn_server(product.settings.secret("turn")) as port,
        product.station_phone(DESK_PHONE, AGENT, answer="auto") as agent,
        a_browser(CUSTOMER) as browser,
    ):
        product.sql("update web_telephone set ice = %s", [f"turn:127.0.0.1:{port}?transport={over}"])
        try:
            with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
                await ready(desk)
                customer = await WebPhone.of_customer(browser, product, await asyncio.to_thread(clicked, product))
                await customer.page.evaluate(NO_OTHER_WAY)
                await customer.dial()
                await flows_both_ways(customer, within=10)
                assert await customer.hears(AGENT) and await agent.hears(CUSTOMER)
                assert await customer.page.evaluate(WAY) == ["relay", over]
                await customer.do("phone.hangUp()")
                await customer.state("ended")
        finally:
            product.sql("update web_telephone set ice = '{}'")


# ---- the door ----------------------------------------------------------------------------------------------------


async def test_a_target_is_good_once_and_nothing_else_is_P06(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT, answer="auto") as agent:
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            replaced = await WebPhone.of_customer(browser, product, status)
            customer = await WebPhone.of_customer(browser, product, status)
            for wrong in (replaced.target, f"sip:{status['number']}@127.0.0.1", "sip:t0123456789abcdef@127.0.0.1",
                          f"sip:{DESK_PHONE}@127.0.0.1", "sip:s@127.0.0.1", "sip:02079460100@127.0.0.1"):  # fmt: skip
                await replaced.dial(wrong)
                assert (await replaced.state("ended"))["reason"] == "not_let_in", wrong
            assert product.sql("select count(*) as n from call") == [{"n": 0}]

            await customer.dial()
            await customer.state("talking")
            second = await WebPhone._open(browser, product, "customer", replaced_access(product), "", {})
            await second.dial(customer.target)
            assert (await second.state("ended"))["reason"] == "not_let_in"
            again = await asyncio.to_thread(product.customer, status, "POST", "/telephone")
            assert (again.status_code, again.json()["error"]["code"]) == (409, "wrong_state")
            await agent.hang_up()
    assert product.sql("select count(*) as n from call") == [{"n": 1}]


def replaced_access(product: Product) -> dict:
    """Whoever has learnt the shared password, without a target."""
    settings = product.settings
    return {
        "url": f"ws://127.0.0.1:{settings.http_port}/ws",
        "uri": "sip:web-customer@127.0.0.1",
        "user": "web-customer",
        "password": settings.secret("web-customer"),
        "ice_servers": [],
    }


async def test_a_target_is_late_after_its_deadline_P06(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT):
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            customer = await WebPhone.of_customer(browser, product, await asyncio.to_thread(clicked, product))
            product.sql("update web_target set deadline = now()")
            await customer.dial()
            assert (await customer.state("ended"))["reason"] == "not_let_in"
            in_state(desk, "reserved")


async def test_the_longest_call_ends_P06(product: Product):
    product.sql("update web_telephone set longest_call = '2 s'")
    try:
        async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT, answer="auto"):
            with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
                await ready(desk)
                customer = await WebPhone.of_customer(browser, product, await asyncio.to_thread(clicked, product))
                await customer.dial()
                talked = await customer.state("talking")
                ended = await customer.state("ended")
                assert 1.5 < (ended["at"] - talked["at"]) / 1000 < 4.5
                in_state(desk, "wrap_up")
    finally:
        product.sql("update web_telephone set longest_call = '1 hour'")


async def test_while_the_cti_server_is_away_a_page_is_told_so_and_the_target_stays_good_P06(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT, answer="auto"):
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            customer = await WebPhone.of_customer(browser, product, await asyncio.to_thread(clicked, product))
            product.kill("cti")
            await customer.dial()
            assert (await customer.state("ended"))["reason"] == "telephone_down"
            product.restore()
            await customer.dial()
            await customer.state("talking")


# ---- trouble -----------------------------------------------------------------------------------------------------


async def test_a_microphone_that_is_refused_is_no_telephone_and_no_call_is_offered_P14(product: Product):
    async with a_browser(AGENT, "--deny-permission-prompts", leave=False) as browser:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(browser, product, desk)
            assert (await agent.state("refused"))["reason"] == "microphone_refused"
            await asyncio.to_thread(desk.post, "agent/ready")
            assert desk.view()["state"]["reasons"] == ["station_unreachable"]


async def test_a_console_that_is_closed_or_loses_its_line_is_not_reachable_at_once_P14(product: Product):
    async with a_browser(AGENT) as browser:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(browser, product, desk)
            await agent.state("registered")
            await ready(desk)
            await agent.page.close()
            until(lambda: desk.state() == "not_ready", 5, "not reachable")
            assert desk.view()["state"]["reasons"] == ["station_unreachable"]


@pytest.mark.long
@pytest.mark.parametrize("who", ["agent", "customer"])
async def test_a_browser_that_dies_in_a_call_ends_it_for_the_other_too_P14(product: Product, who: str):
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(left, product, desk, autoAnswer=True)
            await agent.state("registered")
            await ready(desk)
            customer = await WebPhone.of_customer(right, product, await asyncio.to_thread(clicked, product))
            await customer.dial()
            await flows_both_ways(customer)
            dies, stays = (agent, customer) if who == "agent" else (customer, agent)
            await dies.page.close()
            await stays.state("ended", within=30)
            in_state(desk, "wrap_up")


async def test_one_tab_has_the_telephone_and_another_takes_it_only_when_told_to_P14(product: Product):
    async with a_browser(AGENT) as browser, product.customer_phone(tone=CUSTOMER) as customer:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            first = await WebPhone.of_agent(browser, product, desk)
            await first.state("registered")
            page = await first.page.context.new_page()
            await page.goto(product.settings.web_url)
            second = WebPhone(page)
            await second.load("agent", desk.get("agent/telephone"), IN_BROWSER, {})
            assert (await second.state("refused"))["reason"] == "other_tab"
            await second.do("phone.start(true)")
            assert (await first.state("refused"))["reason"] == "taken_over"
            await second.state("registered")
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            await customer.dial(status["number"])
            await second.state("ringing")
            await second.do("phone.answer()")
            assert await second.hears(CUSTOMER)


async def test_what_the_network_does_is_kept_with_the_interaction_P14(product: Product):
    sample = {"at": "2026-11-24T12:00:00Z", "loss": 0.02, "jitter_ms": 3.5, "round_trip_ms": None}
    async with product.station_phone(DESK_PHONE, AGENT):
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            path = f"agent/calls/{status['interaction']}/quality"
            for _ in range(2):
                answer = await asyncio.to_thread(
                    desk.try_to, path, samples=[sample, sample | {"at": "2026-11-24T12:00:05Z"}]
                )
                assert answer.status_code == 204
            await asyncio.to_thread(product.customer, status, "DELETE")
            in_state(desk, "ready")
            assert (await asyncio.to_thread(desk.try_to, path, samples=[sample])).json()["error"]["code"] == "not_yours"
    kept = product.sql("select agent, loss, jitter_ms, round_trip_ms from call_quality order by at")
    assert kept == 2 * [{"agent": AGENTS_ID, "loss": pytest.approx(0.02), "jitter_ms": 3.5, "round_trip_ms": None}]
