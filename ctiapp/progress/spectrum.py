"""One 20 ms frame of telephone sound as a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ctiapp.progress.plans import PAIR_TOLERANCE, PAIRS

RATE = 8000
FRAME = 160
"""Samples in a frame: 20 ms."""
FRAME_MS = 20
FRAME_BYTES = 2 * FRAME
MEMORY = 16 * FRAME
"""Samples kept for a second look (V.21): 320 ms."""
WINDOW = 4 * FRAME
"""A spectrum covers the last 80 ms: enough to part 440 from 480 Hz, and no vowel holds still for longer."""
POINTS = 1024
BIN_HZ = RATE / POINTS
LOBE = 9
"""Bins on either side of a peak that count as the same tone (70 Hz): a window's main lobe, or two tones that beat."""

_HANN = np.hanning(WINDOW + 1)[:WINDOW]
_BINS = np.arange(POINTS // 2 + 1)
_FIRST, _LAST = int(200 / BIN_HZ), int(3700 / BIN_HZ)
_SPEECH = slice(4, 75)
"""Bins of a 160-point spectrum (50 Hz each) from 200 to 3,700 Hz: no mains hum."""
_V21 = slice(int(1550 / BIN_HZ), int(1960 / BIN_HZ))
_SILENT = 1e-12


@dataclass(frozen=True, slots=True)
class Frame:
    """`power`: of these 20 ms, full-scale square wave = 1. The rest is of the last 80 ms: `hz` is the strongest line,
    `centre` the middle of all within 70 Hz of it, `share` their part of the whole power; `second_hz` completes a pair
    of the tone plans (then `centre` is the lower one's), `fsk_share` is the part of V.21's channel 2."""

    power: float
    hz: float
    centre: float
    share: float
    second_hz: float | None
    fsk_share: float

    @property
    def level(self) -> float:
        """dB against full scale."""
        return 10 * float(np.log10(self.power + _SILENT))


class Ear:
    """Turns frames as they come into `Frame`s; remembers the last 320 ms."""

    def __init__(self) -> None:
        self.memory = np.zeros(MEMORY)

    def hear(self, pcm: bytes) -> Frame:
        """`pcm`: 320 bytes, 16 bit, little endian."""
        if len(pcm) != FRAME_BYTES:
            raise ValueError(f"A frame is {FRAME_BYTES} bytes (20 ms of 8 kHz, 16 bit), not {len(pcm)}.")
        memory = self.memory
        memory[:-FRAME] = memory[FRAME:]
        memory[-FRAME:] = np.frombuffer(pcm, "<i2")
        memory[-FRAME:] /= 32768
        return _frame(memory[-FRAME:], memory[-WINDOW:])


def _frame(now: np.ndarray, window: np.ndarray) -> Frame:
    power = 2 * float(_squares(np.fft.rfft(now))[_SPEECH].sum()) / FRAME**2
    if power < _SILENT:
        return Frame(power, 0.0, 0.0, 0.0, None, 0.0)
    lines = _squares(np.fft.rfft(window * _HANN, POINTS))
    lines[:_FIRST] = lines[_LAST:] = 0
    whole = float(lines.sum()) + _SILENT
    fsk_share = float(lines[_V21].sum()) / whole
    peak = int(lines.argmax())
    share, centre = _lobe(lines, peak)
    hz = _between_bins(lines, peak)
    lines[max(peak - LOBE, 0) : peak + LOBE + 1] = 0
    second = _second(lines, hz)
    if second is None:
        return Frame(power, hz, centre, share / whole, None, fsk_share)
    other_share, other_centre = _lobe(lines, second)
    if other_share < 0.08 * whole:
        return Frame(power, hz, centre, share / whole, None, fsk_share)
    both = sorted(((hz, centre), (_between_bins(lines, second), other_centre)))
    return Frame(power, both[0][0], both[0][1], (share + other_share) / whole, both[1][0], fsk_share)


def _squares(spectrum: np.ndarray) -> np.ndarray:
    squares: np.ndarray = spectrum.real**2 + spectrum.imag**2
    return squares


def _lobe(lines: np.ndarray, peak: int) -> tuple[float, float]:
    part = slice(max(peak - LOBE, 0), peak + LOBE + 1)
    total = float(lines[part].sum())
    return total, float(lines[part] @ _BINS[part]) / (total + 1e-30) * BIN_HZ


def _second(lines: np.ndarray, hz: float) -> int | None:
    """The bin where the other tone of a plan's pair is strongest; the first one's lobe is gone from `lines`."""
    for low, high in PAIRS:
        for one, other in ((low, high), (high, low)):
            if abs(hz - one) < PAIR_TOLERANCE * one and high - low > LOBE * BIN_HZ:
                first = int((other * (1 - PAIR_TOLERANCE)) / BIN_HZ)
                last = int((other * (1 + PAIR_TOLERANCE)) / BIN_HZ) + 2
                return first + int(lines[first:last].argmax())
    return None


def _between_bins(lines: np.ndarray, peak: int) -> float:
    """A parabola through the logarithms of the three highest lines (good to about 1 Hz with this window)."""
    a, b, c = np.log(lines[peak - 1 : peak + 2] + 1e-30)
    bend = a - 2 * b + c
    return (peak + (0.5 * (a - c) / bend if bend else 0.0)) * BIN_HZ
