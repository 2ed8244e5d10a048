"""An SRP and a desk in memory that behave: one number a click, one live session an agent, refusals with codes."""

from __future__ import annotations

import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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

    def keep_alive(self, interaction: str) -> dict[str, Any]:
        return self.status(interaction)

    def new_page(self, interaction: str, page: dict[str, Any]) -> None:
        self.status(interaction)
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


class FakeDesk:
    def __init__(self) -> None:
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

    def _held(self, agent: str, reservation: str) -> None:
        if self.holds.get(reservation) != agent:
            raise Refusal("not_yours", "This customer is not with you.")

    def pass_on(self, agent: str, reservation: str) -> None:
        self._held(agent, reservation)

    def finish(self, agent: str, reservation: str, disposition: str | None, note: str | None, ready: bool) -> None:
        self._held(agent, reservation)

    def extend(self, agent: str, reservation: str) -> None:
        self._held(agent, reservation)

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
            "snapshot": json.dumps({"type": 0, "childNodes": [], "id": 1}),
        }

    def page_shown(self, agent: str, reservation: str) -> bool:
        self._held(agent, reservation)
        self.shown.append((agent, reservation))
        return True

    def console_opened(self, session: str, connection: str) -> None:
        self._or_trouble()
        self.consoles[session].add(connection)

    def console_closed(self, session: str, connection: str) -> None:
        self.consoles[session].discard(connection)


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
        "end_reason": None,
        "connected_at": None,
        "ended_at": None,
        "server_time": now,
    }


def _view(agent: str, version: int, reasons: list[str]) -> dict[str, Any]:
    now = datetime.now(UTC)
    state = {"name": "not_ready" if reasons else "ready", "since": now, "reasons": reasons, "pause_after": []}
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
        "dispositions": [{"id": "sold", "name": "Sold"}],
        "pause_reasons": [{"id": "break", "name": "Break"}],
        "today": {"calls": 0, "average_talk_seconds": 0, "average_wrap_up_seconds": 0},
        "team": {"waiting": 0, "longest_wait_seconds": 0, "ready": 1, "logged_in": 1},
    }
