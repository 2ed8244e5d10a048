"""The customer's page that the agent sees: a small one, or as the widget takes it."""

from __future__ import annotations

from playwright.sync_api import Page

from ..scripted import Stage, iso
from .shop import shop


def small_page() -> dict[str, object]:
    words = ("Delivery and payment", "Alder floor lamp, one", "Delivery on Thursday")
    body = [element("h1" if number == 0 else "p", text(word)) for number, word in enumerate(words)]
    return {
        "url": "http://larkmoor.example/checkout",
        "title": "Delivery and payment",
        "taken_at": iso(-5),
        "viewport": {"width": 1000, "height": 800},
        "hidden_fields": 3,
        "snapshot": {"type": 0, "id": 1, "childNodes": [element("html", element("head"), element("body", *body))]},
    }


def element(tag: str, *children: dict[str, object]) -> dict[str, object]:
    return {"type": 2, "id": 7, "tagName": tag, "attributes": {}, "childNodes": list(children)}


def text(words: str) -> dict[str, object]:
    return {"type": 3, "id": 8, "textContent": words}


_checkout: dict[str, object] = {}


def checkout_page(page: Page, stage: Stage) -> dict[str, object]:
    """The page as the real widget takes it in a second tab: a checkout, half filled in. Taken once."""
    if not _checkout:
        _checkout.update(_take_checkout(page, stage))
    return _checkout


def _take_checkout(page: Page, stage: Stage) -> dict[str, object]:
    assert page.context.browser is not None
    context = page.context.browser.new_context(viewport={"width": 1000, "height": 800})
    tab = context.new_page()
    shop("/checkout", ("alder-floor-lamp", "worktop-oak"))(tab, stage)
    tab.locator("[name=promotion]").fill("ALDER10")
    tab.locator("[name=card_number]").fill("4242 4242 4242 4242")
    tab.locator("[name=security_code]").fill("123")
    tab.locator("ctiapp-button").first.click()
    tab.locator("[data-part=call-us]").click()
    tab.locator("[data-part=number]").wait_for()
    taken = stage.server.bodies("call-us", "POST")[0].json["page"]
    context.close()
    return taken
