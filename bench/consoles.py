"""`python -m bench.consoles FILE`: the consoles of many agents in one light process.

Each is a Socket.IO connection over WebSocket with the agent's session cookie. When a view brings a reservation whose
page was not shown yet, it fetches the page, acknowledges, and writes a line of JSON to standard output: the
reservation and the time (seconds since the epoch) at which the acknowledgement left. FILE: `{"port", "cookies": […]}`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from wsproto import ConnectionType, WSConnection
from wsproto.events import CloseConnection, Event, Message, Ping, RejectConnection, Request, TextMessage

from bench import http

NAMESPACE = "/agent"


class Console:
    def __init__(self, port: int, cookie: str) -> None:
        self._port, self._cookie = port, cookie
        self._socket = WSConnection(ConnectionType.CLIENT)
        self._writer: asyncio.StreamWriter | None = None
        self._shown: set[str] = set()
        self._tasks: set[asyncio.Task] = set()
        self._asked = 0
        self.joined = asyncio.Event()

    async def run(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        address = f"127.0.0.1:{self._port}"
        headers = [(b"Cookie", self._cookie.encode()), (b"Origin", f"http://{address}".encode())]
        self._send(Request(host=address, target="/socket.io/?EIO=4&transport=websocket", extra_headers=headers))
        text = ""
        while data := await reader.read(1 << 16):
            self._socket.receive_data(data)
            for event in self._socket.events():
                match event:
                    case TextMessage():
                        text += event.data
                        if event.message_finished:
                            self._hear(text)
                            text = ""
                    case Ping():
                        self._send(event.response())
                    case RejectConnection() | CloseConnection():
                        return

    def _send(self, event: Event) -> None:
        assert self._writer
        self._writer.write(self._socket.send(event))

    def _say(self, text: str) -> None:
        self._send(Message(data=text))

    def _hear(self, packet: str) -> None:
        """Engine.IO 4 and Socket.IO 5: 0 open, 2 ping, 40 joined, 42 event, 43 acknowledged."""
        if packet.startswith("0"):
            self._say(f"40{NAMESPACE},")
        elif packet == "2":
            self._say("3")
        elif packet.startswith(f"40{NAMESPACE}"):
            self.joined.set()
        elif packet.startswith(f'42{NAMESPACE},["view",'):
            self._look(json.loads(packet[len(f"42{NAMESPACE},") :])[1])

    def _look(self, view: dict) -> None:
        held = view["engagement"]
        if held is None or held["page_shown_at"] is not None or held["reservation"] in self._shown:
            return
        self._shown.add(held["reservation"])
        task = asyncio.ensure_future(self._show(held["reservation"], held["interaction"], held["page"] is not None))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _show(self, reservation: str, interaction: str, has_page: bool) -> None:
        if has_page:
            path = f"/api/v1/interactions/{interaction}/page"
            await http.request(self._port, "GET", path, headers={"Cookie": self._cookie})
        self._asked += 1
        self._say(f"42{NAMESPACE},{self._asked}" + json.dumps(["page_shown", {"reservation": reservation}]))
        print(json.dumps({"reservation": reservation, "at": time.time()}), flush=True)


async def main(file: Path) -> None:
    given = json.loads(file.read_text())
    consoles = [Console(given["port"], cookie) for cookie in given["cookies"]]
    running = []
    for console in consoles:
        running.append(asyncio.create_task(console.run()))
        await asyncio.wait({asyncio.ensure_future(console.joined.wait()), running[-1]}, return_when="FIRST_COMPLETED")
        if not console.joined.is_set():
            sys.exit(f"a console could not connect: {running[-1].exception() if running[-1].done() else 'refused'}")
    print(json.dumps({"joined": len(consoles)}), flush=True)
    await asyncio.wait(running, return_when="FIRST_COMPLETED")
    sys.exit("a console was disconnected")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
