"""Who gets the agents that are free: by table, and what holds for any teams."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.core.priority import Kind, Place, Waiting
from ctiapp.core.sharing import FreeAgents, share

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SALES, SUPPORT, FRENCH = 0, 1, 2


def team(*needs: int) -> frozenset[int]:
    return frozenset(needs)


def waiting(name: str, kind: Kind = Kind.CALLBACK, minute: int = 0, rank: int = 5, overtaken: int = 0) -> Waiting:
    at = NOON + timedelta(minutes=minute)
    return Waiting(name, kind, Place(rank, at, at), at, overtaken)


@pytest.mark.parametrize(
    ("teams", "asked", "kept"),
    [
        ({team(SALES): 2}, [SALES, SALES, SALES], [True, True, False]),
        ({team(SALES): 2}, [SUPPORT], [False]),
        ({}, [SALES], [False]),
        # who can do both is moved to what only they can do
        ({team(SALES): 1, team(SALES, SUPPORT): 1}, [SALES, SUPPORT], [True, True]),
        ({team(SALES, SUPPORT): 1, team(SALES): 1}, [SALES, SUPPORT, SALES], [True, True, False]),
        ({team(SALES, SUPPORT): 1, team(SUPPORT, FRENCH): 1}, [SUPPORT, SALES, FRENCH], [True, True, False]),
        ({team(SALES): 0, team(SUPPORT): 1}, [SALES, SUPPORT], [False, True]),
    ],
)
def test_p18_free_agents_are_promised_once(teams: dict, asked: list[int], kept: list[bool]) -> None:
    agents = FreeAgents(teams)
    assert [agents.promise(need) for need in asked] == kept


TEAMS = st.dictionaries(st.frozensets(st.integers(0, 3), min_size=1), st.integers(0, 3), max_size=4)


@given(TEAMS, st.lists(st.integers(0, 3), max_size=6))
def test_p18_as_many_are_promised_as_can_be_at_all(teams: dict, asked: list[int]) -> None:
    agents = FreeAgents(teams)
    kept = [need for need in asked if agents.promise(need)]
    singly = [can for can, free in teams.items() for _ in range(free)]
    best = max(
        (
            size
            for size in range(len(asked) + 1)
            if any(_fit(some, singly) for some in itertools.combinations(asked, size))
        ),
        default=0,
    )
    assert _fit(tuple(kept), singly) and len(kept) == best


def _fit(needs: tuple, agents: list[frozenset]) -> bool:
    if not needs:
        return True
    return any(
        needs[0] in can and _fit(needs[1:], agents[:place] + agents[place + 1 :]) for place, can in enumerate(agents)
    )


def test_p17_the_first_in_order_gets_the_agent_and_others_get_those_they_alone_can_use() -> None:
    who = [waiting("a", minute=1), waiting("b", Kind.CALLER, minute=2), waiting("c", minute=3)]
    needs = {"a": SALES, "b": SALES, "c": SUPPORT}
    taken = share(who, needs, FreeAgents({team(SALES): 1, team(SUPPORT): 1}), 5)
    assert [one.id for one in taken] == ["a", "c"]


def test_p17_whoever_was_overtaken_often_enough_goes_first() -> None:
    caller = waiting("caller", Kind.CALLER, minute=0, overtaken=5)
    who = [waiting("important", minute=9, rank=0), caller]
    agents = FreeAgents({team(SALES): 1})
    assert [one.id for one in share(who, {"important": SALES, "caller": SALES}, agents, 5)] == ["caller"]
