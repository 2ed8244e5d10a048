"""How many more calls may be dialled now (P18): never more in flight than agents who can take them.

A factor above 1 dials more than that, because not everybody answers. It is an option with a price, calls that are
answered and abandoned, so it may be used only as far as even the worst case keeps their share under the cap.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True, slots=True)
class Pace:
    """`most_abandoned`: the greatest share of answered calls that may be abandoned. `most_a_second`: calls that may
    begin within a second, so that what fell due while we were away does not go out in one burst."""

    factor: float = 1.0
    most_abandoned: float = 0.03
    most_a_second: int = 10


@dataclass(frozen=True, slots=True)
class Lines:
    """What is going on for one need. `staffed`: agents logged in who could take it. `free`: those of them who are ready
    and promised to nobody. `in_flight`: calls being dialled that hold no agent yet. `answered`, `abandoned`: calls
    answered by a human in the window looked at, and those of them for whom nobody was free. `begun`: calls of the last
    second."""

    staffed: int
    free: int
    in_flight: int = 0
    answered: int = 0
    abandoned: int = 0
    begun: int = 0


@dataclass(frozen=True, slots=True)
class Leave:
    """`calls` more may be dialled; `why` not more: "nobody_has_the_skill", "all_agents_busy", "calls_in_flight",
    "too_many_abandoned", "too_fast"."""

    calls: int
    why: str


def may_dial(pace: Pace, lines: Lines) -> Leave:
    if lines.staffed <= 0:
        return Leave(0, "nobody_has_the_skill")
    if lines.free <= 0:
        return Leave(0, "all_agents_busy")
    wished, affordable = _extra(pace, lines.free), _affordable(pace, lines)
    calls = max(0, lines.free + min(wished, affordable) - lines.in_flight)
    left = max(0, pace.most_a_second - lines.begun)
    if calls > left:
        return Leave(left, "too_fast")
    return Leave(calls, "too_many_abandoned" if affordable < wished else "calls_in_flight")


def abandoned_share(lines: Lines) -> float:
    """Of the calls answered; 0 without any."""
    return lines.abandoned / lines.answered if lines.answered else 0.0


def _extra(pace: Pace, free: int) -> int:
    return floor(free * (max(1.0, pace.factor) - 1.0) + 1e-9)


def _affordable(pace: Pace, lines: Lines) -> int:
    """How many calls beyond the free agents may all be answered and abandoned without breaking the cap."""
    if pace.most_abandoned >= 1:
        return lines.free
    room = pace.most_abandoned * lines.answered - lines.abandoned
    return max(0, floor(room / (1.0 - pace.most_abandoned) + 1e-9))
