"""The call-progress detector's figures (P19): right, early enough, and with a hundred calls at once.

The recordings are made for the run, or are those of the folder that CTIAPP_BENCH_CALLS names.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import recordings
from bench.figures import Figure, median, percentile
from bench.instance import say
from ctiapp.progress.corpus import Recording, frames
from ctiapp.progress.report import Heard, amd_figures, figures, hear_folder
from ctiapp.progress.spectrum import FRAME_BYTES, FRAME_MS
from ctiapp.switch.asterisk.audiosocket import ID, audio

CALLS = 100
BEGIN_WITHIN = 2.0
"""Seconds over which the calls begin."""
QUIET = audio(bytes(FRAME_BYTES))
CLASSES = ("human", "machine", "fax", "modem", "sit", "busy", "reorder")


def measure() -> list[Figure]:
    with ExitStack() as life:
        given = os.environ.get("CTIAPP_BENCH_CALLS")
        folder = Path(given) if given else Path(life.enter_context(tempfile.TemporaryDirectory(prefix="calls-")))
        if not given:
            say("Making 300 recorded calls.")
            recordings.write(folder)
        say(f"The detector hears the calls of {folder}.")
        heard = hear_folder(folder)
        return accuracy(heard) + asyncio.run(hundred_at_once(spread([one.recording for one in heard])))


def accuracy(heard: Sequence[Heard]) -> list[Figure]:
    """Beside what Asterisk's AMD() rules say of the same recordings. They know persons and machines only: a tone is
    right for them if it is not called a person."""
    ours = figures(heard)
    amd: dict[str, Any] = amd_figures(heard)[1]
    beside = "AMD()"
    latency = ours["human_verdict_ms"] or {"median": 0.0, "p95": 0.0}
    rows = [
        Figure("human_verdict_median_ms", latency["median"], "ms", goal="<= 600"),
        Figure("human_verdict_p95_ms", latency["p95"], "ms", goal="<= 1000"),
    ]
    for label in CLASSES:
        if label in ours["accuracy"]:
            goal = ">= 0.9" if label == "machine" else ">= 0.98"
            share, theirs = ours["accuracy"][label], amd["person_or_not"][label]
            rows.append(Figure(f"cpd_accuracy_{label}", share, "share", theirs, beside, goal=goal))
    lost = ours["humans_lost_share"], amd["humans_lost_share"]
    rows.append(Figure("cpd_humans_lost_share", lost[0], "share", lost[1], beside, goal="<= 0.01"))
    rows.append(Figure("cpd_late_share", ours["late_share"], "share"))
    return rows


# ---- a hundred at once ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Line:
    """One call: what was sent, and when it was given back, seconds after its first frame."""

    recording: Recording
    given_back: float


def spread(all_of_them: Sequence[Recording]) -> list[Recording]:
    """A hundred, of all kinds alike."""
    step = len(all_of_them) / CALLS
    return [all_of_them[int(number * step) % len(all_of_them)] for number in range(CALLS)]


async def hundred_at_once(calls: Sequence[Recording]) -> list[Figure]:
    """Through the detector's own process, by AudioSocket, a frame each 20 ms; late is what is given back after the
    recording's deadline and `SLACK`."""
    say(f"{len(calls)} calls at once, in real time.")
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.detector_process"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stdin
    try:
        port = int(process.stdout.readline())
        before, began = _cpu(process.pid), time.monotonic()
        lines = await asyncio.gather(*(_call(port, one, number) for number, one in enumerate(calls)))
        cpu = (_cpu(process.pid) - before) / (time.monotonic() - began)
        process.stdin.close()
        kept = {line["call"]: line for line in map(json.loads, process.stdout)}
    finally:
        process.terminate()
        process.wait(10)
    return _figures(lines, kept, cpu)


SLACK = 0.04
"""Seconds: two frames, for what carries them and what is told back."""


async def _call(port: int, recording: Recording, number: int) -> tuple[str, Line]:
    """20 ms a frame by the clock, silence when the recording is over."""
    await asyncio.sleep(BEGIN_WITHIN * number / CALLS)
    name = uuid.uuid4()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    back = asyncio.create_task(reader.read(-1))
    writer.write(bytes((ID, 0, 16)) + name.bytes)
    began = time.monotonic()
    sound = [audio(frame) for frame in frames(recording.path)]
    for count in range(600):
        if back.done():
            break
        writer.write(sound[count] if count < len(sound) else QUIET)
        await asyncio.sleep(max(0.0, began + (count + 1) * FRAME_MS / 1000 - time.monotonic()))
    await back
    given_back = time.monotonic() - began
    writer.close()
    return str(name), Line(recording, given_back)


def _figures(lines: Sequence[tuple[str, Line]], kept: dict[str, Any], cpu: float) -> list[Figure]:
    late = [line for _, line in lines if line.given_back > line.recording.deadline_ms / 1000 + SLACK]
    wrong = [line for name, line in lines if kept.get(name, {}).get("sound") != line.recording.label.value]
    behind = [1000 * line.given_back - kept[name]["heard_ms"] for name, line in lines if name in kept]
    for line in late:
        say(f"late: {line.recording.name} after {line.given_back:.2f} s, deadline {line.recording.deadline_ms} ms")
    say(
        f"Of {len(lines)} calls at once {len(late)} were late and {len(wrong)} wrong; from the last frame heard to the "
        f"line given back {median(behind):.0f} ms, 99th percentile {percentile(behind, 0.99):.0f}; {100 * cpu:.0f} % "
        "of one processor core."
    )
    return [
        Figure("cpd_100_calls_late_share", len(late) / len(lines), "share", goal="<= 0"),
        Figure("cpd_100_calls_cpu", cpu, "cores"),
        Figure("cpd_100_calls_given_back_p99_ms", percentile(behind, 0.99), "ms"),
    ]


def _cpu(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    for figure in measure():
        print(figure.line())
