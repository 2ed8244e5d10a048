"""The whole product on the tests' own ports: real Asterisk, real PostgreSQL, the processes of `ctiapp run`.

    with Product() as product: ...   # switch, database, `ctiapp detector`, `cti`, `web`, `shop`; ready when entered

The processes end with the block; switch and database stay up for the next test run.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import requests

from ctiapp.build import prepare_database
from ctiapp.config.values import load_values
from ctiapp.demo.first_start import SITE, agent_password
from ctiapp.settings import PROJECT, Settings
from ctiapp.store import Store, Transaction
from ctiapp.store.embedded import database_url
from ctiapp.store.migrate import migrations
from ctiapp.supervise import listens
from tests.phones import Phone, die_with_parent
from tests.switchboard import ensure_switch, environment, run_switch, switchboard_settings

READY_WITHIN = 40.0
SERVER_SIDE = ("interaction", "call", "reservation", "page", "agent_session", "agent_pause", "console_connection")
SERVER_SIDE += ("number_mark", "do_not_call", "proof_code")


def until(condition: Any, within: float = 10.0, what: str = "the condition") -> Any:
    """The first true value of `condition()`; AssertionError if it does not come."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {within} s")


class Product:
    def __init__(self, processes: tuple[str, ...] = ("detector", "cti", "web", "shop"), **environ: str) -> None:
        self.settings: Settings = switchboard_settings()
        self.processes = processes
        self.children: dict[str, subprocess.Popen] = {}
        self._environ = environment(self.settings) | {"CTIAPP_SOCKETS_PER_ADDRESS": "500"} | environ

    def __enter__(self) -> Product:
        ensure_switch(self.settings)
        # Browsers that closed in a call when no CTI server was there to notice.
        run_switch(self.settings, "cli", "channel request hangup all")
        self.url = database_url(self.settings)
        self.store = Store(self.url, size=4, name="test")
        self._forget_old_schema()
        prepare_database(self.settings)
        self.clear()
        for name in self.processes:
            self.start(name)
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        for child in self.children.values():
            child.terminate()
        for child in self.children.values():
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.store.close()

    def _forget_old_schema(self) -> None:
        """The state directory outlives a test run; a migration that was edited since is applied from the start."""
        stamp = self.settings.state / "schema"
        text = "\n".join(migrations().values())
        if not stamp.exists() or stamp.read_text() != text:
            self.sql("drop schema public cascade; create schema public")
            stamp.write_text(text)

    # ---- processes -----------------------------------------------------------------------------------------

    def start(self, name: str) -> None:
        log = self.settings.state / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stream:
            self.children[name] = subprocess.Popen(
                [sys.executable, "-m", "ctiapp.cli", name],
                cwd=PROJECT,
                env=self._environ,
                stdout=stream,
                stderr=stream,
                preexec_fn=die_with_parent,
            )

    def kill(self, name: str) -> None:
        """kill -9, the whole process group of gunicorn's included."""
        child = self.children.pop(name)
        subprocess.run(["pkill", "-KILL", "-P", str(child.pid)], check=False)
        child.kill()
        child.wait()

    def stop(self, name: str) -> None:
        child = self.children.pop(name)
        child.terminate()
        child.wait(15)

    def restore(self) -> None:
        """Whatever an earlier test broke works again."""
        ensure_switch(self.settings)
        database_url(self.settings)
        for name in self.processes:
            if name not in self.children or self.children[name].poll() is not None:
                self.start(name)
        self.wait_ready()

    def wait_ready(self, within: float = READY_WITHIN) -> None:
        urls = {
            "cti": f"http://127.0.0.1:{self.settings.cti_port}/readyz",
            "web": f"{self.settings.web_url}/readyz",
            "shop": self.settings.shop_url,
        }
        if "detector" in self.children:
            until(lambda: listens("127.0.0.1", self.settings.detector_port), within, "the detector")
        for name in self.children.keys() & urls.keys():
            until(lambda url=urls[name]: status_of(url) == 200, within, f"{name} ready (see {self.settings.state}/log)")

    # ---- the database --------------------------------------------------------------------------------------

    def sql(self, query: str, *values: Any) -> list[dict]:
        with self.store.transaction() as tx:
            cursor = tx.execute(query, values or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def clear(self) -> None:
        """Nobody is logged in, nothing is reserved, nobody called: the people and the numbers stay."""
        self.store.in_transaction(_clear)  # the processes look at the same tables meanwhile

    def values(self) -> Any:
        return load_values(self.settings.values)

    # ---- people --------------------------------------------------------------------------------------------

    def station_phone(self, station: str = "2101", tone: int = 620, **options: Any) -> Phone:
        host = f"127.0.0.{10 + int(station) % 100}"
        return Phone(station, self.settings.secret(f"station-{station}"), self.sip_server, host, tone, **options)

    def customer_phone(self, user: str = "1001", tone: int = 440) -> Phone:
        host = f"127.0.0.{110 + int(user) % 100}"
        return Phone(user, self.settings.secret(f"station-{user}"), self.sip_server, host, tone)

    @property
    def sip_server(self) -> str:
        return f"127.0.0.1:{self.settings.sip_port}"

    def password(self, agent: str) -> str:
        return agent_password(self.settings, agent)

    def click(self, pool: str = "sales", **changes: Any) -> requests.Response:
        """A click as the widget sends it."""
        return requests.post(
            f"{self.settings.web_url}/api/v1/call-us",
            json=a_click(pool) | changes,
            headers={"Origin": self.settings.shop_url},
            timeout=10,
        )

    def call_me(self, number: str, pool: str = "sales", **changes: Any) -> requests.Response:
        """A click on Call me as the widget sends it."""
        consent = {"text": "Please call me at this number about what I am looking at."}
        return requests.post(
            f"{self.settings.web_url}/api/v1/call-me",
            json=a_click(pool) | {"number": number, "consent": consent} | changes,
            headers={"Origin": self.settings.shop_url},
            timeout=10,
        )

    def called(self, status: dict, verb: str = "GET", **body: Any) -> dict:
        """What the customer who asked to be called sees, or does."""
        url = f"{self.settings.web_url}/api/v1/call-me/{status['interaction']}"
        headers = {"Origin": self.settings.shop_url, "Authorization": f"Bearer {status['token']}"}
        return requests.request(verb, url, json=body or None, headers=headers, timeout=10).json()

    def customer(self, status: dict, verb: str = "GET", path: str = "") -> requests.Response:
        url = f"{self.settings.web_url}/api/v1/call-us/{status['interaction']}{path}"
        headers = {"Origin": self.settings.shop_url, "Authorization": f"Bearer {status['token']}"}
        return requests.request(verb, url, headers=headers, timeout=10)


def _clear(tx: Transaction) -> None:
    tx.execute(f"truncate {', '.join(SERVER_SIDE)}, agent_state_history, port_event, login_failure cascade")
    tx.execute("delete from customer where external_id is null or external_id not like 'C-100_'")
    tx.execute("update routing_point set state = 'free', until = null, last_used_at = '-infinity'")
    tx.execute("select refresh_agent(id) from agent")


def a_click(pool: str = "sales") -> dict:
    return {
        "site": SITE,
        "pool": pool,
        "idempotency_key": str(uuid.uuid4()),
        "visitor": uuid.uuid4().hex,
        "identity": None,
        "skills": [],
        "language": None,
        "product": None,
        "page": a_page("http://shop.example/lamps/alder"),
    }


def a_page(url: str, title: str = "Alder floor lamp", words: str = "Alder floor lamp") -> dict:
    return {
        "url": url,
        "title": title,
        "taken_at": "2026-11-24T12:00:00Z",
        "viewport": {"width": 1280, "height": 800},
        "hidden_fields": 0,
        "snapshot": _document(title, words),
    }


def _document(title: str, words: str) -> dict:
    """A page in the shape of rrweb's snapshot."""

    def element(number: int, tag: str, *children: dict) -> dict:
        return {"type": 2, "id": number, "tagName": tag, "attributes": {}, "childNodes": list(children)}

    def text(number: int, content: str) -> dict:
        return {"type": 3, "id": number, "textContent": content}

    head = element(3, "head", element(4, "title", text(5, title)))
    body = element(6, "body", element(7, "h1", text(8, words)))
    return {"type": 0, "id": 1, "childNodes": [element(2, "html", head, body)]}


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, http.client.HTTPException):  # a port that nobody has yet may be connected to itself
        return 0


def json_of(url: str) -> dict:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def log_lines(settings: Settings, name: str) -> list[dict]:
    file = Path(settings.state / "log" / f"{name}.log")
    return [json.loads(line) for line in file.read_text().splitlines() if line.startswith("{")]
