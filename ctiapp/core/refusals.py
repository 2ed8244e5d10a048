"""Every way in which a request is refused: a code for machines, a sentence for people, and nothing changed."""

from __future__ import annotations

from typing import Any

STATUS = {
    "bad_request": 400,
    "malformed_number": 400,
    "number_missing": 400,
    "wrong_window": 400,
    "consent_missing": 400,
    "disposition_missing": 400,
    "not_logged_in": 401,
    "wrong_password": 401,
    "identity_invalid": 401,
    "identity_expired": 401,
    "token_invalid": 401,
    "foreign_origin": 403,
    "not_yours": 403,
    "csrf": 403,
    "unsupported_country": 403,
    "number_type_not_allowed": 403,
    "number_marked": 403,
    "do_not_call": 403,
    "proof_needed": 403,
    "proof_wrong": 403,
    "not_found": 404,
    "unknown_site": 404,
    "unknown_pool": 404,
    "unknown_agent": 404,
    "unknown_station": 404,
    "unknown_interaction": 404,
    "unknown_customer": 404,
    "no_call_me": 404,
    "method_not_allowed": 405,
    "all_numbers_in_use": 409,
    "all_agents_busy": 409,
    "agent_not_free": 409,
    "nobody_has_the_skill": 409,
    "closed": 409,
    "window_closed": 409,
    "window_full": 409,
    "already_waiting": 409,
    "already_ended": 409,
    "not_ready": 409,
    "already_logged_in": 409,
    "station_taken": 409,
    "wrong_state": 409,
    "page_too_large": 413,
    "unsupported_media_type": 415,
    "too_many_attempts": 429,
    "too_many_requests": 429,
    "too_many_calls_today": 429,
    "internal": 500,
    "telephone_down": 503,
    "proof_down": 503,
    "database_down": 503,
}
"""The HTTP status of each code; a code that is not here must not be raised."""


class Refusal(Exception):
    """A request that was refused. `details` holds what the caller can do with it, e.g. `{"opens_at": …}`."""

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.status = STATUS[code]
        self.code = code
        self.message = message
        self.details = details
