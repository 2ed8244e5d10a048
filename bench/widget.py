"""The script that a shop embeds."""

from __future__ import annotations

import gzip

from bench.figures import Figure
from ctiapp.settings import PROJECT


def measure() -> list[Figure]:
    script = (PROJECT / "web" / "dist" / "widget.js").read_bytes()
    size = len(gzip.compress(script, 9)) / 1000
    return [Figure("widget_gzip_kb", size, "kB", len(script) / 1000, "kB plain", goal="<= 25")]
