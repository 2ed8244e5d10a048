"""The one place that builds the processes: what is made of what, and in which order."""

from __future__ import annotations

import asyncio
import os
import signal

from flask import Flask

from ctiapp import logs
from ctiapp.config.values import ValuesError, load_values, read_values
from ctiapp.demo.first_start import keep_demo
from ctiapp.progress.server import DetectorServer, keep_verdict
from ctiapp.servers.agent_desk import AgentDesk
from ctiapp.servers.call_requests import CallRequests
from ctiapp.servers.cti import CtiServer
from ctiapp.servers.heartbeat import Heartbeat
from ctiapp.servers.operations import Figures, serve
from ctiapp.servers.proofs import plugged_in
from ctiapp.servers.seed import UnknownSite, keep_values
from ctiapp.servers.srp import LIVE_PER_ADDRESS, SRP
from ctiapp.servers.web_telephone import WebTelephones
from ctiapp.settings import Settings
from ctiapp.short_waits import keep_waits_short
from ctiapp.store import Store
from ctiapp.store.embedded import database_url
from ctiapp.store.listen import Listener
from ctiapp.store.migrate import migrate
from ctiapp.switch.asterisk.adapter import AsteriskSwitch
from ctiapp.web import create_app
from ctiapp.web import server as web_server


def prepare_database(settings: Settings, values_text: str | None = None) -> list[str]:
    """The newest schema, the values file's numbers and stations, the demo's shop. Names the migrations applied.

    `values_text`: instead of the values file, those of the version that the switch holds (after a rollback).
    """
    try:
        values = read_values(values_text) if values_text else load_values(settings.values)
    except (ValuesError, OSError) as error:
        raise SystemExit(str(error)) from error
    store = Store(database_url(settings), size=1)
    try:
        applied = migrate(store)
        keep_demo(store, settings)
        keep_values(store, values)
    except UnknownSite as error:
        raise SystemExit(str(error)) from error
    finally:
        store.close()
    return applied


def asterisk(settings: Settings) -> AsteriskSwitch:
    return AsteriskSwitch(
        host=settings.bind,
        ami_port=settings.ami_port,
        user="ctiapp",
        secret=settings.secret("ami-ctiapp"),
        agi_host=settings.bind,
        agi_port=settings.agi_port,
        detector=f"{settings.bind}:{settings.detector_port}",
    )


def run_cti(settings: Settings) -> None:
    """The CTI server until SIGTERM (calls go on) or SIGINT."""
    logs.configure("cti")
    asyncio.run(_cti(settings))


async def _cti(settings: Settings) -> None:
    store = Store(database_url(settings), size=8, name="ctiapp-cti", durable=False)
    server = CtiServer(asterisk(settings), store)
    figures = Figures(store)
    server.control.routed, server.control.route_seconds = figures.routed, figures.route_seconds
    server.controller.came_of, server.controller.waited = figures.came_of, figures.waited
    http = serve((settings.bind, settings.cti_port), lambda: (server.ready, server.detail), figures)
    loop = asyncio.get_running_loop()
    stops: set[asyncio.Task] = set()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: stops.add(loop.create_task(server.stop())))
    keep_waits_short()
    await server.run()
    http.shutdown()
    store.close()


def run_detector(settings: Settings) -> None:
    """The call-progress detector until SIGTERM or SIGINT."""
    logs.configure("detector")
    asyncio.run(_detector(settings))


async def _detector(settings: Settings) -> None:
    store = Store(database_url(settings), size=8, name="ctiapp-detector", patience=0.5, durable=False)
    server = DetectorServer(settings.bind, settings.detector_port, lambda *heard: keep_verdict(store, *heard))
    await server.start()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    keep_waits_short()
    await stopped.wait()
    await server.stop()
    store.close()


def run_web(settings: Settings) -> None:
    """The web server until SIGTERM."""
    logs.configure("web")
    url = database_url(settings)
    web_server.serve(settings, lambda: build_web(settings, url), lambda callback: Listener(url, callback))


def build_web(settings: Settings, url: str) -> Flask:
    """Made in the serving process: connections do not survive a fork."""
    store = Store(url, size=16, name="ctiapp-web")
    name = f"web-{os.getpid()}"
    Heartbeat(store, name).start()
    srp = SRP(store, settings, int(os.environ.get("CTIAPP_LIVE_PER_ADDRESS", LIVE_PER_ADDRESS)))
    requests = CallRequests(store, settings, plugged_in(store, settings.secret("proof-code")))
    telephones = WebTelephones(store, settings)
    return create_app(settings, srp, requests, AgentDesk(store, name), telephones, lambda: health(store))


def health(store: Store) -> dict:
    """`{"database": bool, "telephone": "up" | "down", "detail": str}`."""
    try:
        with store.transaction() as tx:
            row = tx.one("telephone")
    except Exception as error:
        return {"database": False, "telephone": "down", "detail": str(error).strip()}
    up = bool(row and row["up"])
    return {"database": True, "telephone": "up" if up else "down", "detail": "" if up or not row else row["detail"]}
