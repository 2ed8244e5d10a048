"""Calls by SIPp, and what went over loopback as tshark read it."""

from __future__ import annotations

import csv
import itertools
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.instance import AGENTS, AGENTS_PORT, CUSTOMERS, CUSTOMERS_PORT, end
from tests.phones import die_with_parent

SCENARIOS = Path(__file__).parent / "scenarios"
_callers = itertools.count(447_700_000_000)


@dataclass(frozen=True, slots=True)
class Calls:
    """How a batch of calls went."""

    wanted: int
    succeeded: int
    failed: int
    per_second: float


def caller() -> str:
    """A calling number that no other call of this run has."""
    return str(next(_callers))


@contextmanager
def agents_telephones() -> Iterator[None]:
    """Every station's telephone, as one SIPp that answers at once."""
    command = ["sipp", "-sf", SCENARIOS / "agent.xml", "-i", AGENTS, "-p", str(AGENTS_PORT), "-mi", AGENTS, "-nostdin"]
    folder = tempfile.mkdtemp(prefix="bench-agents-")
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, preexec_fn=die_with_parent, **quiet)
    try:
        yield
    finally:
        process.kill()  # it would wait for its last calls
        end(process)


def call(numbers: Sequence[tuple[str, str]], rate: float, hold_ms: int, sip_port: int) -> Calls:
    """Dials `(number, caller)` one after another, `rate` a second. Returns when all have ended."""
    with tempfile.TemporaryDirectory(prefix="bench-calls-") as folder:
        injected, statistics = Path(folder, "numbers.csv"), Path(folder, "statistics.csv")
        lines = [f"{number};{calling}" for number, calling in numbers]
        injected.write_text("\n".join(["SEQUENTIAL", *lines]) + "\n")
        command = [
            *("sipp", f"127.0.0.1:{sip_port}", "-sf", SCENARIOS / "customer.xml", "-inf", injected),
            *("-i", CUSTOMERS, "-p", str(CUSTOMERS_PORT), "-mi", CUSTOMERS, "-nostdin"),
            *("-r", str(rate), "-m", str(len(numbers)), "-l", "2000", "-d", str(hold_ms)),
            *("-timeout", str(int(len(numbers) / rate) + 15), "-trace_stat", "-stf", statistics, "-fd", "1"),
        ]
        with Path(folder, "log").open("wb") as log:
            started = time.monotonic()
            subprocess.run(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent
            )
            took = time.monotonic() - started - hold_ms / 1000
        with statistics.open() as stream:
            last = list(csv.DictReader(stream, delimiter=";"))[-1]
        succeeded, failed = int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])
        return Calls(len(numbers), succeeded, failed, len(numbers) / took)


@dataclass(frozen=True, slots=True)
class Ring:
    """Seconds since the epoch: the INVITE came in, the INVITE went to the agent's telephone."""

    came: float
    rang: float

    @property
    def took_ms(self) -> float:
        return (self.rang - self.came) * 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """An INVITE, or a 180, with its time (seconds since the epoch) and the address it goes to."""

    at: float
    to: str
    calling: str
    called: str
    status: str


class Capture:
    """`with Capture(port) as capture: …`, then `capture.seen`, and `capture.rings`: caller -> Ring."""

    def __init__(self, sip_port: int, ringing: bool = False) -> None:
        self._port = sip_port
        self._filter = "udp[8:4] = 0x494e5649" + (" or udp[16:4] = 0x31383020" if ringing else "")
        self.seen: list[Seen] = []
        self.rings: dict[str, Ring] = {}

    def __enter__(self) -> Capture:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-capture-")
        self._file = Path(self._folder.name, "invites.pcapng")
        wanted = f"udp port {self._port} and ({self._filter})"
        command = ["dumpcap", "-q", "-i", "lo", "-f", wanted, "-w", self._file]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=die_with_parent
        )
        assert self._process.stderr
        while b"File:" not in (line := self._process.stderr.readline()):
            if not line:
                raise SystemExit("dumpcap may not capture on lo: it needs root, or the group wireshark.")
        time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.3)
        end(self._process)
        names = ("frame.time_epoch", "ip.dst", "sip.from.user", "sip.to.user", "sip.Status-Code")
        fields = ["-T", "fields", *itertools.chain(*(("-e", name) for name in names))]
        done = subprocess.run(
            ["tshark", "-r", self._file, "-d", f"udp.port=={self._port},sip", *fields], capture_output=True, text=True
        )
        came: dict[str, float] = {}
        rang: dict[str, float] = {}
        for line in done.stdout.splitlines():
            at, *rest = line.split("\t")
            self.seen.append(Seen(float(at), *rest))
            if not self.seen[-1].status:
                (rang if rest[0] == AGENTS else came).setdefault(rest[1], float(at))
        self.rings = {calling: Ring(came[calling], rang[calling]) for calling in came.keys() & rang.keys()}
        self._folder.cleanup()
