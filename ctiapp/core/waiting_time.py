"""How long until it is one's turn (P22).

`by_lines` is the product's; docs/waiting-time.md has its figures beside the others, which are those of the literature:
R. Ibrahim, W. Whitt, "Real-time delay estimation based on delay history" (2009); M. Thiongane, W. Chan, P. L'Ecuyer,
"New history-based delay predictors for service systems" (2016). Times are in seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SMALLEST_WAIT = 30.0
"""Below it an error is measured against this: to say 20 s where it took 2 is no ninefold mistake."""

FIRST = 0.5
"""Until an agent is free for the first of a line, so much of a handling is done. Chosen on days that no figure is taken
from (docs/waiting-time.md)."""

STEPS = 100
"""Into which the work that is ahead of us is cut."""
SHORTEST_STEP = 2.0
NOTHING = 1e-6
"""Of a line that has flowed off."""
LONGEST = 12 * 3600.0
"""Whoever would wait longer waits for a shift that nobody knows."""

DEFAULT_HANDLING = 300.0
ENOUGH = 5
"""The default weighs as much as so many handled calls."""

DEFAULT_PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Line:
    """Those who want the same and are ahead of us; of our own line too, without us."""

    requests: float = 0.0
    callers: float = 0.0
    """On the line: some of them hang up before it is their turn."""
    oldest: float = 0.0
    """How long its first one has waited."""
    handling: float = DEFAULT_HANDLING


@dataclass(frozen=True, slots=True)
class Appointment:
    """A request promised for later that goes before us if it falls due while we wait."""

    after: float
    line: int


def by_lines(
    mine: int,
    lines: Sequence[Line],
    teams: Mapping[frozenset[int], int],
    gives_up: float = 0.0,
    appointments: Iterable[Appointment] = (),
    first: float = FIRST,
) -> float | None:
    """All lines flow off at once: so many agents of each team (the lines its members can take) take whoever of theirs
    waits longest; of the callers a share of `gives_up` hang up each second; appointments join when they fall due. The
    time until the line before us is gone; None: not within `LONGEST`.
    """
    agents = sum(count for team, count in teams.items() if mine in team)
    if not agents:
        return None
    left = [_Left(line, first if number == mine else 0.0) for number, line in enumerate(lines)]
    later = sorted(appointments, key=lambda appointment: appointment.after, reverse=True)
    step = max(SHORTEST_STEP, sum(one.length * one.handling for one in left) / agents / STEPS)
    hang_up, waited = math.exp(-gives_up * step), 0.0
    while waited < LONGEST and left[mine].length > NOTHING:
        while later and later[-1].after <= waited:
            left[later.pop().line].one_more()
        served = _served(left, teams, step, mine)
        if served[mine] >= left[mine].length:
            return waited + step * left[mine].length / served[mine]
        for one, count in zip(left, served, strict=True):
            one.after(count, hang_up)
        waited += step
    return waited if waited < LONGEST else None


class _Left:
    """What is left of a line while it flows off, evenly mixed."""

    def __init__(self, line: Line, us: float) -> None:
        self.requests, self.callers = line.requests + us, line.callers
        self.oldest, self.handling = line.oldest, line.handling
        self._whole = self.length

    @property
    def length(self) -> float:
        return self.requests + self.callers

    @property
    def age(self) -> float:
        """Of its first one, compared with the others': the line reaches back evenly to its oldest."""
        return self.oldest * self.length / self._whole

    def one_more(self) -> None:
        self.requests += 1
        self._whole = max(self._whole, self.length)

    def after(self, served: float, hang_up: float) -> None:
        if self.length:
            stays = max(0.0, 1 - served / self.length)
            self.requests, self.callers = self.requests * stays, self.callers * stays * hang_up


def _served(left: Sequence[_Left], teams: Mapping[frozenset[int], int], step: float, mine: int) -> list[float]:
    """How many of each line come to an agent in one step."""
    served = [0.0] * len(left)
    for team, count in teams.items():
        waiting = [number for number in team if left[number].length > NOTHING]
        if waiting:
            oldest = max(waiting, key=lambda number: (left[number].age, number != mine))
            served[oldest] += count * step / left[oldest].handling
    return served


def mean_handling(count: int, seconds: float) -> float:
    """Of so many calls that took so long together, wrap-up included; the default until there are enough."""
    return (seconds + ENOUGH * DEFAULT_HANDLING) / (count + ENOUGH)


def giving_up(gone: int, waited: float) -> float:
    """The share of waiting callers who hang up in a second, from so many who did and the time all waited together."""
    return (gone + 1) / (waited + DEFAULT_PATIENCE)


def relative_error(estimate: float, waited: float) -> float:
    return abs(estimate - waited) / max(waited, SMALLEST_WAIT)


# ---- the literature's ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Served:
    """One who came to an agent: the line they found before them, and how long they waited."""

    asked_at: float
    ahead: int
    waited: float


def by_queue_length(ahead: int, handling: float, agents: int) -> float:
    """QL: queue length times the mean service interval."""
    return (ahead + 1) * handling / agents


def last_to_enter_service(served: Sequence[Served]) -> float:
    """LES: what the last one waited. `served` is in the order in which they came to an agent, here and below."""
    return served[-1].waited if served else 0.0


def head_of_line(waited: float | None, served: Sequence[Served]) -> float:
    """HOL: what the first of the line has waited until now; without a line, the last one who was in it."""
    return last_to_enter_service(served) if waited is None else waited


def by_proportion(ahead: int, served: Sequence[Served]) -> float:
    """P-LES: the last one's wait, in proportion to the two queue lengths."""
    return served[-1].waited * (ahead + 1) / (served[-1].ahead + 1) if served else 0.0


def by_mean_proportion(ahead: int, served: Sequence[Served], count: int = 8) -> float:
    """The same of the last few, which steadies it."""
    last = served[-count:]
    return (ahead + 1) * sum(one.waited / (one.ahead + 1) for one in last) / len(last) if last else 0.0


def extrapolated(ahead: int, served: Sequence[Served], waiting: Sequence[tuple[float, int, int]]) -> float:
    """E-LES: the last one's wait, and for those still in the line (waited until now, ahead at first, ahead now) what it
    comes to at the speed at which they moved up; the mean of them, weighted by the way they have behind them."""
    terms = [(last_to_enter_service(served), 1.0)]
    for waited, at_first, now in waiting:
        if at_first > now:
            behind = (at_first - now) / (at_first + 1)
            terms.append((waited / behind, behind))
    return sum(term * weight for term, weight in terms) / sum(weight for _, weight in terms)


def by_like_queue_length(ahead: int, served: Sequence[Served], count: int = 10) -> float:
    """AvgC-LES: the mean wait of the last ones who found as long a line."""
    alike = [one.waited for one in served if one.ahead == ahead][-count:]
    return sum(alike) / len(alike) if alike else by_proportion(ahead, served)


def smoothed_hold_time(so_far: float, waited: float) -> float:
    """The simple rule: the average hold time as call queues commonly keep and announce it, a quarter from the last."""
    return (3 * so_far + waited) / 4
