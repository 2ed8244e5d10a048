"""The window that holds a customer's telephone, whatever the shop's page does meanwhile."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, render_template

from . import security
from .widget import send_built


def blueprint(dist: Path) -> Blueprint:
    area = Blueprint("call_window", __name__, template_folder="templates")

    @area.get("/call")
    @security.content_policy(security.CONSOLE_CSP)
    def window() -> Response:
        response = Response(render_template("call.html"), mimetype="text/html")
        # The shop's page opened it, brings it to the front, and hears from it how the call goes.
        response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return response

    @area.get("/call/<path:name>")
    def built(name: str) -> Response:
        return send_built(dist / "call", name)

    @area.after_request
    def fresh(response: Response) -> Response:
        response.headers["Cache-Control"] = "no-cache"
        return response

    return area
