"""The files that npm built: the widget for any shop's page, the console's script and style."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory

_HASHED = re.compile(r"[.-][0-9A-Za-z_-]{8,}\.\w+\Z")
SHORT = "public, max-age=300"
FOR_EVER = "public, max-age=31536000, immutable"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
}
"""By name here: what the operating system thinks of a suffix differs, and nosniff makes a browser believe it."""


def send_built(folder: Path, name: str) -> Response:
    """A file below `folder`, or 404."""
    return send_from_directory(folder, name, mimetype=TYPES.get(Path(name).suffix, "application/octet-stream"))


def blueprint(dist: Path) -> Blueprint:
    area = Blueprint("widget", __name__)

    @area.get("/widget.js")
    def widget() -> Response:
        return send_built(dist, "widget.js")

    @area.get("/assets/<path:name>")
    def asset(name: str) -> Response:
        return send_built(dist / "assets", name)

    @area.after_request
    def for_every_page(response: Response) -> Response:
        """Any page may load them; a name with a hash in it never changes what it means."""
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if response.status_code in (200, 304):
            has_hash = _HASHED.search(request.path) and "/assets/" in request.path
            response.headers["Cache-Control"] = FOR_EVER if has_hash else SHORT
        return response

    return area
