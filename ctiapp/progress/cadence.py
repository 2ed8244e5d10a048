"""Busy, congestion (reorder) or ringing, by how the tone comes and goes. Pure: bursts in, finding out.

The path may open in the midst of the first tone, so its length is only a lower bound; the first pause and the second
tone are whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from ctiapp.progress import plans
from ctiapp.progress.bursts import WANDERS, Burst
from ctiapp.progress.finding import Finding
from ctiapp.progress.verdict import Sound

SETTLED = 60.0
"""ms of quiet after which a tone is over for good."""
EDGE = 60.0
SHORTEST = 130.0
"""ms: CZ's congestion is 165/165, less a seventh. Shorter is a vowel."""
BACKGROUND = 14.0
"""dB."""
SAME_LEVEL = 6.0
"""dB. AU congestion steps by 10 (that is busy's cadence, so it is no matter)."""
TONE_SO_FAR = 0.8
"""A second tone that has lasted this part of the pause will not be UK congestion's (0.64) or Sweden's (0.33)."""


def find_cadence(bursts: Sequence[Burst], now: float, spoken: float | None) -> Finding | None:
    """`spoken`: when voice was last heard (ms), None if never. A single tone after it is a beep."""
    tones = _loud([burst for burst in bursts if is_progress(burst)])
    if len(tones) >= 2 and _alike(*tones[-2:]) and (spoken is None or spoken <= tones[-2].start + EDGE):
        return _of_two(tones[-2], tones[-1], now)
    if len(tones) == 1 and spoken is None:
        return _of_one(tones[0], now)
    return None


def is_progress(burst: Burst) -> bool:
    if burst.drift > WANDERS:
        return False
    if burst.second_hz is not None:
        return burst.second_hz < 700 and not _is_dial(burst)
    return plans.within(burst.hz, plans.PROGRESS_HZ)


def _loud(tones: list[Burst]) -> list[Burst]:
    """Without the notes that a voice or music in the background held for a moment."""
    loudest = max((tone.level for tone in tones), default=0.0)
    return [tone for tone in tones if tone.level > loudest - BACKGROUND]


def _alike(one: Burst, other: Burst) -> bool:
    """Of one generator. Lines that beat (440+480) may be heard as either."""
    return abs(one.hz - other.hz) < 60 and abs(one.level - other.level) < SAME_LEVEL


def _is_dial(burst: Burst) -> bool:
    low, high = plans.DIAL_PAIR
    return abs(burst.hz - low) < 12 and burst.second_hz is not None and abs(burst.second_hz - high) < 15


def _of_one(tone: Burst, now: float) -> Finding | None:
    if tone.length >= plans.RINGING_FOR_SURE:
        return Finding(Sound.RINGBACK, f"{_name(tone)} for more than {tone.length:.0f} ms", 0.85)
    if tone.end is None or now - tone.end < SETTLED:
        return None
    if tone.length > plans.LONGEST_BUSY_ON:
        return Finding(Sound.RINGBACK, f"{_name(tone)} for {tone.length:.0f} ms", 0.95)
    if now - tone.end >= plans.LONGEST_BUSY_OFF and tone.last_loud < tone.end + SETTLED:
        return Finding(Sound.RINGBACK, f"{_name(tone)}, then a pause that no busy tone has", 0.9)
    return None


def _of_two(first: Burst, second: Burst, now: float) -> Finding | None:
    assert first.end is not None
    pause, tone = second.start - first.end, second.length
    whole = second.end is not None and now - second.end >= SETTLED
    cadence = f"{_name(second)}, {first.length:.0f} ms on, {pause:.0f} off, {tone:.0f} on"
    if pause > 2 * plans.LONGEST_BUSY_OFF:
        return Finding(Sound.RINGBACK, cadence, 0.95)
    if pause < plans.DOUBLE_RING_PAUSE and tone > plans.DOUBLE_RING_RATIO * pause and tone >= plans.SHORT_TONE:
        return Finding(Sound.RINGBACK, cadence, 0.95)
    if tone < SHORTEST:
        return None
    if not whole:
        return _while_it_lasts(pause, tone, cadence)
    if tone < plans.UNEQUAL_RATIO * pause and tone < plans.SHORT_TONE:
        return Finding(Sound.REORDER, cadence, 0.95)
    sound = Sound.BUSY if pause + tone >= plans.CONGESTION_CYCLE else Sound.REORDER
    return Finding(sound, cadence, 0.95 if abs(pause + tone - plans.CONGESTION_CYCLE) > 30 else 0.7)


def _while_it_lasts(pause: float, tone: float, cadence: str) -> Finding | None:
    """A tone that has not ended says *busy* once the cycle is too long for congestion."""
    if pause < plans.DOUBLE_RING_PAUSE or tone < TONE_SO_FAR * pause or pause + tone < plans.CONGESTION_CYCLE:
        return None
    return Finding(Sound.BUSY, cadence, 0.95)


def _name(tone: Burst) -> str:
    return f"{tone.hz:.0f} Hz" if tone.second_hz is None else f"{tone.hz:.0f}+{tone.second_hz:.0f} Hz"
