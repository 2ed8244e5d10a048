"""The detector alone, for the bench: prints its port, then a line of JSON a verdict; ends when its input does."""

from __future__ import annotations

import asyncio
import json
import sys

from ctiapp.progress.server import DetectorServer
from ctiapp.progress.verdict import Verdict
from ctiapp.short_waits import keep_waits_short


async def main() -> None:
    kept: list[dict] = []

    def keep(call: str, verdict: Verdict, unanswered: bool) -> None:
        kept.append({"call": call, "sound": verdict.sound.value, "heard_ms": verdict.heard_ms})

    server = DetectorServer("127.0.0.1", 0, keep)
    await server.start()
    keep_waits_short()
    print(server.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()
    for line in kept:
        print(json.dumps(line))


if __name__ == "__main__":
    asyncio.run(main())
