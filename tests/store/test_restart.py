"""PostgreSQL restarts while it is used: nobody else has to."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg2
import pytest

from ctiapp.core.refusals import Refusal
from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.store import Store, Transaction
from ctiapp.store.listen import Listener
from ctiapp.switch.protocol import StationState
from tests.database import CallCentre, until
from tests.servers import living
from tests.servers.the_list import a_request
from tests.store.conftest import OwnServer


def use_all_connections(store: Store) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(store.transaction()).run("ping")


def test_the_next_transaction_after_a_restart_works_on_every_connection(fragile: Store, own_server: OwnServer) -> None:
    use_all_connections(fragile)
    own_server.restart()
    use_all_connections(fragile)


def test_a_transaction_that_was_cut_left_nothing_and_the_next_one_works(fragile: Store, own_server: OwnServer) -> None:
    use_all_connections(fragile)
    with pytest.raises(psycopg2.OperationalError), fragile.transaction() as tx:
        tx.run("keep_station", id="2101")
        own_server.restart()
        tx.run("keep_station", id="2102")
    with fragile.transaction() as tx:
        assert tx.all("known_stations") == []
    use_all_connections(fragile)


def test_while_it_is_down_a_caller_is_told_at_once(fragile: Store, own_server: OwnServer) -> None:
    use_all_connections(fragile)
    own_server.stop()
    for _ in range(20):  # more than there are slots: none is lost
        with pytest.raises(psycopg2.OperationalError), fragile.transaction() as tx:
            tx.run("ping")
    own_server.start()
    use_all_connections(fragile)


def test_many_threads_that_were_cut_all_go_on(fragile: Store, own_server: OwnServer) -> None:
    ends = time.monotonic() + 60

    def work(_: int) -> int:
        done = 0
        while done < 200 or not restarted:
            assert time.monotonic() < ends
            with contextlib.suppress(psycopg2.OperationalError, psycopg2.InterfaceError), fragile.transaction() as tx:
                tx.run("ping")
                done += 1
        return done

    restarted: list[bool] = []
    with ThreadPoolExecutor(6) as threads:
        working = [threads.submit(work, number) for number in range(6)]
        own_server.restart()
        restarted.append(True)
        assert all(one.result() >= 200 for one in working)


async def test_works_in_order_wait_for_the_database_and_arrive_in_order(fragile: Store, own_server: OwnServer) -> None:
    database = DatabaseThreads(fragile)
    own_server.stop()

    def line(number: int) -> asyncio.Future:
        def work(tx: Transaction) -> int:
            return tx.run("port_event", port="2101", kind=str(number), call=None, interaction=None, detail="")

        return asyncio.ensure_future(database.in_order(work))

    lines = [line(number) for number in range(20)]
    await asyncio.sleep(0)  # all of them have asked
    lines[3].cancel()  # whoever asked for it is gone; it is done all the same, and the others after it
    await living.until(lambda: database.backlog < 20)
    own_server.start()
    await asyncio.gather(*lines, return_exceptions=True)
    with fragile.transaction() as tx:
        kinds = [row["kind"] for row in tx.execute("select kind from port_event order by at").fetchall()]
    assert kinds == [str(number) for number in range(20)]
    await database.close()


async def test_a_work_that_fails_fails_alone(fragile: Store) -> None:
    database = DatabaseThreads(fragile)
    with pytest.raises(KeyError):
        await database.in_order(lambda tx: tx.run("no such query"))
    assert await database.in_order(lambda tx: tx.value("ping")) == 1
    await database.close()


def test_the_listener_comes_back_and_says_that_it_missed_something(fragile: Store, own_server: OwnServer) -> None:
    heard: list[tuple[str, str]] = []
    listener = Listener(own_server.url, lambda kind, key: heard.append((kind, key)))
    listener.start()
    until(lambda: heard == [("resync", "")])
    with fragile.transaction() as tx:
        tx.execute("notify ctiapp, 'agent:noor'")
    until(lambda: heard[1:] == [("agent", "noor")])
    own_server.restart()
    until(lambda: heard[-1] == ("resync", ""))
    assert set(heard[2:-1]) == {("lost", "")}
    with fragile.transaction() as tx:
        tx.execute("notify ctiapp, 'agent:aldo'")
    until(lambda: heard[-1] == ("agent", "aldo"))
    listener.stop()
    listener.join(timeout=10)
    assert not listener.is_alive()


def test_a_listener_that_fails_once_hears_the_next(fragile: Store, own_server: OwnServer) -> None:
    heard: list[str] = []

    def callback(kind: str, key: str) -> None:
        heard.append(key)
        if key == "bad":
            raise ValueError("a bad day")

    listener = Listener(own_server.url, callback)
    listener.start()
    until(lambda: heard == [""])
    with fragile.transaction() as tx:
        tx.execute("notify ctiapp, 'agent:bad'; notify ctiapp, 'agent:good'")
    until(lambda: heard == ["", "bad", "good"])
    listener.stop()
    listener.join(timeout=10)


async def test_the_cti_server_outlives_its_database(centre: CallCentre, own_server: OwnServer) -> None:
    centre.a_pool()
    centre.a_plain_number()
    async with living.living(centre) as shop:
        shop.an_agent("Noor", party=living.ANSWERS)
        await shop.starts()
        call = shop.switch.arrive("02079460100")
        await shop.becomes("noor", "talking")
        own_server.stop()
        shop.switch.caller_hangs_up(call)
        lost = shop.switch.arrive("02079460100")  # nobody can say where it should go
        assert shop.switch.state_of(lost) == "asking"
        await living.until(lambda: not shop.switch._events.qsize())
        shop.switch.caller_hangs_up(lost)
        own_server.start()
        await shop.becomes("noor", "wrap_up")
        await shop.is_ready()
        centre.desk.finish("noor", centre.answer("select id from reservation"), "sold", None, True)
        await living.until(lambda: clicks_again(shop, centre))
        await living.until(lambda: shop.switch.station("phone-noor") is StationState.IN_CALL)
        await shop.becomes("noor", "talking")


async def test_p17_p18_the_list_is_dialled_once_though_its_database_crashes_twice(
    centre: CallCentre, own_server: OwnServer
) -> None:
    centre.a_pool()
    centre.calls_back()
    numbers = [f"+4479460{place:05}" for place in range(150)]
    async with living.living(centre) as shop:
        shop.switch.any_customer = living.BUSY
        for place in range(5):
            shop.an_agent(f"Agent{place}", {"sales": 5})
        await shop.starts()
        shop.server.controller.turns.most_a_second = 1000
        for place, number in enumerate(numbers):
            a_request(centre, asked=timedelta(seconds=len(numbers) - place), number=number, due=timedelta(days=1))
        centre.ask("update call_request set due_at = requested_at returning id")
        for enough in (50, 100):
            await living.until(lambda enough=enough: len(shop.switch.dialled) >= enough)
            await asyncio.to_thread(own_server.restart)
            await shop.is_ready()
        waits = "select count(*) from call_request where last_outcome is null"
        await living.until(lambda: not centre.answer(waits), timedelta(seconds=60))
    assert shop.switch.dialled == sorted(set(shop.switch.dialled)), "each once, in their order"
    lost = {row["number"] for row in centre.ask("select number from attempt where outcome = 'lost'")}
    assert set(numbers) - set(shop.switch.dialled) <= lost and len(lost) <= 20
    assert centre.ask("select id from attempt where ended_at is null") == []


def clicks_again(shop: living.Living, centre: CallCentre) -> bool:
    """A click and its call; False while the web server still remembers that the telephone system was away."""
    try:
        shop.switch.arrive(centre.click("mia")["number"])
    except Refusal as refusal:
        assert refusal.code == "telephone_down"
        return False
    return True
