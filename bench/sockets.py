"""Pushes to a thousand open sockets of one web process: how late they come, and what memory the sockets take.

The web process is started anew, with its consoles in `bench.listeners`: after this the instance's own are gone.
A push begins where every push begins, with a NOTIFY; what is pushed is read from the database for it.
"""

from __future__ import annotations

import json
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

from bench.figures import Figure, median, percentile
from bench.instance import CONSOLES, Instance, a_click, end, resident_mb, say
from ctiapp.web.identity import InteractionTokens
from tests.product import status_of, until

WIDGETS = 800
A_SECOND = 2
WARM, SECONDS = 3, 10
TICK = 0.01
FEW = 10
"""The reference is measured with one socket in so many."""


def measure(instance: Instance) -> list[Figure]:
    instance.start_over()
    sockets = _consoles(instance) + _widgets(instance)
    end(instance.processes["consoles"])
    end(instance.processes["web"])
    instance.spawn("web", "ctiapp.cli", "web")
    until(lambda: status_of(f"{instance.settings.web_url}/readyz") == 200, 40, "the web server")
    before = resident_mb(instance.processes["web"])
    with _Listeners(instance, sockets) as listeners:
        time.sleep(2)
        keys = [socket["key"] for socket in sockets]
        few = _pushes(instance, listeners, random.sample(keys, len(keys) // FEW), SECONDS / 2)
        all_of_them = _pushes(instance, listeners, keys, SECONDS)
        after = resident_mb(instance.processes["web"])
    late = [ms for ms in all_of_them if ms == float("inf")]
    say(f"pushes: {len(all_of_them)}, {len(late)} did not come; web {before:.0f} MB, with the sockets {after:.0f} MB")
    beside, p99 = f"with {len(keys) // FEW}", (percentile(all_of_them, 0.99), percentile(few, 0.99))
    return [
        Figure("push_p50_ms_1000_sockets", median(all_of_them), "ms", median(few), beside),
        Figure("push_p99_ms_1000_sockets", p99[0], "ms", p99[1], beside, goal="<= 100"),
        Figure("memory_web_1000_sockets_mb", after, "MB", before, "MB without"),
    ]


def _consoles(instance: Instance) -> list[dict]:
    cookies = json.loads((instance.settings.state / "consoles.json").read_text())["cookies"]
    origin = instance.settings.web_url
    return [
        {"key": f"agent:a{number}", "join": "40/agent,", "headers": {"Cookie": cookie, "Origin": origin}}
        for number, cookie in enumerate(cookies[:CONSOLES])
    ]


def _widgets(instance: Instance) -> list[dict]:
    """Customers who hold a number each."""
    srp, tokens = instance.srp(), InteractionTokens(instance.settings.secret("interaction-token"))
    origin = instance.settings.shop_url

    def widget(number: int) -> dict:
        status, _ = srp.call_us(a_click("extra"), f"127.1.{number // 250}.{number % 250}", origin)
        token = tokens.issue(status["interaction"], "larkmoor")
        join = "40/customer," + json.dumps({"token": token})
        return {"key": f"interaction:{status['interaction']}", "join": join, "headers": {"Origin": origin}}

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(widget, range(WIDGETS)))


class _Listeners:
    def __init__(self, instance: Instance, sockets: list[dict]) -> None:
        file = instance.settings.state / "listeners.json"
        file.write_text(json.dumps({"port": instance.settings.web_port, "sockets": sockets}))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = instance.spawn("listeners", "bench.listeners", str(file), **pipes)
        joined = json.loads(self._process.stdout.readline() or "{}").get("joined")
        if joined != len(sockets):
            raise SystemExit(f"not all of {len(sockets)} sockets could be opened; see listeners.log")

    def __enter__(self) -> _Listeners:
        return self

    def __exit__(self, *_: object) -> None:
        end(self._process)

    def came(self) -> dict[str, list[tuple[float, float]]]:
        """By key: when the server read it, when it was here. What was told is forgotten."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def _pushes(instance: Instance, listeners: _Listeners, keys: list[str], seconds: float) -> list[float]:
    """Milliseconds from a NOTIFY to what was read after it at its socket; infinity for one that never came."""
    order = cycle(random.sample(keys, len(keys)))
    a_tick = max(1, round(len(keys) * A_SECOND * TICK))
    _notify(instance, order, a_tick, WARM)
    listeners.came()
    sent = _notify(instance, order, a_tick, seconds)
    time.sleep(1)
    came = listeners.came()
    return [_took(came[key], at) for key, at in sent]


def _notify(instance: Instance, order, a_tick: int, seconds: float) -> list[tuple[str, float]]:
    sent, begun = [], time.perf_counter()
    with instance.store.statements() as tx:
        for tick in range(round(seconds / TICK)):
            time.sleep(max(0.0, begun + tick * TICK - time.perf_counter()))
            keys = list(islice(order, a_tick))
            sent += [(key, time.time()) for key in keys]
            tx.execute("select pg_notify('ctiapp', key) from unnest(%s::text[]) key", (keys,))
    return sent


def _took(came: list[tuple[float, float]], at: float) -> float:
    """The server tells when it read in whole milliseconds."""
    return next(((here - at) * 1000 for read, here in came if read > at - 0.001), float("inf"))
