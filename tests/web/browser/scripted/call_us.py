"""The customer's side of Call us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from .calls import a_call
from .said import TOKEN, iso, refusal

if TYPE_CHECKING:
    from .server import ScriptedServer


def add_routes(server: ScriptedServer) -> None:
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
                return refusal(status, code, **details)
            replay = key in server.keys
            if not replay:
                server.interactions += 1
                server.call = a_call(server.interactions)
                server.keys[key] = server.call["interaction"]
            return jsonify({**server.status(), "token": TOKEN}), 200 if replay else 201

    def mine(interaction: str) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return refusal(401, "token_invalid")
        if server.call is None or server.call["interaction"] != interaction:
            return refusal(404, "unknown_interaction")
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
