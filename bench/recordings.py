"""Recorded calls for the detector's figures, made by calculation: tests/progress/signals.py, with a manifest as
`ctiapp call-progress` reads it."""

from __future__ import annotations

import csv
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ctiapp.progress.verdict import Sound
from tests.progress.signals import (
    answer_tone,
    cadence,
    comfort,
    flags,
    frames,
    information_tone,
    lossy,
    noisy,
    quiet,
    tone,
    voice,
)

Call = tuple[Sound, np.ndarray, int, int]
"""(label, sound, onset ms, deadline ms)"""

BUSY = ((425, (500, 500)), ((480, 620), (500, 500)), (425, (375, 375)), (400, (375, 375)), (425, (480, 480)))
REORDER = ((425, (250, 250)), ((480, 620), (250, 250)), (425, (200, 200)), (400, (400, 350, 225, 525)))
RINGBACK = ((425, (1000, 4000)), ((440, 480), (2000, 4000)), ((400, 450), (400, 200, 400, 2000)))
SIT = ((913.8, 1370.6, 1776.7), (985.2, 1428.5, 1776.7), (950, 1400, 1800))


GREETINGS = ((350, 680), (350, 680), (350, 680), (700, 1500), (2000, 2600))
"""ms: three of five say a word, one a name, one a firm and a wish."""


def write(folder: Path, seed: int = 19) -> None:
    """300 calls; the same seed gives the same samples."""
    with (folder / "manifest.csv").open("w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file", "label", "answer_to_onset_ms", "verdict_deadline_ms"])
        for number, (label, sound, onset, deadline) in enumerate(_calls(np.random.default_rng(seed))):
            name = f"{number:03}_{label}.wav"
            _write_wave(folder / name, sound)
            manifest.writerow([name, label.value, onset, deadline])


def _write_wave(path: Path, sound: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"".join(frames(sound)))


def _calls(rng: np.random.Generator) -> Iterator[Call]:
    for _ in range(100):
        yield _human(rng)
    for number in range(60):
        yield _machine(rng, with_beep=number % 2 == 0)
    for number in range(140):
        yield _tones(rng, number)


def _human(rng: np.random.Generator) -> Call:
    kind = GREETINGS[rng.integers(len(GREETINGS))]
    onset, length = int(rng.uniform(200, 1500)), int(rng.uniform(*kind))
    greeting = _voice(rng, length)
    sound = _line(rng, np.concatenate([quiet(onset), greeting, quiet(3000)]))
    return Sound.HUMAN, sound, onset, onset + length + 1000


def _machine(rng: np.random.Generator, with_beep: bool) -> Call:
    onset = int(rng.uniform(200, 1000))
    length = int(rng.uniform(700, 3000) if with_beep else rng.uniform(3700, 7000))
    if not with_beep:
        return Sound.MACHINE, _line(rng, np.concatenate([quiet(onset), _voice(rng, length)])), onset, 5000
    pause, beep = int(rng.uniform(150, 500)), int(rng.uniform(250, 900))
    sounds = [quiet(onset), _voice(rng, length), quiet(pause), tone(rng.uniform(450, 1400), beep), quiet(2500)]
    return Sound.MACHINE, _line(rng, np.concatenate(sounds)), onset, min(5000, onset + length + pause + beep + 1000)


def _tones(rng: np.random.Generator, number: int) -> Call:
    onset = int(rng.uniform(100, 800))
    off, level = 1 + rng.uniform(-0.01, 0.01), rng.uniform(-30, -10)
    label = (Sound.BUSY, Sound.REORDER, Sound.RINGBACK, Sound.SIT, Sound.FAX, Sound.MODEM, Sound.SILENCE)[number % 7]
    if label is Sound.SILENCE:
        return label, comfort(8000, -65, seed=number), 0, 6000
    sound = _tone_of(label, rng, off, level)
    within = 4500 if label in (Sound.FAX, Sound.MODEM) else 1500
    return label, _line(rng, np.concatenate([quiet(onset), sound, quiet(300)])), onset, onset + within


def _tone_of(label: Sound, rng: np.random.Generator, off: float, level: float) -> np.ndarray:
    if label is Sound.FAX:
        ced = rng.uniform(2600, 3600)
        return np.concatenate([answer_tone(2100 * off, ced, level), quiet(75), flags(60, dbm0=level)])
    if label is Sound.MODEM:
        hz, reversals = ((2225, 0), (2250, 0), (2100, 450))[rng.integers(3)]
        return answer_tone(hz * off, 6000, level, reversals=reversals)
    if label is Sound.SIT:
        lines = SIT[rng.integers(len(SIT))]
        return np.concatenate(
            [information_tone([hz * off for hz in lines], (330, 330, 330), 15, level), _voice(rng, 3000)]
        )
    plans = {Sound.BUSY: BUSY, Sound.REORDER: REORDER, Sound.RINGBACK: RINGBACK}[label]
    hz, pattern = plans[rng.integers(len(plans))]
    lines = [line * off for line in (hz if isinstance(hz, tuple) else (hz,))]
    return cadence(lines, pattern, 8000, dbm0=level)


def _voice(rng: np.random.Generator, ms: float) -> np.ndarray:
    return voice(
        ms,
        seed=int(rng.integers(1 << 30)),
        pitch=rng.uniform(85, 300),
        tempo=rng.uniform(0.8, 1.3),
        dbm0=rng.uniform(-28, -12),
    )


def _line(rng: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """Noise behind all, and some packets lost."""
    seed = int(rng.integers(1 << 30))
    return lossy(noisy(sound, rng.uniform(24, 45), seed, "pink"), rng.choice([0, 0, 0.01]), seed)
