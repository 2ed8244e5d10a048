"""The agent's console."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page

from ..scripted import (
    PASSWORD,
    Stage,
    a_call_out,
    a_callback,
    a_transfer,
    a_view,
    an_engagement,
    an_outgoing,
    iso,
    marit,
    state,
    yusuf,
)
from .customer_page import checkout_page, small_page
from .scenes import Scene, press, then


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


def outgoing(phase: str, **change: object) -> Scene:
    return desk(
        engagement=lambda: an_outgoing(a_call_out(phase, tries=1, last_outcome="busy"), **change),
        state=lambda: state(str(change.get("state", "reserved")), -4),
    )


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


def finds(text: str, opens: bool = True) -> Callable[[Page, Stage], object]:
    def step(page: Page, stage: Stage) -> None:
        stage.server.customers = [marit(), *({**yusuf(), "id": f"C-{number}"} for number in range(1002, 1005))]
        page.get_by_role("searchbox", name="Find a customer").fill(text)
        page.locator("[data-part=found-customer]").first.wait_for()
        if opens:
            press("found-customer")(page, stage)
            page.locator("[data-part=found]").wait_for()

    return step


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


STRANGER = {
    "customer": None,
    "page": None,
    "channel": "ordinary",
    "history": [],
    "history_total": 0,
    "caller": "+447700900177",
}
GOOD_SOUND = {"loss": 0.001, "jitter_ms": 3.0, "round_trip_ms": 38.0}
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
    "find": then(desk(state=lambda: state("ready", -401)), finds("adair", opens=False)),
    "found": then(desk(state=lambda: state("ready", -401)), finds("marit")),
    "found-in-a-call": then(engaged("talking"), finds("adair")),
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
    "several-match": engaged("talking", **STRANGER | {"candidates": [marit(), yusuf()]}),
    "phone-lost": desk(
        telephone={"reachable": False, "state": "unreachable"},
        state=lambda: state("not_ready", -8, ["station_unreachable"]),
    ),
    "switch-down": desk(telephone_system="down", telephone={"reachable": False, "state": "unreachable"}),
    "disconnected": then(engaged("talking"), loses_its_line),
}
