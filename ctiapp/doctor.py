"""`ctiapp doctor`: is each part there, right, and allowed what it needs; if not, what to do."""

from __future__ import annotations

import json
import shutil
import socket
import stat
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg2

from ctiapp.config import applying
from ctiapp.config.ami import Admin, AdminError, NoSwitch
from ctiapp.sentences import first_line
from ctiapp.servers.proofs import plugged_in
from ctiapp.settings import PROJECT, Settings
from ctiapp.store import Store
from ctiapp.store.embedded import running_database_url
from ctiapp.store.migrate import migrations

OLDEST_ASTERISK = (22, 10, 1)
"""Older ones have known holes in AMI and in cel_pgsql (GHSA-3rhj-hhw7-m6fw, GHSA-vrfp-mg3q-3959)."""
CLOCK_APART = 2.0
"""Seconds between two clocks from which countdowns and expiries begin to lie."""


class Wrong(Exception):
    """What is wrong, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Finding:
    part: str
    ok: bool
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{'ok' if self.ok else 'FAILED':<8}{self.part:<16}{self.what}"
        return line + (f"\n{'':<24}-> {self.remedy}" if self.remedy else "")


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding a part, in the order in which parts depend on each other."""
    checks: list[tuple[str, Callable[[Settings], str]]] = [
        ("secrets", _secrets),
        ("web files", _web_files),
        ("docker", _docker),
        ("database", _database),
        ("database clock", _database_clock),
        ("switch", _switch),
        ("switch clock", _switch_clock),
        ("ami rights", _ami_rights),
        ("config", _config),
        ("cti server", _cti_server),
        ("detector", _detector),
        ("web server", _web_server),
        ("agents", _agents),
        ("proofs", _proofs),
    ]
    for part, check in checks:
        try:
            yield Finding(part, True, check(settings))
        except Wrong as wrong:
            yield Finding(part, False, str(wrong), wrong.remedy)
        except psycopg2.Error as error:
            yield Finding(part, False, first_line(error), DATABASE_REMEDY)
        except Exception as error:
            yield Finding(part, False, first_line(error), "See the logs of this part.")


DATABASE_REMEDY = "Check DATABASE_URL, and that the server runs, holds our tables (ctiapp migrate) and lets us in."


# ---- files --------------------------------------------------------------------------------------------------


def _secrets(settings: Settings) -> str:
    file = settings.state / "secrets.json"
    if not file.exists():
        raise Wrong("there are none yet", "Start the product once: make run")
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        raise Wrong(f"others may read them (mode {mode:o})", f"chmod 600 {file}")
    return f"{len(json.loads(file.read_text()))} made at the first start, readable by their owner only"


def _web_files(settings: Settings) -> str:
    missing = [name for name in ("widget.js",) if not (PROJECT / "web" / "dist" / name).exists()]
    if missing:
        raise Wrong(f"{', '.join(missing)} is not built", "web/build.sh")
    return "built"


# ---- database -----------------------------------------------------------------------------------------------


def _store(settings: Settings) -> Store:
    url = running_database_url(settings)
    if url is None:
        raise Wrong("the embedded PostgreSQL does not run", "make run")
    return Store(url, size=1, name="doctor")


def _database(settings: Settings) -> str:
    try:
        with _store(settings).transaction() as tx:
            version = tx.execute("show server_version").fetchone()["server_version"]
            tx.execute("create temporary table may_i (yes int) on commit drop")
            found = tx.execute("select to_regclass('migration') as there").fetchone()["there"]
            applied = {row["name"] for row in tx.execute("select name from migration").fetchall()} if found else set()
    except psycopg2.Error as error:
        raise Wrong(first_line(error), DATABASE_REMEDY) from error
    missing = [name for name in migrations() if name not in applied]
    if missing:
        raise Wrong(f"PostgreSQL {version}; not applied: {', '.join(missing)}", "ctiapp migrate")
    return f"PostgreSQL {version}, schema {max(applied)}"


def _database_clock(settings: Settings) -> str:
    with _store(settings).transaction() as tx:
        apart = tx.execute("select extract(epoch from clock_timestamp())::float as now").fetchone()["now"] - time.time()
    return _clock(apart, "the database server")


def _clock(apart: float, whose: str) -> str:
    if abs(apart) > CLOCK_APART:
        raise Wrong(f"{apart:+.1f} s from ours", f"Let NTP keep the clock of {whose} and of this machine.")
    return f"{apart * 1000:+.0f} ms from ours"


# ---- switch -------------------------------------------------------------------------------------------------


def _docker(settings: Settings) -> str:
    if not shutil.which("docker"):
        raise Wrong("there is no docker", "docker/engine.sh installs it on Debian and Ubuntu")
    command = ["docker", "info", "--format", "{{.ServerVersion}}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        raise Wrong("the engine does not answer", "docker/engine.sh")
    return f"engine {done.stdout.strip()}"


def _admin(settings: Settings) -> Admin:
    return Admin(settings, within=5)


def _switch(settings: Settings) -> str:
    try:
        with _admin(settings) as admin:
            version = admin.do("CoreSettings")["AsteriskVersion"]
            status = admin.do("CoreStatus")
    except AdminError as error:
        raise Wrong(str(error), "docker/asterisk.sh up") from error
    number = tuple(int(part) for part in version.split("~")[0].split("+")[0].split("-")[0].split(".") if part.isdigit())
    if number < OLDEST_ASTERISK:
        raise Wrong(f"Asterisk {version} has known holes", "Build the image again: 22.10.1 or newer is needed.")
    calls, since = status.get("CoreCurrentCalls", "?"), status.get("CoreStartupTime", "?")
    return f"Asterisk {version}, {calls} calls, up since {since}"


def _switch_clock(settings: Settings) -> str:
    try:
        with _admin(settings) as admin:
            apart = float(admin.do("Ping")["Timestamp"]) - time.time()
    except AdminError as error:
        raise Wrong(str(error), "docker/asterisk.sh up") from error
    return _clock(apart, "the switch")


def _ami_rights(settings: Settings) -> str:
    """The CTI server's user may do its work, and nothing that would give the machine away."""
    try:
        with Admin(settings, within=5, user="ctiapp") as user:
            user.do("CoreStatus")
            user.items("CoreShowChannels")
            for action, headers in (
                ("Command", {"Command": "core show version"}),
                ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"}),
                ("ModuleLoad", {"LoadType": "reload", "Module": "res_nothing"}),
            ):
                try:
                    user.do(action, **headers)
                except AdminError:
                    continue
                raise Wrong(f"the user may {action}, which it must not", "ctiapp config diff; ctiapp config apply")
    except NoSwitch as error:
        raise Wrong(str(error), "docker/asterisk.sh up") from error
    except AdminError as error:
        raise Wrong(str(error), "ctiapp config diff; ctiapp config apply") from error
    return "what routing needs, and no more"


def _config(settings: Settings) -> str:
    try:
        difference = applying.diff(settings)
    except applying.Refused as error:
        raise Wrong(f"{settings.values} cannot be used: {error.problems[0]}", "ctiapp config lint") from error
    except AdminError as error:
        raise Wrong(str(error), "docker/asterisk.sh up") from error
    if difference.pbx is None:
        raise Wrong("no switch runs that could be compared with the templates", "docker/asterisk.sh up")
    if difference.text or difference.drift:
        lines = len(difference.text.splitlines()) + len(difference.drift)
        raise Wrong(f"the PBX runs something else ({lines} lines differ)", "ctiapp config diff; ctiapp config apply")
    return "the PBX holds what the templates say"


# ---- our processes ------------------------------------------------------------------------------------------


def _cti_server(settings: Settings) -> str:
    return _ready(f"http://{settings.bind}:{settings.cti_port}/readyz", "reconciled with the switch")


def _detector(settings: Settings) -> str:
    try:
        with socket.create_connection((settings.bind, settings.detector_port), timeout=3):
            return f"listens at {settings.bind}:{settings.detector_port}"
    except OSError as error:
        remedy = "make run; without it every call out is put through, machines too"
        raise Wrong(f"{settings.bind}:{settings.detector_port}: {error}", remedy) from error


def _web_server(settings: Settings) -> str:
    return _ready(f"{settings.web_url}/readyz", "database and telephone system behind it")


def _ready(url: str, what: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        raise Wrong(
            f"{url} says {error.read().decode()[:200]}", "See its log; it recovers when its parts do."
        ) from error
    except OSError as error:
        raise Wrong(f"{url}: {error}", "make run") from error
    return f"ready: {what}"


def _agents(settings: Settings) -> str:
    with _store(settings).transaction() as tx:
        states = {row["state"]: row["agents"] for row in tx.all("agent_states")}
    if not states:
        raise Wrong("there are none", "ctiapp import agents FILE.csv")
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(states.items()))


def _proofs(settings: Settings) -> str:
    """What the pools ask of who wants to be called; by this process's environment, which is the web server's."""
    store = _store(settings)
    with store.transaction() as tx:
        asked = {row["proof"]: row["pool"] for row in tx.all("pools_with_a_proof")}
    try:
        there = plugged_in(store, secret="").keys()
    except (ImportError, AttributeError) as error:
        raise Wrong(first_line(error), "See CTIAPP_CODE_SENDER and CTIAPP_PROOFS (docs/api.md).") from error
    if missing := sorted(asked.keys() - there):
        raise Wrong(
            f"the pool {asked[missing[0]]} asks for {missing[0]}, and nothing checks it: nobody can ask to be called",
            "Name what does in CTIAPP_CODE_SENDER or CTIAPP_PROOFS (docs/api.md), or say proof: none.",
        )
    return f"what is asked: {', '.join(sorted(asked))}" if asked else "none asked"
