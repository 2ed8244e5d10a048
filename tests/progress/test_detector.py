"""The detector as its callers see it."""

from __future__ import annotations

import pytest

from ctiapp.progress.detector import Detector, wait_after
from ctiapp.progress.verdict import OUTCOME, Outcome, Sound
from tests.progress.signals import cadence, frames, hear, quiet, voice


def test_it_says_its_verdict_once_and_keeps_it():
    detector = Detector()
    said = [detector.hear(frame) for frame in frames(cadence((480, 620), (500, 500), 5000))]
    verdicts = [verdict for verdict in said if verdict is not None]
    assert [verdict.sound for verdict in verdicts] == [Sound.BUSY]
    assert detector.at_deadline() == verdicts[0]


def test_the_same_frames_give_the_same_verdict():
    assert hear(quiet(500), voice(800), quiet(1500)) == hear(quiet(500), voice(800), quiet(1500))


def test_what_comes_later_changes_nothing():
    start = quiet(500), voice(600), quiet(900)
    assert hear(*start) == hear(*start, voice(4000)) == hear(*start, cadence(425, (500, 500), 4000))


@pytest.mark.parametrize("size", [0, 160, 319, 321, 640])
def test_a_frame_of_another_size_is_refused(size):
    with pytest.raises(ValueError, match=f"not {size}"):
        Detector().hear(bytes(size))


def test_nothing_heard_is_a_person_who_has_not_spoken():
    verdict = Detector().at_deadline()
    assert (verdict.outcome, verdict.heard_ms) == (Outcome.HUMAN, 0)
    assert verdict.confidence < 0.5


def test_it_gives_reason_confidence_and_latency():
    verdict = hear(quiet(400), cadence(425, (240, 240), 3000))
    assert "425 Hz" in verdict.reason
    assert 0.9 <= verdict.confidence <= 1
    assert verdict.heard_ms - verdict.latency_ms == pytest.approx(400, abs=25)


def test_a_persons_latency_counts_from_the_end_of_the_greeting():
    verdict = hear(quiet(400), voice(500), quiet(2000))
    assert 500 <= verdict.latency_ms <= 800


def test_each_sound_has_an_outcome():
    assert set(OUTCOME) == set(Sound)
    assert OUTCOME[Sound.UNKNOWN] is Outcome.HUMAN


def test_longer_greetings_are_waited_for_longer():
    assert wait_after(300) == wait_after(700) < wait_after(850) < wait_after(1000) == wait_after(3000)


def test_two_detectors_do_not_hear_each_other():
    busy, person = Detector(), Detector()
    for one, other in zip(frames(cadence(425, (480, 480), 3000)), frames(quiet(3000)), strict=True):
        busy.hear(one)
        person.hear(other)
    assert busy.at_deadline().sound is Sound.BUSY
    assert person.at_deadline().sound is Sound.HUMAN
