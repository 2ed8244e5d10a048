"""The pool of connections, the migrations, and the rules the database itself holds."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import psycopg2.errors
import pytest

from ctiapp.store import Store, Transaction
from ctiapp.store.migrate import migrate, migrations
from ctiapp.store.queries import QUERIES
from tests.database import CallCentre, a_database, until


def stations(store: Store) -> set[str]:
    with store.transaction() as tx:
        return {row["id"] for row in tx.all("known_stations")}


def test_a_block_commits_and_an_exception_rolls_back(store: Store) -> None:
    with store.transaction() as tx:
        tx.run("keep_station", id="2101")
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        tx.run("keep_station", id="2102")
        1 / 0  # noqa: B018
    with pytest.raises(psycopg2.errors.UndefinedTable), store.transaction() as tx:
        tx.run("keep_station", id="2103")
        tx.execute("select * from no_such_table")
    assert stations(store) == {"2101"}


def test_never_more_connections_than_the_size_and_whoever_waits_gets_one(database: str) -> None:
    store = Store(database, size=2, name="two-at-most", patience=20)
    most: list[int] = []

    def work(_: int) -> None:
        with store.transaction() as tx:
            row = tx.execute("select count(*) from pg_stat_activity where application_name = 'two-at-most'").fetchone()
            most.append(row["count"])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(40)))
    assert len(most) == 40
    assert max(most) <= 2
    store.close()


def test_whoever_waits_too_long_is_told(database: str) -> None:
    store = Store(database, size=1, patience=0.05)
    with store.transaction(), pytest.raises(psycopg2.OperationalError, match="in use"), store.transaction():
        pass
    with store.transaction() as tx:
        assert tx.value("ping") == 1
    store.close()


def test_a_connection_the_server_closed_is_not_handed_out(store: Store) -> None:
    with contextlib.ExitStack() as stack:
        pids = [
            stack.enter_context(store.transaction()).execute("select pg_backend_pid() as pid").fetchone()["pid"]
            for _ in range(4)
        ]
    with Store.transaction(killer := Store(store.url)) as tx:
        tx.execute("select pg_terminate_backend(pid, 5000) from unnest(%s) as pid", (pids,))
    killer.close()
    for _ in range(4):
        with store.transaction() as tx:
            assert tx.value("ping") == 1


def test_a_deadlock_is_tried_again(store: Store) -> None:
    with store.transaction() as tx:
        for station in ("2101", "2102"):
            tx.run("keep_station", id=station)
    both_hold = threading.Barrier(2, timeout=20)
    tries: list[str] = []

    def work(first: str, second: str) -> None:
        def locks(tx: Transaction) -> None:
            tries.append(first)
            tx.execute("set local deadlock_timeout = '10ms'")
            tx.execute("update station set state = state where id = %s", (first,))
            if len(tries) <= 2:  # the first try of both
                both_hold.wait()
            tx.execute("update station set state = state where id = %s", (second,))

        store.in_transaction(locks)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(work, "2101", "2102"), threads.submit(work, "2102", "2101")]:
            done.result(timeout=30)
    assert len(tries) >= 3  # one of them at least lost


def test_an_error_that_stays_is_raised_after_a_few_tries(store: Store) -> None:
    tries: list[int] = []

    def work(tx: Transaction) -> None:
        tries.append(1)
        tx.execute("insert into station (id) values ('2101'), ('2101')")

    with pytest.raises(psycopg2.errors.UniqueViolation):
        store.in_transaction(work)
    assert len(tries) == 4


def test_migrations_are_applied_once_even_by_several_at_once(store: Store) -> None:
    assert migrate(store) == []
    with a_database() as url:
        name = url.split("/")[-1].split("?")[0]
        fresh = Store(url, size=4)
        with fresh.transaction() as tx:
            tx.execute("drop schema public cascade; create schema public")
        with ThreadPoolExecutor(4) as threads:
            applied = list(threads.map(lambda _: migrate(fresh), range(4)))
        assert sorted(map(len, applied)) == [0, 0, 0, len(migrations())]
        assert name
        fresh.close()


def test_every_query_is_valid_and_used(store: Store) -> None:
    import re

    from ctiapp.settings import PROJECT

    source = "".join(
        file.read_text() for folder in ("ctiapp", "bench") for file in sorted((PROJECT / folder).rglob("*.py"))
    )
    assert [name for name in QUERIES if not re.search(rf'"{name}"', source)] == []
    with store.transaction() as tx:
        for name in QUERIES:
            tx._prepared(name)


@pytest.mark.parametrize("rule", ["reservation_agent", "reservation_number", "reservation_interaction"])
def test_p09_the_database_itself_refuses_a_second_live_reservation(store: Store, rule: str) -> None:
    centre = CallCentre(store).opens()
    centre.a_pool()
    centre.an_agent("Noor")
    centre.an_agent("Aldo")
    held, other = centre.click("mia"), centre.click("jon")
    values = {"agent": None, "number": None, "interaction": None} | {
        "reservation_agent": {"agent": "noor", "interaction": held["interaction"]},
        "reservation_number": {"number": held["number"], "interaction": held["interaction"]},
        "reservation_interaction": {"interaction": other["interaction"]},
    }[rule]
    if rule != "reservation_interaction":
        centre.ask("update interaction set state = 'ended' where id = %s returning id", held["interaction"])
    with pytest.raises(psycopg2.errors.UniqueViolation) as refused, store.transaction() as tx:
        tx.execute(
            """insert into reservation (interaction, agent, number, state, deadline, longest_until)
               values (%(interaction)s, %(agent)s, %(number)s, 'reserved', now(), now())""",
            values,
        )
    assert refused.value.diag.constraint_name in (rule, "reservation_interaction")


def test_two_who_write_of_one_agent_do_not_wait_for_each_other(store: Store) -> None:
    centre = CallCentre(store).opens()
    centre.an_agent("Noor")
    both_hold = threading.Barrier(2, timeout=20)

    def work(reason: str) -> None:
        with store.transaction() as tx:
            tx.execute("select 1 from agent where id = 'noor' for key share")  # what a row that refers to them does
            both_hold.wait()
            tx.run("pause", agent="noor", reason=reason)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(work, reason) for reason in ("break", "lunch")]:
            done.result(timeout=30)
    assert centre.state("noor") == "not_ready: break, lunch"


def test_a_log_in_while_its_telephone_changes_sees_the_change(store: Store) -> None:
    centre = CallCentre(store).opens()
    centre.an_agent("Noor", station=None)
    centre.a_station("2101", reachable=False)
    with ThreadPoolExecutor(1) as threads:
        with store.transaction() as tx:
            tx.run("station_changed", station="2101", reachable=True, in_use=False, state="idle")
            logged_in = threads.submit(centre.logs_in, "noor", "2101")
            until(lambda: somebody_waits(centre) or logged_in.done())
        logged_in.result(timeout=30)
    centre.desk.ready("noor")
    assert centre.state("noor") == "ready"


def test_a_release_while_the_telephone_is_hung_up_sees_it(store: Store) -> None:
    centre = CallCentre(store).opens()
    centre.a_pool()
    centre.an_agent("Noor")
    reservation = centre.reservation(centre.click("mia")["interaction"])["id"]
    with store.transaction() as tx:
        tx.run("station_changed", station="phone-noor", reachable=True, in_use=True, state="in_call")
    hung_up = {"station": "phone-noor", "reachable": True, "in_use": False, "state": "idle"}
    with ThreadPoolExecutor(1) as threads:
        with store.transaction() as tx:
            tx.run("release", reservation=reservation, reason="test")
            written = threads.submit(store.in_transaction, lambda other: other.run("station_changed", **hung_up))
            until(lambda: somebody_waits(centre) or written.done())
        written.result(timeout=30)
    assert centre.state("noor") == "ready"


def somebody_waits(centre: CallCentre) -> bool:
    return bool(
        centre.ask("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
    )
