"""When the customer is called (P16, P22)."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from ..scripted import Stage, iso
from ..test_widget import LAMP, title
from .asking import asked, fill, focused, form


def test_a_window_is_chosen_where_the_customer_is(page: Page, stage: Stage) -> None:
    """P16."""
    form(page, stage)
    fill(page)
    page.get_by_label("At a time I choose").check()
    expect(page.locator("ctiapp-panel")).to_contain_text("Your time zone: London")
    expect(page.locator("[data-part='day-2026-11-25']")).to_contain_text("Today")
    page.locator("[data-part=submit]").click()
    expect(page.get_by_role("alert")).to_have_text("Please choose a time.")
    page.locator("[data-part='day-2026-11-26']").click()
    expect(page.locator("[data-part='time-09:00']")).to_have_count(0)
    page.locator("[data-part='time-14:00']").click()
    expect(page.locator("[data-part=submit]")).to_have_text("Call me Thu 26 Nov, 14:00–15:00")
    assert focused(page) == "time-14:00"
    page.locator("[data-part=submit]").click()
    title(page, "Your call is booked")
    assert asked(stage)["when"] == {
        "date": "2026-11-26",
        "from": "14:00",
        "until": "15:00",
        "zone": "Europe/London",
    }
    expect(page.locator("[data-part=wait]")).to_have_text("Thu 26 Nov, 14:00–15:00")


def test_later_days_can_be_looked_at(page: Page, stage: Stage) -> None:
    stage.server.windows += [{**stage.server.windows[0], "date": "2026-12-02"}]
    form(page, stage)
    page.get_by_label("At a time I choose").check()
    page.locator("[data-part=later]").click()
    expect(page.locator("[data-part='day-2026-12-02']")).to_be_visible()
    expect(page.locator("[data-part='day-2026-11-25']")).to_have_count(0)
    page.locator("[data-part=earlier]").click()
    expect(page.locator("[data-part='day-2026-11-25']")).to_be_visible()


def test_a_window_that_was_taken_meanwhile_is_said_and_others_are_loaded(page: Page, stage: Stage) -> None:
    form(page, stage)
    fill(page)
    page.get_by_label("At a time I choose").check()
    page.locator("[data-part='time-09:00']").click()
    stage.server.refuse(409, "window_full")
    stage.server.windows = stage.server.windows[1:]
    page.locator("[data-part=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text("That time was taken just now.")
    expect(page.locator("[data-part='time-09:00']")).to_have_count(0)
    page.locator("[data-part='time-10:00']").click()
    page.locator("[data-part=submit]").click()
    title(page, "Your call is booked")
    first, second = (one.json["idempotency_key"] for one in stage.server.bodies("call-me", "POST"))
    assert first != second


def test_where_the_wait_is_too_long_windows_come_first(page: Page, stage: Stage) -> None:
    """P22: the page is told, and the customer chooses."""
    stage.server.call_back(offer_windows=True, estimate_seconds=1500)
    form(page, stage)
    expect(page.locator("ctiapp-panel")).to_contain_text("This is a longer wait than usual.")
    expect(page.locator("[data-part='time-09:00']")).to_be_visible()
    radios = page.locator("ctiapp-panel input[type=radio]")
    assert [one.get_attribute("data-part") for one in radios.all()] == ["later-on", "soon"]
    page.get_by_label("As soon as possible").check()
    expect(page.locator("ctiapp-panel")).to_contain_text("About 25 min")
    expect(page.locator("[data-part='time-09:00']")).to_have_count(0)


def test_a_closed_shop_takes_a_booking(page: Page, stage: Stage) -> None:
    stage.server.pool.update(open=False, opens_at=iso(30_000))
    page.goto(stage.shop + LAMP)
    page.locator("ctiapp-button").first.click()
    title(page, "We're closed now")
    page.locator("[data-part=call-me]").click()
    title(page, "We'll call you")
    expect(page.locator("[data-part='time-09:00']")).to_be_visible()
