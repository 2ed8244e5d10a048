"""What agents choose from: why they are not ready, how a call ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ctiapp.config.values.check import NAME, Check

OUR_REASONS = (
    "just_logged_in",
    "no_answer",
    "rejected",
    "passed_on",
    "no_console",
    "station_unreachable",
    "console_lost",
    "on_another_call",
)
"""Why an agent is not ready, without having said so."""


@dataclass(frozen=True, slots=True)
class ChoiceValues:
    """One of what agents choose from."""

    id: str
    name: str


def read_choice(check: Check, path: str, entry: Any) -> ChoiceValues | None:
    data = check.mapping(path, entry, ChoiceValues)
    if data is None:
        return None
    check.text(path, data, "id", NAME, "small letters, digits, _ and -, a letter first")
    check.text(path, data, "name", re.compile(r"[^\x00-\x1f]{1,60}"), "at most 60 characters")
    return ChoiceValues(**data)
