"""Pools of routing points, and plain numbers: where a customer's call arrives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ctiapp.config.values.call_me import CallMeValues, read_call_me
from ctiapp.config.values.check import A_NAME, A_NUMBER, LANGUAGE, NAME, NUMBER, Check
from ctiapp.config.values.hours import HoursValues, read_hours


@dataclass(frozen=True, slots=True)
class PoolValues:
    name: str
    binding: str
    """"agent" (the number belongs to one agent from the moment it is given out) or "late"."""
    skill: str
    points: tuple[str, ...]
    language: str | None = None
    hold_for: timedelta = timedelta(seconds=90)
    longest_hold: timedelta = timedelta(seconds=600)
    cool_down_for: timedelta = timedelta(seconds=30)
    wrap_up_for: timedelta = timedelta(seconds=30)
    ring_for: timedelta = timedelta(seconds=20)
    longest_wait: timedelta = timedelta(seconds=300)
    hours: HoursValues | None = None
    disposition: str = "required"
    """Or "optional": wrap-up may be ended without an outcome."""
    video: bool = True
    """A call from the shop's page may have pictures."""
    auto_answer: bool = False
    """A telephone in the agent's console answers by itself, after a tone in the agent's ear."""
    site: str = "larkmoor"
    """The shop whose pages may give these numbers out (`ctiapp site`)."""
    call_me: CallMeValues | None = None
    """None: the pool calls nobody back."""


@dataclass(frozen=True, slots=True)
class PlainNumberValues:
    number: str
    skill: str
    longest_wait: timedelta = timedelta(seconds=300)
    ring_for: timedelta = timedelta(seconds=20)
    wrap_up_for: timedelta = timedelta(seconds=30)
    language: str | None = None
    hours: HoursValues | None = None
    auto_answer: bool = False
    site: str = "larkmoor"
    """The shop among whose customers the calling number is looked up."""


def read_pool(check: Check, path: str, entry: Any) -> PoolValues | None:
    data = check.mapping(path, entry, PoolValues)
    if data is None:
        return None
    check.text(path, data, "name", NAME, A_NAME)
    check.text(path, data, "binding", re.compile("agent|late"), "agent or late")
    check.choice(path, data, "disposition", ("required", "optional"))
    check.text(path, data, "skill", NAME, A_NAME)
    check.text(path, data, "language", LANGUAGE, "like en", optional=True)
    check.text(path, data, "site", NAME, A_NAME, optional=True)
    data["points"] = read_points(check, f"{path}.points", data["points"])
    data["auto_answer"] = check.flag(f"{path}.auto_answer", data.get("auto_answer", False))
    data["video"] = check.flag(f"{path}.video", data.get("video", True))
    data["hours"] = read_hours(check, f"{path}.hours", data.get("hours"))
    data["call_me"] = read_call_me(check, f"{path}.call_me", data["call_me"]) if "call_me" in data else None
    check.durations(path, data, PoolValues)
    return PoolValues(**data)


def read_plain_number(check: Check, path: str, entry: Any) -> PlainNumberValues | None:
    data = check.mapping(path, entry, PlainNumberValues)
    if data is None:
        return None
    check.text(path, data, "number", NUMBER, A_NUMBER)
    check.text(path, data, "skill", NAME, A_NAME)
    check.text(path, data, "language", LANGUAGE, "like en", optional=True)
    check.text(path, data, "site", NAME, A_NAME, optional=True)
    data["hours"] = read_hours(check, f"{path}.hours", data.get("hours"))
    data["auto_answer"] = check.flag(f"{path}.auto_answer", data.get("auto_answer", False))
    check.durations(path, data, PlainNumberValues)
    return PlainNumberValues(**data)


def read_points(check: Check, path: str, data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not data:
        check.wrong(path, "must be a list of numbers, with one at least")
        return ()
    for index, number in enumerate(data):
        check.text(path, {str(index): number}, str(index), NUMBER, A_NUMBER)
    return tuple(map(str, data))
