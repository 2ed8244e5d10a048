"""What one claim costs, by how many requests wait in the list: four controllers claim at once, each a process."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import timedelta

from bench.figures import Figure, median
from bench.instance import Instance, say
from ctiapp.servers import list_server
from ctiapp.settings import PROJECT, Settings
from ctiapp.store import Store
from tests.database import a_database
from tests.phones import die_with_parent

SIZES = (1000, 100_000)
CONTROLLERS = 4
ROUNDS = 8
A_ROUND = 100
"""Claims of each controller: of the small list 600 are left at the end of a round."""
LEASE = timedelta(minutes=10)

POOL = """
insert into site (id, name, origins) values ('larkmoor', 'Larkmoor Home', '{}');
insert into pool (id, site, binding, skill, hold_for, longest_hold, cool_down_for, wrap_up_for, ring_for, longest_wait)
     values ('sales', 'larkmoor', 'late', 'sales', '90 s', '600 s', '0 s', '0 s', '20 s', '60 s');
"""
REQUESTS = """
with asked as (
    insert into interaction (site, channel, pool, state, skills, ring_for, wrap_up_for, longest_wait)
         select 'larkmoor', 'call_me', 'sales', 'queued', '{sales}', '20 s', '0 s', '60 s'
           from generate_series(1, %(requests)s)
      returning id)
insert into call_request (interaction, site, pool, number, zone, requested_at)
     select id, 'larkmoor', 'sales', '+4420' || row_number() over (), 'Europe/London',
            now() - random() * interval '1 day'
       from asked;
"""
BACK = """
update call_request
   set owner = null, lease_until = null, requested_at = clock_timestamp(), rank_at = clock_timestamp()
 where owner is not null
"""
"""To the end of the list: each round claims others."""


def measure(instance: Instance) -> list[Figure]:
    return figures(instance.settings)


def figures(settings: Settings) -> list[Figure]:
    rates: dict[int, list[float]] = {size: [] for size in SIZES}
    with ExitStack() as life:
        lists = {size: life.enter_context(_List(settings, size)) for size in SIZES}
        for one in lists.values():
            one.round()
        for _ in range(ROUNDS):
            for size, one in lists.items():
                rates[size].append(one.round())
    small, large = (median(rates[size]) for size in SIZES)
    return [
        Figure("claims_1000_per_s", small, "/s"),
        Figure("claims_100000_per_s", large, "/s", small, "/s with 1,000"),
        Figure("claims_100000_over_1000", large / small, "", small, "/s with 1,000", large / small, ">= 0.8"),
    ]


class _List:
    """A database of its own in the benchmark's server, with so many requests in line, and its controllers."""

    def __init__(self, settings: Settings, requests: int) -> None:
        self._settings, self._requests = settings, requests
        self._life = ExitStack()

    def __enter__(self) -> _List:
        started = time.perf_counter()
        url = self._life.enter_context(a_database(self._settings, durable=True))
        self._store = Store(url, size=1, name="bench-claims")
        self._life.callback(self._store.close)
        with self._store.transaction() as tx:
            tx.execute("set local statement_timeout = 0")
            tx.execute(POOL)
            tx.execute(REQUESTS, {"requests": self._requests})
        self._vacuum()
        command = [sys.executable, "-m", "bench.claims", url]
        self._controllers = [self._spawned([*command, f"cti-{number}"]) for number in range(CONTROLLERS)]
        say(f"{self._requests} requests in line after {time.perf_counter() - started:.1f} s")
        return self

    def __exit__(self, *_: object) -> None:
        self._life.close()

    def round(self) -> float:
        """Claims a second, all controllers together."""
        started = time.perf_counter()
        for controller in self._controllers:
            print(A_ROUND, file=controller.stdin, flush=True)
        for controller in self._controllers:
            assert controller.stdout.readline() == f"{A_ROUND}\n"
        took = time.perf_counter() - started
        with self._store.transaction() as tx:
            back = tx.execute(BACK).rowcount
        assert back == A_ROUND * CONTROLLERS, f"{back} claimed"
        self._vacuum()
        return back / took

    def _spawned(self, command: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent,
        )
        self._life.callback(process.communicate)
        assert process.stdout.readline() == "ready\n"
        return process

    def _vacuum(self) -> None:
        """What autovacuum does with a list in use, without waiting for its minute."""
        with self._store.statements() as each:
            each.execute("vacuum analyze call_request")


def controller(url: str, owner: str) -> None:
    """Claims as many, one at a time, as each line says; says how many it got."""
    store = Store(url, size=1, name=owner)
    with store.transaction() as tx:
        (line,) = list_server.lines(tx, "sales")
    print("ready", flush=True)
    for order in sys.stdin:
        got = 0
        for _ in range(int(order)):
            with store.transaction() as tx:
                got += len(list_server.claim(tx, "sales", line.key, 1, owner, LEASE))
        print(got, flush=True)


if __name__ == "__main__":
    controller(*sys.argv[1:])
