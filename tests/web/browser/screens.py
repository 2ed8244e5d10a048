"""Every state of every screen, driven over the scripted server: for pictures, and for the rules of accessibility.

`python -m tests.web.browser.screens OUT [WORD…]` takes pictures of each and writes an index. With words, only those
whose name holds one of them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.web.conftest import World, a_request
from tests.web.fakes import SHOP as SHOP_PAGE

from . import png
from .browsing import chromium
from .scripted import (
    PASSWORD,
    TOKEN,
    Stage,
    a_call,
    a_call_out,
    a_callback,
    a_transfer,
    a_view,
    an_engagement,
    an_outgoing,
    iso,
    marit,
    serving,
    staged,
    state,
)

WIDTHS = {"wide": (1280, 800), "narrow": (390, 844), "very-wide": (1920, 1000)}
VERY_WIDE_TOO = ("ready", "talking", "wrap-up")
DARK_TOO = (
    "sign-in",
    "ready",
    "not-ready",
    "reserved",
    "ringing",
    "talking",
    "wrap-up",
    "callback-form",
    "phone-talking",
)
WHOLE = ("talking", "wrap-up", "callback-form", "ready")
"""Screens of the console that are shown down to their end where they are narrow."""
PANEL = {"x": 820, "y": 60, "width": 460, "height": 740}
"""Where the widget's panel stands on a wide page; the shop behind it has pictures of its own."""
LOOKS = (("wide", "light"), ("wide", "dark"), ("narrow", "light"), ("narrow", "dark"))
Scene = Callable[[Page, Stage], None]


def open_panel(page: Page, stage: Stage, path: str = "/lighting/alder-floor-lamp") -> None:
    page.goto(stage.shop + path)
    page.locator("ctiapp-button").first.click()
    page.locator("ctiapp-panel [data-part=title]").wait_for()


def with_number(page: Page, stage: Stage) -> None:
    open_panel(page, stage)
    page.locator("[data-part=call-us]").click()
    page.locator("[data-part=number]").wait_for()
    page.wait_for_timeout(150)


def refused(code: str, status: int = 409) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        stage.server.refuse(status, code)
        open_panel(page, stage)
        page.locator("[data-part=call-us]").click()
        page.locator("ctiapp-panel[data-state=refused]").wait_for()

    return scene


def moved(**change: object) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        with_number(page, stage)
        stage.server.move(**change)
        page.locator(f"ctiapp-panel[data-state={change['state']}]").wait_for()

    return scene


def ended(reason: str, talked: float | None = None) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        with_number(page, stage)
        stage.server.end(reason, talked)
        page.locator("ctiapp-panel:not([data-state=waiting_for_call])").wait_for()

    return scene


def closed(page: Page, stage: Stage) -> None:
    stage.server.pool.update(open=False, opens_at=iso(40_000))
    open_panel(page, stage)
    page.locator("ctiapp-panel[data-state=refused]").wait_for()


def collapsed(page: Page, stage: Stage) -> None:
    with_number(page, stage)
    page.locator("[data-part=collapse]").click()


def shop(path: str, basket: tuple[str, ...] = ()) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        page.goto(stage.shop + "/sign-in")
        page.get_by_text("Marit Solvang").click()
        for slug in basket:
            page.request.post(stage.shop + "/basket", form={"product": slug})
        page.goto(stage.shop + path)
        page.wait_for_timeout(300)

    return scene


def sign_in(page: Page, stage: Stage) -> None:
    page.goto(stage.web + "/console")
    page.locator("[name=agent]").wait_for()


def sign_in_elsewhere(page: Page, stage: Stage) -> None:
    stage.server.logged_in_elsewhere = True
    sign_in(page, stage)
    _fill_in(page)
    page.get_by_text("still signed in").wait_for()


def wrong_password(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    _fill_in(page, password="wrong")
    page.get_by_text("don't match").wait_for()


def _fill_in(page: Page, password: str = PASSWORD) -> None:
    page.locator("[name=agent]").fill("1042")
    page.locator("[name=password]").fill(password)
    page.locator("[name=station]").fill("2104")
    page.locator("[data-part=sign-in]").click()


def desk(**view: object) -> Scene:
    """The console in this view. `whole_page`: with the customer's page as the widget takes it, not a small one;
    `telephone_here`: the station's telephone is in the console, in this state."""
    whole_page, telephone = bool(view.pop("whole_page", False)), view.pop("telephone_here", None)

    def scene(page: Page, stage: Stage) -> None:
        shown = {key: value() if callable(value) else value for key, value in view.items()}
        stage.server.view = a_view(**shown)
        stage.server.phone_is_here = telephone is not None
        held = stage.server.view["engagement"]
        stage.server.pages["interaction-1"] = checkout_page(page, stage) if whole_page else small_page()
        signed_in = {"agent": "1042", "password": PASSWORD, "station": "2104", "take_over": False}
        page.request.post(f"{stage.web}/api/v1/agent/login", data=signed_in)
        page.goto(stage.web + "/console")
        page.locator(f".state[data-state={stage.server.view['state']['name']}]").wait_for()
        if held and held["page"] and held["state"] != "wrap_up":
            page.frame_locator(".stage iframe").get_by_text("Delivery").first.wait_for()
        if telephone:
            page.locator("[data-part=phone-line].registered").wait_for()
            page.evaluate("([state, more]) => window.__telephone(state, more)", telephone)

    return scene


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


def engaged(name: str, whole_page: bool = False, telephone_here: object = None, **change: object) -> Scene:
    def engagement() -> dict[str, object]:
        times = {
            "ringing": {"ringing_at": iso(-4), "caller": "+447700900142"},
            "talking": {"talking_since": iso(-206), "caller": "+447700900142"},
            "wrap_up": {"wrap_up_until": iso(42), "caller": "+447700900142"},
        }.get(name, {})
        return an_engagement(state=name, **{**times, **change})

    return desk(
        engagement=engagement, state=lambda: state(name, -4), whole_page=whole_page, telephone_here=telephone_here
    )


def call_me_form(fill: bool = True, **offer: object) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        stage.server.call_back(**offer)
        open_panel(page, stage)
        page.locator("[data-part=call-me]").click()
        page.locator("[data-part=submit]").wait_for()
        if not fill:
            return
        if not offer.get("known_number"):
            page.locator("[data-part=phone]").fill("07700 900142")
        page.locator("[data-part=agree]").check()

    return scene


def call_me_window(page: Page, stage: Stage) -> None:
    call_me_form(known_number="••••• •••142")(page, stage)
    page.locator("[data-part=later-on]").check()
    page.locator("[data-part='time-10:00']").click()


def call_me_refused(code: str, **details: object) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        call_me_form()(page, stage)
        stage.server.refuse(403, code, **details)
        page.locator("[data-part=submit]").click()
        page.wait_for_timeout(200)

    return scene


def call_me_proof(page: Page, stage: Stage) -> None:
    stage.server.proof = "314159"
    call_me_form()(page, stage)
    page.locator("[data-part=submit]").click()
    page.locator("[data-part=code]").wait_for()


def request(window: bool = False, **change: object) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        (call_me_window if window else call_me_form())(page, stage)
        page.locator("[data-part=submit]").click()
        page.locator("[data-part=wait]").wait_for()
        if change:
            stage.server.request_moves(**change)
        page.wait_for_timeout(250)

    return scene


def tried(page: Page, stage: Stage) -> None:
    request(state="dialling", place=None)(page, stage)
    stage.server.request_moves(
        state="queued", place=2, tries=1, last_try_at=iso(-60), last_outcome="no_answer", next_try_at=iso(900)
    )
    page.wait_for_timeout(250)


def change_call(page: Page, stage: Stage) -> None:
    request()(page, stage)
    page.locator("[data-part=change]").click()
    page.wait_for_timeout(200)


def not_own(page: Page, stage: Stage) -> None:
    stage.server.own = False
    request()(page, stage)


def over(state: str, outcome: str | None = None) -> Scene:
    def scene(page: Page, stage: Stage) -> None:
        request(agent={"first_name": "Noor"})(page, stage)
        stage.server.request_ends(state, last_outcome=outcome)
        page.wait_for_timeout(200)

    return scene


def both(page: Page, stage: Stage) -> None:
    stage.server.call_back()
    open_panel(page, stage)
    page.locator("[data-part=call-me]").wait_for()


def from_page(its: dict[str, object] | None = None, **call: object) -> Scene:
    """Called from the page: the window has the telephone, in this state."""

    def scene(page: Page, stage: Stage) -> None:
        with_number(page, stage)
        with page.expect_popup() as opened:
            page.locator("[data-part=voice]").click()
        if its:
            opened.value.locator("[data-part=title]").wait_for()
            opened.value.evaluate("(state) => window.__telephone(state)", its)
        if call:
            stage.server.move(**call)
            page.locator(f"ctiapp-panel[data-state={call['state']}]").wait_for()
        page.locator("[data-part=window]").wait_for()

    return scene


def blocked(page: Page, stage: Stage) -> None:
    with_number(page, stage)
    page.evaluate("() => { window.open = () => null; }")
    page.locator("[data-part=voice]").click()


NOOR = {"first_name": "Noor"}
CALL_ME: dict[str, Scene] = {
    "choose": both,
    "form": call_me_form(),
    "form-known": call_me_form(known_number="••••• •••142"),
    "form-long": call_me_form(offer_windows=True, estimate_seconds=1500),
    "form-window": call_me_window,
    "form-wrong": call_me_refused("number_type_not_allowed"),
    "form-unknown-wait": call_me_form(estimate_seconds=None),
    "proof": call_me_proof,
    "limit": call_me_refused("too_many_calls_today", limit="customer"),
    "waiting": request(),
    "waiting-long": request(estimate_seconds=1500),
    "booked": request(window=True),
    "tried": tried,
    "change": change_call,
    "not-own": not_own,
    "dialling": request(state="dialling", place=None, can_change=False),
    "ringing": request(state="dialling", place=None, can_change=False, agent=NOOR),
    "connecting": request(state="connecting", place=None, can_change=False, agent=NOOR),
    "talking": request(state="talking", place=None, can_change=False, can_cancel=False, agent=NOOR),
    "done": over("done", "human"),
    "cancelled": over("cancelled"),
    "failed": over("failed", "no_answer"),
}


def outgoing(phase: str, **change: object) -> Scene:
    return desk(
        engagement=lambda: an_outgoing(a_call_out(phase, tries=1, last_outcome="busy"), **change),
        state=lambda: state(str(change.get("state", "reserved")), -4),
    )


def link(window: bool = False, **status: object) -> Scene:
    """The page behind the signed link, of the real web server over the fakes of its API tests."""

    def scene(page: Page, stage: Stage) -> None:
        world = World(Path(tempfile.mkdtemp(dir=stage.folder)))
        when = {"date": "2026-12-01", "from": "09:00", "until": "10:00"} if window else None
        asked = world.browser().post("/api/v1/call-me", json=a_request(when=when), headers={"Origin": SHOP_PAGE}).json
        world.call_requests.statuses[asked["interaction"]].update(status)
        with serving(world.app) as http:
            page.goto(f"http://127.0.0.1:{http.port}{urlsplit(asked['link']).path}")

    return scene


def window(its: dict[str, object], *parts: str, more: dict[str, object] | None = None, **call: object) -> Scene:
    """The window with the customer's telephone, which is in this state."""

    def scene(page: Page, stage: Stage) -> None:
        stage.server.call = {**a_call(1), **call}
        page.goto(f"{stage.web}/call#interaction=interaction-1&token={TOKEN}")
        page.locator("[data-part=title]").wait_for()
        if its:
            page.evaluate("([state, more]) => window.__telephone(state, more)", [its, more or {}])
        page.wait_for_timeout(200)
        for part in parts:
            page.locator(f"[data-part={part}]").first.click()

    return scene


TALKS = {"name": "talking", "since": 1000 * (time.time() - 134)}
WINDOW: dict[str, Scene] = {
    "asking": window({}),
    "connecting": window({"name": "connecting"}, more={"heard": True}),
    "calling": window({"name": "calling"}, more={"heard": True}),
    "ringing": window({"name": "calling"}, state="ringing"),
    "queued": window({"name": "calling"}, state="queued", agent=None),
    "talking": window(TALKS, state="connected"),
    "muted": window({**TALKS, "muted": True}, state="connected"),
    "keypad": window(TALKS, "keypad", state="connected"),
    "camera": window(TALKS, "camera", state="connected"),
    "their-camera": window(TALKS, "look", more={"picture": "#6d597a"}, state="connected"),
    "settings": window(TALKS, "settings", state="connected"),
    "held": window({**TALKS, "name": "held"}, state="connected"),
    "ended": window({"name": "ended", "reason": "hung_up"}, state="ended", end_reason="hangup"),
    "cut-off": window({"name": "ended", "reason": "cut_off"}, state="connected"),
    "microphone-refused": window({"name": "refused", "reason": "microphone_refused"}),
    "microphone-missing": window({"name": "refused", "reason": "microphone_missing"}),
    "unreachable": window({"name": "refused", "reason": "server_unreachable"}),
}
NO_MORE = {"can_change": False, "can_cancel": False, "place": None}
LINK: dict[str, Scene] = {
    "waiting": link(),
    "booked": link(window=True),
    "calling": link(state="dialling", agent=NOOR, can_change=False, place=None),
    "done": link(state="done", agent=NOOR, **NO_MORE),
    "cancelled": link(state="cancelled", **NO_MORE),
    "failed": link(state="failed", **NO_MORE),
}
WIDGET: dict[str, Scene] = {
    "choose": open_panel,
    "number": with_number,
    "from-page": from_page(),
    "from-page-refused": from_page({"name": "refused", "reason": "microphone_refused"}),
    "from-page-blocked": blocked,
    "from-page-talking": from_page(
        {"name": "talking", "since": 1000 * time.time()}, state="connected", connected_at=iso(-3)
    ),
    "ringing": moved(state="ringing"),
    "queued": moved(state="queued", agent=None),
    "talking": moved(state="connected", connected_at=iso(-134)),
    "ended": ended("hangup", 381),
    "unanswered": ended("abandoned"),
    "expired": ended("expired"),
    "closed": closed,
    "collapsed": collapsed,
    "all-numbers": refused("all_numbers_in_use"),
    "busy": refused("all_agents_busy"),
    "no-skill": refused("nobody_has_the_skill"),
    "down": refused("telephone_down", 503),
}
SHOP: dict[str, Scene] = {
    "home": shop("/"),
    "category": shop("/kitchens"),
    "product": shop("/lighting/alder-floor-lamp"),
    "basket": shop("/basket", ("alder-floor-lamp", "worktop-oak")),
    "checkout": shop("/checkout", ("alder-floor-lamp", "worktop-oak")),
}
STRANGER = {
    "customer": None,
    "page": None,
    "channel": "ordinary",
    "history": [],
    "history_total": 0,
    "caller": "+447700900177",
}
YUSUF = {**marit(), "id": "C-1002", "name": "Yusuf Adair", "email": "yusuf.adair@example.com"}


def then(scene: Scene, *steps: Callable[[Page, Stage], object]) -> Scene:
    def whole(page: Page, stage: Stage) -> None:
        scene(page, stage)
        for step in steps:
            step(page, stage)
        page.wait_for_timeout(150)

    return whole


def press(part: str) -> Callable[[Page, Stage], object]:
    return lambda page, stage: page.locator(f"[data-part={part}]").first.click()


def phone(name: str, *parts: str, more: dict[str, object] | None = None, **its: object) -> Scene:
    """The console is the telephone, and in a call."""
    during = "ringing" if name == "ringing" else "talking"
    telephone = ({"name": name, "since": time.time() * 1000, **its}, more or {})
    return then(engaged(during, telephone_here=telephone), *(press(part) for part in parts))


def no_phone(reason: str) -> Scene:
    telephone = ({"name": "refused", "line": False, "reason": reason}, {})
    return desk(state=lambda: state("not_ready", -8, ["station_unreachable"]), telephone_here=telephone)


def chooses_ines(page: Page, stage: Stage) -> None:
    page.locator("[name=target]").first.check()


GOOD_SOUND = {"loss": 0.001, "jitter_ms": 3.0, "round_trip_ms": 38.0}


def callback_form(page: Page, stage: Stage) -> None:
    page.locator("[data-part=new-callback]").click()
    page.locator("[data-part=callback-form] option[value^='2']").first.wait_for(state="attached")


def loses_its_line(page: Page, stage: Stage) -> None:
    stage.server.cut()
    page.locator(".banner.bad").wait_for()


def my_callbacks() -> list[dict[str, object]]:
    return [
        a_callback(1, due=1380),
        a_callback(2, due=7200, name="Lena Brandvold", zone="Europe/Oslo"),
        a_callback(3, due=11_400, name="Petra Okonje", tries=1, last_outcome="busy"),
    ]


def nearly_due() -> list[dict[str, object]]:
    return [a_callback(1, due=290), *my_callbacks()[1:]]


CONSOLE: dict[str, Scene] = {
    "sign-in": sign_in,
    "sign-in-elsewhere": sign_in_elsewhere,
    "sign-in-wrong": wrong_password,
    "ready": desk(state=lambda: state("ready", -401), callbacks=my_callbacks),
    "not-ready": desk(state=lambda: state("not_ready", -30, ["no_answer"])),
    "reasons": then(desk(state=lambda: state("not_ready", -95, ["lunch", "training"])), press("reasons")),
    "menu": then(desk(state=lambda: state("ready", -401)), press("menu")),
    "keys": then(desk(state=lambda: state("ready", -401)), lambda page, stage: page.keyboard.press("?")),
    "reminder": then(
        desk(state=lambda: state("ready", -401), callbacks=nearly_due),
        lambda page, stage: page.locator("[data-part=reminder]").wait_for(),
    ),
    "reserved": engaged("reserved", whole_page=True),
    "ringing": engaged("ringing"),
    "talking": engaged("talking", whole_page=True),
    "talking-then-a-pause": desk(
        engagement=lambda: an_engagement(state="talking", talking_since=iso(-206), history_total=9),
        state=lambda: state("talking", -206, after=["lunch", "training"]),
        callbacks=my_callbacks,
    ),
    "callback-form": then(engaged("talking"), callback_form),
    "edit-record": then(engaged("talking"), press("edit")),
    "all-history": then(engaged("talking", history_total=9), press("all-history")),
    "phone-registered": desk(state=lambda: state("ready", -401), telephone_here=({"name": "registered"}, {})),
    "phone-ringing": phone("ringing"),
    "phone-talking": phone("talking", more={"sample": GOOD_SOUND}),
    "phone-muted": phone("talking", muted=True),
    "phone-held": phone("held"),
    "phone-keypad": phone("talking", "keypad"),
    "phone-video": phone("talking", "video", more={"picture": "#6d597a"}),
    "phone-microphone-refused": no_phone("microphone_refused"),
    "phone-other-tab": no_phone("other_tab"),
    "phone-asleep": no_phone("asleep"),
    "transfer-panel": then(phone("talking"), press("transfer"), chooses_ines),
    "transfer-ringing": engaged("talking", transfer=a_transfer("ringing")),
    "transfer-consulting": engaged("talking", transfer=a_transfer("consulting")),
    "transfer-conference": engaged("talking", transfer=a_transfer("conference")),
    "transfer-nobody-there": engaged("talking", transfer=a_transfer("alone", outcome="no_answer")),
    "transfer-received": engaged("reserved", role="receiving", transfer=a_transfer("offered", role="receiver")),
    "wrap-up": engaged("wrap_up"),
    "wrap-up-callback": engaged("wrap_up", callback=a_callback(due=80_000, zone="Europe/Paris")),
    "wrap-up-no-outcome": then(
        engaged("wrap_up", disposition_required=True),
        press("finish-ready"),
    ),
    "out-preview": outgoing("previewing"),
    "out-calling": outgoing("dialling"),
    "out-rings": outgoing("ringing"),
    "out-connecting": outgoing("connecting"),
    "out-on-the-line": outgoing("talking", state="ringing", ringing_at=iso(-2)),
    "stranger": engaged("ringing", **STRANGER),
    "several-match": engaged("talking", **STRANGER | {"candidates": [marit(), YUSUF]}),
    "phone-lost": desk(
        telephone={"reachable": False, "state": "unreachable"},
        state=lambda: state("not_ready", -8, ["station_unreachable"]),
    ),
    "switch-down": desk(telephone_system="down", telephone={"reachable": False, "state": "unreachable"}),
    "disconnected": then(engaged("talking"), loses_its_line),
}
SCREENS = {"widget": WIDGET, "call-me": CALL_ME, "window": WINDOW, "link": LINK, "shop": SHOP, "console": CONSOLE}


def looks(area: str, name: str) -> list[tuple[str, str]]:
    """(width, scheme) in which pictures of a screen are kept; all are checked in all four."""
    if area == "shop":
        return [("wide", "light")]
    dark = [("wide", "dark")] if area != "console" or name in DARK_TOO else []
    very_wide = [("very-wide", "light")] if area == "console" and name in VERY_WIDE_TOO else []
    return [("wide", "light"), *dark, ("narrow", "light"), *very_wide]


@contextmanager
def shown(browser: Browser, stage: Stage, scene: Scene) -> Iterator[Page]:
    """A page in the state of the scene; then `look(page, …)` as often as one likes."""
    stage.server.reset()
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, reduced_motion="reduce", timezone_id="Europe/London"
    )
    page = context.new_page()
    page.set_default_timeout(8000)
    try:
        scene(page, stage)
        yield page
    finally:
        context.close()


def look(page: Page, width: str, scheme: str) -> None:
    x, y = WIDTHS[width]
    page.set_viewport_size({"width": x, "height": y})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def take(browser: Browser, stage: Stage, out: Path, words: list[str]) -> list[str]:
    """The names of the pictures that were taken."""
    unpacking = browser.new_page()
    taken = []
    for area, scenes in SCREENS.items():
        for name, scene in scenes.items():
            wanted = [one for one in looks(area, name) if _is_wanted(_file(area, name, *one), words)]
            if not wanted:
                continue
            with shown(browser, stage, scene) as page:
                for width, scheme in wanted:
                    look(page, width, scheme)
                    picture = png.write(png.read(unpacking, _photograph(page, area, name, width)))
                    taken.append(_file(area, name, width, scheme))
                    (out / taken[-1]).write_bytes(picture)
            print(f"{area} {name}")
    return taken


def _photograph(page: Page, area: str, name: str, width: str) -> bytes:
    if area in ("widget", "call-me"):
        return page.screenshot(clip=PANEL if width == "wide" else None)  # type: ignore[arg-type]
    return page.screenshot(full_page=area == "shop" or name in WHOLE)


def _file(area: str, name: str, width: str, scheme: str) -> str:
    return f"{area}-{name}-{width}-{scheme}.png"


def _is_wanted(file: str, words: list[str]) -> bool:
    return not words or any(word in file for word in words)


def index() -> str:
    """What there is, as a page of links."""
    lines = [
        "# Every screen in every state",
        "",
        "Made by `make screens`: the real front end over a server that does as it is told. Wide is 1280",
        "pixels, narrow 390, very wide 1920. `console-at-the-ring.png` is taken by hand for the README.",
        "",
    ]
    for area, scenes in SCREENS.items():
        lines += [f"## {area}", ""]
        for name in scenes:
            links = [f"[{width}, {scheme}]({_file(area, name, width, scheme)})" for width, scheme in looks(area, name)]
            lines.append(f"- {name.replace('-', ' ')}: {' · '.join(links)}")
        lines.append("")
    return "\n".join(lines)


def main(out: Path, words: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as stage, chromium() as browser:
        taken = take(browser, stage, out, words)
    if not words:
        (out / "README.md").write_text(index())
        for old in {file.name for file in out.glob("*-*.png")} - {*taken, "console-at-the-ring.png"}:
            (out / old).unlink()
    size = sum((out / file).stat().st_size for file in taken)
    print(f"{len(taken)} pictures, {size / 1e6:.1f} MB, in {out}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
