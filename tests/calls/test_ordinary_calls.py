"""Ordinary calls: dialled number and calling number to the record, the best agent, the line and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.desks import RobotDesk
from tests.product import Product, until
from tests.sipp import sipp
from tests.switchboard import TRUNK_ADDRESS

pytestmark = pytest.mark.real
PLAIN = "02079460100"


async def test_the_calling_number_finds_the_record_before_the_ring_P13_P26(product: Product):
    """From the public network: SIPp as the trunk."""
    async with product.station_phone() as agent:
        with RobotDesk(product, "1042", "2101") as noor, trunk_call(product, "+447700900142", PLAIN):
            noor.ready()
            await agent.event("CALL_INCOMING")
            engagement = noor.until_state("ringing")["engagement"]
            assert engagement["channel"] == "ordinary" and engagement["page"] is None
            assert engagement["customer"]["name"] == "Marit Solvang"
            assert product.sql("select page_shown_at is not null as shown from reservation") == [{"shown": True}]
            await agent.answer()
            noor.until_state("talking")
            await agent.hang_up()
            noor.until_state("wrap_up")


async def test_nobody_is_free_the_oldest_caller_gets_the_first_agent_P13(product: Product):
    async with product.station_phone() as agent:
        async with product.customer_phone("1001") as first, product.customer_phone("1002", 1040) as second:
            with RobotDesk(product, "1042", "2101") as noor:
                await first.dial(PLAIN)
                await first.event("CALL_ESTABLISHED")
                until(lambda: queued(product) == 1, what="the first caller in the line")
                await second.dial(PLAIN)
                await second.event("CALL_ESTABLISHED")
                until(lambda: queued(product) == 2, what="both callers in the line")
                await asyncio.to_thread(
                    until, lambda: first.loudness() > 50, 6, "music: a waiting caller never hears silence"
                )
                noor.post("agent/ready")
                await agent.event("CALL_INCOMING")
                assert noor.until_state("ringing")["engagement"]["caller"] == "1001"
                await agent.answer()
                noor.until_state("talking")
                await first.hang_up()
                view = noor.until_state("wrap_up")
                seen = len(agent.events)
                noor.post(
                    f"agent/reservations/{view['engagement']['reservation']}/finish", disposition="answered", ready=True
                )
                await agent.event("CALL_INCOMING", after=seen)
                assert noor.until_state("ringing")["engagement"]["caller"] == "1002"
                await second.hang_up()
                noor.until_state("ready")


async def test_the_longest_wait_ends_with_an_apology_and_not_with_silence_P13(product: Product):
    product.sql("update plain_number set longest_wait = '2 s'")
    async with product.customer_phone() as customer:
        await customer.dial(PLAIN)
        await customer.event("CALL_ESTABLISHED")
        await customer.event("CALL_CLOSED", within=30)
    until(lambda: queued(product) == 0, what="the line empty")
    ended = product.sql("select state, end_reason from interaction")
    assert ended[0]["state"] == "ended"


async def test_a_caller_who_gives_up_waiting_leaves_the_line(product: Product):
    async with product.customer_phone() as customer:
        await customer.dial(PLAIN)
        await customer.event("CALL_ESTABLISHED")
        until(lambda: queued(product) == 1, what="in the line")
        await customer.hang_up()
        until(lambda: queued(product) == 0, what="out of the line")
    assert product.sql("select end_reason from interaction") == [{"end_reason": "abandoned"}]


async def test_the_next_caller_is_given_to_the_next_agent_while_the_first_talks_P12(product: Product):
    async with product.station_phone("2101") as one, product.station_phone("2102", 880) as two:
        async with product.customer_phone("1001") as first, product.customer_phone("1002", 1040) as second:
            with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
                noor.ready(), tomas.ready()
                await first.dial(PLAIN)
                await one.event("CALL_INCOMING")
                await one.answer()
                noor.until_state("talking")
                await second.dial(PLAIN)
                await two.event("CALL_INCOMING")
                assert tomas.until_state("ringing")["engagement"]["caller"] == "1002"
                await second.hang_up()
                await first.hang_up()
                tomas.until_state("ready")
                noor.until_state("wrap_up")


async def test_an_agent_who_telephones_privately_is_offered_nothing_P12(product: Product):
    product.sql("update station set in_use = false")
    async with product.station_phone() as agent, product.customer_phone() as other:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready().until_state("ready")
            await agent.dial("echo")
            await agent.event("CALL_ESTABLISHED")
            assert noor.until_state("not_ready")["state"]["reasons"] == ["on_another_call"]
            assert product.click().json()["error"]["code"] == "all_agents_busy"
            await other.dial(PLAIN)
            await other.event("CALL_ESTABLISHED")
            until(lambda: queued(product) == 1, what="the caller waits")
            seen = len(agent.events)
            await agent.hang_up()
            await agent.event("CALL_INCOMING", after=seen)
            await other.hang_up()


@contextmanager
def trunk_call(product: Product, caller: str, number: str) -> Iterator[None]:
    """One call over the trunk by SIPp, ended by whoever hangs up first."""
    with sipp("trunk_caller.xml", product.sip_server, TRUNK_ADDRESS, service=number, caller=caller):
        yield


def queued(product: Product) -> int:
    return product.sql("select count(*) as waiting from call where state = 'queued'")[0]["waiting"]
