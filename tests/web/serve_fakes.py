"""Runs the real server over the fakes: `python -m tests.web.serve_fakes STATE_DIRECTORY PORT`."""

import sys
import threading
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from ctiapp import logs
from ctiapp.settings import Settings
from ctiapp.web import create_app
from ctiapp.web.server import serve
from tests.web import fakes


class Many(fakes.FakeDesk):
    """Any agent may log in at any station, for measurements."""

    def login(self, agent: str, password: str, station: str, address: str, take_over: bool) -> str:
        fakes.AGENTS[agent] = password
        fakes.STATIONS.append(station)
        return super().login(agent, password, station, address, take_over)


def main(state: str, port: str) -> None:
    settings = Settings(state=Path(state), web_port=int(port))

    def build() -> Flask:
        healthy = {"database": True, "telephone": "up", "detail": ""}
        srp, desk = fakes.FakeSrp(), Many()
        telephones = fakes.FakeTelephones(srp, desk)
        return create_app(settings, srp, fakes.FakeCallRequests(srp), desk, telephones, lambda: healthy)

    def listen(callback: Callable[[str, str], None]) -> threading.Thread:
        return threading.Thread(target=callback, args=("resync", ""), daemon=True)

    logs.configure("web")
    serve(settings, build, listen)


if __name__ == "__main__":
    main(*sys.argv[1:])
