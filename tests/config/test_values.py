"""The administrator's file: what is let in, and how a mistake is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ctiapp.config.values import ValuesError, load_values, read_values
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
