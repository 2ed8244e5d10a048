"""In front of the sockets: a transport that came to nothing does not stay."""

from __future__ import annotations

import json
import socket as sockets
import threading
from typing import Any

import pytest
import requests
import socketio

from ctiapp.web import gate, lines
from tests.web.conftest import Console, Served, World, a_click, until
from tests.web.fakes import SHOP

OPEN = "/socket.io/?EIO=4&transport=polling"


def test_a_transport_that_joins_nothing_is_closed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "JOIN_WITHIN", 0.3)
    with served.line() as silent:
        until(lambda: len(served.world.live.transports()) == 1)
        until(lambda: not served.world.live.transports())
        assert silent.recv() == "1"


def test_a_refused_connect_leaves_no_transport_behind(served: Served) -> None:
    with served.line() as line:
        line.send('40/customer,{"token":"x"}')
        assert '"code":"token_invalid"' in line.recv()
        assert line.recv() == "1"
        until(lambda: not served.world.live.transports())


def test_a_transport_joins_once(served: Served) -> None:
    made = served.world.browser().post("/api/v1/call-us", json=a_click()).json
    with served.line(origin=SHOP) as line:
        line.send("40/customer," + json.dumps({"token": made["token"]}))
        for again in ('40/customer,{"token":"x"}', "40/nothing,", "40/agent,"):
            line.send(again)
        until(lambda: served.world.count("ctiapp_web_refusals_total", code="bad_request") == 1)
    until(lambda: not served.world.live.transports())
    assert not served.world.live.members.rooms()


def test_a_socket_costs_no_thread_and_one_that_does_not_answer_our_close_loses_its_line(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "GOODBYE", 0.2)
    monkeypatch.setattr(gate, "JOIN_WITHIN", 0.5)
    with served.line() as line, served.line():
        until(lambda: not [t for t in threading.enumerate() if "request" in t.name])
        until(lambda: not served.world.live.transports())
        assert line.connected, "it has not said goodbye"
        until(lambda: not served.world.live._lines._open)


@pytest.mark.parametrize("path", [OPEN, OPEN + "&t=1"])
def test_a_foreign_origin_opens_no_transport(served: Served, path: str) -> None:
    answer = requests.get(served.url + path, headers={"Origin": "http://evil.test"}, timeout=10)
    assert answer.status_code == 403 and "Access-Control-Allow-Origin" not in answer.headers
    allowed = requests.get(served.url + path, headers={"Origin": SHOP}, timeout=10)
    assert allowed.status_code == 200 and allowed.headers["Access-Control-Allow-Origin"] == SHOP
    assert "Access-Control-Allow-Credentials" not in allowed.headers


def test_an_address_gets_so_many_transports_and_agents_do_not_count(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CTIAPP_SOCKETS_PER_ADDRESS", "3")
    served = Served(World(tmp_path))
    try:
        console = served.socket("/agent", cookie=Console(served.world).cookie)
        answers = [requests.get(served.url + OPEN, timeout=10).status_code for _ in range(5)]
        assert answers == [200, 200, 200, 429, 429]
        assert served.world.count("ctiapp_web_transports_refused_total", reason="address") == 2
        assert not console.closed
        assert served.socket("/agent", cookie=Console(served.world, "ida").cookie)
    finally:
        served.stop()


def test_a_full_server_keeps_threads_for_http(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTIAPP_WEB_THREADS", "42")
    served = Served(World(tmp_path))
    try:
        answers = [requests.get(served.url + OPEN, timeout=10).status_code for _ in range(3)]
        assert answers == [200, 200, 503]
        assert requests.get(served.url + "/healthz", timeout=10).status_code == 200
    finally:
        served.stop()


def test_a_message_beyond_the_limit_ends_the_transport(served: Served) -> None:
    made = served.world.browser().post("/api/v1/call-us", json=a_click()).json
    socket = served.socket("/customer", auth={"token": made["token"]})
    socket.client.emit("x", "y" * 100_000, namespace="/customer")
    until(lambda: not served.world.live.transports())


@pytest.mark.parametrize(
    "packet",
    ["", "9", "4", "42", "42/agent", "42/agent,[", '42/agent,{"a":1}', "451-", "4" + "[" * 5000, "40/agent,[" * 9],
)
def test_nonsense_on_a_console_socket_harms_nobody(served: Served, packet: str) -> None:
    console = Console(served.world)
    with served.line(cookie=console.cookie) as line:
        line.send("40/agent,")
        until(lambda: served.world.live.members.rooms())
        line.send(packet)
        line.send("3")
    until(lambda: not served.world.live.transports())
    assert served.socket("/agent", cookie=console.cookie)


def test_a_port_scan_leaves_the_server_working(served: Served) -> None:
    for said in (b"", b"\x16\x03\x01\x02", b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"):
        with sockets.create_connection(("127.0.0.1", served.server.server_port)) as line:
            line.sendall(said)
    assert requests.get(served.url + "/healthz", timeout=10).status_code == 200


def test_the_end_of_the_server_closes_every_socket(tmp_path: Any) -> None:
    served = Served(World(tmp_path))
    socket = served.socket("/agent", cookie=Console(served.world).cookie)
    served.world.live.stop()
    until(lambda: socket.closed)
    served.stop()


def test_an_unknown_namespace_is_refused(served: Served) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        served.socket("/nothing")
