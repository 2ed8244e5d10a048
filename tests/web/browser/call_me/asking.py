"""How a customer asks to be called."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from ..scripted import CONSENT, Stage
from ..test_widget import LAMP, press, title


def form(page: Page, stage: Stage, path: str = LAMP) -> None:
    press(page, stage, path)
    page.locator("[data-part=call-me]").click()
    title(page, "We'll call you")


def fill(page: Page, number: str = "07700 900142") -> None:
    page.get_by_label("Your phone number").fill(number)
    page.get_by_label(CONSENT).check()


def ask(page: Page, stage: Stage) -> None:
    form(page, stage)
    fill(page)
    page.locator("[data-part=submit]").click()
    expect(page.locator("[data-part=wait]")).to_be_visible()


def asked(stage: Stage, at: int = -1):
    return stage.server.bodies("call-me", "POST")[at].json


def focused(page: Page) -> str:
    return page.evaluate(
        "document.activeElement.shadowRoot?.activeElement?.dataset.part ?? document.activeElement.localName"
    )
