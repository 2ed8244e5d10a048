"""What an agent can do at the desk: log in at a station, say ready or not, take the page, end a call's wrap-up.

Runs in the web process; all methods are synchronous, thread safe, and raise `Refusal` with nothing changed. The state
itself is computed by the database (`refresh_agent`); nothing here sets it.
"""

from __future__ import annotations

import gzip
import os
import time
from datetime import timedelta

from werkzeug.security import check_password_hash, generate_password_hash

from ctiapp.core.refusals import Refusal
from ctiapp.core.routing import need_of
from ctiapp.servers import callbacks, external_router, records, routing_server, transfers
from ctiapp.servers.callbacks import Callbacks
from ctiapp.servers.customer_search import CustomerSearch
from ctiapp.servers.numbers import display
from ctiapp.servers.records import Records
from ctiapp.servers.transfers import Transfers
from ctiapp.store import Store, Transaction

CHOICES_FOR = 5.0
"""Seconds for which the administrator's lists are remembered."""
LINES_OF_HISTORY = 5
"""That the screen shows at first."""
PAUSE_REASONS = {
    "break": "Break",
    "lunch": "Lunch",
    "training": "Training",
    "meeting": "Meeting",
    "paperwork": "Paperwork",
}
DISPOSITIONS = {
    "sold": "Sold",
    "answered": "Question answered",
    "follow_up": "Follow up",
    "complaint": "Complaint",
    "wrong_number": "Wrong number",
    "no_interest": "No interest",
}
FAILURES_ALLOWED = 5
FAILURES_ALLOWED_FROM_ADDRESS = 30
"""Wrong passwords within five minutes; then nobody is let in, whatever they type."""
CONSOLE_GRACE = timedelta(seconds=10)
"""A console may be away this long (a reload) before its agent is not ready."""

_NO_SUCH_AGENT = generate_password_hash("", method="scrypt")
"""Checked for an unknown agent, so that the answer takes as long as for a known one."""


class AgentDesk:
    def __init__(self, store: Store, process: str | None = None) -> None:
        self._store = store
        self._process = process or f"web-{os.getpid()}"
        self._team: tuple[float, dict] = (0.0, {})
        self._chosen_from: tuple[float, dict[str, dict[str, str]]] = (0.0, {})
        self.callbacks, self.records, self.transfers = Callbacks(store), Records(store), Transfers(store)
        self.customers = CustomerSearch(store)

    # ---- log in and out (P14) ------------------------------------------------------------------------------

    def login(self, agent: str, password: str, station: str, address: str, take_over: bool) -> str:
        """The session's id. A first login starts not ready, for the reason `just_logged_in`."""
        self._check_password(agent, password, address)
        return self._store.in_transaction(lambda tx: _open_session(tx, agent, station, address, take_over))

    def logout(self, session: str) -> None:
        """A call in progress goes on; what only waits is given back. Idempotent."""
        self._store.in_transaction(lambda tx: _end_session(tx, session, "logged_out"))

    def agent_of(self, session: str) -> str | None:
        with self._store.statements() as tx:
            return tx.value("agent_of_session", session=session)

    def end_reason_of(self, session: str) -> str | None:
        """Why the session ended: "taken_over", "station_taken_over"…; None while it goes on."""
        with self._store.statements() as tx:
            return tx.value("end_reason_of_session", session=session)

    def console_opened(self, session: str, connection: str) -> None:
        def work(tx: Transaction) -> None:
            tx.run("lock_session", session=session)
            tx.run("open_console", connection=connection, session=session, process=self._process)
            tx.run("console_is_there", session=session)
            tx.run("console_answers_again", session=session)

        self._store.in_transaction(work)

    def console_closed(self, session: str, connection: str) -> None:
        def work(tx: Transaction) -> None:
            tx.run("lock_session", session=session)
            tx.run("close_console", connection=connection)
            tx.run("console_may_be_lost", session=session)

        self._store.in_transaction(work)

    # ---- ready and not ready -------------------------------------------------------------------------------

    def ready(self, agent: str) -> None:
        def work(tx: Transaction) -> None:
            tx.run("lock_agent", agent=agent)
            tx.run("end_pauses", agent=agent)
            tx.run("refresh_agent", agent=agent)

        self._store.in_transaction(work)

    def not_ready(self, agent: str, reason: str) -> None:
        """One more reason not to be. Asked for in a call, it starts after it. A customer who only holds a number goes
        to the next agent, if there is one."""

        def work(tx: Transaction) -> None:
            known = self._choices(tx)["pause"]
            if reason not in known:
                raise Refusal("bad_request", f"There is no reason called {reason}.", reasons=sorted(known))
            for held in tx.all("waiting_reservations_of_agent", agent=agent):
                if _is_preview(held) or held["role"] == "receiving":
                    external_router.release(tx, held["id"], "passed")
                elif held["state"] == "reserved":
                    hand_on(tx, held, agent)
            tx.run("lock_agent", agent=agent)
            tx.run("pause", agent=agent, reason=reason)

        self._store.in_transaction(work)

    def unpause(self, agent: str, reason: str) -> None:
        """One reason less; the last one gone, they are ready, if nothing else is in the way. Idempotent."""

        def work(tx: Transaction) -> None:
            tx.run("lock_agent", agent=agent)
            tx.run("unpause", agent=agent, reason=reason)

        self._store.in_transaction(work)

    # ---- the engagement ------------------------------------------------------------------------------------

    def pass_on(self, agent: str, reservation: str) -> None:
        """ "Can't take it": the next agent gets customer and page, the number stays. Refused if there is nobody, unless
        nobody has been called yet (preview): then there is no need for a reason, nor for a pause."""

        def work(tx: Transaction) -> None:
            held = _held(tx, agent, reservation)
            if held["state"] != "reserved":
                raise Refusal("wrong_state", "The phone is ringing already. Decline it there.")
            if held["role"] == "receiving":  # whoever sends the customer is told
                external_router.release(tx, reservation, "passed")
                return
            if _is_preview(held):
                tx.run("hand_to_the_team", interaction=held["interaction"], agent=agent)
                external_router.release(tx, reservation, "passed")
                return
            if not hand_on(tx, held, agent):
                raise Refusal("all_agents_busy", "Nobody else can take it right now.")
            tx.run("pause", agent=agent, reason="passed_on")

        self._store.in_transaction(work)

    def accept(self, agent: str, reservation: str) -> None:
        """Preview: the customer is called now. Idempotent."""

        def work(tx: Transaction) -> None:
            held = _held(tx, agent, reservation)
            if held["channel"] != "call_me" or held["state"] != "reserved":
                raise Refusal("wrong_state", "There is nothing to accept.")
            if _is_preview(held):
                tx.run("accept", reservation=reservation)

        self._store.in_transaction(work)

    def finish(self, agent: str, reservation: str, disposition: str | None, note: str | None, ready: bool) -> None:
        """Ends wrap-up. Where the pool asks for an outcome, not without one."""

        def work(tx: Transaction) -> None:
            known = self._choices(tx)["disposition"]
            if disposition is not None and disposition not in known:
                raise Refusal("bad_request", f"There is no outcome called {disposition}.", dispositions=sorted(known))
            held = _held(tx, agent, reservation)
            if held["state"] != "wrap_up":
                raise Refusal("wrong_state", "The call has not ended yet.")
            if held["disposition_required"] and disposition is None:
                raise Refusal("disposition_missing", "Choose what happened first.")
            tx.run("set_disposition", interaction=held["interaction"], disposition=disposition, note=note)
            tx.run("lock_agent", agent=agent)
            if ready:
                tx.run("end_pauses", agent=agent)
            else:
                tx.run("pause", agent=agent, reason="paperwork")
            external_router.release(tx, reservation, "wrap_up_done")

        self._store.in_transaction(work)

    def extend(self, agent: str, reservation: str) -> None:
        def work(tx: Transaction) -> None:
            if _held(tx, agent, reservation)["state"] != "wrap_up":
                raise Refusal("wrong_state", "Only wrap-up can be made longer.")
            tx.run("extend_wrap_up", reservation=reservation)

        self._store.in_transaction(work)

    def hang_up(self, agent: str, interaction: str) -> None:
        """For whose own telephone cannot tell the switch any more: the customer is cleared. Not while they are on hold:
        the agent decides first what becomes of them. Asked once; a switch that cannot be told forgets it."""

        def work(tx: Transaction) -> None:
            held = tx.one("held_for_transfer", agent=agent, interaction=interaction)
            if held is None or held["call"] is None:
                raise Refusal("not_yours", "You are not talking with this customer.")
            if tx.one("open_transfer", interaction=interaction) is not None:
                raise Refusal("wrong_state", "The customer is being passed on.")
            tx.run("ask_to_hang_up", call=held["call"])

        self._store.in_transaction(work)

    def note(self, agent: str, reservation: str, note: str) -> None:
        with self._store.transaction() as tx:
            held = tx.one("reservation_for_note", agent=agent, reservation=reservation)
            if held is None:
                raise Refusal("not_yours", "This customer is not with you any more.")
            tx.run("set_disposition", interaction=held["interaction"], disposition=None, note=note)

    def page(self, agent: str, interaction: str) -> dict:
        """The customer's page, only for the agent who holds the interaction; `snapshot` is JSON text as it was kept."""
        with self._store.statements() as tx:
            page = tx.one("page_with_agent", agent=agent, interaction=interaction)
        if page is None:
            raise Refusal("not_yours", "This customer is not with you.")
        if page["url"] is None:
            raise Refusal("not_found", "The customer sent no page.")
        snapshot = page.pop("snapshot")
        written = gzip.decompress(snapshot).decode() if snapshot else "null"
        return page | {"interaction": interaction, "snapshot": written}

    def page_shown(self, agent: str, reservation: str) -> bool:
        """The console has page and record on screen (325)."""
        with self._store.statements() as tx:
            return tx.run("page_shown", agent=agent, reservation=reservation) > 0

    def sees_page(self, agent: str, interaction: str) -> str | None:
        """The agent's first name while they may see the customer's page live: until the hang-up. Else None."""
        with self._store.statements() as tx:
            return tx.value("sees_page", agent=agent, interaction=interaction)

    # ---- the whole screen ----------------------------------------------------------------------------------

    def view(self, agent: str) -> dict:
        with self._store.statements() as tx:
            row = tx.one("agent_view", agent=agent)
            if row is None:
                raise Refusal("unknown_agent", "There is no such agent.")
            held = tx.one("engagement", agent=agent)
            return {
                "version": row["version"],
                "server_time": row["server_time"],
                "agent": _agent(row),
                "state": _state(row),
                "telephone": {"reachable": bool(row["reachable"]), "state": row["telephone_state"]},
                "telephone_system": "up" if row["telephone_is_up"] else "down",
                "engagement": _engagement(tx, agent, held) if held else None,
                "callbacks": callbacks.of_agent(tx, agent) if row["promised_calls"] else [],
                "dispositions": _named(self._choices(tx)["disposition"]),
                "pause_reasons": _named(self._choices(tx)["pause"]),
                "today": {key: row[key] for key in ("calls", "average_talk_seconds", "average_wrap_up_seconds")},
                "team": self._team_figures(tx),
            }

    def _team_figures(self, tx: Transaction) -> dict:
        """At most once a second, whoever looks: the figures of all are not counted for each of 200 consoles."""
        made, figures = self._team
        if time.monotonic() - made > 1.0:
            figures = tx.one("team") or {}
            self._team = (time.monotonic(), figures)
        return figures

    def _choices(self, tx: Transaction) -> dict[str, dict[str, str]]:
        """By kind ("pause", "disposition"): id -> name, as the administrator lists them, else the usual ones."""
        made, found = self._chosen_from
        if not found or time.monotonic() - made > CHOICES_FOR:
            listed: dict[str, dict[str, str]] = {}
            for row in tx.all("choices"):
                listed.setdefault(row["kind"], {})[row["id"]] = row["name"]
            found = {"pause": PAUSE_REASONS, "disposition": DISPOSITIONS} | listed
            self._chosen_from = (time.monotonic(), found)
        return found

    def _check_password(self, agent: str, password: str, address: str) -> None:
        with self._store.transaction() as tx:
            failures = tx.one("recent_failures", agent=agent, address=address)
            row = tx.one("agent", agent=agent)
        assert failures is not None
        if failures["for_agent"] >= FAILURES_ALLOWED or failures["from_address"] >= FAILURES_ALLOWED_FROM_ADDRESS:
            raise Refusal("too_many_attempts", "Too many wrong passwords. Wait five minutes.", try_again_in=300)
        known = row is not None and row["active"]
        if not check_password_hash(row["password_hash"] if row and known else _NO_SUCH_AGENT, password) or not known:
            with self._store.transaction() as tx:
                tx.run("login_failed", agent=agent, address=address)
            raise Refusal("wrong_password", "Agent id or password is wrong.")
        with self._store.transaction() as tx:
            tx.run("forget_failures", agent=agent)


def hand_on(tx: Transaction, held: dict, leaving: str | None) -> bool:
    """Gives a reservation whose call has not come to the next agent. False if there is none."""
    row = tx.one("need_of_interaction", interaction=held["interaction"])
    assert row is not None
    need = need_of(row["skills"], row["language"], row["product"])
    choice = routing_server.choose_agent(tx, need, row["customer"], tried=[leaving] if leaving else [])
    return choice is not None and external_router.rebind(tx, held["id"], choice)


def station_is_gone(tx: Transaction, station: str) -> None:
    """The station left the configuration: whoever sits there is logged out. A call in progress goes on."""
    if there := tx.one("session_at_station", station=station):
        _end_session(tx, there["id"], "station_gone")


def _open_session(tx: Transaction, agent: str, station: str, address: str, take_over: bool) -> str:
    if tx.one("lock_station", station=station) is None:
        raise Refusal("unknown_station", f"There is no station {station}.")
    mine, there = tx.one("live_session", agent=agent), tx.one("session_at_station", station=station)
    if there and there["agent"] != agent and not take_over:
        raise Refusal("station_taken", "Somebody else is logged in at this station.", agent=there["agent"])
    if mine and not take_over:
        raise Refusal("already_logged_in", "You are logged in already.", station=mine["station"])
    if there and there["agent"] != agent:
        _end_session(tx, there["id"], "station_taken_over")
    if mine:
        _end_session(tx, mine["id"], "taken_over")
    else:
        tx.run("pause", agent=agent, reason="just_logged_in")
    session = tx.value("open_session", agent=agent, station=station, address=address)
    tx.run("move_reservation", agent=agent, station=station)
    return session


def _end_session(tx: Transaction, session: str, reason: str) -> None:
    """Whoever only moves to another station ("taken_over") keeps what they hold; else it goes to the next agent."""
    tx.all("lock_reservations_of_session", session=session)
    row = tx.one("end_session", session=session, reason=reason)
    if row is None or reason == "taken_over":
        return
    for held in tx.all("waiting_reservations_of_agent", agent=row["agent"]):
        if held["state"] == "wrap_up":
            external_router.release(tx, held["id"], "logged_out")
            tx.run("outcome_not_recorded", interaction=held["interaction"])
        elif held["role"] == "receiving":
            external_router.release(tx, held["id"], "agent_gone")
        elif _is_preview(held) or not hand_on(tx, held, row["agent"]):
            external_router.release(tx, held["id"], "agent_gone")
            if held["channel"] != "call_me":  # the list has it
                tx.run("end_interaction", interaction=held["interaction"], reason="agent_gone")
    tx.run("end_pauses", agent=row["agent"])


def _is_preview(held: dict) -> bool:
    """A request that the agent looks at before anybody is called."""
    return held["channel"] == "call_me" and held["state"] == "reserved" and held["call"] is None


def _held(tx: Transaction, agent: str, reservation: str) -> dict:
    held = tx.one("reservation_of_agent", agent=agent, reservation=reservation)
    if held is None:
        raise Refusal("not_yours", "This customer is not with you any more.")
    return held


def _named(choices: dict[str, str]) -> list[dict[str, str]]:
    return [{"id": key, "name": name} for key, name in choices.items()]


def _agent(row: dict) -> dict:
    return {
        "id": row["id"],
        "name": row["name"],
        "first_name": row["first_name"],
        "station": row["station"],
        "skills": row["skills"] or {},
        "languages": row["languages"],
    }


def _state(row: dict) -> dict:
    engaged = row["state"] not in ("ready", "not_ready", "logged_out")
    return {
        "name": row["state"],
        "since": row["state_since"],
        "reasons": [] if engaged else row["reasons"],
        "pause_after": row["pauses"] if engaged else [],
        "pauses": row["pauses"],
    }


def _engagement(tx: Transaction, agent: str, held: dict) -> dict:
    customer = _part(held, CUSTOMER) if held["customer"] else None
    past, total = records.history(tx, held["customer"], held["interaction"], LINES_OF_HISTORY)
    after = held["state"] in ("talking", "wrap_up")
    number = held["number"] or held["dialled"] or held["request_number"]
    kept = ("reservation", "interaction", "state", "channel", "pool", "reserved_at", "deadline", "ringing_at")
    kept += ("talking_since", "wrap_up_until", "why", "note", "disposition", "page_shown_at", "caller")
    kept += ("disposition_required", "may_call_back", "auto_answer", "video", "from_page", "role")
    engagement = {key: held[key] for key in kept} | {
        "deadline": held["deadline"] if held["state"] == "reserved" else None,
        "number": number,
        "display_number": display(number),
        "customer": customer | {"known": bool(customer["name"] or customer["external_id"])} if customer else None,
        "candidates": records.candidates(tx, held),
        "page": _part(held, PAGE) if held["page_url"] is not None else None,
        "history": past,
        "history_total": total,
        "call_me": _call_me(held) if held["request_state"] else None,
        "callback": callbacks.made_in(tx, held["interaction"]) if after and held["callback_made"] else None,
        "transfer": transfers.of_engagement(tx, agent, held["interaction"]) if held["passed_on"] else None,
    }
    return engagement if held["with_page"] else engagement | WITHOUT_RECORD


def _call_me(held: dict) -> dict:
    """The request behind a call out. `state`: the request's, and "ringing" once it rings at the customer's."""
    state = held["request_state"]
    if state == "dialling" and held["customer_ringing_at"]:
        state = "ringing"
    elif state == "previewing" and held["accepted_at"]:
        state = "dialling"
    kept = ("requested_at", "promised_at", "promised_until", "zone", "tries", "abandoned", "last_outcome")
    kept += ("customer_ringing_at", "customer_answered_at")
    return {"state": state, "preview_until": held["deadline"] if state == "previewing" else None} | {
        key: held[key] for key in kept
    }


WITHOUT_RECORD = {"customer": None, "candidates": [], "page": None, "history": [], "history_total": 0, "note": ""}
"""Whoever passed the customer on did not send page, record and notes."""
CUSTOMER = {
    f"customer_{key}": key
    for key in ("id", "name", "phone", "email", "language", "attributes", "since", "external_id", "notes")
}
PAGE = {f"page_{key}": key for key in ("url", "title", "taken_at", "hidden_fields", "version")}


def _part(row: dict, names: dict[str, str]) -> dict:
    """What one query brought of a second thing."""
    return {name: row[column] for column, name in names.items()}
