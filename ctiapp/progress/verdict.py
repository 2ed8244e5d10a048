"""What was heard, and what that means for the call."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sound(StrEnum):
    """What the called side sounds like; the words of the corpus' labels."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    MODEM = "modem"
    SIT = "sit"
    BUSY = "busy"
    REORDER = "reorder"
    RINGBACK = "ringback"
    SILENCE = "silence"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What became of the call. Sound alone never tells `REJECTED` or `ERROR`: those come from signalling."""

    BUSY = "busy"
    NO_ANSWER = "no answer"
    REJECTED = "rejected"
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"
    FAX = "fax"
    MODEM = "modem"
    MACHINE = "machine"
    HUMAN = "human"
    SILENCE = "silence"
    ERROR = "error"


OUTCOME = {
    Sound.HUMAN: Outcome.HUMAN,
    Sound.MACHINE: Outcome.MACHINE,
    Sound.FAX: Outcome.FAX,
    Sound.MODEM: Outcome.MODEM,
    Sound.SIT: Outcome.UNALLOCATED,
    Sound.BUSY: Outcome.BUSY,
    Sound.REORDER: Outcome.CONGESTION,
    Sound.RINGBACK: Outcome.NO_ANSWER,
    Sound.SILENCE: Outcome.SILENCE,
    Sound.UNKNOWN: Outcome.HUMAN,
}
"""Unknown means human: nobody is hung up on by mistake. `RINGBACK` is *no answer* once the ringing time is over; until
then the call goes on, with a fresh detector."""

CIRCUITS_BUSY = ("RO", "NC")
"""Special information tones for *all circuits busy* (Telcordia SR-2275: reorder, no circuit): the number is right."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`heard_ms`: how much audio it took. `latency_ms`: how long after the greeting's end (human) or after the first
    sound (all others) it came. `confidence` lies between 0 and 1. `code`: the special information tone's, if any."""

    sound: Sound
    reason: str
    confidence: float
    heard_ms: int
    latency_ms: int
    code: str | None = None

    @property
    def word(self) -> Sound:
        """To be kept: *all circuits busy* is no wrong number, whatever tones say so."""
        return Sound.REORDER if self.code in CIRCUITS_BUSY else self.sound

    @property
    def outcome(self) -> Outcome:
        return Outcome.CONGESTION if self.code in CIRCUITS_BUSY else OUTCOME[self.sound]
