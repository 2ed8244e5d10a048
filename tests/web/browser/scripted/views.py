"""What an agent's console shows: the view and the parts of it."""

from __future__ import annotations

from typing import Any

from .said import iso


def a_view(**change: Any) -> dict[str, Any]:
    names = ["Sold", "Question answered", "Quote sent", "Complaint", "Callback needed", "No result"]
    return {
        "version": 1,
        "server_time": iso(),
        "csrf": "csrf-of-this-session",
        "agent": {
            "id": "1042",
            "name": "Noor Halden",
            "first_name": "Noor",
            "station": "2104",
            "skills": {"kitchens": 5, "lighting": 4, "worktop": 5},
            "languages": ["en", "no"],
        },
        "state": {"name": "not_ready", "since": iso(-20), "reasons": ["break"], "pause_after": [], "pauses": ["break"]},
        "telephone": {"reachable": True, "state": "idle"},
        "telephone_system": "up",
        "engagement": None,
        "callbacks": [],
        "dispositions": [{"id": name.lower().replace(" ", "_"), "name": name} for name in names],
        "pause_reasons": [
            {"id": "break", "name": "Break"},
            {"id": "lunch", "name": "Lunch"},
            {"id": "training", "name": "Training"},
        ],
        "today": {"calls": 18, "average_talk_seconds": 252, "average_wrap_up_seconds": 38},
        "team": {"waiting": 3, "longest_wait_seconds": 112, "ready": 2, "logged_in": 9},
        **change,
    }


def state(
    name: str, since: float = -5, reasons: list[str] | None = None, after: list[str] | None = None
) -> dict[str, Any]:
    said = {"name": name, "since": iso(since), "reasons": reasons or [], "pause_after": after or []}
    ours = ("station_unreachable", "console_lost", "on_another_call")
    return {**said, "pauses": [reason for reason in (after or reasons or []) if reason not in ours]}


def marit() -> dict[str, Any]:
    return {
        "id": "C-1001",
        "name": "Marit Solvang",
        "phone": "+44 7700 900142",
        "email": "marit.solvang@example.com",
        "language": "en",
        "since": "2023-04-02T00:00:00Z",
        "attributes": {"orders": "7", "prefers": "Two-person delivery"},
        "notes": "Lift is narrow: worktop must come in two parts.",
        "known": True,
    }


def yusuf() -> dict[str, Any]:
    known = {"id": "C-1002", "name": "Yusuf Adair", "phone": "+44 7700 900155", "email": "yusuf@example.com"}
    return {**marit(), **known, "notes": "", "attributes": {}}


def an_engagement(number: int = 1, **change: Any) -> dict[str, Any]:
    return {
        "reservation": f"reservation-{number}",
        "interaction": f"interaction-{number}",
        "state": "reserved",
        "channel": "call_us",
        "pool": "sales",
        "number": "02079460131",
        "display_number": "020 7946 0131",
        "caller": None,
        "reserved_at": iso(-4),
        "deadline": iso(86),
        "ringing_at": None,
        "talking_since": None,
        "wrap_up_until": None,
        "customer": marit(),
        "candidates": [],
        "page": {
            "url": "http://larkmoor.example/checkout",
            "title": "Delivery and payment",
            "taken_at": iso(-5),
            "hidden_fields": 3,
            "version": 1,
        },
        "why": [
            {"rule": "skill", "text": "Kitchens 5, worktop 5"},
            {"rule": "last_agent", "text": "You spoke on 12 Nov"},
            {"rule": "longest_idle", "text": "Ready longest: 6 min 41 s"},
        ],
        "history": [
            {
                "interaction": "earlier-1",
                "at": "2026-11-12T14:00:00Z",
                "channel": "call_us",
                "agent": "Noor Halden",
                "seconds": 366,
                "disposition": "Question answered",
                "note": "Measured for worktop, sent quote Q-5512.",
            },
            {
                "interaction": "earlier-2",
                "at": "2026-10-18T10:20:00Z",
                "channel": "ordinary",
                "agent": "Ines Okafor",
                "seconds": 840,
                "disposition": "Sold",
                "note": "Kitchen layout. Likes oak fronts.",
            },
        ],
        "history_total": 2,
        "note": "",
        "disposition_required": True,
        "auto_answer": False,
        "video": True,
        "from_page": False,
        "role": "handling",
        "transfer": None,
        "may_call_back": True,
        "callback": None,
        "call_me": None,
        **change,
    }


def a_call_out(state: str = "dialling", **change: Any) -> dict[str, Any]:
    """The request behind a call that we make."""
    return {
        "state": state,
        "preview_until": iso(20) if state == "previewing" else None,
        "requested_at": iso(-720),
        "promised_at": iso(-720),
        "promised_until": None,
        "zone": "Europe/Paris",
        "tries": 0,
        "abandoned": 0,
        "last_outcome": None,
        "customer_ringing_at": iso(-4) if state in ("ringing", "connecting", "talking") else None,
        "customer_answered_at": iso(-1) if state in ("connecting", "talking") else None,
        **change,
    }


def an_outgoing(call_out: dict[str, Any] | None = None, number: int = 1, **change: Any) -> dict[str, Any]:
    """What the agent holds while we call the customer; the page is as old as the request."""
    calls = {"channel": "call_me", "number": "+447700900142", "display_number": "+44 7700 900142", "deadline": None}
    held = an_engagement(number)
    page = held["page"] | {"taken_at": iso(-725)}
    return held | calls | {"page": page, "call_me": call_out or a_call_out()} | change


def a_transfer(state: str, **change: Any) -> dict[str, Any]:
    """The customer is being passed on to Ines."""
    return {
        "kind": "attended",
        "state": state,
        "role": "sender",
        "name": "Ines Okafor",
        "first_name": "Ines",
        "skill": None,
        "number": None,
        "outcome": None,
        "since": iso(-20),
        **change,
    }


def a_callback(number: int = 1, due: float = 1800, **change: Any) -> dict[str, Any]:
    """One that the agent promised; `due`: seconds from now."""
    return {
        "interaction": f"callback-{number}",
        "name": "Yusuf Adair",
        "display_number": "+44 7700 900155",
        "state": "queued",
        "due_at": iso(due),
        "promised_at": iso(due),
        "promised_until": iso(due + 3600),
        "zone": "Europe/London",
        "tries": 0,
        "last_outcome": None,
        "mine": True,
        **change,
    }
