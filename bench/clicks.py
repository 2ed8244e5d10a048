"""From the click to the number."""

from __future__ import annotations

import asyncio
import time

from bench import http
from bench.figures import Figure, median, percentile
from bench.instance import Instance, a_click, say

RATE = 50
ROUNDS = 3
SECONDS = 8
HELD_FOR = 1.0
"""Seconds after which a number is given back, so that 200 agents are enough: in the benchmark's own process, for what
the web server has to do with a click is measured, and not the end of it."""


def measure(instance: Instance) -> list[Figure]:
    clicks, healths = [], []
    asyncio.run(_clicks(instance))  # threads and connections are made, queries prepared
    for _ in range(ROUNDS):
        healths += asyncio.run(_health_checks(instance))
        clicks += asyncio.run(_clicks(instance))
        time.sleep(2)
    say(f"clicks: {len(clicks)}, of them {sum(took is None for took in clicks)} without a number")
    took = [milliseconds for milliseconds in clicks if milliseconds is not None] or [float("inf")]
    beside = "GET /healthz"
    return [
        Figure("click_to_number_p50_ms", median(took), "ms", median(healths), beside),
        Figure("click_to_number_p99_ms", percentile(took, 0.99), "ms", percentile(healths, 0.99), beside, goal="<= 25"),
        Figure("clicks_without_a_number", len(clicks) - len(took), "clicks", len(clicks), "clicks", goal="<= 0"),
    ]


async def _health_checks(instance: Instance) -> list[float]:
    async def check(_: int) -> float:
        started = time.perf_counter()
        await http.request(instance.settings.web_port, "GET", "/healthz")
        return (time.perf_counter() - started) * 1000

    return await http.at_rate(RATE, RATE * SECONDS, check)


async def _clicks(instance: Instance) -> list[float | None]:
    srp = instance.srp()

    async def click(_: int) -> float | None:
        started = time.perf_counter()
        status, answer = await make(instance, "bound")
        took = (time.perf_counter() - started) * 1000
        if status != 201 or not answer["number"]:
            return None
        await asyncio.sleep(HELD_FOR)
        await asyncio.to_thread(srp.cancel, answer["interaction"])
        return took

    return await http.at_rate(RATE, RATE * SECONDS, click)


async def make(instance: Instance, pool: str) -> http.Answer:
    """One click over HTTP: status and answer."""
    headers = {"Origin": instance.settings.shop_url}
    return await http.request(instance.settings.web_port, "POST", "/api/v1/call-us", a_click(pool), headers)


def reserve(instance: Instance, pool: str, count: int) -> list[str]:
    """`count` numbers by clicks over HTTP at the usual rate."""

    async def click(_: int) -> str:
        status, answer = await make(instance, pool)
        if status != 201:
            raise SystemExit(f"a click was refused: {answer}")
        return answer["number"]

    async def clicks() -> list[str]:
        return await http.at_rate(RATE, count, click)

    return asyncio.run(clicks())
