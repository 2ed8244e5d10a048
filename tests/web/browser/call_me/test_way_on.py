"""What cannot be done is said, and has a way on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from ..scripted import Stage
from ..test_widget import press, title
from .asking import fill, focused, form


@pytest.mark.parametrize(
    ("code", "words", "call_us"),
    [
        ("malformed_number", "That doesn't look like a phone number.", False),
        ("unsupported_country", "We can't call numbers in that country yet.", True),
        ("number_type_not_allowed", "We can't call that kind of number.", True),
        ("number_marked", "A fax or a wrong number answered there before.", True),
        ("do_not_call", "This number asked us not to call it.", True),
    ],
)
def test_a_number_we_cannot_call_is_said_beside_it(
    page: Page, stage: Stage, code: str, words: str, call_us: bool
) -> None:
    stage.server.refuse(403, code)
    form(page, stage)
    fill(page, "0909 879 0142")
    page.locator("[data-part=submit]").click()
    expect(page.get_by_role("alert")).to_contain_text(words)
    assert focused(page) == "phone"
    expect(page.get_by_label("Your phone number")).to_have_value("0909 879 0142")
    assert page.get_by_label("Your phone number").get_attribute("aria-invalid") == "true"
    if call_us:
        page.get_by_role("button", name="Call us instead").click()
        title(page, "020 7946 0131")
    else:
        fill(page)
        page.locator("[data-part=submit]").click()
        expect(page.locator("[data-part=wait]")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "code", "details", "words"),
    [
        (429, "too_many_calls_today", {"limit": "customer"}, "You've asked for many calls today"),
        (429, "too_many_calls_today", {"limit": "number"}, "This number was asked for very often today"),
        (404, "no_call_me", {}, "We don't call back from here"),
        (503, "proof_down", {}, "We can't send you a code right now"),
        (403, "proof_needed", {"kind": "captcha"}, "We can't send you a code right now"),
        (429, "too_many_requests", {}, "That was a lot of requests"),
        (500, "internal", {}, "That did not work"),
    ],
)
def test_what_cannot_be_done_has_a_way_on(
    page: Page, stage: Stage, status: int, code: str, details: dict, words: str
) -> None:
    stage.server.refuse(status, code, **details)
    form(page, stage)
    fill(page)
    page.locator("[data-part=submit]").click()
    title(page, words)
    page.get_by_role("button", name="Call us instead").click()
    title(page, "020 7946 0131")


def test_a_retry_after_trouble_is_the_same_click(page: Page, stage: Stage) -> None:
    stage.server.refuse(500, "internal")
    form(page, stage)
    fill(page)
    page.locator("[data-part=submit]").click()
    title(page, "That did not work")
    page.locator("[data-part=retry]").click()
    expect(page.locator("[data-part=wait]")).to_be_visible()
    assert len({one.json["idempotency_key"] for one in stage.server.bodies("call-me", "POST")}) == 1


@pytest.mark.parametrize("code", ["all_numbers_in_use", "all_agents_busy", "nobody_has_the_skill", "telephone_down"])
def test_where_call_us_cannot_call_me_is_the_way_on(page: Page, stage: Stage, code: str) -> None:
    stage.server.refuse(409, code)
    press(page, stage)
    page.locator("[data-part=call-us]").click()
    page.get_by_role("button", name="Call me instead").click()
    title(page, "We'll call you")
