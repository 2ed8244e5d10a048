"""Fax or modem. 2,100 Hz alone fits both; what follows tells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ctiapp.progress import plans
from ctiapp.progress.bursts import Burst
from ctiapp.progress.finding import Finding
from ctiapp.progress.plans import within
from ctiapp.progress.spectrum import RATE, Frame
from ctiapp.progress.verdict import Sound

FSK_FRAMES = 14
"""Frames (280 ms) of V.21-like sound before its bits are looked at."""
FSK_SHARE = 0.85
FLAGS_WANTED = 6
"""Of the 12 that fit into 320 ms."""
BIT = RATE / 300
MISREAD = 0.8
"""Bits by which noise may move an edge."""
FOLLOWS = 250.0
"""ms of a steady carrier after the answer tone that no fax sends."""
ALTERNATES = 1
"""Strayed frames each second that mean reversals of phase."""


class Fsk:
    """Listens for HDLC flags in V.21's channel 2 (T.30: 300 bit/s, 1,650 Hz is 1, 1,850 Hz is 0)."""

    def __init__(self) -> None:
        self._run = 0
        self.heard = False

    def hear(self, frame: Frame, memory: np.ndarray) -> None:
        loud = frame.level > plans.WEAKEST and frame.fsk_share >= FSK_SHARE
        self._run = self._run + 1 if loud else max(0, self._run - 3)
        if self._run >= FSK_FRAMES and not self.heard:
            self.heard = count_flags(memory) >= FLAGS_WANTED

    @property
    def possible(self) -> bool:
        return self._run >= 3


def count_flags(samples: np.ndarray) -> int:
    """Flags are 01111110: six bits of mark, then two of space (one if two flags share it), over and over."""
    ones = _energy(samples, 1650.0) > _energy(samples, 1850.0)
    edges = np.flatnonzero(np.diff(ones.astype(np.int8)))
    bits, is_mark = np.diff(edges) / BIT, ones[edges[:-1] + 1]
    mark = is_mark & (np.abs(bits - 6) < MISREAD)
    space = ~is_mark & (bits > 1 - MISREAD) & (bits < 2 + MISREAD)
    return int(np.count_nonzero(mark[:-1] & space[1:]))


def _energy(samples: np.ndarray, hz: float) -> np.ndarray:
    """Power near `hz` in a window of one bit that slides by samples."""
    turned = samples * np.exp(-2j * np.pi * hz / RATE * np.arange(len(samples)))
    total = np.concatenate(([0], np.cumsum(turned)))
    window = round(BIT)
    energy: np.ndarray = np.abs(total[window:] - total[:-window])
    return energy


def find_data(bursts: Sequence[Burst], fsk: Fsk, now: float) -> Finding | None:
    if fsk.heard:
        return Finding(Sound.FAX, "V.21 flags", 0.99)
    return _carrier(bursts) or _answer_tone(bursts, fsk, now) or _calling_fax(bursts)


def as_it_stands(bursts: Sequence[Burst]) -> Finding | None:
    """The better guess when time is up within an answer tone."""
    tones = _answer_tones(bursts)
    if _length(tones) < plans.ANSWER_TONE_AT_LEAST:
        return None
    strayed = sum(tone.wobbles for tone in tones)
    if len(tones) > 1 or strayed > ALTERNATES * _length(tones) / 1000:
        return Finding(Sound.MODEM, "answer tone with reversals of phase", 0.6)
    return Finding(Sound.FAX, "plain 2,100 Hz", 0.6)


def _carrier(bursts: Sequence[Burst]) -> Finding | None:
    burst = bursts[-1] if bursts else None
    if burst is None:
        return None
    after_answer = _length(_answer_tones(bursts)) >= plans.ANSWER_TONE_AT_LEAST
    wanted = FOLLOWS if after_answer else plans.CARRIER_AT_LEAST
    if _is_carrier(burst, after_answer) and burst.length >= wanted:
        return Finding(Sound.MODEM, f"carrier of {_line(burst):.0f} Hz", 0.97)
    return None


def _is_carrier(burst: Burst, after_answer: bool) -> bool:
    if within(_line(burst), plans.CARRIER_HZ) or within(burst.hz, plans.V21_MARK_HZ):
        return True
    return after_answer and not within(burst.hz, plans.ANSWER_HZ)


def _line(burst: Burst) -> float:
    return burst.second_hz if burst.second_hz is not None and burst.second_hz > 1000 else burst.hz


def _answer_tone(bursts: Sequence[Burst], fsk: Fsk, now: float) -> Finding | None:
    tones = _answer_tones(bursts)
    if _length(tones) < plans.ANSWER_TONE_AT_LEAST:
        return None
    end = tones[-1].end
    if now - tones[0].start >= plans.ANSWER_TONE_LIMIT:
        return as_it_stands(bursts)
    if end is not None and now - end >= plans.V21_WITHIN and not fsk.possible:
        return Finding(Sound.MODEM, "answer tone, and no fax's flags after it", 0.85)
    return None


def in_answer_tone(bursts: Sequence[Burst]) -> bool:
    """2,100 Hz or a carrier is there, or has just been: the verdict must wait for what follows."""
    return any(within(_line(burst), (plans.ANSWER_HZ[0], plans.CARRIER_HZ[1])) for burst in bursts[-2:])


def _answer_tones(bursts: Sequence[Burst]) -> list[Burst]:
    return [burst for burst in bursts if burst.second_hz is None and within(burst.hz, plans.ANSWER_HZ)]


def _length(tones: Sequence[Burst]) -> float:
    return sum(tone.length for tone in tones)


def _calling_fax(bursts: Sequence[Burst]) -> Finding | None:
    calls = [burst for burst in bursts if within(burst.hz, plans.CNG_HZ)]
    if len(calls) < 2:
        return None
    first, second = calls[-2:]
    if first.end is None or not within(first.length, plans.CNG_ON):
        return None
    if not within(second.start - first.end, plans.CNG_OFF):
        return None
    return Finding(Sound.FAX, "calling tone (1,100 Hz) each 3.5 s", 0.9) if second.length >= 200 else None
