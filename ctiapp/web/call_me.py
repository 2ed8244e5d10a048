"""Call me (416) for the customer's browser: a number joins the list (420-424); see, change or cancel it, also later."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any, Protocol

from flask import Blueprint, Response, g, jsonify, request, url_for

from ..core.protection import network_of
from ..core.refusals import Refusal
from . import contract
from .customer import Srp, query, query_day, require_token, whole_click
from .identity import CALL_ME, WATCH, InteractionTokens
from .limits import Bucket
from .origins import require_origin
from .page import clean_page

log = logging.getLogger(__name__)


class CallRequests(Protocol):
    """What the web asks of the servers about calls to customers; every method may raise Refusal."""

    def offer(self, site: str, pool: str, visitor: str | None) -> dict[str, Any] | None: ...
    def windows(self, site: str, pool: str, first_day: date | None, zone: str | None) -> dict[str, Any]: ...
    def windows_of(self, interaction: str) -> list[dict[str, Any]]:
        """The windows that the customer of this request may choose from, where they are."""

    def call_me(self, click: dict[str, Any], address: str) -> tuple[dict[str, Any], bool, bool]:
        """The status, whether the request is new, and whether it is the clicker's own."""

    def status(self, interaction: str) -> dict[str, Any]: ...
    def change(self, interaction: str, changes: dict[str, Any], address: str) -> dict[str, Any]: ...
    def cancel(self, interaction: str) -> dict[str, Any]: ...


def blueprint(requests: CallRequests, srp: Srp, tokens: InteractionTokens, links: InteractionTokens) -> Blueprint:
    area = Blueprint("call_me", __name__, url_prefix=contract.PREFIX)
    changes = Bucket(burst=10, a_second=0.2)
    lookups = Bucket(burst=10, a_second=0.02)
    new_pages = Bucket(burst=10, a_second=1.0)

    @area.before_request
    def preflight_or_token() -> Response | None:
        if request.method == "OPTIONS":
            return Response(status=204)
        if request.view_args and "interaction" in request.view_args:
            require_token(srp, tokens, {CALL_ME, WATCH})
            if g.right == WATCH and request.method != "GET":
                raise Refusal("not_yours", "Somebody else asked for this call.")
        return None

    contract.install(area)

    @area.get("/pools/<site>/<pool>/windows")
    def windows(site: str, pool: str) -> Response:
        require_origin(srp.origins(site))
        return jsonify(requests.windows(site, pool, query_day("from"), query("zone", 64)))

    # not `request`: that is Flask's; the endpoint is named as in the contract
    @area.post("/call-me", endpoint="request")
    def call_me() -> tuple[Response, int]:
        click = contract.body()
        site = click["site"]
        require_origin(srp.origins(site))
        address = request.remote_addr or ""
        # whether a name and an address belong together is told to nobody who tries many
        if click.get("name") and not click.get("number") and not lookups.take(network_of(address)):
            raise Refusal("too_many_requests", "Please tell us your number.", retry_after=60)
        status, created, own = requests.call_me(_whole_click(srp, click), address)
        interaction = status["interaction"]
        log.info(
            "a call was asked for",
            extra={"interaction": interaction, "site": site, "action": "listed" if created else "came_back"},
        )
        return jsonify(status | _keys(interaction, site, own, tokens, links)), 201 if created else 200

    @area.get("/call-me/<interaction>")
    def status(interaction: str) -> Response:
        return jsonify(_as_seen(requests.status(interaction)))

    @area.patch("/call-me/<interaction>")
    def change(interaction: str) -> Response:
        if not changes.take(interaction):
            raise Refusal("too_many_requests", "That was changed very often. Please wait a moment.", retry_after=5)
        return jsonify(requests.change(interaction, contract.body(), request.remote_addr or ""))

    @area.delete("/call-me/<interaction>")
    def cancel(interaction: str) -> Response:
        answer = requests.cancel(interaction)
        log.info("the customer cancelled", extra={"interaction": interaction, "action": "cancelled"})
        return jsonify(answer)

    @area.put("/call-me/<interaction>/page")
    def new_page(interaction: str) -> Response:
        if not new_pages.take(interaction):
            raise Refusal("too_many_requests", "The page changes faster than it can be shown.", retry_after=1)
        srp.new_page(interaction, clean_page(contract.body()))
        return Response(status=204)

    return area


def as_a_stranger_sees(status: dict[str, Any]) -> dict[str, Any]:
    """Of a request that somebody else made for the same number: how it stands, and nothing that could be changed."""
    return status | {
        "can_change": False,
        "can_cancel": False,
        "last_try_at": None,
        "last_outcome": None,
        "detail": "",
        "agent": None,
    }


def _as_seen(status: dict[str, Any]) -> dict[str, Any]:
    return as_a_stranger_sees(status) if g.right == WATCH else status


def _keys(
    interaction: str, site: str, own: bool, tokens: InteractionTokens, links: InteractionTokens
) -> dict[str, Any]:
    """What the customer's browser needs to come back."""
    link = url_for("call_me_page.show", token=links.issue(interaction, site, CALL_ME), _external=True) if own else None
    return {"token": tokens.issue(interaction, site, CALL_ME if own else WATCH), "link": link, "own": own}


def _whole_click(srp: Srp, click: dict[str, Any]) -> dict[str, Any]:
    asked = ("number", "region", "name", "address", "when", "zone", "consent", "proof")
    return whole_click(srp, click) | {name: click.get(name) for name in asked}
