"""Customers who are not in the agent's hands: looked for, and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import jsonify, request

from .agent import unsafe
from .said import refusal
from .views import an_engagement

if TYPE_CHECKING:
    from .server import ScriptedServer

SHOWN = ("id", "external_id", "name", "phone", "email")
MOST = 8


def add_routes(server: ScriptedServer) -> None:
    app = server.app

    @app.post("/api/v1/agent/find-customers")
    def find_customers() -> Any:
        refused = unsafe(server) or server.next_refusal()
        if refused:
            return refused
        text = request.get_json()["text"].lower()
        found = [one for one in server.customers if text in f"{one['name']} {one['email']}".lower()]
        rows = [{key: one.get(key) for key in SHOWN} for one in found[:MOST]]
        return jsonify({"customers": rows, "more": len(found) > MOST})

    @app.get("/api/v1/agent/customers/<customer>")
    def found_customer(customer: str) -> Any:
        one = next((one for one in server.customers if one["id"] == customer), None)
        if one is None:
            return refusal(404, "not_found")
        past = an_engagement()["history"]
        lines = [{**past[number % len(past)], "interaction": f"of-{customer}-{number}"} for number in range(7)]
        record = {"customer": one, "history": lines, "history_total": len(lines), "callback": server.promised}
        return server.next_refusal() or jsonify(record)
