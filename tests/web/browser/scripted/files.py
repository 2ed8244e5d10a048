"""What a browser loads: the front end as it was built, with our telephone in the place of the real one."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, send_from_directory

from ctiapp.settings import PROJECT

if TYPE_CHECKING:
    from .server import ScriptedServer

PHONE = Path(__file__).with_name("phone.js")
DIST = PROJECT / "web" / "dist"
CONSOLE_CSP = (
    "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'"
)
FRAME_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"


def add_routes(server: ScriptedServer) -> None:
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


@cache
def _call_window_without_a_switch() -> bytes:
    """Built anew with our telephone in it, which takes a second."""
    with tempfile.TemporaryDirectory() as folder:
        build = f'. ./node.sh && node test/scriptedCall.mjs "{folder}" "{PHONE}"'
        subprocess.run(["sh", "-c", build], cwd=DIST.parent, check=True, capture_output=True)
        return (Path(folder) / "call.js").read_bytes()
