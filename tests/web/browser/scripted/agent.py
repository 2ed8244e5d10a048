"""The agent's side, all of it behind the session cookie: signing in, being ready, the live line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request, session
from flask_socketio import disconnect, join_room

from .said import PASSWORD, iso, refusal
from .views import a_view, state

if TYPE_CHECKING:
    from .server import ScriptedServer


def add_routes(server: ScriptedServer) -> None:
    app = server.app

    @app.post("/api/v1/agent/login")
    def login() -> Any:
        body = request.get_json()
        if body["password"] != PASSWORD:
            return refusal(401, "wrong_password")
        if body["station"] == "9999":
            return refusal(404, "unknown_station")
        if body["station"] == "2199" and not body["take_over"]:
            return refusal(409, "station_taken", agent="1043")
        if server.logged_in_elsewhere and not body["take_over"]:
            return refusal(409, "already_logged_in")
        session["agent"] = body["agent"]
        server.view = server.view or a_view()
        return seen(server)

    @app.get("/api/v1/agent/view")
    def view() -> Any:
        return seen(server)

    @app.post("/api/v1/agent/logout")
    def logout() -> Any:
        session.clear()
        return jsonify({})

    @app.get("/api/v1/agent/transfer-targets")
    def transfer_targets() -> Any:
        colleagues = [
            ("1043", "Ines Okafor", "ready"),
            ("1044", "Tomas Reuel", "talking"),
            ("1045", "Sana Kivi", "not_ready"),
        ]
        agents = [
            {
                "id": one,
                "name": name,
                "first_name": name.split()[0],
                "state": busy,
                "since": iso(-130),
                "skills": {"kitchens": 4},
            }
            for one, name, busy in colleagues
        ]
        teams = [
            {"skill": "kitchens", "ready": 2, "logged_in": 5, "free_in_seconds": None},
            {"skill": "lighting", "ready": 0, "logged_in": 3, "free_in_seconds": 190.0},
        ]
        return jsonify({"agents": agents, "teams": teams})

    @app.get("/api/v1/agent/telephone")
    def telephone() -> Any:
        return jsonify({}) if server.phone_is_here else refusal(404, "not_found")

    @app.post("/api/v1/agent/ready")
    def ready() -> Any:
        refused = unsafe(server)
        if not refused:
            busy = server.view and server.view["engagement"]
            server.show(state={**server.view["state"], "pause_after": [], "pauses": []} if busy else state("ready", 0))  # type: ignore[index]
        return refused or seen(server)

    @app.post("/api/v1/agent/not-ready")
    def not_ready() -> Any:
        refused = unsafe(server)
        if not refused:
            pauses_are([*server.view["state"]["pauses"], request.get_json()["reason"]])  # type: ignore[index]
        return refused or seen(server)

    @app.delete("/api/v1/agent/pauses/<reason>")
    def unpause(reason: str) -> Any:
        refused = unsafe(server)
        if not refused:
            pauses_are([one for one in server.view["state"]["pauses"] if one != reason])  # type: ignore[index]
        return refused or seen(server)

    def pauses_are(pauses: list[str]) -> None:
        assert server.view is not None
        pauses = list(dict.fromkeys(pauses))
        if server.view["engagement"]:
            server.show(state={**server.view["state"], "pause_after": pauses, "pauses": pauses})
        else:
            server.show(state=state("not_ready" if pauses else "ready", 0, pauses))

    @server.live.on("connect", namespace="/agent")
    def connected() -> bool | None:
        if server.view is None or "agent" not in session or server.is_cut:
            return False
        server.consoles.add(request.sid)  # type: ignore[attr-defined]
        join_room("agents")
        server.live.emit("view", {**server.view, "server_time": iso()}, namespace="/agent", to=request.sid)  # type: ignore[attr-defined]
        return None

    @server.live.on("disconnect", namespace="/agent")
    def disconnected(reason: Any = None) -> None:
        server.consoles.discard(request.sid)  # type: ignore[attr-defined]

    @server.live.on("page_shown", namespace="/agent")
    def page_shown(data: Any) -> dict[str, bool]:
        server.shown.append(data["reservation"])
        return {"ok": True}

    @server.live.on("drop_me", namespace="/agent")
    def drop_me() -> None:
        disconnect()


def seen(server: ScriptedServer) -> Any:
    """The view, as the answer to nearly everything."""
    if server.view is None or "agent" not in session:
        return refusal(401, "not_logged_in")
    return jsonify({**server.view, "server_time": iso()})


def unsafe(server: ScriptedServer) -> Response | None:
    """Why a change is refused before anybody looks at it."""
    if server.view is None or "agent" not in session:
        return refusal(401, "not_logged_in")
    if request.headers.get("X-CSRF-Token") != server.view["csrf"]:
        return refusal(403, "csrf")
    return None
