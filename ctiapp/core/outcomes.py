"""What became of an attempt: a function of how the customer's own leg ended and of what the detector heard (P19).

The end reasons are the switch's uniform words (`hangup`, `busy`, …), the verdicts are the detector's (`human`, `sit`,
…); both are plain strings here, and what is not known of either never makes a customer lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Outcome(StrEnum):
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"
    UNREACHABLE = "unreachable"
    FAX = "fax"
    MODEM = "modem"
    MACHINE = "machine"
    HUMAN = "human"
    """Customer and agent talked."""
    SILENCE = "silence"
    LOST = "lost"
    """We do not know: the link was cut, or the switch restarted, and the call was gone when we looked again."""
    ERROR = "error"
    ABANDONED = "abandoned"
    """A human answered, and no agent was put through to them in time."""
    NOT_LEGAL = "not_legal"
    DO_NOT_CALL = "do_not_call"


SIGNALLED = {
    "busy": Outcome.BUSY,
    "rejected": Outcome.REJECTED,
    "unallocated": Outcome.UNALLOCATED,
    "congestion": Outcome.CONGESTION,
}
"""Ends that signalling tells for certain, whatever was heard in the early media."""

HEARD = {
    "fax": Outcome.FAX,
    "modem": Outcome.MODEM,
    "machine": Outcome.MACHINE,
    "sit": Outcome.UNALLOCATED,
    "unallocated": Outcome.UNALLOCATED,
    "busy": Outcome.BUSY,
    "reorder": Outcome.CONGESTION,
    "congestion": Outcome.CONGESTION,
}
"""Verdicts that tell more than a leg that just ended. Anything else means that somebody may have been there."""

ENDED = {
    "no_answer": Outcome.NO_ANSWER,
    "unreachable": Outcome.UNREACHABLE,
    "lost": Outcome.LOST,
    "error": Outcome.ERROR,
}
"""Ends that say nothing of who was there."""

MISTAKE = timedelta(seconds=1)
"""Answered and gone within it: a slip of the finger, or a trunk that answers for a moment. Nobody waited for us."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended. `reason`: the end reason of the customer's leg. `verdict`: None, nothing was heard.
    `answered_for`: from answer to end; None, it was never answered. `talked`: an agent was put through."""

    reason: str
    verdict: str | None = None
    answered_for: timedelta | None = None
    talked: bool = False


def outcome(ended: Ended) -> Outcome:
    if ended.talked:
        return Outcome.HUMAN
    if ended.answered_for is None and ended.reason in SIGNALLED:
        return SIGNALLED[ended.reason]
    if ended.verdict in HEARD:
        return HEARD[ended.verdict]
    if ended.answered_for is None:
        return ENDED.get(ended.reason) or _never_answered(ended.reason)
    if ended.reason == "lost":
        return Outcome.LOST
    if ended.verdict == "silence":
        return Outcome.SILENCE
    if ended.verdict is None and ended.answered_for < MISTAKE:
        return Outcome.NO_ANSWER
    return Outcome.ABANDONED


def _never_answered(reason: str) -> Outcome:
    """A plain clearing before the answer is nobody's answer; a word we do not know is an error."""
    return Outcome.NO_ANSWER if reason in ("hangup", "abandoned") else Outcome.ERROR
