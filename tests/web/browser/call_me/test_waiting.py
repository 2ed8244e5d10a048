"""Waiting for the call (P22): the wait, the progress, changing it, on every page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ..scripted import Stage, iso
from ..test_widget import title, until
from .asking import ask, fill, focused, form


def test_the_wait_may_rise_only_with_a_word(page: Page, stage: Stage) -> None:
    """P22."""
    ask(page, stage)
    wait, longer = page.locator("[data-part=wait]"), page.locator("[data-part=longer]")
    stage.server.request_moves(place=2, estimate_seconds=100)
    expect(wait).to_have_text("1 min 30 s")
    expect(longer).to_have_text("")
    stage.server.request_moves(place=2, estimate_seconds=260)
    expect(wait).to_have_text("4 min")
    expect(longer).to_have_text("This is taking longer than we said.")
    page.reload()
    expect(longer).to_have_text("This is taking longer than we said.")
    stage.server.request_moves(place=1, estimate_seconds=None)
    expect(wait).to_have_text("We can't tell how long yet")
    stage.server.request_moves(place=1, estimate_seconds=0)
    expect(wait).to_have_text("Right away")
    expect(page.locator("[data-part=place]")).to_have_text("You're next")
    expect(longer).to_have_text("")


def test_who_waits_too_long_is_offered_times_and_keeps_the_place(page: Page, stage: Stage) -> None:
    ask(page, stage)
    stage.server.request_moves(estimate_seconds=900)
    expect(page.locator("[data-part=quick-0]")).to_have_text("Today 09:00–10:00")
    page.locator("[data-part=stay]").click()
    expect(page.locator("[data-part=quick-0]")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-part=wait]")).to_have_text("15 min")
    expect(page.locator("[data-part=quick-0]")).to_have_count(0)


def test_one_of_the_quick_times_is_taken(page: Page, stage: Stage) -> None:
    ask(page, stage)
    stage.server.request_moves(estimate_seconds=900)
    page.locator("[data-part=quick-1]").click()
    title(page, "Your call is booked")
    assert stage.server.bodies("call-me/", "PATCH")[0].json == {
        "when": {"date": "2026-11-25", "from": "10:00", "until": "11:00", "zone": "Europe/London"}
    }


def test_progress_is_followed_to_the_end(page: Page, stage: Stage) -> None:
    ask(page, stage)
    now = page.locator("ctiapp-panel li[aria-current=step] span")
    expect(now).to_have_text("Queued")
    stage.server.request_moves(state="dialling", place=None, can_change=False)
    title(page, "We're calling you now")
    stage.server.request_moves(agent={"first_name": "Noor"})
    title(page, "Your phone is ringing")
    expect(page.get_by_text("Noor is ready and will speak first.")).to_be_visible()
    expect(now).to_have_text("Dialling")
    stage.server.request_moves(state="connecting")
    title(page, "Connecting you…")
    stage.server.request_moves(state="talking", can_cancel=False)
    title(page, "Talking with Noor")
    expect(page.locator("[data-part=talked]")).to_have_text(re.compile(r"^\d+ s$"))
    expect(page.locator("[data-part=cancel]")).to_have_count(0)
    stage.server.request_ends("done", last_outcome="human")
    title(page, "Call ended")
    expect(page.get_by_text("You spoke with Noor.")).to_be_visible()


def test_a_try_that_failed_says_when_and_what_next(page: Page, stage: Stage) -> None:
    ask(page, stage)
    stage.server.request_moves(state="dialling", place=None)
    title(page, "We're calling you now")
    stage.server.request_moves(state="queued", tries=1, last_try_at=iso(-30), last_outcome="busy", next_try_at=iso(900))
    notice = page.locator("ctiapp-panel .notice").first
    expect(notice).to_contain_text(
        re.compile(r"We tried at \d\d:\d\d and your line was busy\. We'll try once more at \d\d:\d\d\.")
    )
    page.locator("[data-part=change-time]").click()
    title(page, "Change your call")
    page.get_by_label("At a time I choose").check()
    page.locator("[data-part='time-11:00']").click()
    page.locator("[data-part=submit]").click()
    title(page, "Your call is booked")


@pytest.mark.parametrize(
    ("state", "outcome", "words"),
    [
        ("failed", "no_answer", "We couldn't reach you"),
        ("failed", "fax", "A fax machine answered"),
        ("failed", "unallocated", "That number is not in use."),
        ("done", "machine", "We left you a message"),
        ("cancelled", None, "We won't call you"),
    ],
)
def test_what_came_of_it(page: Page, stage: Stage, state: str, outcome: str | None, words: str) -> None:
    ask(page, stage)
    stage.server.request_ends(state, last_outcome=outcome)
    expect(page.locator("ctiapp-panel")).to_contain_text(words)
    if state == "failed":
        page.locator("[data-part=call-us]").click()
        title(page, "020 7946 0131")


def test_another_number_keeps_the_request(page: Page, stage: Stage) -> None:
    ask(page, stage)
    stage.server.proof = "314159"
    page.locator("[data-part=change]").click()
    expect(page.locator("[data-part=known]")).to_have_text("••••• •••142")
    page.locator("[data-part=other-number]").click()
    assert focused(page) == "phone"
    page.keyboard.type("07700 900155")
    page.keyboard.press("Enter")
    title(page, "Enter the code")
    page.get_by_label("Code", exact=True).fill("314159")
    page.keyboard.press("Enter")
    expect(page.locator("ctiapp-panel .foot").first).to_contain_text("We will ring ••••• •••155")
    assert [one.json for one in stage.server.bodies("call-me/", "PATCH")] == [
        {"number": "07700 900155", "region": "GB"},
        {"number": "07700 900155", "region": "GB", "proof": "314159"},
    ]


def test_a_change_that_comes_too_late_is_said(page: Page, stage: Stage) -> None:
    ask(page, stage)
    page.locator("[data-part=change]").click()
    page.get_by_label("At a time I choose").check()
    page.locator("[data-part='time-11:00']").click()
    stage.server.refuse(409, "wrong_state")
    page.locator("[data-part=submit]").click()
    expect(page.locator("ctiapp-panel .notice")).to_contain_text("It is too late to change that")
    expect(page.locator("[data-part=wait]")).to_have_text("9 min")


def test_a_change_is_left_when_the_call_begins(page: Page, stage: Stage) -> None:
    ask(page, stage)
    page.locator("[data-part=change]").click()
    title(page, "Change your call")
    stage.server.request_moves(place=2, estimate_seconds=300)
    page.wait_for_timeout(200)
    title(page, "Change your call")
    stage.server.request_moves(state="dialling", can_change=False, place=None)
    title(page, "We're calling you now")


def test_cancelled_while_it_rings(page: Page, stage: Stage) -> None:
    ask(page, stage)
    stage.server.request_moves(state="dialling", place=None, can_change=False)
    page.get_by_role("button", name="Stop calling me").click()
    title(page, "We won't call you")
    page.reload()
    page.wait_for_timeout(200)
    expect(page.locator("ctiapp-panel")).to_have_count(0)


def test_it_survives_the_next_page_and_a_reload_and_takes_the_page_along(page: Page, stage: Stage) -> None:
    ask(page, stage)
    page.goto(stage.shop + "/kitchens")
    expect(page.locator("[data-part=place]")).to_have_text("3rd in line")
    until(lambda: stage.server.bodies("call-me/", "PUT"), page)
    assert stage.server.bodies("call-me/", "PUT")[0].json["url"] == stage.shop + "/kitchens"
    page.locator("[data-part=collapse]").click()
    page.reload()
    expect(page.locator("[data-part=expand]")).to_contain_text("3rd in line")
    page.locator("[data-part=expand]").click()
    page.locator("[data-part=stop-showing]").click()
    until(lambda: stage.server.bodies("call-me/", "PUT")[-1].json["snapshot"] is None, page)
    assert len(stage.server.bodies("call-me", "POST")) == 1


def test_a_booked_call_needs_no_bar_and_the_button_shows_it_again(page: Page, stage: Stage) -> None:
    form(page, stage)
    fill(page)
    page.get_by_label("At a time I choose").check()
    page.locator("[data-part='time-11:00']").click()
    page.locator("[data-part=submit]").click()
    title(page, "Your call is booked")
    stage.server.request_moves(next_try_at=iso(7200))
    page.locator("[data-part=collapse]").click()
    expect(page.locator("ctiapp-panel")).to_be_hidden()
    page.goto(stage.shop + "/kitchens")
    page.wait_for_timeout(300)
    expect(page.locator("ctiapp-panel")).to_be_hidden()
    page.locator("ctiapp-button").first.click()
    title(page, "Your call is booked")
    page.locator("[data-part=collapse]").click()
    stage.server.request_moves(state="dialling", place=None)
    expect(page.locator("[data-part=expand]")).to_contain_text("We're calling you now")


@pytest.mark.long
def test_status_comes_by_asking_when_the_socket_does_not(page: Page, stage: Stage) -> None:
    page.route("**/socket.io/**", lambda route: route.abort())
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    ask(page, stage)
    stage.server.request_moves(state="dialling", place=None)
    title(page, "We're calling you now")


def test_a_second_click_shows_the_first_request(page: Page, stage: Stage) -> None:
    ask(page, stage)
    expect(page.get_by_text("You asked for this call before.")).to_have_count(0)
    second = page.context.new_page()
    ask(second, stage)
    expect(second.get_by_text("You asked for this call before.")).to_be_visible()


def test_somebody_elses_request_is_seen_and_nothing_of_it_changed(page: Page, stage: Stage) -> None:
    stage.server.own = False
    ask(page, stage)
    expect(page.get_by_text("Someone has already asked for a call to this number.")).to_be_visible()
    for part in ("cancel", "change", "copy-link", "stop-showing"):
        expect(page.locator(f"[data-part={part}]")).to_have_count(0)
    page.reload()
    expect(page.locator("[data-part=wait]")).to_be_visible()
    page.wait_for_timeout(200)
    assert stage.server.bodies("call-me/", "PUT") == [], "their own page is not sent to another's call"


def test_the_link_for_later_is_copied(page: Page, stage: Stage) -> None:
    ask(page, stage)
    address = page.locator("[data-part=link]").get_attribute("href")
    page.locator("[data-part=copy-link]").click()
    expect(page.locator("[data-part=copy-link]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == address
