"""In which looks a screen is shown, and a page in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from ..scripted import Stage
from .scenes import Scene

WIDTHS = {"wide": (1280, 800), "narrow": (390, 844), "very-wide": (1920, 1000)}
VERY_WIDE_TOO = ("ready", "talking", "wrap-up")
DARK_TOO = (
    "sign-in",
    "ready",
    "not-ready",
    "reserved",
    "ringing",
    "talking",
    "wrap-up",
    "callback-form",
    "found-in-a-call",
    "phone-talking",
)
LOOKS = (("wide", "light"), ("wide", "dark"), ("narrow", "light"), ("narrow", "dark"))


def looks(area: str, name: str) -> list[tuple[str, str]]:
    """(width, scheme) in which pictures of a screen are kept; all are checked in all four."""
    if area == "shop":
        return [("wide", "light")]
    dark = [("wide", "dark")] if area != "console" or name in DARK_TOO else []
    very_wide = [("very-wide", "light")] if area == "console" and name in VERY_WIDE_TOO else []
    return [("wide", "light"), *dark, ("narrow", "light"), *very_wide]


@contextmanager
def shown(browser: Browser, stage: Stage, scene: Scene) -> Iterator[Page]:
    """A page in the state of the scene; then `look(page, …)` as often as one likes."""
    stage.server.reset()
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce", timezone_id="Europe/London"
    )
    page = context.new_page()
    page.set_default_timeout(8000)
    try:
        scene(page, stage)
        yield page
    finally:
        context.close()


def look(page: Page, width: str, scheme: str) -> None:
    x, y = WIDTHS[width]
    page.set_viewport_size({"width": x, "height": y})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
