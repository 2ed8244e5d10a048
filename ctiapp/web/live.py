"""Pushes to browsers: `view` to an agent's consoles, `status` to a customer's page. Never the source of truth.

Who is here is kept in this process alone and only for this process's sockets. A wake-up carries an id; what is pushed
is read afresh, once for all who listen, and only while somebody does.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import psycopg2
from flask import Flask, request
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError as Refused

from ..core.refusals import Refusal
from . import contract, gate, jsonio, operations, transport
from .agent import Desk
from .call_me import CallRequests, as_a_stranger_sees
from .coalesce import Coalescer, Taken
from .customer import Srp
from .errors import as_json, database_refusal
from .identity import CALL_US, WATCH, Bearer, InteractionTokens
from .live_page import LivePages
from .metrics import Metrics
from .origins import Origins, own_origin
from .security import csrf_token, session_of_cookie

log = logging.getLogger(__name__)

MAX_MESSAGE = 64 * 1024
"""Bytes; what changes on a live page comes in pieces of 40 kB."""
LOOK_EVERY = 2.0
REFRESH_EVERY = 30.0
"""Seconds in which everything is pushed again, a few at a time: the net under a wake-up that was lost."""

AGENT, CUSTOMER = "/agent", "/customer"
Room = tuple[str, str]


class Members:
    """Which socket listens to what. A room is ("agent", id), ("interaction", id) or ("session", id)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rooms: dict[Room, dict[str, str]] = defaultdict(dict)
        self._of_socket: dict[str, list[Room]] = defaultdict(list)

    def add(self, sid: str, rooms: list[Room], note: str = "") -> None:
        with self._lock:
            for room in rooms:
                self._rooms[room][sid] = note
                self._of_socket[sid].append(room)

    def leave(self, sid: str) -> None:
        with self._lock:
            for room in self._of_socket.pop(sid, []):
                self._rooms[room].pop(sid, None)
                if not self._rooms[room]:
                    del self._rooms[room]

    def of(self, room: Room) -> dict[str, str]:
        """The sockets in the room, each with its note."""
        with self._lock:
            return dict(self._rooms.get(room, {}))

    def where(self, sid: str) -> dict[str, str]:
        """The rooms of a socket, as kind: id."""
        with self._lock:
            return dict(self._of_socket.get(sid, []))

    def rooms(self) -> list[Room]:
        with self._lock:
            return list(self._rooms)

    def has(self, room: Room) -> bool:
        return room in self._rooms


class Live:
    """The Socket.IO server of one app. `start()` once, in the process that serves."""

    def __init__(
        self,
        app: Flask,
        srp: Srp,
        call_requests: CallRequests,
        desk: Desk,
        tokens: InteractionTokens,
        origins: Origins,
        metrics: Metrics,
        health: operations.Health,
    ) -> None:
        self._app, self._srp, self._desk, self._tokens = app, srp, desk, tokens
        self._call_requests = call_requests
        self._origins, self._metrics, self._health = origins, metrics, health
        self.members = Members()
        self._bearers: dict[str, Bearer] = {}
        self.pages = LivePages(desk.sees_page, srp.origins, self._to(CUSTOMER), self._to(AGENT))
        self._pushes = Coalescer(self._push, together=frozenset({"interaction"}))
        self._stopped = threading.Event()
        self._background: list[Any] = []
        self.telephone: str | None = None
        self.socketio = SocketIO(
            app,
            async_mode="threading",
            client_manager=transport.OneAtATime(),
            serializer=transport.TextPacket,
            async_handlers=False,
            manage_session=False,
            json=jsonio,
            cors_allowed_origins=self._may_read,
            cors_credentials=False,
            max_http_buffer_size=MAX_MESSAGE,
            ping_interval=10,
            ping_timeout=10,
            namespaces=[AGENT, CUSTOMER],
        )
        self._lines = transport.install(self.socketio, MAX_MESSAGE)
        self._on(AGENT, self._agent_connects, self._agent_leaves)
        self._on(CUSTOMER, self._customer_connects, self._customer_leaves)
        self.socketio.on_event("page_shown", self._page_shown, namespace=AGENT)
        self._relay_pages()

    # ---- life ------------------------------------------------------------------------------------------------

    def start(self, listen: Callable[[Callable[[str, str], None]], Any] | None = None) -> None:
        """Starts the threads; `listen(callback)` makes the listener (not started) that calls `wake_up`."""
        doorkeeper = gate.Doorkeeper(self.transports, self._close_transport)
        watch = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._background = [doorkeeper, watch] + ([listen(self.wake_up)] if listen else [])
        self._pushes.start()
        for thread in self._background:
            thread.start()

    def stop(self) -> None:
        """Ends threads and sockets, so that a server that waits for its requests may end; browsers come back."""
        self._stopped.set()
        self._pushes.stop()
        for thread in self._background:
            if hasattr(thread, "stop"):
                thread.stop()
        for eio_sid in list(self.transports()):
            self._close_transport(eio_sid)
        self._lines.stop()

    def transports(self) -> dict[str, dict[str, Any]]:
        open_now: dict[str, dict[str, Any]] = self.socketio.server.environ
        return open_now

    def wake_up(self, kind: str, key: str) -> None:
        """A NOTIFY has come; only what somebody here listens to is looked at."""
        if kind == "resync":
            for room in self.members.rooms():
                self._pushes.ask(room)
            return
        if self.members.has((kind, key)):
            self._pushes.ask((kind, key))
        for interaction in self.pages.rooms_of(kind, key):
            self._pushes.ask(("page", interaction))

    def session_ended(self, session: str, reason: str) -> None:
        """Tells the session's consoles so and disconnects them."""
        for sid in self.members.of(("session", session)):
            self._emit("signed_out", {"reason": reason}, sid, AGENT)
            self.socketio.server.disconnect(sid, namespace=AGENT)

    # ---- pushing ---------------------------------------------------------------------------------------------

    def _push(self, taken: Taken) -> None:
        kind, key = taken[0][0]
        try:
            if kind == "interaction":
                self._push_statuses({room[1]: self.members.of(room) for room, _ in taken})
            elif kind == "page":
                self.pages.look(key)
            elif not (members := self.members.of((kind, key))):
                return
            elif kind == "session":
                self._check_session(key)
            else:
                self._push_view(key, members)
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            log.warning("nothing is pushed, the database is down: %s", type(error).__name__)
            return
        for _, asked_at in taken:
            self._metrics.emit_seconds.labels(kind).observe(time.monotonic() - asked_at)

    def _push_view(self, agent: str, members: dict[str, str]) -> None:
        try:
            view = self._desk.view(agent)
        except Refusal as refusal:
            log.warning("no view: %s", refusal.code, extra={"agent": agent})
            return
        for sid, session in members.items():
            self._emit("view", view | {"csrf": csrf_token(self._app, session)}, sid, AGENT)

    def _push_statuses(self, pages: dict[str, dict[str, str]]) -> None:
        """`pages`: by interaction the sockets that follow it, each with what its token is good for."""
        call_us = [interaction for interaction, members in pages.items() if CALL_US in members.values()]
        statuses = self._srp.status_of_many(call_us) if call_us else {}
        for interaction, members in pages.items():
            status = statuses.get(interaction)
            if status is None and members and interaction not in call_us:
                status = self._status_of_request(interaction)
            for sid, right in members.items():
                if status is None:
                    self.socketio.server.disconnect(sid, namespace=CUSTOMER)
                else:
                    self._emit("status", as_a_stranger_sees(status) if right == WATCH else status, sid, CUSTOMER)

    def _status_of_request(self, interaction: str) -> dict[str, Any] | None:
        try:
            return self._call_requests.status(interaction)
        except Refusal:
            return None

    def _check_session(self, session: str) -> None:
        if self._desk.agent_of(session) is None:
            self.session_ended(session, self._desk.end_reason_of(session) or "ended_elsewhere")

    def _emit(self, event: str, data: Any, sid: str, namespace: str) -> None:
        self.socketio.emit(event, data, to=sid, namespace=namespace)
        self._metrics.emits.labels(event).inc()

    def _watch(self) -> None:
        """A CTI server that died sends no wake-up, and a wake-up may be lost: look at both, slowly."""
        turns = round(REFRESH_EVERY / LOOK_EVERY)
        for turn in itertools.count():
            if self._stopped.wait(LOOK_EVERY):
                return
            telephone = operations.ask(self._health)["telephone"]
            if telephone != self.telephone:
                self.telephone = telephone
                self.wake_up("resync", "")
            for room in self.members.rooms()[turn % turns :: turns]:
                self._pushes.ask(room)

    # ---- the agent's console -----------------------------------------------------------------------------------

    def _agent_connects(self, sid: str, auth: Any) -> None:
        if request.headers.get("Origin") not in (None, own_origin(request.environ)):
            raise Refusal("foreign_origin", "This page may not use the console.")
        session = session_of_cookie(self._app, request.cookies)
        agent = self._desk.agent_of(session) if session else None
        if session is None or agent is None:
            raise Refusal("not_logged_in", "Please log in.")
        self.members.add(sid, [("agent", agent), ("session", session)], session)
        self._desk.console_opened(session, sid)
        self._pushes.ask(("session", session))
        self._pushes.ask(("agent", agent))

    def _agent_leaves(self, sid: str) -> None:
        session = self.members.where(sid).get("session")
        self.members.leave(sid)
        self.pages.console_left(sid)
        if session is not None:
            self._desk.console_closed(session, sid)

    def _page_shown(self, data: Any = None) -> dict[str, Any]:
        sid = request.sid  # type: ignore[attr-defined]
        agent = self.members.where(sid).get("agent")
        reservation = data.get("reservation") if isinstance(data, dict) else None
        if agent is None or not isinstance(reservation, str) or not contract.is_uuid(reservation):
            return {"ok": False}
        try:
            shown = self._desk.page_shown(agent, reservation)
        except Refusal as refusal:
            return {"ok": False, **as_json(refusal)}
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            return {"ok": False, **as_json(database_refusal())}
        log.info(
            "the page is on screen",
            extra={
                "agent": agent,
                "reservation": reservation,
                "action": "page_shown",
                "socket": sid,
                "new": shown,
            },
        )
        return {"ok": bool(shown)}

    # ---- the customer's page -----------------------------------------------------------------------------------

    def _customer_connects(self, sid: str, auth: Any) -> None:
        bearer = self._tokens.read(auth.get("token") if isinstance(auth, dict) else None)
        origin = request.headers.get("Origin")
        if origin is not None and origin not in self._srp.origins(bearer.site):
            raise Refusal("foreign_origin", "This page may not use this server.")
        room = ("interaction", bearer.interaction)
        self.members.add(sid, [room], bearer.right)
        self._bearers[sid] = bearer
        self._pushes.ask(room)

    def _customer_leaves(self, sid: str) -> None:
        self.members.leave(sid)
        self._bearers.pop(sid, None)
        self.pages.customer_left(sid)

    # ---- the live page -----------------------------------------------------------------------------------------

    def _relay_pages(self) -> None:
        """Each event of docs/live-page.md to its method; whoever is not allowed gets `{"ok": false}`."""
        pages = self.pages
        self._page_event(CUSTOMER, "page_hello", lambda sid, said: pages.hello(sid, *self._whose_page(sid), said))
        self._page_event(CUSTOMER, "page_ops", pages.changed)
        self._page_event(CUSTOMER, "page_state", pages.says)
        self._page_event(CUSTOMER, "page_answer", pages.answers)
        self._page_event(AGENT, "page_join", lambda sid, said: pages.join(sid, self._whose_console(sid), said))
        self._page_event(AGENT, "page_again", pages.again)
        self._page_event(AGENT, "page_leave", pages.leave)
        self._page_event(AGENT, "page_point", pages.points)
        self._page_event(AGENT, "page_propose", pages.proposes)

    def _page_event(self, namespace: str, event: str, deed: Callable[[str, Any], dict[str, Any]]) -> None:
        def heard(said: Any = None) -> dict[str, Any]:
            try:
                return deed(request.sid, said)  # type: ignore[attr-defined]
            except (Refusal, psycopg2.OperationalError, psycopg2.InterfaceError):
                return {"ok": False}

        self.socketio.on_event(event, heard, namespace=namespace)

    def _whose_page(self, sid: str) -> tuple[str, str]:
        """(interaction, site); Refusal for whoever only looks at what somebody else asked for."""
        bearer = self._bearers.get(sid)
        if bearer is None or bearer.right == WATCH:
            raise Refusal("token_invalid", "This page is not shown to anybody.")
        return bearer.interaction, bearer.site

    def _whose_console(self, sid: str) -> str:
        agent = self.members.where(sid).get("agent")
        if agent is None:
            raise Refusal("not_logged_in", "Please log in.")
        return agent

    def _to(self, namespace: str) -> Callable[..., None]:
        def tell(event: str, data: Any, sid: str, taken_in: Callable[..., None] | None) -> None:
            self.socketio.emit(event, data, to=sid, namespace=namespace, callback=taken_in)
            self._metrics.emits.labels(event).inc()

        return tell

    # ---- both --------------------------------------------------------------------------------------------------

    def _on(self, namespace: str, connects: Callable[[str, Any], None], leaves: Callable[[str], None]) -> None:
        sockets = self._metrics.sockets.labels(namespace)

        def connect(auth: Any = None) -> None:
            """Fails closed: whatever goes wrong here, the connection is refused and its transport ends."""
            sid = request.sid  # type: ignore[attr-defined]
            try:
                if gate.JOINED in request.environ:
                    raise Refusal("bad_request", "One connection, one namespace, once.")
                connects(sid, auth)
            except Exception as error:
                self.members.leave(sid)
                gate.refused(request.environ)
                refusal = _as_refusal(error)
                self._metrics.refusals.labels(refusal.code).inc()
                raise Refused(refusal.message, as_json(refusal)["error"]) from None
            gate.joined(request.environ)
            sockets.inc()

        def disconnect(reason: Any = None) -> None:
            sockets.dec()
            gate.left(request.environ)
            try:
                leaves(request.sid)  # type: ignore[attr-defined]
            except Exception as error:
                log.warning("a console left unnoticed: %s", type(error).__name__)

        self.socketio.on_event("connect", connect, namespace=namespace)
        self.socketio.on_event("disconnect", disconnect, namespace=namespace)

    def _may_read(self, origin: str | None, environ: dict[str, Any] | None = None) -> bool:
        return origin is not None and (origin == own_origin(environ or {}) or origin in self._origins.all())

    def _close_transport(self, eio_sid: str) -> None:
        open_one = self.socketio.server.eio.sockets.get(eio_sid)
        if open_one is None:
            self.transports().pop(eio_sid, None)
            return
        open_one.close(wait=False)
        self.socketio.server.eio.sockets.pop(eio_sid, None)


def _as_refusal(error: Exception) -> Refusal:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError):
        return database_refusal()
    log.error("a connect failed", exc_info=error)
    return Refusal("internal", "Something went wrong here. Please try again.")
