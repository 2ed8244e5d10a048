"""The WebSocket under Engine.IO, made to end. Read in simple-websocket 1.1.0 and python-engineio 4.15.1:

- a whole message is kept before its size is looked at: here reading stops at the limit;
- after a message that was too big, or a close of ours that the client does not answer, `receive` waits for ever: here
  it looks up every few seconds;
- a packet that cannot be decoded ends Engine.IO's loop with an exception and leaves the transport among the open ones.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from flask_socketio import SocketIO
from simple_websocket import ConnectionClosed
from wsproto.utilities import LocalProtocolError

log = logging.getLogger(__name__)

LOOK_UP_EVERY = 3.0


def install(socketio: SocketIO, max_message: int) -> None:
    def websocket(handler: Any, server: Any) -> BoundedWebSocket:
        return BoundedWebSocket(handler, server, max_message_size=max_message)

    eio = socketio.server.eio
    eio._async = eio._async | {"websocket": websocket}


class BoundedWebSocket(SimpleWebSocketWSGI):  # type: ignore[misc]
    """`app` is Engine.IO's loop over one transport."""

    def __init__(self, handler: Any, server: Any, **options: Any) -> None:
        super().__init__(handler, server, **options)
        self._loop = self.app
        self._transport = handler.__self__
        self.app = self._run

    def wait(self) -> Any:
        """The next message; None when there will be none."""
        while True:
            try:
                message = self.ws.receive(timeout=LOOK_UP_EVERY)
            except ConnectionClosed:
                return None
            if message is not None:
                return message
            if not self.ws.connected or not self.ws.thread.is_alive():
                return None

    def close(self) -> None:
        """The writer's last deed; a line that is gone, or in the middle of its own goodbye, is closed enough."""
        with contextlib.suppress(OSError, LocalProtocolError, ConnectionClosed):
            super().close()

    def _run(self, ws: Any) -> Any:
        try:
            return self._loop(ws)
        except Exception as error:
            log.info("a socket sent what is no packet: %s", type(error).__name__)
            return []
        finally:
            self._transport.close(wait=False, abort=True, reason="transport error")
            with contextlib.suppress(OSError):  # the reader's thread is still in recv if the client said no goodbye
                self.ws.sock.shutdown(socket.SHUT_RDWR)
