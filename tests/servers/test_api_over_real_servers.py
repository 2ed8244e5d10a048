"""The API's document tried against the real servers and the real database: good and bad requests made from it."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ctiapp.servers.web_telephone import WebTelephones
from ctiapp.store import Store
from ctiapp.web import contract, create_app
from tests.database import PASSWORD, SHOP, CallCentre, empty
from tests.database import a_click as a_stored_click

API = schemathesis.openapi.from_dict(contract.document())
ORIGIN = "https://larkmoor.example"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


class Open:
    """A call centre that is open, with the web before it: an agent at the console, a customer who holds a number."""

    def __init__(self, store: Store, state: Path) -> None:
        self.centre = CallCentre(store).opens()
        self.centre.settings = dataclasses.replace(self.centre.settings, state=state)
        self.centre.srp._settings = self.centre.settings
        self.centre.a_pool("sales", points=200)
        self.centre.a_pool("support", binding="late", points=200, skill="general")
        self.centre.calls_back("sales", per_address_day=10_000, per_customer_day=10_000, per_number_day=10_000)
        self.centre.a_plain_number()
        for name in ("Noor", "Tomas", "Ida"):
            self.centre.an_agent(name)
        self.app: Flask = create_app(
            self.centre.settings,
            self.centre.srp,
            self.centre.call_requests,
            self.centre.desk,
            WebTelephones(store, self.centre.settings),
            lambda: {"database": True, "telephone": "up"},
        )
        self.made = {"/call-us": self.asked("call-us"), "/call-me": self.asked("call-me", number="07700 900142")}
        self.answers: defaultdict[str, set[int]] = defaultdict(set)
        """The statuses that each operation was answered with."""

    def browser(self) -> FlaskClient:
        client = self.app.test_client()
        client.environ_base["HTTP_ORIGIN"] = ORIGIN
        return client

    def asked(self, area: str, **more: Any) -> dict[str, Any]:
        answer = self.browser().post(f"/api/v1/{area}", json=self.a_click() | more)
        assert answer.status_code == 201, answer.json
        return answer.json

    def a_click(self) -> dict[str, Any]:
        click = a_stored_click("visitor-1")
        click["identity"] = click.pop("claims")
        click["page"]["taken_at"] = "2026-01-05T10:00:00Z"
        return click

    def logged_in(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and cookies of a console at which Noor sits, logged in again for each request."""
        client = self.app.test_client()
        body = {"agent": "noor", "password": PASSWORD, "station": "phone-noor", "take_over": True}
        answer = client.post("/api/v1/agent/login", json=body)
        assert answer.status_code == 200, answer.json
        cookie = client.get_cookie("ctiapp_session")
        assert cookie is not None
        return {"X-CSRF-Token": answer.json["csrf"]}, {"ctiapp_session": cookie.value}


@pytest.fixture(scope="module")
def open_centre(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    empty(store)
    yield Open(store, tmp_path_factory.mktemp("state"))


@API.parametrize()
@hypothesis.settings(
    max_examples=25,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
def test_every_call_is_what_the_document_says(open_centre: Open, case: schemathesis.Case) -> None:
    headers, cookies = {"Origin": ORIGIN}, {}
    if case.operation.path.startswith(("/agent", "/interactions")):
        headers, cookies = open_centre.logged_in()
    elif "/{interaction}" in case.operation.path:
        made = open_centre.made[case.operation.path[:8]]
        headers["Authorization"] = f"Bearer {made['token']}"
        if case.path_parameters.get("interaction", "").count("-") == 4:
            case.path_parameters["interaction"] = made["interaction"]
    if case.operation.path.startswith("/pools/") and case.path_parameters:
        case.path_parameters |= {"site": SHOP, "pool": "sales"}
    answer = case.call_and_validate(
        headers=headers, cookies=cookies, checks=CHECKS, app=open_centre.app, base_url="http://localhost/api/v1"
    )
    open_centre.answers[case.operation.label].add(answer.status_code)


def test_the_good_requests_came_through(open_centre: Open) -> None:
    """Else the test above has only seen refusals."""
    for operation in (
        "GET /agent/view",
        "POST /agent/ready",
        "GET /call-us/{interaction}",
        "DELETE /call-us/{interaction}",
        "GET /call-me/{interaction}",
        "DELETE /call-me/{interaction}",
        "GET /pools/{site}/{pool}",
        "GET /pools/{site}/{pool}/windows",
    ):
        assert 200 in open_centre.answers[operation], (operation, dict(open_centre.answers))
