"""A figure, the table and the JSON lines."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`reference` is measured in the same run, `beside` says what it is; `goal` is like "<= 25"."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    beside: str = ""
    ratio: float | None = None
    goal: str = ""

    @property
    def meets_its_goal(self) -> bool | None:
        if not self.goal:
            return None
        sign, limit = self.goal.split()
        return self.value <= float(limit) if sign == "<=" else self.value >= float(limit)

    def line(self) -> str:
        fields = {"figure": self.name, "value": self.value, "unit": self.unit, "reference": self.reference}
        return json.dumps({key: _rounded(value) for key, value in (fields | {"ratio": self._ratio()}).items()})

    def row(self) -> tuple[str, ...]:
        verdict = {None: "", True: "yes", False: "NO"}[self.meets_its_goal]
        reference = "" if self.reference is None else f"{_short(self.reference)} {self.beside}".strip()
        return self.name, _short(self.value), self.unit, reference, _short(self._ratio()), self.goal, verdict

    def _ratio(self) -> float | None:
        if self.ratio is None and self.reference:
            return self.value / self.reference
        return self.ratio


def table(figures: Sequence[Figure]) -> str:
    rows = [("figure", "value", "unit", "reference", "ratio", "goal", "met"), *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    return percentile(values, 0.5)


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
