"""The demo shop."""

from __future__ import annotations

from playwright.sync_api import Page

from ..scripted import Stage
from .scenes import Scene


def shop(path: str, basket: tuple[str, ...] = ()) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        page.goto(stage.shop + "/sign-in")
        page.get_by_text("Marit Solvang").click()
        for slug in basket:
            page.request.post(stage.shop + "/basket", form={"product": slug})
        page.goto(stage.shop + path)
        page.wait_for_timeout(300)

    return scene


SHOP: dict[str, Scene] = {
    "home": shop("/"),
    "category": shop("/kitchens"),
    "product": shop("/lighting/alder-floor-lamp"),
    "basket": shop("/basket", ("alder-floor-lamp", "worktop-oak")),
    "checkout": shop("/checkout", ("alder-floor-lamp", "worktop-oak")),
}
