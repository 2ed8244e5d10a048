"""Every trouble of a request becomes the one error shape under /api, and a short plain page elsewhere."""

from __future__ import annotations

import logging

import psycopg2
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from ..core.refusals import Refusal
from .metrics import Metrics

log = logging.getLogger(__name__)

HTTP_REFUSALS = {
    400: ("bad_request", "The request is not one this server understands."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not do that."),
    413: ("page_too_large", "The request is too long."),
    415: ("unsupported_media_type", "Send JSON: Content-Type: application/json."),
}


def install(app: Flask, metrics: Metrics) -> None:
    def refused(refusal: Refusal) -> Response:
        metrics.refusals.labels(refusal.code).inc()
        return answer(refusal)

    def http_error(error: HTTPException) -> Response:
        if error.response is not None or (error.code or 500) < 400:
            return error.get_response()  # type: ignore[return-value]
        code, sentence = HTTP_REFUSALS.get(error.code or 500, ("bad_request", "The request was not understood."))
        response = refused(Refusal(code, sentence))
        if error.code == 405 and getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
        return response

    def database_down(error: psycopg2.Error) -> Response:
        log.error("the database did not answer: %s", type(error).__name__, extra={"action": request.endpoint})
        return refused(database_refusal())

    def internal(error: Exception) -> Response:
        log.exception("a request failed", extra={"action": request.endpoint})
        return refused(Refusal("internal", "Something went wrong here. Please try again."))

    app.register_error_handler(Refusal, refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(psycopg2.OperationalError, database_down)
    app.register_error_handler(psycopg2.InterfaceError, database_down)
    app.register_error_handler(Exception, internal)


def database_refusal() -> Refusal:
    return Refusal("database_down", "Our records cannot be reached at the moment. Please try again in a minute.")


def answer(refusal: Refusal) -> Response:
    """The refusal as JSON under /api; as a plain sentence for a person who followed a link."""
    if request.path.startswith("/api/"):
        response = jsonify(as_json(refusal))
    else:
        response = Response(refusal.message + "\n", mimetype="text/plain")
    response.status_code = refusal.status
    if refusal.status in (429, 503):
        response.headers["Retry-After"] = str(int(refusal.details.get("retry_after", 5)))
    return response


def as_json(refusal: Refusal) -> dict[str, object]:
    return {"error": {"code": refusal.code, "message": refusal.message, "details": refusal.details}}
