"""How many more calls may be dialled: by table, and what holds for any numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.core.pacing import Leave, Lines, Pace, abandoned_share, may_dial

ONE, HALF_MORE = Pace(), Pace(factor=1.5, most_abandoned=0.05)
MANY = 1000
"""Answered calls enough for the cap to leave room."""


@pytest.mark.parametrize(
    ("pace", "lines", "leave"),
    [
        # nobody to talk to them
        (ONE, Lines(staffed=0, free=0), Leave(0, "nobody_has_the_skill")),
        (HALF_MORE, Lines(staffed=0, free=0, answered=MANY), Leave(0, "nobody_has_the_skill")),
        (ONE, Lines(staffed=4, free=0), Leave(0, "all_agents_busy")),
        (HALF_MORE, Lines(staffed=4, free=0, answered=MANY), Leave(0, "all_agents_busy")),
        # one call an agent
        (ONE, Lines(staffed=4, free=3), Leave(3, "calls_in_flight")),
        (ONE, Lines(staffed=4, free=3, in_flight=2), Leave(1, "calls_in_flight")),
        (ONE, Lines(staffed=4, free=3, in_flight=3), Leave(0, "calls_in_flight")),
        (ONE, Lines(staffed=4, free=1, in_flight=3), Leave(0, "calls_in_flight")),  # an agent went away meanwhile
        # more, while few enough are abandoned
        (HALF_MORE, Lines(staffed=4, free=4, answered=MANY), Leave(6, "calls_in_flight")),
        (HALF_MORE, Lines(staffed=4, free=4, in_flight=5, answered=MANY), Leave(1, "calls_in_flight")),
        (HALF_MORE, Lines(staffed=4, free=1, answered=MANY), Leave(1, "calls_in_flight")),
        (HALF_MORE, Lines(staffed=4, free=4, answered=0), Leave(4, "too_many_abandoned")),  # nothing measured yet
        (HALF_MORE, Lines(staffed=4, free=4, answered=100, abandoned=5), Leave(4, "too_many_abandoned")),
        (HALF_MORE, Lines(staffed=4, free=4, answered=100, abandoned=4), Leave(5, "too_many_abandoned")),
        (HALF_MORE, Lines(staffed=4, free=4, answered=100, abandoned=9), Leave(4, "too_many_abandoned")),
        (Pace(factor=2.0, most_abandoned=0.0), Lines(4, 4, answered=MANY), Leave(4, "too_many_abandoned")),
        (Pace(factor=2.0, most_abandoned=1.0), Lines(4, 4), Leave(8, "calls_in_flight")),
        # not all at once
        (Pace(most_a_second=5), Lines(staffed=50, free=50), Leave(5, "too_fast")),
        (Pace(most_a_second=5), Lines(staffed=50, free=50, begun=4), Leave(1, "too_fast")),
        (Pace(most_a_second=5), Lines(staffed=50, free=50, begun=9), Leave(0, "too_fast")),
        (Pace(most_a_second=5), Lines(staffed=50, free=5), Leave(5, "calls_in_flight")),
    ],
)
def test_p18_how_many_more_may_be_dialled(pace: Pace, lines: Lines, leave: Leave) -> None:
    assert may_dial(pace, lines) == leave


COUNTS = st.integers(0, 200)
PACES = st.builds(Pace, st.floats(0.5, 3), st.floats(0, 1), st.integers(0, 50))
SOME_LINES = st.builds(Lines, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)


@given(SOME_LINES, st.floats(0, 1))
def test_p18_without_a_factor_calls_in_flight_never_exceed_the_agents_who_can_take_them(
    lines: Lines, most_abandoned: float
) -> None:
    calls = may_dial(Pace(1.0, most_abandoned), lines).calls
    assert calls == 0 or lines.in_flight + calls <= min(lines.free, lines.free * lines.staffed)


@given(PACES, SOME_LINES)
def test_p18_however_it_goes_the_share_of_abandoned_calls_stays_under_its_cap(pace: Pace, lines: Lines) -> None:
    calls = may_dial(pace, lines).calls
    assert 0 <= calls <= pace.most_a_second
    left_alone = lines.in_flight + calls - lines.free
    if calls and left_alone > 0 and pace.most_abandoned < 1:  # every call beyond the agents is answered
        worst = Lines(1, 0, answered=lines.answered + left_alone, abandoned=lines.abandoned + left_alone)
        assert abandoned_share(worst) <= pace.most_abandoned + 1e-6


def test_p18_the_share_of_abandoned_calls() -> None:
    assert abandoned_share(Lines(1, 1, answered=200, abandoned=3)) == 0.015
    assert abandoned_share(Lines(1, 1)) == 0.0
