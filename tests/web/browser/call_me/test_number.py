"""Who asks to be called, and at which number (P15): typed, remembered, known to the shop, proved."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from ..scripted import CONSENT, Stage
from ..test_widget import LAMP, press, title, until
from .asking import ask, asked, fill, focused, form


def test_the_button_offers_both_with_the_wait(page: Page, stage: Stage) -> None:
    """P23."""
    page.goto(stage.shop + LAMP)
    expect(page.locator("ctiapp-button small").first).to_contain_text("about 9 min wait")
    page.locator("ctiapp-button").first.click()
    expect(page.locator("[data-part=call-us]")).to_be_visible()
    expect(page.locator("[data-part=call-me]")).to_contain_text("We ring you, now or at a time you choose.")


def test_without_the_offer_there_is_only_call_us(page: Page, stage: Stage) -> None:
    stage.server.pool["call_me"] = None
    press(page, stage)
    assert page.locator("[data-part=call-me]").count() == 0


def test_a_number_is_typed_and_joins_the_list_with_the_page(page: Page, stage: Stage) -> None:
    """P15."""
    ask(page, stage)
    sent = asked(stage)
    assert (sent["number"], sent["region"], sent["name"], sent["when"]) == ("07700 900142", "GB", None, None)
    assert sent["zone"] == "Europe/London"
    assert sent["consent"] == {"text": CONSENT}
    assert sent["page"]["title"] == "Alder floor lamp · Larkmoor Home" and sent["page"]["snapshot"]
    assert "07700 900142" not in str(sent["page"]), "what is typed into the panel is no part of the page"
    assert sent["skills"] == ["lighting"] and re.fullmatch("[0-9a-f]{32}", sent["visitor"])
    expect(page.locator("[data-part=wait]")).to_have_text("9 min")
    expect(page.locator("[data-part=place]")).to_have_text("3rd in line")
    expect(page.locator("ctiapp-panel .foot").first).to_contain_text("We will ring ••••• •••142")
    kept = page.evaluate("sessionStorage.getItem('ctiapp:call')")
    assert "900142" not in kept, "the number is not kept in the browser once it is answered"


def test_a_remembered_number_is_offered_masked_and_can_be_forgotten(page: Page, stage: Stage) -> None:
    stage.server.call_back(known_number="••••• •••142")
    form(page, stage)
    expect(page.locator("[data-part=known]")).to_have_text("••••• •••142")
    page.get_by_label(CONSENT).check()
    page.locator("[data-part=submit]").click()
    expect(page.locator("[data-part=wait]")).to_be_visible()
    assert asked(stage)["number"] is None
    first = asked(stage)["visitor"]
    page.locator("[data-part=cancel]").click()
    title(page, "We won't call you")
    page.locator("[data-part=ask-again]").click()
    page.locator("[data-part=forget]").click()
    expect(page.get_by_label("Your phone number")).to_be_focused()
    fill(page)
    page.locator("[data-part=submit]").click()
    expect(page.locator("[data-part=wait]")).to_be_visible()
    assert asked(stage)["visitor"] != first


def test_the_cookie_is_told_when_it_is_there_and_not_made_by_looking(page: Page, stage: Stage) -> None:
    page.goto(stage.shop + LAMP)
    expect(page.locator("ctiapp-button small").first).to_contain_text("Open")
    assert page.context.cookies() == [] or "ctiapp_visitor" not in {one["name"] for one in page.context.cookies()}


def test_the_shops_word_names_the_number(page: Page, stage: Stage) -> None:
    page.goto(stage.shop + "/sign-in")
    page.get_by_text("Marit Solvang").click()
    form(page, stage)
    expect(page.locator("[data-part=known]")).to_have_text("+••••••••••142".replace("••••••••••", "•" * 9))
    expect(page.locator("ctiapp-panel")).to_contain_text("From your account with Larkmoor Home")
    page.get_by_label(CONSENT).check()
    page.locator("[data-part=submit]").click()
    expect(page.locator("[data-part=wait]")).to_be_visible()
    assert asked(stage)["number"] is None and asked(stage)["identity"]


def test_a_customer_without_a_number_is_found_by_name_and_address(page: Page, stage: Stage) -> None:
    form(page, stage)
    page.locator("[data-part=by-name]").click()
    page.get_by_label(CONSENT).check()
    page.locator("[data-part=submit]").click()
    expect(page.get_by_role("alert")).to_have_text("Please enter your name and your address.")
    page.get_by_label("Your name").fill("Marit Solvang")
    page.get_by_label("Your address").fill("12 Fell Road, Carlisle")
    stage.server.refuse(404, "unknown_customer")
    page.locator("[data-part=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("The shop's list has nobody with that name and address.")
    assert focused(page) == "phone"
    page.locator("[data-part=by-name]").click()
    expect(page.get_by_label("Your name")).to_have_value("Marit Solvang")
    page.locator("[data-part=submit]").click()
    expect(page.locator("[data-part=wait]")).to_be_visible()
    sent = asked(stage)
    assert (sent["number"], sent["name"], sent["address"]) == (None, "Marit Solvang", "12 Fell Road, Carlisle")


def test_consent_is_asked_for_and_focus_goes_to_what_is_missing(page: Page, stage: Stage) -> None:
    form(page, stage)
    page.locator("[data-part=submit]").click()
    expect(page.get_by_role("alert")).to_have_text("Please enter your phone number.")
    assert focused(page) == "phone"
    page.keyboard.type("07700 900142")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Please tick this, so that we may call you.")
    assert focused(page) == "agree"
    assert stage.server.bodies("call-me", "POST") == []


def test_a_code_proves_the_number_and_survives_a_reload(page: Page, stage: Stage) -> None:
    stage.server.proof = "314159"
    form(page, stage)
    fill(page)
    page.locator("[data-part=submit]").click()
    title(page, "Enter the code")
    expect(page.locator("ctiapp-panel")).to_contain_text("We sent a code of 6 digits to ••••• •••142")
    page.get_by_label("Code", exact=True).fill("111111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That code isn't right")
    expect(page.get_by_label("Code", exact=True)).to_have_value("111111")
    page.reload()
    title(page, "Enter the code")
    assert len(stage.server.bodies("call-me", "POST")) == 2, "a reload sends no other code"
    page.locator("[data-part=another-code]").click()
    until(lambda: len(stage.server.bodies("call-me", "POST")) == 3, page)
    page.get_by_label("Code", exact=True).fill("314159")
    page.locator("[data-part=submit]").click()
    expect(page.locator("[data-part=place]")).to_have_text("3rd in line")
    assert len({one.json["idempotency_key"] for one in stage.server.bodies("call-me", "POST")}) == 1


def test_from_the_code_back_to_the_number(page: Page, stage: Stage) -> None:
    stage.server.proof = "314159"
    form(page, stage)
    fill(page)
    page.locator("[data-part=submit]").click()
    title(page, "Enter the code")
    page.keyboard.press("Escape")
    title(page, "We'll call you")
    expect(page.get_by_label("Your phone number")).to_have_value("07700 900142")
