"""WebSockets that cost no thread: one waits for all of them, a few do what was asked, whoever speaks writes.

A thousand sockets were four thousand threads in Engine.IO's threading mode; docs/decisions/sockets-without-threads.md.
A `Line` is one WebSocket, accepted already; it knows nothing of what is said on it. Text frames only go out whole and
uncompressed: what is said is small, and a compressor is 256 kB a socket.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import ProtocolError

log = logging.getLogger(__name__)

WORKERS = 32
"""Threads in which what was heard is done; they wait for the database, mostly."""
A_TURN = 10
"""Messages of one line before others have theirs."""
MOST_UNHEARD = 100
"""Messages of one line that wait; then nothing more is read from it."""
MOST_UNSENT = 4 << 20
"""Bytes that wait for a browser that does not take them; then it is given up."""
GOODBYE = 3.0
"""Seconds in which the other side may close after us."""

TEXT, BINARY, CLOSE, PONG = 0x81, 0x82, 0x88, 0x8A
TOO_BIG = 1009


class Lines:
    """All of them. The threads start with the first line."""

    def __init__(self) -> None:
        self._epoll: select.epoll | None = None
        self._wake = -1
        self._lock = threading.Lock()
        self._open: dict[int, Line] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._workers: ThreadPoolExecutor | None = None
        self._stopped = False

    def open(self, connection: socket.socket, largest: int) -> Line:
        """A line over an accepted WebSocket; it hears nothing before `listen`. `largest`: bytes of a message."""
        self._start()
        return Line(self, connection, largest)

    def later(self, seconds: float, deed: Callable[[], None]) -> None:
        """`deed()` then, in the one thread that all lines share: it must not wait for anything."""
        self._start()
        with self._lock:
            heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._numbers), deed))
            is_next = self._timers[0][2] is deed
        if is_next:
            os.eventfd_write(self._wake, 1)

    def stop(self) -> None:
        """What is said and done already goes out; then all lines are closed."""
        with self._lock:
            self._stopped, started = True, self._epoll is not None
        if started:
            assert self._workers
            self._workers.shutdown(wait=False)
            os.eventfd_write(self._wake, 1)

    # ---- for a line ----------------------------------------------------------------------------------------

    def watch(self, line: Line, events: int) -> None:
        assert self._epoll
        with self._lock, contextlib.suppress(OSError):
            if self._open.get(line.fd) is line:
                self._epoll.modify(line.fd, events)
            elif not self._stopped:
                self._open[line.fd] = line
                self._epoll.register(line.fd, events)

    def forget(self, line: Line) -> None:
        assert self._epoll
        with self._lock:
            if self._open.get(line.fd) is line:
                del self._open[line.fd]
                with contextlib.suppress(OSError):
                    self._epoll.unregister(line.fd)

    def work(self, deed: Callable[[], None]) -> None:
        assert self._workers
        with contextlib.suppress(RuntimeError):  # stopped
            self._workers.submit(deed)

    # ---- the thread ----------------------------------------------------------------------------------------

    def _start(self) -> None:
        with self._lock:
            if self._epoll is not None:
                return
            self._epoll, self._wake = select.epoll(), os.eventfd(0, os.EFD_NONBLOCK)
            self._epoll.register(self._wake, select.EPOLLIN)
            self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="line")
        threading.Thread(target=self._run, name="lines", daemon=True).start()

    def _run(self) -> None:
        assert self._epoll
        while not self._stopped:
            for fd, events in self._epoll.poll(self._until_next()):
                line = self._open.get(fd)
                if fd == self._wake:
                    with contextlib.suppress(BlockingIOError):
                        os.eventfd_read(self._wake)
                elif line is not None:
                    _carefully(line.look, events)
            for deed in self._due():
                _carefully(deed)
        for line in list(self._open.values()):
            line.close()

    def _until_next(self) -> float | None:
        with self._lock:
            return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _due(self) -> list[Callable[[], None]]:
        found, now = [], time.monotonic()
        with self._lock:
            while self._timers and self._timers[0][0] <= now:
                found.append(heapq.heappop(self._timers)[2])
        return found


class Line:
    """One WebSocket. `listen(heard, over)`: each whole message in its order, and once that there will be no more."""

    def __init__(self, lines: Lines, connection: socket.socket, largest: int) -> None:
        connection.setblocking(False)
        self._lines, self._connection, self._largest = lines, connection, largest
        self.fd = connection.fileno()
        self._frames = Connection(ConnectionType.SERVER)
        self._lock = threading.Lock()
        self._unsent = bytearray()
        self._ends = False
        self._is_over = False
        self._piece: list[Any] = []
        self._unheard: deque[Any] = deque()
        self._at_work = False
        self._deaf = False
        self._watched = 0
        self._heard: Callable[[Any], None] | None = None
        self._over: Callable[[], None] = _nothing

    def listen(self, heard: Callable[[Any], None], over: Callable[[], None]) -> None:
        with self._lock:
            self._heard, self._over = heard, over
            self._watch()

    def say(self, message: str | bytes) -> None:
        """Never waits: what cannot be sent at once is sent when it can."""
        kind, payload = (TEXT, message.encode()) if isinstance(message, str) else (BINARY, message)
        self._write(frame(kind, payload))

    def later(self, seconds: float, deed: Callable[[], None]) -> None:
        self._lines.later(seconds, deed)

    def end(self, code: int = 1000) -> None:
        """No more is said; the other side has a moment to do the same."""
        self._write(frame(CLOSE, code.to_bytes(2, "big")), ends=True)
        self._lines.later(GOODBYE, self.close)

    def close(self) -> None:
        """At once, and whoever listens is told, after what was heard before."""
        with self._lock:
            if self._is_over:
                return
            self._is_over = True
            self._unsent.clear()
            self._lines.forget(self)
            with contextlib.suppress(OSError):
                self._connection.close()
        self._hear(None)

    # ---- writing -------------------------------------------------------------------------------------------

    def _write(self, data: bytes, ends: bool = False) -> None:
        with self._lock:
            if self._is_over or self._ends:
                return
            self._ends = ends
            self._unsent += data
            if len(self._unsent) == len(data) or ends:
                self._flush()
            gives_up = len(self._unsent) > MOST_UNSENT
        if gives_up:
            log.info("a browser does not take what it is told")
            self.close()

    def _flush(self) -> None:
        """With the lock."""
        while self._unsent:
            try:
                del self._unsent[: self._connection.send(self._unsent)]
            except BlockingIOError:
                break
            except OSError:
                self._unsent.clear()
                break
        else:
            if self._ends:
                with contextlib.suppress(OSError):
                    self._connection.shutdown(socket.SHUT_WR)
        self._watch()

    def _watch(self) -> None:
        events = (0 if self._deaf else select.EPOLLIN) | (select.EPOLLOUT if self._unsent else 0)
        if self._heard is not None and not self._is_over and events != self._watched:
            self._watched = events
            self._lines.watch(self, events)

    # ---- reading, in the thread of all lines -----------------------------------------------------------------

    def look(self, events: int) -> None:
        if events & select.EPOLLOUT:
            with self._lock:
                self._flush()
        if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            self._read()

    def _read(self) -> None:
        try:
            data = self._connection.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        if self._ends:
            return  # what comes after our goodbye is not listened to
        try:
            self._frames.receive_data(data)
            for event in self._frames.events():
                self._take(event)
        except ProtocolError:
            self.close()

    def _take(self, event: Any) -> None:
        if isinstance(event, TextMessage | BytesMessage):
            self._piece.append(event.data)
            if sum(map(len, self._piece)) > self._largest:
                self._piece.clear()
                self.end(TOO_BIG)
                self._hear(None)
            elif event.message_finished:
                whole = self._piece[0] if len(self._piece) == 1 else type(event.data)().join(self._piece)
                self._piece = []
                self._hear(bytes(whole) if isinstance(whole, bytearray) else whole)
        elif isinstance(event, Ping):
            self._write(frame(PONG, bytes(event.payload)))
        elif isinstance(event, CloseConnection):
            self.end()
            self.close()

    # ---- doing, in one of the workers ------------------------------------------------------------------------

    def _hear(self, message: Any) -> None:
        with self._lock:
            self._unheard.append(message)
            self._set_deaf(len(self._unheard) > MOST_UNHEARD)
            if self._at_work:
                return
            self._at_work = True
        self._lines.work(self._work)

    def _work(self) -> None:
        for _ in range(A_TURN):
            with self._lock:
                if not self._unheard:
                    self._at_work = False
                    return
                message = self._unheard.popleft()
                self._set_deaf(len(self._unheard) > MOST_UNHEARD // 2 if self._deaf else False)
            if message is None:
                over, self._over = self._over, _nothing
                _carefully(over)
            elif self._heard is not None:
                _carefully(self._heard, message)
        self._lines.work(self._work)

    def _set_deaf(self, deaf: bool) -> None:
        if deaf != self._deaf and not self._is_over:
            self._deaf = deaf
            self._watch()


def frame(kind: int, payload: bytes) -> bytes:
    """A whole frame as a server sends it."""
    length = len(payload)
    if length < 126:
        return bytes((kind, length)) + payload
    if length < 1 << 16:
        return bytes((kind, 126)) + length.to_bytes(2, "big") + payload
    return bytes((kind, 127)) + length.to_bytes(8, "big") + payload


def _nothing() -> None:
    pass


def _carefully(deed: Callable[..., None], *said: Any) -> None:
    try:
        deed(*said)
    except Exception:
        log.exception("a socket's message was not handled")
