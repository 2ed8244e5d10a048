"""Who gets the customer: the rules, by table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.core.routing import Candidate, Choice, Need, need_of, rank

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def an_agent(
    name: str,
    skills: dict[str, int] | None = None,
    languages: tuple[str, ...] = ("en",),
    idle: timedelta = timedelta(minutes=1),
    served_at: datetime | None = None,
) -> Candidate:
    skills = {"kitchens": 5} if skills is None else skills
    return Candidate(name.lower(), name, "2101", skills, frozenset(languages), NOON - idle, served_at)


def names(choices: list[Choice]) -> list[str]:
    return [choice.candidate.first_name for choice in choices]


NOOR = an_agent("Noor", {"kitchens": 5, "lighting": 2}, ("en", "no"))
ALDO = an_agent("Aldo", {"kitchens": 8}, ("en", "it"))
INES = an_agent("Ines", {"lighting": 9}, ("en", "es"))


@pytest.mark.parametrize(
    ("skills", "language", "product", "last_agent", "order"),
    [
        (["kitchens"], None, None, None, ["Aldo", "Noor"]),
        (["kitchens"], "no", None, None, ["Noor"]),
        (["kitchens"], "fi", None, None, []),
        (["kitchens", "lighting"], None, None, None, ["Noor"]),
        (["lighting", "kitchens"], None, None, None, ["Noor"]),
        (["kitchens"], None, "lighting", None, ["Noor"]),
        (["lighting"], None, None, None, ["Ines", "Noor"]),
        (["lighting"], None, "worktop", None, []),
        (["kitchens"], None, None, "noor", ["Noor", "Aldo"]),
        (["kitchens"], None, None, "ines", ["Aldo", "Noor"]),
        (["kitchens"], "it", None, "noor", ["Aldo"]),
        (["gardens"], None, None, "noor", []),
    ],
)
def test_p03_skills_language_product_and_last_agent(
    skills: list[str], language: str | None, product: str | None, last_agent: str | None, order: list[str]
) -> None:
    assert names(rank(need_of(skills, language, product), [NOOR, ALDO, INES], last_agent, NOON)) == order


def test_p03_the_longest_idle_of_equals_is_first() -> None:
    agents = [an_agent(name, idle=timedelta(minutes=minutes)) for name, minutes in (("A", 2), ("B", 9), ("C", 5))]
    assert names(rank(Need(("kitchens",)), agents, None, NOON)) == ["B", "C", "A"]


def test_p03_level_goes_before_idle_and_the_leading_skill_alone_counts() -> None:
    best = an_agent("Best", {"kitchens": 6, "lighting": 1}, idle=timedelta(0))
    idle = an_agent("Idle", {"kitchens": 5, "lighting": 10}, idle=timedelta(hours=9))
    assert names(rank(need_of(["kitchens", "lighting"], None, None), [idle, best], None, NOON)) == ["Best", "Idle"]


@pytest.mark.parametrize(
    ("skills", "product", "wanted"),
    [
        (["kitchens"], None, ("kitchens",)),
        (["kitchens"], "worktop", ("kitchens", "worktop")),
        (["kitchens", "worktop"], "worktop", ("kitchens", "worktop")),
        (["kitchens", "kitchens"], "", ("kitchens",)),
    ],
)
def test_product_knowledge_is_a_skill_and_each_is_asked_for_once(
    skills: list[str], product: str | None, wanted: tuple[str, ...]
) -> None:
    need = need_of(skills, "en", product)
    assert (need.skills, need.leading) == (wanted, "kitchens")


@pytest.mark.parametrize(
    ("idle", "words"),
    [
        (timedelta(seconds=-3), "Ready for 0 s"),
        (timedelta(seconds=59), "Ready for 59 s"),
        (timedelta(seconds=61), "Ready for 1 min 1 s"),
        (timedelta(hours=2, minutes=5), "Ready for 2 h 5 min"),
    ],
)
def test_why_is_told_in_words(idle: timedelta, words: str) -> None:
    agent = an_agent("Noor", {"kitchens": 5, "worktop": 2}, ("no",), idle, datetime(2026, 2, 7, tzinfo=UTC))
    (choice,) = rank(need_of(["kitchens"], "no", "worktop"), [agent], "noor", NOON)
    assert choice.why == (
        {"rule": "last_agent", "text": "Served this customer last on 7 Feb"},
        {"rule": "skill", "text": "kitchens 5, worktop 2"},
        {"rule": "language", "text": "Speaks no"},
        {"rule": "longest_idle", "text": words},
    )


def test_why_says_nothing_of_what_was_not_asked() -> None:
    (choice,) = rank(need_of(["kitchens"], None, None), [ALDO], "noor", NOON)
    assert [reason["rule"] for reason in choice.why] == ["skill", "longest_idle"]


SKILLS = ("kitchens", "lighting", "worktop")
CANDIDATES = st.lists(
    st.builds(
        an_agent,
        st.sampled_from("ABCDEFGH"),
        st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 10)),
        st.lists(st.sampled_from(["en", "no"]), max_size=2).map(tuple),
        st.integers(0, 500).map(lambda seconds: timedelta(seconds=seconds)),
    ),
    unique_by=lambda who: who.agent,
    max_size=8,
)
NEEDS = st.builds(
    need_of,
    st.lists(st.sampled_from(SKILLS), min_size=1, max_size=2),
    st.sampled_from([None, "en", "no"]),
    st.sampled_from([None, *SKILLS]),
)


@given(NEEDS, CANDIDATES, st.sampled_from([None, "a", "b"]), st.randoms())
def test_p03_all_who_fit_and_only_they_in_an_order_that_does_not_depend_on_theirs(
    need: Need, candidates: list[Candidate], last_agent: str | None, dice: object
) -> None:
    ranked = [choice.candidate for choice in rank(need, candidates, last_agent, NOON)]
    assert set(map(id, ranked)) == {id(who) for who in candidates if who.fits(need)}
    shuffled = list(candidates)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert [choice.candidate for choice in rank(need, shuffled, last_agent, NOON)] == ranked
    rest = [who for who in ranked if who.agent != last_agent]
    assert ranked[len(ranked) - len(rest) :] == rest
    levels = [who.skills[need.leading] for who in rest]
    assert levels == sorted(levels, reverse=True)
