"""An agent's console without a browser: logs in, listens, acknowledges each page as the real console does."""

from __future__ import annotations

import time
from typing import Any

import requests
import socketio
from socketio.exceptions import BadNamespaceError

from tests.product import Product, until


class RobotDesk:
    """`with RobotDesk(product, "1042", "2101") as desk: desk.ready()`. Without `shows_pages` it never acknowledges."""

    def __init__(self, product: Product, agent: str, station: str, shows_pages: bool = True) -> None:
        self.product, self.agent, self.station, self.shows_pages = product, agent, station, shows_pages
        self.views: list[dict] = []
        self.shown: dict[str, float] = {}
        """Reservation -> when its page was fetched and acknowledged, seconds since the epoch."""
        self.pages: dict[str, dict] = {}
        self._session = requests.Session()
        self._socket = socketio.Client(reconnection=True, reconnection_delay=0.2, reconnection_delay_max=1)
        self._csrf = ""

    def __enter__(self) -> RobotDesk:
        view = self.post(
            "agent/login", agent=self.agent, password=self.product.password(self.agent), station=self.station,
            take_over=True,
        )  # fmt: skip
        self._csrf = view["csrf"]
        self._take(view)
        self._socket.on("view", self._take, namespace="/agent")
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._session.cookies)
        self._socket.connect(
            self.url(""),
            namespaces=["/agent"],
            headers={"Cookie": cookie},
            transports=["websocket"],
            wait_timeout=10,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.disconnect()

    def url(self, path: str) -> str:
        return f"{self.product.settings.web_url}{path}"

    def post(self, path: str, **body: Any) -> dict:
        answer = self.try_to(path, **body)
        assert answer.ok, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else {}

    def try_to(self, path: str, **body: Any) -> requests.Response:
        headers = {"Origin": self.product.settings.web_url, "X-CSRF-Token": self._csrf}
        return self._session.post(self.url(f"/api/v1/{path}"), json=body, headers=headers, timeout=10)

    def ready(self) -> RobotDesk:
        """Ready, once the telephone is reachable."""
        self.post("agent/ready")
        until(lambda: self.state() == "ready", 10, f"{self.agent} ready")
        return self

    def state(self) -> str:
        return self.view()["state"]["name"]

    def view(self) -> dict:
        return self.get("agent/view")

    def get(self, path: str) -> dict:
        answer = self._session.get(self.url(f"/api/v1/{path}"), timeout=10)
        assert answer.ok, answer.text[:300]
        return answer.json()

    def until_state(self, state: str, within: float = 10) -> dict:
        """The view once the agent is in this state, told by push."""
        until(lambda: self.views and self.views[-1]["state"]["name"] == state, within, f"{self.agent} {state}")
        return self.views[-1]

    def _take(self, view: dict) -> None:
        if self.views and view["version"] < self.views[-1]["version"]:
            return
        self.views.append(view)
        engagement = view["engagement"]
        if engagement and self.shows_pages and engagement["page_shown_at"] is None:
            self._show(engagement)

    def _show(self, engagement: dict) -> None:
        reservation = engagement["reservation"]
        self.shown[reservation] = time.time()
        if engagement["page"]:
            path = f"/api/v1/interactions/{engagement['interaction']}/page"
            answer = self._session.get(self.url(path), timeout=10)
            if answer.ok:
                self.pages[engagement["interaction"]] = answer.json()
        for _ in range(100):
            try:
                self._socket.emit("page_shown", {"reservation": reservation}, namespace="/agent")
                return
            except BadNamespaceError:  # the first view came before the connect was told to be done
                time.sleep(0.02)
