"""In front of /socket.io: who may open a transport, how many, and the end of those that came to nothing.

Socket.IO authenticates inside an open transport, and leaves the transport open when it refuses. So here a transport
needs an origin we know, a free place (a whole-server limit; one for those that poll, each of which takes a thread; one
an address for those without an agent's cookie), and has to join a namespace within `JOIN_WITHIN` seconds. One that was
refused, or that left its last namespace, is closed.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from flask import Flask

from .metrics import Metrics
from .origins import Origins, own_origin
from .security import session_of_cookie
from .transport import ON_A_LINE

log = logging.getLogger(__name__)

JOIN_WITHIN = 5.0
AFTER_REFUSAL = 0.3
"""Seconds in which the refusal may reach the client before its transport is closed."""
MOST_A_SESSION = 10
GONE_AFTER_MS = 20_000

OPENED, JOINED, ENDS_AT, SESSION = "ctiapp.opened", "ctiapp.joined", "ctiapp.ends_at", "ctiapp.session"


class Gate:
    """WSGI middleware; `transports()` are the environs of the open ones, by Engine.IO session id."""

    def __init__(
        self,
        wsgi: Callable[..., Iterable[bytes]],
        app: Flask,
        origins: Origins,
        metrics: Metrics,
        transports: Callable[[], dict[str, dict[str, Any]]],
        capacity: int,
        pollers: int,
        an_address: int,
    ) -> None:
        self._wsgi, self._app, self._origins, self._metrics = wsgi, app, origins, metrics
        self._transports, self._capacity, self._pollers = transports, capacity, pollers
        self._an_address = an_address

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith("/socket.io"):
            return self._wsgi(environ, start_response)
        if "sid" not in parse_qs(environ.get("QUERY_STRING", "")):
            environ[SESSION] = session_of_cookie(self._app, _cookies(environ))
            refused = self._why_not(environ)
            if refused is not None:
                self._metrics.gate.labels(refused[1]).inc()
                return _refuse(start_response, *refused)
            environ[OPENED] = time.monotonic()
            _give_up_on_the_dead(environ)
        return self._wsgi(environ, start_response)

    def _why_not(self, environ: dict[str, Any]) -> tuple[str, str] | None:
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin != own_origin(environ) and origin not in self._origins.all():
            return "403 Forbidden", "foreign_origin"
        open_now = list(self._transports().values())
        if len(open_now) >= self._capacity:
            return "503 Service Unavailable", "full"
        polls = "transport=polling" in environ.get("QUERY_STRING", "")
        if polls and sum(ON_A_LINE not in other for other in open_now) >= self._pollers:
            return "503 Service Unavailable", "full"
        session, address = environ[SESSION], environ.get("REMOTE_ADDR")
        if session is not None:
            if sum(other.get(SESSION) == session for other in open_now) >= MOST_A_SESSION:
                return "429 Too Many Requests", "session"
        elif sum(o.get(SESSION) is None and o.get("REMOTE_ADDR") == address for o in open_now) >= self._an_address:
            return "429 Too Many Requests", "address"
        return None


class Doorkeeper(threading.Thread):
    """Closes the transports that joined nothing. `close(eio_sid)` must not wait for the client."""

    def __init__(
        self,
        transports: Callable[[], dict[str, dict[str, Any]]],
        close: Callable[[str], None],
        every: float = 0.2,
    ) -> None:
        super().__init__(name="doorkeeper", daemon=True)
        self._transports, self._close, self._every = transports, close, every
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.wait(self._every):
            try:
                self.look(time.monotonic())
            except Exception:
                log.exception("the transports could not be looked at")

    def look(self, now: float) -> None:
        for eio_sid, environ in list(self._transports().items()):
            if not environ.get(JOINED) and now >= environ.get(ENDS_AT, environ.get(OPENED, now) + JOIN_WITHIN):
                self._close(eio_sid)


def joined(environ: dict[str, Any]) -> None:
    environ[JOINED] = environ.get(JOINED, 0) + 1


def left(environ: dict[str, Any]) -> None:
    """A namespace was left or refused; with none joined the transport ends soon."""
    environ[JOINED] = max(0, environ.get(JOINED, 0) - 1)
    if not environ[JOINED]:
        refused(environ)


def refused(environ: dict[str, Any]) -> None:
    environ[ENDS_AT] = time.monotonic() + AFTER_REFUSAL


def _give_up_on_the_dead(environ: dict[str, Any]) -> None:
    """A browser that vanished with unread data would hold its threads until TCP gives up, a quarter of an hour."""
    connection = environ.get("gunicorn.socket")
    if connection is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_AFTER_MS)


def _cookies(environ: dict[str, Any]) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(environ.get("HTTP_COOKIE", "")).items()}
    except CookieError:
        return {}


def _refuse(start_response: Callable[..., Any], status: str, reason: str) -> list[bytes]:
    text = reason.encode()
    start_response(
        status,
        [
            ("Content-Type", "text/plain"),
            ("Content-Length", str(len(text))),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ],
    )
    return [text]
