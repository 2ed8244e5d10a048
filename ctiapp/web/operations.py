"""For whoever runs it: is the process alive, can it do its work, what has it done."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from .metrics import Metrics

log = logging.getLogger(__name__)
Health = Callable[[], dict[str, Any]]
"""`{"database": bool, "telephone": "up" | "down", "detail": …}`; "up" means the CTI server has reconciled."""


def blueprint(health: Health, metrics: Metrics) -> Blueprint:
    area = Blueprint("operations", __name__)

    @area.get("/healthz")
    def healthz() -> Response:
        return jsonify(alive=True)

    @area.get("/readyz")
    def readyz() -> tuple[Response, int]:
        now = ask(health)
        ready = now["database"] is True and now["telephone"] == "up"
        return jsonify(ready=ready, **now), 200 if ready else 503

    @area.get("/metrics")
    def figures() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return area


def ask(health: Health) -> dict[str, Any]:
    """What `health` says; a question that fails is an answer too."""
    try:
        now = health() or {}
    except Exception as error:
        log.warning("the health could not be asked: %s", type(error).__name__)
        now = {}
    return {
        "database": now.get("database", False),
        "telephone": now.get("telephone", "down"),
        "detail": now.get("detail", ""),
    }
