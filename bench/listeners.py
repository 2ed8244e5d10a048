"""`python -m bench.listeners FILE`: many consoles and widgets in one process that does next to nothing but listen.

FILE: `{"port", "sockets": [{"key", "join", "headers"}, …]}`; `join` is the Socket.IO packet that joins. It writes
`{"joined": n}` once all have; after a line on standard input `{key: [[read_at, came_at], …]}`: when the server read
what it pushed, and when that was here, in seconds since the epoch. It ends with an error when a socket is closed.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from datetime import datetime
from pathlib import Path

AT_ONCE = 40
TEXT, CLOSE, PING = 0x81, 0x88, 0x89
READ_AT = re.compile(rb'"server_time":"([^"]+)"')


class Listener(asyncio.Protocol):
    """The least of RFC 6455 and Socket.IO 5: whole frames, masked with nought."""

    def __init__(self, port: int, join: str, headers: dict[str, str]) -> None:
        self._head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._port, self._join = port, join
        self._kept = b""
        self._is_open = False
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.came: list[tuple[bytes, float]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n{self._head}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._kept += data
        if not self._is_open:
            head, found, rest = self._kept.partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self._fail(head.decode())
                return
            self._is_open, self._kept = True, rest
        while (size := self._frame()) is not None:
            first, start, end = self._kept[0], size[0], size[1]
            payload, self._kept = self._kept[start:end], self._kept[end:]
            if first == TEXT:
                self._hear(payload, now)
            elif first == PING:
                self._send(0x8A, payload)
            elif first == CLOSE:
                self._fail("closed")

    def connection_lost(self, _: Exception | None) -> None:
        self._fail("lost")

    def _frame(self) -> tuple[int, int] | None:
        """(first byte, end) of the next frame's payload, once it is all there."""
        kept = self._kept
        if len(kept) < 2:
            return None
        length, start = kept[1], 2
        if length == 126:
            length, start = int.from_bytes(kept[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(kept[2:10], "big"), 10
        return (start, start + length) if len(kept) >= start + length and len(kept) >= start else None

    def _hear(self, packet: bytes, now: float) -> None:
        """Engine.IO 4: 0 open, 2 ping, 40 joined, 42 event, 44 refused."""
        if packet.startswith(b"42"):
            found = READ_AT.search(packet)
            if found:
                self.came.append((found[1], now))
        elif packet == b"2":
            self._send(TEXT, b"3")
        elif packet.startswith(b"0"):
            self._send(TEXT, self._join.encode())
        elif packet.startswith(b"40") and not self.joined.done():
            self.joined.set_result(None)
        elif packet.startswith((b"44", b"41")):
            self._fail(packet.decode())

    def _send(self, kind: int, payload: bytes) -> None:
        length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        self._transport.write(bytes([kind]) + length + b"\0\0\0\0" + payload)

    def _fail(self, why: str) -> None:
        if not self.joined.done():
            self.joined.set_exception(ConnectionError(why))
        else:
            sys.exit(f"a socket was closed: {why}")


async def main(file: Path) -> None:
    given = json.loads(file.read_text())
    port, loop = given["port"], asyncio.get_running_loop()
    room = asyncio.Semaphore(AT_ONCE)

    async def open_one(socket: dict) -> tuple[str, Listener]:
        async with room:
            made = lambda: Listener(port, socket["join"], socket["headers"])  # noqa: E731
            _, listener = await loop.create_connection(made, "127.0.0.1", port)
            await listener.joined
            return socket["key"], listener

    listeners = await asyncio.gather(*map(open_one, given["sockets"]))
    print(json.dumps({"joined": len(listeners)}), flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        told = {key: [[_seconds(read), came] for read, came in one.came] for key, one in listeners}
        print(json.dumps(told), flush=True)
        for _, one in listeners:
            one.came.clear()


def _seconds(iso: bytes) -> float:
    return datetime.fromisoformat(iso.decode()).timestamp()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
