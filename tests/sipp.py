"""SIPp as a telephone or a trunk: one scenario file of `tests/scenarios/`, killed at the end of the block."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.phones import die_with_parent, free_port

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
