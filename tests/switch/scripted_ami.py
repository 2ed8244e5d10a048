"""An AMI peer that says what a test tells it to, and remembers what it heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

Action = dict[str, list[str]]
Answer = Callable[["Peer", Action], None]

GREETING = "Asterisk Call Manager/11.0.0\r\n"


class Peer:
    """One connection to the scripted switch."""

    def __init__(self, switch: ScriptedAmi, writer: asyncio.StreamWriter) -> None:
        self.switch, self.writer = switch, writer

    def send(self, text: str | bytes) -> None:
        """Lines end with a plain newline in tests and with CR LF on the wire."""
        if isinstance(text, str):
            text = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        self.writer.write(text)

    def reply(self, action: Action, text: str) -> None:
        first, _, rest = text.partition("\n")
        self.send(f"{first}\nActionID: {action['ActionID'][0]}\n{rest.rstrip()}\n\n".replace("\n\n\n", "\n\n"))

    def cut(self) -> None:
        self.writer.transport.abort()


class ScriptedAmi:
    """Accepts every login and answers Ping, unless told otherwise; `answers` maps an action to what is done."""

    def __init__(self, secret: str = "right") -> None:
        self.secret = secret
        self.heard: list[Action] = []
        self.peers: list[Peer] = []
        self.answers: dict[str, Answer] = {}
        self.greeting = GREETING
        self.booted = "Event: FullyBooted\nPrivilege: system,all\nUptime: 100\nStatus: Fully Booted\n\n"
        self.port = 0

    def names(self) -> list[str]:
        return [action["Action"][0] for action in self.heard]

    def of(self, name: str) -> list[Action]:
        return [action for action in self.heard if action["Action"] == [name]]

    @property
    def peer(self) -> Peer:
        return self.peers[-1]

    async def __aenter__(self) -> ScriptedAmi:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for peer in self.peers:
            peer.cut()
        await self._server.wait_closed()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(self, writer)
        self.peers.append(peer)
        peer.send(self.greeting)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._hear(peer, (await reader.readuntil(b"\r\n\r\n")).decode())
        writer.close()

    def _hear(self, peer: Peer, text: str) -> None:
        action: Action = {}
        for line in text.strip().split("\r\n"):
            key, _, value = line.partition(": ")
            action.setdefault(key, []).append(value)
        self.heard.append(action)
        name = action["Action"][0]
        if name in self.answers:
            self.answers[name](peer, action)
        elif name == "Login":
            if action["Secret"] == [self.secret]:
                peer.reply(action, "Response: Success\nMessage: Authentication accepted")
                peer.send(self.booted)
            else:
                peer.reply(action, "Response: Error\nMessage: Authentication failed")
        elif name == "Ping":
            peer.reply(action, "Response: Success\nPing: Pong")
        else:
            peer.reply(action, "Response: Success\nMessage: Done")


def silent(peer: Peer, action: Action) -> None:
    """No answer at all."""
