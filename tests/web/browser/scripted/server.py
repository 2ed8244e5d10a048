"""The scripted server: what it was told, and what it heard."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request
from flask_socketio import SocketIO

from . import agent, call_me, call_us, customers, files, finding
from .calls import an_offer, some_windows
from .said import Wire, iso, refusal
from .views import marit, yusuf


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
        self.customers: list[dict[str, Any]] = []
        self.promised: dict[str, Any] | None = None
        self.interactions = 0
        self.keys: dict[str, str] = {}
        self.lock = threading.RLock()
        self.app = Flask("scripted")
        self.app.secret_key = "only for tests"
        self.app.config["SESSION_COOKIE_NAME"] = "scripted_console"
        self.live = SocketIO(self.app, async_mode="threading", cors_allowed_origins="*")
        self.reset()
        _record(self)
        for part in (call_us, call_me, agent, customers, finding, files):
            part.add_routes(self)

    def reset(self) -> None:
        with self.lock:
            self.wire.clear()
            self.refusals.clear()
            self.shown.clear()
            self.keys.clear()
            self.pages.clear()
            self.slow_pages.clear()
            self.call = self.request = self.view = self.proof = self.promised = None
            self.customers = [marit(), yusuf()]
            self.windows = some_windows()
            self.own = True
            self.logged_in_elsewhere = self.is_cut = self.phone_is_here = False
            self.pool = {"open": True, "opens_at": None, "closes_at": "2026-11-25T21:00:00Z", "telephone": "up"}

    # What a test says

    def refuse(self, status: int, code: str, **details: Any) -> None:
        """The next click is refused."""
        self.refusals.append((status, code, details))

    def next_refusal(self) -> Response | None:
        if not self.refusals:
            return None
        status, code, details = self.refusals.pop(0)
        return refusal(status, code, **details)

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
