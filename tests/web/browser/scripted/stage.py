"""Where a test plays: the scripted server and the real demo shop, each on a port of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ctiapp.demo.shop import create_shop
from ctiapp.settings import Settings

from .server import ScriptedServer


@dataclass
class Stage:
    """Both sides of one test run: the scripted server, the real demo shop, and where they are."""

    server: ScriptedServer
    web: str
    shop: str
    folder: Path
    secret: str = field(default="")


@contextmanager
def staged(state_folder: Path) -> Iterator[Stage]:
    server = ScriptedServer()
    with serving(server.app) as web:
        settings = Settings(state=state_folder, bind="127.0.0.1", web_port=web.port)
        with serving(create_shop(settings)) as shop:
            yield Stage(
                server,
                f"http://127.0.0.1:{web.port}",
                f"http://127.0.0.1:{shop.port}",
                state_folder,
                settings.secret("site-larkmoor"),
            )


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[BaseWSGIServer]:
    """The application on a port of its own, in a thread of its own."""
    http = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    http.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield http
    finally:
        http.shutdown()
        thread.join(5)
        http.server_close()


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """A test's output is for what failed."""
