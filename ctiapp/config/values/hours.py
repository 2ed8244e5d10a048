"""Hours: when a number is open, and when the law lets one call somebody."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from ctiapp.config.values.check import COUNTRY, Check, Entry

SPAN = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class HoursValues:
    """`weekly`: mon..sun -> "HH:MM-HH:MM"; a day that is not there is closed."""

    timezone: str
    weekly: dict[str, str]
    closed_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class LegalHoursValues:
    """When the law, or good manners, let one call somebody, where their telephone is; `regions`: country -> what is
    otherwise there (`weekly`, `closed_on`)."""

    weekly: dict[str, str] = field(default_factory=lambda: dict.fromkeys(WEEKDAYS[:6], "08:00-21:00"))
    closed_on: tuple[date, ...] = ()
    regions: dict[str, dict[str, Any]] = field(default_factory=dict)


def read_hours(check: Check, path: str, entry: Any) -> HoursValues | None:
    if entry is None:
        return None
    data = check.mapping(path, entry, HoursValues)
    if data is None:
        return None
    try:
        ZoneInfo(data["timezone"])
    except (KeyError, ValueError, TypeError, OSError):
        check.wrong(f"{path}.timezone", f"no such time zone: {data['timezone']!r}")
    weekly = read_weekly(check, f"{path}.weekly", data["weekly"])
    return HoursValues(str(data["timezone"]), weekly, read_days(check, f"{path}.closed_on", data.get("closed_on")))


def read_legal_hours(check: Check, path: str, entry: Any) -> LegalHoursValues | None:
    data = check.mapping(path, entry, LegalHoursValues)
    if data is None:
        return None
    read_table(check, path, data)
    regions = data.get("regions") or {}
    if not isinstance(regions, dict):
        check.wrong(f"{path}.regions", 'must name countries like "DE" and their hours')
        regions = {}
    for country, hours in regions.items():
        where = f"{path}.regions.{country}"
        if not isinstance(country, str) or not COUNTRY.fullmatch(country):
            check.wrong(where, 'no such country; they are written like "DE"')
        if not isinstance(hours, dict) or hours.keys() - {"weekly", "closed_on"}:
            check.wrong(where, "may say weekly and closed_on, and nothing else")
        else:
            read_table(check, where, hours)
    return LegalHoursValues(**data)


def read_table(check: Check, path: str, data: Entry) -> None:
    """Days and their hours, and the days on which nobody is called; in place."""
    read_weekly(check, f"{path}.weekly", data.get("weekly", {}))
    if "closed_on" in data:
        data["closed_on"] = read_days(check, f"{path}.closed_on", data["closed_on"])


def read_weekly(check: Check, path: str, data: Any) -> dict[str, str]:
    if not isinstance(data, dict):
        check.wrong(path, "must name days and their hours")
        return {}
    for day, span in data.items():
        check_span(check, f"{path}.{day}", day, span)
    return data


def read_days(check: Check, path: str, data: Any) -> tuple[date, ...]:
    closed = data or []
    if isinstance(closed, list) and all(isinstance(day, date) for day in closed):
        return tuple(closed)
    check.wrong(path, "must be a list of dates like 2026-12-25")
    return ()


def check_span(check: Check, path: str, day: Any, span: Any) -> None:
    if day not in WEEKDAYS:
        check.wrong(path, f"no such day; the days are {', '.join(WEEKDAYS)}")
    elif not isinstance(span, str) or not SPAN.fullmatch(span):
        check.wrong(path, f'must be like "09:00-21:00", not {span!r}')
    elif not span[:5] < span[6:]:
        check.wrong(path, f"ends before it begins: {span!r}")
