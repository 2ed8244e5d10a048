"""`ctiapp run`: the whole product in the foreground. Prepares, starts each process, starts it again when it dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from ctiapp.demo.first_start import FIRST_AGENT, agent_password
from ctiapp.settings import PROJECT, Settings
from ctiapp.store.embedded import database_lives, database_url, stop_database

PROCESSES = ("cti", "web", "shop")
READY_WITHIN = 60.0
LONGEST_PAUSE = 5.0


class Child:
    """One process of ours, started again with growing pauses while it dies soon after its start."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._log = settings.state / "log" / f"{name}.log"
        self._pause = 0.2
        self._due = 0.0
        self.process: subprocess.Popen | None = None
        self._started = 0.0

    def tend(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        now = time.monotonic()
        if self.process is not None and self._due == 0.0:
            lived = now - self._started
            self._pause = 0.2 if lived > 30 else min(2 * self._pause, LONGEST_PAUSE)
            self._due = now + self._pause
            say(f"{self.name} ended with {self.process.returncode}; again in {self._pause:.1f} s. See {self._log}.")
        if now >= self._due:
            self._start()

    def _start(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "ctiapp.cli", self.name]
            self.process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True)
        self._started, self._due = time.monotonic(), 0.0

    def stop(self, patience: float = 12.0) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def run(settings: Settings, prepare: Callable[[Settings], object]) -> None:
    """Blocks until SIGTERM or SIGINT. Exits non-zero with a sentence where a part cannot be prepared."""
    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, frame: stopped.append(received))
    say("Starting the switch (Asterisk in Docker). The first time this builds its image and takes a minute or two.")
    switch(settings, "up")
    say("Preparing the database.")
    prepare(settings)
    (settings.state / "run.pid").write_text(str(os.getpid()))
    children = [Child(name, settings) for name in PROCESSES]
    told = False
    deadline = time.monotonic() + READY_WITHIN
    while not stopped:
        keep_database(settings)
        for child in children:
            child.tend()
        if not told and is_ready(settings):
            say(welcome(settings))
            told = True
        if not told and time.monotonic() > deadline:
            say(f"Not ready yet; the logs are in {settings.state / 'log'}, and `ctiapp doctor` says what is missing.")
            told = True
        time.sleep(0.1)
    say("Stopping. Calls in progress are ended by the switch going down.")
    for child in reversed(children):
        child.stop()
    switch(settings, "down")
    stop_database(settings)
    (settings.state / "run.pid").unlink(missing_ok=True)


def keep_database(settings: Settings) -> None:
    """The embedded server is started again if it died; the processes find their way back to it."""
    if settings.database_url or database_lives(settings):
        return
    say("The database is not running: starting it.")
    try:
        database_url(settings)
    except Exception as error:
        say(f"It did not start: {error}")
        time.sleep(1)


def switch(settings: Settings, verb: str) -> None:
    """docker/asterisk.sh VERB; its own sentences go to standard error."""
    environment = os.environ | {"CTIAPP_STATE": str(settings.state), "CTIAPP_INSTANCE": settings.instance}
    result = subprocess.run([PROJECT / "docker" / "asterisk.sh", verb], env=environment, check=False)
    if result.returncode:
        raise SystemExit(f"docker/asterisk.sh {verb} did not work (exit code {result.returncode}).")


def is_ready(settings: Settings) -> bool:
    cti = f"http://{settings.bind}:{settings.cti_port}/readyz"
    return all(_says_ready(url) for url in (f"{settings.web_url}/readyz", cti, settings.shop_url))


def _says_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def welcome(settings: Settings) -> str:
    """What a first-time reader needs: where to look, who to log in as, how to call."""
    softphone = settings.secret("station-1001")
    station = settings.secret("station-2101")
    server = f"{settings.bind}:{settings.sip_port}"
    return f"""
ctiapp is up.

  Shop      {settings.shop_url}
  Console   {settings.web_url}/console      agent {FIRST_AGENT}, password {agent_password(settings)}, station 2101

  The agent's telephone: any SIP softphone as 2101 at {server} (UDP), password {station}
  The customer's:        any SIP softphone as 1001 at {server} (UDP), password {softphone}
  Then: log in at the console, say Ready, click Call us in the shop, dial the number you are given from 1001.
  Ordinary calls: dial 02079460100.

  Logs: {settings.state / "log"}      Health: {settings.web_url}/readyz      Check: ctiapp doctor
"""


def up(settings: Settings) -> None:
    """`run` in the background; returns once it is ready."""
    if is_ready(settings):
        say(welcome(settings))
        return
    log = settings.state / "log" / "run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        command = [sys.executable, "-m", "ctiapp.cli", "run"]
        process = subprocess.Popen(command, cwd=PROJECT, stdout=stream, stderr=stream, start_new_session=True)
    say(f"Starting in the background; what it says goes to {log}.")
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        if is_ready(settings):
            say(welcome(settings))
            return
        if process.poll() is not None:
            raise SystemExit(f"It ended by itself; its last words:\n{log.read_text()[-2000:]}")
        time.sleep(0.3)
    raise SystemExit(f"It is not ready after 15 minutes; see {log}.")


def down(settings: Settings) -> None:
    """Ends what `up` or `run` started. Nothing running is fine."""
    file = settings.state / "run.pid"
    if file.exists():
        pid = int(file.read_text())
        with_group = _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while with_group and time.monotonic() < deadline and _signal(pid, 0):
            time.sleep(0.2)
        file.unlink(missing_ok=True)
    switch(settings, "down")
    stop_database(settings)
    say("Down.")


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
