"""The widget's panel, asking to be called."""

from __future__ import annotations

from playwright.sync_api import Page

from ..scripted import Stage, iso
from .scenes import NOOR, Scene
from .widget import open_panel


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
