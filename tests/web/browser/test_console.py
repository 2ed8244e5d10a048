"""The agent's console: page and record before the ring, nobody else's ever, and nothing of a hostile page alive."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from .scripted import PASSWORD, Stage, a_call_out, a_view, an_engagement, an_outgoing, iso, state


def until(condition: Callable[[], object], page: Page, within: float = 5) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        page.wait_for_timeout(30)


def sign_in(page: Page, stage: Stage, password: str = PASSWORD, station: str = "2104") -> None:
    page.goto(stage.web + "/console")
    page.get_by_label("Agent id").fill("1042")
    page.get_by_label("Password").fill(password)
    page.get_by_label("Station").fill(station)
    page.get_by_role("button", name="Sign in").click()


def on_the_desk(page: Page, stage: Stage, **view: Any) -> None:
    stage.server.view = a_view(**view)
    sign_in(page, stage)
    expect(page.locator(".state")).to_be_visible()


def a_page(*words: str, extra: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    body = [element("p", children=[text(word)]) for word in words] + (extra or [])
    html = element("html", children=[element("head"), element("body", children=body)])
    return {
        "url": "http://larkmoor.example/checkout",
        "title": "Checkout",
        "taken_at": iso(),
        "viewport": {"width": 1000, "height": 800},
        "hidden_fields": 1,
        "snapshot": {"type": 0, "id": 1, "childNodes": [html]},
    }


def element(
    tag: str, attributes: dict[str, Any] | None = None, children: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {"type": 2, "id": 7, "tagName": tag, "attributes": attributes or {}, "childNodes": children or []}


def text(words: str) -> dict[str, Any]:
    return {"type": 3, "id": 8, "textContent": words}


def the_page(page: Page) -> FrameLocator:
    return page.frame_locator(".stage iframe")


def test_signing_in_starts_not_ready(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    expect(page.locator(".state")).to_have_attribute("data-state", "not_ready")
    page.keyboard.press("r")
    expect(page.locator(".state")).to_have_attribute("data-state", "ready")
    page.keyboard.press("n")
    expect(page.locator(".state")).to_have_attribute("data-state", "not_ready")


def test_wrong_words_are_said_and_nothing_is_lost(page: Page, stage: Stage) -> None:
    sign_in(page, stage, password="wrong")
    expect(page.get_by_role("alert").filter(has_text="don't match")).to_be_visible()
    assert page.evaluate("document.activeElement.name") == "password"
    expect(page.get_by_label("Agent id")).to_have_value("1042")
    sign_in(page, stage, station="9999")
    expect(page.get_by_text("There is no station with that number.")).to_be_visible()


def test_a_second_sign_in_takes_over_only_when_asked(page: Page, stage: Stage) -> None:
    stage.server.logged_in_elsewhere = True
    sign_in(page, stage)
    expect(page.get_by_text("still signed in on another computer")).to_be_visible()
    page.get_by_role("button", name="Sign in here instead").click()
    expect(page.locator(".state")).to_be_visible()
    assert [wire.json["take_over"] for wire in stage.server.bodies("agent/login")] == [False, True]


def test_a_station_that_someone_sits_at_is_taken_over_only_when_asked(page: Page, stage: Stage) -> None:
    sign_in(page, stage, station="2199")
    expect(page.get_by_text("Someone else is signed in at that station.")).to_be_visible()
    page.get_by_role("button", name="Sign in here instead").click()
    expect(page.locator(".state")).to_be_visible()


def test_page_and_record_are_on_screen_and_acknowledged_before_the_ring(page: Page, stage: Stage) -> None:
    """P07."""
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("Alder floor lamp, one")
    stage.server.show(engagement=an_engagement(), state=state("reserved", 0))
    expect(the_page(page).get_by_text("Alder floor lamp, one")).to_be_visible()
    expect(page.locator("[data-part=record-name]")).to_have_text("Marit Solvang")
    expect(page.get_by_text("Reserved for you. The phone has not rung yet.")).to_be_visible()
    until(lambda: stage.server.shown == ["reservation-1"], page)
    stage.server.show(engagement=an_engagement(state="ringing", ringing_at=iso()), state=state("ringing", 0))
    expect(page.get_by_role("alert").filter(has_text="Marit Solvang is calling.")).to_be_visible()
    stage.server.show(engagement=an_engagement(state="talking", talking_since=iso()), state=state("talking", 0))
    expect(page.locator("[data-part=slot]")).to_have_text("Talking on your phone")
    expect(the_page(page).get_by_text("Alder floor lamp, one")).to_be_visible()
    assert stage.server.shown == ["reservation-1"]


def test_it_is_not_acknowledged_while_the_page_is_still_on_its_way(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("slow")
    stage.server.slow_pages["interaction-1"] = threading.Event()
    stage.server.show(engagement=an_engagement(), state=state("reserved", 0))
    expect(page.locator("[data-part=record-name]")).to_have_text("Marit Solvang")
    page.wait_for_timeout(400)
    assert stage.server.shown == []
    stage.server.slow_pages["interaction-1"].set()
    expect(the_page(page).get_by_text("slow")).to_be_visible()
    until(lambda: stage.server.shown == ["reservation-1"], page)


def test_a_customer_without_consent_is_acknowledged_too(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = {**a_page(), "snapshot": None}
    stage.server.show(engagement=an_engagement(), state=state("reserved", 0))
    expect(page.get_by_text("The customer chose not to show the page.")).to_be_visible()
    expect(page.locator("[data-part=address]")).to_have_text("larkmoor.example/checkout")
    until(lambda: stage.server.shown == ["reservation-1"], page)


def test_an_unknown_caller_stays_unknown(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    stranger = an_engagement(
        state="ringing", channel="ordinary", customer=None, page=None, caller="+447700900177", history=[], why=[]
    )
    stage.server.show(engagement=stranger, state=state("ringing", 0))
    expect(page.locator("[data-part=record-name]")).to_have_text("Unknown caller")
    expect(page.get_by_text("New customer", exact=True)).to_be_visible()
    expect(page.get_by_text("This call came without a page.")).to_be_visible()
    until(lambda: stage.server.shown == ["reservation-1"], page)


def test_never_another_customers_page_or_name_not_even_late(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("Marit's basket")
    stage.server.pages["interaction-2"] = a_page("Yusuf's basket")
    stage.server.slow_pages["interaction-1"] = threading.Event()
    stage.server.show(engagement=an_engagement(1), state=state("reserved", 0))
    expect(page.locator("[data-part=record-name]")).to_have_text("Marit Solvang")
    page.evaluate(
        """() => { window.__seen = []; const look = () => {
            const d = document.querySelector(".stage iframe")?.contentDocument;
            const name = document.querySelector("[data-part=record-name]")?.textContent;
            window.__seen.push([name, d?.body?.textContent ?? ""]);
            requestAnimationFrame(look); }; look(); }"""
    )
    yusuf = {**an_engagement()["customer"], "id": "C-1002", "name": "Yusuf Adair"}
    stage.server.show(engagement=an_engagement(2, customer=yusuf), state=state("reserved", 0))
    expect(the_page(page).get_by_text("Yusuf's basket")).to_be_visible()
    stage.server.slow_pages["interaction-1"].set()
    page.wait_for_timeout(300)
    expect(the_page(page).get_by_text("Yusuf's basket")).to_be_visible()
    stage.server.slow_pages.clear()
    stage.server.show(
        engagement=an_engagement(3, customer=None, page=None, channel="ordinary"), state=state("reserved", 0)
    )
    expect(page.locator("[data-part=record-name]")).to_have_text("Unknown caller")
    page.wait_for_timeout(100)
    for name, body in page.evaluate("window.__seen"):
        assert not (name == "Yusuf Adair" and "Marit" in body)
        assert not (name == "Unknown caller" and "basket" in body)
    assert stage.server.shown[-1] == "reservation-3" and "reservation-1" not in stage.server.shown


def test_a_hostile_page_never_runs_and_never_calls_out(context: BrowserContext, page: Page, stage: Stage) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    evil = "http://evil.example"
    hostile = [
        element("script", children=[text("parent.document.title = 'owned'")]),
        element("img", {"src": f"{evil}/a.png", "onerror": "parent.document.title = 'owned'"}),
        element("a", {"href": "javascript:parent.document.title='owned'", "id": "link"}, [text("press me")]),
        element("meta", {"http-equiv": "refresh", "content": f"0;url={evil}/refresh"}),
        element("iframe", {"src": f"{evil}/frame", "srcdoc": "<script>top.document.title='owned'</script>"}),
        element("link", {"rel": "stylesheet", "href": f"{evil}/a.css"}),
        element("style", {"_cssText": f"@import '{evil}/b.css'; body {{ background: url({evil}/b.png) }}"}),
        element("p", {"style": f"background:u\\72l({evil}/c.png)"}, [text("styled")]),
        element("form", {"action": f"{evil}/form"}, [element("button", {"formaction": f"{evil}/f"}, [text("send")])]),
        element("video", {"src": f"{evil}/v.mp4", "poster": f"{evil}/v.png", "autoplay": ""}),
        element("object", {"data": f"{evil}/o.swf"}),
        element("base", {"href": f"{evil}/"}),
        element(
            "svg", {}, [element("image", {"href": f"{evil}/s.png"}), element("use", {"xlink:href": f"{evil}/u.svg#a"})]
        ),
        element("details", {"ontoggle": "parent.document.title='owned'", "open": ""}, [text("details")]),
    ]
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("hello", extra=hostile)
    stage.server.show(engagement=an_engagement(), state=state("reserved", 0))
    expect(the_page(page).get_by_text("press me")).to_be_visible()
    the_page(page).get_by_text("press me").click()
    the_page(page).get_by_text("send").click()
    page.wait_for_timeout(300)
    assert "owned" not in page.title()
    assert [url for url in asked if not url.startswith((stage.web, "data:", "ws://127"))] == []
    expect(the_page(page).get_by_text("press me")).to_be_visible()


def test_the_frame_itself_forbids_what_the_cleaning_would_miss(context: BrowserContext, stage: Stage) -> None:
    reached: list[str] = []
    context.route("http://evil.example/**", lambda route: (reached.append(route.request.url), route.abort())[1])
    page = context.new_page()
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("hello")
    stage.server.show(engagement=an_engagement(), state=state("reserved", 0))
    expect(the_page(page).get_by_text("hello")).to_be_visible()
    ran = page.evaluate(
        """() => { const d = document.querySelector(".stage iframe").contentDocument; window.__blocked = [];
        d.addEventListener("securitypolicyviolation", (e) => window.__blocked.push(e.effectiveDirective));
        const img = d.createElement("img"); img.src = "http://evil.example/a.png";
        img.setAttribute("onerror", "top.__owned = 1");
        const s = d.createElement("script"); s.textContent = "top.__owned = 1"; d.body.append(img, s);
        return new Promise((done) => setTimeout(() => done(window.__owned ?? null), 300)); }"""
    )
    assert ran is None
    assert reached == []
    assert "img-src" in page.evaluate("window.__blocked")


def test_wrap_up_with_the_keyboard_alone(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("wrap_up"), engagement=an_engagement(state="wrap_up", wrap_up_until=iso(30)))
    expect(page.get_by_text("Page closed at hang-up")).to_be_visible()
    assert page.locator(".stage iframe").count() == 0
    until(lambda: page.evaluate("document.activeElement.name") == "disposition", page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="Choose what happened first.")).to_be_visible()
    page.keyboard.press("t")
    until(lambda: stage.server.bodies("agent/reservations/reservation-1/extend"), page)
    page.keyboard.press("2")
    page.get_by_label("Notes for this call").fill("Wants delivery after ten. 1 2 3 r n t")
    page.keyboard.press("Control+Enter")
    until(lambda: stage.server.bodies("agent/reservations/reservation-1/finish"), page)
    assert stage.server.bodies("agent/reservations/reservation-1/finish")[0].json == {
        "disposition": "question_answered",
        "note": "Wants delivery after ten. 1 2 3 r n t",
        "ready": True,
    }
    expect(page.locator(".state")).to_have_attribute("data-state", "ready")


def test_nothing_takes_focus_or_text_from_an_agent_who_types(page: Page, stage: Stage) -> None:
    stage.server.pages["interaction-1"] = a_page("hello")
    on_the_desk(page, stage, state=state("talking"), engagement=an_engagement(state="talking", talking_since=iso(-9)))
    notes = page.get_by_label("Notes for this call")
    notes.click()
    page.keyboard.type("rnt 1")
    stage.server.show(engagement=an_engagement(state="wrap_up", wrap_up_until=iso(30)), state=state("wrap_up", 0))
    expect(page.get_by_text("Page closed at hang-up")).to_be_visible()
    page.keyboard.type(" and more")
    expect(notes).to_have_value("rnt 1 and more")
    until(lambda: stage.server.bodies("agent/reservations/reservation-1/notes"), page)
    assert [wire.path for wire in stage.server.wire if "ready" in wire.path] == []


def test_not_ready_after_this_call_and_the_reasons(page: Page, stage: Stage) -> None:
    stage.server.pages["interaction-1"] = a_page("hello")
    on_the_desk(page, stage, state=state("talking"), engagement=an_engagement(state="talking", talking_since=iso(-9)))
    page.get_by_role("button", name="Not ready after this call").click()
    expect(page.get_by_role("button", name="Ready after this call")).to_be_visible()
    page.get_by_role("button", name="Choose a reason").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(lambda: len(stage.server.bodies("agent/not-ready")) == 2, page)
    assert stage.server.bodies("agent/not-ready")[1].json == {"reason": "lunch"}


def test_cannot_take_it_passes_the_customer_on(page: Page, stage: Stage) -> None:
    stage.server.pages["interaction-1"] = a_page("Marit's basket")
    on_the_desk(page, stage, state=state("reserved"), engagement=an_engagement())
    page.locator("[data-part=pass]").click()
    expect(page.locator("[data-part=reason]")).to_contain_text("went to a colleague")
    assert page.get_by_text("Marit").count() == 0


@pytest.mark.parametrize("name", ["reserved", "ringing", "talking", "wrap_up"])
def test_a_reload_comes_back_to_the_truth(page: Page, stage: Stage, name: str) -> None:
    stage.server.pages["interaction-1"] = a_page("still here")
    times = {"ringing_at": iso(-3), "talking_since": iso(-9), "wrap_up_until": iso(20)}
    on_the_desk(page, stage, state=state(name), engagement=an_engagement(state=name, **times))
    until(lambda: stage.server.shown == ["reservation-1"], page)
    page.reload()
    expect(page.locator(".state")).to_have_attribute("data-state", name)
    expect(page.locator("[data-part=record-name]")).to_have_text("Marit Solvang")
    if name != "wrap_up":
        expect(the_page(page).get_by_text("still here")).to_be_visible()
    until(lambda: stage.server.shown.count("reservation-1") == 2, page)


def test_an_old_view_is_dropped(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, version=9, state=state("ready"))
    stage.server.live.emit("view", a_view(version=3, state=state("not_ready")), namespace="/agent")
    page.wait_for_timeout(200)
    expect(page.locator(".state")).to_have_attribute("data-state", "ready")


def test_trouble_is_said(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage)
    stage.server.show(telephone_system="down", telephone={"reachable": False, "state": "unreachable"})
    expect(page.get_by_text("The phone system is not answering.")).to_be_visible()
    expect(page.get_by_text("Phone not connected")).to_be_visible()
    page.context.set_offline(True)
    page.keyboard.press("r")
    expect(page.get_by_text("The server can't be reached.")).to_be_visible()
    page.context.set_offline(False)


def test_signed_out_elsewhere_says_so_and_shows_nothing_more(page: Page, stage: Stage) -> None:
    stage.server.pages["interaction-1"] = a_page("Marit's basket")
    on_the_desk(page, stage, state=state("reserved"), engagement=an_engagement())
    expect(the_page(page).get_by_text("Marit's basket")).to_be_visible()
    stage.server.live.emit("signed_out", {"reason": "taken_over"}, namespace="/agent")
    expect(page.get_by_text("because you signed in on another computer")).to_be_visible()
    assert page.get_by_text("Marit").count() == 0


@pytest.mark.parametrize("width", [390, 900, 1280, 1920])
def test_it_fits(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(stage.web + "/console")
    expect(page.get_by_label("Agent id")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    stage.server.pages["interaction-1"] = a_page("hello")
    on_the_desk(page, stage, state=state("reserved"), engagement=an_engagement())
    expect(the_page(page).get_by_text("hello")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_page_and_record_are_there_while_the_customer_is_called(page: Page, stage: Stage) -> None:
    """P20, P21: reserved when the line rings, put through at the answer."""
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("Alder floor lamp, one")
    strip, slot = page.locator("[data-part=strip]"), page.locator("[data-part=slot]")
    stage.server.show(engagement=an_outgoing(), state=state("reserved", 0))
    expect(the_page(page).get_by_text("Alder floor lamp, one")).to_be_visible()
    expect(page.locator("[data-part=record-name]")).to_have_text("Marit Solvang")
    expect(strip).to_contain_text("Calling the customer…")
    until(lambda: stage.server.shown == ["reservation-1"], page)
    stage.server.show(engagement=an_outgoing(a_call_out("ringing")))
    expect(slot).to_have_text("It rings")
    expect(page.get_by_role("timer").nth(1)).to_have_text("0:04")
    stage.server.show(engagement=an_outgoing(a_call_out("connecting")))
    expect(strip).to_contain_text("Connecting…")
    talking = a_call_out("talking")
    stage.server.show(engagement=an_outgoing(talking, state="ringing", ringing_at=iso()), state=state("ringing", 0))
    expect(page.get_by_role("alert").filter(has_text="Marit Solvang is on the line.")).to_be_visible()
    stage.server.show(engagement=an_outgoing(talking, state="talking", talking_since=iso()), state=state("talking", 0))
    expect(slot).to_have_text("Talking on your phone")
    expect(the_page(page).get_by_text("Alder floor lamp, one")).to_be_visible()
    assert stage.server.shown == ["reservation-1"]
    stage.server.show(
        engagement=an_outgoing(talking, state="wrap_up", wrap_up_until=iso(30)), state=state("wrap_up", 0)
    )
    expect(page.get_by_text("What happened?")).to_be_visible()


def test_what_was_asked_and_how_old_the_page_is(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("hello")
    request = a_call_out(tries=2, last_outcome="busy", promised_until=iso(600), abandoned=1)
    stage.server.show(engagement=an_outgoing(request), state=state("reserved", 0))
    expect(page.locator("[data-part=page-age]")).to_contain_text("12 min old")
    facts = page.locator(".slot .facts")
    for words in ("Number called", "+44 7700 900142", "Paris", "Promised", "2, last: busy", "Answered, nobody free"):
        expect(facts).to_contain_text(words)
    expect(facts).not_to_contain_text("Calling from")


def test_a_request_is_looked_at_first_and_accepted_with_a_key(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("hello")
    stage.server.show(engagement=an_outgoing(a_call_out("previewing")), state=state("reserved", 0))
    expect(page.locator("[data-part=strip]")).to_contain_text("Marit Solvang asked to be called.")
    expect(page.locator(".slot [role=timer]")).to_have_text(re.compile(r"^0:(20|1\d)$"))
    until(lambda: stage.server.shown == ["reservation-1"], page)
    page.get_by_label("Notes for this call").fill("a b")
    page.keyboard.type("a")
    assert stage.server.bodies("agent/reservations/reservation-1/accept") == [], "typed text accepts nothing"
    page.locator(".page-head h2").click()
    page.keyboard.press("a")
    expect(page.locator("[data-part=slot]")).to_have_text("Calling the customer…")
    assert len(stage.server.bodies("agent/reservations/reservation-1/accept")) == 1
    assert page.locator("[data-part=accept]").count() == 0


def test_a_request_that_is_refused_goes_away_and_the_agent_stays_ready(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    stage.server.pages["interaction-1"] = a_page("Marit's basket")
    stage.server.show(engagement=an_outgoing(a_call_out("previewing")), state=state("reserved", 0))
    page.get_by_role("button", name="Refuse: next agent").click()
    expect(page.locator(".state")).to_have_attribute("data-state", "ready")
    assert page.get_by_text("Marit").count() == 0
    assert len(stage.server.bodies("agent/reservations/reservation-1/pass")) == 1


@pytest.mark.parametrize("phase", ["previewing", "dialling", "ringing", "connecting"])
def test_a_reload_while_we_call_comes_back_to_the_truth(page: Page, stage: Stage, phase: str) -> None:
    words = {
        "previewing": "asked to be called",
        "dialling": "Calling the customer",
        "ringing": "It rings at the customer's",
        "connecting": "Connecting",
    }[phase]
    stage.server.pages["interaction-1"] = a_page("still here")
    on_the_desk(page, stage, state=state("reserved"), engagement=an_outgoing(a_call_out(phase)))
    until(lambda: stage.server.shown == ["reservation-1"], page)
    page.reload()
    expect(page.locator("[data-part=strip]")).to_contain_text(words)
    expect(the_page(page).get_by_text("still here")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_preview_fits(page: Page, stage: Stage, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    stage.server.pages["interaction-1"] = a_page("hello")
    on_the_desk(page, stage, state=state("reserved"), engagement=an_outgoing(a_call_out("previewing")))
    expect(the_page(page).get_by_text("hello")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator("[data-part=accept]").bounding_box()
    assert box is not None and box["height"] >= 44
