"""The agent's console: how soon it can be worked with over a slow line, and what it keeps of calls that are over."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.browsers import chromium, profile
from bench.figures import Figure, median
from bench.instance import PAGE, Instance, say
from ctiapp.web.security import COOKIE
from tests.web.browser.scripted import PASSWORD, Stage, a_view, an_engagement, iso, staged, state

LOADS = 5
FOUR_G = {"offline": False, "latency": 150, "downloadThroughput": 9e6 / 8, "uploadThroughput": 4.5e6 / 8}
"""Bytes a second, ms: what a telephone's network gives on an ordinary day."""
SLOWER = 2
"""Times that the agent's computer is slower than this one."""
READY = """
    new MutationObserver((_, watch) => {
        if (!document.querySelector(".state")) return;
        watch.disconnect();
        requestIdleCallback(() => { window.interactive = performance.now(); });
    }).observe(document, { subtree: true, childList: true });
"""
"""The view is on screen, and the main thread has nothing else to do."""
FEW, MANY = 20, 200


def interactive(instance: Instance) -> list[Figure]:
    """The whole way of an agent who is logged in: page, script, view, socket; nothing is cached."""
    cookies = json.loads((instance.settings.state / "consoles.json").read_text())["cookies"]
    value = cookies[-1].removeprefix(f"{COOKIE}=")
    cookie = {"name": COOKIE, "value": value, "url": instance.settings.web_url}
    with chromium() as browser:
        url = instance.settings.web_url + "/console"
        _opened(browser, url, cookie, {})
        plain = [_opened(browser, url, cookie, {}) for _ in range(LOADS)]
        slow = [_opened(browser, url, cookie, FOUR_G) for _ in range(LOADS)]
    return [Figure("console_interactive_ms", median(slow), "ms", median(plain), "ms on loopback", goal="<= 2500")]


def _opened(browser: Browser, url: str, cookie: dict, network: dict[str, Any]) -> float:
    context = profile(browser)
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.add_init_script(READY)
    line = context.new_cdp_session(page)
    if network:
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", network)
        line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url)
    page.wait_for_function("() => window.interactive")
    took = page.evaluate("window.interactive")
    context.close()
    return took


def heap() -> list[Figure]:
    """Calls one after another at one console that is never reloaded: each with a page, a record and a note."""
    with tempfile.TemporaryDirectory(prefix="bench-console-") as folder, staged(Path(folder)) as stage:
        with chromium() as browser:
            page = profile(browser).new_page()
            _sign_in(page, stage)
            started = time.monotonic()
            kept: dict[int, float] = {}
            for number in range(1, MANY + 1):
                _a_call(page, stage, number)
                if number in (FEW, MANY):
                    kept[number] = _heap_mb(page)
            took = time.monotonic() - started
            say(f"console: {MANY} calls in {took:.0f} s, heap {kept[FEW]:.1f} and {kept[MANY]:.1f} MB")
    ratio = kept[MANY] / kept[FEW]
    return [Figure("console_heap_200_over_20", ratio, "", kept[FEW], "MB after 20", ratio, "<= 1.3")]


def _sign_in(page: Page, stage: Stage) -> None:
    stage.server.view = a_view(state=state("ready"))
    page.goto(stage.web + "/console")
    for name, value in (("agent", "1042"), ("password", PASSWORD), ("station", "2104")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("[data-part=sign-in]").click()
    page.locator(".state").wait_for()


def _a_call(page: Page, stage: Stage, number: int) -> None:
    server = stage.server
    server.pages = {f"interaction-{number}": PAGE | {"interaction": f"interaction-{number}", "version": 1}}
    held = an_engagement(
        number, page={key: PAGE[key] for key in ("url", "title", "taken_at", "hidden_fields")} | {"version": 1}
    )
    server.show(engagement=held, state=state("reserved"))
    _until(page, lambda: f"reservation-{number}" in server.shown)
    server.show(engagement=held | {"state": "talking", "talking_since": iso()}, state=state("talking"))
    over = {"state": "wrap_up", "talking_since": iso(-9), "wrap_up_until": iso(30)}
    server.show(engagement=held | over, state=state("wrap_up"))
    _in_state(page, "wrap_up")
    server.show(engagement=None, state=state("ready"))


def _in_state(page: Page, name: str) -> None:
    page.locator(f".state[data-state={name}]").wait_for()


def _until(page: Page, condition) -> None:
    for _ in range(1000):
        if condition():
            return
        page.wait_for_timeout(10)
    raise SystemExit("the console did not show a page")


def _heap_mb(page: Page) -> float:
    """What is still used after the garbage was collected, twice: what one collection frees may hold other things."""
    line = page.context.new_cdp_session(page)
    page.wait_for_timeout(500)
    for _ in range(2):
        line.send("HeapProfiler.collectGarbage")
    used = line.send("Runtime.getHeapUsage")["usedSize"]
    line.detach()
    return used / 1e6
