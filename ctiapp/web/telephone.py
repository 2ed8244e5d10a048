"""The API for the telephones in browsers: the agent's own station, the customer's one-time call."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from flask import Blueprint, Response, current_app, g, jsonify, request

from ..core.refusals import Refusal
from . import contract, security
from .agent import Desk
from .customer import Srp, require_token
from .identity import CALL_US, InteractionTokens
from .limits import Bucket

log = logging.getLogger(__name__)


class Telephones(Protocol):
    """What the web asks of the telephones in browsers; every method may raise Refusal."""

    def of_agent(self, session: str) -> dict[str, Any]: ...
    def of_customer(self, interaction: str) -> dict[str, Any]: ...
    def keep_quality(self, agent: str, interaction: str, samples: list[dict[str, Any]]) -> None: ...


def blueprint(telephones: Telephones, desk: Desk, srp: Srp, tokens: InteractionTokens) -> Blueprint:
    area = Blueprint("telephone", __name__, url_prefix=contract.PREFIX)
    new_targets = Bucket(burst=5, a_second=0.2)

    @area.before_request
    def require_session_or_token() -> Response | None:
        if request.endpoint == "telephone.of_customer":
            if request.method == "OPTIONS":
                return Response(status=204)
            require_token(srp, tokens, {CALL_US})
        elif request.method != "OPTIONS":
            security.require_agent(current_app, desk.agent_of, unsafe=request.method != "GET")
        return None

    contract.install(area)

    @area.get("/agent/telephone")
    def of_agent() -> Response:
        return jsonify(telephones.of_agent(g.session))

    @area.post("/agent/calls/<interaction>/quality")
    def quality(interaction: str) -> Response:
        telephones.keep_quality(g.agent, interaction, contract.body()["samples"])
        return Response(status=204)

    @area.post("/call-us/<interaction>/telephone")
    def of_customer(interaction: str) -> Response:
        if not new_targets.take(interaction):
            raise Refusal("too_many_requests", "Please wait a moment before you call again.", retry_after=5)
        access = telephones.of_customer(interaction)
        log.info("a page may call", extra={"interaction": interaction, "action": "target_made"})
        return jsonify(access)

    return area
