"""A server that follows docs/api.md and does what a test tells it: the other side of widget and console.

It knows no telephones. A test sets what the next click meets, moves the call from state to state, and reads what the
browser sent, byte for byte.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request, send_from_directory, session
from flask_socketio import SocketIO, disconnect, join_room
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ctiapp.settings import PROJECT

PHONE = Path(__file__).with_name("scripted_phone.js")
DIST = Path(__file__).resolve().parents[3] / "web" / "dist"
CONSOLE_CSP = (
    "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'"
)
FRAME_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
PASSWORD = "a long password"
TOKEN = "token-of-this-interaction"


def iso(seconds_from_now: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds_from_now)).isoformat()


@dataclass
class Wire:
    method: str
    path: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ScriptedServer:
    def __init__(self) -> None:
        self.wire: list[Wire] = []
        self.pool: dict[str, Any] = {}
        self.refusals: list[tuple[int, str, dict[str, Any]]] = []
        self.call: dict[str, Any] | None = None
        self.request: dict[str, Any] | None = None
        self.windows: list[dict[str, Any]] = []
        self.proof: str | None = None
        self.own = True
        self.pages: dict[str, dict[str, Any]] = {}
        self.slow_pages: dict[str, threading.Event] = {}
        self.view: dict[str, Any] | None = None
        self.logged_in_elsewhere = False
        self.is_cut = False
        self.phone_is_here = False
        self.consoles: set[str] = set()
        self.shown: list[str] = []
        self.interactions = 0
        self.keys: dict[str, str] = {}
        self.lock = threading.RLock()
        self.app = Flask("scripted")
        self.app.secret_key = "only for tests"
        self.app.config["SESSION_COOKIE_NAME"] = "scripted_console"
        self.live = SocketIO(self.app, async_mode="threading", cors_allowed_origins="*")
        self.reset()
        _record(self)
        _customer(self)
        _call_me(self)
        _agent(self)
        _files(self)

    def reset(self) -> None:
        with self.lock:
            self.wire.clear()
            self.refusals.clear()
            self.shown.clear()
            self.keys.clear()
            self.pages.clear()
            self.slow_pages.clear()
            self.call = self.request = self.view = self.proof = None
            self.windows = some_windows()
            self.own = True
            self.logged_in_elsewhere = self.is_cut = self.phone_is_here = False
            self.pool = {"open": True, "opens_at": None, "closes_at": "2026-11-25T21:00:00Z", "telephone": "up"}

    # What a test says

    def refuse(self, status: int, code: str, **details: Any) -> None:
        """The next click is refused."""
        self.refusals.append((status, code, details))

    def move(self, **change: Any) -> None:
        """The call changes; every page that follows it hears so."""
        with self.lock:
            assert self.call is not None
            self.call.update(change)
            status = self.status()
        self.live.emit("status", status, namespace="/customer")

    def end(self, reason: str, talked: float | None = None) -> None:
        connected = iso(-talked) if talked is not None else None
        gone = dict.fromkeys(("number", "display_number", "tel", "sip", "deadline"))
        self.move(state="ended", end_reason=reason, ended_at=iso(), connected_at=connected, **gone)

    def call_back(self, **change: Any) -> None:
        """The pool offers Call me, as said."""
        self.pool["call_me"] = an_offer(**change)

    def request_moves(self, **change: Any) -> None:
        """The request changes; every page that follows it hears so."""
        with self.lock:
            assert self.request is not None
            self.request.update(change)
            status = self.request_seen()
        self.live.emit("status", status, namespace="/customer")

    def request_seen(self) -> dict[str, Any]:
        assert self.request is not None
        looks = {} if self.own else {"can_change": False, "can_cancel": False}
        return {**self.request, **looks, "server_time": iso()}

    def request_ends(self, state: str, **change: Any) -> None:
        self.request_moves(state=state, place=None, next_try_at=None, can_change=False, can_cancel=False, **change)

    def show(self, **change: Any) -> None:
        """The agent's view changes; the console hears so."""
        with self.lock:
            assert self.view is not None
            self.view.update(change)
            self.view["version"] += 1
            self.view["server_time"] = iso()
            view = json.loads(json.dumps(self.view))
        self.live.emit("view", view, namespace="/agent")

    def cut(self) -> None:
        """Consoles lose their line, and get no other one."""
        self.is_cut = True
        for sid in list(self.consoles):
            self.live.server.disconnect(sid, namespace="/agent")

    def bodies(self, path: str, method: str | None = None) -> list[Wire]:
        return [sent for sent in self.wire if sent.path.startswith(path) and method in (None, sent.method)]

    # What the browser hears

    def status(self) -> dict[str, Any]:
        assert self.call is not None
        call = dict(self.call)
        waiting = call["state"] == "waiting_for_call"
        left = (datetime.fromisoformat(call["deadline"]) - datetime.now(UTC)).total_seconds() if waiting else None
        return {**call, "seconds_left": left, "server_time": iso()}


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


CONSENT = "Please call me at this number about what I am looking at."


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


def _in_paris(window: dict[str, Any]) -> dict[str, Any]:
    """The same hours by the clock there: in winter an hour before London's."""
    moved = {
        key: (datetime.fromisoformat(window[key]) - timedelta(hours=1)).isoformat() for key in ("starts_at", "ends_at")
    }
    return {**window, **moved, "zone": "Europe/Paris"}


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


def an_outgoing(call_out: dict[str, Any] | None = None, number: int = 1, **change: Any) -> dict[str, Any]:
    """What the agent holds while we call the customer; the page is as old as the request."""
    calls = {"channel": "call_me", "number": "+447700900142", "display_number": "+44 7700 900142", "deadline": None}
    held = an_engagement(number)
    page = held["page"] | {"taken_at": iso(-725)}
    return held | calls | {"page": page, "call_me": call_out or a_call_out()} | change


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


def _refusal(status: int, code: str, **details: Any) -> Response:
    answer = jsonify({"error": {"code": code, "message": f"Refused: {code}.", "details": details}})
    answer.status_code = status
    return answer


def _record(server: ScriptedServer) -> None:
    @server.app.before_request
    def record() -> None:
        if request.path.startswith("/api/"):
            server.wire.append(Wire(request.method, request.path.removeprefix("/api/v1/"), request.get_data()))

    @server.app.after_request
    def cross_origin(response: Response) -> Response:
        if request.path.startswith(("/api/v1/call-us", "/api/v1/call-me", "/api/v1/pools", "/widget.js", "/assets/")):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
        return response


def _customer(server: ScriptedServer) -> None:
    app = server.app

    @app.get("/api/v1/pools/<site>/<pool>")
    def pool(site: str, pool: str) -> Response:
        return jsonify(server.pool)

    @app.post("/api/v1/call-us")
    def click() -> Any:
        key = request.get_json()["idempotency_key"]
        with server.lock:
            if server.refusals:
                status, code, details = server.refusals.pop(0)
                if code == "dropped":
                    request.environ["werkzeug.socket"].close()
                return _refusal(status, code, **details)
            replay = key in server.keys
            if not replay:
                server.interactions += 1
                server.call = a_call(server.interactions)
                server.keys[key] = server.call["interaction"]
            return jsonify({**server.status(), "token": TOKEN}), 200 if replay else 201

    def mine(interaction: str) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _refusal(401, "token_invalid")
        if server.call is None or server.call["interaction"] != interaction:
            return _refusal(404, "unknown_interaction")
        return None

    @app.get("/api/v1/call-us/<interaction>")
    def status(interaction: str) -> Any:
        return mine(interaction) or jsonify(server.status())

    @app.post("/api/v1/call-us/<interaction>/alive")
    def alive(interaction: str) -> Any:
        refused = mine(interaction)
        if refused or server.call is None:
            return refused
        server.call["deadline"] = iso(90)
        return jsonify(server.status())

    @app.post("/api/v1/call-us/<interaction>/telephone")
    def telephone_of_page(interaction: str) -> Any:
        return mine(interaction) or jsonify({"target": "sip:target@127.0.0.1"})

    @app.put("/api/v1/call-us/<interaction>/page")
    def page(interaction: str) -> Any:
        return mine(interaction) or ("", 204)

    @app.delete("/api/v1/call-us/<interaction>")
    def cancel(interaction: str) -> Any:
        refused = mine(interaction)
        if refused:
            return refused
        server.end("cancelled")
        return jsonify(server.status())

    @server.live.on("connect", namespace="/customer")
    def connected(auth: Any = None) -> bool | None:
        if not auth or auth.get("token") != TOKEN or (server.call or server.request) is None:
            return False
        status = server.request_seen() if server.request else server.status()
        server.live.emit("status", status, namespace="/customer", to=request.sid)  # type: ignore[attr-defined]
        return None


def _call_me(server: ScriptedServer) -> None:
    app = server.app

    @app.get("/api/v1/pools/<site>/<pool>/windows")
    def windows(site: str, pool: str) -> Response:
        first = request.args.get("from", "")
        found = [one for one in server.windows if one["date"] >= first]
        server_time = "2026-11-25T08:00:00+00:00"
        return jsonify({"zone": request.args.get("zone"), "windows": found, "server_time": server_time})

    @app.post("/api/v1/call-me")
    def call_me() -> Any:
        asked = request.get_json()
        with server.lock:
            refused = _next_refusal(server) or _wants_proof(server, asked)
            if refused:
                return refused
            replay = server.request is not None and server.request["can_cancel"]
            if not replay:
                server.interactions += 1
                window = {"place": None, "estimate_seconds": None, "window": asked["when"]} if asked["when"] else {}
                server.request = a_request(server.interactions, **window)
            link = f"http://127.0.0.1/call-me/link-{server.interactions}" if server.own else None
            answer = {**seen(), "token": TOKEN, "link": link, "own": server.own}
            return jsonify(answer), 200 if replay else 201

    seen = server.request_seen

    def mine(interaction: str) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _refusal(401, "token_invalid")
        if server.request is None or server.request["interaction"] != interaction:
            return _refusal(404, "unknown_interaction")
        return None

    @app.get("/api/v1/call-me/<interaction>")
    def status_of_request(interaction: str) -> Any:
        return mine(interaction) or jsonify(seen())

    @app.patch("/api/v1/call-me/<interaction>")
    def change(interaction: str) -> Any:
        asked = request.get_json()
        refused = mine(interaction) or _next_refusal(server)
        if not refused and "number" in asked:
            refused = _wants_proof(server, asked)
        if refused or server.request is None:
            return refused
        if "when" in asked:
            soon = asked["when"] is None
            server.request.update(
                window=asked["when"], place=3 if soon else None, estimate_seconds=540 if soon else None
            )
        if "number" in asked:
            server.request["display_number"] = "••••• •••" + asked["number"][-3:]
        return jsonify(seen())

    @app.put("/api/v1/call-me/<interaction>/page")
    def page_of_request(interaction: str) -> Any:
        return mine(interaction) or ("", 204)

    @app.delete("/api/v1/call-me/<interaction>")
    def cancel_request(interaction: str) -> Any:
        refused = mine(interaction) or _next_refusal(server)
        if refused:
            return refused
        server.request_ends("cancelled")
        return jsonify(seen())


def _next_refusal(server: ScriptedServer) -> Response | None:
    if not server.refusals:
        return None
    status, code, details = server.refusals.pop(0)
    return _refusal(status, code, **details)


def _wants_proof(server: ScriptedServer, asked: dict[str, Any]) -> Response | None:
    """Where the test set a code, it is asked for; a number that is not typed is not proved."""
    if server.proof is None or asked.get("proof") == server.proof:
        return None
    if asked.get("proof"):
        return _refusal(403, "proof_wrong")
    return _refusal(403, "proof_needed", kind="code", digits=6, number="••••• •••142", holds_for=600)


def _agent(server: ScriptedServer) -> None:
    app = server.app

    def view() -> Any:
        if server.view is None or "agent" not in session:
            return _refusal(401, "not_logged_in")
        return jsonify({**server.view, "server_time": iso()})

    def checked() -> Response | None:
        if server.view is None or "agent" not in session:
            return _refusal(401, "not_logged_in")
        if request.headers.get("X-CSRF-Token") != server.view["csrf"]:
            return _refusal(403, "csrf")
        return None

    @app.post("/api/v1/agent/login")
    def login() -> Any:
        body = request.get_json()
        if body["password"] != PASSWORD:
            return _refusal(401, "wrong_password")
        if body["station"] == "9999":
            return _refusal(404, "unknown_station")
        if body["station"] == "2199" and not body["take_over"]:
            return _refusal(409, "station_taken", agent="1043")
        if server.logged_in_elsewhere and not body["take_over"]:
            return _refusal(409, "already_logged_in")
        session["agent"] = body["agent"]
        server.view = server.view or a_view()
        return view()

    @app.get("/api/v1/agent/view")
    def see() -> Any:
        return view()

    @app.post("/api/v1/agent/logout")
    def logout() -> Any:
        session.clear()
        return jsonify({})

    @app.get("/api/v1/agent/transfer-targets")
    def transfer_targets() -> Any:
        colleagues = [
            ("1043", "Ines Okafor", "ready"),
            ("1044", "Tomas Reuel", "talking"),
            ("1045", "Sana Kivi", "not_ready"),
        ]
        agents = [
            {
                "id": one,
                "name": name,
                "first_name": name.split()[0],
                "state": busy,
                "since": iso(-130),
                "skills": {"kitchens": 4},
            }
            for one, name, busy in colleagues
        ]
        return jsonify({"agents": agents, "teams": [{"skill": "kitchens", "ready": 2, "logged_in": 5}]})

    @app.get("/api/v1/agent/telephone")
    def telephone() -> Any:
        return jsonify({}) if server.phone_is_here else _refusal(404, "not_found")

    @app.post("/api/v1/agent/ready")
    def ready() -> Any:
        refused = checked()
        if not refused:
            busy = server.view and server.view["engagement"]
            server.show(state={**server.view["state"], "pause_after": [], "pauses": []} if busy else state("ready", 0))  # type: ignore[index]
        return refused or view()

    @app.post("/api/v1/agent/not-ready")
    def not_ready() -> Any:
        refused = checked()
        if not refused:
            pauses_are([*server.view["state"]["pauses"], request.get_json()["reason"]])  # type: ignore[index]
        return refused or view()

    @app.delete("/api/v1/agent/pauses/<reason>")
    def unpause(reason: str) -> Any:
        refused = checked()
        if not refused:
            pauses_are([one for one in server.view["state"]["pauses"] if one != reason])  # type: ignore[index]
        return refused or view()

    def pauses_are(pauses: list[str]) -> None:
        assert server.view is not None
        pauses = list(dict.fromkeys(pauses))
        if server.view["engagement"]:
            server.show(state={**server.view["state"], "pause_after": pauses, "pauses": pauses})
        else:
            server.show(state=state("not_ready" if pauses else "ready", 0, pauses))

    @app.post("/api/v1/agent/reservations/<reservation>/<deed>")
    def reservation(reservation: str, deed: str) -> Any:
        refused = checked()
        if refused or server.view is None:
            return refused
        if deed == "accept":
            held = server.view["engagement"]
            server.show(engagement={**held, "call_me": {**held["call_me"], "state": "dialling", "preview_until": None}})
        elif deed == "pass" and server.view["engagement"]["call_me"]:
            server.show(engagement=None, state=state("ready", 0))
        elif deed == "extend":
            server.show(engagement={**server.view["engagement"], "wrap_up_until": iso(60)})
        elif deed == "callback":
            asked = request.get_json()
            refused = _next_refusal(server)
            if refused:
                return refused
            made = a_callback(display_number=asked["number"], name="Marit Solvang", mine=asked["mine"])
            mine = [*server.view["callbacks"], made] if asked["mine"] else server.view["callbacks"]
            server.show(engagement={**server.view["engagement"], "callback": made}, callbacks=mine)
        elif deed == "finish":
            ready = request.get_json()["ready"]
            server.show(engagement=None, state=state("ready" if ready else "not_ready", 0))
        else:
            server.show(engagement=None, state=state("not_ready", 0, ["rejected"]))
        return view()

    @app.put("/api/v1/agent/reservations/<reservation>/notes")
    def notes(reservation: str) -> Any:
        return checked() or ("", 204)

    @app.get("/api/v1/agent/reservations/<reservation>/windows")
    def windows_of(reservation: str) -> Any:
        first = request.args.get("from", "")
        found = [_in_paris(one) for one in server.windows if one["date"] >= first]
        barred = "do_not_call" if request.args.get("number", "").endswith("999") else None
        times = {"zone": "Europe/Paris", "server_time": "2026-11-25T08:00:00+00:00", "barred": barred}
        return jsonify({**times, "windows": found})

    @app.delete("/api/v1/agent/callbacks/<interaction>")
    def cancel_callback(interaction: str) -> Any:
        refused = checked()
        if refused or server.view is None:
            return refused
        left = [one for one in server.view["callbacks"] if one["interaction"] != interaction]
        held = server.view["engagement"]
        server.show(callbacks=left, engagement=held and {**held, "callback": None})
        return view()

    @app.post("/api/v1/agent/callbacks/<interaction>/call")
    def call_now(interaction: str) -> Any:
        refused = checked() or _next_refusal(server)
        if not refused and server.view:
            mine = [{**one, "state": "dialling"} for one in server.view["callbacks"]]
            server.show(callbacks=mine)
        return refused or view()

    @app.get("/api/v1/interactions/<interaction>/history")
    def history(interaction: str) -> Any:
        assert server.view is not None
        lines = server.view["engagement"]["history"]
        return jsonify({"history": [{**lines[n % len(lines)], "interaction": f"earlier-{n}"} for n in range(9)]})

    @app.patch("/api/v1/interactions/<interaction>/customer")
    def keep_customer(interaction: str) -> Any:
        refused = checked() or _next_refusal(server)
        if refused or server.view is None:
            return refused
        held = server.view["engagement"]
        known = held["customer"] or {**marit(), "name": None, "attributes": {}, "email": None}
        server.show(engagement={**held, "customer": {**known, **request.get_json()}})
        return view()

    @app.post("/api/v1/interactions/<interaction>/customer")
    def choose_customer(interaction: str) -> Any:
        refused = checked()
        if refused or server.view is None:
            return refused
        held = server.view["engagement"]
        chosen = next(one for one in held["candidates"] if one["id"] == request.get_json()["customer"])
        server.show(engagement={**held, "customer": chosen, "candidates": []})
        return view()

    @app.get("/api/v1/interactions/<interaction>/page")
    def page_of(interaction: str) -> Any:
        wait = server.slow_pages.get(interaction)
        if wait:
            wait.wait(10)
        page = server.pages.get(interaction)
        return jsonify(page) if page else _refusal(404, "not_found")

    @server.live.on("connect", namespace="/agent")
    def connected() -> bool | None:
        if server.view is None or "agent" not in session or server.is_cut:
            return False
        server.consoles.add(request.sid)  # type: ignore[attr-defined]
        join_room("agents")
        server.live.emit("view", {**server.view, "server_time": iso()}, namespace="/agent", to=request.sid)  # type: ignore[attr-defined]
        return None

    @server.live.on("disconnect", namespace="/agent")
    def disconnected(reason: Any = None) -> None:
        server.consoles.discard(request.sid)  # type: ignore[attr-defined]

    @server.live.on("page_shown", namespace="/agent")
    def page_shown(data: Any) -> dict[str, bool]:
        server.shown.append(data["reservation"])
        return {"ok": True}

    @server.live.on("drop_me", namespace="/agent")
    def drop_me() -> None:
        disconnect()


@cache
def _call_window_without_a_switch() -> bytes:
    """Built anew with our telephone in it, which takes a second."""
    with tempfile.TemporaryDirectory() as folder:
        build = f'. ./node.sh && node test/scriptedCall.mjs "{folder}" "{PHONE}"'
        subprocess.run(["sh", "-c", build], cwd=DIST.parent, check=True, capture_output=True)
        return (Path(folder) / "call.js").read_bytes()


def _files(server: ScriptedServer) -> None:
    app = server.app

    @app.get("/widget.js")
    def widget() -> Response:
        return send_from_directory(DIST, "widget.js")

    @app.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        file = DIST / "assets" / Path(name).name
        if server.phone_is_here and name.startswith("phone"):
            file = PHONE
        # Whole: a page that is closed while a file is sent would leave it open.
        return Response(file.read_bytes(), mimetype="text/javascript")

    @app.get("/call")
    def call_window() -> Response:
        page = (PROJECT / "ctiapp" / "web" / "templates" / "call.html").read_text("utf-8")
        return Response(page, mimetype="text/html", headers={"Content-Security-Policy": CONSOLE_CSP})

    @app.get("/call/call.js")
    def call_script() -> Response:
        return Response(_call_window_without_a_switch(), mimetype="text/javascript")

    @app.get("/a-shop-with/<accent>")
    def own_accent(accent: str) -> str:
        return (
            '<!doctype html><title>Shop</title><script src="/widget.js" data-site="larkmoor" async '
            f'data-accent="#{accent}">'
            "</script><ctiapp-button data-pool=sales></ctiapp-button>"
        )

    @app.get("/console")
    def console() -> Response:
        page = (
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            '<title>Console</title><link rel="stylesheet" href="/console/console.css">'
            '<script src="/console/console.js" defer></script><div id="console"></div></html>'
        )
        return Response(page, mimetype="text/html", headers={"Content-Security-Policy": CONSOLE_CSP})

    @app.get("/console/frame")
    def frame() -> Response:
        page = "<!doctype html><html><head></head><body></body></html>"
        return Response(page, mimetype="text/html", headers={"Content-Security-Policy": FRAME_CSP})

    @app.get("/console/<path:name>")
    def built(name: str) -> Response:
        return send_from_directory(DIST / "console", name)


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """A test's output is for what failed."""


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[BaseWSGIServer]:
    """The application on a port of its own, in a thread of its own."""
    http = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    http.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield http
    finally:
        http.shutdown()
        thread.join(5)
        http.server_close()


@dataclass
class Stage:
    """Both sides of one test run: the scripted server, the real demo shop, and where they are."""

    server: ScriptedServer
    web: str
    shop: str
    folder: Path
    secret: str = field(default="")


@contextmanager
def staged(state_folder: Path) -> Iterator[Stage]:
    from ctiapp.demo.shop import create_shop
    from ctiapp.settings import Settings

    server = ScriptedServer()
    with serving(server.app) as web:
        settings = Settings(state=state_folder, bind="127.0.0.1", web_port=web.port)
        with serving(create_shop(settings)) as shop:
            yield Stage(
                server,
                f"http://127.0.0.1:{web.port}",
                f"http://127.0.0.1:{shop.port}",
                state_folder,
                settings.secret("site-larkmoor"),
            )
