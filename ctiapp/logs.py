"""Logs: one JSON object a line on standard error. A line is a sentence plus the fields given as `extra=`.

Secrets, page content and customers' data never go into a line; ids do.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonLines(logging.Formatter):
    """`{"at": …, "level": …, "process": …, "logger": …, "message": …, …extra…}`; a line break inside is escaped."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _ORDINARY}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(process: str) -> None:
    """Sends every logger of this process to standard error; the level is CTIAPP_LOG_LEVEL, else info."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(os.environ.get("CTIAPP_LOG_LEVEL", "info").upper())
    for chatty in ("werkzeug", "engineio", "socketio", "panoramisk"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
