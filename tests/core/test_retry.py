"""What happens after an outcome: the usual rules by table, and rules as an administrator may write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ctiapp.core.outcomes import Outcome
from ctiapp.core.retry import Rule, Step, Then, next_step, usual_rules

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def said(step: Step) -> object:
    """Minutes until it is tried again, or what else happens."""
    match step.then:
        case Then.TRY_AGAIN:
            assert step.at is not None
            return (step.at - NOON) / MINUTE
        case Then.MARK_NUMBER:
            return step.mark
    return step.then.value


@pytest.mark.parametrize(
    ("outcome", "steps"),
    [
        ("busy", [5, 5, 5, "give_up", "give_up"]),
        ("no_answer", [15, 15, 15, "give_up"]),
        ("unreachable", [15, 15, 15, "give_up"]),
        ("silence", [15, 15, "give_up"]),
        ("congestion", [1, 1, 1, 1, 1, "give_up"]),
        ("lost", [2, 2, 2, "give_up"]),
        ("error", [2, 2, 2, "give_up"]),
        ("a new word", [2, 2, 2, "give_up"]),  # as an error
        ("machine", [60, 60, "give_up"]),
        ("rejected", ["give_up"]),
        ("do_not_call", ["give_up"]),
        ("unallocated", ["wrong_number"]),
        ("fax", ["fax"]),
        ("modem", ["modem"]),
        ("abandoned", [0, 0, 15, 15]),
        ("not_legal", [0, 0]),
        ("human", ["done"]),
    ],
)
def test_p18_the_usual_rules(outcome: str, steps: list) -> None:
    for tries, expected in enumerate(steps, start=1):
        assert said(next_step(usual_rules(), outcome, {outcome: tries}, NOON)) == expected


def test_p19_a_machine_is_left_a_message_if_the_pool_has_one() -> None:
    step = next_step(usual_rules(message=True), "machine", {"machine": 1}, NOON)
    assert step == Step(Then.LEAVE_MESSAGE, detail="message_left")


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("message", [False, True])
def test_p18_every_outcome_has_a_usual_rule_of_its_own(outcome: Outcome, message: bool) -> None:
    own = {rule.outcome for rule in usual_rules(message)}
    assert outcome in own or outcome is Outcome.HUMAN


def test_p20_whom_we_left_alone_goes_to_the_head_at_once() -> None:
    assert next_step(usual_rules(), "abandoned", {"abandoned": 1}, NOON) == Step(Then.TRY_AGAIN, NOON, head=True)
    assert not next_step(usual_rules(), "busy", {"busy": 1}, NOON).head


def test_p18_tries_of_all_kinds_end_some_day() -> None:
    tries = {"busy": 3, "no_answer": 3, "congestion": 5, "lost": 1}
    step = next_step(usual_rules(), "lost", tries, NOON)
    assert (step.then, step.detail) == (Then.GIVE_UP, "too_many_tries")


def test_p18_without_any_rule_it_is_given_up_and_said_why() -> None:
    assert next_step([], "busy", {"busy": 1}, NOON) == Step(Then.GIVE_UP, detail="busy")


@pytest.mark.parametrize(
    ("outcome", "until", "expected"),
    [
        ("busy", 5, 5),
        ("busy", 4, "give_up"),
        ("no_answer", 14, "give_up"),
        ("no_answer", 60, 15),
        ("abandoned", -1, 0),  # we owe it to them
        ("fax", -1, "fax"),
    ],
)
def test_p16_a_retry_stays_inside_the_window_that_was_promised(outcome: str, until: int, expected: object) -> None:
    step = next_step(usual_rules(), outcome, {outcome: 1}, NOON, until=NOON + until * MINUTE)
    assert said(step) == expected
    assert step.then is not Then.GIVE_UP or step.detail == "window_over"


@pytest.mark.parametrize(("earliest", "expected"), [(-5, 5), (3, 5), (600, 600)])
def test_p18_nothing_is_dialled_before_the_legal_hours(earliest: int, expected: int) -> None:
    step = next_step(usual_rules(), "busy", {"busy": 1}, NOON, earliest=NOON + earliest * MINUTE)
    assert said(step) == expected


def test_p18_the_last_rule_whose_tries_are_reached_applies() -> None:
    rules = [
        Rule("busy", 5, Then.LEAVE_MESSAGE),
        Rule("busy", 1, Then.TRY_AGAIN, 2 * MINUTE),
        Rule("busy", 3, Then.TRY_AGAIN, 30 * MINUTE),
        Rule("busy", 6, Then.MARK_NUMBER),
    ]
    steps = [said(next_step(rules, "busy", {"busy": tries}, NOON)) for tries in range(1, 8)]
    assert steps == [2, 2, 30, 30, "leave_message", "wrong_number", "wrong_number"]
