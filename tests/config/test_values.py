"""The administrator's file: what is let in, and how a mistake is told."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from ctiapp.config.values import ValuesError, load_values, read_values
from ctiapp.config.values.call_me import CallMeValues, RetryValues
from ctiapp.settings import PROJECT

GOOD = """\
stations:
  - {id: "2101"}
pools:
  - name: sales
    binding: agent
    skill: sales
    points: ["70001", "+442079460141"]
    hours:
      timezone: Europe/London
      weekly: {mon: "09:00-21:00"}
      closed_on: [2026-12-25]
plain_numbers:
  - {number: "02079460100", skill: general}
"""


def test_the_project_s_own_values_are_good():
    values = load_values(PROJECT / "asterisk-config" / "values.yml")
    assert [pool.binding for pool in values.pools] == ["agent", "late"]
    assert [len(pool.points) for pool in values.pools] == [8, 8]
    assert values.pools[0].hold_for == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{url: 'http://phone.example'}", "web_telephone.url: must be like wss://phone.example/ws"),
        ("{ice: ['turn:a;b']}", "web_telephone.ice: must be a list of servers like stun:"),
        ("{media_address: our.example}", "web_telephone.media_address: must be an address like 192.0.2.1"),
        ("{longest_call: -1}", "web_telephone.longest_call: must be whole seconds"),
        ("{password: x}", "web_telephone.password: no such key"),
    ],
)
def test_telephones_in_browsers_are_checked_P14(entry: str, says: str):
    with pytest.raises(ValuesError, match=re.escape(says)):
        read_values(GOOD + f"web_telephone: {entry}\n")


def test_a_station_in_a_browser_has_no_fixed_address_P14():
    good = read_values(GOOD.replace('{id: "2101"}', '{id: "2101", browser: true}'))
    assert good.stations[0].browser is True
    assert good.web_telephone.ice == ()
    with pytest.raises(ValuesError, match="a telephone in a browser registers"):
        read_values(GOOD.replace('{id: "2101"}', '{id: "2101", browser: true, contact: "sip:127.0.0.3:5070"}'))


def test_what_is_left_out_has_a_default():
    values = read_values(GOOD)
    assert values.pools[0].longest_hold == timedelta(minutes=10)
    assert values.trunks == ()
    assert values.benchmark is False


@pytest.mark.parametrize(
    ("replace", "by", "line", "says"),
    [
        ('"2101"', "2101", 2, "must be text in quotes"),
        ('{id: "2101"}', '{id: "2101", colour: red}', 2, "no such key"),
        ('{id: "2101"}', "{}", 2, "id is missing"),
        ('{id: "2101"}', '{id: "21,01"}', 2, "must be 2 to 8 digits"),
        ('{id: "2101"}', '{id: "2101", contact: "sip:x@y)\\nfoo"}', 2, "must be like sip:"),
        ("stations:", "statoins:", 1, "no such key"),
        ("binding: agent", "binding: both", 5, "must be agent or late"),
        ("name: sales", 'name: "sales]"', 4, "must be small letters"),
        ('"70001", ', '"70001", "70001", ', 7, "is there already (pools.0.points.0, line 7)"),
        ("02079460100", "70001", 13, "is there already"),
        ('"70001"', '"70001,1,System(id)"', 7, "must be 2 to 15 digits"),
        ('"70001"', '"_X."', 7, "must be 2 to 15 digits"),
        ('"70001"', '"700\\n01"', 7, "must be 2 to 15 digits"),
        ('"70001"', '"${SHELL(id)}"', 7, "must be 2 to 15 digits"),
        ('"70001"', '"７0001"', 7, "must be 2 to 15 digits"),
        ("Europe/London", "Europe/Atlantis", 9, "no such time zone"),
        ("Europe/London", "../../etc/passwd", 9, "no such time zone"),
        ("mon:", "monday:", 10, "no such day"),
        ("09:00-21:00", "21:00-09:00", 10, "ends before it begins"),
        ("09:00-21:00", "9-21", 10, "must be like"),
        ("skill: sales", "skill: sales\n    hold_for: soon", 7, "must be whole seconds"),
        ("skill: sales", "skill: sales\n    hold_for: -1", 7, "must be whole seconds"),
        ("skill: sales", "skill: sales\n    disposition: never", 7, "must be one of required, optional"),
        ("skill: sales", "skill: sales\n    auto_answer: always", 7, "must be true or false"),
        ("stations:", "pause_reasons: [{id: No Answer, name: x}]\nstations:", 1, "must be small letters"),
        ("stations:", "pause_reasons: [{id: no_answer, name: x}]\nstations:", 1, "is a word of ours"),
        ("stations:", "dispositions: [{id: a, name: x}, {id: a, name: y}]\nstations:", 1, "is there already"),
        ("stations:", "rtp_ports: 5\nstations:", 1, "must be a whole number from 100"),
        ("stations:", "no_voice_for: never\nstations:", 1, "must be a whole number from 2"),
        ("pools:", "pools: [", None, "not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line(replace, by, line, says):
    with pytest.raises(ValuesError) as caught:
        read_values(GOOD.replace(replace, by, 1))
    lines, texts = zip(*caught.value.problems, strict=True)
    assert any(says in text for text in texts), texts
    assert line is None or line in lines


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ValuesError) as caught:
        read_values(GOOD.replace("agent", "both").replace("09:00", "nine"))
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("text", ["", "{}", "stations: []", "pools:"])
def test_an_empty_file_is_an_empty_switch(text):
    assert read_values(text).stations == ()


@pytest.mark.parametrize("text", ["[]", "- a", "42", "stations: {}", "pools: [1]", "plain_numbers: [[]]", "a: &a [*a]"])
def test_another_shape_is_refused_and_not_a_crash(text):
    with pytest.raises(ValuesError):
        read_values(text)


# ---- pools that call back (P15-P18) -------------------------------------------------------------------------------

CALLS_BACK = """\
trunks:
  - {name: public, match: 192.0.2.1, contact: "sip:192.0.2.1:5060"}
pools:
  - name: sales
    binding: agent
    skill: sales
    points: ["70001"]
    call_me:
      agent_chosen: answer
      scheme: by_class
      trunks: [public]
      pacing: 1.2
      countries: [GB, DE]
      number_types: [mobile]
      legal_hours:
        weekly: {mon: "09:00-20:00"}
        closed_on: [2026-12-25]
        regions:
          DE: {closed_on: [2026-10-03]}
      per_number_day: 3
      window_capacity: 2
      proof: code
      retry:
        - {outcome: busy, tries: 1, then: try_again, after: 300}
        - {outcome: busy, tries: 4, then: give_up}
        - {outcome: any, tries: 9, then: give_up}
"""


def test_a_pool_without_call_me_calls_nobody_back():
    assert read_values(GOOD).pools[0].call_me is None


def test_call_me_has_a_default_for_everything():
    call_me = read_values(GOOD.replace("    hours:", "    call_me: {}\n    hours:")).pools[0].call_me
    assert call_me == CallMeValues()
    assert (call_me.countries, call_me.number_types) == (("GB",), ("mobile", "fixed"))
    assert "sun" not in call_me.legal_hours.weekly and call_me.legal_hours.weekly["sat"] == "08:00-21:00"
    assert (call_me.agent_chosen, call_me.ring_for, call_me.longest_call, call_me.pacing, call_me.proof) == (
        "ringing",
        timedelta(seconds=30),
        timedelta(hours=1),
        1.0,
        "none",
    )
    assert call_me.consent_text and call_me.retry == ()


def test_call_me_as_it_was_written():
    call_me = read_values(CALLS_BACK).pools[0].call_me
    assert (call_me.agent_chosen, call_me.trunks, call_me.countries) == ("answer", ("public",), ("GB", "DE"))
    assert call_me.legal_hours.closed_on == (date(2026, 12, 25),)
    assert call_me.legal_hours.regions == {"DE": {"closed_on": (date(2026, 10, 3),)}}
    assert call_me.retry[0] == RetryValues("busy", 1, "try_again", timedelta(minutes=5))


@pytest.mark.parametrize(
    ("replace", "by", "line", "says"),
    [
        ("agent_chosen: answer", "agent_chosen: later", 9, "must be one of ringing, answer, preview"),
        ("scheme: by_class", "scheme: by_name", 10, "must be one of first_in_first_out"),
        ("trunks: [public]", "trunks: [private]", 11, "there is no trunk 'private'"),
        ("trunks: [public]", "trunks: []", 11, "must be a list of names of trunks"),
        ("pacing: 1.2", "pacing: 9", 12, "must be a number from 1 to 3"),
        ("pacing: 1.2", "pacing: true", 12, "must be a number from 1 to 3"),
        ("countries: [GB, DE]", "countries: [GB, NO]", 13, 'like "GB"'),
        ("countries: [GB, DE]", "countries: GB", 13, 'like "GB"'),
        ("number_types: [mobile]", "number_types: [mobil]", 14, "some of mobile, fixed"),
        ('mon: "09:00-20:00"', 'mon: "20:00-09:00"', 16, "ends before it begins"),
        ('mon: "09:00-20:00"', 'monday: "09:00-20:00"', 16, "no such day"),
        ("2026-12-25", "Christmas", 17, "a list of dates"),
        ("DE: {closed_on", "Germany: {closed_on", 19, "no such country"),
        ("{closed_on: [2026-10-03]}", "{closed: [2026-10-03]}", 19, "weekly and closed_on"),
        ("per_number_day: 3", "per_number_day: 0", 20, "must be a whole number from 1"),
        ("window_capacity: 2", 'window_capacity: "2"', 21, "must be a whole number from 0"),
        ("proof: code", "proof: [code]", 22, "none, code"),
        ("outcome: busy, tries: 1", "outcome: engaged, tries: 1", 24, "must be one of busy, no_answer"),
        ("try_again, after: 300", "try_again", 24, "goes with try_again"),
        ("tries: 4, then: give_up", "tries: 4, then: give_up, after: 5", 25, "goes with try_again"),
        ("tries: 4, then: give_up", "tries: 1, then: give_up", 25, "is there already"),
        ("any, tries: 9, then: give_up", "any, tries: 9, then: try_again, after: 9", 26, "may only end the tries"),
        ("any, tries: 9, then: give_up", "any, tries: 9", 26, "then is missing"),
        ("proof: code", "colour: red", 22, "no such key"),
    ],
)
def test_a_mistake_in_call_me_is_told_by_its_line(replace, by, line, says):
    with pytest.raises(ValuesError) as wrong:
        read_values(CALLS_BACK.replace(replace, by), "values.yml")
    assert (line, True) in [(found, says in text) for found, text in wrong.value.problems], wrong.value
