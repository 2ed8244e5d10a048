"""From the call to the agent's ring, and the page that was there before it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bench import clicks, processor, sip
from bench.figures import Figure, median, percentile
from bench.instance import CONSOLES, Instance, desks, say
from tests.product import until

RATE = 60
ROUNDS = 4
HOLD_MS = 100


class Routing:
    """Calls of all kinds, in turns, on one Asterisk: what happens on the machine meanwhile happens to all of them."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.took: dict[str, list[float]] = {"dial": [], "queue": [], "agi": [], "route": [], "late": []}
        self.margins: dict[str, list[float]] = {"route": [], "late": []}
        self.calls: dict[str, int] = {kind: 0 for kind in self.took}
        self.busy: dict[str, list[float]] = {kind: [] for kind in self.took}
        """The machine's processor time a call, milliseconds, by round."""

    def measure(self) -> None:
        stations = [desk.station for desk in desks()[:CONSOLES]]
        for _ in range(ROUNDS):
            for kind, prefix in (("dial", "61"), ("queue", "62"), ("agi", "63")):
                self._round(kind, [prefix + station for station in stations])
            self._round("route", self._reserved("bound"))
            self._round("late", self._reserved("late"))

    def _reserved(self, pool: str) -> list[str]:
        numbers = clicks.reserve(self._instance, pool, CONSOLES)
        if pool == "bound":
            self._until_pages_are_shown()
        return numbers

    def _until_pages_are_shown(self) -> None:
        query = "select count(*) as pages from reservation where state = 'reserved' and page_shown_at is null"
        until(lambda: self._instance.sql(query)[0]["pages"] == 0, 10, "every page on its console")

    def _round(self, kind: str, numbers: Sequence[str]) -> None:
        dialled = [(number, sip.caller()) for number in numbers]
        port = self._instance.settings.sip_port
        with sip.Capture(port) as capture, processor.busy() as busy:
            done = sip.call(dialled, RATE, HOLD_MS, port)
        took = [ring.took_ms for ring in capture.rings.values()]
        say(f"{kind}: {done.succeeded} of {done.wanted} calls, median {median(took or [0]):.2f} ms to the ring")
        self.took[kind] += took
        self.calls[kind] += len(dialled)
        self.busy[kind].append(busy.ms / len(dialled))
        if kind in self.margins:
            self._margins(kind, capture.rings)
        self._instance.start_over()
        time.sleep(1.2)  # cooling down is over

    def _margins(self, kind: str, rings: dict[str, sip.Ring]) -> None:
        """Milliseconds from the console's acknowledgement to the telephone's INVITE; one without a page is -inf."""
        rows = self._instance.sql(
            "select c.caller, r.id from call c join reservation r on r.call = c.id and r.talking_at is not null"
            " where c.caller = any (%s)",
            list(rings),
        )
        shown = {row["caller"]: self._instance.shown.get(row["id"]) for row in rows}
        for calling, ring in rings.items():
            at = shown.get(calling)
            self.margins[kind].append(float("-inf") if at is None else (ring.rang - at) * 1000)


def over_dial(routing: Routing) -> list[Figure]:
    figures = []
    for kind, goals in (("route", ("<= 3", "<= 8")), ("queue", ("", "")), ("agi", ("", ""))):
        for (name, of), goal in zip(QUANTILES, goals, strict=True):
            ours, dial = of(routing.took[kind]), of(routing.took["dial"])
            title = f"{kind}_over_dial_{name}_ms"
            figures.append(Figure(title, ours - dial, "ms", dial, "plain Dial()", ratio=ours / dial, goal=goal))
    route, dial = median(routing.busy["route"]), median(routing.busy["dial"])
    return [*figures, Figure("processor_per_call_ms", route, "ms", dial, "plain Dial(), all of the machine")]


def page_before_ring(routing: Routing) -> list[Figure]:
    figures = []
    for kind, name in (("route", "agent_bound"), ("late", "late_bound")):
        margins, calls = routing.margins[kind], routing.calls[kind]
        share = sum(margin > 0 for margin in margins) / calls
        figures.append(Figure(f"page_before_ring_share_{name}", share, "", calls, "calls", ratio=share, goal=">= 1"))
        figures.append(Figure(f"page_before_ring_median_{name}_ms", median(margins), "ms"))
        figures.append(Figure(f"page_before_ring_least_{name}_ms", min(margins), "ms"))
    took, dial = median(routing.took["late"]), median(routing.took["dial"])
    figures.append(Figure("late_route_over_dial_p50_ms", took - dial, "ms", dial, "plain Dial()", ratio=took / dial))
    return figures


def _p99(values: Sequence[float]) -> float:
    return percentile(values, 0.99)


QUANTILES: tuple[tuple[str, Callable[[Sequence[float]], float]], ...] = (("p50", median), ("p99", _p99))
