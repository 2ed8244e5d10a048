"""FastAGI: the dialplan asks, one connection a question.

The hot path is short: read the header, hand the `Ask` on, write one command, read one reply, close. A peer
that says nothing, says nonsense or goes away costs a bounded buffer for a bounded time. What Asterisk sends
was read in its res_agi.c: `HANGUP` may come at any moment and is no reply; a usage error is one `520 ` line
or `520-` … `520 End`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

log = logging.getLogger(__name__)

LONGEST_LINE = 8192
MOST_HEADER_LINES = 200


class AgiGone(Exception):
    """The dialplan has closed the connection, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    result: str = ""
    data: str = ""

    @classmethod
    def of(cls, line: str) -> Reply:
        """`200 result=1 (timeout)` in its parts."""
        code, _, rest = line.partition(" ")
        if not code.isdecimal():
            return cls(0, "", line)
        result, _, data = rest.removeprefix("result=").partition(" ") if "result=" in rest else ("", "", rest)
        return cls(int(code), result, data)


def quote(value: str) -> str:
    """A command's argument as Asterisk reads it back. No value can end the line or the argument."""
    if any(end in value for end in "\r\n\0"):
        raise ValueError("a line end in an AGI argument")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Ask(asyncio.Protocol):
    """One connection: a call that stands in the dialplan and waits for our word."""

    def __init__(self, server: AgiServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._buffer = b""
        self._in_header = True
        self._header_lines = 0
        self._usage = False
        self._waiting: asyncio.Future[Reply] | None = None
        self._lock = asyncio.Lock()
        self.header: dict[str, str] = {}
        self.hung_up = False
        self.closed = False
        self.decided = False

    # ---- what the call says of itself ----------------------------------------------------------------------

    @property
    def uniqueid(self) -> str:
        return self.header.get("agi_uniqueid", "")

    @property
    def channel(self) -> str:
        return self.header.get("agi_channel", "")

    @property
    def caller(self) -> str:
        caller = self.header.get("agi_callerid", "")
        return "" if caller == "unknown" else caller

    @property
    def script(self) -> str:
        return self.header.get("agi_network_script", "")

    def argument(self, number: int) -> str:
        return self.header.get(f"agi_arg_{number}", "")

    # ---- what we say ---------------------------------------------------------------------------------------

    async def command(self, text: str, last: bool = False) -> Reply:
        """Send one command and return its reply; the next one waits for it. After the `last` one the dialplan goes on
        at once, while its reply is still on the way to us."""
        if any(end in text for end in "\r\n\0"):
            raise ValueError("a line end in an AGI command")
        async with self._lock:
            if self.closed or self._transport is None:
                raise AgiGone("closed")
            self._waiting = self._loop.create_future()
            self._transport.write(text.encode("utf-8") + b"\n")
            if last and self._transport.can_write_eof():
                self._transport.write_eof()
            self._set_timer(self._server.reply_within)
            try:
                return await self._waiting
            finally:
                self._waiting = None

    async def answer(self, variable: str, value: str) -> bool:
        """Set the variable and close; False if the call is gone. Only the first answer counts."""
        if self.decided or self.hung_up or self.closed:
            return False
        self.decided = True
        try:
            reply = await self.command(f"SET VARIABLE {variable} {quote(value)}", last=True)
        except AgiGone:
            return False
        finally:
            self.close()
        return reply.code == 200 and not self.hung_up

    def close(self) -> None:
        """Nothing more is said: the dialplan goes on."""
        if self._transport is not None and not self.closed:
            self._transport.close()
        self._end()

    # ---- asyncio.Protocol ----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not self._server.admit(self):
            transport.abort()
            self._end()
            return
        self._set_timer(self._server.header_within)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def data_received(self, data: bytes) -> None:
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if self.closed:
                return
            if len(line) > LONGEST_LINE:
                self.close()
                return
            self._take(line.decode("utf-8", "replace").rstrip("\r"))
        if len(self._buffer) > LONGEST_LINE:
            self.close()

    def _take(self, line: str) -> None:
        if self._in_header:
            self._take_header(line)
        elif line == "HANGUP":
            self.hung_up = True
        elif self._usage:
            if line.startswith("520 "):
                self._usage = False
                self._reply(Reply(520, "", line[4:]))
        elif line.startswith("520-"):
            self._usage = True
        elif not line.startswith("100 "):  # "100 result=0 Trying...": the reply is still to come
            self._reply(Reply.of(line))

    def _take_header(self, line: str) -> None:
        if line:
            name, colon, value = line.partition(":")
            self._header_lines += 1
            if not colon or not name.startswith("agi_") or self._header_lines > MOST_HEADER_LINES:
                self.close()
                return
            self.header[name] = value.lstrip()
            return
        self._in_header = False
        if not self.uniqueid:
            self.close()
            return
        self._set_timer(self._server.decide_within)
        try:
            self._server.on_ask(self)
        except Exception:
            log.exception("an AGI ask could not be handled", extra={"call": self.uniqueid})
            self.close()

    def _reply(self, reply: Reply) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)

    def _set_timer(self, within: timedelta) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(within.total_seconds(), self._overdue)

    def _overdue(self) -> None:
        if not self._in_header:
            log.warning("nobody decided in time: the dialplan takes its way out", extra={"call": self.uniqueid})
        self.close()

    def _end(self) -> None:
        if self.closed:
            return
        self.closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(AgiGone("closed"))
        self._server.forget(self)


class AgiServer:
    """Listens for asks. `on_ask` is called with each and must not block; `on_gone` when one has closed."""

    def __init__(
        self,
        host: str,
        port: int,
        on_ask: Callable[[Ask], None],
        on_gone: Callable[[Ask], None] | None = None,
        *,
        decide_within: timedelta = timedelta(seconds=2),
        header_within: timedelta = timedelta(seconds=2),
        reply_within: timedelta = timedelta(seconds=2),
        most_connections: int = 2000,
    ) -> None:
        self.host, self.port = host, port
        self.on_ask, self._on_gone = on_ask, on_gone
        self.decide_within = decide_within
        self.header_within = header_within
        self.reply_within = reply_within
        self.most_connections = most_connections
        self._asks: set[Ask] = set()
        self._server: asyncio.Server | None = None

    def __len__(self) -> int:
        """How many connections are open."""
        return len(self._asks)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Ask(self), self.host, self.port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for ask in list(self._asks):
                ask.close()
            await self._server.wait_closed()
            self._server = None

    def admit(self, ask: Ask) -> bool:
        if len(self._asks) >= self.most_connections:
            log.warning("too many AGI connections: one was turned away")
            return False
        self._asks.add(ask)
        return True

    def forget(self, ask: Ask) -> None:
        if ask in self._asks:
            self._asks.discard(ask)
            if self._on_gone is not None:
                self._on_gone(ask)
