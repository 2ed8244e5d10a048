"""A person greets and waits; a machine goes on, or beeps. What is unknown is a person."""

from __future__ import annotations

import numpy as np
import pytest

from ctiapp.progress.verdict import Outcome, Sound
from tests.progress.signals import a_law, comfort, hear, lossy, noisy, quiet, tone, voice

ONSET = 700
VOICES = [(seed, pitch, tempo) for seed, pitch in enumerate((85, 120, 180, 230, 320)) for tempo in (0.85, 1, 1.2)]
VOICE = pytest.mark.parametrize(("seed", "pitch", "tempo"), VOICES)


@VOICE
@pytest.mark.parametrize("ms", [350, 800, 1500, 2600])
def test_a_greeting_and_then_waiting_is_a_person(seed, pitch, tempo, ms):
    verdict = hear(quiet(ONSET), a_law(voice(ms, seed, pitch, tempo)), quiet(1500))
    assert verdict.sound is Sound.HUMAN, verdict
    assert -100 <= verdict.heard_ms - (ONSET + ms) - 560 <= 360


@VOICE
def test_who_talks_on_is_a_machine(seed, pitch, tempo):
    verdict = hear(quiet(ONSET), voice(4500, seed, pitch, tempo), quiet(1000))
    assert verdict.sound is Sound.MACHINE, verdict
    assert verdict.heard_ms <= 5000


@VOICE
@pytest.mark.parametrize("level", [-35, -28, -10])
def test_persons_speak_softly_and_loudly(seed, pitch, tempo, level):
    assert hear(quiet(ONSET), a_law(voice(600, seed, pitch, tempo, dbm0=level)), quiet(1500)).sound is Sound.HUMAN


@VOICE
@pytest.mark.parametrize(("snr", "kind"), [(15, "white"), (20, "pink"), (30, "white")])
def test_a_person_in_noise_is_put_through_in_time(seed, pitch, tempo, snr, kind):
    call = np.concatenate((quiet(ONSET), voice(900, seed, pitch, tempo), quiet(2000)))
    verdict = hear(noisy(call, snr, seed, kind))
    assert verdict.sound is Sound.HUMAN, verdict
    assert verdict.heard_ms <= ONSET + 900 + 1000


@VOICE
def test_another_talker_behind_a_person_changes_nothing(seed, pitch, tempo):
    behind = voice(4000, seed + 50, 150, dbm0=-45)
    call = np.concatenate((quiet(ONSET), voice(700, seed, pitch, tempo), quiet(2600)))
    verdict = hear(call + behind[: len(call)])
    assert verdict.sound is Sound.HUMAN, verdict
    assert verdict.heard_ms <= ONSET + 700 + 1000


@VOICE
def test_music_behind_a_person_does_not_go_on_as_their_voice(seed, pitch, tempo):
    fade = 10 ** (-np.arange(4000) / 4000)
    chords = [sum(tone(hz * part, 500, -41) for part in (1, 1.5, 2)) for hz in (220, 294, 330, 262, 392, 247, 330)]
    notes = np.concatenate([chord * fade for chord in chords])
    call = np.concatenate((quiet(ONSET), voice(700, seed, pitch, tempo), quiet(2100)))
    verdict = hear(call + notes[: len(call)])
    assert verdict.sound is Sound.HUMAN, verdict
    assert verdict.heard_ms <= ONSET + 700 + 1000


@VOICE
def test_lost_packets_take_nobody_for_a_machine(seed, pitch, tempo):
    verdict = hear(quiet(ONSET), lossy(voice(1400, seed, pitch, tempo), 0.05, seed), comfort(1500))
    assert verdict.sound is Sound.HUMAN, verdict


@pytest.mark.parametrize("hz", [400, 440, 850, 1000, 1400, 2000])
@pytest.mark.parametrize("length", [310, 600, 1000])
@pytest.mark.parametrize("pause", [200, 450])
def test_a_short_greeting_and_a_beep_is_a_machine(hz, length, pause):
    verdict = hear(quiet(ONSET), voice(900, 3), quiet(pause), a_law(tone(hz, length, -16)), quiet(1500))
    assert verdict.sound is Sound.MACHINE, verdict
    assert verdict.heard_ms <= ONSET + 900 + pause + length + 1000
    assert verdict.heard_ms >= ONSET + 900 + pause + length, "the message begins after the beep"


def test_a_beep_may_be_much_weaker_than_the_voice():
    verdict = hear(quiet(ONSET), voice(1200, 3, dbm0=-14), quiet(550), tone(1187, 600, -21), quiet(1000))
    assert verdict.sound is Sound.MACHINE, verdict


def test_a_machine_may_pause_for_700_ms_in_a_longer_greeting():
    parts = voice(1400, 5), quiet(690), voice(2500, 6), quiet(800)
    assert hear(quiet(ONSET), *parts).sound is Sound.MACHINE


@pytest.mark.parametrize("pause", [500, 1500, 2500])
def test_a_second_hello_is_a_person_all_the_same(pause):
    assert hear(quiet(ONSET), voice(450, 8), quiet(pause), voice(450, 8), quiet(1000)).sound is Sound.HUMAN


@pytest.mark.parametrize("onset", [60, 2900, 5000])
def test_slow_and_quick_to_answer(onset):
    assert hear(quiet(onset), voice(500, 9), quiet(2000)).sound is Sound.HUMAN


# ---------------------------------------------------------------- silence and what is unknown
def hum(ms):
    return tone((50, 150), ms, -48)


@pytest.mark.parametrize("sound", [quiet(6500), comfort(6500, -60), comfort(6500, -54), hum(6500)], ids=str)
def test_nothing_for_six_seconds_is_silence(sound):
    verdict = hear(sound)
    assert verdict.sound is Sound.SILENCE
    assert verdict.heard_ms <= 6000


def test_a_click_is_no_voice():
    click = np.random.default_rng(2).standard_normal(40) * 0.1
    assert hear(comfort(2000), click, comfort(4400)).sound is Sound.SILENCE


def test_silence_is_not_said_before_its_time():
    verdict = hear(quiet(3000))
    assert (verdict.sound, verdict.outcome) == (Sound.HUMAN, Outcome.HUMAN)


def test_a_cough_is_taken_for_a_person_in_the_end():
    verdict = hear(quiet(ONSET), voice(90, 4), quiet(8000))
    assert verdict.outcome is Outcome.HUMAN


def test_an_announcement_before_answer_is_nobodys_voice():
    verdict = hear(quiet(ONSET), voice(4500, 5), quiet(1000), phase="before_answer")
    assert (verdict.sound, verdict.outcome) == (Sound.UNKNOWN, Outcome.HUMAN)
