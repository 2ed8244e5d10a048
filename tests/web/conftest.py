"""One app over the behaving fakes; a browser-like client; a real server in a thread for what needs sockets."""

from __future__ import annotations

import contextlib
import socket as sockets
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import socketio
import websocket
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from ctiapp.settings import Settings
from ctiapp.web import create_app
from tests.web import fakes

API = "/api/v1"
JSON = dict[str, Any]


def until(condition: Callable[[], Any], within: float = 10.0) -> Any:
    """The first true answer of `condition`; the time limit only ends a test that would fail."""
    ends = time.monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)


def a_page(**changes: Any) -> JSON:
    page = {
        "url": fakes.SHOP + "/worktops",
        "title": "Worktops",
        "taken_at": "2026-01-05T10:00:00Z",
        "viewport": {"width": 1280, "height": 720},
        "hidden_fields": 1,
        "snapshot": {"type": 0, "id": 1, "childNodes": []},
    }
    return page | changes


def a_click(**changes: Any) -> JSON:
    click = {
        "site": "larkmoor",
        "pool": "sales",
        "idempotency_key": str(uuid.uuid4()),
        "visitor": "visitor-1",
        "identity": None,
        "skills": ["kitchens"],
        "language": "en",
        "product": "worktop",
        "page": a_page(),
    }
    return click | changes


def a_request(**changes: Any) -> JSON:
    """A click on Call me."""
    return a_click(number="07700 900142", consent={"text": "Please call me."}) | changes


def an_identity(site: str = "larkmoor", secret: str | None = None, algorithm: str = "HS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {"sub": "c-17", "iat": now, "exp": now + 600, "aud": "ctiapp", "iss": site, "name": "Mia Berg"} | changes
    claims = {name: value for name, value in claims.items() if value is not ...}
    return jwt.encode(claims, fakes.SECRETS[site] if secret is None else secret, algorithm=algorithm)


class World:
    """The app, its fakes, and what stands around it."""

    def __init__(self, folder: Path) -> None:
        self.srp, self.desk = fakes.FakeSrp(), fakes.FakeDesk()
        self.call_requests = fakes.FakeCallRequests(self.srp)
        self.telephones = fakes.FakeTelephones(self.srp, self.desk)
        self.health: JSON = {"database": True, "telephone": "up", "detail": ""}
        self.dist = folder / "dist"
        self.app = create_app(
            Settings(state=folder / "state"),
            self.srp,
            self.call_requests,
            self.desk,
            self.telephones,
            lambda: self.health,
            dist=self.dist,
        )
        self.live = self.app.extensions["live"]
        self.metrics = self.app.extensions["metrics"]

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def shop_page(world: World) -> FlaskClient:
    """A browser that shows a page of the shop."""
    client = world.browser()
    client.environ_base["HTTP_ORIGIN"] = fakes.SHOP
    return client


class Console:
    """A browser at the console, logged in."""

    def __init__(self, world: World, agent: str = "noor", take_over: bool = False) -> None:
        self.client = world.browser()
        answer = self.login(agent, take_over)
        assert answer.status_code == 200, answer.json
        self.view = answer.json
        self.csrf = {"X-CSRF-Token": self.view["csrf"]}
        cookie = self.client.get_cookie("ctiapp_session")
        assert cookie is not None
        self.cookie = f"ctiapp_session={cookie.value}"

    def login(self, agent: str, take_over: bool) -> Any:
        body = {"agent": agent, "password": fakes.AGENTS[agent], "station": "201", "take_over": take_over}
        return self.client.post(f"{API}/agent/login", json=body)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(f"{API}/{path}", json=body, headers=self.csrf)


@pytest.fixture
def console(world: World) -> Console:
    return Console(world)


def hang_up(client: socketio.Client) -> None:
    """The browser is gone, without a goodbye and without the seconds that the client's own way takes."""
    line, task = client.eio.ws, client.eio.read_loop_task
    if line is None:
        client.disconnect()
        return
    if line.sock is not None:
        with contextlib.suppress(OSError):
            line.sock.shutdown(sockets.SHUT_RDWR)
    client.eio.queue.put(None)
    if task is not None:
        task.join(2)
    line.shutdown()


class Served:
    """The app behind a real socket, with its threads running."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.server = make_server("127.0.0.1", 0, world.app, threaded=True)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.clients: list[socketio.Client] = []
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        world.live.start()

    def stop(self) -> None:
        self.world.live.stop()
        for client in self.clients:
            hang_up(client)
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @contextlib.contextmanager
    def line(self, **options: Any) -> Iterator[websocket.WebSocket]:
        """A bare WebSocket with an Engine.IO transport opened on it."""
        url = self.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        line = websocket.create_connection(url, timeout=10, **options)
        try:
            assert line.recv()[0] == "0"
            yield line
        finally:
            line.shutdown()

    def socket(
        self,
        namespace: str,
        auth: Any = None,
        cookie: str | None = None,
        origin: str | None = None,
        transport: str = "websocket",
    ) -> Socket:
        socket = Socket(namespace)
        self.clients.append(socket.client)
        headers = {"Cookie": cookie} if cookie else {}
        if origin:
            headers["Origin"] = origin
        socket.client.connect(
            self.url, headers=headers, auth=auth, transports=[transport], namespaces=[namespace], wait_timeout=10
        )
        return socket


class Socket:
    """A Socket.IO client that keeps what it is told."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.client = socketio.Client(
            reconnection=False, websocket_extra_options={"suppress_origin": True}, handle_sigint=False
        )
        self.heard: list[tuple[str, Any]] = []
        self.refusals: list[Any] = []
        self.closed = False
        self.client.on("*", self._hear, namespace=namespace)
        self.client.on("connect_error", self.refusals.append, namespace=namespace)
        self.client.on("disconnect", self._disconnected, namespace=namespace)

    def _hear(self, event: str, data: Any = None) -> None:
        self.heard.append((event, data))

    def _disconnected(self, reason: Any = None) -> None:
        self.closed = True

    def all(self, event: str) -> list[Any]:
        return [data for name, data in self.heard if name == event]

    def call(self, event: str, data: Any) -> Any:
        return self.client.call(event, data, namespace=self.namespace, timeout=10)


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    served = Served(world)
    yield served
    served.stop()
