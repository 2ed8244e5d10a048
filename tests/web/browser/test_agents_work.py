"""The agent's work around the call: pauses, callbacks, the record, and nothing of anybody else."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from .scripted import Stage, a_callback, a_view, an_engagement, iso, marit, state, yusuf
from .test_console import a_page, on_the_desk, until

EVERY_FRAME = """() => { window.__seen = []; const look = () => {
    const fields = [...document.querySelectorAll("input, textarea")].map((field) => field.value).join(" ");
    const copy = document.querySelector(".stage iframe")?.contentDocument?.body?.textContent ?? "";
    window.__seen.push([document.title, document.body.innerText, fields, copy].join(" "));
    requestAnimationFrame(look); }; look(); }"""
YUSUF = yusuf()


def talking(page: Page, stage: Stage, **change: Any) -> None:
    stage.server.pages["interaction-1"] = a_page("hello")
    held = an_engagement(state="talking", talking_since=iso(-9), **change)
    on_the_desk(page, stage, state=state("talking"), engagement=held)


# ---- pauses ------------------------------------------------------------------------------------------------------


def test_p14_reasons_are_put_on_and_taken_off_one_by_one(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    page.locator("[data-part=reasons]").click()
    lunch = page.get_by_role("menuitemcheckbox", name="Lunch")
    training = page.get_by_role("menuitemcheckbox", name="Training")
    lunch.click()
    training.click()
    expect(lunch).to_have_attribute("aria-checked", "true")
    expect(page.locator("[data-part=reason]")).to_have_text(["Lunch", "Training"])
    lunch.click()
    expect(page.locator("[data-part=reason]")).to_have_text(["Training"])
    training.click()
    expect(page.locator(".state")).to_have_attribute("data-state", "ready")
    page.keyboard.press("Escape")
    expect(lunch).to_have_count(0)


def test_p14_a_pause_asked_for_in_a_call_is_on_screen_and_taken_back(page: Page, stage: Stage) -> None:
    talking(page, stage)
    page.keyboard.press("n")
    expect(page.locator("[data-part=pause-after]")).to_have_text("then Break")
    page.locator("[data-part=reasons]").click()
    page.get_by_role("menuitemcheckbox", name="Lunch").click()
    expect(page.locator("[data-part=pause-after]")).to_have_text("then Break, Lunch")
    page.get_by_role("menuitemcheckbox", name="Break").click()
    expect(page.locator("[data-part=pause-after]")).to_have_text("then Lunch")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator("[data-part=pause-after]")).to_have_count(0)
    expect(page.locator(".state")).to_have_attribute("data-state", "talking")


def test_a_reload_while_paused_comes_back_to_the_truth(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("not_ready", reasons=["lunch", "station_unreachable"]))
    page.reload()
    expect(page.locator("[data-part=reason]")).to_have_text(["Lunch", re.compile("lost its connection")])


def test_an_older_view_never_takes_the_place_of_a_newer_one(page: Page, stage: Stage) -> None:
    """Whatever comes in which order: of two versions, and of one version that was written twice."""
    on_the_desk(page, stage, state=state("ready"))
    until(lambda: stage.server.consoles, page)
    push = stage.server.live.emit
    newest = a_view(version=9, state=state("ready"), callbacks=[a_callback(name="The newest")], server_time=iso(3))
    for late in (
        a_view(version=8, state=state("not_ready", reasons=["break"]), server_time=iso(9)),
        a_view(version=9, state=state("ready"), callbacks=[a_callback(name="An older list")], server_time=iso(2)),
    ):
        push("view", newest, namespace="/agent")
        push("view", late, namespace="/agent")
        push("view", {**newest, "today": {**newest["today"], "calls": 99}}, namespace="/agent")
        expect(page.locator(".today")).to_contain_text("99")
        expect(page.locator("[data-part=callbacks]")).to_contain_text("The newest")
        expect(page.locator(".state")).to_have_attribute("data-state", "ready")


# ---- callbacks ---------------------------------------------------------------------------------------------------


def test_p15_a_callback_is_promised_in_the_call_at_a_time_of_theirs(page: Page, stage: Stage) -> None:
    talking(page, stage)
    page.locator("[data-part=new-callback]").click()
    form = page.locator("[data-part=callback-form]")
    expect(form.get_by_text("Their time zone: Paris, 1 hour ahead")).to_be_visible()
    expect(form.get_by_label("Number")).to_have_value("+44 7700 900142")
    expect(form.get_by_label("Date")).to_be_focused()
    expect(form.get_by_text("Not on the do-not-call list")).to_be_visible()
    form.get_by_label("Number").fill("07700 900999")
    expect(form.get_by_text("This number asked us not to call it.")).to_be_visible()
    form.get_by_label("Number").fill("07700 900142")
    form.get_by_label("Date").fill("2026-11-26")
    expect(form.get_by_label("Window, their time").locator("option")).to_have_text(["14:00–15:00 (13:00–14:00 here)"])
    form.get_by_label("Any kitchens agent").check()
    stage.server.refuse(409, "window_full")
    form.locator("[data-part=book]").click()
    expect(form.get_by_role("alert")).to_have_text("That time is taken. Choose another one.")
    stage.server.show(engagement={**stage.server.view["engagement"], "state": "wrap_up", "wrap_up_until": iso(30)})  # type: ignore[index]
    expect(page.get_by_text("Page closed at hang-up")).to_be_visible()
    expect(form.get_by_label("Number")).to_have_value("07700 900142")
    form.get_by_label("Me", exact=True).check()
    form.locator("[data-part=book]").click()
    expect(page.locator("[data-part=booked]")).to_contain_text("you")
    expect(page.locator("[data-part=booked]")).to_be_focused()
    window = {"date": "2026-11-26", "from": "14:00", "until": "15:00", "zone": "Europe/Paris"}
    sent = [wire.json for wire in stage.server.bodies("agent/reservations/reservation-1/callback")]
    assert sent[-1] == {"number": "07700 900142", "when": window, "mine": True} and sent[0]["mine"] is False
    expect(page.locator("[data-part=callbacks]")).to_contain_text("Marit Solvang")
    page.locator("[data-part=cancel-callback]").click()
    expect(page.locator("[data-part=callbacks]")).to_contain_text("None.")


def test_p15_a_due_callback_is_told_once_and_called_from_where_it_stands(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"), callbacks=[a_callback(due=295)])
    toast = page.locator("[data-part=reminder]")
    expect(toast).to_contain_text("Yusuf Adair in 5 minutes")
    toast.get_by_role("button", name="OK").click()
    expect(toast).to_have_count(0)
    stage.server.show(team={**stage.server.view["team"], "waiting": 7})  # type: ignore[index]
    expect(page.get_by_text("7", exact=True)).to_be_visible()
    expect(toast).to_have_count(0)
    stage.server.refuse(409, "not_ready")
    page.get_by_role("button", name="Call Yusuf Adair now").click()
    expect(page.get_by_text("Go ready first: your phone must be free.")).to_be_visible()
    page.get_by_role("button", name="Call Yusuf Adair now").click()
    expect(page.locator("[data-part=callbacks]")).to_contain_text("Being called")
    stage.server.show(callbacks=[a_callback(2, due=0, name="Lena Brandvold")])
    expect(toast).to_contain_text("It is time to call Lena Brandvold")


# ---- the record --------------------------------------------------------------------------------------------------


def test_p13_the_record_is_put_right_and_a_mistake_is_said_at_its_field(page: Page, stage: Stage) -> None:
    talking(page, stage)
    page.locator("[data-part=edit]").click()
    form = page.locator("[data-part=edit-record]")
    form.get_by_label("Phone").fill("12")
    stage.server.refuse(400, "malformed_number")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_have_text("That does not look like a telephone number.")
    expect(form.get_by_label("Phone")).to_be_focused()
    form.get_by_label("Phone").fill("07700 900143")
    form.get_by_label("Tags").fill("Trade price: no\nKitchen project")
    stage.server.show(team={**stage.server.view["team"], "waiting": 7})  # type: ignore[index]
    expect(form.get_by_label("Phone")).to_have_value("07700 900143")
    form.get_by_role("button", name="Save").click()
    expect(page.locator("[data-part=record]")).to_contain_text("Kitchen project")
    expect(page.locator("[data-part=edit]")).to_be_focused()
    sent = stage.server.bodies("interactions/interaction-1/customer", "PATCH")[-1].json
    assert sent["attributes"] == {"Trade price": "no", "Kitchen project": ""} and sent["phone"] == "07700 900143"


def test_p13_one_of_several_is_chosen_by_the_agent_and_by_nobody_else(page: Page, stage: Stage) -> None:
    talking(page, stage, customer=None, channel="ordinary", history=[], candidates=[marit(), YUSUF])
    expect(page.locator("[data-part=record-name]")).to_have_text("Unknown caller")
    page.get_by_role("button", name="It is them: Yusuf Adair").click()
    expect(page.locator("[data-part=record-name]")).to_have_text("Yusuf Adair")
    expect(page.get_by_text("Several customers have this number.")).to_have_count(0)


def test_all_of_the_history_is_shown_when_asked(page: Page, stage: Stage) -> None:
    talking(page, stage, history_total=9)
    expect(page.locator(".history li")).to_have_count(2)
    page.get_by_role("button", name="All 9 contacts").click()
    expect(page.locator(".history li")).to_have_count(9)


def test_p22_the_list_of_a_transfer_says_who_is_ready_and_when_a_busy_team_is(page: Page, stage: Stage) -> None:
    talking(page, stage)
    page.keyboard.press("x")
    rows = page.locator("[data-part=targets] label")
    expect(rows.nth(3)).to_contain_text("2 of 5 ready")
    expect(rows.nth(4)).to_contain_text("free in about 3 min")
    page.keyboard.press("Escape")
    expect(rows).to_have_count(0)


def test_an_optional_outcome_may_be_left_out(page: Page, stage: Stage) -> None:
    held = an_engagement(state="wrap_up", wrap_up_until=iso(30), disposition_required=False)
    on_the_desk(page, stage, state=state("wrap_up"), engagement=held)
    page.keyboard.press("Control+Enter")
    until(lambda: stage.server.bodies("agent/reservations/reservation-1/finish"), page)
    assert stage.server.bodies("agent/reservations/reservation-1/finish")[0].json["disposition"] is None


def test_what_was_typed_as_wrap_up_ended_is_kept(page: Page, stage: Stage) -> None:
    held = an_engagement(state="wrap_up", wrap_up_until=iso(30))
    on_the_desk(page, stage, state=state("wrap_up"), engagement=held)
    page.get_by_label("Notes for this call").fill("the last word")
    stage.server.show(engagement=None, state=state("ready", 0))
    notes = "agent/reservations/reservation-1/notes"
    until(lambda: stage.server.bodies(notes) and stage.server.bodies(notes)[-1].json == {"note": "the last word"}, page)


# ---- nobody else's, and nothing lost -------------------------------------------------------------------------------


def test_p07_nothing_of_the_customer_before_is_on_any_frame_of_the_next(page: Page, stage: Stage) -> None:
    """Title, texts, fields and the copy of the page, at every frame across the change."""
    talking(page, stage, note="only Marit said", history_total=9)
    page.locator("[data-part=edit]").click()
    page.locator("[data-part=new-callback]").click()
    page.get_by_label("Notes for this call").fill("something that only Marit said")
    page.evaluate(EVERY_FRAME)
    stage.server.pages["interaction-2"] = a_page("Yusuf's basket")
    yusuf = an_engagement(2, customer=YUSUF, history=[], state="talking", talking_since=iso())
    stage.server.show(engagement=yusuf, state=state("talking", 0))
    expect(page.frame_locator(".stage iframe").get_by_text("Yusuf's basket")).to_be_visible()
    expect(page.locator("[data-part=record-name]")).to_have_text("Yusuf Adair")
    page.wait_for_timeout(100)
    frames = page.evaluate("window.__seen")
    assert any("Marit" in frame for frame in frames) and any("Yusuf" in frame for frame in frames)
    assert [frame for frame in frames if "Marit" in frame and "Yusuf" in frame] == []
    last = max(number for number, frame in enumerate(frames) if "Marit" in frame or "marit" in frame)
    assert all("Yusuf" in frame for frame in frames[last + 1 :])


def test_the_list_of_keys_and_keys_that_are_off(page: Page, stage: Stage) -> None:
    on_the_desk(page, stage, state=state("ready"))
    page.keyboard.press("?")
    keys = page.locator("[data-part=key-list]")
    expect(keys).to_contain_text("Outcome, in wrap-up")
    keys.get_by_role("switch", name="Single-letter keys").click()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("n")
    page.keyboard.press("?")
    page.wait_for_timeout(100)
    expect(page.locator(".state")).to_have_attribute("data-state", "ready")
    expect(keys).to_have_count(0)
    page.keyboard.press("Alt+Shift+n")
    expect(page.locator(".state")).to_have_attribute("data-state", "not_ready")
