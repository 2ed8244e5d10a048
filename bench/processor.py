"""How long the machine's processors were busy, whoever kept them so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Busy:
    ms: float = 0.0


@contextmanager
def busy() -> Iterator[Busy]:
    """`ms` is there when the block has ended."""
    found, before = Busy(), _busy_ms()
    yield found
    found.ms = _busy_ms() - before


def _busy_ms() -> float:
    user, nice, system, _idle, _wait, *interrupts = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + sum(interrupts[:2])) * 1000 / _TICKS
