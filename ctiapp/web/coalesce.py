"""Work by key, done by a few threads: a key that is asked for twice before its turn is done once.

One key is never worked on by two threads at a time, so what it pushes stays in order. Keys of a kind that is worked on
`together` are taken many at a time: a thousand open pages cost few round trips to the database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

log = logging.getLogger(__name__)

Key = tuple[str, str]
Taken = list[tuple[Key, float]]
MOST_TOGETHER = 50


class Coalescer:
    """`work(taken)` in the background: keys, each with the monotonic time of the oldest request for it. It is one key,
    or several of one kind of those in `together`."""

    def __init__(self, work: Callable[[Taken], None], threads: int = 4, together: frozenset[str] = frozenset()) -> None:
        self._work, self._together = work, together
        self._waiting: OrderedDict[Key, float] = OrderedDict()
        self._at_work: set[Key] = set()
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

    def ask(self, key: Key) -> None:
        with self._changed:
            self._waiting.setdefault(key, time.monotonic())
            self._changed.notify()

    def _run(self) -> None:
        while taken := self._take():
            try:
                self._work(taken)
            except Exception:
                log.exception("a push failed", extra={"room": taken[0][0][0]})
            with self._changed:
                for key, _ in taken:
                    self._at_work.discard(key)
                    if key in self._waiting:  # asked for again meanwhile: whoever looked could not take it
                        self._changed.notify()

    def _take(self) -> Taken:
        """Nothing, once it is stopped."""
        with self._changed:
            while not self._stopped:
                first = next((key for key in self._waiting if key not in self._at_work), None)
                if first is not None:
                    keys = self._with_others(first) if first[0] in self._together else [first]
                    self._at_work.update(keys)
                    return [(key, self._waiting.pop(key)) for key in keys]
                self._changed.wait()
            return []

    def _with_others(self, first: Key) -> list[Key]:
        keys = []
        for key in self._waiting:
            if key[0] == first[0] and key not in self._at_work:
                keys.append(key)
                if len(keys) == MOST_TOGETHER:
                    break
        return keys
