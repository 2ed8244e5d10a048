"""Call me: click → network, ringing there → page on the agent's console, verdict → the agent's telephone."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench import http, sip
from bench.figures import Figure, median, percentile
from bench.instance import AGENTS, CUSTOMERS, CUSTOMERS_PORT, Instance, a_click, end, say
from tests.phones import die_with_parent
from tests.product import until
from tests.progress.signals import mu_law, quiet, voice

CALLS, RATE = 120, 2
"""Few enough a second that the machine is idle between them."""
PERSON = np.concatenate([quiet(400), voice(700), quiet(3000)])


@dataclass(slots=True)
class Steps:
    """Seconds since the epoch, by the customer's number."""

    clicked: dict[str, float] = field(default_factory=dict)
    dialled: dict[str, float] = field(default_factory=dict)
    ringing: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)
    agent_rung: dict[str, float] = field(default_factory=dict)

    def took(self, first: str, last: str) -> list[float]:
        """Milliseconds between two steps; a call that did not get that far took for ever."""
        begun, done = getattr(self, first), getattr(self, last)
        return [(done.get(number, float("inf")) - begun.get(number, 0.0)) * 1000 for number in self.clicked]


def measure(instance: Instance) -> list[Figure]:
    with public_network():
        asyncio.run(
            _clicks(instance, Steps(), [_number(place) for place in range(900, 905)])
        )  # all is made and prepared
        _until_over(instance)
        steps = Steps()
        with sip.Capture(instance.settings.sip_port, ringing=True) as capture:
            asyncio.run(_clicks(instance, steps, [_number(place) for place in range(CALLS)]))
            _until_over(instance)
    for seen in capture.seen:
        if seen.to == AGENTS and not seen.status:
            steps.agent_rung.setdefault(_canonical(seen.calling), seen.at)
        elif seen.to == CUSTOMERS and not seen.status:
            steps.dialled.setdefault(_canonical(seen.called), seen.at)
        elif seen.status == "180":
            steps.ringing.setdefault(_canonical(seen.called), seen.at)
    _read(instance, steps)
    instance.start_over()
    return [
        *_figures("callme_to_invite", steps.took("clicked", "dialled"), "<= 150"),
        *_figures("ringing_to_page", steps.took("ringing", "shown"), "<= 100"),
        *_figures("human_to_agent_invite", steps.took("heard", "agent_rung"), "<= 30"),
    ]


def _figures(name: str, took: list[float], goal: str) -> list[Figure]:
    return [
        Figure(f"{name}_p50_ms", median(took), "ms"),
        Figure(f"{name}_p99_ms", percentile(took, 0.99), "ms", goal=goal),
    ]


async def _clicks(instance: Instance, steps: Steps, numbers: list[str]) -> None:
    async def click(place: int) -> None:
        steps.clicked[numbers[place]] = time.time()
        headers = {"Origin": instance.settings.shop_url}
        body = a_click("bound") | {"number": numbers[place]}
        status, answer = await http.request(instance.settings.web_port, "POST", "/api/v1/call-me", body, headers)
        if status != 201:
            raise SystemExit(f"a click was refused: {answer}")

    await http.at_rate(RATE, len(numbers), click)


def _until_over(instance: Instance) -> None:
    query = "select count(*) as open from call_request where state not in ('done', 'cancelled', 'failed')"
    until(lambda: instance.sql(query)[0]["open"] == 0, 30, "that every call is over")


def _read(instance: Instance, steps: Steps) -> None:
    rows = instance.sql(
        """select a.number, a.outcome, extract(epoch from a.verdict_at)::float as heard, r.id as reservation
             from attempt a join reservation r on r.call = a.id and r.talking_at is not null"""
    )
    rows = [row for row in rows if row["number"] in steps.clicked]
    for row in rows:
        steps.heard[row["number"]] = row["heard"]
        if at := instance.shown.get(row["reservation"]):
            steps.shown[row["number"]] = at
    say(f"call me: {sum(row['outcome'] == 'human' for row in rows)} of {CALLS} customers and agents talked")


@contextmanager
def public_network() -> Iterator[None]:
    """Everybody's telephone, as one SIPp: it rings, a person says their name, and hangs up later."""
    with tempfile.TemporaryDirectory(prefix="bench-public-") as folder:
        Path(folder, "after.ulaw").write_bytes(mu_law(PERSON))
        command = ["sipp", "-sf", sip.SCENARIOS / "public.xml", "-i", CUSTOMERS, "-mi", CUSTOMERS]
        command += ["-p", str(CUSTOMERS_PORT), "-nostdin"]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command, cwd=folder, preexec_fn=die_with_parent, **quiet)
        time.sleep(0.5)
        try:
            yield
        finally:
            process.kill()
            end(process)


def _number(place: int) -> str:
    return f"+447700900{place:03}"


def _canonical(user: str) -> str:
    return user if user.startswith("+") else f"+{user}"
