"""The API is what its document says: every call tried with good and bad requests made from it."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from ctiapp.core.refusals import STATUS
from ctiapp.web import contract
from tests.web.conftest import Console, World, a_click, a_request
from tests.web.fakes import SHOP

WORLD = World(Path(tempfile.mkdtemp()))
RESERVATION = str(uuid.UUID(int=7))
WORLD.desk.holds[RESERVATION] = "noor"
MADE = {
    "/call-us": WORLD.browser().post("/api/v1/call-us", json=a_click()).json,
    "/call-me": WORLD.browser().post("/api/v1/call-me", json=a_request()).json,
}
SENT = (ParameterLocation.BODY, ParameterLocation.PATH, ParameterLocation.QUERY)
API = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WORLD.app)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@API.parametrize()
@hypothesis.settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
def test_every_call_is_what_the_document_says(case: schemathesis.Case) -> None:
    headers, cookies = {"Origin": SHOP}, {}
    WORLD.desk.failures = 0
    if case.operation.path.startswith(("/agent", "/interactions")):
        console = Console(WORLD, take_over=True)
        headers = console.csrf
        name, _, value = console.cookie.partition("=")
        cookies = {name: value}
    elif "/{interaction}" in case.operation.path:
        made = MADE[case.operation.path[:8]]
        headers["Authorization"] = f"Bearer {made['token']}"
        if case.path_parameters.get("interaction", "").count("-") == 4:
            case.path_parameters["interaction"] = made["interaction"]
    # what is wrong only because it lacks the session, which is put back above, is not wrong
    is_wrong = case.operation.body and case.meta and any(map(case.meta.is_negative_at, SENT))
    checks = [*CHECKS, negative_data_rejection] if is_wrong else CHECKS
    case.call_and_validate(headers=headers, cookies=cookies, checks=checks)


# ---- the document itself ---------------------------------------------------------------------------------------


def test_every_route_is_in_the_document_and_the_other_way_round() -> None:
    routes = {
        (rule.rule.removeprefix(contract.PREFIX).replace("<", "{").replace(">", "}"), method.lower(), rule.endpoint)
        for rule in WORLD.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(contract.PREFIX + "/") and not rule.rule.endswith("openapi.json")
    }
    written = {
        (path, method, operation["operationId"]) for path, method, operation in contract.operations(contract.document())
    }
    assert routes == written


def test_every_code_of_the_document_is_a_refusal_and_every_refusal_is_in_it() -> None:
    document = contract.document()
    codes = {
        code for _, _, operation in contract.operations(document) for code in contract.refusals(document, operation)
    }
    assert codes <= set(STATUS)
    assert set(STATUS) - codes == {"method_not_allowed"}
    enum = document["components"]["schemas"]["Refusal"]["properties"]["error"]["properties"]["code"]["enum"]
    assert enum == list(STATUS)


def test_a_refusal_has_the_status_under_which_the_document_has_it() -> None:
    for _, _, operation in contract.operations(contract.document()):
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            schema: Any = response["content"]["application/json"]["schema"]
            for code in schema["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"]:
                assert STATUS[code] == int(status)


@pytest.mark.parametrize(
    "name",
    [
        "Click",
        "Page",
        "Login",
        "NotReady",
        "Finish",
        "Note",
        "Status",
        "View",
        "CallMeClick",
        "CallMeChange",
        "Windows",
    ],
)
def test_every_schema_is_a_schema(name: str) -> None:
    contract.validator(name).check_schema(contract.validator(name).schema)
