"""`ctiapp run`, `up` and `down` as people use them: twice, killed, interrupted, with a port taken."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest

from ctiapp import supervise
from ctiapp.settings import PROJECT, Settings
from ctiapp.store import Store
from ctiapp.store.embedded import database_lives, database_url, stop_database
from ctiapp.store.migrate import migrate
from tests.database import TEST_SETTINGS, until
from tests.switchboard import environment, switchboard_settings

pytestmark = pytest.mark.real


class Installation:
    """One of its own, beside the lane's: a folder with a space in its name, a container, ports."""

    def __init__(self) -> None:
        lane = switchboard_settings()
        self.settings: Settings = replace(
            lane,
            state=lane.state / "a run",
            instance=f"{lane.instance}-run",
            values=PROJECT / "asterisk-config" / "values.yml",
            sip_port=lane.sip_port + 300,
            rtp_first_port=lane.rtp_first_port + 5000,
            ami_port=lane.ami_port + 300,
            agi_port=lane.agi_port + 300,
            detector_port=lane.detector_port + 300,
            cti_port=lane.cti_port + 300,
            http_port=lane.http_port + 300,
            web_port=lane.web_port + 300,
            shop_port=lane.shop_port + 300,
        )
        self.environ = environment(self.settings)
        self.environ.pop("DATABASE_URL", None)

    def ctiapp(self, *words: str, **environ: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(*words), env=self.environ | environ, capture_output=True, text=True, cwd=PROJECT, timeout=120
        )

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "ctiapp.cli", *words]

    def in_the_foreground(self) -> subprocess.Popen:
        process = subprocess.Popen(
            self.command("run"),
            env=self.environ,
            stderr=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            start_new_session=True,
        )
        until(lambda: process.poll() is not None or supervise.is_ready(self.settings), timedelta(seconds=90))
        assert process.poll() is None, process.communicate()[1]
        return process

    @property
    def supervisor(self) -> int | None:
        return supervise.running(self.settings)

    def children(self) -> dict[str, psutil.Process]:
        """Each process of ours by its name."""
        assert self.supervisor
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.supervisor).children():
            with contextlib.suppress(psutil.Error, IndexError):  # it is just ending, or just starting
                found[child.cmdline()[-1]] = child
        return found

    def is_gone(self) -> bool:
        """No process, no container, no database, nobody listening."""
        return (
            self.supervisor is None
            and not database_lives(self.settings)
            and not supervise.switch_runs(self.settings)
            and all(supervise.is_free(self.settings.bind, *port[:2]) for port in supervise.ports(self.settings))
        )


@pytest.fixture
def installation() -> Iterator[Installation]:
    installation = Installation()
    yield installation
    assert installation.ctiapp("down").returncode == 0
    assert installation.is_gone()


def test_up_and_down_twice_and_after_the_supervisor_was_killed(installation: Installation) -> None:
    assert "ctiapp is up" in installation.ctiapp("up").stderr
    first = installation.supervisor
    assert "ctiapp is up" in installation.ctiapp("up").stderr
    assert installation.supervisor == first, "nothing was started a second time"
    refused = installation.ctiapp("run")
    assert refused.returncode == 1 and refused.stderr.startswith("ctiapp runs already with ")

    shop = installation.children()["shop"]
    shop.kill()
    until(lambda: installation.children().get("shop", shop).pid != shop.pid)
    until(lambda: supervise.is_ready(installation.settings))

    before = [child for one in installation.children().values() for child in [one, *one.children()]]
    assert first
    os.kill(first, signal.SIGKILL)
    assert "ctiapp is up" in installation.ctiapp("up").stderr
    assert installation.supervisor not in (None, first)
    assert not [process for process in before if process.is_running()], "nobody of the old ones is left"

    assert installation.ctiapp("down").stderr.splitlines()[-1] == "Down."
    assert installation.is_gone()
    assert installation.ctiapp("down").stderr.splitlines()[-1] == "Down."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_everything(installation: Installation, number: signal.Signals) -> None:
    process = installation.in_the_foreground()
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and "Traceback" not in said
    assert installation.is_gone()


def test_a_second_signal_ends_everything_at_once(installation: Installation) -> None:
    process = installation.in_the_foreground()
    web = installation.children()["web"]
    web.suspend()  # it will not end by itself
    process.send_signal(signal.SIGINT)
    until(lambda: not [name for name in installation.children() if name == "cti"])
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    until(installation.is_gone)


def test_a_number_in_an_old_file_is_nobody_of_ours(installation: Installation) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        installation.settings.state.mkdir(parents=True, exist_ok=True)
        (installation.settings.state / "run.pid").write_text(str(stranger.pid))
        assert installation.supervisor is None
        assert installation.ctiapp("down").returncode == 0
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.parametrize(
    ("port", "variable", "kind"),
    [
        ("web_port", "CTIAPP_WEB_PORT", socket.SOCK_STREAM),
        ("shop_port", "CTIAPP_SHOP_PORT", socket.SOCK_STREAM),
        ("agi_port", "CTIAPP_AGI_PORT", socket.SOCK_STREAM),
        ("detector_port", "CTIAPP_DETECTOR_PORT", socket.SOCK_STREAM),
        ("sip_port", "CTIAPP_SIP_PORT", socket.SOCK_DGRAM),
    ],
)
def test_a_port_in_use_is_a_sentence(installation: Installation, port: str, variable: str, kind: int) -> None:
    number = getattr(installation.settings, port)
    with socket.socket(socket.AF_INET, kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
        other.bind(("127.0.0.1", number))
        if kind == socket.SOCK_STREAM:
            other.listen()
        done = installation.ctiapp("run")
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1 and f"port {number} of 127.0.0.1" in done.stderr and variable in done.stderr
        assert done.stderr in installation.ctiapp("up").stderr


# ---- nothing is started: each of these is a sentence or two ---------------------------------------------------------


WRONG: list[tuple[dict[str, str], str]] = [
    ({"DATABASE_URL": "postgresql://nobody:opensesame@127.0.0.1:1/x"}, "The database does not answer: "),
    ({"DATABASE_URL": "opensesame"}, "DATABASE_URL cannot be read"),
    ({"CTIAPP_WEB_PORT": "http"}, "CTIAPP_WEB_PORT must be a port number from 1 to 65535, not 'http'."),
    ({"CTIAPP_SIP_PORT": "70000"}, "CTIAPP_SIP_PORT must be a port number"),
    ({"CTIAPP_STATE": "/proc/nowhere"}, "/proc/nowhere: No such file or directory."),
    ({"CTIAPP_VALUES": "/nowhere/values.yml"}, "/nowhere/values.yml"),
]


@pytest.mark.parametrize("command", ["run", "migrate"])
@pytest.mark.parametrize(("environ", "sentence"), WRONG, ids=[f"{name}" for one, _ in WRONG for name in one])
def test_a_wrong_setting_is_a_sentence(
    installation: Installation, command: str, environ: dict[str, str], sentence: str
) -> None:
    done = installation.ctiapp(command, **environ)
    assert done.returncode == 1
    assert sentence in done.stderr and "Traceback" not in done.stderr
    assert "opensesame" not in done.stderr


def test_every_command_has_help(installation: Installation) -> None:
    assert installation.ctiapp("--help").returncode == 0
    for words in (["run"], ["up"], ["down"], ["doctor"], ["import", "agents"], ["site"], ["config", "apply"]):
        done = installation.ctiapp(*words, "--help")
        assert done.returncode == 0 and done.stdout.startswith("Usage: "), done.stderr
    for words in (["dance"], ["import", "agents", "/nowhere.csv"], ["config", "rollback", "x"], ["run", "now"]):
        done = installation.ctiapp(*words)
        assert done.returncode == 2 and "Traceback" not in done.stderr


# ---- what is missing is said -----------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], None]:
    def make(name: str, text: str) -> None:
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)

    return make


def test_docker_that_may_not_be_used_is_a_sentence(installation: Installation, program, tmp_path: Path) -> None:
    program("docker", "echo 'permission denied while trying to connect' >&2; exit 1")
    done = subprocess.run(
        [PROJECT / "docker" / "engine.sh"],
        env=installation.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Docker runs, but ") and done.stderr.count("\n") == 1


def test_without_a_home_folder_the_scripts_work(installation: Installation) -> None:
    environ = {name: value for name, value in installation.environ.items() if name != "HOME"}
    done = subprocess.run([PROJECT / "docker" / "asterisk.sh", "down"], env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_database_is_its_owners_alone_also_where_its_path_is_long(tmp_path: Path) -> None:
    """Two users of one machine do not keep each other out, nor do they reach each other's database."""
    folder = tmp_path / ("a long name " * 9)
    settings = replace(TEST_SETTINGS, state=folder)
    url = database_url(settings)
    try:
        store = Store(url, size=1)
        migrate(store)
        store.close()
        place = Path(parse_qs(urlsplit(url).query)["host"][0])
        assert place != folder / "postgres", "a socket's path has 107 characters at most"
        assert (place / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0
        assert (folder / "postgres.lock").exists()
    finally:
        stop_database(settings)
    assert not database_lives(settings)


def test_a_stale_process_id_that_somebody_else_has_now_is_no_database(tmp_path: Path) -> None:
    settings = replace(TEST_SETTINGS, state=tmp_path)
    database_url(settings)
    stop_database(settings)
    lines = [
        str(os.getpid()),
        str(tmp_path / "postgres"),
        "1",
        "5432",
        str(tmp_path / "postgres"),
        "",
        "1 1",
        "ready   ",
    ]
    (tmp_path / "postgres" / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert not database_lives(settings)
    try:
        Store(database_url(settings), size=1).close()
        assert database_lives(settings)
    finally:
        stop_database(settings)
