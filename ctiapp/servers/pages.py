"""The customer's page as the database keeps it."""

from __future__ import annotations

import gzip
import json


def page_values(page: dict | None) -> dict:
    """The columns of `page`; all None without one."""
    page = page or {}
    snapshot = page.get("snapshot")
    return {
        "url": page.get("url"),
        "title": page.get("title") or "",
        "taken_at": page.get("taken_at"),
        "hidden_fields": page.get("hidden_fields") or 0,
        "take": page.get("take"),
        "viewport": json.dumps(page.get("viewport")),
        "snapshot": gzip.compress(json.dumps(snapshot).encode(), 1) if snapshot else None,
    }
