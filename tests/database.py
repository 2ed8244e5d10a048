"""A database for tests: the product's own embedded PostgreSQL, a fresh database a session, emptied for each test.

with a_database(settings) as url: …          # migrated; dropped at the end
centre = CallCentre(Store(url), settings)    # people, numbers and what they do, in one line each
"""

from __future__ import annotations

import contextlib
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from werkzeug.security import generate_password_hash

from ctiapp.config.values.call_me import CallMeValues
from ctiapp.config.values.hours import WEEKDAYS, LegalHoursValues
from ctiapp.config.values.telephones import WebTelephoneValues
from ctiapp.servers.agent_desk import AgentDesk
from ctiapp.servers.call_requests import CallRequests
from ctiapp.servers.seed import keep_call_me, keep_web_telephone
from ctiapp.servers.srp import SRP
from ctiapp.settings import PROJECT, Settings
from ctiapp.store import Store, Transaction
from ctiapp.store.embedded import database_url
from ctiapp.store.migrate import migrate

Found = TypeVar("Found")
TEST_SETTINGS = Settings(state=PROJECT / ".state-test", bind="127.0.0.1", sip_port=15060, database_url=None)
PASSWORD = "correct horse"
_HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
SHOP = "larkmoor"
ALWAYS_LEGAL = LegalHoursValues(weekly=dict.fromkeys(WEEKDAYS, "00:00-24:00"))


def until(condition: Callable[[], Found], within: timedelta = timedelta(seconds=20)) -> Found:
    """What `condition` returns as soon as it is true; fails if it is not within a generous time."""
    end = time.monotonic() + within.total_seconds()
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {within}: {condition}"
        time.sleep(0.01)
    return found


@contextlib.contextmanager
def a_database(settings: Settings = TEST_SETTINGS, durable: bool = False) -> Iterator[str]:
    """The URL of a new, migrated database. One that is not `durable` is quicker and forgets in a crash."""
    server = database_url(settings)
    name = f"test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    _administer(server, f"create database {name}")
    if not durable:
        _administer(server, f"alter database {name} set synchronous_commit = off")
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    store = Store(url, size=1)
    migrate(store)
    store.close()
    try:
        yield url
    finally:
        _administer(server, f"drop database {name} with (force)")


def _administer(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def tables(tx: Transaction) -> list[str]:
    rows = tx.execute("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
    return sorted(row["relname"] for row in rows.fetchall() if row["relname"] != "migration")


def empty(store: Store) -> None:
    """Every table but the list of migrations."""
    with store.transaction() as tx:
        tx.execute("set local session_replication_role = replica")
        tx.execute(";".join(f"delete from {table}" for table in tables(tx)))


def everything(store: Store) -> dict[str, list[str]]:
    """Each table's rows, to see that nothing changed."""
    with store.transaction() as tx:
        return {
            table: sorted(row["text"] for row in tx.execute(f"select t::text as text from {table} t").fetchall())
            for table in tables(tx)
        }


class CallCentre:
    """A shop, a telephone system that is up, and people. What it makes is in the database; it holds nothing."""

    def __init__(self, store: Store, settings: Settings = TEST_SETTINGS) -> None:
        self.store, self.settings = store, settings
        self.srp, self.desk = SRP(store, settings, live_per_address=100_000), AgentDesk(store, "web-test")
        self.call_requests = CallRequests(store, settings)

    def opens(self) -> CallCentre:
        with self.store.transaction() as tx:
            keep_web_telephone(tx, WebTelephoneValues())
            tx.run("keep_site", id=SHOP, name="Larkmoor", origins=["https://larkmoor.example"])
            for name in ("cti", "web-test"):  # they live for ever, unless a test says otherwise
                tx.execute(
                    "insert into process (name, ready, seen_at) values (%s, true, now() + interval '1 hour')", (name,)
                )
        return self

    # ---- what there is ----

    def a_station(self, station: str, reachable: bool = True, in_use: bool = False, browser: bool = False) -> str:
        with self.store.transaction() as tx:
            tx.run("keep_station", id=station)
            tx.run("station_in_browser", id=station, browser=browser)
            state = "idle" if reachable and not in_use else "in_call" if in_use else "unreachable"
            tx.run("station_changed", station=station, reachable=reachable, in_use=in_use, state=state)
        return station

    def an_agent(
        self, name: str, skills: dict[str, int] | None = None, languages: tuple[str, ...] = ("en",), **more: Any
    ) -> str:
        """The agent's id (the name in small letters), ready at a telephone of their own unless told otherwise:
        `station=None` is not logged in, `ready=False` has just logged in."""
        agent = name.lower()
        with self.store.transaction() as tx:
            tx.run(
                "keep_agent",
                id=agent,
                name=f"{name} Halden",
                first_name=name,
                password_hash=_HASH,
                new_password_hash=None,
                languages=list(languages),
            )
            for skill, level in ({"general": 1} | (skills or {"sales": 5})).items():
                tx.run("keep_skill", agent=agent, skill=skill, level=level)
        station = more.get("station", f"phone-{agent}")
        if station is not None:
            self.a_station(station)
            self.logs_in(agent, station)
            if more.get("ready", True):
                self.desk.ready(agent)
        return agent

    def logs_in(self, agent: str, station: str, take_over: bool = False, console: bool = True) -> str:
        session = self.desk.login(agent, PASSWORD, station, "127.0.0.1", take_over)
        if console:
            self.desk.console_opened(session, f"console-{session}")
        return session

    def a_pool(self, pool: str = "sales", binding: str = "agent", points: int | list[str] = 3, **changes: Any) -> str:
        numbers = [f"7{pool}{number:03}" for number in range(points)] if isinstance(points, int) else points
        settings: dict[str, Any] = {
            "skill": "sales",
            "language": None,
            "hold_for": timedelta(seconds=90),
            "longest_hold": timedelta(seconds=600),
            "cool_down_for": timedelta(seconds=30),
            "wrap_up_for": timedelta(seconds=30),
            "ring_for": timedelta(seconds=20),
            "longest_wait": timedelta(seconds=300),
        } | changes
        hours = json.dumps(settings.pop("hours", None))
        with self.store.transaction() as tx:
            tx.run("keep_pool", id=pool, site=SHOP, binding=binding, hours=hours, **settings)
            for number in numbers:
                tx.run("keep_point", number=number, pool=pool)
        return pool

    def calls_back(self, pool: str = "sales", **changes: Any) -> str:
        """The pool calls back, at any hour and without asking for consent unless told otherwise; `CallMeValues`."""
        always = {"legal_hours": ALWAYS_LEGAL, "consent_text": ""}
        with self.store.transaction() as tx:
            keep_call_me(tx, pool, CallMeValues(**always | changes), ["public"])
        self.call_requests._cache.clear()
        return pool

    def a_plain_number(self, number: str = "02079460100", skill: str = "general", **changes: Any) -> str:
        settings: dict[str, Any] = {
            "language": None,
            "wrap_up_for": timedelta(seconds=30),
            "ring_for": timedelta(seconds=20),
            "longest_wait": timedelta(seconds=300),
        } | changes
        hours = json.dumps(settings.pop("hours", None))
        with self.store.transaction() as tx:
            tx.run(
                "keep_plain_number", number=number, site=SHOP, skill=skill, hours=hours, **settings, auto_answer=False
            )
        return number

    def a_customer(self, name: str, phone: str | None = None) -> str:
        with self.store.transaction() as tx:
            row = tx.execute(
                "insert into customer (site, external_id, name, phone) values (%s, %s, %s, %s) returning id",
                (SHOP, name.lower(), name, phone),
            ).fetchone()
            return row["id"]

    # ---- what happens ----

    def click(self, visitor: str | None = None, pool: str = "sales", **changes: Any) -> dict:
        """The status after a click on the button."""
        return self.srp.call_us(a_click(visitor, pool, **changes), changes.get("address", "192.0.2.1"), None)[0]

    def call_me(self, number: str | None = "07700 900142", visitor: str | None = "mia", **changes: Any) -> dict:
        """The status after a click on Call me."""
        address = changes.pop("network", "192.0.2.1")
        return self.call_requests.call_me(a_request(number, visitor, **changes), address)[0]

    def hears(self, call: str, verdict: str, unanswered: bool = False) -> None:
        """The detector has heard the call."""
        with self.store.transaction() as tx:
            tx.run(
                "store_verdict",
                attempt=call,
                verdict=verdict,
                reason="test",
                confidence=0.9,
                milliseconds=400,
                unanswered=unanswered,
            )

    def passes(self, span: timedelta) -> None:
        """Time passes: every date in the database is so much longer ago. Nothing else happens."""
        dates = {
            "reservation": ("deadline", "longest_until", "wrap_up_until", "wrap_up_at", "released_at", "talking_at"),
            "routing_point": ("until", "last_used_at"),
            "agent_session": ("console_lost_at",),
            "call": ("arrived_at", "queued_at"),
            "interaction": ("created_at", "connected_at"),
            "login_failure": ("at",),
            "agent": ("idle_since",),
            "agent_skill": ("idle_since",),
            "call_request": ("requested_at", "promised_at", "promised_until", "due_at", "rank_at"),
            "attempt": ("made_at", "ended_at"),
            "proof_code": ("sent_at",),
        }
        with self.store.transaction() as tx:
            tx.execute("set local session_replication_role = replica")
            for table, columns in dates.items():
                changes = ", ".join(f"{column} = {column} - %(span)s" for column in columns)
                tx.execute(f"update {table} set {changes}", {"span": span})

    # ---- what one sees ----

    def ask(self, sql: str, *values: Any) -> list[dict]:
        with self.store.transaction() as tx:
            return [dict(row) for row in tx.execute(sql, values).fetchall()]

    def answer(self, sql: str, *values: Any) -> Any:
        """The first column of the first row."""
        rows = self.ask(sql, *values)
        return next(iter(rows[0].values())) if rows else None

    def state(self, agent: str) -> str:
        """As on the agent's screen: "ready", "reserved"; "not_ready: break, no_answer"."""
        row = self.ask("select state, reasons from agent where id = %s", agent)[0]
        return f"not_ready: {', '.join(row['reasons'])}" if row["state"] == "not_ready" else row["state"]

    def point(self, number: str) -> str:
        return self.answer("select state from routing_point where number = %s", number)

    def reservation(self, interaction: str) -> dict:
        """The newest one."""
        return self.ask(
            """select * from reservation where interaction = %s
               order by created_at desc, released_at desc nulls first limit 1""",
            interaction,
        )[0]

    def interaction(self, interaction: str) -> dict:
        return self.ask("select * from interaction where id = %s", interaction)[0]


def a_click(visitor: str | None = None, pool: str = "sales", **changes: Any) -> dict:
    return {
        "site": SHOP,
        "pool": pool,
        "idempotency_key": str(uuid.uuid4()),
        "visitor": visitor,
        "claims": None,
        "page": a_page(),
    } | changes


def a_request(number: str | None = "07700 900142", visitor: str | None = "mia", **changes: Any) -> dict:
    """A click on Call me."""
    return a_click(visitor) | {"number": number} | changes


def a_page(title: str = "Worktops", **changes: Any) -> dict:
    return {
        "url": "https://larkmoor.example/worktops",
        "title": title,
        "taken_at": datetime(2026, 1, 5, 10).astimezone(),
        "hidden_fields": 1,
        "viewport": {"width": 1280, "height": 720},
        "snapshot": {"type": 0, "id": 1, "childNodes": []},
    } | changes
