"""Engine.IO over `lines`: no thread waits for a socket. Read in python-engineio 4.15.1, whose threading mode has, for
each WebSocket, a thread that reads, one that reads for it, one that writes, and one that sleeps until the next ping.

Its hooks are used as they are: the `websocket` of its driver, the queue of a socket (what is put is said at once),
and the background task that pings.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from engineio.packet import NOOP, PING, PONG, UPGRADE, Packet
from engineio.socket import Socket
from flask_socketio import SocketIO
from socketio import Manager
from socketio.packet import Packet as SocketIOPacket

from .lines import Line, Lines

log = logging.getLogger(__name__)

ON_A_LINE = "ctiapp.line"
"""In the environ of a transport that needs no thread."""
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ACCEPTED_WITHIN = 5.0
STRAGGLERS = 0.2
"""Seconds after an upgrade in which somebody may still hold the old queue in hand."""


def install(socketio: SocketIO, max_message: int) -> Lines:
    """The lines, to be stopped with the server."""
    eio, lines = socketio.server.eio, Lines()
    start = eio.start_background_task

    def background(target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if getattr(target, "__func__", None) is not Socket._send_ping:
            return start(target, *args, **kwargs)
        return lines.later(eio.ping_interval, lambda: _ping(target.__self__))  # type: ignore[attr-defined]

    eio.start_background_task = background
    environs = socketio.server.environ

    def websocket(handler: Any, _server: Any) -> Upgrade:
        return Upgrade(handler.__self__, environs, lines, max_message)

    eio._async = eio._async | {"websocket": websocket}
    return lines


class TextPacket(SocketIOPacket):  # type: ignore[misc]
    """What we say is JSON: it is not searched for bytes at each push."""

    uses_binary_events = False


class OneAtATime(Manager):  # type: ignore[misc]
    """Socket.IO's book of who is connected (python-socketio 5.18.1), in which two who leave at once stumble."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    def connect(self, *said: Any, **more: Any) -> Any:
        with self._lock:
            return super().connect(*said, **more)

    def pre_disconnect(self, *said: Any, **more: Any) -> Any:
        with self._lock:
            return super().pre_disconnect(*said, **more)

    def basic_disconnect(self, *said: Any, **more: Any) -> Any:
        with self._lock:
            return super().basic_disconnect(*said, **more)


class Upgrade:
    """The WSGI application that answers the request for a WebSocket; from then on the connection is not HTTP's."""

    def __init__(self, transport: Any, environs: dict[str, dict[str, Any]], lines: Lines, max_message: int) -> None:
        self._socket, self._environs, self._lines, self._max_message = transport, environs, lines, max_message

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or not key:
            start_response("400 Bad Request", [("Content-Length", "0"), ("Sec-WebSocket-Version", "13")])
            return []
        server = next(name for name in ("gunicorn.socket", "werkzeug.socket") if name in environ)
        # The environ of a transport is that of its first request, which may have been a poll.
        self._environs.get(self._socket.sid, environ)[ON_A_LINE] = True
        connection = environ[server]
        connection.settimeout(ACCEPTED_WITHIN)
        connection.sendall(_accepted(key))
        ours = socket.socket(connection.family, connection.type, connection.proto, os.dup(connection.fileno()))
        _hang_up(connection)
        Transport(self._socket, self._lines.open(ours, self._max_message)).begin()
        # What the two servers take for the end of a connection.
        raise StopIteration() if server == "gunicorn.socket" else ConnectionError()


class Transport:
    """One Engine.IO socket on one line."""

    def __init__(self, transport: Any, line: Line) -> None:
        self._socket, self._line = transport, line
        self._probed = False

    def begin(self) -> None:
        if self._socket.connected:  # by polling; it may become a WebSocket
            self._socket.upgrading = True
        else:
            self._socket.connected = True
            self._take_over()
        self._line.listen(self._heard, self._over)

    def _heard(self, message: str | bytes) -> None:
        try:
            packet = Packet(encoded_packet=message)
            if self._socket.upgrading:
                self._upgrade(packet)
            else:
                self._socket.receive(packet)
        except Exception as error:
            log.info("a socket sent what is no packet: %s", type(error).__name__)
            self._line.end()
            self._over()

    def _upgrade(self, packet: Packet) -> None:
        if packet.packet_type == PING and packet.data == "probe":
            self._probed = True
            self._line.say(Packet(PONG, data="probe").encode())
            self._socket.queue.put(Packet(NOOP))  # ends the poll that is under way
        elif packet.packet_type == UPGRADE and self._probed:
            self._take_over()
            self._socket.upgrading = False
        else:
            self._socket.upgrading = False
            self._line.end()

    def _take_over(self) -> None:
        """What waits to be polled is said, and from now on all is."""
        polled, said = self._socket.queue, _Said(self._line)
        self._socket.upgraded = True
        self._socket.queue = said
        _drain(polled, lambda packet: None if packet and packet.packet_type == NOOP else said.at_once(packet))
        said.release()
        if self._socket.upgrading:
            said.lines_later(STRAGGLERS, lambda: _drain(polled, said.put))

    def _over(self) -> None:
        closed = self._socket
        if not closed.upgraded:  # it goes on polling
            closed.upgrading = False
            return
        closed.close(wait=False, abort=True, reason=closed.server.reason.TRANSPORT_CLOSE)
        closed.server.sockets.pop(closed.sid, None)


class _Said:
    """In the place of a socket's queue. What is put waits until what was polled before is said."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._held: list[Packet | None] | None = []
        self.lines_later = line.later

    def put(self, packet: Packet | None) -> None:
        with self._lock:
            if self._held is not None:
                self._held.append(packet)
            else:
                self.at_once(packet)

    def release(self) -> None:
        with self._lock:
            held, self._held = self._held or [], None
            for packet in held:
                self.at_once(packet)

    def at_once(self, packet: Packet | None) -> None:
        if packet is None:
            self._line.end()
        else:
            self._line.say(packet.encode())

    def get(self, *_: Any, **__: Any) -> Any:
        """For a poll that comes too late."""
        raise queue.Empty

    def task_done(self) -> None: ...

    def join(self) -> None: ...


def _drain(polled: queue.Queue[Any], say: Callable[[Packet | None], None]) -> None:
    with contextlib.suppress(queue.Empty):
        while True:
            say(polled.get_nowait())


def _hang_up(connection: socket.socket) -> None:
    """What the HTTP server still holds is from now on a line whose other side is gone: it reads the end, and closes."""
    one, other = socket.socketpair()
    other.close()
    os.dup2(one.fileno(), connection.fileno(), inheritable=False)
    one.close()


def _ping(transport: Any) -> None:
    if not transport.closing and not transport.closed:
        transport.last_ping = time.time()
        transport.send(Packet(PING))


def _accepted(key: str) -> bytes:
    proof = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {proof}\r\n\r\n"
    ).encode()
