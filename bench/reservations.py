"""What one reservation costs, by how many agents are logged in: the SRP in this process, stations reachable by SQL."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

from bench.figures import Figure, median, percentile
from bench.instance import Instance, a_click, say
from ctiapp.servers.srp import SRP
from ctiapp.store import Store
from ctiapp.store.migrate import migrate

SIZES = (10, 100, 1000, 10_000)
ROUNDS = 8
A_ROUND = 40
POINTS = 500

PEOPLE = """
insert into site (id, name, origins) values ('larkmoor', 'Larkmoor Home', '{}');
insert into pool (id, site, binding, skill, hold_for, longest_hold, cool_down_for, wrap_up_for, ring_for, longest_wait)
     values ('bound', 'larkmoor', 'agent', 'bound', '90 s', '600 s', '0 s', '0 s', '20 s', '60 s');
insert into routing_point (number, pool) select (70000 + n)::text, 'bound' from generate_series(1, %(points)s) n;
insert into station (id, reachable, state)
     select (100000 + n)::text, true, 'idle' from generate_series(1, %(agents)s) n;
insert into agent (id, name, first_name, password_hash)
     select 'a' || n, 'Agent ' || n, 'Agent', '!' from generate_series(1, %(agents)s) n;
insert into agent_skill (agent, skill, level)
     select 'a' || n, skill, 1 + n %% 10 from generate_series(1, %(agents)s) n, unnest('{bound,general}'::text[]) skill;
insert into agent_session (agent, station, console, console_lost_at)
     select 'a' || n, (100000 + n)::text, true, null from generate_series(1, %(agents)s) n;
"""


def measure(instance: Instance) -> list[Figure]:
    took: dict[int, list[float]] = {agents: [] for agents in SIZES}
    with ExitStack() as life:
        srps = {agents: life.enter_context(_Centre(instance, agents)).srp for agents in SIZES}
        for srp in srps.values():
            _reserve(srp, A_ROUND)
        for _ in range(ROUNDS):
            for agents, srp in srps.items():
                took[agents] += _reserve(srp, A_ROUND)
    figures = []
    ten = took[10]
    for agents in SIZES:
        of, beside = took[agents], "with 10 agents"
        figures.append(Figure(f"reservation_{agents}_agents_p50_ms", median(of), "ms", median(ten), beside))
        figures.append(
            Figure(f"reservation_{agents}_agents_p99_ms", percentile(of, 0.99), "ms", percentile(ten, 0.99), beside)
        )
    ratio = median(took[10_000]) / median(ten)
    beside = "ms with 10 agents"
    return [*figures, Figure("reservation_cost_10000_over_10", ratio, "", median(ten), beside, ratio, "<= 1.5")]


class _Centre:
    """A database of its own in the benchmark's server, with so many agents logged in and ready."""

    def __init__(self, instance: Instance, agents: int) -> None:
        self._instance, self._agents = instance, agents
        self._name = f"reservations_{agents}"
        self._stopped = threading.Event()

    def __enter__(self) -> _Centre:
        started = time.perf_counter()
        self._admin(f"drop database if exists {self._name}")
        self._admin(f"create database {self._name}")
        base, _, parameters = self._instance.url.partition("?")
        url = f"{base.rpartition('/')[0]}/{self._name}?{parameters}"
        self._store = Store(url, size=2, name="bench-reservations")
        migrate(self._store)
        with self._store.transaction() as tx:
            tx.execute("set local statement_timeout = 0")
            tx.execute(PEOPLE, {"points": POINTS, "agents": self._agents})
        self._vacuum()
        self._beat = threading.Thread(target=self._keep_beating, daemon=True)
        self._beat.start()
        time.sleep(0.1)
        self.srp = SRP(self._store, self._instance.settings, live_per_address=1_000_000)
        say(f"{self._agents} agents logged in after {time.perf_counter() - started:.1f} s")
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._beat.join()
        self._store.close()
        self._admin(f"drop database {self._name}")

    def _keep_beating(self) -> None:
        """The SRP asks whether a CTI server lives."""
        while not self._stopped.wait(0.0):
            with self._store.transaction() as tx:
                tx.run("beat", name="cti", ready=True, detail="")
            self._stopped.wait(1.0)

    def _admin(self, sql: str) -> None:
        _outside_a_transaction(self._instance.url, sql)

    def _vacuum(self) -> None:
        """What autovacuum does after such a load, without waiting for its minute."""
        _outside_a_transaction(self._store.url, "vacuum analyze")


def _outside_a_transaction(url: str, sql: str) -> None:
    from ctiapp.store.store import connect

    connection = connect(url, "bench")
    try:
        with connection.cursor() as cursor:
            cursor.execute("set statement_timeout = 0")
            cursor.execute(sql)
    finally:
        connection.close()


def _reserve(srp: SRP, count: int) -> list[float]:
    """Milliseconds of each reservation, its cancelling included."""
    took = []
    for _ in range(count):
        click = a_click("bound") | {"claims": None}
        started = time.perf_counter()
        status, _ = srp.call_us(click, "127.0.0.1", None)
        srp.cancel(status["interaction"])
        took.append((time.perf_counter() - started) * 1000)
        assert status["number"]
    return took
