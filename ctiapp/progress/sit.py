"""Special information tones: three in a row, each higher than the last."""

from __future__ import annotations

from collections.abc import Sequence

from ctiapp.progress import plans
from ctiapp.progress.bursts import Burst
from ctiapp.progress.finding import Finding
from ctiapp.progress.verdict import Sound

THIRD_SO_FAR = 110.0
"""ms of the third tone that are enough."""


def find_sit(bursts: Sequence[Burst]) -> Finding | None:
    if len(bursts) < 3:
        return None
    first, second, third = bursts[-3:]
    if not all(_fits(burst, step) for step, burst in enumerate((first, second, third))):
        return None
    if not (_follows(first, second) and _follows(second, third)) or third.length < THIRD_SO_FAR:
        return None
    if not all(plans.SIT_SHORTEST <= burst.length <= plans.SIT_LONGEST for burst in (first, second)):
        return None
    code = _code(first, second)
    tones = ", ".join(f"{burst.hz:.0f} Hz" for burst in (first, second, third))
    return Finding(Sound.SIT, f"{tones}{f' ({code})' if code else ''}", 0.98, code)


def _fits(burst: Burst, step: int) -> bool:
    nominal = plans.SIT_HZ[step][0]
    return burst.second_hz is None and abs(burst.hz - nominal) <= plans.SIT_TOLERANCE + plans.OFFSET * nominal


def _follows(one: Burst, other: Burst) -> bool:
    return one.end is not None and other.start - one.end <= plans.SIT_GAP


def _code(first: Burst, second: Burst) -> str | None:
    """None for the ITU's tone, which has no code, and for what lies between."""
    pitches = "".join(_pitch(burst, step) for step, burst in enumerate((first, second)))
    return plans.SIT_CODES.get(pitches + _span(first) + _span(second))


def _pitch(burst: Burst, step: int) -> str:
    _, low, high = plans.SIT_HZ[step]
    near = [name for name, hz in (("L", low), ("H", high)) if abs(burst.hz - hz) <= plans.SIT_CODED_HZ]
    return near[0] if near else "-"


def _span(burst: Burst) -> str:
    return next((name for name, least, most in plans.SIT_CODED_MS if least <= burst.length <= most), "-")
