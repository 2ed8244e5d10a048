"""A folder of labelled calls, played through the detector."""

from __future__ import annotations

import csv
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ctiapp.progress.detector import Detector
from ctiapp.progress.spectrum import FRAME_BYTES, RATE
from ctiapp.progress.verdict import Sound, Verdict

COLUMNS = ("file", "label", "answer_to_onset_ms", "verdict_deadline_ms")
"""Those that are needed; others may be there."""
LABELS = tuple(sound.value for sound in Sound if sound is not Sound.UNKNOWN)


class CorpusError(Exception):
    """What is wrong with the folder, for the person who gave it."""


@dataclass(frozen=True, slots=True)
class Recording:
    name: str
    path: Path
    label: Sound
    onset_ms: int
    deadline_ms: int


def read_manifest(folder: Path) -> list[Recording]:
    manifest = folder / "manifest.csv"
    if not manifest.is_file():
        raise CorpusError(f"{folder} has no manifest.csv.")
    paths = _wave_files(folder)
    with manifest.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
        if missing:
            raise CorpusError(f"{manifest} lacks the column {', '.join(missing)}; needed are {', '.join(COLUMNS)}.")
        recordings = [_recording(row, f"{manifest}, line {line}", folder, paths) for line, row in enumerate(rows, 2)]
    if not recordings:
        raise CorpusError(f"{manifest} names no file.")
    return recordings


def _wave_files(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() == ".wav" and path.is_file():
            found.setdefault(path.name, []).append(path)
    return found


def _recording(row: dict[str, str], where: str, folder: Path, paths: dict[str, list[Path]]) -> Recording:
    name, label = (row["file"] or "").strip(), (row["label"] or "").strip()
    if label not in LABELS:
        raise CorpusError(f"{where}: {label!r} is none of the labels {', '.join(LABELS)}.")
    onset, deadline = (_whole(row, column, where) for column in COLUMNS[2:])
    return Recording(name, _find(name, folder, paths, where), Sound(label), onset, deadline)


def _find(name: str, folder: Path, paths: dict[str, list[Path]], where: str) -> Path:
    """As the manifest says, or anywhere below the folder if the bare name is there once."""
    if name and (folder / name).is_file():
        return folder / name
    found = [path for path in paths.get(Path(name).name, []) if path.as_posix().endswith("/" + name)]
    if not found:
        raise CorpusError(f"{where}: there is no file {name!r} below {folder}.")
    if len(found) > 1:
        raise CorpusError(f"{where}: {name!r} is there {len(found)} times below {folder}; the manifest must say which.")
    return found[0]


def _whole(row: dict[str, str], column: str, where: str) -> int:
    try:
        return round(float(row[column]))
    except (TypeError, ValueError, OverflowError):
        raise CorpusError(f"{where}: {column} is {row[column]!r}, not a number of milliseconds.") from None


def frames(path: Path) -> Iterator[bytes]:
    """20 ms each; a rest shorter than that is left out."""
    try:
        with wave.open(str(path)) as sound:
            form = sound.getframerate(), sound.getnchannels(), sound.getsampwidth()
            if form != (RATE, 1, 2):
                raise CorpusError(f"{path} is {_form(*form)}; needed is {_form(RATE, 1, 2)}.")
            pcm = sound.readframes(sound.getnframes())
    except (wave.Error, EOFError, OSError) as error:
        raise CorpusError(f"{path} cannot be read as a WAV file: {error}") from error
    for begin in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
        yield pcm[begin : begin + FRAME_BYTES]


def _form(rate: int, channels: int, width: int) -> str:
    return f"{rate} Hz, {'mono' if channels == 1 else f'{channels} channels'}, {8 * width} bit"


def play(path: Path) -> Verdict:
    """The detector knows nothing but the frames, in order."""
    detector = Detector("after_answer")
    for frame in frames(path):
        verdict = detector.hear(frame)
        if verdict is not None:
            return verdict
    return detector.at_deadline()
