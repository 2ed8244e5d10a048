"""An agent looks for a customer: by key, without losing a word, and never in the place of the call's record."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .axe import violations
from .scripted import Stage, a_callback, an_engagement, iso, marit, state, yusuf
from .test_agents_work import EVERY_FRAME, talking
from .test_console import a_page, on_the_desk, until


def test_p13_a_customer_is_found_by_key_read_and_left(page: Page, stage: Stage) -> None:
    """With no call: the key, the list, the record with all of its history, a callback called from it, and back."""
    stage.server.customers = [marit(), *({**yusuf(), "id": f"C-{n}", "name": f"Adair {n}"} for n in range(9))]
    stage.server.promised = a_callback(name="Marit Solvang")
    on_the_desk(page, stage, state=state("ready"), callbacks=[a_callback(name="Marit Solvang")])
    find = page.locator("[data-part=find]")
    field = find.get_by_role("searchbox", name="Find a customer")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    page.keyboard.type("n/")
    expect(find.get_by_role("status")).to_have_text("Type three letters or digits at least.")
    expect(page.locator(".state")).to_have_attribute("data-state", "ready")
    assert stage.server.bodies("agent/find-customers") == []
    field.fill("adair")
    expect(find.get_by_role("status")).to_have_text("The first 8. Type more of it to see others.")
    field.fill("nobody like that")
    expect(find.get_by_role("status")).to_have_text("Nobody is found like that.")
    field.fill("solvang")
    expect(find.get_by_role("status")).to_have_text("1 customer")
    page.keyboard.press("ArrowDown")
    stage.server.refuse(404, "not_found")
    page.keyboard.press("Enter")
    expect(find.get_by_role("alert")).to_have_text("Refused: not_found.")
    page.keyboard.press("Enter")
    found = page.locator("[data-part=found]")
    expect(found.locator("[data-part=found-name]")).to_be_focused()
    for words in ("Only looked up. There is no call with them.", "marit.solvang@example.com", "Lift is narrow"):
        expect(found).to_contain_text(words)
    expect(found.locator("input, textarea, [contenteditable]")).to_have_count(0)
    expect(found.locator(".history li")).to_have_count(5)
    found.get_by_role("button", name="All 7 contacts").click()
    expect(found.locator(".history li")).to_have_count(7)
    assert violations(page, "[data-part=find]") == []
    found.get_by_role("button", name="Call Marit Solvang now").click()
    expect(found).to_contain_text("Being called")
    page.keyboard.press("Escape")
    expect(found).to_have_count(0)
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_have_value("")
    expect(field).not_to_be_focused()


def test_p28_what_is_looked_up_is_never_in_the_place_of_the_calls_record(page: Page, stage: Stage) -> None:
    """The call's record stays; what was found goes with the customer, what is being typed stays, and so does focus."""
    talking(page, stage)
    note = page.get_by_label("Notes for this call")
    note.fill("half a sent")
    note.press("Alt+Shift+Slash")
    field = page.get_by_role("searchbox", name="Find a customer")
    expect(field).to_be_focused()
    page.keyboard.type("adair")
    page.locator("[data-part=found-customer]").wait_for()
    page.keyboard.press("Enter")
    found = page.locator("[data-part=found]")
    expect(found).to_contain_text("Only looked up. Not the customer of your call.")
    expect(found).to_contain_text("Yusuf Adair")
    expect(page.locator("[data-part=record-name]")).to_have_text("Marit Solvang")
    expect(page.locator("[data-part=slot-name]")).to_have_text("Marit Solvang")
    assert violations(page, "[data-part=find]") == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(note).to_be_focused()
    page.keyboard.type("ence")
    expect(note).to_have_value("half a sentence")

    page.keyboard.press("Alt+Shift+Slash")
    page.keyboard.type("adair")
    page.locator("[data-part=found-customer]").wait_for()
    page.keyboard.press("Enter")
    expect(found).to_be_visible()
    field.focus()
    page.evaluate(EVERY_FRAME)
    stage.server.pages["interaction-2"] = a_page("Lena's basket")
    lena = an_engagement(2, customer={**marit(), "id": "C-1003", "name": "Lena Brandvold"}, history=[])
    stage.server.show(engagement={**lena, "state": "talking", "talking_since": iso()}, state=state("talking", 0))
    expect(page.locator("[data-part=record-name]")).to_have_text("Lena Brandvold")
    expect(field).to_be_focused()
    expect(field).to_have_value("adair")
    frames = page.evaluate("window.__seen")
    assert any("Yusuf" in frame for frame in frames) and any("Lena" in frame for frame in frames)
    assert [frame for frame in frames if "Lena" in frame and "not the customer" in frame.lower()] == []
    until(lambda: page.locator("[data-part=found-customer]").count() == 1, page)
    assert page.locator("[data-part=found]").count() == 0
