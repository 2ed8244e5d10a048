"""`openapi.yaml` is the one source: it is served, requests are checked against it, tests are made from it."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from flask import Blueprint, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from ..core.refusals import STATUS, Refusal
from .page import MAX_BODY, storable

MAX_SMALL_BODY = 64 * 1024
PREFIX = "/api/v1"
_METHODS = ("get", "post", "put", "patch", "delete")
_WITH_PAGE = ("customer.call_us", "customer.new_page", "call_me.request", "call_me.new_page")
_NOT_FOUND = {"interaction": "unknown_interaction", "site": "unknown_site", "pool": "unknown_pool"}

formats = jsonschema.FormatChecker(formats=())


@formats.checks("uuid")
def _uuid_format(value: Any) -> bool:
    return not isinstance(value, str) or is_uuid(value)


@formats.checks("date-time", raises=ValueError)
def _is_time(value: Any) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@formats.checks("date", raises=ValueError)
def _is_date(value: Any) -> bool:
    return not isinstance(value, str) or date.fromisoformat(value) is not None


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


def is_uuid(value: str) -> bool:
    return _UUID.match(value) is not None


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, with a response for every refusal a call may meet."""
    written = Path(__file__).with_name("openapi.yaml").read_text("utf-8")
    api: dict[str, Any] = yaml.load(written, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    api["components"]["schemas"]["Refusal"]["properties"]["error"]["properties"]["code"]["enum"] = list(STATUS)
    for _, _, operation in operations(api):
        for code in refusals(api, operation):
            _add_refusal(operation["responses"], code)
    return api


def operations(api: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) of every call."""
    return [
        (path, method, item[method]) for path, item in api["paths"].items() for method in _METHODS if method in item
    ]


def refusals(api: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    return [*operation["x-refusals"], *api["x-refusals-everywhere"]]


def validator(name: str) -> jsonschema.Draft202012Validator:
    """Checks values against the component schema `name`."""
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": {"schemas": document()["components"]["schemas"]},
    }
    return jsonschema.Draft202012Validator(schema, format_checker=formats)


def check(value: Any, against: jsonschema.Draft202012Validator) -> None:
    """Raises Refusal `bad_request` that names the first place where the value is not what the contract says."""
    error = next(against.iter_errors(value), None)
    if error is not None:
        raise Refusal("bad_request", _sentence(error), at=_place(error))


def install(blueprint: Blueprint) -> None:
    """Every request to `blueprint` is checked before its view runs; `body()` then has what was sent. The contract is
    read now: at the first requests fifty threads would each read it, and every customer wait for all of them."""
    _bodies()
    blueprint.before_request(_check_request)


def body() -> Any:
    """The checked JSON of this request."""
    return g.body


def _check_request() -> None:
    operation = request.endpoint or ""
    for name, value in (request.view_args or {}).items():
        if not _parameter_is_valid(name, value):
            raise Refusal(_NOT_FOUND.get(name, "not_found"), f"There is no such {name}.")
    wanted = _bodies().get(operation)
    if wanted is not None:
        g.body = read_json(MAX_BODY if operation in _WITH_PAGE else MAX_SMALL_BODY, operation in _WITH_PAGE)
        check(g.body, wanted)


@cache
def _bodies() -> dict[str, jsonschema.Draft202012Validator]:
    found = {}
    for _, _, operation in operations(document()):
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            found[operation["operationId"]] = validator(schema.rpartition("/")[2])
    return found


def read_json(limit: int, page: bool) -> Any:
    """The body as JSON; no more than one byte past `limit` of it is read."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    # one more than allowed: a body that tells no length is cut at the maximum, without an error
    request.max_content_length = limit + 1
    try:
        raw = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise _too_long(limit, page) from None
    if request.headers.get("Content-Encoding") == "gzip":
        raw = _unpacked(raw, limit + 1)
    if len(raw) > limit:
        raise _too_long(limit, page)
    try:
        return storable(raw, json.loads(raw, parse_constant=_no_constant))
    except RecursionError:
        raise Refusal("page_too_large" if page else "bad_request", "The request is nested too deep.") from None
    except ValueError:
        raise Refusal("bad_request", "The request is not JSON.") from None


def _unpacked(packed: bytes, most: int) -> bytes:
    """No more than `most` bytes of what was packed with gzip, whatever it would become."""
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(packed, most)
    except zlib.error:
        raise Refusal("bad_request", "The request is not what its encoding says.") from None


def _too_long(limit: int, page: bool) -> Refusal:
    if page:
        return Refusal("page_too_large", "The page is too large to be sent.", limit=limit)
    return Refusal("bad_request", "The request is too long.", limit=limit)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _parameter_is_valid(name: str, value: str) -> bool:
    rules: dict[str, Callable[[str], Any]] = {
        "interaction": _UUID.match,
        "reservation": _UUID.match,
        "customer": _UUID.match,
        "site": _NAME.match,
        "pool": _NAME.match,
        "reason": _NAME.match,
    }
    return bool(rules[name](value))


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def _place(error: jsonschema.ValidationError) -> str:
    return "/".join(str(step) for step in error.absolute_path)[:200]


def _sentence(error: jsonschema.ValidationError) -> str:
    """Says which rule was broken without repeating what was sent: it may be secret, and it may be large."""
    where = _place(error) or "the request"
    match error.validator:
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return f"{where} lacks {', '.join(missing)}."
        case "additionalProperties":
            return f"{where} has fields that are not part of it."
        case "format" | "type" | "const" | "pattern" as rule:
            return f"{where} is not the {rule} {json.dumps(error.validator_value)}."
        case "anyOf":
            return f"{where} has none of the shapes it may have."
        case rule:
            return f"{where} breaks the rule {rule} {json.dumps(error.validator_value)[:200]}."


def _add_refusal(responses: dict[str, Any], code: str) -> None:
    status = str(STATUS[code])
    response = responses.setdefault(
        status,
        {
            "description": "Refused",
            "content": {
                "application/json": {
                    "schema": {
                        "allOf": [
                            {"$ref": "#/components/schemas/Refusal"},
                            {
                                "properties": {
                                    "error": {"properties": {"code": {"enum": []}}},
                                }
                            },
                        ]
                    }
                }
            },
        },
    )
    schema = response["content"]["application/json"]["schema"]
    schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"].append(code)


def served() -> Response:
    """The document for `/api/v1/openapi.json`."""
    return Response(_served(), mimetype="application/json")


@cache
def _served() -> str:
    return json.dumps(document())
