"""Chromium for the figures: what a page's main thread was busy with, and who is at which page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from tests.browsers import FLAGS, executable

IN_TIME = 20_000


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        yield browser
        browser.close()


def profile(browser: Browser, width: int = 1280, height: int = 800) -> BrowserContext:
    """A person's own browser."""
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.set_default_timeout(IN_TIME)
    return context


class MainThread:
    """How long the main thread of a page was at work, in ms of processor time: a busy machine makes it no longer."""

    def __init__(self, page: Page) -> None:
        self._line: CDPSession = page.context.new_cdp_session(page)
        self._line.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy_ms(self) -> float:
        metrics = {one["name"]: one["value"] for one in self._line.send("Performance.getMetrics")["metrics"]}
        return metrics["TaskDuration"] * 1000
