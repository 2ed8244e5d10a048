"""By keyboard, in peace, and on every width."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from ..scripted import Stage
from ..test_widget import LAMP, title
from .asking import fill, focused, form


def test_call_me_with_the_keyboard_alone(page: Page, stage: Stage) -> None:
    page.goto(stage.shop + LAMP)
    page.locator("ctiapp-button").first.focus()
    page.keyboard.press("Enter")
    title(page, "How would you like to talk?")
    tab_to(page, "call-me")
    page.keyboard.press("Enter")
    title(page, "We'll call you")
    tab_to(page, "phone")
    page.keyboard.type("07700 900142")
    tab_to(page, "soon")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "later-on"
    tab_to(page, "day-2026-11-26")
    page.keyboard.press("Space")
    assert focused(page) == "day-2026-11-26"
    tab_to(page, "time-14:00")
    page.keyboard.press("Space")
    tab_to(page, "agree")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    title(page, "Your call is booked")
    assert focused(page) == "title"
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=title]")).to_have_count(0)


def tab_to(page: Page, part: str) -> None:
    for _ in range(25):
        page.keyboard.press("Tab")
        if focused(page) == part:
            return
    raise AssertionError(f"{part} is not reached, focus is on {focused(page)}")


def test_news_takes_neither_text_nor_focus_from_who_fills_in(page: Page, stage: Stage) -> None:
    form(page, stage)
    page.locator("[data-part=phone]").click()
    page.keyboard.type("07700")
    stage.server.call_back(estimate_seconds=60, known_number="••••• •••142")
    page.evaluate("document.querySelector('ctiapp-panel').shadowRoot.querySelector('[data-part=phone]').blur()")
    page.locator("[data-part=phone]").click()
    page.keyboard.press("End")
    page.keyboard.type(" 900142")
    expect(page.locator("[data-part=phone]")).to_have_value("07700 900142")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("screen", ["form", "booked", "waiting"])
def test_it_fits(page: Page, stage: Stage, width: int, screen: str) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    stage.server.call_back(offer_windows=screen == "form")
    form(page, stage)
    if screen != "form":
        fill(page)
        page.locator("[data-part=submit]").click()
        expect(page.locator("[data-part=wait]")).to_be_visible()
    if screen == "waiting":
        stage.server.request_moves(estimate_seconds=2000, tries=1, last_outcome="no_answer")
        expect(page.locator("[data-part=quick-0]")).to_be_visible()
    box = page.locator("ctiapp-panel .panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] >= 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    inner = "document.querySelector('ctiapp-panel').shadowRoot.querySelector('.body')"
    assert page.evaluate(f"{inner}.scrollWidth <= {inner}.clientWidth")
    for target in page.locator("ctiapp-panel").locator("button, a, label.option, input[type=tel]").all():
        size = target.bounding_box()
        assert size is not None and size["height"] >= 44, target.text_content()
