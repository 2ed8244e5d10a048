"""What operators ask the CTI server over HTTP: does it live, can it route, and its figures."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg2
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Summary,
    generate_latest,
)

from ctiapp.core.waiting_time import relative_error
from ctiapp.servers.calling_out import Settled
from ctiapp.servers.estimates import Measured
from ctiapp.servers.turns import WINDOW
from ctiapp.store import Store

BUCKETS = (0.001, 0.002, 0.003, 0.005, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 2, 5)

ERRORS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5)

SILENCE_FOR = 5.0
"""Seconds somebody may be connected and say nothing: each is a thread."""


class Figures:
    """The CTI server's metrics; what is in the database is read when somebody asks."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        self._asking = threading.Lock()
        self._store = store
        self._routed = Counter("ctiapp_routed_total", "Answers given to the switch", ["answer"], registry=self.registry)
        self._seconds = Histogram(
            "ctiapp_route_seconds",
            "From the switch's question to our answer, the page's acknowledgement included",
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._wrong = Histogram(
            "ctiapp_wait_estimate_error_ratio",
            "How far a call request's estimate was off, as a share of what was waited (of 30 s where that was less)",
            ["pool"],
            buckets=ERRORS,
            registry=self.registry,
        )
        self._estimated = Summary(
            "ctiapp_wait_estimate_seconds", "What was estimated for those requests", ["pool"], registry=self.registry
        )
        self._waited = Summary(
            "ctiapp_wait_seconds", "What was waited for those calls", ["pool"], registry=self.registry
        )
        self._attempts = Counter(
            "ctiapp_attempts_total", "Calls out, by what came of them", ["pool", "outcome"], registry=self.registry
        )
        self._requests = Gauge(
            "ctiapp_call_requests", "Requests for a call that are open", ["pool", "state"], registry=self.registry
        )
        self._abandoned = Gauge(
            "ctiapp_abandoned_share",
            "Of the calls out answered by somebody in the last hour: for how many nobody was free",
            ["pool"],
            registry=self.registry,
        )
        self._points = Gauge("ctiapp_routing_points", "Routing points", ["pool", "state"], registry=self.registry)
        self._agents = Gauge("ctiapp_agents", "Agents", ["state"], registry=self.registry)
        self._calls = Gauge("ctiapp_calls", "Calls and reservations now", ["state"], registry=self.registry)

    def routed(self, answer: str) -> None:
        self._routed.labels(answer).inc()

    def route_seconds(self, seconds: float) -> None:
        self._seconds.observe(seconds)

    def waited(self, measured: Measured) -> None:
        """What `estimates.measured` told when a customer answered."""
        self._wrong.labels(measured.pool).observe(relative_error(measured.estimate, measured.waited))
        self._estimated.labels(measured.pool).observe(measured.estimate)
        self._waited.labels(measured.pool).observe(measured.waited)

    def came_of(self, settled: Settled) -> None:
        self._attempts.labels(settled.pool, settled.outcome).inc()

    def text(self) -> bytes:
        with self._asking, self._store.transaction() as tx:  # two who ask at once would see half of each other's
            self._points.clear()
            for row in tx.all("point_states"):
                self._points.labels(row["pool"], row["state"]).set(row["points"])
            self._agents.clear()
            for row in tx.all("agent_states"):
                self._agents.labels(row["state"]).set(row["agents"])
            self._requests.clear()
            for row in tx.all("request_states"):
                self._requests.labels(row["pool"], row["state"]).set(row["requests"])
            self._abandoned.clear()
            for row in tx.all("answers", window=WINDOW):
                self._abandoned.labels(row["pool"]).set(row["abandoned"] / row["answered"])
            for state, count in (tx.one("gauges") or {}).items():
                self._calls.labels(state).set(count)
            return generate_latest(self.registry)


def serve(address: tuple[str, int], state: Callable[[], tuple[bool, str]], figures: Figures) -> ThreadingHTTPServer:
    """`/healthz`, `/readyz` (503 with the reason until reconciled) and `/metrics`, on a thread of their own."""

    class Handler(BaseHTTPRequestHandler):
        timeout = SILENCE_FOR

        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._answer(200, {"alive": True})
            elif self.path == "/readyz":
                ready, detail = state()
                self._answer(200 if ready else 503, {"ready": ready, "detail": detail})
            elif self.path == "/metrics":
                self._metrics()
            else:
                self._answer(404, {"error": {"code": "not_found", "message": "There is nothing here."}})

        def _metrics(self) -> None:
            try:
                self._send(200, CONTENT_TYPE_LATEST, figures.text())
            except psycopg2.Error as error:
                self._answer(503, {"error": {"code": "database_down", "message": str(error).strip()}})

        def _answer(self, status: int, body: dict) -> None:
            self._send(status, "application/json", json.dumps(body).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(address, Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="operations", daemon=True).start()
    return server
