"""Work by key, done by a few threads: a key that is asked for twice before its turn is done once.

One key is never worked on by two threads at a time, so what it pushes stays in order.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

log = logging.getLogger(__name__)


class Coalescer:
    """`work(key, asked_at)` in the background; `asked_at` is the monotonic time of the oldest request for it."""

    def __init__(self, work: Callable[[tuple[str, str], float], None], threads: int = 2) -> None:
        self._work = work
        self._waiting: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._at_work: set[tuple[str, str]] = set()
        self._changed = threading.Condition()
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._run, name=f"push-{number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def ask(self, key: tuple[str, str]) -> None:
        with self._changed:
            self._waiting.setdefault(key, time.monotonic())
            self._changed.notify()

    def _run(self) -> None:
        while True:
            taken = self._take()
            if taken is None:
                return
            try:
                self._work(*taken)
            except Exception:
                log.exception("a push failed", extra={"room": taken[0][0]})
            with self._changed:
                self._at_work.discard(taken[0])
                if taken[0] in self._waiting:  # asked for again meanwhile: whoever looked could not take it
                    self._changed.notify()

    def _take(self) -> tuple[tuple[str, str], float] | None:
        with self._changed:
            while not self._stopped:
                key = next((key for key in self._waiting if key not in self._at_work), None)
                if key is not None:
                    self._at_work.add(key)
                    return key, self._waiting.pop(key)
                self._changed.wait()
            return None
