"""How good the estimate of the waiting time is, over simulated days; `python -m bench.waiting` prints every predictor.

Each of them knows what the product knows when it is asked. What is measured: requests to be called as soon as possible,
at times when no agent was free. The days of the figure differ from those on which anything was chosen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bench.figures import Figure, median, percentile
from bench.simulated_day import NEEDS, Customer, Day
from ctiapp.core import waiting_time
from ctiapp.core.waiting_time import FIRST, Appointment, Line, Served

TRAINING, TEST = range(1, 9), range(201, 209)
LOADS = (0.85, 1.0, 1.15)
LONG_PAUSE = 20 * 60.0
NUMBER = {need: number for number, need in enumerate(NEEDS)}
FIRSTS = (0.25, 0.5, 0.75, 1.0)


class Known:
    """What the product knows of one customer's chances at the moment they ask."""

    def __init__(self, day: Day, who: Customer) -> None:
        self.day, self.who, self.ahead = day, who, who.ahead
        self.able = able(day, who.need)
        self.agents = max(1, len(self.able))
        self.handling = handling(self.able)
        self.served = [Served(one.asked, one.ahead, one.waited) for one in day.served[who.need][-60:]]

    def lines(self) -> list[Line]:
        """By need, as the database counts them."""
        return [self._line(need) for need in NEEDS]

    def _line(self, need: str) -> Line:
        line = self.day.line_of(need)
        requests = sum(other.is_request for other in line)
        oldest = max((self.day.now - other.asked for other in line if not other.has_appointment), default=0.0)
        return Line(requests, len(line) - requests, oldest, handling(able(self.day, need)))

    def teams(self) -> Counter[frozenset[int]]:
        there = [agent for need in NEEDS for agent in able(self.day, need)]
        return Counter(frozenset(NUMBER[need] for need in agent.skills) for agent in dict.fromkeys(there))

    def appointments(self) -> list[Appointment]:
        return [Appointment(other.due - self.day.now, NUMBER[other.need]) for other in self.day.appointments]


def able(day: Day, need: str) -> list:
    """Who could take it: at work, or on a pause that is not long."""
    return [
        agent
        for agent in day.agents
        if need in agent.skills
        and agent.state != "out"
        and not (agent.state == "pause" and day.now - agent.since > LONG_PAUSE)
    ]


def handling(agents: list) -> float:
    times = [took for agent in agents for took in agent.handled]
    return waiting_time.mean_handling(len(times), sum(times))


def by_lines(
    known: Known, hang_up: bool = True, appointments: bool = True, others: bool = True, first: float = FIRST
) -> float:
    lines, mine = known.lines(), NUMBER[known.who.need]
    if not others:
        lines = [line if number == mine else Line() for number, line in enumerate(lines)]
    rate = waiting_time.giving_up(known.day.gave_up, known.day.callers_waited) if hang_up else 0.0
    later = known.appointments() if appointments else ()
    estimate = waiting_time.by_lines(mine, lines, known.teams(), rate, later, first)
    return known.handling if estimate is None else estimate


def simple(known: Known) -> float:
    hold = 0.0
    for one in known.served:
        hold = waiting_time.smoothed_hold_time(hold, one.waited)
    return hold


def half_hour(known: Known) -> float:
    served = known.day.served[known.who.need]
    recent = [one.waited for one in served if one.served and one.served > known.day.now - 1800]
    return sum(recent) / len(recent) if recent else 0.0


def head_of_line(known: Known) -> float:
    waiting = [who for who in known.day.line_of(known.who.need) if not who.has_appointment]
    return waiting_time.head_of_line(known.day.now - waiting[0].asked if waiting else None, known.served)


def extrapolated(known: Known) -> float:
    line = known.day.line_of(known.who.need)
    waiting = [(known.day.now - who.asked, who.ahead, now) for now, who in enumerate(line) if not who.has_appointment]
    return waiting_time.extrapolated(known.ahead, known.served, waiting)


PREDICTORS: dict[str, Callable[[Known], float]] = {
    "by_lines (the product's)": by_lines,
    "… without the appointments": lambda known: by_lines(known, appointments=False),
    "… as if no caller hung up": lambda known: by_lines(known, hang_up=False),
    "… without the other lines": lambda known: by_lines(known, others=False),
    "queue length × mean interval (QL)": lambda known: waiting_time.by_queue_length(
        known.ahead, known.handling, known.agents
    ),
    "last to enter service (LES)": lambda known: waiting_time.last_to_enter_service(known.served),
    "head of line (HOL)": head_of_line,
    "extrapolated (E-LES)": extrapolated,
    "in proportion (P-LES)": lambda known: waiting_time.by_proportion(known.ahead, known.served),
    "in proportion, mean of 8": lambda known: waiting_time.by_mean_proportion(known.ahead, known.served),
    "average by queue length (AvgC-LES)": lambda known: waiting_time.by_like_queue_length(known.ahead, known.served),
    "average hold time, last half hour": half_hour,
    "average hold time, smoothed (simple)": simple,
}
PRODUCT, SIMPLE = "by_lines (the product's)", "average hold time, smoothed (simple)"

Errors = dict[str, list[float]]


def measure() -> list[Figure]:
    errors, _ = of_days(TEST, {name: PREDICTORS[name] for name in (PRODUCT, SIMPLE)})
    value, reference = median(errors[PRODUCT]), median(errors[SIMPLE])
    beside = "of the average hold time"
    return [
        Figure("ewt_error_median", value, "", reference, beside),
        Figure("ewt_error_median_over_simple", value / reference, "", reference, beside, value / reference, "<= 0.7"),
    ]


def of_days(
    seeds: range, predictors: dict[str, Callable[[Known], float]], loads: tuple[float, ...] = LOADS
) -> tuple[Errors, list[float]]:
    """Relative errors by predictor, and what was waited in seconds."""
    errors: Errors = {name: [] for name in predictors}
    waits = []
    for seed in seeds:
        for load in loads:
            day = Day(seed, load, lambda day, who: _say(predictors, day, who)).run()
            for who in (who for served in day.served.values() for who in served if who.is_request and who.said):
                waits.append(who.waited)
                for name, estimate in who.said.items():
                    errors[name].append(waiting_time.relative_error(estimate, who.waited))
    return errors, waits


def _say(predictors: dict[str, Callable[[Known], float]], day: Day, who: Customer) -> dict[str, float] | None:
    if not who.is_request:
        return None
    known = Known(day, who)
    return {name: predict(known) for name, predict in predictors.items()}


def main() -> None:
    """Training days: what was chosen. Test days: what it is worth."""
    for share in FIRSTS:
        errors, _ = of_days(TRAINING, {PRODUCT: lambda known, share=share: by_lines(known, first=share)})
        print(f"first = {share}: median error {median(errors[PRODUCT]):.3f}, mean {_mean(errors[PRODUCT]):.3f}")
    for name, days in (("training", TRAINING), ("test", TEST)):
        found = {load: of_days(days, PREDICTORS, (load,)) for load in LOADS}
        for load, (errors, waits) in found.items():
            print(f"\n{name} days, load {load}: {_in_words(waits)}\n{_table(errors)}")
        all_of_them = {who: [one for errors, _ in found.values() for one in errors[who]] for who in PREDICTORS}
        print(f"\nall {name} days\n{_table(all_of_them)}")


def _in_words(waits: list[float]) -> str:
    tenth, half, most = (percentile(waits, share) for share in (0.1, 0.5, 0.9))
    return f"{len(waits)} requests; 10 % waited up to {tenth:.0f} s, 50 % {half:.0f} s, 90 % {most:.0f} s"


def _table(errors: Errors) -> str:
    simple = median(errors[SIMPLE])
    lines = ["| predictor | median error | mean error | median / simple |", "| --- | --- | --- | --- |"]
    for name, of in errors.items():
        lines.append(f"| {name} | {median(of):.3f} | {_mean(of):.3f} | {median(of) / simple:.2f} |")
    return "\n".join(lines)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    main()
