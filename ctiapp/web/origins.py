"""Which shop's page a request came from. A browser cannot lie about `Origin`; whoever can is held by the token.

A browser sends Origin with every cross-origin fetch and with every POST, PUT and DELETE. A request without it is
let pass only if nothing says that a browser sent it: no Sec-Fetch-Site, or one that says the user or this server
itself asked (`none`, `same-origin`). So the servers of a shop and tests may call, and a foreign page may not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Response, request

from ..core.refusals import Refusal

log = logging.getLogger(__name__)

PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Encoding, Content-Type",
    "Access-Control-Max-Age": "7200",
}


ASK_EVERY = 1.0
"""Seconds for which an answer, or that there was none, is enough."""


class Origins:
    """The allowed origins of all sites. Where the database does not answer, what was known last still counts.

    One asks at a time; the others wait for the first answer, for a thousand browsers may come back to a new process.
    """

    def __init__(self, ask: Callable[[], Iterable[str]]) -> None:
        self._ask = ask
        self._known: frozenset[str] = frozenset()
        self._asked_at = float("-inf")
        self._asking = threading.Lock()

    def all(self) -> frozenset[str]:
        if self._is_due() and self._asking.acquire(blocking=not self._known):
            try:
                if self._is_due():
                    self._look()
            finally:
                self._asking.release()
        return self._known

    def _is_due(self) -> bool:
        return time.monotonic() - self._asked_at > ASK_EVERY

    def _look(self) -> None:
        try:
            self._known = frozenset(self._ask())
        except Exception as error:  # this must not turn a refusal that says why into another one
            log.warning("the sites' origins could not be read: %s", type(error).__name__)
        self._asked_at = time.monotonic()


def require_origin(allowed: Iterable[str]) -> None:
    """Raises Refusal `foreign_origin` unless this request may come from a page of one of the origins."""
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
            return
    elif origin in allowed:
        return
    raise Refusal("foreign_origin", "This page may not use this server.")


def own_origin(environ: dict[str, Any]) -> str:
    return f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '')}"


def require_own_origin() -> None:
    """Raises Refusal `foreign_origin` for a browser that shows another server's page."""
    require_origin([own_origin(request.environ)])


def allow_reading(response: Response, origins: Origins) -> None:
    """CORS: the page of an allowed origin may read this answer, refusals too."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is not None and origin in origins.all():
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers.update(PREFLIGHT_HEADERS)
