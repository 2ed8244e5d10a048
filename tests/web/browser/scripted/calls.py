"""A customer's call, and their request to be called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from .said import iso

CONSENT = "Please call me at this number about what I am looking at."


def a_call(number: int) -> dict[str, Any]:
    return {
        "interaction": f"interaction-{number}",
        "state": "waiting_for_call",
        "number": "02079460131",
        "display_number": "020 7946 0131",
        "tel": "tel:02079460131",
        "sip": "sip:02079460131@127.0.0.1:5060",
        "deadline": iso(90),
        "longest_until": iso(600),
        "agent": {"first_name": "Noor"},
        "video": True,
        "end_reason": None,
        "connected_at": None,
        "ended_at": None,
    }


def an_offer(**change: Any) -> dict[str, Any]:
    return {
        "estimate_seconds": 540,
        "offer_windows": False,
        "consent_text": CONSENT,
        "region": "GB",
        "known_number": None,
        "proof": "none",
        **change,
    }


def a_request(number: int, **change: Any) -> dict[str, Any]:
    return {
        "interaction": f"request-{number}",
        "channel": "call_me",
        "state": "queued",
        "place": 3,
        "estimate_seconds": 540,
        "promised_at": iso(),
        "promised_until": None,
        "window": None,
        "next_try_at": iso(),
        "tries": 0,
        "last_try_at": None,
        "last_outcome": None,
        "detail": "",
        "display_number": "••••• •••142",
        "agent": None,
        "can_change": True,
        "can_cancel": True,
        **change,
    }


def some_windows(first: str = "2026-11-25", days: int = 3) -> list[dict[str, Any]]:
    """Every hour from nine to noon; the second day is taken but for one hour."""
    found = []
    for day in range(days):
        date = datetime.fromisoformat(first).date() + timedelta(days=day)
        for hour in (9, 10, 11) if day != 1 else (14,):
            begins = datetime(date.year, date.month, date.day, hour, tzinfo=UTC)
            found.append(
                {
                    "date": date.isoformat(),
                    "from": f"{hour:02}:00",
                    "until": f"{hour + 1:02}:00",
                    "zone": "Europe/London",
                    "starts_at": begins.isoformat(),
                    "ends_at": (begins + timedelta(hours=1)).isoformat(),
                    "left": 2,
                }
            )
    return found


def in_paris(window: dict[str, Any]) -> dict[str, Any]:
    """The same hours by the clock there: in winter an hour before London's."""
    moved = {
        key: (datetime.fromisoformat(window[key]) - timedelta(hours=1)).isoformat() for key in ("starts_at", "ends_at")
    }
    return {**window, **moved, "zone": "Europe/Paris"}
