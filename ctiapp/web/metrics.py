"""What the web server counts. Labels are routes and codes, never paths or ids."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS = (0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """One registry an app, so that several apps in one process (tests) do not share figures."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "ctiapp_web_requests_total", "Requests", ["route", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "ctiapp_web_request_seconds", "Time to answer", ["route", "method"], buckets=BUCKETS, registry=self.registry
        )
        self.refusals = Counter("ctiapp_web_refusals_total", "Refused requests", ["code"], registry=self.registry)
        self.sockets = Gauge("ctiapp_web_sockets", "Open sockets", ["namespace"], registry=self.registry)
        self.emits = Counter("ctiapp_web_emits_total", "Messages pushed to browsers", ["event"], registry=self.registry)
        self.emit_seconds = Histogram(
            "ctiapp_web_emit_seconds",
            "Time from the wake-up to the push",
            ["event"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.gate = Counter(
            "ctiapp_web_transports_refused_total", "Sockets refused at the gate", ["reason"], registry=self.registry
        )
