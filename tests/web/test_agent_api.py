"""The console's side of the API: log in, session, CSRF, and what an agent may not do."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg2
import pytest

from ctiapp.core.refusals import Refusal
from tests.web.conftest import API, Console, World
from tests.web.test_customer_api import refused

RESERVATION = str(uuid.UUID(int=7))
CHANGES = [
    ("POST", "agent/logout", None),
    ("POST", "agent/ready", None),
    ("POST", "agent/not-ready", {"reason": "break"}),
    ("POST", f"agent/reservations/{RESERVATION}/pass", None),
    ("POST", f"agent/reservations/{RESERVATION}/accept", None),
    ("POST", f"agent/reservations/{RESERVATION}/finish", {"disposition": "sold", "note": "", "ready": True}),
    ("POST", f"agent/reservations/{RESERVATION}/extend", None),
    ("PUT", f"agent/reservations/{RESERVATION}/notes", {"note": "oak"}),
    ("POST", f"agent/calls/{RESERVATION}/hang-up", None),
    ("POST", "agent/find-customers", {"text": "marit"}),
]


def login(world: World, **changes: Any) -> Any:
    body = {"agent": "noor", "password": "opensesame", "station": "201", "take_over": False} | changes
    return world.browser().post(f"{API}/agent/login", json=body)


def test_P14_an_agent_logs_in_and_sees_the_view(world: World, console: Console) -> None:
    assert console.view["agent"]["id"] == "noor"
    answer = console.client.get(f"{API}/agent/view")
    assert answer.status_code == 200
    assert answer.json["csrf"] == console.view["csrf"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_cookie_is_for_this_site_and_not_for_scripts(world: World) -> None:
    cookie = login(world).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    body = {"agent": "noor", "password": "opensesame", "station": "201", "take_over": True}
    safe = world.browser().post(f"{API}/agent/login", json=body, base_url="https://localhost")
    assert "Secure" in safe.headers["Set-Cookie"]


def test_ready_and_not_ready_answer_with_the_view(console: Console) -> None:
    assert console.post("agent/not-ready", {"reason": "break"}).json["state"]["reasons"] == ["break"]
    assert console.post("agent/ready").json["state"]["name"] == "ready"
    refused(console.post("agent/not-ready", {"reason": "holiday"}), "bad_request", 400)


def test_wrong_passwords_are_refused_and_then_nobody_is_let_in(world: World) -> None:
    for _ in range(5):
        refused(login(world, password="wrong"), "wrong_password", 401)
    refused(login(world), "too_many_attempts", 429)


def test_P14_a_second_log_in_needs_an_explicit_take_over(world: World, console: Console) -> None:
    refused(login(world), "already_logged_in", 409)
    assert console.client.get(f"{API}/agent/view").status_code == 200
    assert login(world, take_over=True).status_code == 200
    refused(console.client.get(f"{API}/agent/view"), "not_logged_in", 401)


def test_unknown_stations_and_shapes_are_refused(world: World) -> None:
    refused(login(world, station="999"), "unknown_station", 404)
    refused(login(world, password=7), "bad_request", 400)
    refused(login(world, password="x" * 201), "bad_request", 400)
    refused(login(world, password=None), "bad_request", 400)
    long = world.browser().post(f"{API}/agent/login", json={"agent": "x" * 100_000})
    refused(long, "bad_request", 400)


def test_a_foreign_page_cannot_log_its_visitor_in(world: World) -> None:
    body = {"agent": "noor", "password": "opensesame", "station": "201"}
    answer = world.browser().post(f"{API}/agent/login", json=body, headers={"Origin": "http://shop.test"})
    refused(answer, "foreign_origin", 403)
    own = world.browser().post(f"{API}/agent/login", json=body, headers={"Origin": "http://localhost"})
    assert own.status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_every_change_needs_session_and_csrf(world: World, method: str, path: str, body: Any) -> None:
    stranger = world.browser().open(f"{API}/{path}", method=method, json=body)
    refused(stranger, "not_logged_in", 401)
    console = Console(world)
    refused(console.client.open(f"{API}/{path}", method=method, json=body), "csrf", 403)
    for wrong in ("", "0" * 32, "é", Console(world, "ida").view["csrf"]):
        answer = console.client.open(f"{API}/{path}", method=method, json=body, headers={"X-CSRF-Token": wrong})
        refused(answer, "csrf", 403)
    assert world.desk.sessions and not world.desk.pauses["noor"]


@pytest.mark.parametrize(("method", "path", "body"), [row for row in CHANGES if RESERVATION in row[1]])
def test_an_agent_works_on_their_own_reservation_alone(
    world: World, console: Console, method: str, path: str, body: Any
) -> None:
    answer = console.client.open(f"{API}/{path}", method=method, json=body, headers=console.csrf)
    refused(answer, "not_yours", 403)
    world.desk.holds[RESERVATION] = "noor"
    answer = console.client.open(f"{API}/{path}", method=method, json=body, headers=console.csrf)
    assert answer.status_code in (200, 204)


@pytest.mark.parametrize("bad", ["x", "..", "%00", "1; drop table", "0" * 36])
def test_a_reservation_that_is_no_id_does_not_exist(console: Console, bad: str) -> None:
    refused(console.post(f"agent/reservations/{bad}/extend"), "not_found", 404)


def test_P07_the_page_is_for_the_agent_who_holds_the_interaction(world: World, console: Console) -> None:
    path = f"{API}/interactions/{RESERVATION}/page"
    refused(world.browser().get(path), "not_logged_in", 401)
    refused(console.client.get(path), "not_yours", 403)
    world.desk.holds[RESERVATION] = "noor"
    answer = console.client.get(path)
    assert answer.json["snapshot"]["type"] == 0 and answer.json["taken_at"].endswith("Z")


def test_log_out_ends_the_session_and_its_cookie(world: World, console: Console) -> None:
    cookie = console.cookie
    assert console.post("agent/logout").status_code == 204
    assert not world.desk.sessions
    kept = world.browser().get(f"{API}/agent/view", headers={"Cookie": cookie})
    refused(kept, "not_logged_in", 401)


@pytest.mark.parametrize("cookie", ["", "x", "eyJzZXNzaW9uIjoieCJ9.x.y", "ctiapp_session=;", "é", "." * 5000])
def test_a_forged_cookie_is_no_session(world: World, cookie: str) -> None:
    answer = world.browser().get(f"{API}/agent/view", headers={"Cookie": f"ctiapp_session={cookie}"})
    refused(answer, "not_logged_in", 401)


def test_a_cookie_of_another_installation_is_no_session(world: World, tmp_path: Any) -> None:
    other = World(tmp_path / "other")
    cookie = Console(other).cookie
    world.desk.sessions = other.desk.sessions
    refused(world.browser().get(f"{API}/agent/view", headers={"Cookie": cookie}), "not_logged_in", 401)


@pytest.mark.parametrize(
    ("trouble", "code", "status"),
    [
        (psycopg2.OperationalError("x"), "database_down", 503),
        (Refusal("wrong_state", "No."), "wrong_state", 409),
        (KeyError("x"), "internal", 500),
    ],
)
def test_trouble_at_the_desk_has_a_code(
    world: World, console: Console, trouble: Exception, code: str, status: int
) -> None:
    world.desk.trouble = trouble
    refused(console.client.get(f"{API}/agent/view"), code, status)
