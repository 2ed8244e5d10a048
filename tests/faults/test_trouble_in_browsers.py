"""What breaks while two people talk, and what their browsers show of it: docs/trouble.md is the list.

Shop, console and telephones in real Chromium against the whole product. Most of it takes long because what is waited
for does: `make faults` runs that, `make test` the rest.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.calls.test_in_the_browser import (
    Windows,
    ask,
    everything_on,
    in_state,
    named,
    nothing_of,
    says,
    sees_page,
    shown,
    told,
    windows,
)
from tests.calls.test_web_telephone import AGENT, AGENTS_ID, CUSTOMER, DESK_PHONE, IN_BROWSER, clicked, ready
from tests.desks import RobotDesk
from tests.faults.test_faults import docker
from tests.phones import Phone
from tests.product import Product, until
from tests.switchboard import run_switch
from tests.web_phones import WebPhone, a_browser

pytestmark = pytest.mark.real
LAMP = "/lighting/alder-floor-lamp"


@asynccontextmanager
async def a_call(
    product: Product, w: Windows, agent: Phone, customer: Phone, who: str | None = None
) -> AsyncIterator[tuple[Page, Page]]:
    """Noor's console and the customer's shop page, while both talk."""
    noor = await w.console()
    shop = await w.shop(customer=who)
    number = await ask(shop)
    until(lambda: shown(product), what="the page acknowledged")
    await customer.dial(number)
    await agent.event("CALL_INCOMING")
    await agent.answer()
    await in_state(noor, "talking")
    await told(shop, "Talking with Noor")
    yield noor, shop


async def dies(product: Product, *parts: str) -> None:
    """kill -9, and some seconds later they are there again."""
    for part in parts:
        product.kill(part)
    await asyncio.sleep(4)
    for part in parts:
        product.start(part)
    await asyncio.to_thread(product.wait_ready)


# ---- one browser, two customers --------------------------------------------------------------------------------------


async def test_who_signs_out_at_the_shop_takes_number_page_and_record_along_P03_P07(product: Product):
    async with product.station_phone(), windows(product) as w:
        noor = await w.console()
        shop = await w.shop("/", "Marit Solvang")
        other_tab = w.watched(await shop.context.new_page())
        await other_tab.goto(product.settings.shop_url)
        first = await ask(shop)
        await named(noor, "Marit Solvang")

        await other_tab.get_by_role("button", name=re.compile("Sign out")).first.click()
        await expect(shop.locator("ctiapp-panel")).to_be_hidden()
        await in_state(noor, "ready")
        assert product.sql("select release_reason as why from reservation") == [{"why": "cancelled"}]

        await shop.goto(f"{product.settings.shop_url}/sign-in")
        await shop.get_by_text("Yusuf Adair").click()
        await shop.goto(f"{product.settings.shop_url}/kitchens")
        await expect(shop.locator("ctiapp-panel")).to_be_hidden()
        second = await ask(shop)
        assert second != first, "it cools down"
        await named(noor, "Yusuf Adair")
        await sees_page(noor, "Kitchens")
        assert nothing_of(await everything_on(noor), "Marit", "Solvang", "C-1001", first)
        assert nothing_of(await shop.locator("ctiapp-panel").inner_html(), "Marit", first)
        assert nothing_of(await shop.evaluate("JSON.stringify(sessionStorage)"), first)

        await shop.goto(f"{product.settings.shop_url}/sign-in")
        await shop.get_by_text("Marit Solvang").click()
        await shop.goto(f"{product.settings.shop_url}{LAMP}")
        await in_state(noor, "ready")
        await expect(shop.locator("ctiapp-panel")).to_be_hidden()
    assert product.sql("select count(*) as n from interaction") == [{"n": 2}]


# ---- clocks ----------------------------------------------------------------------------------------------------------


async def test_countdowns_are_the_servers_whatever_a_browser_takes_for_the_time_P06_P07(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer, windows(product) as w:
        noor = await w.console(ready=False)
        late = datetime.now(UTC) - timedelta(minutes=10)
        await noor.clock.install(time=late)
        await noor.reload()
        await in_state(noor, "not_ready")
        await noor.keyboard.press("r")
        await in_state(noor, "ready")
        shop = await w.shop()
        await shop.clock.install(time=datetime.now(UTC) + timedelta(minutes=10))
        await shop.reload()
        number = await ask(shop)
        await expect(shop.locator("[data-part=time]")).to_have_text(re.compile(r"1:(30|2\d|1\d)"))
        until(lambda: shown(product), what="the page acknowledged")
        await customer.dial(number)
        await agent.event("CALL_INCOMING")
        await agent.answer()
        await in_state(noor, "talking")
        await expect(noor.locator(".state [role=timer]")).to_have_text(re.compile(r"^0:[01]\d$"))
        await customer.hang_up()
        await in_state(noor, "wrap_up")
        await expect(noor.get_by_text(re.compile(r"\b0:(30|2\d|1\d)\b")).first).to_be_visible()


# ---- our own parts die in a call -------------------------------------------------------------------------------------


@pytest.mark.long
async def test_web_and_cti_server_are_killed_in_a_call_and_both_screens_show_the_truth_again_P06_P07(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer, windows(product) as w:
        async with a_call(product, w, agent, customer) as (noor, shop):
            await dies(product, "web")
            assert await agent.hears(440) and await customer.hears(620), "nobody was cut off"
            await in_state(noor, "talking")
            await told(shop, "Talking with Noor")
            await dies(product, "cti")
            assert await agent.hears(440) and await customer.hears(620), "nobody was cut off"
            await in_state(noor, "talking")

            product.kill("web")  # and what happens meanwhile is known afterwards
            await customer.hang_up()
            await asyncio.sleep(2)
            product.start("web")
            await asyncio.to_thread(product.wait_ready)
            await in_state(noor, "wrap_up")
            await told(shop, "Call ended")


@pytest.mark.long
async def test_the_web_server_says_nothing_for_half_a_minute_and_the_call_goes_on_P06_P07(product: Product):
    """Every socket is cut in the end: longer than a ping may take. The call ends meanwhile."""
    async with product.station_phone() as agent, product.customer_phone() as customer, windows(product) as w:
        async with a_call(product, w, agent, customer) as (noor, shop):
            with stopped(product, "web"):
                await asyncio.sleep(20)
                assert await agent.hears(440) and await customer.hears(620)
                await says(noor, "No connection to the server.")
                await customer.hang_up()
                await asyncio.sleep(10)
            await in_state(noor, "wrap_up")
            await told(shop, "Call ended")


class stopped:
    """The process and its children are there and do nothing, like a server that swaps."""

    def __init__(self, product: Product, part: str) -> None:
        first = product.children[part].pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        self._pids = [first, *map(int, children)]

    def __enter__(self) -> None:
        for pid in self._pids:
            os.kill(pid, signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        for pid in reversed(self._pids):
            os.kill(pid, signal.SIGCONT)


@pytest.mark.long
async def test_the_switch_is_restarted_in_a_call_between_browsers_and_both_can_talk_again_P06_P14(product: Product):
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(left, product, desk, autoAnswer=True)
            await agent.state("registered")
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            customer = await WebPhone.of_customer(right, product, status)
            await customer.dial()
            await customer.state("talking")
            docker("kill", product)
            await asyncio.to_thread(run_switch, product.settings, "up")
            await asyncio.to_thread(product.wait_ready)
            await asyncio.to_thread(desk.until_state, "wrap_up", 30)
            assert product.customer(status).json()["end_reason"] == "lost"
            assert (await agent.state("ended", within=40))["line"], "registered again by itself"
            product.sql("update reservation set wrap_up_until = now() where state = 'wrap_up'")
            await asyncio.to_thread(desk.until_state, "ready", 30)
            again = await WebPhone.of_customer(right, product, await asyncio.to_thread(clicked, product))
            await again.dial()
            await again.state("talking")
            assert await again.hears(AGENT) and await agent.hears(CUSTOMER)


# ---- the customer's side ---------------------------------------------------------------------------------------------


@pytest.mark.long
async def test_a_customers_network_is_cut_for_half_a_minute_and_their_page_comes_back_P06_P28(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer, windows(product) as w:
        async with a_call(product, w, agent, customer) as (noor, shop):
            live = noor.locator("[data-part=live]")
            await expect(live).to_have_attribute("data-state", "live")
            await shop.context.set_offline(True)
            await expect(shop.get_by_text("No connection. Trying again…").first).to_be_visible()
            await expect(live).not_to_have_text("Customer agreed")
            assert await agent.hears(440), "the call does not notice"
            await asyncio.sleep(30)
            await shop.context.set_offline(False)
            await told(shop, "Talking with Noor")
            await expect(live).to_have_attribute("data-state", "live")
            await shop.evaluate("document.querySelector('main').append('Back again')")
            await sees_page(noor, "Back again")
            await customer.hang_up()
            await told(shop, "Call ended")


@pytest.mark.long
async def test_a_browser_that_sleeps_in_its_call_is_heard_again_and_one_that_sleeps_on_is_not_waited_for_P06(
    product: Product,
):
    async with a_browser(CUSTOMER) as browser, product.station_phone(DESK_PHONE, AGENT, answer="auto") as agent:
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            customer = await WebPhone.of_customer(browser, product, status)
            await customer.dial()
            await customer.state("talking")
            assert await agent.hears(CUSTOMER)
            pids = family(browser)
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(8)
                assert await asyncio.to_thread(desk.state) == "talking"
            finally:
                for pid in reversed(pids):
                    os.kill(pid, signal.SIGCONT)
            before = (await customer.counters())["packetsReceived"]
            await customer.page.wait_for_function(
                "async (before) => (await counters()).packetsReceived > before + 50", arg=before
            )
            assert await customer.hears(AGENT)
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.to_thread(desk.until_state, "wrap_up", 40)
            finally:
                for pid in reversed(pids):
                    os.kill(pid, signal.SIGCONT)
            await customer.page.wait_for_function("states.some((one) => one.name === 'ended')")


async def test_leave_to_use_the_microphone_is_withdrawn_in_a_call_which_goes_on_and_no_other_is_offered_P14(
    product: Product,
):
    async with a_browser(AGENT, leave=False) as left, a_browser(CUSTOMER) as right:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            context = await left.new_context(permissions=["microphone"])
            page = await context.new_page()
            await page.goto(product.settings.web_url)
            agent = WebPhone(page)
            await agent.load("agent", desk.get("agent/telephone"), IN_BROWSER, {"autoAnswer": True})
            await agent.state("registered")
            await ready(desk)
            customer = await WebPhone.of_customer(right, product, await asyncio.to_thread(clicked, product))
            await customer.dial()
            await customer.state("talking")
            assert await agent.hears(CUSTOMER)
            await context.clear_permissions()
            await page.wait_for_function("states.at(-1).reason !== null")
            last = await agent.do("states.at(-1)")
            assert (last["name"], last["reason"], last["line"]) == ("talking", "microphone_lost", False)
            assert await agent.hears(CUSTOMER) and desk.state() == "talking"
            await customer.do("phone.hangUp()")
            await asyncio.to_thread(desk.until_state, "wrap_up")
            product.sql("update reservation set wrap_up_until = now() where state = 'wrap_up'")
            reasons = (await asyncio.to_thread(desk.until_state, "not_ready", 20))["state"]["reasons"]
            assert reasons == ["station_unreachable"]


def family(browser: Browser) -> list[int]:
    """The processes of this browser: Chromium's first one has a remote-debugging pipe of ours, the others are below."""
    ours = [pid for pid in below(os.getpid()) if "chrom" in command(pid)]
    assert ours
    return ours


def below(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *below(int(child))]
    return found


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


@pytest.mark.long
async def test_a_call_that_is_answered_after_half_a_minute_is_heard_at_once_P06(product: Product):
    product.sql("update pool set ring_for = '60 s'")
    async with a_browser(AGENT) as left, a_browser(CUSTOMER) as right:
        with RobotDesk(product, AGENTS_ID, IN_BROWSER) as desk:
            agent = await WebPhone.of_agent(left, product, desk)
            await agent.state("registered")
            await ready(desk)
            customer = await WebPhone.of_customer(right, product, await asyncio.to_thread(clicked, product))
            await customer.dial()
            await agent.state("ringing")
            await asyncio.sleep(31)
            assert (await customer.do("states.at(-1)"))["name"] in ("calling", "ringing", "dialling")
            await agent.do("phone.answer()")
            for phone, other in ((agent, CUSTOMER), (customer, AGENT)):
                await phone.state("talking")
                assert await phone.hears(other)


# ---- pages that storm ------------------------------------------------------------------------------------------------

STORM = """async (seconds) => {
    const main = document.querySelector("main");
    const end = performance.now() + seconds * 1000;
    let changes = 0;
    while (performance.now() < end) {
        for (let one = 0; one < 20; one += 1, changes += 1) {
            const note = document.createElement("p");
            note.textContent = `Change ${changes}`;
            main.append(note);
            if (main.children.length > 300) main.firstElementChild.remove();
        }
        await new Promise((next) => setTimeout(next, 20));
    }
    return changes;
}"""
FIVE_MEGABYTES = """() => {
    const main = document.querySelector("main");
    for (let n = 0; n < 5000; n += 1) {
        const note = document.createElement("p");
        note.textContent = "a page of very many words ".repeat(40);
        main.append(note);
    }
    return document.body.innerHTML.length;
}"""


@pytest.mark.long
async def test_a_page_of_five_megabytes_and_a_thousand_changes_a_second_do_not_hurt_the_call_P06_P28(product: Product):
    async with a_browser(CUSTOMER) as browser, product.station_phone(answer="auto", tone=AGENT) as agent:
        async with windows(product) as w:
            noor = await w.console()
            theirs = Windows(product, browser)
            shop = await theirs.shop()
            number = await ask(shop)
            until(lambda: shown(product), what="the page acknowledged")
            kept = json.loads(await shop.evaluate("sessionStorage.getItem('ctiapp:call')"))
            customer = await WebPhone.of_customer(browser, product, kept)
            await customer.dial()
            await customer.state("talking")
            assert await customer.hears(AGENT) and number
            await expect(noor.locator("[data-part=live]")).to_have_attribute("data-state", "live")

            quiet = await lost(customer, asyncio.sleep(5))
            changes: list[int] = []

            async def storm() -> None:
                changes.append(await shop.evaluate(STORM, 8))

            stormy = await lost(customer, storm())
            large = await lost(customer, shop.evaluate(FIVE_MEGABYTES), asyncio.sleep(5))
            print(f"lost: quiet {quiet:.2%}, {changes[0]} changes {stormy:.2%}, five megabytes {large:.2%}")
            assert changes[0] > 1000
            assert max(stormy, large) < quiet + 0.05
            assert await agent.hears(CUSTOMER) and await customer.hears(AGENT)
            await expect(noor.locator("[data-part=live]")).to_have_attribute("data-state", "too_large")
            await in_state(noor, "talking")


COUNTED = """async () => {
    const found = { sent: 0, received: 0, lost: 0, lostThere: 0 };
    for (const one of (await connection.getStats()).values()) {
        if (one.type === "outbound-rtp" && one.kind === "audio") found.sent = one.packetsSent;
        if (one.type === "inbound-rtp" && one.kind === "audio") {
            found.received = one.packetsReceived;
            found.lost = one.packetsLost;
        }
        if (one.type === "remote-inbound-rtp") found.lostThere = one.packetsLost;
    }
    return { ...found, at: performance.now() };
}"""


async def lost(phone: WebPhone, *deeds) -> float:
    """The share of the packets of 20 ms that did not go out or did not come in while this was done."""
    before = await phone.page.evaluate(COUNTED)
    for deed in deeds:
        await deed
    after = await phone.page.evaluate(COUNTED)
    due = (after["at"] - before["at"]) / 20
    shares = [1 - (after[way] - before[way]) / due for way in ("sent", "received")]
    return max(0.0, *shares)
