"""`ctiapp call-progress DIR`: a folder with a manifest in, matrix and figures out."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ctiapp.cli import main
from tests.progress.signals import cadence, frames, quiet, voice

HEADER = "file,label,split,answer_to_onset_ms,verdict_deadline_ms,notes\n"


def record(path: Path, *parts: np.ndarray, rate: int = 8000, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(frames(np.concatenate(parts))))


@pytest.fixture
def folder(tmp_path):
    record(tmp_path / "dev" / "anna.wav", quiet(500), voice(600, 1), quiet(2000))
    record(tmp_path / "dev" / "deep" / "ben.wav", quiet(500), voice(900, 2), quiet(2000))
    record(tmp_path / "busy.wav", quiet(400), cadence((480, 620), (500, 500), 3000))
    (tmp_path / "manifest.csv").write_text(
        f"{HEADER}anna.wav,human,dev,500,2100,kind=greeting\nben.wav,human,dev,500,2400,\nbusy.wav,busy,dev,400,1900,\n"
    )
    return tmp_path


def call_progress(*arguments, **environment):
    return CliRunner().invoke(main, ["call-progress", *map(str, arguments)], env=environment)


def test_it_prints_the_matrix_and_at_last_the_figures(folder):
    result = call_progress(folder)
    assert result.exit_code == 0, result.output
    *lines, last = result.output.splitlines()
    figures = json.loads(last)
    assert figures["accuracy"] == {"human": 1.0, "busy": 1.0}
    assert (figures["humans_lost_share"], figures["late_share"]) == (0.0, 0.0)
    assert 500 <= figures["human_verdict_ms"]["median"] <= figures["human_verdict_ms"]["p95"] <= 900
    assert [line.split()[0] for line in lines[:3]] == ["label", "human", "busy"]
    assert lines[1].split()[1] == "2"


@pytest.mark.parametrize("how", ["environment", "option"])
def test_amd_beside_it(folder, how):
    result = call_progress(folder, AMD="1") if how == "environment" else call_progress(folder, "--amd")
    assert "AMD's rules" in result.output
    assert set(json.loads(result.output.splitlines()[-1])["amd"]["person_or_not"]) == {"human", "busy"}


def test_a_lost_person_and_a_late_verdict_are_counted_and_named(folder):
    record(folder / "carla.wav", quiet(500), voice(4500, 3), quiet(1000))
    with (folder / "manifest.csv").open("a") as manifest:
        manifest.write("carla.wav,human,dev,500,1500,\n")
    result = call_progress(folder)
    figures = json.loads(result.output.splitlines()[-1])
    assert figures["accuracy"]["human"] == pytest.approx(2 / 3, abs=0.001)
    assert figures["humans_lost_share"] == pytest.approx(1 / 3, abs=0.001)
    assert figures["late_share"] == 0.25
    assert "carla.wav: human, heard as machine" in result.output


def test_without_people_there_is_no_verdict_time(folder):
    (folder / "manifest.csv").write_text(f"{HEADER}busy.wav,busy,dev,400,1900,\n")
    assert json.loads(call_progress(folder).output.splitlines()[-1])["human_verdict_ms"] is None


def test_names_and_lengths_tell_the_detector_nothing(folder):
    (folder / "busy.wav").rename(folder / "human.wav")
    (folder / "manifest.csv").write_text(f"{HEADER}human.wav,human,dev,400,1900,\n")
    assert json.loads(call_progress(folder).output.splitlines()[-1])["accuracy"] == {"human": 0.0}


def manifest(text):
    return lambda folder: (folder / "manifest.csv").write_text(text)


MISTAKES = {
    "no manifest.csv": lambda folder: (folder / "manifest.csv").unlink(),
    "lacks the column verdict_deadline_ms": manifest("file,label,answer_to_onset_ms\nbusy.wav,busy,1\n"),
    "names no file": manifest(HEADER),
    "there is no file 'busy.wav'": lambda folder: (folder / "busy.wav").unlink(),
    "'busy.wav' is there 2 times": lambda folder: _twice(folder),
    "'phone' is none of the labels": manifest(f"{HEADER}busy.wav,phone,dev,1,2,\n"),
    "line 2: answer_to_onset_ms is 'x'": manifest(f"{HEADER}busy.wav,busy,dev,x,2,\n"),
    "is 16000 Hz, mono, 16 bit": lambda folder: record(folder / "busy.wav", quiet(2000), rate=16000),
    "is 8000 Hz, 2 channels, 16 bit": lambda folder: record(folder / "busy.wav", quiet(2000), channels=2),
    "cannot be read as a WAV file": lambda folder: (folder / "busy.wav").write_bytes(b"ID3 no wave"),
}


def _twice(folder):
    data = (folder / "busy.wav").read_bytes()
    (folder / "busy.wav").unlink()
    for name in ("one", "two"):
        (folder / name).mkdir()
        (folder / name / "busy.wav").write_bytes(data)


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_in_the_folder_is_told_plainly(folder, words):
    MISTAKES[words](folder)
    result = call_progress(folder)
    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_folder_that_is_not_there(tmp_path):
    assert call_progress(tmp_path / "nowhere").exit_code == 2
