"""What happens after an outcome (P18): rules that an administrator edits, and the one step they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ctiapp.core.outcomes import Outcome

ANY = "any"
"""The outcome of a rule that counts all tries, whatever they came to. It may only end them."""


class Then(StrEnum):
    TRY_AGAIN = "try_again"
    GIVE_UP = "give_up"
    MARK_NUMBER = "mark_number"
    LEAVE_MESSAGE = "leave_message"
    DONE = "done"
    """No rule says so: customer and agent talked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """From the `tries`-th try with this outcome on, until a rule with more tries takes over."""

    outcome: str
    tries: int
    then: Then
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`at`: when it is tried again. `head`: before everybody else. `mark`: "fax", "modem" or "wrong_number".
    `detail`: why it is over: an outcome, "window_over", "too_many_tries", "message_left"."""

    then: Then
    at: datetime | None = None
    head: bool = False
    mark: str | None = None
    detail: str = ""


MARKS: dict[str, str] = {Outcome.FAX: "fax", Outcome.MODEM: "modem", Outcome.UNALLOCATED: "wrong_number"}


def usual_rules(message: bool = False) -> tuple[Rule, ...]:
    """What an administrator would expect; `message`: there is one to leave on a machine."""
    minutes = {
        Outcome.BUSY: (5, 3),
        Outcome.NO_ANSWER: (15, 3),
        Outcome.UNREACHABLE: (15, 3),
        Outcome.SILENCE: (15, 2),
        Outcome.CONGESTION: (1, 5),
        Outcome.LOST: (2, 3),
        Outcome.ERROR: (2, 3),
        Outcome.NOT_LEGAL: (0, 10),
    } | ({} if message else {Outcome.MACHINE: (60, 2)})
    rules = [
        rule
        for outcome, (after, times) in minutes.items()
        for rule in (
            Rule(outcome, 1, Then.TRY_AGAIN, timedelta(minutes=after)),
            Rule(outcome, times + 1, Then.GIVE_UP),
        )
    ]
    rules += [Rule(outcome, 1, Then.MARK_NUMBER) for outcome in MARKS]
    rules += [Rule(Outcome.MACHINE, 1, Then.LEAVE_MESSAGE)] if message else []
    return (
        *rules,
        Rule(Outcome.REJECTED, 1, Then.GIVE_UP),
        Rule(Outcome.DO_NOT_CALL, 1, Then.GIVE_UP),
        Rule(Outcome.ABANDONED, 1, Then.TRY_AGAIN, timedelta(0)),
        Rule(Outcome.ABANDONED, 3, Then.TRY_AGAIN, timedelta(minutes=15)),
        Rule(ANY, 12, Then.GIVE_UP),
    )


def next_step(
    rules: Iterable[Rule],
    outcome: str,
    tries: Mapping[str, int],
    now: datetime,
    until: datetime | None = None,
    earliest: datetime | None = None,
) -> Step:
    """What to do after `outcome`. `tries`: outcome -> how often it came, this time included.

    `until`: the end of the window the customer was promised; a try after it would come when they do not expect it.
    Whom we left alone on the line is called all the same. `earliest`: nothing may be dialled before (legal hours).
    An outcome without a rule is treated as an error is, and one without any rule is given up.
    """
    if outcome == Outcome.HUMAN:
        return Step(Then.DONE)
    rules = list(rules)
    rule = _rule(rules, outcome, tries.get(outcome, 1)) or _rule(rules, Outcome.ERROR, tries.get(outcome, 1))
    match rule.then if rule else Then.GIVE_UP:
        case Then.MARK_NUMBER:
            return Step(Then.MARK_NUMBER, mark=MARKS.get(outcome, "wrong_number"), detail=outcome)
        case Then.LEAVE_MESSAGE:
            return Step(Then.LEAVE_MESSAGE, detail="message_left")
        case Then.TRY_AGAIN:
            assert rule is not None
            return _again(rules, rule, outcome, sum(tries.values()), now, until, earliest)
    return Step(Then.GIVE_UP, detail=outcome)


def _again(
    rules: list[Rule],
    rule: Rule,
    outcome: str,
    all_tries: int,
    now: datetime,
    until: datetime | None,
    earliest: datetime | None,
) -> Step:
    if _rule(rules, ANY, all_tries):
        return Step(Then.GIVE_UP, detail="too_many_tries")
    at = max(now + (rule.after or timedelta(0)), earliest or now)
    head = outcome == Outcome.ABANDONED
    if until is not None and at > until and not head:
        return Step(Then.GIVE_UP, detail="window_over")
    return Step(Then.TRY_AGAIN, at=at, head=head)


def _rule(rules: list[Rule], outcome: str, tries: int) -> Rule | None:
    reached = [rule for rule in rules if rule.outcome == outcome and rule.tries <= tries]
    return max(reached, key=lambda rule: rule.tries, default=None)
