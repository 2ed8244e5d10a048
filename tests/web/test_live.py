"""Pushes over real sockets: who hears what, and who hears nothing any more."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import psycopg2
import pytest
import socketio

from ctiapp.web.coalesce import MOST_TOGETHER, Coalescer
from tests.web.conftest import API, Console, Served, Socket, a_click, hang_up, until
from tests.web.fakes import OTHER_SHOP, SHOP

RESERVATION = str(uuid.UUID(int=7))


def click(served: Served) -> dict[str, Any]:
    answer = served.world.browser().post(f"{API}/call-us", json=a_click())
    assert answer.status_code == 201
    return answer.json


def heard(socket: Socket, event: str, times: int = 1) -> list[Any]:
    until(lambda: len(socket.all(event)) >= times)
    return socket.all(event)


def refused_with(served: Served, code: str, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        served.socket(*args, **kwargs)
    until(lambda: not served.world.live.transports())
    assert served.world.count("ctiapp_web_refusals_total", code=code) == 1


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_P07_a_console_gets_the_view_at_connect_and_at_every_change(served: Served, transport: str) -> None:
    console = Console(served.world)
    socket = served.socket("/agent", cookie=console.cookie, transport=transport)
    view = heard(socket, "view")[0]
    assert view["agent"]["id"] == "noor" and view["csrf"] == console.view["csrf"]
    assert view["server_time"].endswith("Z")
    before = len(socket.all("view"))
    served.world.live.wake_up("agent", "noor")
    views = heard(socket, "view", before + 1)
    assert [view["version"] for view in views] == sorted(view["version"] for view in views)


def test_P07_the_console_says_that_the_page_is_on_screen(served: Served) -> None:
    served.world.desk.holds[RESERVATION] = "noor"
    socket = served.socket("/agent", cookie=Console(served.world).cookie)
    assert socket.call("page_shown", {"reservation": RESERVATION}) == {"ok": True}
    assert served.world.desk.shown == [("noor", RESERVATION)]


@pytest.mark.parametrize(
    "said", [None, "x", [], {}, {"reservation": 7}, {"reservation": "'; drop"}, {"reservation": None}]
)
def test_a_wrong_page_shown_changes_nothing(served: Served, said: Any) -> None:
    socket = served.socket("/agent", cookie=Console(served.world).cookie)
    assert socket.call("page_shown", said) == {"ok": False}
    assert not served.world.desk.shown


def test_the_page_of_somebody_else_cannot_be_acknowledged(served: Served) -> None:
    socket = served.socket("/agent", cookie=Console(served.world).cookie)
    answer = socket.call("page_shown", {"reservation": RESERVATION})
    assert answer["ok"] is False and answer["error"]["code"] == "not_yours"


def test_P06_a_customer_gets_the_status_of_their_own_call_alone(served: Served) -> None:
    mine, theirs = click(served), click(served)
    here = served.socket("/customer", auth={"token": mine["token"]}, origin=SHOP)
    there = served.socket("/customer", auth={"token": theirs["token"]})
    heard(there, "status")
    served.world.srp.statuses[mine["interaction"]]["state"] = "ringing"
    served.world.live.wake_up("interaction", mine["interaction"])
    until(lambda: here.all("status")[-1:] and here.all("status")[-1]["state"] == "ringing")
    assert {status["interaction"] for status in here.all("status")} == {mine["interaction"]}
    assert {status["interaction"] for status in there.all("status")} == {theirs["interaction"]}


def test_an_agent_never_hears_of_another_agent(served: Served) -> None:
    noor = served.socket("/agent", cookie=Console(served.world, "noor").cookie)
    ida = served.socket("/agent", cookie=Console(served.world, "ida").cookie)
    heard(noor, "view"), heard(ida, "view")
    served.world.live.wake_up("agent", "ida")
    heard(ida, "view", 2)
    assert {view["agent"]["id"] for view in noor.all("view")} == {"noor"}


def test_nothing_is_read_for_rooms_in_which_nobody_is(served: Served) -> None:
    made = click(served)
    console = Console(served.world)
    socket = served.socket("/customer", auth={"token": made["token"]})
    heard(socket, "status")
    reads, views = served.world.srp.reads, served.world.desk.views
    for kind, key in [("agent", "noor"), ("interaction", RESERVATION), ("session", "x"), ("number", "1")]:
        served.world.live.wake_up(kind, key)
    served.world.live.wake_up("interaction", made["interaction"])
    heard(socket, "status", 2)
    assert (served.world.srp.reads, served.world.desk.views) == (reads + 1, views)
    assert console.view


def test_a_resync_looks_at_everything(served: Served) -> None:
    agent = served.socket("/agent", cookie=Console(served.world).cookie)
    customer = served.socket("/customer", auth={"token": click(served)["token"]})
    heard(agent, "view"), heard(customer, "status")
    views, statuses = len(agent.all("view")), len(customer.all("status"))
    served.world.live.wake_up("resync", "")
    heard(agent, "view", views + 1), heard(customer, "status", statuses + 1)


def test_many_wake_ups_become_few_views(served: Served) -> None:
    socket = served.socket("/agent", cookie=Console(served.world).cookie)
    heard(socket, "view")
    entered, go = threading.Event(), threading.Event()

    def slow() -> None:
        entered.set()
        go.wait(10)

    served.world.desk.before_view = slow
    served.world.live.wake_up("agent", "noor")
    assert entered.wait(10)
    views = served.world.desk.views
    for _ in range(100):
        served.world.live.wake_up("agent", "noor")
    go.set()
    until(lambda: served.world.desk.views == views + 2)
    served.world.desk.before_view = lambda: None
    served.world.live.wake_up("agent", "noor")
    until(lambda: served.world.desk.views == views + 3)


# ---- signed out ----------------------------------------------------------------------------------------------


def test_log_out_disconnects_the_console_with_a_reason(served: Served) -> None:
    console = Console(served.world)
    first, second = (served.socket("/agent", cookie=console.cookie) for _ in range(2))
    assert console.post("agent/logout").status_code == 204
    for socket in (first, second):
        assert heard(socket, "signed_out") == [{"reason": "logged_out"}]
        until(lambda socket=socket: socket.closed)
    until(lambda: not served.world.live.transports() and not served.world.live.members.rooms())


def test_P14_a_take_over_signs_the_first_console_out(served: Served) -> None:
    first = Console(served.world)
    socket = served.socket("/agent", cookie=first.cookie)
    (session,) = served.world.desk.sessions
    second = served.socket("/agent", cookie=Console(served.world, take_over=True).cookie)
    served.world.live.wake_up("session", session)
    assert heard(socket, "signed_out") == [{"reason": "ended_elsewhere"}]
    until(lambda: socket.closed)
    served.world.live.wake_up("agent", "noor")
    heard(second, "view", 2)
    assert not second.closed


def test_the_desk_knows_the_open_consoles(served: Served) -> None:
    console = Console(served.world)
    (session,) = served.world.desk.sessions
    socket = served.socket("/agent", cookie=console.cookie)
    until(lambda: len(served.world.desk.consoles[session]) == 1)
    assert served.world.count("ctiapp_web_sockets", namespace="/agent") == 1
    hang_up(socket.client)
    until(lambda: not served.world.desk.consoles[session])
    until(lambda: served.world.count("ctiapp_web_sockets", namespace="/agent") == 0)


# ---- refused -------------------------------------------------------------------------------------------------


def test_a_console_without_a_live_session_is_refused(served: Served) -> None:
    cookie = Console(served.world).cookie
    served.world.desk.sessions.clear()
    refused_with(served, "not_logged_in", "/agent", cookie=cookie)


def test_a_console_without_a_cookie_is_refused(served: Served) -> None:
    refused_with(served, "not_logged_in", "/agent")


def test_a_shops_page_cannot_open_a_console_with_the_agents_cookie(served: Served) -> None:
    refused_with(served, "foreign_origin", "/agent", cookie=Console(served.world).cookie, origin=SHOP)


@pytest.mark.parametrize("auth", [None, {}, {"token": None}, {"token": "x"}, {"token": ["x"]}, "x", ["x"]])
def test_a_customer_without_a_token_is_refused(served: Served, auth: Any) -> None:
    refused_with(served, "token_invalid", "/customer", auth=auth)


def test_a_token_on_another_shops_page_is_refused(served: Served) -> None:
    token = click(served)["token"]
    refused_with(served, "foreign_origin", "/customer", auth={"token": token}, origin=OTHER_SHOP)


def test_a_console_is_refused_while_the_database_is_down(served: Served) -> None:
    cookie = Console(served.world).cookie
    served.world.desk.trouble = psycopg2.OperationalError("x")
    refused_with(served, "database_down", "/agent", cookie=cookie)
    assert not served.world.live.members.rooms()


def test_an_error_in_connect_refuses(served: Served) -> None:
    cookie = Console(served.world).cookie
    served.world.desk.trouble = TypeError("agent_of() takes 1 argument")
    refused_with(served, "internal", "/agent", cookie=cookie)


def test_pushes_go_on_after_the_database_was_away(served: Served) -> None:
    socket = served.socket("/agent", cookie=Console(served.world).cookie)
    heard(socket, "view")
    served.world.desk.trouble = psycopg2.OperationalError("x")
    served.world.live.wake_up("agent", "noor")
    served.world.desk.trouble = None
    before = len(socket.all("view"))
    served.world.live.wake_up("resync", "")
    heard(socket, "view", before + 1)


def test_a_call_nobody_knows_ends_the_socket(served: Served) -> None:
    made = click(served)
    served.world.srp.statuses.clear()
    socket = served.socket("/customer", auth={"token": made["token"]})
    until(lambda: socket.closed)
    until(lambda: not served.world.live.transports())


def test_telephone_trouble_reaches_every_console(served: Served) -> None:
    socket = served.socket("/agent", cookie=Console(served.world).cookie)
    heard(socket, "view")
    until(lambda: served.world.live.telephone == "up")
    before = len(socket.all("view"))
    served.world.health = {"database": True, "telephone": "down", "detail": ""}
    heard(socket, "view", before + 1)


# ---- the coalescer by itself -----------------------------------------------------------------------------------


def test_one_key_is_never_worked_on_twice_at_once_and_some_are_worked_on_together() -> None:
    at_work: set[tuple[str, str]] = set()
    seen: list[tuple[str, str]] = []
    overlaps: list[tuple[str, str]] = []
    most: dict[str, int] = {}

    def work(taken: list[tuple[tuple[str, str], float]]) -> None:
        keys = [key for key, _ in taken]
        overlaps.extend(key for key in keys if key in at_work)
        at_work.update(keys)
        seen.extend(keys)
        kinds = {kind for kind, _ in keys}
        assert len(kinds) == 1
        most[keys[0][0]] = max(most.get(keys[0][0], 0), len(keys))
        if keys[0][0] == "interaction":
            time.sleep(0.002)
        at_work.difference_update(keys)
        if keys == [("bad", "1")]:
            raise ValueError("one failure stops nobody")

    pushes = Coalescer(work, threads=4, together=frozenset({"interaction"}))
    pushes.start()
    wanted = {("bad", "1")}
    for number in range(500):
        for key in (("agent", str(number % 7)), ("bad", "1"), ("interaction", str(number))):
            pushes.ask(key)
            wanted.add(key)
    until(lambda: set(seen) == wanted)
    pushes.stop()
    assert not overlaps
    assert most["agent"] == most["bad"] == 1 and 1 < most["interaction"] <= MOST_TOGETHER
