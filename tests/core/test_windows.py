"""P16: a time period on a date chosen by the user, in their own time zone, both changes of summer time included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ctiapp.core.hours import DAYS, Opening
from ctiapp.core.windows import (
    LENGTH,
    Offer,
    Span,
    Window,
    moment_of,
    offered,
    open_part,
    open_parts,
    opening_of_all,
    room,
    span_of,
    zone_named,
)

LONDON, NEW_YORK, LORD_HOWE, KOLKATA = "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"
NINE_TO_FIVE = {"timezone": LONDON, "weekly": dict.fromkeys(DAYS[:5], "09:00-17:00")}


def at(text: str) -> datetime:
    """A UTC time: "2026-03-28 09:30"."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def span(begin: str, end: str) -> Span:
    return Span(at(begin), at(end))


def a_window(day: str, hours: str, zone: str = LONDON) -> Window:
    first, _, last = hours.partition("-")
    return Window(date.fromisoformat(day), time.fromisoformat(first), time.fromisoformat(last), zone)


INSTANTS = [
    # (what, day, hours, zone, begin, end)
    ("winter", "2026-12-01", "09:00-11:00", LONDON, "2026-12-01 09:00", "2026-12-01 11:00"),
    ("summer", "2026-07-01", "09:00-11:00", LONDON, "2026-07-01 08:00", "2026-07-01 10:00"),
    ("no summer time", "2026-07-01", "09:00-11:00", KOLKATA, "2026-07-01 03:30", "2026-07-01 05:30"),
    ("over midnight", "2026-12-01", "23:00-01:00", LONDON, "2026-12-01 23:00", "2026-12-02 01:00"),
    ("to midnight", "2026-12-31", "22:00-00:00", LONDON, "2026-12-31 22:00", "2027-01-01 00:00"),
    ("a whole day", "2026-12-01", "09:00-09:00", LONDON, "2026-12-01 09:00", "2026-12-02 09:00"),
    # forward: 01:00 -> 02:00 in London, 02:00 -> 03:00 in New York, 02:00 -> 02:30 on Lord Howe
    ("the day the clocks go forward", "2026-03-29", "09:00-11:00", LONDON, "2026-03-29 08:00", "2026-03-29 10:00"),
    ("around the jump", "2026-03-29", "00:30-02:30", LONDON, "2026-03-29 00:30", "2026-03-29 01:30"),
    ("into the jump", "2026-03-29", "00:30-01:30", LONDON, "2026-03-29 00:30", "2026-03-29 01:00"),
    ("out of the jump", "2026-03-29", "01:30-02:15", LONDON, "2026-03-29 01:00", "2026-03-29 01:15"),
    ("the jump itself", "2026-03-29", "01:00-02:00", LONDON, "2026-03-29 01:00", "2026-03-29 02:00"),
    ("within the jump", "2026-03-29", "01:15-01:45", LONDON, "2026-03-29 01:00", "2026-03-29 01:30"),
    ("the night before the jump", "2026-03-28", "23:00-02:30", LONDON, "2026-03-28 23:00", "2026-03-29 01:30"),
    ("a year later", "2027-03-28", "00:30-01:30", LONDON, "2027-03-28 00:30", "2027-03-28 01:00"),
    ("into the jump", "2026-03-08", "01:00-02:30", NEW_YORK, "2026-03-08 06:00", "2026-03-08 07:00"),
    ("out of the jump", "2027-03-14", "02:10-03:30", NEW_YORK, "2027-03-14 07:00", "2027-03-14 07:30"),
    ("into the half hour", "2026-10-04", "01:00-02:15", LORD_HOWE, "2026-10-03 14:30", "2026-10-03 15:30"),
    ("out of the half hour", "2026-10-04", "02:15-03:00", LORD_HOWE, "2026-10-03 15:30", "2026-10-03 16:00"),
    ("within the half hour", "2027-10-03", "02:05-02:25", LORD_HOWE, "2027-10-02 15:30", "2027-10-02 15:50"),
    # back: 02:00 -> 01:00 in London, 02:00 -> 01:00 in New York, 02:00 -> 01:30 on Lord Howe
    ("the day the clocks go back", "2026-10-25", "09:00-11:00", LONDON, "2026-10-25 09:00", "2026-10-25 11:00"),
    ("around the doubled hour", "2026-10-25", "00:30-02:30", LONDON, "2026-10-24 23:30", "2026-10-25 02:30"),
    ("into the doubled hour", "2026-10-25", "00:30-01:30", LONDON, "2026-10-24 23:30", "2026-10-25 00:30"),
    ("out of the doubled hour", "2026-10-25", "01:30-02:30", LONDON, "2026-10-25 00:30", "2026-10-25 02:30"),
    ("within the doubled hour", "2026-10-25", "01:15-01:45", LONDON, "2026-10-25 00:15", "2026-10-25 00:45"),
    ("a year later", "2027-10-31", "01:15-01:45", LONDON, "2027-10-31 00:15", "2027-10-31 00:45"),
    ("out of the doubled hour", "2026-11-01", "01:30-02:30", NEW_YORK, "2026-11-01 05:30", "2026-11-01 07:30"),
    ("within the doubled hour", "2027-11-07", "01:15-01:45", NEW_YORK, "2027-11-07 05:15", "2027-11-07 05:45"),
    ("out of the doubled half", "2026-04-05", "01:45-02:15", LORD_HOWE, "2026-04-04 14:45", "2026-04-04 15:45"),
    ("within the doubled half", "2027-04-04", "01:35-01:55", LORD_HOWE, "2027-04-03 14:35", "2027-04-03 14:55"),
    ("a day that was not there", "2011-12-30", "09:00-11:00", "Pacific/Apia", "2011-12-30 10:00", "2011-12-30 12:00"),
]


@pytest.mark.parametrize(
    ("day", "hours", "zone", "begin", "end"), [row[1:] for row in INSTANTS], ids=[f"{r[0]}, {r[1]}" for r in INSTANTS]
)
def test_p16_what_a_window_means(day: str, hours: str, zone: str, begin: str, end: str) -> None:
    assert span_of(a_window(day, hours, zone)) == span(begin, end)


ZONES = st.sampled_from([LONDON, NEW_YORK, LORD_HOWE, KOLKATA, "Pacific/Apia", "America/St_Johns", "UTC"])
CHANGES = ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-04-05", "2026-10-04"]
SOME_DAY = st.dates(date(2026, 1, 1), date(2027, 12, 31)) | st.sampled_from(CHANGES).map(date.fromisoformat)
MINUTE = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))


@given(st.builds(Window, SOME_DAY, MINUTE, MINUTE, ZONES))
def test_p16_a_window_is_never_empty_nor_longer_than_its_day(window: Window) -> None:
    meant = span_of(window)
    assert timedelta(0) < meant.end - meant.begin <= timedelta(hours=25)


@given(SOME_DAY, MINUTE, ZONES)
def test_p16_the_clock_shows_what_was_meant_or_has_just_jumped_over_it(day: date, clock: time, name: str) -> None:
    zone = ZoneInfo(name)
    moment = moment_of(day, clock, zone)
    shown, meant = moment.astimezone(zone).replace(tzinfo=None), datetime.combine(day, clock)
    assert moment.tzinfo is UTC
    if shown != meant:
        before = (moment - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < meant < shown
    else:
        assert moment.astimezone(zone).fold == 0


@pytest.mark.parametrize(
    "name", ["", "Europe", "Mars/Base", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000, "é"]
)
def test_a_zone_that_is_none(name: str) -> None:
    assert zone_named(name) is None


def test_a_zone_that_is_one() -> None:
    assert zone_named(LORD_HOWE) == ZoneInfo(LORD_HOWE)


# ---- closing time ------------------------------------------------------------------------------------------

CUT = [
    ("open all the time", "2026-12-01", "09:00-11:00", "09:00-11:00"),
    ("opens in it", "2026-12-01", "08:00-10:00", "09:00-10:00"),
    ("closes in it", "2026-12-01", "16:00-19:00", "16:00-17:00"),
    ("opens and closes in it", "2026-12-01", "00:00-23:00", "09:00-17:00"),
    ("after closing", "2026-12-01", "17:00-19:00", None),
    ("a Sunday", "2026-12-06", "09:00-17:00", None),
    ("a day closed on", "2026-12-25", "09:00-17:00", None),
]


@pytest.mark.parametrize(("day", "hours", "rest"), [row[1:] for row in CUT], ids=[row[0] for row in CUT])
def test_p16_a_window_is_cut_by_closing_time(day: str, hours: str, rest: str | None) -> None:
    table = NINE_TO_FIVE | {"closed_on": ["2026-12-25"]}
    assert open_part(span_of(a_window(day, hours)), table) == (rest and span_of(a_window(day, rest)))


def test_p16_a_window_over_lunch_has_two_parts_and_is_one_promise() -> None:
    table = {"timezone": LONDON, "weekly": {"tue": "09:00-12:00,13:00-17:00"}}
    window = span("2026-12-01 11:00", "2026-12-01 14:00")
    parts = [span("2026-12-01 11:00", "2026-12-01 12:00"), span("2026-12-01 13:00", "2026-12-01 14:00")]
    assert list(open_parts(window, table)) == parts
    assert open_part(window, table) == window


def test_p16_a_window_over_midnight_of_a_pool_that_closes_at_midnight() -> None:
    table = {"timezone": LONDON, "weekly": {"tue": "09:00-24:00", "wed": "08:00-24:00"}}
    assert open_part(span_of(a_window("2026-12-01", "23:00-01:00")), table) == span(
        "2026-12-01 23:00", "2026-12-02 00:00"
    )


def test_p16_a_pool_without_hours_cuts_nothing() -> None:
    window = span("2026-12-01 11:00", "2026-12-02 14:00")
    assert open_part(window, None) == window


def test_what_is_open_only_where_both_are() -> None:
    new_york = NINE_TO_FIVE | {"timezone": NEW_YORK}
    both = [NINE_TO_FIVE, new_york]
    assert opening_of_all(both, at("2026-12-01 10:00")) == Opening(False, opens_at=at("2026-12-01 14:00"))
    assert opening_of_all(both, at("2026-12-01 15:00")) == Opening(True, closes_at=at("2026-12-01 17:00"))
    assert opening_of_all(both, at("2026-12-04 18:00")) == Opening(False, opens_at=at("2026-12-07 14:00"))
    assert opening_of_all([], at("2026-12-01 15:00")) == Opening(True)


def test_two_tables_that_never_meet() -> None:
    early = {"timezone": "UTC", "weekly": dict.fromkeys(DAYS, "06:00-08:00")}
    assert opening_of_all([early, NINE_TO_FIVE], at("2026-12-01 07:00")) == Opening(False)
    assert opening_of_all([{"weekly": {}}, NINE_TO_FIVE], at("2026-12-01 10:00")) == Opening(False)


# ---- capacity and offers -----------------------------------------------------------------------------------

MORNING = span("2026-12-01 09:00", "2026-12-01 10:00")


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], 2),
        ([("09:00", "10:00")], 1),
        ([("09:00", "10:00")] * 2, 0),
        ([("09:00", "10:00")] * 3, 0),
        ([("08:00", "09:00"), ("10:00", "11:00")], 2),
        ([("08:00", "17:00"), ("09:00", "10:00")], 0),
        ([("08:30", "09:30"), ("09:30", "10:30")], 1),
        ([("08:30", "09:30"), ("09:00", "10:00")], 1),
    ],
)
def test_p16_p22_the_room_a_window_has(taken: list[tuple[str, str]], left: int) -> None:
    spans = [span(f"2026-12-01 {begin}", f"2026-12-01 {end}") for begin, end in taken]
    assert room(MORNING, spans, capacity=2) == left


def offers(
    zone: str, first_day: str, now: str, *tables: dict | None, days: int = 1, taken: list[Span] | None = None
) -> list[Offer]:
    return offered(tables, ZoneInfo(zone), date.fromisoformat(first_day), at(now), taken or [], 2, days)


def hours_of(found: list[Offer]) -> list[str]:
    return [f"{offer.window.begins:%H:%M}-{offer.window.ends:%H:%M}" for offer in found]


def test_p22_windows_are_offered_from_the_pools_hours_that_are_not_past() -> None:
    found = offers(LONDON, "2026-12-01", "2026-12-01 13:30", NINE_TO_FIVE)
    assert hours_of(found) == ["14:00-15:00", "15:00-16:00", "16:00-17:00"]
    assert found[0] == Offer(a_window("2026-12-01", "14:00-15:00"), span("2026-12-01 14:00", "2026-12-01 15:00"), 2)


def test_p22_a_full_window_is_not_offered_and_the_next_says_how_much_is_left() -> None:
    two, three = span("2026-12-01 14:00", "2026-12-01 15:00"), span("2026-12-01 15:00", "2026-12-01 16:00")
    found = offers(LONDON, "2026-12-01", "2026-12-01 13:30", NINE_TO_FIVE, taken=[two, two, three])
    assert [(offer.window.begins.hour, offer.left) for offer in found] == [(15, 1), (16, 2)]


def test_p22_the_customer_reads_windows_in_their_own_zone() -> None:
    found = offers(KOLKATA, "2026-12-01", "2026-11-30 12:00", NINE_TO_FIVE)
    assert hours_of(found)[0] == "14:30-15:30"
    assert hours_of(found)[-1] == "21:30-22:30"
    assert len(found) == 8


def test_p22_days_without_opening_hours_are_passed_over() -> None:
    found = offers(LONDON, "2026-12-04", "2026-12-04 18:00", NINE_TO_FIVE, days=4)
    assert {offer.window.day.isoformat() for offer in found} == {"2026-12-07"}
    assert offers(LONDON, "2026-12-05", "2026-12-04 18:00", NINE_TO_FIVE, days=2) == []


def test_p22_nobody_is_offered_a_window_in_which_they_may_not_be_called() -> None:
    legal = {"timezone": NEW_YORK, "weekly": dict.fromkeys(DAYS, "08:00-21:00")}
    assert hours_of(offers(NEW_YORK, "2026-12-01", "2026-11-30 12:00", NINE_TO_FIVE, legal)) == [
        "08:00-09:00",
        "09:00-10:00",
        "10:00-11:00",
        "11:00-12:00",
    ]


def test_p22_the_day_the_clocks_go_forward_has_23_windows_and_the_long_one_23_that_can_be_said() -> None:
    assert len(offers(LONDON, "2026-03-29", "2026-03-28 12:00", None)) == 23
    assert len(offers(LONDON, "2026-10-25", "2026-10-24 12:00", None)) == 23  # neither 01:00-02:00 is only an hour
    assert len(offers(LONDON, "2026-10-26", "2026-10-24 12:00", None)) == 24


@given(SOME_DAY, ZONES, ZONES, st.integers(0, 23))
@example(date(2026, 10, 25), LONDON, LONDON, 0)
@example(date(2026, 4, 5), LORD_HOWE, LONDON, 0)
def test_p22_an_offer_sent_back_means_what_was_offered(day: date, zone: str, of_pool: str, opens: int) -> None:
    table = {"timezone": of_pool, "weekly": dict.fromkeys(DAYS, f"{opens:02}:15-{(opens + 9) % 24:02}:15")}
    now = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
    for offer in offered([table], ZoneInfo(zone), day, now, [], 1, days=2):
        assert span_of(offer.window) == offer.span
        assert offer.span.end - offer.span.begin == LENGTH
        assert offer.span.begin >= now
        assert open_part(offer.span, table) == offer.span
        assert day <= offer.window.day < day + timedelta(days=2)
