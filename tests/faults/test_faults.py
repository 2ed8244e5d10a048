"""What breaks, and what the people on the line notice of it: kill -9, restarts and pauses of the real parts."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess

import pytest

from ctiapp.store.embedded import database_url
from tests.desks import RobotDesk
from tests.product import Product, status_of, until
from tests.switchboard import run_switch

pytestmark = pytest.mark.real


async def test_the_cti_server_is_dead_the_holder_of_a_number_still_reaches_their_agent(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            until(lambda: stored_route(product, status["number"]), what="the route in the switch itself")
            product.kill("cti")
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            await agent.answer()
            await customer.event("CALL_ESTABLISHED")
            until(lambda: web_readiness(product) == 503, what="readyz says no")
            until(lambda: refusal(product) == "telephone_down", what="the shop says so")
            product.start("cti")
            product.wait_ready()
            view = noor.until_state("talking")
            assert view["engagement"]["interaction"] == status["interaction"], "the call is taken over"
            assert await agent.hears(440), "nobody was cut off"
            await customer.hang_up()
            noor.until_state("wrap_up")
    assert live(product) == 0


async def test_the_cti_server_is_dead_an_ordinary_call_rings_a_staffed_station(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            until(lambda: "2101" in run_switch(product.settings, "cli", "database show ctiapp-staffed"), what="staffed")
            product.kill("cti")
            await customer.dial("02079460100")
            await agent.event("CALL_INCOMING")
            await customer.hang_up()
            product.start("cti")
            product.wait_ready()
            noor.until_state("ready")


async def test_kill_9_while_numbers_are_reserved_leaks_none_of_them(product: Product):
    async with product.station_phone("2101"), product.station_phone("2102"):
        with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
            noor.ready(), tomas.ready()
            first, second = product.click().json(), product.click().json()
            assert first["number"] != second["number"]
            product.kill("cti")
            product.sql("update reservation set deadline = now() + interval '1 s' where number = %s", first["number"])
            product.start("cti")
            product.wait_ready()
            until(lambda: product.customer(first).json()["end_reason"] == "expired", what="the first expired")
            noor.until_state("ready")
            assert product.customer(second).json()["number"] == second["number"], "the second still holds"
            until(lambda: stored_route(product, first["number"]) is None, what="its route is gone from the switch")
            assert stored_route(product, second["number"])


async def test_asterisk_is_restarted_numbers_stay_reserved_and_calls_come_again(product: Product):
    with RobotDesk(product, "1042", "2101") as noor:
        async with product.station_phone():
            noor.ready()
            status = product.click().json()
            docker("kill", product)
        until(lambda: web_readiness(product) == 503, what="readyz says no")
        until(lambda: noor.views[-1]["telephone_system"] == "down", what="the console says so")
        until(lambda: refusal(product) == "telephone_down", what="the shop says so")
        run_switch(product.settings, "up")
        product.wait_ready()
        until(lambda: noor.views[-1]["telephone_system"] == "up", what="the console says so")
        assert product.customer(status).json()["number"] == status["number"]
        async with product.station_phone() as agent, product.customer_phone() as customer:
            until(lambda: noor.view()["telephone"]["reachable"], what="the telephone is back")
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            assert noor.until_state("ringing")["engagement"]["interaction"] == status["interaction"]
            await customer.hang_up()
            noor.until_state("ready")


async def test_asterisk_dies_in_a_call_the_agent_is_not_left_talking_for_ever(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            await agent.answer()
            noor.until_state("talking")
            docker("kill", product)
            run_switch(product.settings, "up")
            product.wait_ready()
            noor.until_state("wrap_up")
            assert product.customer(status).json()["end_reason"] == "lost"


@pytest.mark.long
async def test_the_link_hangs_and_comes_back(product: Product):
    """Half open: the switch is there and says nothing (docker pause)."""
    async with product.station_phone():
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            docker("pause", product)
            try:
                until(lambda: readiness(product) == 503, 30, "readyz says no")
            finally:
                docker("unpause", product)
            product.wait_ready()
            until(lambda: noor.view()["state"]["name"] == "ready", 15, "ready again")


async def test_postgresql_is_restarted_nobody_has_to_restart_anything(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            restart_database(product)
            until(lambda: product.customer(status).status_code == 200, what="the web server is back")
            product.wait_ready()
            assert product.customer(status).json()["number"] == status["number"]
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            assert noor.until_state("ringing")["engagement"]["interaction"] == status["interaction"]
            await customer.hang_up()
            noor.until_state("ready")


async def test_postgresql_is_down_the_holder_of_a_number_still_reaches_their_agent(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            until(lambda: stored_route(product, status["number"]), what="the route in the switch itself")
            stop_database(product)
            try:
                assert product.click(visitor="another").json()["error"]["code"] == "database_down"
                assert status_of(f"{product.settings.web_url}/healthz") == 200
                assert readiness(product) == 503
                await customer.dial(status["number"])
                await agent.event("CALL_INCOMING", within=15)
                await agent.answer()
                await customer.event("CALL_ESTABLISHED")
            finally:
                database_url(product.settings)
            product.wait_ready()
            view = noor.until_state("talking", within=30)
            assert view["engagement"]["interaction"] == status["interaction"]
            await customer.hang_up()
            noor.until_state("wrap_up")


async def test_the_web_server_is_killed_in_a_call_media_goes_on_and_the_console_comes_back(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            await agent.answer()
            noor.until_state("talking")
            seen = len(noor.views)
            product.kill("web")
            product.start("web")
            product.wait_ready()
            until(lambda: len(noor.views) > seen, 20, "the console has a view again")
            assert noor.views[-1]["state"]["name"] == "talking"
            assert product.customer(status).json()["state"] == "connected"
            assert await agent.hears(440)
            await customer.hang_up()
            noor.until_state("wrap_up")


@pytest.mark.long
async def test_the_web_server_is_dead_a_call_rings_all_the_same(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            product.kill("web")
            try:
                until(lambda: not product.sql(WEB_LIVES)[0]["lives"], 15, "the heartbeat stops")
                await asyncio.sleep(2)  # the CTI server looks once a second
                product.sql("update agent_session set console = true, console_lost_at = null")
                await customer.dial("02079460100")
                await agent.event("CALL_INCOMING")
                await customer.hang_up()
            finally:
                product.start("web")
                product.wait_ready()


WEB_LIVES = (
    "select exists (select 1 from process where name like 'web-%%' and seen_at > now() - interval '5 s') as lives"
)


async def test_a_telephone_that_vanishes_is_not_offered_calls(product: Product):
    """Its registration ends; the agent is not reachable, with the reason, and not logged out (P12)."""
    with RobotDesk(product, "1042", "2101") as noor:
        async with product.station_phone():
            noor.ready()
        assert noor.until_state("not_ready", 15)["state"]["reasons"] == ["station_unreachable"]
        assert product.click().json()["error"]["code"] == "all_agents_busy"
        async with product.station_phone():
            noor.until_state("ready", 15)


async def test_a_console_that_does_not_show_the_page_gets_no_call(product: Product):
    async with product.station_phone("2101") as silent, product.station_phone("2102", 880) as second:
        async with product.customer_phone() as customer:
            with (
                RobotDesk(product, "1042", "2101", shows_pages=False) as noor,
                RobotDesk(product, "1043", "2102") as tomas,
            ):
                noor.ready(), tomas.ready()
                status = product.click().json()
                assert status["agent"] == {"first_name": "Noor"}
                await customer.dial(status["number"])
                await second.event("CALL_INCOMING")
                assert not [event for event in silent.events if event.get("type") == "CALL_INCOMING"]
                assert noor.until_state("not_ready")["state"]["reasons"] == ["no_console"]
                assert tomas.pages[status["interaction"]]["title"] == "Alder floor lamp"
                await customer.hang_up()
                tomas.until_state("ready")


# ---- the hands that break things ----------------------------------------------------------------------------


def docker(verb: str, product: Product) -> None:
    subprocess.run(
        ["docker", verb, f"{product.settings.instance}-asterisk"], check=True, capture_output=True, timeout=60
    )


def restart_database(product: Product) -> None:
    stop_database(product)
    database_url(product.settings)


def stop_database(product: Product) -> None:
    """As by `pg_ctl stop -m immediate`: no farewell, connections just break."""
    pid = int((product.settings.state / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    until(lambda: not os.path.exists(f"/proc/{pid}"), 15, "PostgreSQL is down")


def refusal(product: Product) -> str:
    """What another customer's click is refused with."""
    return product.click(visitor="another").json()["error"]["code"]


def readiness(product: Product) -> int:
    return max(status_of(f"http://127.0.0.1:{product.settings.cti_port}/readyz") or 503, web_readiness(product))


def web_readiness(product: Product) -> int:
    return status_of(f"{product.settings.web_url}/readyz")


def stored_route(product: Product, number: str) -> str | None:
    shown = run_switch(product.settings, "cli", f"database get ctiapp-route {number}")
    return shown.split("Value:", 1)[1].strip() if "Value:" in shown else None


def live(product: Product) -> int:
    found = product.sql("select count(*) as live from reservation where state in ('reserved', 'ringing', 'talking')")
    return found[0]["live"]
