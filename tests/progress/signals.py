"""Signals as a called telephone sends them, by calculation. Levels in dBm0: a full-scale sine has +3.14 (G.711)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ctiapp.progress.detector import Detector, Phase
from ctiapp.progress.verdict import Verdict

RATE = 8000
BIT_RATE = 300


def samples(ms: float) -> int:
    return round(ms * RATE / 1000)


def quiet(ms: float) -> np.ndarray:
    return np.zeros(samples(ms))


def amplitude(dbm0: float) -> float:
    return 10 ** ((dbm0 - 3.14) / 20)


def tone(hz: float | Sequence[float], ms: float, dbm0: float = -20, twist: float = 0) -> np.ndarray:
    """`twist`: the second line's level over the first one's, dB; `dbm0` is that of both together."""
    lines = [hz] if isinstance(hz, int | float) else list(hz)
    parts = [1.0] if len(lines) == 1 else [1.0, 10 ** (twist / 20)]
    scale = amplitude(dbm0) / np.sqrt(sum(part**2 for part in parts))
    time = np.arange(samples(ms)) / RATE
    return scale * sum(part * np.sin(2 * np.pi * line * time) for part, line in zip(parts, lines, strict=True))


def cadence(
    hz: float | Sequence[float], pattern: Sequence[float], ms: float, joined: float = 0, **how: float
) -> np.ndarray:
    """`pattern`: ms on, off, on, off ..., over and over; `joined`: how far into it the path opens."""
    length = samples(ms) + samples(joined)
    gate: list[np.ndarray] = []
    while sum(map(len, gate)) < length:
        gate.append(np.full(samples(pattern[len(gate) % len(pattern)]), float(len(gate) % 2 == 0)))
    return (tone(hz, ms + joined + 1, **how)[:length] * np.concatenate(gate)[:length])[samples(joined) :]


def answer_tone(hz: float, ms: float, dbm0: float = -18, reversals: float = 0, depth: float = 0) -> np.ndarray:
    """`reversals`: ms between them; `depth`: of ANSam's 15 Hz."""
    sound = tone(hz, ms, dbm0)
    time = np.arange(len(sound)) / RATE
    if reversals:
        sound = sound * np.where((np.arange(len(sound)) // samples(reversals)) % 2 == 0, 1, -1)
    return sound * (1 + depth * np.sin(2 * np.pi * 15 * time))


def v21(bits: Sequence[int], dbm0: float = -18, shift: float = 0) -> np.ndarray:
    length = int(len(bits) * RATE / BIT_RATE)
    at = np.minimum((np.arange(length) * BIT_RATE / RATE).astype(int), len(bits) - 1)
    hz = np.where(np.asarray(bits)[at] == 1, 1650.0, 1850.0) + shift
    return amplitude(dbm0) * np.sin(2 * np.pi * np.cumsum(hz) / RATE)


def flags(count: int = 37, **how: float) -> np.ndarray:
    return v21([0, 1, 1, 1, 1, 1, 1, 0] * count, **how)


def information_tone(hz: Sequence[float], ms: Sequence[float], gap: float = 0, dbm0: float = -20) -> np.ndarray:
    parts = [part for line, length in zip(hz, ms, strict=True) for part in (tone(line, length, dbm0), quiet(gap))]
    return np.concatenate(parts)


def voice(ms: float, seed: int = 1, pitch: float = 120, tempo: float = 1, dbm0: float = -20) -> np.ndarray:
    """Syllables of gliding pitch and changing formants, some with a hiss before; no words of any language."""
    rng = np.random.default_rng(seed)
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < samples(ms):
        if rng.random() < 0.3:
            parts.append(0.15 * rng.standard_normal(samples(70 / tempo)))
        parts.append(_syllable(rng, rng.uniform(110, 220) / tempo, pitch))
        parts.append(quiet(rng.uniform(10, 50) / tempo))
    sound = np.concatenate(parts)[: samples(ms)]
    sound[-80:] *= np.linspace(1, 0, 80)
    active = np.sqrt(np.mean(sound[np.abs(sound) > 0.05 * np.abs(sound).max()] ** 2))
    return np.clip(sound * amplitude(dbm0) / np.sqrt(2) / active, -0.98, 0.98)


def _syllable(rng: np.random.Generator, ms: float, pitch: float) -> np.ndarray:
    length = samples(ms)
    glide = np.linspace(rng.uniform(0.85, 1.2), rng.uniform(0.75, 1.3), length)
    phase = 2 * np.pi * np.cumsum(pitch * glide) / RATE
    formants = (rng.uniform(300, 800), rng.uniform(900, 2300), rng.uniform(2300, 2900))
    sound = np.zeros(length)
    for harmonic in range(1, int(3400 / pitch)):
        hz = harmonic * pitch
        strength = sum(weight / (1 + ((hz - f) / 90) ** 2) for f, weight in zip(formants, (1, 0.5, 0.25), strict=True))
        sound += strength * (hz > 220) * np.sin(harmonic * phase + rng.uniform(0, 6.28))
    return sound * np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 0.6


def noisy(sound: np.ndarray, snr: float, seed: int = 1, kind: str = "white") -> np.ndarray:
    """`snr`: dB below the sound where it is loud."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal(len(sound))
    if kind == "pink":
        lines = np.fft.rfft(noise) / np.sqrt(np.maximum(np.fft.rfftfreq(len(noise), 1 / RATE), 60))
        noise = np.fft.irfft(lines, len(noise))
    loud = np.sqrt(np.mean(sound[np.abs(sound) > 0.1 * np.abs(sound).max()] ** 2))
    return sound + noise / np.sqrt(np.mean(noise**2)) * loud * 10 ** (-snr / 20)


def comfort(ms: float, dbfs: float = -60, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(samples(ms)) * 10 ** (dbfs / 20)


def lossy(sound: np.ndarray, share: float, seed: int = 1) -> np.ndarray:
    """20 ms packets lost, silence in their place."""
    rng, kept = np.random.default_rng(seed), sound.copy()
    for frame in np.flatnonzero(rng.random(len(sound) // 160) < share):
        kept[frame * 160 : frame * 160 + 160] = 0
    return kept


def a_law(sound: np.ndarray) -> np.ndarray:
    """Coded and decoded: 13 segments, from 2 to 128 steps of 1/4096."""
    size = np.clip(np.abs(sound) * 4096, 0, 4095.9)
    step = 2.0 ** np.maximum(1, np.floor(np.log2(np.maximum(size, 1))) - 4)
    return np.sign(sound) * (np.floor(size / step) + 0.5) * step / 4096


def mu_law(sound: np.ndarray) -> bytes:
    """Coded as G.711 does: a byte a sample."""
    pcm = np.clip(np.round(sound * 32768), -32635, 32635).astype(int)
    size = np.abs(pcm) + 132
    segment = np.floor(np.log2(size)).astype(int) - 7
    code = (pcm < 0) << 7 | segment << 4 | (size >> (segment + 3)) & 15
    return (~code & 255).astype(np.uint8).tobytes()


def frames(sound: np.ndarray) -> list[bytes]:
    pcm = np.clip(np.round(sound * 32768), -32768, 32767).astype("<i2").tobytes()
    return [pcm[begin : begin + 320] for begin in range(0, len(pcm) - 319, 320)]


def hear(*parts: np.ndarray, phase: Phase = "after_answer") -> Verdict:
    """The verdict on the parts one after the other; the audio's end is the deadline."""
    detector = Detector(phase)
    for frame in frames(np.concatenate(parts)):
        verdict = detector.hear(frame)
        if verdict is not None:
            return verdict
    return detector.at_deadline()
