"""Sessions, CSRF and the headers that every answer carries."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, Response, g, request, session
from flask.sessions import SecureCookieSessionInterface

from ..core.refusals import Refusal

COOKIE = "ctiapp_session"
CONSOLE_CSP = (
    "default-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
FRAME_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'; "
    "sandbox allow-same-origin"
)
NOTHING_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


class Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, marked Secure where the request came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def install(app: Flask, secret: str) -> None:
    app.secret_key = secret
    app.session_interface = Cookies()
    app.config.update(SESSION_COOKIE_NAME=COOKIE, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")
    app.after_request(_headers)


def session_of_cookie(app: Flask, cookies: dict[str, str]) -> str | None:
    """The session id of a properly signed cookie; whether it still lives is for the desk to say."""
    signer = Cookies().get_signing_serializer(app)
    if signer is None or COOKIE not in cookies:
        return None
    try:
        value = signer.loads(cookies[COOKIE]).get("session")
    except Exception:  # whatever a forged cookie makes the decoder raise, it is no session
        return None
    return value if isinstance(value, str) else None


def csrf_token(app: Flask, session_id: str) -> str:
    """Derived from the session, so that no process has to remember it."""
    key = str(app.secret_key).encode()
    return hmac.new(key, b"csrf:" + session_id.encode(), hashlib.sha256).hexdigest()[:32]


def start_session(session_id: str) -> None:
    session.clear()
    session["session"] = session_id


def require_agent(app: Flask, agent_of: Callable[[str], str | None], unsafe: bool) -> None:
    """Sets g.session and g.agent; raises Refusal `not_logged_in` or `csrf`."""
    session_id = session.get("session")
    agent = agent_of(session_id) if isinstance(session_id, str) else None
    if agent is None or not isinstance(session_id, str):
        raise Refusal("not_logged_in", "Please log in.")
    if unsafe:
        sent = request.headers.get("X-CSRF-Token", "")
        if not hmac.compare_digest(sent.encode(), csrf_token(app, session_id).encode()):
            raise Refusal("csrf", "This page is from an earlier log-in. Please load it again.")
    g.session, g.agent = session_id, agent


def content_policy(policy: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The content security policy of a view; without it an answer may load nothing."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def with_policy(*args: Any, **kwargs: Any) -> Any:
            g.policy = policy
            return view(*args, **kwargs)

        return with_policy

    return decorate


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", g.get("policy", NOTHING_CSP))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()")
    if request.path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
    if "X-Frame-Options" not in headers:
        headers["X-Frame-Options"] = "SAMEORIGIN" if g.get("policy") == FRAME_CSP else "DENY"
    return response
