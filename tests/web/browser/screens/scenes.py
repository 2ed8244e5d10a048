"""What a scene is, and what those of several screens are made of."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from ..scripted import Stage

Scene = Callable[[Page, Stage], None]
NOOR = {"first_name": "Noor"}


def then(scene: Scene, *steps: Callable[[Page, Stage], object]) -> Scene:
    def whole(page: Page, stage: Stage) -> None:
        scene(page, stage)
        for step in steps:
            step(page, stage)
        page.wait_for_timeout(150)

    return whole


def press(part: str) -> Callable[[Page, Stage], object]:
    return lambda page, stage: page.locator(f"[data-part={part}]").first.click()
