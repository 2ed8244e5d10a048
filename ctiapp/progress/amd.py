"""What Asterisk's AMD() would say, to compare with: its rules, written anew from the settings amd.conf documents.

It knows persons and machines only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ctiapp.progress.spectrum import FRAME_MS

INITIAL_SILENCE = 2500
GREETING = 1500
AFTER_GREETING_SILENCE = 800
TOTAL = 5000
MINIMUM_WORD = 100
BETWEEN_WORDS = 50
MAXIMUM_WORDS = 3
MAXIMUM_WORD = 5000
THRESHOLD = 256
"""All ms, but the number of words and the threshold: the mean of the samples' absolute values."""


@dataclass(frozen=True, slots=True)
class AmdVerdict:
    status: str
    cause: str
    heard_ms: int


@dataclass(slots=True)
class _State:
    silent: int = 0
    voiced: int = 0
    run: int = 0
    words: int = 0
    in_word: bool = True
    in_greeting: bool = False


def listen(frames: Iterable[bytes]) -> AmdVerdict:
    state, heard = _State(), 0
    for frame in frames:
        heard += FRAME_MS
        quiet = np.abs(np.frombuffer(frame, "<i2").astype(np.int32)).mean() < THRESHOLD
        said = _silent_frame(state) if quiet else _loud_frame(state)
        if said is not None:
            return AmdVerdict(*said, heard)
        if heard >= TOTAL:
            return AmdVerdict("notsure", "TOOLONG", heard)
    return AmdVerdict("notsure", "ENDOFFILE", heard)


def _silent_frame(state: _State) -> tuple[str, str] | None:
    state.silent += FRAME_MS
    if state.silent >= BETWEEN_WORDS:
        state.in_word, state.run = False, 0
    if not state.in_greeting and state.silent >= INITIAL_SILENCE:
        return "machine", "INITIALSILENCE"
    if state.in_greeting and state.silent >= AFTER_GREETING_SILENCE:
        return "human", "HUMAN"
    return None


def _loud_frame(state: _State) -> tuple[str, str] | None:
    state.run += FRAME_MS
    state.voiced += FRAME_MS
    if state.run >= MINIMUM_WORD and not state.in_word:
        state.words += 1
        state.in_word = True
    if state.run >= MAXIMUM_WORD:
        return "machine", "MAXWORDLENGTH"
    if state.words >= MAXIMUM_WORDS:
        return "machine", "MAXWORDS"
    if state.in_greeting and state.voiced >= GREETING:
        return "machine", "LONGGREETING"
    if state.voiced >= MINIMUM_WORD:
        state.silent = 0
    if state.run >= MINIMUM_WORD:
        state.in_greeting = True
    return None
