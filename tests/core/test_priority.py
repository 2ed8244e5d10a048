"""The order of those who wait: schemes by table, and the bound that keeps callers and callbacks fair, both ways."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.core.priority import HEAD, SCHEMES, Kind, Place, Waiting, fair_order, next_served, place, served

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


def a_waiting(name: str, kind: Kind, came: int, rank: int = 0, overtaken: int = 0) -> Waiting:
    return Waiting(name, kind, Place(rank, at(came), at(came)), at(came), overtaken)


def a_caller(name: str, came: int, rank: int = 0, overtaken: int = 0) -> Waiting:
    return a_waiting(name, Kind.CALLER, came, rank, overtaken)


def a_callback(name: str, came: int, rank: int = 0, overtaken: int = 0) -> Waiting:
    return a_waiting(name, Kind.CALLBACK, came, rank, overtaken)


def names(waiting: Iterable[Waiting]) -> str:
    return "".join(who.id for who in waiting)


# ---- schemes -----------------------------------------------------------------------------------------------------

REQUESTS = {
    # name: class, first asked for, promised
    "A": (5, at(0), at(0)),
    "B": (1, at(3), at(3)),
    "C": (5, at(1), at(60)),
    "D": (1, at(2), at(30)),
    "E": (9, at(-9), at(-9)),
}


@pytest.mark.parametrize(
    ("scheme", "order"),
    [("first_in_first_out", "EACDB"), ("by_class", "DBACE"), ("by_promise", "EABDC")],
)
def test_p17_schemes(scheme: str, order: str) -> None:
    assert "".join(sorted(REQUESTS, key=lambda name: place(scheme, *REQUESTS[name]))) == order


@pytest.mark.parametrize("scheme", SCHEMES)
def test_p17_whom_we_left_alone_goes_first_by_any_scheme(scheme: str) -> None:
    left = place(scheme, 9, at(60), at(90), at_head=True)
    assert left.rank == HEAD
    assert all(left < place(scheme, *request) for request in REQUESTS.values())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_p17_equals_go_by_when_they_first_asked(scheme: str) -> None:
    assert place(scheme, 5, at(0), at(9)) < place(scheme, 5, at(1), at(9))


# ---- one fair order ----------------------------------------------------------------------------------------------


def test_p17_nobody_waits() -> None:
    assert next_served([], 3) is None
    assert fair_order([], 3) == []


@pytest.mark.parametrize(
    ("waiting", "most", "order"),
    [
        ([a_caller("a", 0), a_callback("b", 1), a_caller("c", 2)], 3, "abc"),  # by time
        ([a_callback("b", 0, 5), a_caller("x", 1), a_caller("y", 2), a_caller("z", 3)], 2, "xybz"),
        ([a_caller("a", 0, 5), a_callback("x", 1), a_callback("y", 2), a_callback("z", 3)], 2, "xyaz"),
        ([a_callback("b", 0, 5), a_caller("x", 1), a_caller("y", 2)], 0, "bxy"),  # strictly by arrival
        ([a_callback("b", 9, 5), a_caller("x", 1), a_caller("y", 2)], 0, "xyb"),  # who came before overtakes nobody
        ([a_callback("b", 0, 5, 3), a_caller("x", 1)], 3, "bx"),
        ([a_callback("b", 1, 0, 3), a_caller("x", 0, 5, 3)], 3, "xb"),  # both have waited enough: the older
        ([a_callback("v", 2, 1), a_callback("b", 0, 5), a_caller("x", 1, 3)], 1, "vxb"),  # a class within its kind
    ],
)
def test_p17_one_fair_order(waiting: list[Waiting], most: int, order: str) -> None:
    assert names(fair_order(waiting, most)) == order


RANKS, KINDS = st.integers(0, 3), st.sampled_from(Kind)
ARRIVALS = st.lists(st.tuples(KINDS, RANKS), max_size=40)
DAY = st.lists(st.one_of(st.tuples(KINDS, RANKS), st.none()), max_size=60)
"""Somebody comes, or (None) an agent is free."""


def overtakings(order: list[Waiting], of: Kind) -> int:
    """The most who came later, of the other kind, that were served before one of this kind."""
    return max(
        (
            sum(other.kind is not of and other.arrival > who.arrival for other in order[:place])
            for place, who in enumerate(order)
            if who.kind is of
        ),
        default=0,
    )


def lived_through(day: list[tuple[Kind, int] | None], most: int) -> list[Waiting]:
    """In the order in which they were served; whoever still waits at the end is served then."""
    waiting: list[Waiting] = []
    order: list[Waiting] = []
    for minute, what in enumerate(day):
        if what is not None:
            waiting.append(a_waiting(f"{minute:03}", what[0], minute, what[1]))
        elif (who := next_served(waiting, most)) is not None:
            order.append(who)
            waiting = served(waiting, who)
    return order + fair_order(waiting, most)


@given(DAY, st.integers(0, 5))
def test_p17_no_caller_is_overtaken_by_more_callbacks_than_the_bound(day: list, most: int) -> None:
    assert overtakings(lived_through(day, most), Kind.CALLER) <= most


@given(DAY, st.integers(0, 5))
def test_p17_no_callback_is_overtaken_by_more_callers_than_the_bound(day: list, most: int) -> None:
    assert overtakings(lived_through(day, most), Kind.CALLBACK) <= most


@given(DAY, st.integers(0, 5))
def test_p17_everybody_is_served_once(day: list, most: int) -> None:
    order = [who.id for who in lived_through(day, most)]
    assert sorted(order) == [f"{minute:03}" for minute, what in enumerate(day) if what is not None]


@given(ARRIVALS)
def test_p17_without_need_of_the_bound_the_scheme_decides(arrivals: list) -> None:
    waiting = [a_waiting(f"{minute:03}", kind, minute, rank) for minute, (kind, rank) in enumerate(arrivals)]
    assert fair_order(waiting, 1000) == sorted(fair_order(waiting, 1000), key=lambda who: (who.place, who.arrival))


def heads(waiting: list[Waiting]) -> set[Waiting]:
    """Of each kind the oldest, and the one who is first by the scheme."""
    kinds = [[who for who in waiting if who.kind is kind] for kind in Kind]
    oldest = {min(some, key=lambda who: who.arrival) for some in kinds if some}
    return oldest | {min(some, key=lambda who: (who.place, who.arrival)) for some in kinds if some}


@given(DAY, st.integers(0, 5))
def test_p17_two_of_a_kind_tell_who_is_next(day: list, most: int) -> None:
    """So the database is asked for no more than those."""
    waiting: list[Waiting] = []
    for minute, what in enumerate(day):
        if what is not None:
            waiting.append(a_waiting(f"{minute:03}", what[0], minute, what[1]))
        elif (who := next_served(waiting, most)) is not None:
            assert next_served(heads(waiting), most) == who
            waiting = served(waiting, who)
