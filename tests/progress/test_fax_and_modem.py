"""2,100 Hz alone fits both; the verdict waits for what follows."""

from __future__ import annotations

import numpy as np
import pytest

from ctiapp.progress.data_tones import count_flags
from ctiapp.progress.verdict import Sound
from tests.progress.signals import a_law, answer_tone, flags, hear, lossy, noisy, quiet, tone, voice

ONSET = 600
IN_TIME = ONSET + 4500

ANSWERS = {
    "plain": {},
    "reversals": {"reversals": 450},
    "reversals 425": {"reversals": 425},
    "ansam": {"reversals": 450, "depth": 0.2},
}
FOLLOWERS = {
    "unscrambled ones": lambda: tone(2250, 1500, -18),
    "with guard tone": lambda: tone((2250, 1800), 1500, -18, twist=-6),
    "v32": lambda: tone((600, 3000), 1500, -18),
    "v21 mark": lambda: tone(1650, 1500, -18),
    "nothing": lambda: quiet(1500),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize(("hz", "ms", "gap"), [(2085, 2600, 55), (2100, 3300, 75), (2115, 3990, 95), (2131, 3000, 75)])
def test_flags_after_the_answer_tone_make_a_fax(answer, hz, ms, gap):
    verdict = hear(quiet(ONSET), a_law(answer_tone(hz, ms, **ANSWERS[answer])), quiet(gap), flags(), quiet(2000))
    assert verdict.sound is Sound.FAX, verdict
    assert verdict.heard_ms <= IN_TIME


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("follower", FOLLOWERS)
@pytest.mark.parametrize("hz", [2085, 2115])
def test_anything_else_after_it_makes_a_modem(answer, follower, hz):
    parts = answer_tone(hz, 3300, **ANSWERS[answer]), quiet(75), FOLLOWERS[follower](), quiet(1000)
    verdict = hear(quiet(ONSET), a_law(np.concatenate(parts)))
    assert verdict.sound is Sound.MODEM, verdict
    assert verdict.heard_ms <= IN_TIME


@pytest.mark.parametrize("level", [-35, -20, -6])
@pytest.mark.parametrize("shift", [-25, -6, 6, 25])
def test_flags_alone_are_a_fax_at_once(level, shift):
    verdict = hear(quiet(ONSET), a_law(flags(60, dbm0=level, shift=shift)), quiet(3000))
    assert verdict.sound is Sound.FAX, verdict
    assert verdict.latency_ms <= 500


@pytest.mark.parametrize("snr", [15, 20, 30])
@pytest.mark.parametrize("seed", range(3))
def test_fax_and_modem_through_noise_and_loss(snr, seed):
    start = np.concatenate((quiet(ONSET), answer_tone(2100, 3000, reversals=450), quiet(75)))
    fax = hear(lossy(noisy(np.concatenate((start, flags(60), quiet(2000))), snr, seed), 0.02, seed))
    modem = hear(lossy(noisy(np.concatenate((start, tone(2250, 2500, -18))), snr, seed), 0.02, seed))
    assert (fax.sound, modem.sound) == (Sound.FAX, Sound.MODEM)


@pytest.mark.parametrize("hz", [2225 * 0.985, 2225, 2225 * 1.015, 2250])
@pytest.mark.parametrize("level", [-35, -6])
def test_bells_answer_tone_and_bare_carriers_are_modems(hz, level):
    verdict = hear(quiet(ONSET), a_law(tone(hz, 5000, level)))
    assert verdict.sound is Sound.MODEM, verdict
    assert verdict.heard_ms <= IN_TIME


def test_a_carrier_with_guard_tone_is_a_modem():
    assert hear(quiet(ONSET), tone((2250, 1800), 5000, twist=-6)).sound is Sound.MODEM


def test_a_calling_fax_repeats_its_tone():
    call = np.concatenate((tone(1100, 500), quiet(3000)))
    assert hear(quiet(ONSET), call, call).sound is Sound.FAX


def test_a_fax_that_speaks_first_is_still_a_fax():
    parts = voice(700), quiet(200), answer_tone(2100, 3000), quiet(75), flags(), quiet(1000)
    assert hear(quiet(ONSET), *parts).sound is Sound.FAX


@pytest.mark.parametrize("answer", ["plain", "reversals"])
def test_within_an_answer_tone_the_deadline_takes_the_better_guess(answer):
    verdict = hear(quiet(ONSET), answer_tone(2100, 2500, **ANSWERS[answer]))
    assert verdict.sound is (Sound.FAX if answer == "plain" else Sound.MODEM)
    assert verdict.confidence <= 0.6


def test_no_flags_in_speech_noise_or_a_steady_mark():
    rng = np.random.default_rng(7)
    for sound in (voice(320), rng.standard_normal(2560), tone(1650, 320), tone(1850, 320)):
        assert count_flags(sound) < 3
