"""A day of a contact centre, simulated: callers on the line and call requests in one order of first come, first served.

Arrivals change with the hour, and each day is busier or quieter than planned. Agents have skills, speeds, shifts and
breaks; handling is lognormal, wrap-up included; callers lose patience; appointments fall due and go by
the time at which they were asked for. Times are seconds since midnight. The same seed is the same day.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

HOUR = 3600.0
OPENS, CLOSES = 8, 20
BY_HOUR = (0.5, 0.85, 1.15, 1.3, 1.15, 0.9, 0.95, 1.15, 1.2, 0.95, 0.6, 0.4)
AN_HOUR = 165.0
NEEDS = {"sales": 0.45, "support": 0.4, "kitchens": 0.15}
HANDLING = {"sales": 300.0, "support": 360.0, "kitchens": 480.0}
TEAM = (
    ({"sales"}, 8),
    ({"support"}, 8),
    ({"sales", "support"}, 6),
    ({"sales", "kitchens"}, 4),
    ({"sales", "support", "kitchens"}, 4),
)
SHIFTS = ((8.0, 16.0), (9.0, 17.5), (12.0, 20.0))
REQUESTS = 0.5
"""The share who would rather be called; of these a share want an appointment."""
APPOINTMENTS = 0.15
PATIENCE = 600.0
DAY_BY_DAY = 0.12


@dataclass(eq=False)
class Agent:
    skills: set[str]
    slow: float
    state: str = "out"
    """out, idle, busy, pause"""
    since: float = 0.0
    wants: deque[float | None] = field(default_factory=deque)
    """Breaks (seconds) to take after this call; None is the end of the shift."""
    handled: deque[float] = field(default_factory=lambda: deque(maxlen=3))


@dataclass(eq=False)
class Customer:
    need: str
    asked: float
    due: float
    is_request: bool
    patience: float = math.inf
    ahead: int = 0
    served: float | None = None
    said: Any = None
    """What was told when they asked, if there was no agent free."""

    @property
    def has_appointment(self) -> bool:
        return self.due > self.asked

    @property
    def waited(self) -> float:
        assert self.served is not None
        return self.served - self.due


class Day:
    """`ask(day, customer)` is called when somebody asks for now and nobody is free; its answer is kept with them."""

    def __init__(
        self, seed: int, load: float = 1.0, ask: Callable[[Day, Customer], Any] = lambda day, who: None
    ) -> None:
        self.random = random.Random(seed)
        self.ask = ask
        self.now = 0.0
        self.agents: list[Agent] = []
        self.line: list[Customer] = []
        self.appointments: list[Customer] = []
        self.served: dict[str, list[Customer]] = {need: [] for need in NEEDS}
        self.gave_up, self.callers_waited = 0, 0.0
        self._events: list[tuple[float, int, Callable, tuple]] = []
        self._staff()
        self._customers(load * math.exp(self.random.gauss(0, DAY_BY_DAY)))

    def run(self) -> Day:
        while self._events:
            self.now, _, what, with_ = heapq.heappop(self._events)
            what(*with_)
        return self

    def line_of(self, need: str) -> list[Customer]:
        return [who for who in self.line if who.need == need]

    # ---- what will happen ----

    def _at(self, when: float, what: Callable, *with_: Any) -> None:
        heapq.heappush(self._events, (when, len(self._events) + self.random.getrandbits(40), what, with_))

    def _staff(self) -> None:
        draw = self.random
        for skills, count in TEAM:
            for number in range(count):
                agent = Agent(skills, math.exp(draw.gauss(0, 0.18)))
                self.agents.append(agent)
                begins, ends = (hour * HOUR for hour in SHIFTS[number % 3])
                lunch = begins + (3 + len(self.agents) % 4 / 2) * HOUR
                self._at(begins, self._is_free, agent)
                for when, minutes in ((begins + 1.5 * HOUR, 15), (lunch, 30), (begins + 6.2 * HOUR, 15)):
                    self._at(when + draw.uniform(0, 0.6 * HOUR), self._wants, agent, minutes * 60.0)
                self._at(ends, self._wants, agent, None)

    def _customers(self, load: float) -> None:
        rate, when = AN_HOUR * load * max(BY_HOUR) / HOUR, OPENS * HOUR
        while (when := when + self.random.expovariate(rate)) < CLOSES * HOUR:
            if self.random.random() < BY_HOUR[int(when / HOUR) - OPENS] / max(BY_HOUR):
                self._at(when, self._asks, self._a_customer(when))

    def _a_customer(self, when: float) -> Customer:
        draw = self.random
        need = draw.choices(list(NEEDS), list(NEEDS.values()))[0]
        if draw.random() >= REQUESTS:
            return Customer(need, when, when, False, draw.expovariate(1 / PATIENCE))
        hour = math.ceil(when / HOUR) + draw.randint(0, 3)
        later = draw.random() < APPOINTMENTS and hour < CLOSES - 1
        return Customer(need, when, hour * HOUR if later else when, True)

    # ---- what happens ----

    def _asks(self, who: Customer) -> None:
        if who.has_appointment:
            self.appointments.append(who)
            self._at(who.due, self._falls_due, who)
            return
        if not self._idle(who.need):
            who.ahead = len(self.line_of(who.need))
            who.said = self.ask(self, who)
        self._enters(who)

    def _falls_due(self, who: Customer) -> None:
        self.appointments.remove(who)
        self._enters(who)

    def _enters(self, who: Customer) -> None:
        if idle := self._idle(who.need):
            self._serve(min(idle, key=lambda agent: (len(agent.skills), agent.since)), who)
            return
        self.line.append(who)
        self.line.sort(key=lambda other: other.asked)
        if who.patience < math.inf:
            self._at(self.now + who.patience, self._gives_up, who)

    def _gives_up(self, who: Customer) -> None:
        if who.served is None:
            self.line.remove(who)
            self.gave_up += 1
            self.callers_waited += self.now - who.asked

    def _idle(self, need: str) -> list[Agent]:
        return [agent for agent in self.agents if agent.state == "idle" and need in agent.skills]

    def _serve(self, agent: Agent, who: Customer) -> None:
        draw, mean = self.random, HANDLING[who.need]
        who.served = self.now
        if not who.has_appointment:
            self.served[who.need].append(who)
        if not who.is_request:
            self.callers_waited += who.waited
        rings = draw.uniform(5, 25) if who.is_request else draw.uniform(2, 8)
        talks = _lognormal(draw, 0.85 * mean * agent.slow, 0.9)
        wraps_up = _lognormal(draw, 0.15 * mean, 0.6)
        self._set(agent, "busy")
        self._at(self.now + rings + talks + wraps_up, self._done, agent, rings + talks + wraps_up)

    def _done(self, agent: Agent, took: float) -> None:
        agent.handled.append(took)
        self._is_free(agent)

    def _wants(self, agent: Agent, pause: float | None) -> None:
        agent.wants.append(pause)
        if agent.state == "idle":
            self._is_free(agent)

    def _is_free(self, agent: Agent) -> None:
        if agent.wants:
            pause = agent.wants.popleft()
            self._set(agent, "out" if pause is None else "pause")
            if pause is not None:
                self._at(self.now + pause, self._is_free, agent)
            return
        self._set(agent, "idle")
        first = next((who for who in self.line if who.need in agent.skills), None)
        if first:
            self.line.remove(first)
            self._serve(agent, first)

    def _set(self, agent: Agent, state: str) -> None:
        agent.state, agent.since = state, self.now


def _lognormal(draw: random.Random, mean: float, variation: float) -> float:
    spread = math.log(1 + variation**2)
    return draw.lognormvariate(math.log(mean) - spread / 2, math.sqrt(spread))
