"""Runs an application under gunicorn: one process, many threads, sockets closed at the end so that it can end."""

from __future__ import annotations

import logging
import resource
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from ..settings import Settings
from ..short_waits import keep_waits_short
from . import app as web

Listen = Callable[[Callable[[str, str], None]], threading.Thread]
GRACE = 10
"""Seconds a request that runs at SIGTERM has to end."""


class Worker(ThreadWorker):
    """Knows of WebSockets: they are not its connections any more (transport.py), and are told when it ends."""

    _stopping: threading.Thread | None = None

    def handle_exit(self, sig: int, frame: Any) -> None:
        live = getattr(self.wsgi, "extensions", {}).get("live")
        if live is not None and self.alive:
            self._stopping = threading.Thread(target=live.stop, name="stop", daemon=True)
            self._stopping.start()
        super().handle_exit(sig, frame)

    def run(self) -> None:
        super().run()
        if self._stopping is not None:
            self._stopping.join(GRACE)


class Log(Logger):
    """gunicorn's own lines go where ours go."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True
        logging.getLogger("gunicorn.error").setLevel(logging.WARNING)


class Server(BaseApplication):
    """gunicorn without command line or configuration file. `build()` runs in the worker, after the fork."""

    def __init__(self, build: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._build, self._options = build, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._build()


def serve(settings: Settings, build: Callable[[], Flask], listen: Listen | None = None) -> None:
    """Serves the web until SIGTERM. Blocks.

    `build` makes the app (and with it every database connection) in the worker process; `listen(callback)` makes the
    listener thread, e.g. `lambda callback: Listener(url, callback)`.
    """

    def ready(worker: Worker) -> None:
        _may_open_many_files()
        keep_waits_short()
        worker.wsgi.extensions["live"].start(listen)

    _run(build, settings, settings.web_port, web.threads(), {"post_worker_init": ready})


def serve_shop(settings: Settings) -> None:
    """Serves the demo shop until SIGTERM. Blocks."""

    def build() -> Flask:
        from ..demo.shop import create_shop

        return create_shop(settings)

    _run(build, settings, settings.shop_port, 16, {})


def _may_open_many_files() -> None:
    """Each socket is one; the usual limit of 1024 may be raised by whoever is limited."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _run(build: Callable[[], Flask], settings: Settings, port: int, threads: int, hooks: dict[str, Any]) -> None:
    options = {
        "bind": f"{settings.bind}:{port}",
        "workers": 1,
        "worker_class": Worker,
        "threads": threads,
        "worker_connections": 2000,
        "keepalive": 15,
        "timeout": 60,
        "graceful_timeout": GRACE,
        "backlog": 512,
        "logger_class": Log,
        "control_socket_disable": True,
        "limit_request_line": 8190,
        "limit_request_fields": 60,
        **hooks,
    }
    Server(build, options).run()
