"""The customer's side of Call me."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request

from .calls import a_request
from .said import TOKEN, refusal

if TYPE_CHECKING:
    from .server import ScriptedServer


def add_routes(server: ScriptedServer) -> None:
    app = server.app

    @app.get("/api/v1/pools/<site>/<pool>/windows")
    def windows(site: str, pool: str) -> Response:
        first = request.args.get("from", "")
        found = [one for one in server.windows if one["date"] >= first]
        server_time = "2026-11-25T08:00:00+00:00"
        return jsonify({"zone": request.args.get("zone"), "windows": found, "server_time": server_time})

    @app.post("/api/v1/call-me")
    def call_me() -> Any:
        asked = request.get_json()
        with server.lock:
            refused = server.next_refusal() or _wants_proof(server, asked)
            if refused:
                return refused
            replay = server.request is not None and server.request["can_cancel"]
            if not replay:
                server.interactions += 1
                window = {"place": None, "estimate_seconds": None, "window": asked["when"]} if asked["when"] else {}
                server.request = a_request(server.interactions, **window)
            link = f"http://127.0.0.1/call-me/link-{server.interactions}" if server.own else None
            answer = {**seen(), "token": TOKEN, "link": link, "own": server.own}
            return jsonify(answer), 200 if replay else 201

    seen = server.request_seen

    def mine(interaction: str) -> Response | None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return refusal(401, "token_invalid")
        if server.request is None or server.request["interaction"] != interaction:
            return refusal(404, "unknown_interaction")
        return None

    @app.get("/api/v1/call-me/<interaction>")
    def status_of_request(interaction: str) -> Any:
        return mine(interaction) or jsonify(seen())

    @app.patch("/api/v1/call-me/<interaction>")
    def change(interaction: str) -> Any:
        asked = request.get_json()
        refused = mine(interaction) or server.next_refusal()
        if not refused and "number" in asked:
            refused = _wants_proof(server, asked)
        if refused or server.request is None:
            return refused
        if "when" in asked:
            soon = asked["when"] is None
            server.request.update(
                window=asked["when"], place=3 if soon else None, estimate_seconds=540 if soon else None
            )
        if "number" in asked:
            server.request["display_number"] = "••••• •••" + asked["number"][-3:]
        return jsonify(seen())

    @app.put("/api/v1/call-me/<interaction>/page")
    def page_of_request(interaction: str) -> Any:
        return mine(interaction) or ("", 204)

    @app.delete("/api/v1/call-me/<interaction>")
    def cancel_request(interaction: str) -> Any:
        refused = mine(interaction) or server.next_refusal()
        if refused:
            return refused
        server.request_ends("cancelled")
        return jsonify(seen())


def _wants_proof(server: ScriptedServer, asked: dict[str, Any]) -> Response | None:
    """Where the test set a code, it is asked for; a number that is not typed is not proved."""
    if server.proof is None or asked.get("proof") == server.proof:
        return None
    if asked.get("proof"):
        return refusal(403, "proof_wrong")
    return refusal(403, "proof_needed", kind="code", digits=6, number="••••• •••142", holds_for=600)
