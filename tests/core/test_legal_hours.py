"""May this callee be rung now? By where they are, not by where we are (P18)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.core.hours import DAYS
from ctiapp.core.legal_hours import callee_zones, may_call, next_legal
from ctiapp.core.windows import Span

LONDON, NEW_YORK, LORD_HOWE, SYDNEY = "Europe/London", "America/New_York", "Australia/Lord_Howe", "Australia/Sydney"
TABLE = {
    "weekly": dict.fromkeys(DAYS[:5], "08:00-21:00") | {"sat": "09:00-18:00"},
    "closed_on": ["2026-12-25"],
    "regions": {"DE": {"closed_on": ["2026-10-03"]}, "FR": {"weekly": {"mon": "10:00-13:00,14:00-20:00"}}},
}


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


CALLS = [
    # (what, zones, UTC, region, allowed)
    ("by day", [LONDON], "2026-12-01 12:00", "GB", True),
    ("the first minute", [LONDON], "2026-12-01 08:00", "GB", True),
    ("a minute early", [LONDON], "2026-12-01 07:59", "GB", False),
    ("the minute after", [LONDON], "2026-12-01 21:00", "GB", False),
    ("Sunday", [LONDON], "2026-12-06 12:00", "GB", False),
    ("Christmas", [LONDON], "2026-12-25 12:00", "GB", False),
    ("the winter's morning is early in New York", [NEW_YORK], "2026-12-01 12:59", "US", False),
    ("the winter's morning in New York", [NEW_YORK], "2026-12-01 13:00", "US", True),
    ("summer time began in New York, not yet in London", [NEW_YORK], "2026-03-09 12:00", "US", True),
    ("the Friday before it did", [NEW_YORK], "2026-03-06 12:00", "US", False),
    ("summer time ended in London, not yet in New York", [LONDON], "2026-10-26 08:00", "GB", True),
    ("and it is not 7 any more", [LONDON], "2026-10-26 07:00", "GB", False),
    ("the Monday before", [LONDON], "2026-10-19 07:00", "GB", True),
    ("a year later", [NEW_YORK], "2027-03-15 12:00", "US", True),
    ("Lord Howe in winter: half past ten ahead", [LORD_HOWE], "2026-08-03 21:30", "AU", True),
    ("half an hour less", [LORD_HOWE], "2026-08-03 21:29", "AU", False),
    ("Lord Howe in summer: eleven ahead", [LORD_HOWE], "2026-12-01 21:00", "AU", True),
    ("Monday after the half hour was added", [LORD_HOWE], "2026-10-04 21:00", "AU", True),
    ("Monday after it was taken off", [LORD_HOWE], "2026-04-05 21:00", "AU", False),
    ("either of two zones: one is early", [SYDNEY, LORD_HOWE], "2026-08-03 21:45", "AU", False),
    ("either of two zones: both may", [SYDNEY, LORD_HOWE], "2026-08-03 22:00", "AU", True),
    ("either of two zones: one is late", [SYDNEY, LORD_HOWE], "2026-08-04 10:45", "AU", False),
    ("two zones that never both may", [LONDON, "Pacific/Auckland"], "2026-08-04 12:00", "GB", False),
    ("no summer time", ["Asia/Kolkata"], "2026-08-04 02:30", "IN", True),
    ("nobody knows where", [], "2026-12-01 12:00", "GB", False),
    ("the day of German unity", ["Europe/Berlin"], "2026-10-03 10:00", "DE", False),
    ("…which is none in London", [LONDON], "2026-10-03 10:00", "GB", True),
    ("what a region does not say it takes from the rest", ["Europe/Berlin"], "2026-10-05 10:00", "DE", True),
    ("lunch in France", ["Europe/Paris"], "2026-12-07 12:30", "FR", False),
    ("after lunch in France", ["Europe/Paris"], "2026-12-07 13:30", "FR", True),
    ("Christmas in France", ["Europe/Paris"], "2026-12-25 13:30", "FR", False),
]


@pytest.mark.parametrize(("zones", "now", "region", "allowed"), [r[1:] for r in CALLS], ids=[r[0] for r in CALLS])
def test_p18_whether_one_may_call(zones: list[str], now: str, region: str, allowed: bool) -> None:
    assert may_call(TABLE, zones, at(now), region) is allowed


def test_p18_without_a_table_one_may_but_not_to_nowhere() -> None:
    assert may_call(None, [LONDON], at("2026-12-06 03:00"))
    assert not may_call(None, [], at("2026-12-06 03:00"))


NEXT = [
    ("now", [LONDON], "2026-12-01 10:00", "2026-12-01 12:00", "2026-12-01 10:00"),
    ("later in the window", [NEW_YORK], "2026-12-01 09:00", "2026-12-01 17:00", "2026-12-01 13:00"),
    ("not in the window", [NEW_YORK], "2026-12-01 09:00", "2026-12-01 13:00", None),
    ("over the weekend", [LONDON], "2026-12-05 18:00", "2026-12-08 00:00", "2026-12-07 08:00"),
    ("over Christmas", [LONDON], "2026-12-24 21:00", "2026-12-31 00:00", "2026-12-26 09:00"),
    ("the night the clocks go forward", [LONDON], "2026-03-28 20:00", "2026-03-31 00:00", "2026-03-30 07:00"),
    ("the night the clocks go back", [LONDON], "2026-10-24 20:00", "2026-10-27 00:00", "2026-10-26 08:00"),
    ("the half hour", [LORD_HOWE], "2026-10-03 12:00", "2026-10-06 00:00", "2026-10-04 21:00"),
    ("both zones", [SYDNEY, LORD_HOWE], "2026-08-03 12:00", "2026-08-04 12:00", "2026-08-03 22:00"),
    ("nowhere", [], "2026-12-01 10:00", "2026-12-01 12:00", None),
]


@pytest.mark.parametrize(("zones", "begin", "end", "expected"), [r[1:] for r in NEXT], ids=[r[0] for r in NEXT])
def test_p18_the_next_legal_moment_of_a_window(zones: list[str], begin: str, end: str, expected: str | None) -> None:
    assert next_legal(TABLE, zones, Span(at(begin), at(end))) == (at(expected) if expected else None)


@given(
    st.sets(st.sampled_from([LONDON, NEW_YORK, LORD_HOWE, SYDNEY, "Asia/Kolkata"]), min_size=1, max_size=2),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),
)
def test_p18_the_next_legal_moment_is_legal_and_the_one_before_is_not(zones: set[str], begin: datetime) -> None:
    found = next_legal(TABLE, zones, Span(begin, begin + timedelta(days=5)))
    if found is not None:
        assert may_call(TABLE, zones, found)
        assert found == begin or not may_call(TABLE, zones, found - timedelta(microseconds=1))


def test_p18_the_browsers_zone_is_not_believed_alone_and_what_is_no_zone_is_left_out() -> None:
    assert callee_zones(["Etc/Unknown"], LONDON) == {LONDON}
    assert callee_zones([NEW_YORK], LONDON) == {NEW_YORK, LONDON}
    assert callee_zones([NEW_YORK], "Mars/Base") == {NEW_YORK}
    assert callee_zones([], None) == frozenset()
