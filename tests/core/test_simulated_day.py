"""P22: the simulated day on which the waiting-time estimate is measured is one that could be."""

from __future__ import annotations

import pytest

from bench.figures import median
from bench.simulated_day import CLOSES, HOUR, Customer, Day
from bench.waiting import PREDICTORS as ALL
from bench.waiting import PRODUCT, SIMPLE, TEST, TRAINING, of_days


@pytest.fixture(scope="module")
def day() -> Day:
    return Day(1, ask=lambda day, who: (len(day.line), day.now)).run()


def served(day: Day) -> list[Customer]:
    return [who for served in day.served.values() for who in served]


def test_the_same_seed_is_the_same_day(day: Day) -> None:
    again = Day(1).run()
    assert [who.served for who in served(again)] == [who.served for who in served(day)]
    assert [who.served for who in served(Day(2).run())] != [who.served for who in served(day)]


def test_whoever_asks_for_a_call_gets_one_and_only_callers_hang_up(day: Day) -> None:
    assert [who for who in day.line if who.is_request and who.due < (CLOSES - 1) * HOUR] == []
    assert day.gave_up > 0
    assert all(who.waited >= 0 for who in served(day))


def test_first_come_first_served_among_those_who_want_the_same(day: Day) -> None:
    requests = [who for who in day.served["sales"] if who.is_request]
    assert [who.asked for who in requests] == sorted(who.asked for who in requests)


def test_nothing_is_chosen_on_the_days_of_the_figure() -> None:
    assert not set(TRAINING) & set(TEST)


def test_p22_the_products_estimate_is_better_than_the_average_hold_time() -> None:
    errors, waits = of_days(range(50, 54), {name: ALL[name] for name in (PRODUCT, SIMPLE)}, (1.0,))
    assert len(waits) > 200
    assert median(errors[PRODUCT]) <= 0.7 * median(errors[SIMPLE])
