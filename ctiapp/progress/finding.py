"""What a rule found; the detector adds the times."""

from __future__ import annotations

from dataclasses import dataclass

from ctiapp.progress.verdict import Sound


@dataclass(frozen=True, slots=True)
class Finding:
    sound: Sound
    reason: str
    confidence: float
    code: str | None = None
