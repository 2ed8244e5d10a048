"""How often somebody may do something."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Bucket:
    """`burst` at once, then `a_second`; one bucket a key, forgotten when it is full again."""

    def __init__(
        self,
        burst: int,
        a_second: float,
        clock: Callable[[], float] = time.monotonic,
        most_keys: int = 10_000,
    ) -> None:
        self._burst, self._rate, self._clock, self._most_keys = burst, a_second, clock, most_keys
        self._levels: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str, amount: float = 1.0) -> bool:
        """Whether there was enough; where there was not, nothing is taken."""
        now = self._clock()
        with self._lock:
            if len(self._levels) >= self._most_keys:
                self._forget_full(now)
            level, since = self._levels.get(key, (float(self._burst), now))
            level = min(self._burst, level + (now - since) * self._rate)
            self._levels[key] = (level - amount if level >= amount else level, now)
            return level >= amount

    def _forget_full(self, now: float) -> None:
        self._levels = {
            key: (level, since)
            for key, (level, since) in self._levels.items()
            if level + (now - since) * self._rate < self._burst
        }
