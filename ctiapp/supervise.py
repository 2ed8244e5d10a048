"""`ctiapp run`: the whole product in the foreground. Prepares, starts each process, starts it again when it dies."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn

from ctiapp.demo.first_start import FIRST_AGENT, agent_password
from ctiapp.settings import PROJECT, Settings
from ctiapp.store.embedded import database_lives, database_url, stop_database

PROCESSES = ("detector", "cti", "web", "shop")
READY_WITHIN = 60.0
LONGEST_PAUSE = 5.0
PATIENCE = 12.0
"""Seconds a process of ours has to end by itself."""
LEFTOVERS_END_WITHIN = 15.0
"""Seconds for the processes of a supervisor that was killed to be gone."""
_PR_SET_PDEATHSIG = 1


class Stopped(BaseException):
    """Ctrl-C or SIGTERM while something was being prepared."""


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
            self.process = subprocess.Popen(
                command, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True, preexec_fn=_end_with_parent
            )
        self._started, self._due = time.monotonic(), 0.0

    def terminate(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """The whole of it: the web server is two processes."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self, until: float) -> None:
        """Until it has ended; killed at `until` (time.monotonic)."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()


def _end_with_parent() -> None:
    """Runs in the child: nobody would start it again, or end it, once the supervisor was killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """One run of the product: what it starts, it ends."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.children = [Child(name, settings) for name in PROCESSES]
        self._stopped = False
        self._interruptible = False
        self._switch_is_up = False

    def run(self, prepare: Callable[[Settings], object]) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)
        try:
            with self._may_be_interrupted():
                self._start(prepare)
            self._tend()
        except Stopped:
            pass
        finally:
            self._stop()

    def _start(self, prepare: Callable[[Settings], object]) -> None:
        say("Preparing the database.")
        prepare(self.settings)
        say("Starting the switch (Asterisk in Docker). The first time this builds its image and takes a minute or two.")
        self._switch_is_up = True
        switch(self.settings, "up")

    def _tend(self) -> None:
        told, deadline = False, time.monotonic() + READY_WITHIN
        while not self._stopped:
            keep_database(self.settings)
            for child in self.children:
                child.tend()
            if not told and is_ready(self.settings):
                say(welcome(self.settings))
                told = True
            if not told and time.monotonic() > deadline:
                logs = self.settings.state / "log"
                say(f"Not ready yet; the logs are in {logs}, and `ctiapp doctor` says what is missing.")
                told = True
            time.sleep(0.1)

    def _stop(self) -> None:
        self._stopped = True  # from here on, a signal ends everything at once
        if any(child.process for child in self.children):
            say("Stopping. Calls in progress are ended by the switch going down.")
        for child in self.children:
            child.terminate()
        until = time.monotonic() + PATIENCE
        for child in self.children:
            child.wait(until)
        try:
            if self._switch_is_up:
                switch(self.settings, "down")
        finally:
            stop_database(self.settings)

    @contextlib.contextmanager
    def _may_be_interrupted(self) -> Iterator[None]:
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self._stopped:
            self._end_at_once()
        self._stopped = True
        if self._interruptible:
            raise Stopped

    def _end_at_once(self) -> NoReturn:
        say("Ending at once.")
        for child in self.children:
            child.kill()
        if self._switch_is_up:
            kill = ["docker", "kill", f"{self.settings.instance}-asterisk"]
            with contextlib.suppress(OSError):
                subprocess.Popen(kill, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        stop_database(self.settings, patience=0.0)
        _pid_file(self.settings).unlink(missing_ok=True)
        os._exit(130)


def run(settings: Settings, prepare: Callable[[Settings], object]) -> None:
    """Blocks until SIGTERM or SIGINT; a second one ends at once. Exits non-zero with a sentence where a part cannot
    be prepared."""
    with _alone(settings) as left_over:
        refuse_ports_in_use(settings, LEFTOVERS_END_WITHIN if left_over else 0.0)
        _pid_file(settings).write_text(str(os.getpid()))
        try:
            Supervisor(settings).run(prepare)
        finally:
            _pid_file(settings).unlink(missing_ok=True)


# ---- only one at a time ---------------------------------------------------------------------------------------


def _pid_file(settings: Settings) -> Path:
    return settings.state / "run.pid"


@contextlib.contextmanager
def _alone(settings: Settings) -> Iterator[bool]:
    """Holds the place of the one supervisor; the kernel gives it back when the process ends, however it ends. True if
    the one before was killed."""
    settings.state.mkdir(parents=True, exist_ok=True)
    with (settings.state / "run.lock").open("a") as lock:
        if not any(_takes(lock) for _ in range(5)):
            raise SystemExit(f"ctiapp runs already with {settings.state}; `make down` ends it.")
        yield _pid_file(settings).exists()


def _takes(lock: IO[str]) -> bool:
    """Whoever only looks (`running`) holds it for a moment too."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(0.05)
        return False
    return True


def running(settings: Settings) -> int | None:
    """The process id of the supervisor that runs; None if none does, whatever an old file says. 0: it just starts."""
    file = settings.state / "run.lock"
    if not file.exists():
        return None
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            with contextlib.suppress(OSError, ValueError):
                return int(_pid_file(settings).read_text())
            return 0
    return None


def refuse_ports_in_use(settings: Settings, patience: float = 0.0) -> None:
    """SystemExit with a sentence if somebody else listens where we want to."""
    deadline = time.monotonic() + patience
    while taken := next((port for port in ports(settings) if not is_free(settings.bind, *port[:2])), None):
        if time.monotonic() >= deadline:
            kind, number, variable, what = taken
            raise SystemExit(
                f"{kind.upper()} port {number} of {settings.bind}, wanted for {what}, is in use by another program: "
                f"end that, or give {variable} another number."
            )
        time.sleep(0.2)


def ports(settings: Settings) -> list[tuple[str, int, str, str]]:
    """(tcp or udp, number, the variable that sets it, what it is for) of each that has to be free for a start."""
    ours = [
        ("tcp", settings.web_port, "CTIAPP_WEB_PORT", "the web server"),
        ("tcp", settings.shop_port, "CTIAPP_SHOP_PORT", "the demo shop"),
        ("tcp", settings.cti_port, "CTIAPP_CTI_PORT", "the CTI server's health"),
        ("tcp", settings.agi_port, "CTIAPP_AGI_PORT", "the CTI server's FastAGI"),
        ("tcp", settings.detector_port, "CTIAPP_DETECTOR_PORT", "the call-progress detector"),
    ]
    if switch_runs(settings):
        return ours
    return [
        *ours,
        ("tcp", settings.ami_port, "CTIAPP_AMI_PORT", "the switch's AMI"),
        ("udp", settings.sip_port, "CTIAPP_SIP_PORT", "the switch's SIP"),
        ("tcp", settings.http_port, "CTIAPP_HTTP_PORT", "the switch's SIP over WebSocket"),
    ]


def is_free(address: str, kind: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as probe:
        if kind == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise SystemExit(f"{address}:{port} cannot be listened at: {error.strerror}.") from error
    return True


def switch_runs(settings: Settings) -> bool:
    ask = ["docker", "inspect", "-f", "{{.State.Running}}", f"{settings.instance}-asterisk"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, timeout=20).stdout.strip() == "true"
    except (OSError, subprocess.TimeoutExpired):
        return False


# ---- the parts ------------------------------------------------------------------------------------------------


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
    urls = (f"{settings.web_url}/readyz", cti, settings.shop_url)
    return listens(settings.bind, settings.detector_port) and all(_says_ready(url) for url in urls)


def listens(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False


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
    log = settings.state / "log" / "run.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    process, before = None, 0
    if running(settings) is None:
        before = log.stat().st_size if log.exists() else 0
        with log.open("ab") as stream:
            command = [sys.executable, "-m", "ctiapp.cli", "run"]
            process = subprocess.Popen(
                command, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
            )
        say(f"Starting in the background; what it says goes to {log}.")
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            words = log.read_bytes()[before:].decode(errors="replace").strip()
            raise SystemExit(f"It ended by itself; its last words:\n{words[-2000:]}")
        supervisor = running(settings)
        if process is None and supervisor is None:
            raise SystemExit(f"It ended by itself; see {log}.")
        if supervisor and (process is None or supervisor == process.pid) and is_ready(settings):
            say(welcome(settings))
            return
        time.sleep(0.3)
    raise SystemExit(f"It is not ready after 15 minutes; see {log}.")


def down(settings: Settings) -> None:
    """Ends what `up` or `run` started. Nothing running is fine."""
    told: set[int] = set()
    deadline = time.monotonic() + 60
    while (pid := running(settings)) is not None and time.monotonic() < deadline:
        if pid and pid not in told:
            told.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        time.sleep(0.1)
    if pid is not None:
        raise SystemExit(f"It did not end within a minute (process {pid}); a second `make down` ends it at once.")
    _pid_file(settings).unlink(missing_ok=True)
    switch(settings, "down")
    stop_database(settings)
    say("Down.")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
