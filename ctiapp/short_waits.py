"""What the interpreter is told in a process where many threads wait for little."""

from __future__ import annotations

import gc
import sys


def keep_waits_short() -> None:
    """Called once all is built. What lives since the start is not looked at again by the garbage collector, which took
    up to 60 ms each time, and a thread that only has to send a few bytes gets its turn within 0.2 ms, not 5."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sys.setswitchinterval(0.0002)
