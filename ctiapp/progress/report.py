"""The confusion matrix and the figures of a corpus."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctiapp.progress import amd
from ctiapp.progress.corpus import Recording, frames, play, read_manifest
from ctiapp.progress.verdict import Sound, Verdict

PERSON = (Sound.HUMAN, Sound.UNKNOWN)
"""Who is put through to an agent; whatever else is hung up on, or left a message."""
WAIT_MS = 1000
"""A person's deadline lies that long after the end of the greeting."""


@dataclass(frozen=True, slots=True)
class Heard:
    recording: Recording
    verdict: Verdict

    @property
    def is_right(self) -> bool:
        return self.verdict.sound is self.recording.label

    @property
    def is_late(self) -> bool:
        return self.verdict.heard_ms > self.recording.deadline_ms

    @property
    def after_greeting_ms(self) -> int:
        return self.verdict.heard_ms - (self.recording.deadline_ms - WAIT_MS)


def hear_folder(folder: Path) -> list[Heard]:
    return [Heard(recording, play(recording.path)) for recording in read_manifest(folder)]


def figures(heard: Sequence[Heard]) -> dict[str, Any]:
    """The last line's JSON. `human_verdict_ms` is None without a person in the folder."""
    people = [one for one in heard if one.recording.label is Sound.HUMAN]
    lost = [one for one in people if one.verdict.sound not in PERSON]
    return {
        "accuracy": {label: _share(_right(heard, label), 4) for label in _labels(heard)},
        "humans_lost_share": _share([one in lost for one in people], 4) if people else 0.0,
        "late_share": _share([one.is_late for one in heard], 4),
        "human_verdict_ms": _spread([one.after_greeting_ms for one in people]),
    }


def _labels(heard: Iterable[Heard]) -> list[Sound]:
    present = {one.recording.label for one in heard}
    return [sound for sound in Sound if sound in present]


def _right(heard: Iterable[Heard], label: Sound) -> list[bool]:
    return [one.is_right for one in heard if one.recording.label is label]


def _share(yes: Sequence[bool], digits: int) -> float:
    return round(sum(yes) / len(yes), digits)


def _spread(values: Sequence[int]) -> dict[str, float] | None:
    """The nearest rank is taken as the 95th percentile."""
    if not values:
        return None
    return {"median": statistics.median(values), "p95": sorted(values)[math.ceil(0.95 * len(values)) - 1]}


def matrix(heard: Sequence[Heard]) -> list[str]:
    """Lines of text: labels down, verdicts across."""
    said = Counter((one.recording.label, one.verdict.sound) for one in heard)
    columns = [sound for sound in Sound if sound is not Sound.UNKNOWN or any(pair[1] is sound for pair in said)]
    late = Counter(one.recording.label for one in heard if one.is_late)
    lines = [_line("label \\ heard as", [*columns, "right", "late"])]
    for label in _labels(heard):
        right = f"{100 * _share(_right(heard, label), 4):.0f} %"
        lines.append(_line(label, [*(said[label, column] or "." for column in columns), right, late[label] or "."]))
    return lines


def _line(first: str, cells: Iterable[object]) -> str:
    return f"{first:<18}" + "".join(f"{cell!s:>10}" for cell in cells)


def mistakes(heard: Iterable[Heard]) -> list[str]:
    """One line for each wrong or late verdict."""
    return [
        f"{one.recording.name}: {one.recording.label}, heard as {one.verdict.sound} after {one.verdict.heard_ms} ms "
        f"(deadline {one.recording.deadline_ms}): {one.verdict.reason}"
        for one in heard
        if not one.is_right or one.is_late
    ]


def amd_figures(heard: Sequence[Heard]) -> tuple[list[str], dict[str, Any]]:
    """What AMD's rules say to the same files. A tone is right for it if it is not called a person."""
    said = [(one.recording, amd.listen(frames(one.recording.path))) for one in heard]
    words = ("human", "machine", "notsure")
    lines = [_line("AMD's rules", [*words, "right"])]
    share = {}
    for label in _labels(heard):
        answers = [verdict.status for recording, verdict in said if recording.label is label]
        wanted = "human" if label is Sound.HUMAN else "machine"
        share[label] = round(answers.count(wanted) / len(answers), 4)
        lines.append(_line(label, [*(answers.count(word) or "." for word in words), f"{100 * share[label]:.0f} %"]))
    people = [verdict for recording, verdict in said if recording.label is Sound.HUMAN]
    lost = round(sum(verdict.status == "machine" for verdict in people) / len(people), 4) if people else 0.0
    return lines, {"person_or_not": share, "humans_lost_share": lost}
