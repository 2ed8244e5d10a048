"""The window with the customer's telephone."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from ..scripted import TOKEN, Stage, a_call
from .scenes import Scene


def window(its: dict[str, object], *parts: str, more: dict[str, object] | None = None, **call: object) -> Scene:
    """The window with the customer's telephone, which is in this state."""

    def scene(page: Page, stage: Stage) -> None:
        stage.server.call = {**a_call(1), **call}
        page.goto(f"{stage.web}/call#interaction=interaction-1&token={TOKEN}")
        page.locator("[data-part=title]").wait_for()
        if its:
            page.evaluate("([state, more]) => window.__telephone(state, more)", [its, more or {}])
        page.wait_for_timeout(200)
        for part in parts:
            page.locator(f"[data-part={part}]").first.click()

    return scene


TALKS = {"name": "talking", "since": 1000 * (time.time() - 134)}
WINDOW: dict[str, Scene] = {
    "asking": window({}),
    "connecting": window({"name": "connecting"}, more={"heard": True}),
    "calling": window({"name": "calling"}, more={"heard": True}),
    "ringing": window({"name": "calling"}, state="ringing"),
    "queued": window({"name": "calling"}, state="queued", agent=None),
    "talking": window(TALKS, state="connected"),
    "muted": window({**TALKS, "muted": True}, state="connected"),
    "keypad": window(TALKS, "keypad", state="connected"),
    "camera": window(TALKS, "camera", state="connected"),
    "their-camera": window(TALKS, "look", more={"picture": "#6d597a"}, state="connected"),
    "settings": window(TALKS, "settings", state="connected"),
    "held": window({**TALKS, "name": "held"}, state="connected"),
    "ended": window({"name": "ended", "reason": "hung_up"}, state="ended", end_reason="hangup"),
    "cut-off": window({"name": "ended", "reason": "cut_off"}, state="connected"),
    "microphone-refused": window({"name": "refused", "reason": "microphone_refused"}),
    "microphone-missing": window({"name": "refused", "reason": "microphone_missing"}),
    "unreachable": window({"name": "refused", "reason": "server_unreachable"}),
}
