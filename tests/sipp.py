"""SIPp as a telephone or a trunk: one scenario file of `tests/scenarios/`, killed at the end of the block."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from tests.phones import die_with_parent, free_port
from tests.progress.signals import mu_law
from tests.switchboard import TRUNK_ADDRESS, TRUNK_PORT

SCENARIOS = Path(__file__).parent / "scenarios"


@contextmanager
def sipp(
    scenario: str, server: str, host: str, *, service: str = "", caller: str = "", calls: int = 1, port: int = 0
) -> Iterator[subprocess.Popen]:
    """Places `calls` calls from `host` to `service` at `server`; `[caller]` in the scenario is the calling number."""
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        process = subprocess.Popen(
            [
                *(
                    "sipp",
                    server,
                    "-sf",
                    str(SCENARIOS / scenario),
                    "-i",
                    host,
                    "-mi",
                    host,
                    "-p",
                    str(port or free_port()),
                ),
                *("-s", service or "nobody", "-key", "caller", caller or "anonymous", "-m", str(calls)),
                *("-nostdin", "-timeout", "60s", "-trace_err", "-error_file", f"{folder}/errors"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            preexec_fn=die_with_parent,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def trunk(
    scenario: str,
    sounds: dict[str, np.ndarray] | None = None,
    calls: int = 1,
    within: int = 60,
    address: str = TRUNK_ADDRESS,
    **keys: str,
) -> Iterator[Path]:
    """The public network that calls go out to: answers `calls` of them, `within` so many seconds.

    `sounds`: NAME -> what NAME.ulaw of the scenario sounds like; `keys`: what [NAME] in the scenario is. Yields the
    file of all its SIP messages."""
    with tempfile.TemporaryDirectory(prefix="trunk-") as folder:
        for name, sound in (sounds or {}).items():
            Path(folder, f"{name}.ulaw").write_bytes(mu_law(sound))
        text = (SCENARIOS / scenario).read_text()
        for name, value in keys.items():  # SIPp's own -key is not known yet when it reads a status line
            text = text.replace(f"[{name}]", value)
        Path(folder, "scenario.xml").write_text(text)
        messages = Path(folder, "messages")
        process = subprocess.Popen(
            [
                *("sipp", "-sf", "scenario.xml", "-i", address, "-mi", address),
                *("-p", str(TRUNK_PORT), "-m", str(calls), "-nostdin", "-timeout", f"{within}s", "-nd"),
                *("-trace_msg", "-message_file", str(messages)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            preexec_fn=die_with_parent,
        )
        try:
            _until_bound(process, address)
            yield messages
        finally:
            process.terminate()
            process.wait(10)


def _until_bound(process: subprocess.Popen, address: str) -> None:
    """It has its port: nobody else can have it."""
    for _ in range(300):
        assert process.poll() is None, "SIPp ended at once"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((address, TRUNK_PORT))
            except OSError:
                return
        time.sleep(0.02)
    raise AssertionError("SIPp does not listen")
