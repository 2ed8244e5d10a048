"""The widget on the real demo shop, another origin, under the shop's strict policy (P01, P02, P06, P27)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import jwt
import pytest
from playwright.sync_api import Page, expect

from .scripted import Stage, iso

LAMP = "/lighting/alder-floor-lamp"


def until(condition: Callable[[], object], page: Page, within: float = 5) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(30)


def press(page: Page, stage: Stage, path: str = LAMP) -> None:
    page.goto(stage.shop + path)
    page.locator("ctiapp-button").first.click()
    expect(page.get_by_role("heading", name="How would you like to talk?")).to_be_visible()


def ask(page: Page, stage: Stage, path: str = LAMP) -> None:
    press(page, stage, path)
    page.locator("[data-part=call-us]").click()
    expect(page.locator("[data-part=number]")).to_have_text("020 7946 0131")


def panel(page: Page, state: str) -> None:
    expect(page.locator(f"ctiapp-panel[data-state={state}]")).to_be_visible()


def title(page: Page, words: str) -> None:
    expect(page.locator("ctiapp-panel [data-part=title]")).to_contain_text(words)


def test_a_click_brings_a_number_that_can_be_called(page: Page, stage: Stage) -> None:
    ask(page, stage)
    expect(page.locator("[data-part=call]")).to_have_attribute("href", "tel:02079460131")
    expect(page.locator("[data-part=call]")).to_have_text("Call 020 7946 0131")
    expect(page.locator("[data-part=sip]")).to_have_attribute("href", re.compile("^sip:02079460131@"))
    expect(page.get_by_role("img", name="QR code that dials 020 7946 0131")).to_be_visible()
    expect(page.locator("[data-part=time]")).to_have_text(re.compile(r"1:(30|2\d)"))
    click = stage.server.bodies("call-us", "POST")[0].json
    assert (click["site"], click["pool"], click["skills"], click["product"]) == (
        "larkmoor",
        "sales",
        ["lighting"],
        "alder-floor-lamp",
    )
    assert click["language"] == "en"
    assert re.fullmatch("[0-9a-f]{32}", click["visitor"])
    assert click["identity"] is None
    assert click["page"]["url"] == stage.shop + LAMP
    assert click["page"]["title"] == "Alder floor lamp · Larkmoor Home"


def test_the_page_goes_along_as_the_customer_sees_it(page: Page, stage: Stage) -> None:
    ask(page, stage)
    sent = stage.server.bodies("call-us", "POST")[0].body.decode()
    assert "Turned alder" in sent
    assert "data:image/webp" in sent
    assert ".product" in sent, "style sheets are inlined"
    assert '"tagName":"ctiapp-' not in sent, "the widget leaves itself out"
    assert "<script" not in sent and '"script"' not in sent


def test_a_signed_in_customer_is_named_by_the_shops_word(page: Page, stage: Stage) -> None:
    page.goto(stage.shop + "/sign-in")
    page.get_by_text("Marit Solvang").click()
    ask(page, stage)
    word = stage.server.bodies("call-us", "POST")[0].json["identity"]
    claims = jwt.decode(word, stage.secret, algorithms=["HS256"], audience="ctiapp", issuer="larkmoor")
    assert (claims["sub"], claims["name"], claims["phone"]) == ("C-1001", "Marit Solvang", "+447700900142")


def test_without_consent_only_address_and_title_are_sent(page: Page, stage: Stage) -> None:
    press(page, stage)
    page.get_by_role("switch", name="Let the person who answers see this page").click()
    page.locator("[data-part=call-us]").click()
    title(page, "020 7946 0131")
    sent = stage.server.bodies("call-us", "POST")[0].json["page"]
    assert sent["snapshot"] is None and sent["hidden_fields"] == 0
    assert sent["title"].startswith("Alder")
    page.goto(stage.shop + "/kitchens")
    until(lambda: stage.server.bodies("call-us", "PUT"), page)
    assert stage.server.bodies("call-us", "PUT")[0].json["snapshot"] is None


def test_stop_showing_replaces_the_page_by_its_address(page: Page, stage: Stage) -> None:
    ask(page, stage)
    page.locator("[data-part=stop-showing]").click()
    expect(page.get_by_text("Your page is not shown to anyone.")).to_be_visible()
    until(lambda: stage.server.bodies("call-us", "PUT"), page)
    assert stage.server.bodies("call-us", "PUT")[-1].json["snapshot"] is None


def test_secrets_typed_at_the_checkout_never_leave_the_browser(page: Page, stage: Stage) -> None:
    page.goto(stage.shop + LAMP)
    page.get_by_role("button", name="Add to basket").click()
    page.goto(stage.shop + "/checkout")
    page.locator("[name=name]").fill("Marit Solvang")
    page.locator("[name=password]").fill("correct-horse-7")
    page.get_by_role("button", name="Show").click()
    page.locator("[name=card_number]").fill("4242 4242 4242 4242")
    page.locator("[name=expiry]").fill("11/29")
    page.locator("[name=security_code]").fill("739")
    page.locator("[name=remarks]").fill("or use 5555 5555 5555 4444 instead")
    page.locator("ctiapp-button").first.click()
    page.locator("[data-part=call-us]").click()
    title(page, "020 7946 0131")
    page.reload()
    until(lambda: stage.server.bodies("call-us", "PUT"), page)
    sent = b"".join(wire.body for wire in stage.server.wire).decode()
    assert "Marit Solvang" in sent
    for secret in ("correct-horse", "4242", "11/29", '"739"', "5555"):
        assert secret not in sent, secret
    assert stage.server.bodies("call-us", "POST")[0].json["page"]["hidden_fields"] == 5


def test_a_double_click_is_one_click(page: Page, stage: Stage) -> None:
    press(page, stage)
    page.locator("[data-part=call-us]").dblclick()
    title(page, "020 7946 0131")
    assert len(stage.server.bodies("call-us", "POST")) == 1


def test_a_retry_after_trouble_is_the_same_click(page: Page, stage: Stage) -> None:
    stage.server.refuse(500, "internal")
    press(page, stage)
    page.locator("[data-part=call-us]").click()
    title(page, "That did not work")
    page.context.set_offline(True)
    page.locator("[data-part=retry]").click()
    title(page, "We couldn't reach the shop")
    page.context.set_offline(False)
    page.locator("[data-part=retry]").click()
    title(page, "020 7946 0131")
    keys = {wire.json["idempotency_key"] for wire in stage.server.bodies("call-us", "POST")}
    assert len(keys) == 1


def test_the_same_number_after_a_click_to_the_next_page_and_a_reload(page: Page, stage: Stage) -> None:
    ask(page, stage)
    page.goto(stage.shop + "/kitchens")
    title(page, "020 7946 0131")
    until(lambda: stage.server.bodies("call-us", "PUT"), page)
    assert stage.server.bodies("call-us", "PUT")[0].json["url"] == stage.shop + "/kitchens"
    page.reload()
    title(page, "020 7946 0131")
    assert len(stage.server.bodies("call-us/", "POST")) == 0 and len(stage.server.bodies("call-us", "POST")) == 1


def test_the_call_is_followed_to_its_end(page: Page, stage: Stage) -> None:
    ask(page, stage)
    stage.server.move(state="queued")
    title(page, "You're in line")
    stage.server.move(state="ringing")
    title(page, "Ringing Noor…")
    stage.server.move(state="connected", connected_at=iso(-5))
    title(page, "Talking with Noor")
    expect(page.locator("[data-part=talked]")).to_have_text(re.compile(r"^\d+ s$"))
    stage.server.end("hangup", talked=381)
    title(page, "Call ended")
    expect(page.get_by_text("You spoke with Noor for 6 min 21 s.")).to_be_visible()
    page.locator("[data-part=close-ended]").click()
    expect(page.locator("ctiapp-panel")).to_be_hidden()


def test_status_comes_by_asking_when_the_socket_does_not(page: Page, stage: Stage) -> None:
    page.route("**/socket.io/**", lambda route: route.abort())
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    ask(page, stage)
    stage.server.move(state="ringing")
    title(page, "Ringing Noor…")


def test_an_expired_number_must_not_be_dialled(page: Page, stage: Stage) -> None:
    ask(page, stage)
    stage.server.end("expired")
    title(page, "That number has expired")
    expect(page.get_by_text("Please don't dial it")).to_be_visible()
    assert page.locator("[data-part=call]").count() == 0
    page.locator("[data-part=again]").click()
    title(page, "How would you like to talk?")
    page.locator("[data-part=call-us]").click()
    title(page, "020 7946 0131")
    first, second = (wire.json["idempotency_key"] for wire in stage.server.bodies("call-us", "POST"))
    assert first != second


def test_cancel_frees_the_number(page: Page, stage: Stage) -> None:
    ask(page, stage)
    page.locator("[data-part=cancel]").click()
    expect(page.locator("ctiapp-panel")).to_be_hidden()
    until(lambda: stage.server.bodies("call-us", "DELETE"), page)
    page.reload()
    page.wait_for_timeout(200)
    expect(page.locator("ctiapp-panel")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (409, "all_numbers_in_use", "All our numbers are in use"),
        (409, "all_agents_busy", "Everyone is on a call"),
        (409, "nobody_has_the_skill", "Nobody for this is here right now"),
        (409, "closed", "We're closed now"),
        (503, "telephone_down", "Our phones are not working"),
        (429, "too_many_requests", "That was a lot of requests"),
        (404, "unknown_pool", "This button is not set up yet"),
        (418, "something_new", "That did not work"),
    ],
)
def test_a_refusal_says_which_and_what_to_do(page: Page, stage: Stage, status: int, code: str, words: str) -> None:
    stage.server.refuse(status, code, opens_at=iso(30_000))
    press(page, stage)
    page.locator("[data-part=call-us]").click()
    title(page, words)
    if page.locator("[data-part=retry]").count():
        page.locator("[data-part=retry]").click()
        title(page, "020 7946 0131")
    else:
        page.locator("[data-part=close-refused]").click()
        expect(page.locator("ctiapp-panel")).to_be_hidden()


def test_a_closed_shop_says_when_it_opens(page: Page, stage: Stage) -> None:
    stage.server.pool.update(open=False, opens_at=iso(30_000))
    page.goto(stage.shop + LAMP)
    expect(page.locator("ctiapp-button small").first).to_contain_text("Opens t")
    page.locator("ctiapp-button").first.click()
    title(page, "We're closed now")
    assert stage.server.bodies("call-us") == []


def test_a_page_the_server_finds_too_large_is_sent_without_its_content(page: Page, stage: Stage) -> None:
    stage.server.refuse(413, "page_too_large")
    ask(page, stage)
    first, second = stage.server.bodies("call-us", "POST")
    assert first.json["page"]["snapshot"] is not None and second.json["page"]["snapshot"] is None


def test_a_login_that_ran_out_keeps_nobody_from_calling(page: Page, stage: Stage) -> None:
    page.goto(stage.shop + "/sign-in")
    page.get_by_text("Marit Solvang").click()
    stage.server.refuse(401, "identity_expired")
    ask(page, stage)
    assert [bool(wire.json["identity"]) for wire in stage.server.bodies("call-us", "POST")] == [True, False]


def test_focus_follows_the_steps_and_goes_home(page: Page, stage: Stage) -> None:
    ask(page, stage)
    focused = "document.activeElement.shadowRoot?.activeElement?.dataset.part ?? document.activeElement.localName"
    assert page.evaluate(focused) == "title"
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=expand]")).to_be_visible()
    page.locator("[data-part=expand]").click()
    page.locator("[data-part=cancel]").click()
    assert page.evaluate("document.activeElement.localName") == "ctiapp-button"


def test_focus_is_never_taken_from_someone_who_types(page: Page, stage: Stage) -> None:
    page.goto(stage.shop + LAMP)
    page.get_by_role("button", name="Add to basket").click()
    ask(page, stage, "/checkout")
    page.locator("[name=promotion]").click()
    page.keyboard.type("ALD")
    stage.server.move(state="ringing")
    title(page, "Ringing Noor…")
    page.keyboard.type("ER10")
    assert page.locator("[name=promotion]").input_value() == "ALDER10"


def test_a_button_of_the_shops_own_works_too(page: Page, stage: Stage) -> None:
    page.goto(stage.shop + "/kitchens")
    page.evaluate(
        """() => { const b = document.createElement("button"); b.id = "own"; b.textContent = "Ring";
        b.dataset.ctiappCallUs = ""; b.dataset.pool = "support"; document.querySelector("h1").append(b); }"""
    )
    page.locator("#own").click()
    page.locator("[data-part=call-us]").click()
    title(page, "020 7946 0131")
    assert stage.server.bodies("call-us", "POST")[0].json["pool"] == "support"


@pytest.mark.parametrize(("accent", "shown"), [("7a1f5c", "rgb(122, 31, 92)"), ("ffcc00", "rgb(14, 90, 107)")])
def test_an_accent_that_cannot_be_read_is_refused(page: Page, stage: Stage, accent: str, shown: str) -> None:
    page.goto(f"{stage.web}/a-shop-with/{accent}")
    expect(page.locator("ctiapp-button button")).to_have_css("background-color", shown)


@pytest.mark.parametrize("width", [390, 420, 1920])
def test_it_fits(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    ask(page, stage)
    box = page.locator("ctiapp-panel .panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert box["height"] <= 700 * 0.9 + 40
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for target in page.locator("ctiapp-panel").locator("button, a").all():
        size = target.bounding_box()
        assert size is not None and size["height"] >= 44, target.text_content()
