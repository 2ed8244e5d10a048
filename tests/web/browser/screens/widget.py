"""The widget's panel, calling us."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from ..scripted import Stage, iso
from .scenes import Scene


def open_panel(page: Page, stage: Stage, path: str = "/lighting/alder-floor-lamp") -> None:
    page.goto(stage.shop + path)
    page.locator("ctiapp-button").first.click()
    page.locator("ctiapp-panel [data-part=title]").wait_for()


def with_number(page: Page, stage: Stage) -> None:
    open_panel(page, stage)
    page.locator("[data-part=call-us]").click()
    page.locator("[data-part=number]").wait_for()
    page.wait_for_timeout(150)


def refused(code: str, status: int = 409) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        stage.server.refuse(status, code)
        open_panel(page, stage)
        page.locator("[data-part=call-us]").click()
        page.locator("ctiapp-panel[data-state=refused]").wait_for()

    return scene


def moved(**change: object) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        with_number(page, stage)
        stage.server.move(**change)
        page.locator(f"ctiapp-panel[data-state={change['state']}]").wait_for()

    return scene


def ended(reason: str, talked: float | None = None) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        with_number(page, stage)
        stage.server.end(reason, talked)
        page.locator("ctiapp-panel:not([data-state=waiting_for_call])").wait_for()

    return scene


def closed(page: Page, stage: Stage) -> None:
    stage.server.pool.update(open=False, opens_at=iso(40_000))
    open_panel(page, stage)
    page.locator("ctiapp-panel[data-state=refused]").wait_for()


def collapsed(page: Page, stage: Stage) -> None:
    with_number(page, stage)
    page.locator("[data-part=collapse]").click()


def from_page(its: dict[str, object] | None = None, **call: object) -> Scene:
    """Called from the page: the window has the telephone, in this state."""

    def scene(page: Page, stage: Stage) -> None:
        with_number(page, stage)
        with page.expect_popup() as opened:
            page.locator("[data-part=voice]").click()
        if its:
            opened.value.locator("[data-part=title]").wait_for()
            opened.value.evaluate("(state) => window.__telephone(state)", its)
        if call:
            stage.server.move(**call)
            page.locator(f"ctiapp-panel[data-state={call['state']}]").wait_for()
        page.locator("[data-part=window]").wait_for()

    return scene


def blocked(page: Page, stage: Stage) -> None:
    with_number(page, stage)
    page.evaluate("() => { window.open = () => null; }")
    page.locator("[data-part=voice]").click()


WIDGET: dict[str, Scene] = {
    "choose": open_panel,
    "number": with_number,
    "from-page": from_page(),
    "from-page-refused": from_page({"name": "refused", "reason": "microphone_refused"}),
    "from-page-blocked": blocked,
    "from-page-talking": from_page(
        {"name": "talking", "since": 1000 * time.time()}, state="connected", connected_at=iso(-3)
    ),
    "ringing": moved(state="ringing"),
    "queued": moved(state="queued", agent=None),
    "talking": moved(state="connected", connected_at=iso(-134)),
    "ended": ended("hangup", 381),
    "unanswered": ended("abandoned"),
    "expired": ended("expired"),
    "closed": closed,
    "collapsed": collapsed,
    "all-numbers": refused("all_numbers_in_use"),
    "busy": refused("all_agents_busy"),
    "no-skill": refused("nobody_has_the_skill"),
    "down": refused("telephone_down", 503),
}
