"""When a pool is open: summer time both ways, midnight, closed days, several spans."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.core.hours import DAYS, LOOK_AHEAD, Opening, opening


def london(**weekly: str) -> dict:
    return {"timezone": "Europe/London", "weekly": weekly}


def at(text: str) -> datetime:
    """A UTC time of 2026: "03-28 09:30"."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


WEEKDAYS = london(**dict.fromkeys(DAYS[:5], "09:00-17:00"))
ALWAYS = london(**dict.fromkeys(DAYS, "00:00-24:00"))

OPEN = [
    ("an hour", WEEKDAYS, "01-05 10:00", "01-05 17:00"),
    ("its first minute", WEEKDAYS, "01-05 09:00", "01-05 17:00"),
    ("British summer", WEEKDAYS, "07-06 08:00", "07-06 16:00"),
    ("over midnight, before it", london(fri="18:00-02:00"), "01-09 23:59", "01-10 02:00"),
    ("over midnight, after it", london(fri="18:00-02:00"), "01-10 01:59", "01-10 02:00"),
    ("to the end of the day", london(mon="09:00-24:00"), "01-05 23:59", "01-06 00:00"),
    ("the second of several spans", london(mon="09:00-12:00, 13:00-17:00"), "01-05 13:00", "01-05 17:00"),
    ("adjoining spans", london(mon="09:00-12:00,12:00-17:00"), "01-05 10:00", "01-05 17:00"),
    ("overlapping spans", london(mon="09:00-13:00,12:00-17:00"), "01-05 12:30", "01-05 17:00"),
    ("one span in another", london(mon="09:00-17:00,10:00-11:00"), "01-05 10:30", "01-05 17:00"),
    ("day after day", london(mon="20:00-24:00", tue="00:00-04:00"), "01-05 21:00", "01-06 04:00"),
    ("the night the clocks go forward", london(sat="22:00-04:00"), "03-29 01:30", "03-29 03:00"),
    ("the night the clocks go back", london(sat="22:00-04:00"), "10-25 03:30", "10-25 04:00"),
    ("a span in the hour that is not there, an hour later", london(sun="01:15-01:45"), "03-29 01:20", "03-29 01:45"),
    ("a span in the hour that is there twice, the first time", london(sun="01:15-01:45"), "10-25 00:20", "10-25 00:45"),
    ("the whole short day", london(sun="00:00-24:00"), "03-29 12:00", "03-29 23:00"),
    ("the whole long day", london(sun="00:00-24:00"), "10-25 23:30", "10-26 00:00"),
]

CLOSED = [
    ("its last minute", WEEKDAYS, "01-05 17:00", "01-06 09:00"),
    ("the night", WEEKDAYS, "01-05 03:00", "01-05 09:00"),
    ("the weekend", WEEKDAYS, "01-09 18:00", "01-12 09:00"),
    ("British summer", WEEKDAYS, "07-06 07:59", "07-06 08:00"),
    ("the gap between two spans", london(mon="09:00-12:00,13:00-17:00"), "01-05 12:30", "01-05 13:00"),
    ("a day closed on", WEEKDAYS | {"closed_on": ["2026-01-06"]}, "01-06 10:00", "01-07 09:00"),
    (
        "many days closed on",
        WEEKDAYS | {"closed_on": [f"2026-01-{day:02}" for day in range(5, 31)]},
        "01-05 10:00",
        None,
    ),
    ("no week at all", {"timezone": "UTC", "weekly": {}}, "01-05 10:00", None),
    ("nothing said", {}, "01-05 10:00", None),
    ("a span that summer time turns round", london(sun="01:30-02:15"), "03-29 01:20", "04-05 00:30"),
]


@pytest.mark.parametrize(("hours", "now", "closes"), [row[1:] for row in OPEN], ids=[row[0] for row in OPEN])
def test_it_is_open_until(hours: dict, now: str, closes: str) -> None:
    assert opening(hours, at(now)) == Opening(True, closes_at=at(closes))


@pytest.mark.parametrize(("hours", "now", "opens"), [row[1:] for row in CLOSED], ids=[row[0] for row in CLOSED])
def test_it_is_closed_until(hours: dict, now: str, opens: str | None) -> None:
    assert opening(hours, at(now)) == Opening(False, opens_at=at(opens) if opens else None)


@pytest.mark.parametrize("hours", [None, ALWAYS], ids=["nothing said", "every hour of the week"])
def test_what_is_always_open_closes_at_no_time(hours: dict | None) -> None:
    for day in range(400):
        assert opening(hours, at("01-01 00:30") + timedelta(days=day, minutes=day)) == Opening(True)


def test_a_day_closed_on_does_not_cut_the_night_before() -> None:
    hours = london(mon="18:00-02:00", tue="18:00-02:00") | {"closed_on": ["2026-01-06"]}
    assert opening(hours, at("01-06 01:00")) == Opening(True, closes_at=at("01-06 02:00"))
    assert opening(hours, at("01-06 19:00")).is_open is False


def test_closed_on_may_be_a_date_as_yaml_gives_it() -> None:
    assert opening(WEEKDAYS | {"closed_on": [at("01-05 00:00").date()]}, at("01-05 10:00")).is_open is False


CLOCK = st.integers(0, 24 * 60 - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
SPANS = st.lists(st.builds("{}-{}".format, CLOCK, CLOCK | st.just("24:00")), max_size=2).map(",".join)
HOURS = st.builds(
    lambda zone, weekly: {"timezone": zone, "weekly": weekly},
    st.sampled_from(["UTC", "Europe/London", "America/St_Johns", "Australia/Lord_Howe"]),
    st.fixed_dictionaries({}, optional=dict.fromkeys(DAYS, SPANS)),
)


@given(HOURS, st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)))
def test_what_is_told_comes_true(hours: dict, now: datetime) -> None:
    told, moment = opening(hours, now), timedelta(microseconds=1)
    if told.is_open:
        assert told.opens_at is None
        if told.closes_at is not None:
            assert opening(hours, told.closes_at - moment).is_open
            assert not opening(hours, told.closes_at).is_open
    elif told.opens_at is not None:
        assert now < told.opens_at < now + timedelta(days=LOOK_AHEAD + 1)
        assert opening(hours, told.opens_at).is_open
        assert not opening(hours, told.opens_at - moment).is_open
