"""What an agent does with the customer they hold: the call, the callback, the record, the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import jsonify, request

from .agent import seen, unsafe
from .calls import in_paris
from .said import iso, refusal
from .views import a_callback, marit, state

if TYPE_CHECKING:
    from .server import ScriptedServer


def add_routes(server: ScriptedServer) -> None:
    app = server.app

    @app.post("/api/v1/agent/reservations/<reservation>/<deed>")
    def reservation(reservation: str, deed: str) -> Any:
        refused = unsafe(server)
        if refused or server.view is None:
            return refused
        if deed == "accept":
            held = server.view["engagement"]
            server.show(engagement={**held, "call_me": {**held["call_me"], "state": "dialling", "preview_until": None}})
        elif deed == "pass" and server.view["engagement"]["call_me"]:
            server.show(engagement=None, state=state("ready", 0))
        elif deed == "extend":
            server.show(engagement={**server.view["engagement"], "wrap_up_until": iso(60)})
        elif deed == "callback":
            asked = request.get_json()
            refused = server.next_refusal()
            if refused:
                return refused
            made = a_callback(display_number=asked["number"], name="Marit Solvang", mine=asked["mine"])
            mine = [*server.view["callbacks"], made] if asked["mine"] else server.view["callbacks"]
            server.show(engagement={**server.view["engagement"], "callback": made}, callbacks=mine)
        elif deed == "finish":
            ready = request.get_json()["ready"]
            server.show(engagement=None, state=state("ready" if ready else "not_ready", 0))
        else:
            server.show(engagement=None, state=state("not_ready", 0, ["rejected"]))
        return seen(server)

    @app.put("/api/v1/agent/reservations/<reservation>/notes")
    def notes(reservation: str) -> Any:
        return unsafe(server) or ("", 204)

    @app.get("/api/v1/agent/reservations/<reservation>/windows")
    def windows_of(reservation: str) -> Any:
        first = request.args.get("from", "")
        found = [in_paris(one) for one in server.windows if one["date"] >= first]
        barred = "do_not_call" if request.args.get("number", "").endswith("999") else None
        times = {"zone": "Europe/Paris", "server_time": "2026-11-25T08:00:00+00:00", "barred": barred}
        return jsonify({**times, "windows": found})

    @app.delete("/api/v1/agent/callbacks/<interaction>")
    def cancel_callback(interaction: str) -> Any:
        refused = unsafe(server)
        if refused or server.view is None:
            return refused
        left = [one for one in server.view["callbacks"] if one["interaction"] != interaction]
        held = server.view["engagement"]
        server.show(callbacks=left, engagement=held and {**held, "callback": None})
        return seen(server)

    @app.post("/api/v1/agent/callbacks/<interaction>/call")
    def call_now(interaction: str) -> Any:
        refused = unsafe(server) or server.next_refusal()
        if not refused and server.view:
            mine = [{**one, "state": "dialling"} for one in server.view["callbacks"]]
            server.show(callbacks=mine)
        return refused or seen(server)

    @app.get("/api/v1/interactions/<interaction>/history")
    def history(interaction: str) -> Any:
        assert server.view is not None
        lines = server.view["engagement"]["history"]
        return jsonify({"history": [{**lines[n % len(lines)], "interaction": f"earlier-{n}"} for n in range(9)]})

    @app.patch("/api/v1/interactions/<interaction>/customer")
    def keep_customer(interaction: str) -> Any:
        refused = unsafe(server) or server.next_refusal()
        if refused or server.view is None:
            return refused
        held = server.view["engagement"]
        known = held["customer"] or {**marit(), "name": None, "attributes": {}, "email": None}
        server.show(engagement={**held, "customer": {**known, **request.get_json()}})
        return seen(server)

    @app.post("/api/v1/interactions/<interaction>/customer")
    def choose_customer(interaction: str) -> Any:
        refused = unsafe(server)
        if refused or server.view is None:
            return refused
        held = server.view["engagement"]
        chosen = next(one for one in held["candidates"] if one["id"] == request.get_json()["customer"])
        server.show(engagement={**held, "customer": chosen, "candidates": []})
        return seen(server)

    @app.get("/api/v1/interactions/<interaction>/page")
    def page_of(interaction: str) -> Any:
        wait = server.slow_pages.get(interaction)
        if wait:
            wait.wait(10)
        page = server.pages.get(interaction)
        return jsonify(page) if page else refusal(404, "not_found")
