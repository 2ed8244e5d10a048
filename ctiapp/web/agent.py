"""The API for the agent's console: session cookie, a CSRF token on every change, the view as the answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

from flask import Blueprint, Response, current_app, g, jsonify, request, session

from . import contract, jsonio, security
from .customer import query, query_day
from .origins import require_own_origin

log = logging.getLogger(__name__)


class Callbacks(Protocol):
    def windows(self, agent: str, reservation: str, number: str | None, first_day: date | None) -> dict[str, Any]: ...
    def make(self, agent: str, reservation: str, number: str, when: dict[str, Any] | None, mine: bool) -> None: ...
    def cancel(self, agent: str, interaction: str) -> None: ...
    def call_now(self, agent: str, interaction: str) -> None: ...


class Records(Protocol):
    def history(self, agent: str, interaction: str) -> list[dict[str, Any]]: ...
    def choose(self, agent: str, interaction: str, customer: str) -> None: ...
    def keep(self, agent: str, interaction: str, changes: dict[str, Any]) -> None: ...


class Customers(Protocol):
    def find(self, agent: str, text: str) -> dict[str, Any]: ...
    def record(self, agent: str, customer: str) -> dict[str, Any]: ...


class Transfers(Protocol):
    def start(self, agent: str, interaction: str, kind: str, to: dict[str, str], with_page: bool) -> None: ...
    def complete(self, agent: str, interaction: str) -> None: ...
    def take_back(self, agent: str, interaction: str) -> None: ...
    def conference(self, agent: str, interaction: str) -> None: ...
    def targets(self, agent: str, search: str) -> dict[str, Any]: ...


class Desk(Protocol):
    """What the web asks of the agents' desk; every method may raise Refusal."""

    @property
    def callbacks(self) -> Callbacks: ...
    @property
    def records(self) -> Records: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def transfers(self) -> Transfers: ...

    def login(self, agent: str, password: str, station: str, address: str, take_over: bool) -> str: ...
    def logout(self, session: str) -> None: ...
    def agent_of(self, session: str) -> str | None: ...
    def end_reason_of(self, session: str) -> str | None: ...
    def view(self, agent: str) -> dict[str, Any]: ...
    def ready(self, agent: str) -> None: ...
    def not_ready(self, agent: str, reason: str) -> None: ...
    def unpause(self, agent: str, reason: str) -> None: ...
    def pass_on(self, agent: str, reservation: str) -> None: ...
    def accept(self, agent: str, reservation: str) -> None: ...
    def finish(self, agent: str, reservation: str, disposition: str | None, note: str | None, ready: bool) -> None: ...
    def extend(self, agent: str, reservation: str) -> None: ...
    def hang_up(self, agent: str, interaction: str) -> None: ...
    def note(self, agent: str, reservation: str, note: str) -> None: ...
    def page(self, agent: str, interaction: str) -> dict[str, Any]:
        """`snapshot` is JSON text."""

    def sees_page(self, agent: str, interaction: str) -> str | None:
        """The agent's first name while they may see the page live, else None."""

    def page_shown(self, agent: str, reservation: str) -> bool: ...
    def console_opened(self, session: str, connection: str) -> None: ...
    def console_closed(self, session: str, connection: str) -> None: ...


def blueprint(desk: Desk, session_ended: Callable[[str, str], None]) -> Blueprint:
    """`session_ended(session, reason)` is called after a log-out."""
    area = Blueprint("agent", __name__, url_prefix=contract.PREFIX)

    @area.before_request
    def require_session() -> None:
        if request.method == "OPTIONS":
            return
        if request.endpoint == "agent.login":
            require_own_origin()
        else:
            security.require_agent(current_app, desk.agent_of, unsafe=request.method != "GET")

    contract.install(area)

    @area.post("/agent/login")
    def login() -> Response:
        asked = contract.body()
        session_id = desk.login(
            asked["agent"],
            asked["password"],
            asked["station"],
            request.remote_addr or "",
            asked.get("take_over", False),
        )
        security.start_session(session_id)
        g.session, g.agent = session_id, desk.agent_of(session_id) or asked["agent"]
        return done("logged_in", station=asked["station"])

    @area.post("/agent/logout")
    def logout() -> Response:
        desk.logout(g.session)
        session.clear()
        session_ended(g.session, "logged_out")
        _tell("logged_out")
        return Response(status=204)

    @area.get("/agent/view")
    def view() -> Response:
        return jsonify(desk.view(g.agent) | {"csrf": security.csrf_token(current_app, g.session)})

    def done(action: str, **fields: str) -> Response:
        """The answer to a change: the view as it is now."""
        _tell(action, **fields)
        return view()

    @area.post("/agent/ready")
    def ready() -> Response:
        desk.ready(g.agent)
        return done("ready")

    @area.post("/agent/not-ready")
    def not_ready() -> Response:
        desk.not_ready(g.agent, contract.body()["reason"])
        return done("not_ready", reason=contract.body()["reason"])

    @area.delete("/agent/pauses/<reason>")
    def unpause(reason: str) -> Response:
        desk.unpause(g.agent, reason)
        return done("unpaused", reason=reason)

    @area.post("/agent/reservations/<reservation>/pass")
    def pass_on(reservation: str) -> Response:
        desk.pass_on(g.agent, reservation)
        return done("passed_on", reservation=reservation)

    @area.post("/agent/reservations/<reservation>/accept")
    def accept(reservation: str) -> Response:
        desk.accept(g.agent, reservation)
        return done("accepted", reservation=reservation)

    @area.post("/agent/reservations/<reservation>/finish")
    def finish(reservation: str) -> Response:
        said = contract.body()
        desk.finish(g.agent, reservation, said.get("disposition"), said.get("note"), said.get("ready", True))
        return done("finished", reservation=reservation)

    @area.post("/agent/reservations/<reservation>/extend")
    def extend(reservation: str) -> Response:
        desk.extend(g.agent, reservation)
        return view()

    @area.put("/agent/reservations/<reservation>/notes")
    def note(reservation: str) -> Response:
        desk.note(g.agent, reservation, contract.body()["note"])
        return Response(status=204)

    @area.get("/agent/reservations/<reservation>/windows")
    def windows(reservation: str) -> Response:
        return jsonify(desk.callbacks.windows(g.agent, reservation, query("number", 40), query_day("from")))

    @area.post("/agent/reservations/<reservation>/callback")
    def call_back(reservation: str) -> Response:
        said = contract.body()
        desk.callbacks.make(g.agent, reservation, said["number"], said["when"], said["mine"])
        return done("promised_callback", reservation=reservation)

    @area.post("/agent/callbacks/<interaction>/call")
    def call_now(interaction: str) -> Response:
        desk.callbacks.call_now(g.agent, interaction)
        return done("called_now", interaction=interaction)

    @area.delete("/agent/callbacks/<interaction>")
    def cancel_callback(interaction: str) -> Response:
        desk.callbacks.cancel(g.agent, interaction)
        return done("cancelled_callback", interaction=interaction)

    @area.post("/agent/calls/<interaction>/hang-up")
    def hang_up(interaction: str) -> Response:
        desk.hang_up(g.agent, interaction)
        return done("hangs_up", interaction=interaction)

    @area.get("/agent/transfer-targets")
    def transfer_targets() -> Response:
        return jsonify(desk.transfers.targets(g.agent, query("search", 60) or ""))

    @area.post("/agent/calls/<interaction>/transfer")
    def transfer(interaction: str) -> Response:
        said = contract.body()
        desk.transfers.start(g.agent, interaction, said["kind"], said["to"], said.get("with_page", True))
        return done("passes_on_call", interaction=interaction, kind=said["kind"])

    @area.post("/agent/calls/<interaction>/complete")
    def complete_transfer(interaction: str) -> Response:
        desk.transfers.complete(g.agent, interaction)
        return done("completes_transfer", interaction=interaction)

    @area.post("/agent/calls/<interaction>/conference")
    def conference(interaction: str) -> Response:
        desk.transfers.conference(g.agent, interaction)
        return done("adds_to_call", interaction=interaction)

    @area.post("/agent/calls/<interaction>/take-back")
    def take_back(interaction: str) -> Response:
        desk.transfers.take_back(g.agent, interaction)
        return done("takes_back", interaction=interaction)

    @area.post("/agent/find-customers")
    def find_customers() -> Response:
        """In the body: what is typed there is a person's name or number, and addresses are written into logs."""
        found = desk.customers.find(g.agent, contract.body()["text"])
        _tell("looked_for_customer")
        return jsonify(found)

    @area.get("/agent/customers/<customer>")
    def found_customer(customer: str) -> Response:
        record = desk.customers.record(g.agent, customer)
        _tell("opened_record", customer=customer)
        return jsonify(record)

    @area.get("/interactions/<interaction>/history")
    def history(interaction: str) -> Response:
        return jsonify({"history": desk.records.history(g.agent, interaction)})

    @area.patch("/interactions/<interaction>/customer")
    def keep_customer(interaction: str) -> Response:
        desk.records.keep(g.agent, interaction, contract.body())
        return done("changed_record", interaction=interaction)

    @area.post("/interactions/<interaction>/customer")
    def choose_customer(interaction: str) -> Response:
        desk.records.choose(g.agent, interaction, contract.body()["customer"])
        return done("chose_record", interaction=interaction)

    @area.get("/interactions/<interaction>/page")
    def page(interaction: str) -> Response:
        page = desk.page(g.agent, interaction)
        written = page.pop("snapshot")
        return Response(jsonio.with_written(page, "snapshot", written), mimetype="application/json")

    return area


def _tell(action: str, **fields: str) -> None:
    log.info("agent %s: %s", g.agent, action, extra={"agent": g.agent, "action": action} | fields)
