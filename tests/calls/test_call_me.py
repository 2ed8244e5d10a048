"""Call me on real parts (Fig. 5): the list, the trunk, the detector, the agent's console and telephone."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.async_api import Page, expect

from tests.calls.test_in_the_browser import in_state, named, says, windows
from tests.desks import RobotDesk
from tests.phones import PublicPhone
from tests.product import Product, until
from tests.progress.signals import answer_tone, cadence, flags, frames, quiet, tone, voice
from tests.sipp import trunk
from tests.switchboard import OTHER_TRUNK_ADDRESS

pytestmark = pytest.mark.real
MIA = "+447700900142"
PERSON = np.concatenate([quiet(400), voice(700), quiet(2500)])
GREETING = b"".join(frames(PERSON))
MACHINE = np.concatenate([quiet(400), voice(5000), quiet(300), tone(1000, 400), quiet(4000)])
FAX = np.concatenate([quiet(400), answer_tone(2100, 3000), quiet(75), flags(60), quiet(500)])
BUSY = cadence(425, (500, 500), 8000)


async def test_figure_5_from_the_click_to_two_people_who_hear_each_other_P18_P20_P21(product: Product):
    async with product.station_phone() as agent, PublicPhone(MIA, GREETING) as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.call_me(MIA).json()
            await customer.event("CALL_INCOMING")
            engagement = noor.until_state("reserved")["engagement"]
            assert engagement["channel"] == "call_me" and engagement["interaction"] == status["interaction"]
            until(lambda: noor.pages, what="the page, while it rings at the customer's")
            assert product.called(status)["state"] == "dialling"
            await customer.answer()
            await agent.event("CALL_INCOMING")
            await agent.answer()
            assert await customer.hears(agent.tone) and await agent.hears(customer.tone)
            until(lambda: product.called(status)["state"] == "talking", what="talking")
            noor.until_state("talking")
            await customer.hang_up()
            view = noor.until_state("wrap_up")
            reservation = view["engagement"]["reservation"]
            noor.post(f"agent/reservations/{reservation}/finish", disposition="sold", note="", ready=True)
            noor.until_state("ready")
            assert product.called(status)["state"] == "done"
    kept = product.sql("select disposition, agent, state from interaction")
    assert kept == [{"disposition": "sold", "agent": "1042", "state": "ended"}]
    (attempt,) = product.sql("select * from attempt")
    assert (attempt["outcome"], attempt["verdict"]) == ("human", "human")
    steps = [attempt[f"{step}_at"] for step in ("made", "ringing", "answered", "verdict", "ended")]
    assert steps == sorted(steps)


def outcome_of(product: Product, status: dict) -> dict:
    """The request, once an attempt of it came to something."""
    query = "select * from call_request where interaction = %s and last_outcome is not null and attempt is null"
    return until(lambda: product.sql(query, status["interaction"]), 30, "an outcome")[0]


@pytest.mark.parametrize(
    ("answer", "outcome", "state"),
    [
        ("486 Busy Here", "busy", "queued"),
        ("480 Temporarily Unavailable", "no_answer", "queued"),
        ("603 Decline", "rejected", "failed"),
        ("404 Not Found", "unallocated", "failed"),
        ("503 Service Unavailable", "congestion", "queued"),
    ],
)
async def test_what_the_network_says_is_kept_and_the_rules_decide_P18_P19(
    product: Product, answer: str, outcome: str, state: str
):
    async with product.station_phone() as agent:
        with RobotDesk(product, "1042", "2101") as noor, trunk("trunk_refuses.xml", status=answer) as messages:
            noor.ready()
            status = product.call_me(MIA).json()
            row = outcome_of(product, status)
            assert (row["last_outcome"], row["state"], row["tries"]) == (outcome, state, 1)
            assert noor.state() == "ready" and not noor.pages
            invites = [line for line in messages.read_text().splitlines() if line.startswith("INVITE")]
            assert len(set(invites)) == 1
        assert not [event for event in agent.events if event.get("type") == "CALL_INCOMING"]


async def test_a_trunk_that_fails_is_followed_by_the_next_one_P18(product: Product):
    product.sql("update call_me_pool set trunks = '{other,trunk}'")
    try:
        refused = trunk("trunk_refuses.xml", address=OTHER_TRUNK_ADDRESS, status="503 Service Unavailable")
        async with product.station_phone() as agent, PublicPhone(MIA, GREETING) as customer:
            with RobotDesk(product, "1042", "2101") as noor, refused as messages:
                noor.ready()
                status = product.call_me(MIA).json()
                await customer.event("CALL_INCOMING")
                await customer.answer()
                await agent.event("CALL_INCOMING")
                await agent.answer()
                assert await customer.hears(agent.tone) and await agent.hears(customer.tone)
                assert len({line for line in messages.read_text().splitlines() if line.startswith("INVITE")}) == 1
                until(lambda: product.called(status)["state"] == "talking", what="talking")
                assert product.called(status)["tries"] == 1, "two trunks are one try"
    finally:
        product.sql("update call_me_pool set trunks = '{trunk}'")
    tried = product.sql("select trunk, outcome, raw from attempt order by made_at")
    assert [(one["trunk"], one["outcome"], one["raw"]) for one in tried[:1]] == [("other", "congestion", "34/503")]
    assert [one["trunk"] for one in tried] == ["other", "trunk"]


async def test_the_agent_looks_first_and_who_passes_leaves_it_to_the_next_one_P20(product: Product):
    product.sql("update call_me_pool set agent_chosen = 'preview'")
    try:
        async with product.station_phone(), product.station_phone("2102") as second:
            async with PublicPhone(MIA, GREETING) as customer:
                with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
                    noor.ready()
                    status = product.call_me(MIA).json()
                    shown = noor.until_state("reserved")["engagement"]
                    assert shown["call_me"]["state"] == "previewing" and shown["page"]
                    tomas.ready()
                    noor.post(f"agent/reservations/{shown['reservation']}/pass")
                    offered = tomas.until_state("reserved")["engagement"]
                    assert offered["interaction"] == shown["interaction"]
                    assert noor.state() == "ready", "a look costs no pause"
                    assert not product.sql("select 1 from attempt"), "nobody was dialled for a look"
                    tomas.post(f"agent/reservations/{offered['reservation']}/accept")
                    await customer.event("CALL_INCOMING")
                    await customer.answer()
                    await second.event("CALL_INCOMING")
                    await second.answer()
                    assert await customer.hears(second.tone) and await second.hears(customer.tone)
                    until(lambda: product.called(status)["agent"] == {"first_name": "Tomas"}, what="whom they talk to")
    finally:
        product.sql("update call_me_pool set agent_chosen = 'ringing'")


async def test_nobody_answers_and_the_agent_is_free_again_P18(product: Product):
    product.sql("update call_me_pool set ring_for = '3 s'")
    try:
        async with product.station_phone(), PublicPhone(MIA, GREETING) as customer:
            with RobotDesk(product, "1042", "2101") as noor:
                noor.ready()
                status = product.call_me(MIA).json()
                await customer.event("CALL_INCOMING")
                noor.until_state("reserved")
                assert outcome_of(product, status)["last_outcome"] == "no_answer"
                assert noor.until_state("ready")["engagement"] is None
                seen = product.called(status)
                assert (seen["state"], seen["tries"], seen["last_outcome"]) == ("queued", 1, "no_answer")
    finally:
        product.sql("update call_me_pool set ring_for = '30 s'")


@pytest.mark.parametrize(
    ("sound", "outcome", "mark"),
    [(MACHINE, "machine", None), (FAX, "fax", "fax"), (BUSY, "busy", None)],
    ids=["machine", "fax", "busy tone"],
)
async def test_who_answers_is_no_human_so_no_agents_telephone_rings_P19(
    product: Product, sound: np.ndarray, outcome: str, mark: str | None
):
    async with product.station_phone() as agent:
        with RobotDesk(product, "1042", "2101") as noor, trunk("trunk_answers.xml", {"after": sound}):
            noor.ready()
            status = product.call_me(MIA).json()
            assert outcome_of(product, status)["last_outcome"] == outcome
            noor.until_state("ready")
        assert not [event for event in agent.events if event.get("type") == "CALL_INCOMING"]
    assert [row["mark"] for row in product.sql("select mark from number_mark")] == ([mark] if mark else [])


async def test_nobody_is_left_the_customer_hears_words_within_two_seconds_and_is_first_P20(product: Product):
    async with product.station_phone(), PublicPhone(MIA, GREETING) as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.call_me(MIA).json()
            await customer.event("CALL_INCOMING")
            noor.until_state("reserved")
            noor.post("agent/logout")
            await customer.answer()
            told = "select outcome from attempt where outcome = 'abandoned'"
            until(lambda: product.sql(told), what="the decision")
            silent = customer.loudness()
            until(lambda: customer.loudness() > max(silent, 50), 2, "words")
            row = outcome_of(product, status)
            assert (row["last_outcome"], row["abandoned"], row["rank"], row["state"]) == ("abandoned", 1, -1, "queued")


async def test_the_next_agent_gets_page_and_call_when_the_first_one_leaves_P20_P21(product: Product):
    async with product.station_phone() as first, product.station_phone("2102") as second:
        async with PublicPhone(MIA, GREETING) as customer:
            with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
                noor.ready()
                status = product.call_me(MIA).json()
                await customer.event("CALL_INCOMING")
                noor.until_state("reserved")
                tomas.ready()
                noor.post("agent/logout")
                assert tomas.until_state("reserved")["engagement"]["interaction"] == status["interaction"]
                await customer.answer()
                await second.event("CALL_INCOMING")
                assert tomas.pages[status["interaction"]]["title"] == "Alder floor lamp"
                await customer.hang_up()
                tomas.until_state("ready")
        assert not [event for event in first.events if event.get("type") == "CALL_INCOMING"]


async def test_cancelled_while_it_rings_at_the_customers_P15(product: Product):
    async with product.station_phone(), PublicPhone(MIA, GREETING) as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.call_me(MIA).json()
            await customer.event("CALL_INCOMING")
            noor.until_state("reserved")
            assert product.called(status, "DELETE")["state"] == "cancelled"
            await customer.event("CALL_CLOSED")
            noor.until_state("ready")


async def test_the_cti_server_is_killed_while_it_rings_and_the_call_goes_on_P18(product: Product):
    async with product.station_phone() as agent, PublicPhone(MIA, GREETING) as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.call_me(MIA).json()
            await customer.event("CALL_INCOMING")
            noor.until_state("reserved")
            product.kill("cti")
            product.restore()
            await customer.answer()
            await agent.event("CALL_INCOMING")
            await agent.answer()
            assert await customer.hears(agent.tone, within=15)
            until(lambda: product.called(status)["state"] == "talking", what="talking")
            await customer.hang_up()
            until(lambda: product.called(status)["state"] == "done", what="done")
    assert len(product.sql("select id from attempt")) == 1


# ---- what an agent promises -----------------------------------------------------------------------------------------


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
