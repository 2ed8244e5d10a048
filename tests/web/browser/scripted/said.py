"""What browser and server say to each other, as docs/api.md has it: refusals, times, tokens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, jsonify

PASSWORD = "a long password"
TOKEN = "token-of-this-interaction"


def iso(seconds_from_now: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds_from_now)).isoformat()


@dataclass
class Wire:
    method: str
    path: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def refusal(status: int, code: str, **details: Any) -> Response:
    answer = jsonify({"error": {"code": code, "message": f"Refused: {code}.", "details": details}})
    answer.status_code = status
    return answer
