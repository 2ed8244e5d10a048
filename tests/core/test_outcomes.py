"""What became of an attempt: every end with every verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ctiapp.core.outcomes import Ended, Outcome, outcome

SIGNALLED = {"busy": "busy", "rejected": "rejected", "unallocated": "unallocated", "congestion": "congestion"}
ENDED = {"no_answer": "no_answer", "unreachable": "unreachable", "lost": "lost", "error": "error"}
ENDED |= {"hangup": "no_answer", "abandoned": "no_answer", "a new word": "error"}
HEARD = {"fax": "fax", "modem": "modem", "machine": "machine", "sit": "unallocated", "unallocated": "unallocated"}
HEARD |= {"busy": "busy", "reorder": "congestion", "congestion": "congestion"}
SOMEBODY = (None, "human", "unknown", "silence", "ringback", "a new word")
"""Verdicts that do not say that nobody is there."""


@pytest.mark.parametrize("verdict", [*SOMEBODY, *HEARD])
@pytest.mark.parametrize("reason", SIGNALLED)
def test_p19_what_signalling_tells_holds_whatever_was_heard_in_the_early_media(
    reason: str, verdict: str | None
) -> None:
    assert outcome(Ended(reason, verdict)) == SIGNALLED[reason]


@pytest.mark.parametrize("verdict", HEARD)
@pytest.mark.parametrize("reason", ENDED)
@pytest.mark.parametrize("answered_for", [None, timedelta(seconds=3)])
def test_p19_an_end_that_tells_nothing_leaves_it_to_the_detector(
    reason: str, verdict: str, answered_for: timedelta | None
) -> None:
    assert outcome(Ended(reason, verdict, answered_for)) == HEARD[verdict]


@pytest.mark.parametrize("verdict", SOMEBODY)
@pytest.mark.parametrize("reason", ENDED)
def test_p19_never_answered(reason: str, verdict: str | None) -> None:
    assert outcome(Ended(reason, verdict)) == ENDED[reason]


@pytest.mark.parametrize("reason", [*SIGNALLED, *ENDED])
@pytest.mark.parametrize("verdict", [*SOMEBODY, *HEARD])
def test_p21_who_talked_to_an_agent_was_a_human(reason: str, verdict: str | None) -> None:
    assert outcome(Ended(reason, verdict, timedelta(minutes=3), talked=True)) is Outcome.HUMAN


@pytest.mark.parametrize(
    ("reason", "verdict", "seconds", "expected"),
    [
        ("hangup", "human", 4.0, "abandoned"),  # nobody was free, or the agent took too long
        ("abandoned", "human", 0.7, "abandoned"),
        ("hangup", "unknown", 4.0, "abandoned"),  # unknown means human
        ("hangup", None, 4.0, "abandoned"),
        ("hangup", "silence", 6.0, "silence"),
        ("hangup", None, 0.05, "no_answer"),  # the trunk answered and said BYE in 50 ms
        ("abandoned", None, 0.05, "no_answer"),
        ("lost", "human", 4.0, "lost"),
        ("lost", None, 0.05, "lost"),
        ("error", "human", 4.0, "abandoned"),
        ("busy", "human", 4.0, "abandoned"),  # answered: a code of the agent's leg cannot be the customer's
        ("congestion", "machine", 4.0, "machine"),
    ],
)
def test_p19_answered_and_nobody_talked(reason: str, verdict: str | None, seconds: float, expected: str) -> None:
    assert outcome(Ended(reason, verdict, timedelta(seconds=seconds))) == expected
