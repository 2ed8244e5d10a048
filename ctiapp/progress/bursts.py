"""Tones as they come and go: which, from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

from ctiapp.progress.plans import WEAKEST
from ctiapp.progress.spectrum import FRAME_MS, Frame

PURE = 0.8
"""Share of the power in a tone: 15 dB above white noise it is 0.97; vowels reach 0.8 while a pitch stands still."""
STILL_THERE = 0.5
"""The same for a tone that is known already: a lost packet widens its line."""
STEADY_HZ = 7.0
NEAR_HZ = 25.0
CONFIRMED = 4
"""Frames; no vowel of the 200 greetings that were tried held one pitch that purely for so long above 400 Hz."""
STANDS_STILL = 4.0
WANDERS = 30.0
"""Hz: two lines that beat (413+438) wander by some 25."""
LONG = 240.0
"""ms."""
SHORTEST = 120.0
"""ms: CZ's congestion has tones of 165, less a quarter."""
FULL_WINDOWS = 2
"""Of the first frames the last ones, whose windows the tone fills."""
FAINT = 0.18
"""A frame with less than this part of a tone's power is a pause."""
BRIDGED = 2
"""Frames: two lost packets in a row do not end a tone; the shortest pause of any plan is 165 ms."""
DISTURBED = 60.0
"""ms."""
SAME_LEVEL = 6.0
"""dB."""
WINDOW_LAG = 30
"""ms after a change until half of the window has the new sound."""


@dataclass(slots=True)
class Burst:
    """One stretch of tone, ms from the first frame. `end` is None while it lasts, `now` is when it was last heard."""

    start: float
    hz: float
    second_hz: float | None
    power: float
    now: float
    end: float | None = None
    wobbles: int = 0
    """Frames that strayed: phase reversals."""
    last_loud: float = 0.0
    """When there was last any sound of its power, its own or another."""
    lowest: float = 0.0
    highest: float = 0.0
    """Hz, of the frames that are purely this tone."""

    @property
    def length(self) -> float:
        return (self.now if self.end is None else self.end) - self.start

    @property
    def drift(self) -> float:
        """Hz. A generator's tone stands still, a voice glides."""
        return self.highest - self.lowest

    @property
    def is_sure(self) -> bool:
        """No vowel: it stands still, or is far too long for one (lines that beat seem to wander)."""
        return (self.length >= SHORTEST and self.drift <= STANDS_STILL) or (
            self.length >= LONG and self.drift <= WANDERS
        )

    @property
    def level(self) -> float:
        """dB against full scale."""
        return 10 * log10(self.power + 1e-12)

    @property
    def is_over(self) -> bool:
        return self.end is not None


class Bursts:
    """All tones so far. `pending` counts the frames of what may become the next one."""

    def __init__(self) -> None:
        self.all: list[Burst] = []
        self.pending: list[Frame] = []
        self._recent: list[Frame] = []
        self._misses = 0
        self._strange = 0
        self._last_good = 0.0

    @property
    def current(self) -> Burst | None:
        return self.all[-1] if self.all and not self.all[-1].is_over else None

    def hear(self, frame: Frame, now: float) -> None:
        """`now`: the end of this frame."""
        self._recent = [*self._recent[-7:], frame]
        self._gather(frame)
        if self.all and frame.power >= FAINT * self.all[-1].power:
            self.all[-1].last_loud = now
        burst = self.current
        if burst is not None:
            self._go_on(burst, frame, now)
        if self.current is None and len(self.pending) >= CONFIRMED:
            self._begin(now)

    def _gather(self, frame: Frame) -> None:
        echo = FAINT * max(before.power for before in self._recent[-CONFIRMED:])
        if frame.level < WEAKEST or frame.share < PURE or frame.power < echo:
            self.pending = []  # weak, impure, or a pause in whose window the last tone still is
        elif self.pending and not _same(self.pending[-1], frame):
            self.pending = [frame]
        else:
            self.pending = [*self.pending[-5:], frame]

    def _begin(self, now: float) -> None:
        power = max(frame.power for frame in self.pending)
        first = len(self._recent) - len(self.pending)
        earliest = self.all[-1].end if self.all else 0.0
        while first > 0 and self._recent[first - 1].power >= FAINT * power:
            first -= 1
        start = (
            now - FRAME_MS * (len(self._recent) - first - 1) - FRAME_MS * min(1.0, self._recent[first].power / power)
        )
        last = self.pending[-1]
        full = [frame.centre for frame in self.pending[-FULL_WINDOWS:]]
        lowest, highest = min(full), max(full)
        burst = Burst(max(start, earliest or 0.0), last.hz, last.second_hz, power, now, lowest=lowest, highest=highest)
        if not self._goes_on_as(burst):
            self.all.append(burst)
        self._misses = self._strange = 0
        self._last_good = now

    def _goes_on_as(self, burst: Burst) -> bool:
        """The last tone was not over, only disturbed."""
        last = self.all[-1] if self.all else None
        if last is None or last.end is None or burst.start - last.end > DISTURBED:
            return False
        if abs(last.hz - burst.hz) > (60 if burst.hz < 700 else 12) or abs(last.level - burst.level) > SAME_LEVEL:
            return False
        last.end, last.now = None, burst.now
        return True

    def _go_on(self, burst: Burst, frame: Frame, now: float) -> None:
        if frame.power < FAINT * burst.power:
            self._misses += 1
            if self._misses > BRIDGED:
                burst.end = self._last_good
        elif _near(burst, frame):
            self._keep(burst, frame, now)
        else:
            self._strange += 1
            if self._strange > BRIDGED + 2 or (len(self.pending) >= CONFIRMED):
                burst.end = max(burst.start, self._last_good - WINDOW_LAG)

    def _keep(self, burst: Burst, frame: Frame, now: float) -> None:
        part = min(1.0, frame.power / burst.power)
        self._last_good = now - FRAME_MS * (1 - part) if part < 0.75 else now
        burst.now = self._last_good
        self._misses = self._strange = 0
        if abs(frame.hz - burst.hz) > STEADY_HZ:
            burst.wobbles += 1
        elif part > 0.5 and frame.share >= PURE:
            burst.hz += (frame.hz - burst.hz) * 0.2
            burst.power += (frame.power - burst.power) * 0.1
            burst.lowest, burst.highest = min(burst.lowest, frame.centre), max(burst.highest, frame.centre)


def _same(one: Frame, other: Frame) -> bool:
    return (one.second_hz is None) == (other.second_hz is None) and abs(one.centre - other.centre) < STEADY_HZ


def _near(burst: Burst, frame: Frame) -> bool:
    if frame.share < STILL_THERE:
        return False
    known = (burst.hz, burst.second_hz or burst.hz)
    return any(abs(frame.hz - hz) < max(NEAR_HZ, 0.12 * hz if hz < 700 else 0) for hz in known)
