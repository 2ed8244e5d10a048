"""What operators see: lines that can be followed from the click to the end, and a health port nobody can block."""

from __future__ import annotations

import logging
import socket
import urllib.request

import pytest

from ctiapp.servers import operations, stat_server
from ctiapp.servers.operations import Figures, serve
from ctiapp.servers.stat_server import StatServer
from ctiapp.switch.protocol import CallAnswered
from tests.database import CallCentre
from tests.servers.living import living


async def test_every_line_about_a_call_names_call_and_interaction(
    centre: CallCentre, caplog: pytest.LogCaptureFixture
) -> None:
    centre.a_pool()
    centre.a_plain_number()
    caplog.set_level(logging.INFO, "ctiapp.servers")
    async with living(centre) as shop:
        shop.an_agent("Noor")
        await shop.starts()
        status = centre.click("mia")
        call = shop.switch.arrive(status["number"], "07700900142")
        await shop.rings("noor")
        shop.switch.caller_hangs_up(call)
        await shop.becomes("noor", "ready")
        await shop.is_settled()
    told = [record for record in caplog.records if getattr(record, "call", None) == call]
    assert [record.getMessage() for record in told] == ["rings the agent", "call ended: abandoned"]
    assert {record.interaction for record in told} == {status["interaction"]}
    text = " ".join(str(vars(record)) for record in caplog.records)
    assert "07700900142" not in text and "Worktops" not in text, "customers' data is in no line"


def test_who_says_nothing_at_the_health_port_is_sent_away(centre: CallCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "SILENCE_FOR", 0.1)
    server = serve(("127.0.0.1", 0), lambda: (True, ""), Figures(centre.store))
    try:
        address = ("127.0.0.1", server.server_port)
        with socket.create_connection(address, 10) as silent, socket.create_connection(address, 10) as slow:
            slow.sendall(b"GET /heal")
            assert silent.recv(100) == b"" and slow.recv(100) == b""
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as answer:
            assert b"ctiapp_routing_points" in answer.read()
    finally:
        server.shutdown()
        server.server_close()


def test_while_the_database_is_away_the_history_of_ports_does_not_grow_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stat_server, "MOST_LINES", 10)
    stat = StatServer()
    for number in range(1000):
        stat.take(CallAnswered(f"call-{number}", "2101"))
    _, lines = stat.flush()
    assert len(lines) <= 10 and lines[-1]["call"] == "call-999"
