"""Call us on real parts: a click reserves a number, and the call finds the agent who already has the page."""

from __future__ import annotations

import pytest

from tests import figure3
from tests.desks import RobotDesk
from tests.product import Product, until

pytestmark = pytest.mark.real


async def test_figure_3_from_the_first_page_to_two_people_who_hear_each_other_P01_to_P09(product: Product, tmp_path):
    figure = await figure3.play(product, tmp_path / "console.png")
    assert figure.report()


async def test_the_customer_sees_the_call_go_its_way_and_the_agent_wraps_it_up_P06_P07_P12(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            assert status["state"] == "waiting_for_call" and status["agent"] == {"first_name": "Noor"}
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            assert state(product, status) == "ringing"
            await agent.answer()
            await customer.event("CALL_ESTABLISHED")
            until(lambda: state(product, status) == "connected", what="connected")
            assert noor.until_state("talking")["engagement"]["interaction"] == status["interaction"]
            await customer.hang_up()
            view = noor.until_state("wrap_up")
            ended = product.customer(status).json()
            assert (ended["state"], ended["end_reason"]) == ("ended", "hangup")
            reservation = view["engagement"]["reservation"]
            noor.post(f"agent/reservations/{reservation}/finish", disposition="sold", note="Two lamps", ready=True)
            noor.until_state("ready")
    kept = product.sql("select disposition, note, agent from interaction")
    assert kept == [{"disposition": "sold", "note": "Two lamps", "agent": "1042"}]
    assert noor.pages[status["interaction"]]["title"] == "Alder floor lamp"
    states = [row["state"] for row in product.sql("select state from agent_state_history order by since")]
    last = len(states) - states[::-1].index("wrap_up")
    assert states[last - 5 : last] == ["ready", "reserved", "ringing", "talking", "wrap_up"]


@pytest.mark.parametrize("number", ["70001", "02079460131", "+442079460141"])
async def test_any_number_can_be_a_routing_point_P10(product: Product, number: str):
    product.sql("update routing_point set state = 'disabled' where number <> %s", number)
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            assert product.click().json()["number"] == number
            await customer.dial(number)
            await agent.event("CALL_INCOMING")
            noor.until_state("ringing")
            await customer.hang_up()
            noor.until_state("ready")
    product.sql("update routing_point set state = 'free'")


async def test_late_binding_chooses_the_agent_when_the_call_arrives_and_shows_the_page_before_the_ring_P08(
    product: Product,
):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click("support").json()
            assert status["agent"] is None and noor.state() == "ready"
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            row = product.sql("select agent, page_shown_at, number from reservation")[0]
            assert (row["agent"], row["number"]) == ("1042", status["number"])
            assert row["page_shown_at"] is not None
            assert noor.pages[status["interaction"]]["url"] == "http://shop.example/lamps/alder"
            await customer.hang_up()
            noor.until_state("ready")


async def test_a_rejected_call_goes_to_the_next_agent_with_page_and_record(product: Product):
    async with product.station_phone("2101") as first, product.station_phone("2102", 880) as second:
        async with product.customer_phone() as customer:
            with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
                noor.ready(), tomas.ready()
                status = product.click().json()
                assert status["agent"] == {"first_name": "Noor"}, "the best skill level first"
                await customer.dial(status["number"])
                await first.event("CALL_INCOMING")
                await first.hang_up()
                await second.event("CALL_INCOMING")
                assert "rejected" in noor.until_state("not_ready")["state"]["reasons"]
                assert noor.views[-1]["engagement"] is None, "the first pop closes"
                view = tomas.until_state("ringing")
                assert view["engagement"]["interaction"] == status["interaction"]
                assert tomas.pages[status["interaction"]]["title"] == "Alder floor lamp"
                await second.answer()
                await customer.event("CALL_ESTABLISHED")
                until(lambda: state(product, status) == "connected", what="connected")
                assert product.customer(status).json()["agent"] == {"first_name": "Tomas"}
                assert await second.hears(440) and await customer.hears(880)
                await customer.hang_up()
                tomas.until_state("wrap_up")


async def test_nobody_answers_the_caller_waits_with_music_and_the_next_who_is_ready_gets_the_call(product: Product):
    async with product.station_phone("2101") as first, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            product.sql("update interaction set ring_for = '2 s'")
            await customer.dial(status["number"])
            await first.event("CALL_INCOMING")
            assert "no_answer" in noor.until_state("not_ready")["state"]["reasons"]
            await customer.event("CALL_ESTABLISHED")
            assert state(product, status) == "queued"
            async with product.station_phone("2102", 880) as second:
                with RobotDesk(product, "1043", "2102") as tomas:
                    tomas.post("agent/ready")
                    await second.event("CALL_INCOMING")
                    tomas.until_state("ringing")
                    await second.answer()
                    tomas.until_state("talking")
                    assert await customer.hears(880) and await second.hears(440)
                    await customer.hang_up()
                    tomas.until_state("wrap_up")


async def test_a_caller_who_hangs_up_rings_nobody_on_and_costs_no_wrap_up(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            await customer.hang_up()
            await agent.event("CALL_CLOSED")
            assert noor.until_state("ready")["engagement"] is None
            until(lambda: product.customer(status).json()["end_reason"] == "abandoned", what="abandoned")
    assert product.sql("select count(*) as n from reservation where wrap_up_at is not null") == [{"n": 0}]


async def test_a_second_caller_and_a_stranger_get_ordinary_routing_and_never_the_customers_page(product: Product):
    async with product.station_phone("2101") as first, product.station_phone("2102", 880) as second:
        async with product.customer_phone("1001") as customer, product.customer_phone("1002", 1040) as stranger:
            with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
                noor.ready(), tomas.ready()
                status = product.click().json()
                await customer.dial(status["number"])
                await first.event("CALL_INCOMING")
                await first.answer()
                noor.until_state("talking")
                await stranger.dial(status["number"])
                await second.event("CALL_INCOMING")
                engagement = tomas.until_state("ringing")["engagement"]
                assert engagement["channel"] == "ordinary"
                assert engagement["page"] is None and engagement["customer"] is None
                assert engagement["interaction"] != status["interaction"] and not tomas.pages
                await stranger.hang_up()
                tomas.until_state("ready")
                await customer.hang_up()
                noor.until_state("wrap_up")


async def test_cancel_frees_number_and_agent_at_once_and_a_late_call_is_a_strangers_P09(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            noor.until_state("reserved")
            assert product.customer(status, "DELETE").json()["end_reason"] == "cancelled"
            noor.until_state("ready")
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            engagement = noor.until_state("ringing")["engagement"]
            assert engagement["channel"] == "ordinary" and engagement["page"] is None
            await customer.hang_up()
            noor.until_state("ready")


def state(product: Product, status: dict) -> str:
    return product.customer(status).json()["state"]
