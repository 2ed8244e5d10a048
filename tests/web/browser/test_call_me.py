"""Call me in the widget on the real demo shop (P15, P16, P22): question, wait, progress, and every way on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .conftest import WATCH
from .scripted import CONSENT, Stage, iso
from .test_widget import LAMP, press, title, until


@pytest.fixture(autouse=True)
def called_back(stage: Stage) -> None:
    stage.server.call_back()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce", timezone_id="Europe/London"
    )
    context.set_default_timeout(5000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.add_init_script(WATCH)
    yield context
    context.close()


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
