"""The pages: the agent's console with the empty frame that the customer's page is rebuilt in, and a way to them."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, render_template

from . import contract, security
from .widget import send_built

FRAME = "<!doctype html><html><head><meta charset=utf-8><title>Customer's page</title></head><body></body></html>"


def blueprint(dist: Path) -> Blueprint:
    area = Blueprint("console", __name__, template_folder="templates")

    @area.get("/")
    @security.content_policy(security.CONSOLE_CSP)
    def index() -> str:
        return render_template("index.html")

    @area.get("/console")
    @security.content_policy(security.CONSOLE_CSP)
    def console() -> Response:
        return _fresh(Response(render_template("console.html"), mimetype="text/html"))

    @area.get("/console/<path:name>")
    @security.content_policy(security.CONSOLE_CSP)
    def built(name: str) -> Response:
        return _fresh(send_built(dist / "console", name))

    @area.get("/console/frame")
    @security.content_policy(security.FRAME_CSP)
    def frame() -> Response:
        return _fresh(Response(FRAME, mimetype="text/html"))

    @area.get(contract.PREFIX + "/openapi.json")
    def openapi() -> Response:
        return contract.served()

    return area


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    return response
