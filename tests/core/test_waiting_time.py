"""P22: the waiting time, by table and by what must hold whatever the lines look like."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.core.waiting_time import (
    FIRST,
    LONGEST,
    Appointment,
    Line,
    Served,
    by_like_queue_length,
    by_lines,
    by_mean_proportion,
    by_proportion,
    by_queue_length,
    extrapolated,
    giving_up,
    head_of_line,
    last_to_enter_service,
    mean_handling,
    relative_error,
    smoothed_hold_time,
)

SALES, SUPPORT = 0, 1
ONE_TEAM = {frozenset({SALES}): 4}
NEAR = 0.1


def near(seconds: float) -> object:
    return pytest.approx(seconds, rel=NEAR)


def test_p22_nobody_ahead_waits_for_the_first_who_is_free() -> None:
    assert by_lines(SALES, [Line(handling=300)], ONE_TEAM) == near(FIRST * 300 / 4)


def test_p22_a_line_flows_off_at_the_pace_of_those_who_take_it() -> None:
    assert by_lines(SALES, [Line(requests=20, handling=300)], ONE_TEAM) == near((20 + FIRST) * 300 / 4)


@pytest.mark.parametrize("teams", [{}, {frozenset({SUPPORT}): 3}, {frozenset({SALES}): 0}])
def test_p22_nobody_who_could_take_it_is_unknown_not_a_figure(teams: dict[frozenset[int], int]) -> None:
    assert by_lines(SALES, [Line(requests=2), Line()], teams) is None


def test_p22_who_would_wait_longer_than_a_shift_is_not_told_a_figure() -> None:
    assert by_lines(SALES, [Line(requests=2000)], {frozenset({SALES}): 1}) is None


def test_p22_callers_who_hang_up_make_the_wait_shorter() -> None:
    patient = by_lines(SALES, [Line(callers=20, handling=300)], ONE_TEAM, gives_up=0.0)
    hasty = by_lines(SALES, [Line(callers=20, handling=300)], ONE_TEAM, gives_up=1 / 300)
    assert patient and hasty and hasty < 0.6 * patient


def test_p22_call_requests_do_not_hang_up() -> None:
    line = [Line(requests=20, handling=300)]
    assert by_lines(SALES, line, ONE_TEAM, gives_up=1 / 300) == by_lines(SALES, line, ONE_TEAM)


def test_p22_appointments_that_fall_due_meanwhile_go_first_and_later_ones_do_not() -> None:
    line = [Line(requests=20, handling=300)]
    plain = by_lines(SALES, line, ONE_TEAM)
    soon = [Appointment(after=60, line=SALES)] * 4
    late = [Appointment(after=7200, line=SALES)] * 4
    assert plain
    assert by_lines(SALES, line, ONE_TEAM, appointments=late) == plain
    assert by_lines(SALES, line, ONE_TEAM, appointments=soon + late) == near(plain + 300)


def test_p22_agents_who_can_take_two_lines_take_whoever_waits_longer() -> None:
    both = {frozenset({SALES, SUPPORT}): 4}
    older = [Line(requests=5, oldest=100, handling=300), Line(requests=10, oldest=1000, handling=300)]
    younger = [Line(requests=5, oldest=1000, handling=300), Line(requests=10, oldest=10, handling=300)]
    assert by_lines(SALES, older, both) == near((5 + 10 + FIRST) * 300 / 4)
    assert (by_lines(SALES, younger, both) or 0) < 0.75 * (5 + 10 + FIRST) * 300 / 4


def test_p22_the_long_line_of_others_leaves_us_those_who_can_do_nothing_else() -> None:
    teams = {frozenset({SALES}): 2, frozenset({SALES, SUPPORT}): 2}
    lines = [Line(requests=4, oldest=60, handling=300), Line(requests=50, oldest=3000, handling=300)]
    assert by_lines(SALES, lines, teams) == near((4 + FIRST) * 300 / 2)


def test_p22_a_line_nobody_takes_delays_nobody() -> None:
    lines = [Line(requests=4, handling=300), Line(requests=50, oldest=3000)]
    assert by_lines(SALES, lines, ONE_TEAM) == near((4 + FIRST) * 300 / 4)


LINES = st.lists(
    st.builds(Line, st.integers(0, 40), st.integers(0, 20), st.floats(0, 3000), st.floats(60, 900)),
    min_size=3,
    max_size=3,
)
TEAMS = st.dictionaries(st.frozensets(st.integers(0, 2), min_size=1), st.integers(0, 12), min_size=1, max_size=5)
APPOINTMENTS = st.lists(st.builds(Appointment, st.floats(0, 7200), st.integers(0, 2)), max_size=5)


@given(LINES, TEAMS, st.floats(0, 0.01), APPOINTMENTS)
def test_p22_it_is_a_wait_or_unknown(
    lines: list[Line], teams: dict[frozenset[int], int], gives_up: float, later: list[Appointment]
) -> None:
    found = by_lines(0, lines, teams, gives_up, later)
    agents = sum(count for team, count in teams.items() if 0 in team)
    if not agents:
        assert found is None
    elif found is not None:
        assert FIRST * lines[0].handling / agents * 0.99 <= found <= LONGEST + 900


@given(st.integers(0, 50), st.integers(1, 10), st.integers(1, 20))
def test_p22_more_ahead_is_longer_and_more_agents_are_quicker(ahead: int, more: int, agents: int) -> None:
    def wait(ahead: int, agents: int) -> float:
        return by_lines(0, [Line(requests=ahead, handling=120)], {frozenset({0}): agents}) or 0.0

    assert wait(ahead, agents) < wait(ahead + more, agents)
    assert wait(ahead, agents) > wait(ahead, agents + more)


# ---- what goes in, and how wrong it was --------------------------------------------------------------------


@pytest.mark.parametrize(("calls", "seconds", "mean"), [(0, 0, 300), (5, 500, 200), (95, 95 * 100, 110)])
def test_p22_the_handling_time_is_the_default_until_there_are_enough(calls: int, seconds: float, mean: float) -> None:
    assert mean_handling(calls, seconds) == mean


def test_p22_how_fast_callers_hang_up() -> None:
    assert giving_up(0, 0) == pytest.approx(1 / 600)
    assert giving_up(99, 11_400) == pytest.approx(1 / 120)


@pytest.mark.parametrize(
    ("estimate", "waited", "error"), [(120, 100, 0.2), (80, 100, 0.2), (0, 0, 0), (20, 2, 0.6), (0, 100, 1)]
)
def test_p22_the_relative_error(estimate: float, waited: float, error: float) -> None:
    assert relative_error(estimate, waited) == pytest.approx(error)


# ---- the literature's -----------------------------------------------------------------------------------------

SERVED = [Served(0, 3, 100), Served(10, 1, 40), Served(20, 3, 120)]


def test_the_predictors_of_the_literature() -> None:
    assert by_queue_length(ahead=3, handling=300, agents=4) == 300
    assert last_to_enter_service(SERVED) == 120
    assert head_of_line(75, SERVED) == 75
    assert head_of_line(None, SERVED) == 120
    assert by_proportion(7, SERVED) == 240
    assert by_mean_proportion(3, SERVED, count=2) == 4 * (20 + 30) / 2
    assert by_like_queue_length(3, SERVED) == 110
    assert by_like_queue_length(1, SERVED) == 40
    assert by_like_queue_length(5, SERVED) == by_proportion(5, SERVED)
    assert extrapolated(3, SERVED, []) == 120
    assert extrapolated(3, [], [(60, 3, 1)]) == pytest.approx((0 * 1 + 120 * 0.5) / 1.5)
    assert smoothed_hold_time(100, 20) == 80


def test_without_history_they_say_nothing() -> None:
    assert [last_to_enter_service([]), by_proportion(3, []), by_mean_proportion(3, []), head_of_line(None, [])] == [
        0
    ] * 4
