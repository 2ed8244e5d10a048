"""When a pool is open: a weekly table in a time zone and the days it is closed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD = 15
"""Days; a pool that does not open within them has no next opening to tell."""


@dataclass(frozen=True, slots=True)
class Opening:
    """`opens_at`: the next opening while closed. `closes_at`: the end of this one while open. None: unknown, never."""

    is_open: bool
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def opening(hours: Mapping | None, now: datetime) -> Opening:
    """`hours` as in values.yml: `{"timezone": "Europe/London", "weekly": {"mon": "09:00-21:00", …}, "closed_on":
    ["2026-12-25"]}`; None is always open. A span may cross midnight ("18:00-02:00") and several may be separated by
    commas. Local times that do not exist or exist twice (summer time) are taken as the zone's rule says (PEP 495).
    """
    if hours is None:
        return Opening(True)
    zone = ZoneInfo(hours.get("timezone", "UTC"))
    today = now.astimezone(zone).date()
    spans = [span for ahead in range(-1, LOOK_AHEAD) for span in _spans(hours, today + timedelta(days=ahead), zone)]
    reach = now
    for begin, end in sorted(spans):
        if begin <= reach < end:
            reach = end  # a span that begins where another ends goes on with it
    if reach > now:
        known = reach - now < timedelta(days=LOOK_AHEAD - 2)
        return Opening(True, closes_at=reach if known else None)
    later = [begin for begin, _ in spans if begin > now]
    return Opening(False, opens_at=min(later, default=None))


def _spans(hours: Mapping, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    if day.isoformat() in {str(closed) for closed in hours.get("closed_on") or ()}:
        return []
    text = (hours.get("weekly") or {}).get(DAYS[day.weekday()]) or ""
    spans = [_span(part, day, zone) for part in text.split(",") if part.strip()]
    return [(begin, end) for begin, end in spans if begin < end]  # summer time may begin inside a short one


def _span(text: str, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, _, last = text.strip().partition("-")
    begin, end = _clock(first), _clock(last)
    last_day = day if end > begin else day + timedelta(days=1)
    return (
        datetime.combine(day, begin, zone).astimezone(UTC),
        datetime.combine(last_day, end, zone).astimezone(UTC),
    )


def _clock(text: str) -> time:
    text = text.strip()
    return time(0) if text == "24:00" else time.fromisoformat(text)
