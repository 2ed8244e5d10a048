"""The highest rate of calls that goes through without a failure: routing points beside plain Dial()."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice

from bench import sip
from bench.figures import Figure
from bench.instance import EXTRAS, Instance, a_click, desks, say

RATES = (50, 100, 150, 175, 200, 250, 300, 350, 400)
SECONDS = 4
HOLD_MS = 20
SLOWER_THAN_ASKED = 0.85
"""A step is no step at its rate if its calls, the last one's end included, took so much longer than they should."""


def measure(instance: Instance) -> list[Figure]:
    stations = [desk.station for desk in desks() if desk.agent.startswith("x")]

    def plain(rate: int) -> bool:
        return _passes(instance, ["61" + station for station in islice(cycle(stations), _count(rate))], rate, "dial")

    def routed(rate: int) -> bool:
        numbers = _reserve(instance, _count(rate))
        before = instance.routed()
        passed = _passes(instance, numbers, rate, "route")
        after = instance.routed()
        by_us = after.get("agent", 0) - before.get("agent", 0)
        if by_us != len(numbers):  # the dialplan's way out is a failure here
            say(f"route: {by_us:.0f} of {len(numbers)} calls were routed by the CTI server")
        instance.start_over()
        return passed and by_us == len(numbers)

    dial, ours = _highest(plain), _highest(routed)
    beside, share = "plain Dial()", ours / dial if dial else 0.0
    return [
        Figure("calls_per_s", ours, "calls/s", dial, beside),
        Figure("calls_per_s_over_dial", share, "", dial, f"calls/s, {beside}", ratio=share, goal=">= 0.8"),
    ]


def _count(rate: int) -> int:
    return min(rate * SECONDS, EXTRAS)


def _highest(passes: Callable[[int], bool]) -> float:
    """The last rate before the first that fails twice."""
    highest = 0.0
    for rate in RATES:
        if not passes(rate) and not passes(rate):
            break
        highest = float(rate)
    return highest


def _passes(instance: Instance, numbers: Sequence[str], rate: int, kind: str) -> bool:
    dialled = [(number, sip.caller()) for number in numbers]
    done = sip.call(dialled, rate, HOLD_MS, instance.settings.sip_port)
    passed = done.succeeded == done.wanted and done.per_second >= rate * SLOWER_THAN_ASKED
    say(
        f"{kind} at {rate}/s: {done.succeeded} of {done.wanted}, {done.per_second:.0f}/s"
        + ("" if passed else ": failed")
    )
    return passed


def _reserve(instance: Instance, count: int) -> list[str]:
    """Reserved before the calls begin, and the page on screen: what is measured is the telephone's side."""
    srp = instance.srp()
    numbers = [srp.call_us(a_click("extra") | {"claims": None}, "127.0.0.1", None)[0]["number"] for _ in range(count)]
    with instance.store.transaction() as tx:
        tx.execute("update reservation set page_shown_at = clock_timestamp() where state = 'reserved'")
    return numbers
