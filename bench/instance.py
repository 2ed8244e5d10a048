"""An instance of the whole product for the benchmark alone: own state, container and ports, everything on loopback."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import yaml
from flask import Flask
from werkzeug.security import generate_password_hash

from ctiapp.build import prepare_database
from ctiapp.servers.agent_desk import AgentDesk
from ctiapp.servers.heartbeat import Heartbeat
from ctiapp.servers.seed import keep_agent
from ctiapp.servers.srp import SRP
from ctiapp.settings import PROJECT, Settings
from ctiapp.store import Store
from ctiapp.store.embedded import database_url, stop_database
from ctiapp.web.security import COOKIE, Cookies
from tests.phones import die_with_parent
from tests.product import status_of, until
from tests.switchboard import environment

CUSTOMERS, AGENTS = "127.0.0.6", "127.0.0.5"
"""The addresses of the two SIPps: the public network's and the agents' telephones'."""
CUSTOMERS_PORT, AGENTS_PORT = 35061, 35062

CONSOLES = 200
"""Agents with a console, and routing points in each of the pools `bound` and `late`."""
EXTRAS = 800
"""More agents (their consoles are not connected) and points, for the highest rate of calls."""
PASSWORD = "benchmark"
WEB_STATION = "5000"
"""A telephone in a console, for the calls from the shop's page."""


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent at a station."""

    agent: str
    station: str
    skills: dict[str, int]


def desks() -> list[Desk]:
    """Those with a console first."""
    with_console = [
        Desk(f"a{number}", str(3000 + number), {"bound": 1 + number % 10, "late": 5}) for number in range(CONSOLES)
    ]
    extras = [Desk(f"x{number}", str(4000 + number), {"extra": 5}) for number in range(EXTRAS)]
    extras[0].skills["live"] = 5  # whose console is in a real browser (live_page.py)
    return with_console + extras


def _settings() -> Settings:
    state = PROJECT / ".state-bench"
    return Settings(
        state=state,
        instance="ctiapp-bench",
        values=state / "values.yml",
        bind="127.0.0.1",
        sip_port=35060,
        rtp_first_port=33000,
        ami_port=35038,
        agi_port=34573,
        detector_port=34576,
        cti_port=38088,
        http_port=38089,
        web_port=38080,
        shop_port=38081,
        database_url=None,
    )


def _values() -> dict:
    def pool(name: str, binding: str, first: int, points: int, **more: Any) -> dict:
        times = {"hold_for": 300, "longest_hold": 600, "cool_down_for": 1, "wrap_up_for": 0, "ring_for": 20}
        numbers = [str(first + number) for number in range(points)]
        return {"name": name, "binding": binding, "skill": name, "points": numbers, "longest_wait": 60} | times | more

    return {
        "stations": [
            *({"id": desk.station, "contact": f"sip:{AGENTS}:{AGENTS_PORT}"} for desk in desks()),
            {"id": WEB_STATION, "browser": True},
        ],
        "softphones": [],
        "trunks": [{"name": "trunk", "match": CUSTOMERS, "contact": f"sip:{CUSTOMERS}:{CUSTOMERS_PORT}"}],
        "pools": [
            pool("bound", "agent", 70000, CONSOLES, call_me=CALL_ME),
            pool("late", "late", 71000, CONSOLES),
            pool("extra", "agent", 72000, EXTRAS, cool_down_for=0),
        ],
        "plain_numbers": [],
        "rtp_ports": 1400,  # 350 calls at once; those of the agents' server come next
        "benchmark": True,
    }


CALL_ME = {
    "consent_text": "",
    "per_address_day": 10_000,
    "legal_hours": {"weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")},
}


class Instance:
    """`with Instance() as instance:` everything runs, the agents are logged in and ready, their consoles connected."""

    def __init__(self) -> None:
        self.settings = _settings()
        self.environment = environment(self.settings) | {
            "CTIAPP_LIVE_PER_ADDRESS": "1000000",
            "CTIAPP_SOCKETS_PER_ADDRESS": "2000",
        }
        self.processes: dict[str, subprocess.Popen] = {}
        self.shown: dict[str, float] = {}
        """Reservation -> when its page's acknowledgement left the console."""
        self._life = ExitStack()

    def __enter__(self) -> Instance:
        try:
            self._start()
        except BaseException:
            self._life.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._life.close()

    # ---- life ----------------------------------------------------------------------------------------------

    def _start(self) -> None:
        settings, defer = self.settings, self._life.callback
        stop_database(settings)  # of a run that was killed
        for name in ("postgres", "log"):
            shutil.rmtree(settings.state / name, ignore_errors=True)
        (settings.state / "log").mkdir(parents=True)
        settings.values.write_text(yaml.safe_dump(_values(), sort_keys=False))
        self.asterisk("down")
        defer(self.asterisk, "down")
        self.asterisk("up")
        defer(stop_database, settings)
        self.url = database_url(settings)
        self.store = Store(self.url, size=6, name="bench")
        defer(self.store.close)
        prepare_database(settings)
        self._keep_agents()
        heartbeat = Heartbeat(self.store, "web-bench")
        heartbeat.start()
        defer(heartbeat.stop)
        for name in ("detector", "cti", "web"):
            self.spawn(name, "ctiapp.cli", name)
        until(lambda: self._is_ready(settings.cti_port), 40, "the CTI server")
        until(lambda: self._is_ready(settings.web_port), 40, "the web server")
        self._log_in()

    def spawn(self, name: str, *words: str, **options: Any) -> subprocess.Popen:
        """`python -m WORDS`, ended with the instance; what it says goes to the log folder."""
        with (self.settings.state / "log" / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=PROJECT,
                env=self.environment,
                preexec_fn=die_with_parent,
                **({"stdout": log, "stderr": log} | options),
            )
        self.processes[name] = process
        self._life.callback(end, process)
        return process

    def asterisk(self, *words: str) -> str:
        done = subprocess.run(
            [PROJECT / "docker" / "asterisk.sh", *words], env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        return done.stdout

    def _is_ready(self, port: int) -> bool:
        return status_of(f"http://127.0.0.1:{port}/readyz") == 200

    # ---- people --------------------------------------------------------------------------------------------

    def _keep_agents(self) -> None:
        hashed = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # a thousand of scrypt's would take minutes
        with self.store.transaction() as tx:
            for desk in desks():
                keep_agent(tx, desk.agent, f"Agent {desk.agent}", "", ["en"], desk.skills)
            tx.execute("update agent set password_hash = %s where password_hash = '!'", (hashed,))
            tx.execute("analyze")

    def _log_in(self) -> None:
        agents = AgentDesk(self.store, "web-bench")
        sessions = {}
        for desk in desks():
            sessions[desk.agent] = agents.login(
                desk.agent, PASSWORD, desk.station, f"127.1.0.{len(sessions) % 250}", False
            )
            agents.ready(desk.agent)
        for agent, session in sessions.items():
            if agent.startswith("x"):
                agents.console_opened(session, f"bench-{agent}")
        self._connect_consoles([session for agent, session in sessions.items() if agent.startswith("a")])
        self._wait_ready()

    def seat_again(self, agent: str, station: str) -> None:
        """Whose console was in a browser has one of the benchmark's again."""
        agents = AgentDesk(self.store, "web-bench")
        session = agents.login(agent, PASSWORD, station, "127.1.1.0", True)
        agents.console_opened(session, f"bench-{agent}")
        agents.ready(agent)

    def send_home(self, agent: str) -> None:
        """Logged out: nobody waits until they are ready again."""
        for session in self.sql("select id from agent_session where agent = %s and logged_out_at is null", agent):
            AgentDesk(self.store, "web-bench").logout(session["id"])

    def _connect_consoles(self, sessions: list[str]) -> None:
        app = Flask("bench")
        app.secret_key = self.settings.secret("web-session")
        signer = Cookies().get_signing_serializer(app)
        assert signer
        cookies = [f"{COOKIE}={signer.dumps({'session': session})}" for session in sessions]
        file = self.settings.state / "consoles.json"
        file.write_text(json.dumps({"port": self.settings.web_port, "cookies": cookies}))
        process = self.spawn("consoles", "bench.consoles", str(file), stdout=subprocess.PIPE, text=True)
        lines: queue.SimpleQueue[dict] = queue.SimpleQueue()
        threading.Thread(target=self._hear, args=(process.stdout, lines.put), daemon=True).start()
        assert lines.get(timeout=60)["joined"] == len(sessions)

    def _hear(self, stream: Any, joined: Callable[[dict], None]) -> None:
        for line in stream:
            told = json.loads(line)
            if "joined" in told:
                joined(told)
            else:
                self.shown[told["reservation"]] = told["at"]

    def start_over(self) -> None:
        """Everybody is ready again: calls have ended, what failed is forgotten."""
        with self.store.transaction() as tx:
            tx.execute("select release(id, 'cancelled') from reservation where state = 'reserved'")
            tx.execute("update interaction set state = 'ended', ended_at = now() where state = 'waiting_for_call'")
        self._wait_ready()

    def _wait_ready(self) -> None:
        until(self._all_are_ready, 60, "that every agent is ready")

    def _all_are_ready(self) -> bool:
        """Who missed a call or showed its page too late is not ready until they say otherwise; here they do at once."""
        with self.store.transaction() as tx:
            tx.execute("delete from agent_pause")
        return self.sql("select count(*) as others from agent where state not in ('ready', 'logged_out')") == [
            {"others": 0}
        ]

    # ---- what the figures need -----------------------------------------------------------------------------

    def sql(self, query: str, *values: Any) -> list[dict]:
        with self.store.transaction() as tx:
            cursor = tx.execute(query, values or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def srp(self) -> SRP:
        return SRP(self.store, self.settings, live_per_address=1_000_000)

    def routed(self) -> dict[str, float]:
        """What the CTI server has answered to the switch so far, by kind: agent, queue, refused."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.settings.cti_port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        counters = [line for line in lines if line.startswith("ctiapp_routed_total{")]
        return {line.split('"')[1]: float(line.rsplit(" ", 1)[1]) for line in counters}


def a_click(pool: str) -> dict:
    """A click as the widget sends it, with a page of the demo shop's size."""
    return {
        "site": "larkmoor",
        "pool": pool,
        "idempotency_key": str(uuid.uuid4()),
        "visitor": uuid.uuid4().hex,
        "identity": None,
        "skills": [],
        "language": None,
        "product": None,
        "page": PAGE,
    }


def _page() -> dict:
    number = iter(range(1, 1_000_000))

    def element(tag: str, *children: dict, **attributes: str) -> dict:
        return {"type": 2, "id": next(number), "tagName": tag, "attributes": attributes, "childNodes": list(children)}

    def text(content: str) -> dict:
        return {"type": 3, "id": next(number), "textContent": content}

    css = "\n".join(f".card-{n} {{ display: grid; gap: 1rem; margin: 0 auto; color: #2b2b2b }}" for n in range(90))
    cards = [
        element(
            "li", element("a", text(f"Alder lamp {n}"), href=f"/lamps/{n}"), element("p", text("£89")), id=f"card-{n}"
        )
        for n in range(30)
    ]
    body = element("body", element("h1", text("Alder floor lamp")), element("ul", *cards))
    head = element("head", element("title", text("Alder floor lamp")), element("style", text(css)))
    return {
        "url": "http://127.0.0.1:38081/lamps/alder",
        "title": "Alder floor lamp",
        "taken_at": "2026-11-24T12:00:00Z",
        "viewport": {"width": 1280, "height": 800},
        "hidden_fields": 2,
        "snapshot": {"type": 0, "id": next(number), "childNodes": [element("html", head, body)]},
    }


PAGE = _page()


def end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def resident_mb(process: subprocess.Popen) -> float:
    """Resident memory of a process and its children, in MB."""
    pids, total = [process.pid], 0
    while pids:
        pid = pids.pop()
        with open(f"/proc/{pid}/statm") as statm:
            total += int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            pids += map(int, children.read().split())
    return total / 1e6


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)
