"""The real web application between a real shop's page and a real console: only SRP and desk are of memory.

What a browser says to us is kept (`wire`), and what would be in the database (`stored`).
"""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from ctiapp.demo.shop import create_shop
from ctiapp.settings import Settings
from ctiapp.web import create_app
from ctiapp.web.contract import is_uuid
from tests.web import fakes

from .scripted import DIST, a_view, an_engagement, iso, serving, state

AGENTS = {"noor": "Noor", "ida": "Ida"}


class Desk(fakes.FakeDesk):
    """Whoever holds the interaction has it on screen, with the page that came last."""

    def __init__(self, srp: Srp) -> None:
        super().__init__()
        self.srp = srp
        self.call = "talking"

    def view(self, agent: str) -> dict[str, Any]:
        self.versions[agent] += 1
        view = a_view(version=self.versions[agent], server_time=iso())
        view["agent"] |= {"id": agent, "first_name": AGENTS[agent], "name": AGENTS[agent]}
        held = next((one for one, who in self.holds.items() if who == agent and is_uuid(one)), None)
        if held is None:
            return view | {"state": state("ready")}
        page = self.srp.pages.get(held)
        head = page and {key: page[key] for key in ("url", "title", "taken_at", "hidden_fields")}
        engagement = an_engagement(
            interaction=held,
            reservation=held,
            state=self.call,
            talking_since=iso(-20),
            wrap_up_until=iso(60),
            page=head and head | {"version": self.srp.versions[held]},
        )
        return view | {"engagement": engagement, "state": state(self.call)}

    def page(self, agent: str, interaction: str) -> dict[str, Any]:
        self._held(agent, interaction)
        page = dict(self.srp.pages[interaction])
        snapshot = json.dumps(page.pop("snapshot"))
        return page | {"interaction": interaction, "version": self.srp.versions[interaction], "snapshot": snapshot}

    def sees_page(self, agent: str, interaction: str) -> str | None:
        return None if self.call == "wrap_up" else super().sees_page(agent, interaction)


class Srp(fakes.FakeSrp):
    def __init__(self) -> None:
        super().__init__()
        self.shop = ""
        self.versions: dict[str, int] = {}
        self.stored: list[str] = []
        self.woken: Any = None

    def origins(self, site: str) -> list[str]:
        return [self.shop]

    def all_origins(self) -> list[str]:
        return [self.shop]

    def call_us(self, click: dict[str, Any], address: str, origin: str | None) -> tuple[dict[str, Any], bool]:
        status, created = super().call_us(click | {"identity": None}, address, origin)
        self._keep(status["interaction"], click["page"])
        return status, created

    def new_page(self, interaction: str, page: dict[str, Any]) -> None:
        super().new_page(interaction, page)
        self._keep(interaction, page)
        self.woken("agent", "noor")
        self.woken("agent", "ida")

    def _keep(self, interaction: str, page: dict[str, Any]) -> None:
        self.versions[interaction] = self.versions.get(interaction, 0) + 1
        self.stored.append(json.dumps(page, ensure_ascii=False))

    def identity_secret(self, site: str) -> str:
        return self.secret

    secret = ""


class LiveStage:
    def __init__(self, browser: Browser, web: str, shop: str, srp: Srp, desk: Desk, live: Any) -> None:
        self.browser, self.web, self.shop = browser, web, shop
        self.srp, self.desk, self.live = srp, desk, live
        self.contexts: list[BrowserContext] = []
        self.wire: list[str] = []
        self.logged: list[str] = []

    # ---- the customer --------------------------------------------------------------------------------------

    def customer(self, path: str = "/checkout", width: int = 1100) -> Page:
        page = self._context(width, 800).new_page()
        page.on("request", lambda request: self._sent(request.url, request.post_data_buffer))
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self._sent("", frame)))
        page.request.post(self.shop + "/basket", form={"product": "alder-floor-lamp"})
        page.goto(self.shop + path)
        return page

    def ask(self, page: Page) -> str:
        """Call us, with the page shown; it is Noor's. The interaction."""
        page.locator("ctiapp-button").first.click()
        page.locator("[data-part=call-us]").click()
        page.locator("[data-part=number]").wait_for()
        interaction = list(self.srp.statuses)[-1]
        self.give(interaction, "noor")
        return interaction

    def give(self, interaction: str, agent: str) -> None:
        self.desk.holds[interaction] = agent
        for name in AGENTS:
            self.live.wake_up("agent", name)

    def hang_up(self, interaction: str) -> None:
        self.desk.call = "wrap_up"
        ended = {"state": "ended", "end_reason": "hangup", "connected_at": iso(-60), "ended_at": iso()}
        self.srp.statuses[interaction] |= ended | dict.fromkeys(("number", "tel", "sip", "deadline"))
        self.live.wake_up("agent", "noor")
        self.live.wake_up("interaction", interaction)

    # ---- the agent -----------------------------------------------------------------------------------------

    def console(self, agent: str = "noor", width: int = 1700) -> Page:
        page = self._context(width, 1000).new_page()
        page.goto(self.web + "/console")
        page.locator("[name=agent]").fill(agent)
        page.locator("[name=password]").fill(fakes.AGENTS[agent])
        page.locator("[name=station]").fill("201" if agent == "noor" else "202")
        page.locator("[data-part=sign-in]").click()
        page.locator(".state").wait_for()
        return page

    def reset(self) -> None:
        for context in self.contexts:
            context.close()
        self.contexts.clear()
        self.wire.clear()
        self.logged.clear()
        for kept in (self.srp.pages, self.srp.statuses, self.srp.stored, self.srp.by_key, self.srp.versions):
            kept.clear()
        self.desk.holds.clear()
        self.desk.sessions.clear()
        self.desk.call = "talking"

    def _context(self, width: int, height: int) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        context.set_default_timeout(8000)
        self.contexts.append(context)
        return context

    def _sent(self, url: str, body: bytes | str | None) -> None:
        if isinstance(body, bytes) and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.wire.append(f"{url}\n{body.decode(errors='replace') if isinstance(body, bytes) else body or ''}")


class _Kept(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


@contextmanager
def live_staged(browser: Browser, folder: Path) -> Iterator[LiveStage]:
    srp = Srp()
    desk = Desk(srp)
    settings = Settings(state=folder, bind="127.0.0.1")
    app = create_app(
        settings,
        srp,
        fakes.FakeCallRequests(srp),
        desk,
        fakes.FakeTelephones(srp, desk),
        lambda: {"database": True, "telephone": "up", "detail": ""},
        dist=DIST,
    )
    live = app.extensions["live"]
    srp.woken = live.wake_up
    srp.secret = settings.secret("site-larkmoor")
    with serving(app) as web:
        shop_settings = Settings(state=folder, bind="127.0.0.1", web_port=web.port)
        with serving(create_shop(shop_settings)) as shop:
            srp.shop = f"http://127.0.0.1:{shop.port}"
            stage = LiveStage(browser, f"http://127.0.0.1:{web.port}", srp.shop, srp, desk, live)
            handler = _Kept(stage.logged)
            logging.getLogger().addHandler(handler)
            live.start()
            try:
                yield stage
            finally:
                stage.reset()
                live.stop()
                logging.getLogger().removeHandler(handler)
