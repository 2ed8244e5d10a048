"""JSON as the API writes it: times as ISO 8601 in UTC, numbers of the database as numbers; for HTTP and Socket.IO."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask.json.provider import JSONProvider


def plain(value: Any) -> Any:
    """What json cannot write by itself."""
    if isinstance(value, datetime):
        at = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return at.removesuffix("+00:00") + "Z"
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no place in an answer")


_encode = json.JSONEncoder(default=plain, separators=(",", ":")).encode


def dumps(value: Any, **_options: Any) -> str:
    return _encode(value)


def with_written(fields: dict[str, Any], name: str, written: str) -> str:
    """The object `fields` as JSON, with `name` in it whose value is JSON text already."""
    return f'{{"{name}":{written},' + _encode(fields)[1:]


loads = json.loads


class Json(JSONProvider):
    """For Flask: `jsonify` writes as `dumps` does."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return _encode(obj)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return json.loads(s, **kwargs)
