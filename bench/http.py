"""HTTP from many browsers: each request on a connection of its own, at a fixed rate whatever the answers take."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

Answer = tuple[int, dict[str, Any]]


async def request(port: int, verb: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """Status and JSON of one request to 127.0.0.1."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = {"Host": f"127.0.0.1:{port}", "Connection": "close", "Content-Length": str(len(content))}
    lines |= ({"Content-Type": "application/json"} if content else {}) | (headers or {})
    head = f"{verb} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    try:
        writer.write(head.encode() + content)
        answer = await reader.read(-1)
    finally:
        writer.close()
    first, _, rest = answer.partition(b"\r\n")
    text = rest.partition(b"\r\n\r\n")[2]
    return int(first.split()[1]), json.loads(text) if text else {}


async def at_rate(rate: float, count: int, deed: Callable[[int], Awaitable[Any]]) -> list[Any]:
    """`deed(0)`, `deed(1)`, … begun `rate` times a second, all awaited. An open loop: none waits for another."""
    begun = time.perf_counter()
    tasks = []
    for number in range(count):
        await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        tasks.append(asyncio.ensure_future(deed(number)))
    return await asyncio.gather(*tasks)
