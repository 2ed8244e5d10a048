"""The page behind the signed link: a customer sees, changes or cancels the call they asked for. No script."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ..core.refusals import Refusal
from . import security
from .call_me import CallRequests
from .identity import InteractionTokens
from .limits import Bucket
from .origins import require_own_origin

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; --bg: #f3f4f6; --surface: #fff; --ink: #161b20;
  --line: #808a94; --accent: #0e5a6b; --on-accent: #fff; --bad: #96201a; --focus: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --bg: #101418; --surface: #181d22; --ink: #e9edf0; --line: #74808b;
  --accent: #62b6c7; --on-accent: #05242c; --bad: #f7aca6; --focus: #8ab4f8; } }
html { background: var(--bg); color: var(--ink); }
body { max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }
main { padding: 1.5rem; border-radius: 14px; background: var(--surface); }
h1 { margin-top: 0; font-size: 1.5rem; line-height: 2rem; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.05rem; }
form { margin: .75rem 0; }
label { display: block; margin: .5rem 0; }
button, select, input { box-sizing: border-box; width: 100%; font: inherit; min-height: 2.75rem; padding: 0 .75rem;
  border: 1px solid var(--line); border-radius: 6px; background: var(--surface); color: inherit; }
button { font-weight: 600; cursor: pointer; }
button[value=window], button[value=number] { border-color: var(--accent); background: var(--accent);
  color: var(--on-accent); }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
[role=alert] { border: 2px solid; border-radius: 6px; padding: .5rem .75rem; color: var(--bad); }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADLINES = {
    "queued": "We will call you",
    "previewing": "We are about to call you",
    "dialling": "We are calling you",
    "connecting": "We are calling you",
    "talking": "We are talking",
    "done": "We have talked",
    "cancelled": "This call is cancelled",
    "failed": "We could not reach you",
}
LONGEST_FORM = 2000


def blueprint(requests: CallRequests, links: InteractionTokens) -> Blueprint:
    area = Blueprint("call_me_page", __name__, template_folder="templates")
    changes = Bucket(burst=10, a_second=0.2)

    @area.get("/call-me/<token>")
    @security.content_policy(POLICY)
    def show(token: str) -> Response:
        return _page(requests, token, links.read(token).interaction)

    @area.post("/call-me/<token>")
    @security.content_policy(POLICY)
    def do(token: str) -> AnyResponse:
        """A form was sent; a link that is only followed changes nothing."""
        require_own_origin()
        interaction = links.read(token).interaction
        request.max_content_length = LONGEST_FORM
        try:
            if not changes.take(interaction):
                raise Refusal("too_many_requests", "That was changed very often. Please wait a moment.")
            _apply(requests, interaction, request.form, request.remote_addr or "")
        except Refusal as refusal:
            page = _page(requests, token, interaction, refusal)
            page.status_code = refusal.status
            return page
        return redirect(url_for("call_me_page.show", token=token), 303)

    return area


def _apply(requests: CallRequests, interaction: str, form: Any, address: str) -> None:
    match form.get("do"):
        case "cancel":
            requests.cancel(interaction)
        case "soon":
            requests.change(interaction, {"when": None}, address)
        case "window":
            requests.change(interaction, {"when": _window(form.get("window", ""))}, address)
        case "number":
            number, proof = form.get("number", "")[:40], form.get("proof", "")[:100]
            requests.change(interaction, {"number": number, "proof": proof or None}, address)
        case _:
            raise Refusal("bad_request", "This page is from an earlier version. Please load it again.")


def _window(chosen: str) -> dict[str, str]:
    """Of the value of an option: "2026-12-01 09:00 11:00 Europe/London"."""
    parts = chosen.split()
    if len(parts) != 4:
        raise Refusal("wrong_window", "Please choose a time.")
    return dict(zip(("date", "from", "until", "zone"), parts, strict=True))


def _page(requests: CallRequests, token: str, interaction: str, refusal: Refusal | None = None) -> Response:
    status = requests.status(interaction)
    text = render_template(
        "call-me.html",
        style=STYLE,
        token=token,
        status=status,
        headline=HEADLINES[status["state"]],
        wait=_wait(status),
        windows=_windows(requests, interaction) if status["can_change"] else [],
        refusal=refusal,
        number=request.form.get("number", ""),
    )
    response = Response(text, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    # No other server is told this address, which is a key. With "no-referrer" a browser would not tell us either where
    # a form of this page comes from (it sends `Origin: null`), and the form would be refused.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _windows(requests: CallRequests, interaction: str) -> list[dict[str, Any]]:
    """None where the pool calls nobody back any more: who waits may still cancel."""
    try:
        return requests.windows_of(interaction)
    except Refusal:
        return []


def _wait(status: dict[str, Any]) -> str | None:
    """In words; None where nobody knows."""
    seconds = status["estimate_seconds"]
    if seconds is None:
        return None
    return "now" if seconds < 30 else f"in about {max(1, round(seconds / 60))} min"
