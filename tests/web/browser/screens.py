"""`python -m tests.web.browser.screens OUT [WORD…]` takes a picture of every state, light and dark, narrow and wide.

With words, only the pictures whose name holds one of them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page

from .browsing import chromium
from .scripted import PASSWORD, Stage, a_call_out, an_engagement, an_outgoing, iso, staged, state

WIDTHS = {"wide": (1280, 800), "narrow": (390, 844)}
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
    def scene(page: Page, stage: Stage) -> None:
        sign_in(page, stage)
        _fill_in(page)
        page.locator(".state").wait_for()
        stage.server.pages["interaction-1"] = checkout_page(page, stage)
        stage.server.show(**{key: value() if callable(value) else value for key, value in view.items()})
        page.wait_for_timeout(900)

    return scene


def checkout_page(page: Page, stage: Stage) -> dict[str, object]:
    """The page as the real widget takes it in a second tab: a checkout, half filled in."""
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


def engaged(name: str, **change: object) -> Scene:
    def engagement() -> dict[str, object]:
        times = {
            "ringing": {"ringing_at": iso(-4), "caller": "+447700900142"},
            "talking": {"talking_since": iso(-206), "caller": "+447700900142"},
            "wrap_up": {"wrap_up_until": iso(42), "caller": "+447700900142"},
        }.get(name, {})
        return an_engagement(state=name, **{**times, **change})

    return desk(engagement=engagement, state=lambda: state(name, -4))


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


WIDGET: dict[str, Scene] = {
    "choose": open_panel,
    "number": with_number,
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
STRANGER = {"customer": None, "page": None, "channel": "ordinary", "history": [], "caller": "+447700900177"}
CONSOLE: dict[str, Scene] = {
    "sign-in": sign_in,
    "sign-in-elsewhere": sign_in_elsewhere,
    "sign-in-wrong": wrong_password,
    "not-ready": desk(state=lambda: state("not_ready", -30, ["no_answer"])),
    "ready": desk(state=lambda: state("ready", -401)),
    "reserved": engaged("reserved"),
    "ringing": engaged("ringing"),
    "talking": engaged("talking"),
    "wrap-up": engaged("wrap_up"),
    "out-preview": outgoing("previewing"),
    "out-calling": outgoing("dialling"),
    "out-rings": outgoing("ringing"),
    "out-connecting": outgoing("connecting"),
    "out-on-the-line": outgoing("talking", state="ringing", ringing_at=iso(-2)),
    "stranger": engaged("ringing", **STRANGER),
    "down": desk(telephone_system="down", telephone={"reachable": False, "state": "unreachable"}),
}


def take(browser: Browser, stage: Stage, out: Path, words: list[str]) -> None:
    for area, scenes in {"widget": WIDGET, "call-me": CALL_ME, "shop": SHOP, "console": CONSOLE}.items():
        for name, scene in scenes.items():
            for width, (x, y) in WIDTHS.items():
                for scheme in ("light", "dark"):
                    file = f"{area}-{name}-{width}-{scheme}.png"
                    if (area == "shop" and scheme == "dark") or (words and not any(word in file for word in words)):
                        continue
                    stage.server.reset()
                    context = browser.new_context(
                        viewport={"width": x, "height": y},
                        color_scheme=scheme,
                        reduced_motion="reduce",
                        timezone_id="Europe/London",
                    )  # type: ignore[arg-type]
                    page = context.new_page()
                    page.set_default_timeout(8000)
                    try:
                        scene(page, stage)
                    finally:
                        page.screenshot(path=out / file, full_page=area not in ("widget", "call-me"))
                        context.close()
                    print(file)


def main(out: Path, words: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as stage, chromium() as browser:
        take(browser, stage, out, words)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
