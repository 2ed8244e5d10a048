"""The API for the customer's browser: a click (316) becomes a reservation, the number goes back (324-326)."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import date
from typing import Any, Protocol

from flask import Blueprint, Response, g, jsonify, request

from ..core.refusals import Refusal
from . import contract
from .identity import CALL_US, InteractionTokens, verified_claims
from .limits import Bucket
from .origins import Origins, allow_reading, own_origin, require_origin
from .page import clean_page

log = logging.getLogger(__name__)

PATHS = tuple(f"{contract.PREFIX}/{area}" for area in ("call-us", "call-me", "pools/"))
"""What a shop's page may call, also where there is nothing."""


class Srp(Protocol):
    """What the web asks of the SRP (168); every method may raise Refusal."""

    def pool_hours(self, site: str, pool: str) -> dict[str, Any]: ...
    def call_us(self, click: dict[str, Any], address: str, origin: str | None) -> tuple[dict[str, Any], bool]: ...
    def status(self, interaction: str) -> dict[str, Any]: ...
    def status_of_many(self, interactions: list[str]) -> dict[str, dict[str, Any]]: ...
    def keep_alive(self, interaction: str) -> dict[str, Any]: ...
    def new_page(self, interaction: str, page: dict[str, Any]) -> None: ...
    def cancel(self, interaction: str) -> dict[str, Any]: ...
    def origins(self, site: str) -> list[str]: ...
    def all_origins(self) -> list[str]: ...
    def identity_secret(self, site: str) -> str: ...


class Offers(Protocol):
    """Whether a pool calls back, and with what wait: `{"estimate_seconds": …, …}` as in the contract, or None."""

    def offer(self, site: str, pool: str, visitor: str | None) -> dict[str, Any] | None: ...


def blueprint(srp: Srp, offers: Offers, tokens: InteractionTokens, origins: Origins) -> Blueprint:
    area = Blueprint("customer", __name__, url_prefix=contract.PREFIX)
    new_pages = Bucket(burst=10, a_second=1.0)

    @area.before_request
    def preflight_or_token() -> Response | None:
        if request.method == "OPTIONS":
            return Response(status=204)
        if request.view_args and "interaction" in request.view_args:
            require_token(srp, tokens, {CALL_US})
        return None

    contract.install(area)

    @area.after_app_request
    def readable_by_the_page(response: Response) -> Response:
        if request.path.startswith(PATHS):
            allow_reading(response, origins)
        return response

    @area.get("/pools/<site>/<pool>")
    def pool(site: str, pool: str) -> Response:
        require_origin(srp.origins(site))
        visitor = query("visitor", 128)
        return jsonify(srp.pool_hours(site, pool) | {"call_me": offers.offer(site, pool, visitor)})

    @area.post("/call-us")
    def call_us() -> tuple[Response, int]:
        click = contract.body()
        site, origin = click["site"], request.headers.get("Origin")
        require_origin(srp.origins(site))
        status, created = srp.call_us(whole_click(srp, click), request.remote_addr or "", origin)
        interaction = status["interaction"]
        log.info(
            "a click was answered",
            extra={
                "interaction": interaction,
                "site": site,
                "action": "reserved" if created else "came_back",
            },
        )
        return jsonify(status | {"token": tokens.issue(interaction, site)}), 201 if created else 200

    @area.get("/call-us/<interaction>")
    def status(interaction: str) -> Response:
        return jsonify(srp.status(interaction))

    @area.delete("/call-us/<interaction>")
    def cancel(interaction: str) -> Response:
        answer = srp.cancel(interaction)
        log.info("the customer cancelled", extra={"interaction": interaction, "action": "cancelled"})
        return jsonify(answer)

    @area.post("/call-us/<interaction>/alive")
    def alive(interaction: str) -> Response:
        return jsonify(srp.keep_alive(interaction))

    @area.put("/call-us/<interaction>/page")
    def new_page(interaction: str) -> Response:
        if not new_pages.take(interaction):
            raise Refusal("too_many_requests", "The page changes faster than it can be shown.", retry_after=1)
        srp.new_page(interaction, clean_page(contract.body()))
        return Response(status=204)

    return area


def query(name: str, longest: int) -> str | None:
    """The value in the address, if there is one; Refusal `bad_request` if it is none that we could keep."""
    value = request.args.get(name)
    if value is not None and (not value or len(value) > longest or "\0" in value):
        raise Refusal("bad_request", f"{name} is not what it may be.", at=name)
    return value


def query_day(name: str) -> date | None:
    """The date in the address, if there is one; Refusal `bad_request`."""
    text = query(name, 10)
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise Refusal("bad_request", f"{name} is not a date like 2026-12-01.", at=name) from None


def require_token(srp: Srp, tokens: InteractionTokens, rights: Collection[str]) -> None:
    """Sets g.interaction and g.right, which is one of `rights`; raises Refusal `token_invalid`. Beside the shop's pages
    our own window may ask, which holds the telephone."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refusal("token_invalid", "This call needs the token of the click.")
    bearer = tokens.read(token.strip())
    if bearer.interaction != (request.view_args or {}).get("interaction"):
        raise Refusal("token_invalid", "This token is for another call.")
    if bearer.right not in rights:
        raise Refusal("token_invalid", "This token is not good for that.")
    require_origin([*srp.origins(bearer.site), own_origin(request.environ)])
    g.interaction, g.right = bearer.interaction, bearer.right


def whole_click(srp: Srp, click: dict[str, Any]) -> dict[str, Any]:
    """The click as the servers take it: nothing missing, the page cleaned, the identity verified."""
    identity = click.get("identity")
    claims = verified_claims(identity, click["site"], srp.identity_secret(click["site"])) if identity else None
    return {
        "site": click["site"],
        "pool": click["pool"],
        "idempotency_key": click["idempotency_key"].lower(),
        "visitor": click.get("visitor"),
        "claims": claims,
        "skills": click.get("skills", []),
        "language": click.get("language"),
        "product": click.get("product"),
        "page": clean_page(click["page"]),
    }
