"""What makes a pool call customers back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ctiapp.config.values.check import A_NUMBER, COUNTRY, NAME, NUMBER, Check
from ctiapp.config.values.hours import LegalHoursValues, read_legal_hours
from ctiapp.core.outcomes import Outcome
from ctiapp.core.priority import SCHEMES
from ctiapp.core.protection import KINDS
from ctiapp.core.retry import ANY, Then


@dataclass(frozen=True, slots=True)
class RetryValues:
    """From the `tries`-th try with this outcome on: `then`, the next try `after` so long."""

    outcome: str
    tries: int
    then: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CallMeValues:
    """What makes a pool call back; each of it has a default, so that `call_me: {}` will do."""

    agent_chosen: str = "ringing"
    """"ringing" (the line is not busy), "answer" (no agent's time is lost on lines that nobody answers), or "preview"
    (the agent sees the request first and accepts it)."""
    preview_for: timedelta = timedelta(seconds=20)
    scheme: str = "first_in_first_out"
    trunks: tuple[str, ...] = ()
    """In this order; none: all of the file."""
    caller_id: str | None = None
    ring_for: timedelta = timedelta(seconds=30)
    longest_call: timedelta = timedelta(minutes=60)
    pacing: float = 1.0
    most_abandoned: float = 0.03
    countries: tuple[str, ...] = ("GB",)
    """The first one is also where a number without a country code is."""
    number_types: tuple[str, ...] = ("mobile", "fixed")
    legal_hours: LegalHoursValues = field(default_factory=LegalHoursValues)
    per_number_day: int = 5
    per_customer_day: int = 5
    per_address_day: int = 30
    offer_windows_over: timedelta = timedelta(minutes=5)
    window_capacity: int = 4
    proof: str = "none"
    message_for_machine: str | None = None
    consent_text: str = "Please call me at this number about what I am looking at."
    """Shown to the customer, and kept with what they ask; empty: nothing is asked."""
    retry: tuple[RetryValues, ...] = ()
    """None: the usual rules (ctiapp/core/retry.py)."""


def read_call_me(check: Check, path: str, entry: Any) -> CallMeValues | None:
    if entry is None:
        return None
    data = check.mapping(path, entry, CallMeValues)
    if data is None:
        return None
    check.choice(path, data, "agent_chosen", ("ringing", "answer", "preview"))
    check.choice(path, data, "scheme", tuple(SCHEMES))
    check.text(path, data, "caller_id", NUMBER, A_NUMBER, optional=True)
    check.text(path, data, "proof", NAME, "none, code, or a name that somebody made known", optional=True)
    check.text(path, data, "message_for_machine", NAME, "the name of a recording", optional=True)
    check.text(path, data, "consent_text", re.compile(r"[^\x00]{0,4000}"), "at most 4000 characters", optional=True)
    check.names(path, data, "trunks", NAME, "names of trunks")
    check.names(path, data, "countries", COUNTRY, 'countries like "GB"')
    check.names(path, data, "number_types", re.compile("|".join(KINDS)), f"some of {', '.join(KINDS)}")
    check.shares(path, data, {"pacing": (1, 3), "most_abandoned": (0, 1)})
    for key, most in (("per_number_day", 100), ("per_customer_day", 100), ("per_address_day", 10_000)):
        check.number(path, data, key, 1, most)
    check.number(path, data, "window_capacity", 0, 10_000)
    if "legal_hours" in data:
        data["legal_hours"] = read_legal_hours(check, f"{path}.legal_hours", data["legal_hours"])
    data["retry"] = read_retry(check, f"{path}.retry", data.get("retry"))
    check.durations(path, data, CallMeValues)
    return CallMeValues(**{key: value for key, value in data.items() if value is not None})


def read_retry(check: Check, path: str, data: Any) -> tuple[RetryValues, ...]:
    if data is None:
        return ()
    if not isinstance(data, list):
        check.wrong(path, "must be a list of rules")
        return ()
    found = tuple(read_rule(check, f"{path}.{index}", entry) for index, entry in enumerate(data))
    check.once((f"{path}.{index}", f"{rule.outcome}, try {rule.tries}") for index, rule in enumerate(found) if rule)
    return tuple(rule for rule in found if rule)


def read_rule(check: Check, path: str, entry: Any) -> RetryValues | None:
    data = check.mapping(path, entry, RetryValues)
    if data is None:
        return None
    check.choice(path, data, "outcome", (*Outcome, ANY))
    check.choice(path, data, "then", tuple(then for then in Then if then is not Then.DONE))
    check.number(path, data, "tries", 1, 100)
    seconds = data.get("after")
    again = data["then"] == Then.TRY_AGAIN
    if again and data["outcome"] == ANY:
        check.wrong(f"{path}.then", "a rule for any outcome may only end the tries")
    if again != (seconds is not None):
        check.wrong(f"{path}.after", "goes with try_again, and with nothing else")
    if seconds is not None:
        data["after"] = timedelta(seconds=check.count(f"{path}.after", seconds, 0, 7 * 86400))
    return RetryValues(**data)
