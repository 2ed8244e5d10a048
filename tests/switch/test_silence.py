"""A telephone that sends no voice any more has no call (P14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ctiapp.switch.asterisk.silence import Heard, Silence

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
ALLOWED = timedelta(seconds=20)


def test_a_call_is_over_when_its_count_has_stood_still_for_as_long_as_allowed_P14():
    silence = Silence()
    over = [
        silence.look({"noor": Heard(packets, ALLOWED), "ada": Heard(10 * second, ALLOWED)}, later(second))
        for second, packets in [(0, 0), (5, 7), (10, 7), (20, 7), (25, 7), (30, 7)]
    ]
    assert over == [[], [], [], [], ["noor"], ["noor"]]


def test_who_is_heard_again_in_time_and_who_was_not_there_before_begins_anew_P14():
    silence = Silence()
    silence.look({"noor": Heard(7, ALLOWED)}, later(0))
    assert silence.look({"noor": Heard(8, ALLOWED), "ada": Heard(7, ALLOWED)}, later(19)) == []
    assert silence.look({"noor": Heard(8, ALLOWED)}, later(38)) == []
    assert silence.look({"noor": Heard(8, ALLOWED), "ada": Heard(7, ALLOWED)}, later(39)) == ["noor"]


def later(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)
