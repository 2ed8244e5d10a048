"""An SRP and a desk in memory that behave: one number a click, one live session an agent, refusals with codes."""

from __future__ import annotations

import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ctiapp.core.refusals import Refusal

SHOP = "http://shop.test"
OTHER_SHOP = "http://other.test"
SITES = {"larkmoor": [SHOP], "other": [OTHER_SHOP]}
SECRETS = {"larkmoor": "larkmoor-secret-" * 4, "other": "other-secret-00-" * 4}
AGENTS = {"noor": "opensesame", "ida": "letmein"}
STATIONS = ["201", "202"]


class FakeSrp:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clicks: list[dict[str, Any]] = []
        self.statuses: dict[str, dict[str, Any]] = {}
        self.pages: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.numbers = 500
        self.trouble: Exception | None = None
        self.reads = 0

    def _or_trouble(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def pool_hours(self, site: str, pool: str) -> dict[str, Any]:
        self._or_trouble()
        if pool != "sales":
            raise Refusal("unknown_pool", "There is no such pool.")
        return {"open": True, "opens_at": None, "closes_at": datetime.now(UTC), "telephone": "up"}

    def call_us(self, click: dict[str, Any], address: str, origin: str | None) -> tuple[dict[str, Any], bool]:
        with self.lock:
            self._or_trouble()
            if click["pool"] != "sales":
                raise Refusal("unknown_pool", "There is no such pool.")
            known = self.by_key.get(click["idempotency_key"])
            if known:
                return self.statuses[known], False
            if len(self.statuses) >= self.numbers:
                raise Refusal("all_numbers_in_use", "All our numbers are in use.", try_again_in=60)
            self.clicks.append(click | {"address": address, "origin": origin})
            interaction = str(uuid.uuid4())
            self.by_key[click["idempotency_key"]] = interaction
            self.pages[interaction] = click["page"]
            self.statuses[interaction] = _status(interaction, len(self.statuses))
            return self.statuses[interaction], True

    def status(self, interaction: str) -> dict[str, Any]:
        self._or_trouble()
        self.reads += 1
        if interaction not in self.statuses:
            raise Refusal("unknown_interaction", "There is no such call.")
        return self.statuses[interaction]

    def status_of_many(self, interactions: list[str]) -> dict[str, dict[str, Any]]:
        self._or_trouble()
        return {interaction: self.status(interaction) for interaction in interactions if interaction in self.statuses}

    def keep_alive(self, interaction: str) -> dict[str, Any]:
        return self.status(interaction)

    def new_page(self, interaction: str, page: dict[str, Any]) -> None:
        self._or_trouble()
        self.pages[interaction] = page

    def cancel(self, interaction: str) -> dict[str, Any]:
        ended = {"state": "ended", "number": None, "tel": None, "sip": None, "end_reason": "cancelled"}
        self.statuses[interaction] = self.status(interaction) | ended
        return self.statuses[interaction]

    def origins(self, site: str) -> list[str]:
        self._or_trouble()
        if site not in SITES:
            raise Refusal("unknown_site", "This shop is not known here.")
        return SITES[site]

    def all_origins(self) -> list[str]:
        self._or_trouble()
        return [origin for origins in SITES.values() for origin in origins]

    def identity_secret(self, site: str) -> str:
        return SECRETS[site]


class FakeCallRequests:
    """One open request a number; a second click by the same visitor is theirs, by another one is to be looked at."""

    def __init__(self, srp: FakeSrp) -> None:
        self.srp = srp
        self.clicks: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, dict[str, Any]] = {}
        self.remembered: dict[str, str] = {}
        self.estimate: float | None = 120.0
        self.offer_windows = False
        self.proof = "none"
        self.refusal: Refusal | None = None

    def _or_refusal(self) -> None:
        self.srp._or_trouble()
        if self.refusal is not None:
            raise self.refusal

    def offer(self, site: str, pool: str, visitor: str | None) -> dict[str, Any] | None:
        number = self.remembered.get(visitor or "")
        return {
            "estimate_seconds": self.estimate,
            "offer_windows": self.offer_windows,
            "consent_text": "Please call me.",
            "region": "GB",
            "known_number": _masked(number) if number else None,
            "proof": self.proof,
        }

    def windows(self, site: str, pool: str, first_day: date | None, zone: str | None) -> dict[str, Any]:
        self._or_refusal()
        if pool != "sales":
            raise Refusal("unknown_pool", "There is no such pool.")
        day = first_day or date(2026, 12, 1)
        return {"zone": "Europe/London", "windows": [_window(day, hour) for hour in (9, 10, 11)], "server_time": _now()}

    def windows_of(self, interaction: str) -> list[dict[str, Any]]:
        self.status(interaction)
        return [_window(date(2026, 12, 1), 9)]

    def call_me(self, click: dict[str, Any], address: str) -> tuple[dict[str, Any], bool, bool]:
        with self.srp.lock:
            self._or_refusal()
            if click["pool"] != "sales":
                raise Refusal("unknown_pool", "There is no such pool.")
            number = click["number"] or self.remembered.get(click["visitor"])
            if number is None:
                raise Refusal("number_missing", "Please tell us your number.")
            if sum(symbol.isdigit() for symbol in number) < 7:
                raise Refusal("malformed_number", "That does not look like a telephone number.")
            if not click["consent"]:
                raise Refusal("consent_missing", "Please agree to be called.", consent_text="Please call me.")
            for known, first in self.clicks.items():
                same_click = first["idempotency_key"] == click["idempotency_key"]
                if same_click or (first["number"] == number and self.statuses[known]["can_cancel"]):
                    return self.statuses[known], False, same_click or first["visitor"] == click["visitor"]
            interaction = str(uuid.uuid4())
            self.clicks[interaction] = click | {"number": number, "network": address}
            if click["visitor"]:
                self.remembered[click["visitor"]] = number
            self.statuses[interaction] = _call_me_status(interaction, number, click["when"])
            return self.statuses[interaction], True, True

    def status(self, interaction: str) -> dict[str, Any]:
        self.srp._or_trouble()
        if interaction not in self.statuses:
            raise Refusal("unknown_interaction", "There is no such call.")
        return self.statuses[interaction]

    def change(self, interaction: str, changes: dict[str, Any], address: str) -> dict[str, Any]:
        status = self.status(interaction)
        self._or_refusal()
        if not status["can_change"]:
            raise Refusal("wrong_state", "We are calling you right now.")
        number = changes.get("number")
        if number is not None and sum(symbol.isdigit() for symbol in number) < 7:
            raise Refusal("malformed_number", "That does not look like a telephone number.")
        new = {"display_number": _masked(number)} if number is not None else {}
        if "when" in changes:
            new["window"] = changes["when"] and {"zone": "Europe/London"} | changes["when"]
        self.statuses[interaction] = status | new
        return self.statuses[interaction]

    def cancel(self, interaction: str) -> dict[str, Any]:
        ended = {"state": "cancelled", "place": None, "can_change": False, "can_cancel": False, "next_try_at": None}
        self.statuses[interaction] = self.status(interaction) | ended
        return self.statuses[interaction]


class FakeDesk:
    def __init__(self) -> None:
        self.callbacks, self.records = FakeCallbacks(self), FakeRecords(self)
        self.customers, self.transfers = FakeCustomers(), FakeTransfers(self)
        self.lock = threading.RLock()
        self.sessions: dict[str, str] = {}
        self.consoles: dict[str, set[str]] = defaultdict(set)
        self.pauses: dict[str, set[str]] = defaultdict(set)
        self.shown: list[tuple[str, str]] = []
        self.versions: dict[str, int] = defaultdict(int)
        self.holds: dict[str, str] = {}
        self.failures = 0
        self.views = 0
        self.trouble: Exception | None = None
        self.before_view: Callable[[], None] = lambda: None

    def _or_trouble(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def login(self, agent: str, password: str, station: str, address: str, take_over: bool) -> str:
        with self.lock:
            self._or_trouble()
            if self.failures >= 5:
                raise Refusal("too_many_attempts", "Too many wrong passwords.", try_again_in=300)
            if AGENTS.get(agent) != password:
                self.failures += 1
                raise Refusal("wrong_password", "Agent id or password is wrong.")
            if station not in STATIONS:
                raise Refusal("unknown_station", "There is no such station.")
            if agent in self.sessions.values() and not take_over:
                raise Refusal("already_logged_in", "You are logged in already.")
            self.sessions = {session: who for session, who in self.sessions.items() if who != agent}
            session = str(uuid.uuid4())
            self.sessions[session] = agent
            return session

    def logout(self, session: str) -> None:
        self.sessions.pop(session, None)

    def agent_of(self, session: str) -> str | None:
        self._or_trouble()
        return self.sessions.get(session)

    def end_reason_of(self, session: str) -> str | None:
        return None

    def view(self, agent: str) -> dict[str, Any]:
        self._or_trouble()
        self.before_view()
        with self.lock:
            self.views += 1
            self.versions[agent] += 1
            return _view(agent, self.versions[agent], sorted(self.pauses[agent]))

    def ready(self, agent: str) -> None:
        self.pauses[agent].clear()

    def not_ready(self, agent: str, reason: str) -> None:
        if reason != "break":
            raise Refusal("bad_request", "There is no such reason.")
        self.pauses[agent].add(reason)

    def unpause(self, agent: str, reason: str) -> None:
        self.pauses[agent].discard(reason)

    def _held(self, agent: str, reservation: str) -> None:
        if self.holds.get(reservation) != agent:
            raise Refusal("not_yours", "This customer is not with you.")

    def pass_on(self, agent: str, reservation: str) -> None:
        self._held(agent, reservation)

    def accept(self, agent: str, reservation: str) -> None:
        self._held(agent, reservation)

    def finish(self, agent: str, reservation: str, disposition: str | None, note: str | None, ready: bool) -> None:
        self._held(agent, reservation)

    def extend(self, agent: str, reservation: str) -> None:
        self._held(agent, reservation)

    def hang_up(self, agent: str, interaction: str) -> None:
        self._held(agent, interaction)

    def note(self, agent: str, reservation: str, note: str) -> None:
        self._held(agent, reservation)

    def page(self, agent: str, interaction: str) -> dict[str, Any]:
        self._held(agent, interaction)
        return {
            "interaction": interaction,
            "url": SHOP,
            "title": "Worktops",
            "taken_at": datetime.now(UTC),
            "viewport": {"width": 1, "height": 1},
            "hidden_fields": 0,
            "version": 1,
            "take": None,
            "snapshot": json.dumps({"type": 0, "childNodes": [], "id": 1}),
        }

    def sees_page(self, agent: str, interaction: str) -> str | None:
        self._or_trouble()
        return agent.title() if self.holds.get(interaction) == agent else None

    def page_shown(self, agent: str, reservation: str) -> bool:
        self._held(agent, reservation)
        self.shown.append((agent, reservation))
        return True

    def console_opened(self, session: str, connection: str) -> None:
        self._or_trouble()
        self.consoles[session].add(connection)

    def console_closed(self, session: str, connection: str) -> None:
        self.consoles[session].discard(connection)


class FakeCallbacks:
    """One callback a reservation, for numbers of seven digits at least."""

    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.made: dict[str, tuple[str, dict[str, Any] | None, bool]] = {}

    def windows(self, agent: str, reservation: str, number: str | None, first_day: date | None) -> dict[str, Any]:
        self.desk._held(agent, reservation)
        day = first_day or date(2026, 12, 1)
        return {"zone": "Europe/London", "windows": [_window(day, hour) for hour in (9, 10, 11)], "server_time": _now()}

    def make(self, agent: str, reservation: str, number: str, when: dict[str, Any] | None, mine: bool) -> None:
        self.desk._held(agent, reservation)
        if sum(symbol.isdigit() for symbol in number) < 7:
            raise Refusal("malformed_number", "That does not look like a telephone number.")
        if reservation in self.made:
            raise Refusal("already_waiting", "A callback is booked already.")
        self.made[reservation] = (number, when, mine)

    def cancel(self, agent: str, interaction: str) -> None:
        self.desk._held(agent, interaction)
        self.made.pop(interaction, None)

    def call_now(self, agent: str, interaction: str) -> None:
        self.desk._held(agent, interaction)
        if self.desk.pauses[agent]:
            raise Refusal("not_ready", "Go ready first: your phone must be free.")


class FakeRecords:
    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.changes: list[dict[str, Any]] = []

    def history(self, agent: str, interaction: str) -> list[dict[str, Any]]:
        self.desk._held(agent, interaction)
        return []

    def choose(self, agent: str, interaction: str, customer: str) -> None:
        self.desk._held(agent, interaction)

    def keep(self, agent: str, interaction: str, changes: dict[str, Any]) -> None:
        self.desk._held(agent, interaction)
        self.changes.append(changes)


class FakeCustomers:
    """One, whom everybody finds."""

    IDENTITY = str(uuid.UUID(int=1001))

    def find(self, agent: str, text: str) -> dict[str, Any]:
        if len(text.strip()) < 3:
            raise Refusal("bad_request", "Type 3 letters or digits at least.", least=3)
        kept = {"external_id": "C-1001", "name": "Marit Solvang", "phone": "+447700900142", "email": None}
        return {"customers": [{"id": self.IDENTITY} | kept], "more": False}

    def record(self, agent: str, customer: str) -> dict[str, Any]:
        if customer != self.IDENTITY:
            raise Refusal("not_found", "There is no such customer any more.")
        more = {"language": "en", "attributes": {}, "notes": "", "since": datetime.now(UTC), "known": True}
        return {
            "customer": self.find(agent, "marit")["customers"][0] | more,
            "history": [],
            "history_total": 0,
            "callback": None,
        }


class FakeTransfers:
    def __init__(self, desk: FakeDesk) -> None:
        self.desk = desk
        self.started: list[tuple[str, str, dict[str, str], bool]] = []

    def start(self, agent: str, interaction: str, kind: str, to: dict[str, str], with_page: bool) -> None:
        self.desk._held(agent, interaction)
        if to.get("agent") == "tomas":
            raise Refusal("agent_not_free", "Tomas is in a call.", state="talking")
        self.started.append((interaction, kind, to, with_page))

    def complete(self, agent: str, interaction: str) -> None:
        self.desk._held(agent, interaction)

    def conference(self, agent: str, interaction: str) -> None:
        self.desk._held(agent, interaction)

    def take_back(self, agent: str, interaction: str) -> None:
        self.desk._held(agent, interaction)

    def targets(self, agent: str, search: str) -> dict[str, Any]:
        ines = {"id": "ines", "name": "Ines Varga", "first_name": "Ines", "state": "ready", "skills": {"kitchens": 5}}
        return {
            "agents": [ines | {"since": datetime.now(UTC)}],
            "teams": [{"skill": "kitchens", "ready": 2, "logged_in": 3, "free_in_seconds": None}],
        }


class FakeTelephones:
    """Every station is in a browser; a target is good until the next one is made."""

    def __init__(self, srp: FakeSrp, desk: FakeDesk) -> None:
        self.srp, self.desk = srp, desk
        self.quality: list[tuple[str, str, int]] = []
        """(agent, interaction, how many samples)"""

    def of_agent(self, session: str) -> dict[str, Any]:
        self.desk._or_trouble()
        return _access("201")

    def of_customer(self, interaction: str) -> dict[str, Any]:
        self.srp.status(interaction)
        target = f"sip:t{uuid.uuid4().hex}@127.0.0.1"
        return _access("web-customer") | {"target": target, "deadline": _now(), "longest_seconds": 3600}

    def keep_quality(self, agent: str, interaction: str, samples: list[dict[str, Any]]) -> None:
        self.desk._held(agent, interaction)
        self.quality.append((agent, interaction, len(samples)))


def _access(user: str) -> dict[str, Any]:
    return {
        "url": "ws://127.0.0.1:8089/ws",
        "uri": f"sip:{user}@127.0.0.1",
        "user": user,
        "password": "secret",
        "ice_servers": [{"urls": "stun:stun.example:3478"}],
    }


def _status(interaction: str, place: int) -> dict[str, Any]:
    now = datetime.now(UTC)
    number = f"0207946{place:04d}"
    return {
        "interaction": interaction,
        "state": "waiting_for_call",
        "number": number,
        "display_number": number,
        "tel": f"tel:{number}",
        "sip": f"sip:{number}@127.0.0.1:5060",
        "deadline": now + timedelta(seconds=90),
        "longest_until": now + timedelta(seconds=600),
        "seconds_left": 90.0,
        "agent": {"first_name": "Noor"},
        "video": True,
        "end_reason": None,
        "connected_at": None,
        "ended_at": None,
        "server_time": now,
    }


def _now() -> datetime:
    return datetime.now(UTC)


def _masked(number: str) -> str:
    digits = [symbol for symbol in number if symbol.isdigit()]
    return "•" * (len(digits) - 3) + "".join(digits[-3:])


def _window(day: date, hour: int) -> dict[str, Any]:
    begins = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return {
        "date": day.isoformat(),
        "from": f"{hour:02}:00",
        "until": f"{hour + 1:02}:00",
        "zone": "Europe/London",
        "starts_at": begins,
        "ends_at": begins + timedelta(hours=1),
        "left": 2,
    }


def _call_me_status(interaction: str, number: str, when: dict[str, Any] | None) -> dict[str, Any]:
    now = _now()
    return {
        "interaction": interaction,
        "channel": "call_me",
        "state": "queued",
        "place": None if when else 1,
        "estimate_seconds": 120.0,
        "promised_at": now,
        "promised_until": None,
        "window": when and {"zone": "Europe/London"} | when,
        "next_try_at": now,
        "tries": 0,
        "last_try_at": None,
        "last_outcome": None,
        "detail": "",
        "display_number": _masked(number),
        "agent": None,
        "can_change": True,
        "can_cancel": True,
        "server_time": now,
    }


def _view(agent: str, version: int, reasons: list[str]) -> dict[str, Any]:
    now = datetime.now(UTC)
    state = {
        "name": "not_ready" if reasons else "ready",
        "since": now,
        "reasons": reasons,
        "pause_after": [],
        "pauses": reasons,
    }
    return {
        "version": version,
        "server_time": now,
        "agent": {
            "id": agent,
            "name": agent.title(),
            "first_name": agent.title(),
            "station": "201",
            "skills": {"kitchens": 5},
            "languages": ["en"],
        },
        "state": state,
        "telephone": {"reachable": True, "state": "idle"},
        "telephone_system": "up",
        "engagement": None,
        "callbacks": [],
        "dispositions": [{"id": "sold", "name": "Sold"}],
        "pause_reasons": [{"id": "break", "name": "Break"}],
        "today": {"calls": 0, "average_talk_seconds": 0, "average_wrap_up_seconds": 0},
        "team": {"waiting": 0, "longest_wait_seconds": 0, "ready": 1, "logged_in": 1},
    }
