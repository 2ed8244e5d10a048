"""See bench/__init__.py; `python -m bench --help`."""

from __future__ import annotations

import signal
import sys
import time

import click

from bench import (
    call_me,
    capacity,
    claims,
    clicks,
    console,
    live_page,
    page_calls,
    progress,
    reservations,
    sip,
    sockets,
    waiting,
    widget,
)
from bench.figures import Figure, table
from bench.instance import Instance, say
from bench.memory import Memory
from bench.routing import Routing, over_dial, page_before_ring

PARTS = (
    "click_to_number",
    "route_over_dial",
    "page_before_ring",
    "reservation_cost",
    "claims",
    "callme_to_invite",
    "ringing_to_page",
    "human_to_agent_invite",
    "calls_per_s",
    "live_page_delay",
    "recorder",
    "page_call_to_audio",
    "console_interactive",
    "memory",
    "push",
    "memory_web_1000",
    "console_heap",
    "widget_gzip",
    "ewt_error",
    "human_verdict",
    "cpd",
)
SIMULATED = {"console_heap", "widget_gzip", "ewt_error", "human_verdict", "cpd"}
"""They need no instance."""


@click.command()
@click.argument("figures", nargs=-1)
def main(figures: tuple[str, ...]) -> None:
    """Measures all FIGURES, or those whose names begin with the given words. The goals' verdicts do not change the exit
    code: a figure is news, not a failure."""
    parts = [part for part in PARTS if not figures or any(part.startswith(f) or f.startswith(part) for f in figures)]
    if not parts:
        raise click.UsageError(f"no such figure; they begin with: {', '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    started = time.monotonic()
    measured = waiting.measure() if "ewt_error" in parts else []
    if "human_verdict" in parts or "cpd" in parts:
        measured += progress.measure()
    if "console_heap" in parts:
        measured += console.heap()
    if "widget_gzip" in parts:
        measured += widget.measure()
    if not SIMULATED.issuperset(parts):
        say("Starting the benchmark's own instance.")
        with Instance() as instance, sip.agents_telephones():
            minimal = ("bench.minimal_agi", instance.settings.bind, str(instance.settings.agi_port + 1))
            instance.spawn("minimal-agi", *minimal)
            measured = measure(instance, parts) + measured
    print(table(measured))
    for figure in measured:
        print(figure.line())
    say(f"{time.monotonic() - started:.0f} s in all")


def measure(instance: Instance, parts: list[str]) -> list[Figure]:
    memory = Memory(instance)
    measured: list[Figure] = []
    if "click_to_number" in parts:
        measured += clicks.measure(instance)
    if "route_over_dial" in parts or "page_before_ring" in parts:
        routing = Routing(instance)
        routing.measure()
        measured += over_dial(routing) + page_before_ring(routing)
    if "reservation_cost" in parts:
        measured += reservations.measure(instance)
    if "claims" in parts:
        measured += claims.measure(instance)
    if {"callme_to_invite", "ringing_to_page", "human_to_agent_invite"}.intersection(parts):
        measured += call_me.measure(instance)
    if "calls_per_s" in parts:
        measured += capacity.measure(instance)
    if {"live_page_delay", "recorder"}.intersection(parts):
        measured += live_page.measure(instance, parts)
    if "page_call_to_audio" in parts:
        measured += page_calls.measure(instance)
    if "console_interactive" in parts:
        measured += console.interactive(instance)
    if "memory" in parts:
        measured += memory.figures()
    if {"push", "memory_web_1000"}.intersection(parts):
        measured += sockets.measure(instance)
    return measured


if __name__ == "__main__":
    main()
