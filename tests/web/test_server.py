"""The server as it is run: gunicorn, its worker and its end."""

from __future__ import annotations

import json
import signal
import socket as sockets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import socketio

from tests.web.conftest import API, hang_up, until
from tests.web.fakes import SHOP

PROJECT = Path(__file__).parents[2]


def free_port() -> int:
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    def __init__(self, state: Path) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.log = (state / "log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.serve_fakes", str(state), str(port)], cwd=PROJECT, stderr=self.log
        )
        until(self.answers, within=30)

    def answers(self) -> bool:
        try:
            return requests.get(self.url + "/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def lines(self) -> list[dict]:
        self.log.seek(0)
        return [json.loads(line) for line in self.log]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    running.process.kill()
    running.process.wait()
    running.log.close()


def test_the_server_serves_pushes_and_ends_when_told_to(running: Running) -> None:
    with requests.Session() as browser:
        body = {"agent": "noor", "password": "opensesame", "station": "201"}
        view = browser.post(f"{running.url}{API}/agent/login", json=body, timeout=10).json()
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        views: list[dict] = []
        gone: list[str] = []
        client = socketio.Client(reconnection=False, handle_sigint=False)
        client.on("view", views.append, namespace="/agent")
        client.on("disconnect", lambda reason=None: gone.append("gone"), namespace="/agent")
        client.connect(running.url, headers={"Cookie": cookie}, transports=["websocket"], namespaces=["/agent"])
        until(lambda: views and views[0]["csrf"] == view["csrf"])
        assert browser.get(running.url + "/readyz", timeout=10).json()["ready"] is True
        assert 'ctiapp_web_sockets{namespace="/agent"} 1.0' in browser.get(running.url + "/metrics", timeout=10).text
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 0
    until(lambda: gone)
    hang_up(client)
    assert [line for line in running.lines() if line["message"] == "agent noor: logged_in"]
    assert not [line for line in running.lines() if line["level"] in ("error", "critical")], running.lines()
    assert "opensesame" not in json.dumps(running.lines())


def test_P07_a_page_that_never_ends_is_cut_off(running: Running) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 65536

    answer = requests.post(
        f"{running.url}{API}/call-us",
        data=endless(),
        headers={"Content-Type": "application/json", "Origin": SHOP},
        timeout=30,
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "page_too_large")
    assert running.answers()
