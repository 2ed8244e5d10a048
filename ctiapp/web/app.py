"""The one place that builds the web application."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from ..settings import PROJECT, Settings
from . import (
    agent,
    call_me,
    call_me_page,
    call_window,
    console,
    customer,
    errors,
    jsonio,
    operations,
    security,
    telephone,
    widget,
)
from .gate import Gate
from .identity import InteractionTokens, links
from .live import Live
from .metrics import Metrics
from .origins import Origins
from .page import MAX_BODY

log = logging.getLogger(__name__)

THREADS = 400
KEPT_FOR_HTTP = 40
"""Threads that no socket may take: one that polls takes a thread, a WebSocket does not."""
SOCKETS = 4000
SOCKETS_AN_ADDRESS = 60


def create_app(
    settings: Settings,
    srp: customer.Srp,
    call_requests: call_me.CallRequests,
    desk: agent.Desk,
    telephones: telephone.Telephones,
    store_health: operations.Health,
    dist: Path | None = None,
) -> Flask:
    """The WSGI application; `app.extensions["live"]` is its Live, to be started in the process that serves."""
    app = Flask(__name__, static_folder=None)
    app.json = jsonio.Json(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    metrics = Metrics()
    origins = Origins(srp.all_origins)
    tokens = InteractionTokens(settings.secret("interaction-token"))
    in_links = links(settings.secret("interaction-token"))
    security.install(app, settings.secret("web-session"))
    errors.install(app, metrics)
    _measure(app, metrics)
    live = Live(app, srp, call_requests, desk, tokens, origins, metrics, store_health)
    built = dist or PROJECT / "web" / "dist"
    for area in (
        widget.blueprint(built),
        customer.blueprint(srp, call_requests, tokens, origins),
        call_me.blueprint(call_requests, srp, tokens, in_links),
        call_me_page.blueprint(call_requests, in_links),
        agent.blueprint(desk, live.session_ended),
        telephone.blueprint(telephones, desk, srp, tokens),
        console.blueprint(built),
        call_window.blueprint(built),
        operations.blueprint(store_health, metrics),
    ):
        app.register_blueprint(area)
    app.wsgi_app = Gate(  # type: ignore[method-assign]
        app.wsgi_app,
        app,
        origins,
        metrics,
        live.transports,
        capacity=int(os.environ.get("CTIAPP_WEB_SOCKETS", SOCKETS)),
        pollers=max(1, threads() - KEPT_FOR_HTTP),
        an_address=int(os.environ.get("CTIAPP_SOCKETS_PER_ADDRESS", SOCKETS_AN_ADDRESS)),
    )
    _trust_proxies(app, int(os.environ.get("CTIAPP_PROXIES", 0)))
    app.extensions["live"], app.extensions["metrics"] = live, metrics
    return app


def threads() -> int:
    """How many requests at once: CTIAPP_WEB_THREADS."""
    return int(os.environ.get("CTIAPP_WEB_THREADS", THREADS))


def _trust_proxies(app: Flask, proxies: int) -> None:
    """Behind that many proxies of ours, the address, scheme and host are what the outermost of them saw."""
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )


def _measure(app: Flask, metrics: Metrics) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        metrics.requests.labels(route, request.method, response.status_code).inc()
        metrics.seconds.labels(route, request.method).observe(seconds)
        if request.method != "GET" or response.status_code >= 500:
            log.info("request", extra=_fields(route, response, seconds))
        return response


def _fields(route: str, response: Response, seconds: float) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "action": f"{request.method} {route}",
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
    }
    for name in ("interaction", "agent"):
        if name in g:
            fields[name] = g.get(name)
    return fields
