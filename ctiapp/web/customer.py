"""The API for the customer's browser: a click (316) becomes a reservation, the number goes back (324-326)."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from flask import Blueprint, Response, g, jsonify, request

from ..core.refusals import Refusal
from . import contract
from .identity import InteractionTokens, verified_claims
from .limits import Bucket
from .origins import Origins, allow_reading, require_origin
from .page import clean_page

log = logging.getLogger(__name__)

PATHS = (f"{contract.PREFIX}/call-us", f"{contract.PREFIX}/pools/")
"""What a shop's page may call, also where there is nothing."""


class Srp(Protocol):
    """What the web asks of the SRP (168); every method may raise Refusal."""

    def pool_hours(self, site: str, pool: str) -> dict[str, Any]: ...
    def call_us(self, click: dict[str, Any], address: str, origin: str | None) -> tuple[dict[str, Any], bool]: ...
    def status(self, interaction: str) -> dict[str, Any]: ...
    def keep_alive(self, interaction: str) -> dict[str, Any]: ...
    def new_page(self, interaction: str, page: dict[str, Any]) -> None: ...
    def cancel(self, interaction: str) -> dict[str, Any]: ...
    def origins(self, site: str) -> list[str]: ...
    def all_origins(self) -> list[str]: ...
    def identity_secret(self, site: str) -> str: ...


def blueprint(srp: Srp, tokens: InteractionTokens, origins: Origins) -> Blueprint:
    area = Blueprint("customer", __name__, url_prefix=contract.PREFIX)
    new_pages = Bucket(burst=10, a_second=1.0)

    @area.before_request
    def preflight_or_token() -> Response | None:
        if request.method == "OPTIONS":
            return Response(status=204)
        if request.view_args and "interaction" in request.view_args:
            _require_token(srp, tokens)
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
        return jsonify(srp.pool_hours(site, pool))

    @area.post("/call-us")
    def call_us() -> tuple[Response, int]:
        click = contract.body()
        site, origin = click["site"], request.headers.get("Origin")
        require_origin(srp.origins(site))
        status, created = srp.call_us(_with_claims(srp, click), request.remote_addr or "", origin)
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


def _require_token(srp: Srp, tokens: InteractionTokens) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refusal("token_invalid", "This call needs the token of the click.")
    bearer = tokens.read(token.strip())
    if bearer.interaction != (request.view_args or {}).get("interaction"):
        raise Refusal("token_invalid", "This token is for another call.")
    require_origin(srp.origins(bearer.site))
    g.interaction = bearer.interaction


def _with_claims(srp: Srp, click: dict[str, Any]) -> dict[str, Any]:
    """The click as the SRP takes it: nothing missing, the page cleaned, the identity verified."""
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
