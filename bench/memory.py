"""Resident memory of our two processes."""

from __future__ import annotations

from bench.figures import Figure
from bench.instance import Instance, resident_mb


class Memory:
    """`idle` is read right after the consoles have joined, the figures at the end of all that was measured."""

    def __init__(self, instance: Instance) -> None:
        self._processes = {"memory_cti_mb": "cti", "memory_web_200_consoles_mb": "web"}
        self._instance = instance
        self._idle = self._now()

    def _now(self) -> dict[str, float]:
        return {name: resident_mb(self._instance.processes[part]) for name, part in self._processes.items()}

    def figures(self) -> list[Figure]:
        return [Figure(name, after, "MB", self._idle[name], "MB idle") for name, after in self._now().items()]
