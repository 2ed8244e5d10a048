"""The page behind the signed link."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.web.conftest import World, a_request
from tests.web.fakes import SHOP as SHOP_PAGE

from ..scripted import Stage, serving
from .scenes import NOOR, Scene


def link(window: bool = False, **status: object) -> Scene:
    """The page behind the signed link, of the real web server over the fakes of its API tests."""

    def scene(page: Page, stage: Stage) -> None:
        world = World(Path(tempfile.mkdtemp(dir=stage.folder)))
        when = {"date": "2026-12-01", "from": "09:00", "until": "10:00"} if window else None
        asked = world.browser().post("/api/v1/call-me", json=a_request(when=when), headers={"Origin": SHOP_PAGE}).json
        world.call_requests.statuses[asked["interaction"]].update(status)
        with serving(world.app) as http:
            page.goto(f"http://127.0.0.1:{http.port}{urlsplit(asked['link']).path}")

    return scene


NO_MORE = {"can_change": False, "can_cancel": False, "place": None}
LINK: dict[str, Scene] = {
    "waiting": link(),
    "booked": link(window=True),
    "calling": link(state="dialling", agent=NOOR, can_change=False, place=None),
    "done": link(state="done", agent=NOOR, **NO_MORE),
    "cancelled": link(state="cancelled", **NO_MORE),
    "failed": link(state="failed", **NO_MORE),
}
