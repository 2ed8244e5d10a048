"""The agent's desk: who is ready is computed, never set; who leaves gives back what only waits."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ctiapp.core.refusals import Refusal
from ctiapp.servers import calls, external_router
from ctiapp.servers.agent_desk import CONSOLE_GRACE, FAILURES_ALLOWED
from ctiapp.switch.protocol import EndReason, RouteRequested
from tests.database import PASSWORD, CallCentre, everything
from tests.servers.test_srp import refusal, swept


@pytest.fixture
def shop(centre: CallCentre) -> CallCentre:
    centre.a_pool()
    centre.an_agent("Noor")
    return centre


def a_call_is_answered(centre: CallCentre, number: str, call: str = "call-1") -> None:
    with centre.store.transaction() as tx:
        offer = calls.arrived(tx, RouteRequested(call, number, "07700900142"))
        assert isinstance(offer, calls.Offer)
        calls.answered(tx, call, offer.station)


def a_call_ends(centre: CallCentre, call: str = "call-1", reason: EndReason = EndReason.HANGUP) -> None:
    with centre.store.transaction() as tx:
        calls.ended(tx, call, reason, "16")


# ---- log in ------------------------------------------------------------------------------------------------


def test_p14_a_log_in_starts_not_ready_and_ready_takes_every_reason_away(centre: CallCentre) -> None:
    centre.an_agent("Noor", ready=False)
    assert centre.state("noor") == "not_ready: just_logged_in"
    centre.desk.not_ready("noor", "lunch")
    assert centre.state("noor") == "not_ready: just_logged_in, lunch"
    centre.desk.ready("noor")
    assert centre.state("noor") == "ready"


def test_p14_who_logs_in_sees_the_whole_screen(shop: CallCentre) -> None:
    view = shop.desk.view("noor")
    assert view["agent"] | {} == {
        "id": "noor",
        "name": "Noor Halden",
        "first_name": "Noor",
        "station": "phone-noor",
        "skills": {"general": 1, "sales": 5},
        "languages": ["en"],
    }
    assert view["state"]["name"] == "ready"
    assert view["telephone"] == {"reachable": True, "state": "idle"}
    assert view["telephone_system"] == "up"
    assert view["engagement"] is None
    assert view["team"] == {"waiting": 0, "longest_wait_seconds": 0, "ready": 1, "logged_in": 1}


def test_p14_wrong_agent_password_and_station_change_nothing_but_the_count(centre: CallCentre) -> None:
    centre.an_agent("Noor", station=None)
    centre.a_station("2101")
    desk = centre.desk
    assert refusal(lambda: desk.login("noor", "wrong", "2101", "192.0.2.9", False)) == "wrong_password"
    assert refusal(lambda: desk.login("nobody", PASSWORD, "2101", "192.0.2.9", False)) == "wrong_password"
    assert refusal(lambda: desk.login("noor", PASSWORD, "9999", "192.0.2.9", False)) == "unknown_station"
    assert centre.state("noor") == "logged_out"
    assert centre.answer("select count(*) from agent_session") == 0


def test_p14_wrong_passwords_are_limited_even_if_the_next_is_right(centre: CallCentre) -> None:
    centre.an_agent("Noor", station=None)
    centre.a_station("2101")
    for _ in range(FAILURES_ALLOWED):
        assert refusal(lambda: centre.desk.login("noor", "wrong", "2101", "192.0.2.9", False)) == "wrong_password"
    before = everything(centre.store)
    assert refusal(lambda: centre.logs_in("noor", "2101")) == "too_many_attempts"
    assert everything(centre.store) == before
    centre.passes(timedelta(minutes=5, seconds=1))
    assert centre.logs_in("noor", "2101")


def test_p14_a_second_log_in_is_an_explicit_take_over_and_moves_the_reservation(shop: CallCentre) -> None:
    shop.a_station("2102")
    status = shop.click("mia")
    before = everything(shop.store)
    with pytest.raises(Refusal) as refused:
        shop.logs_in("noor", "2102")
    assert (refused.value.code, refused.value.details) == ("already_logged_in", {"station": "phone-noor"})
    after = everything(shop.store)
    assert {table for table in after if after[table] != before[table]} <= {"login_failure"}
    session = shop.logs_in("noor", "2102", take_over=True)
    assert shop.desk.agent_of(session) == "noor"
    assert shop.answer("select count(*) from agent_session where logged_out_at is null") == 1
    assert shop.answer("select end_reason from agent_session where logged_out_at is not null") == "taken_over"
    held = shop.reservation(status["interaction"])
    assert (held["agent"], held["station"], held["state"]) == ("noor", "2102", "reserved")
    assert shop.state("noor") == "reserved"


def test_p14_a_station_is_taken_only_on_purpose_and_what_its_agent_held_goes_on(shop: CallCentre) -> None:
    shop.an_agent("Aldo")
    status = shop.click("mia")
    holder = shop.reservation(status["interaction"])["agent"]
    assert holder == "noor"
    shop.an_agent("Ines", station=None)
    with pytest.raises(Refusal) as refused:
        shop.logs_in("ines", "phone-noor")
    assert (refused.value.code, refused.value.details) == ("station_taken", {"agent": "noor"})
    shop.logs_in("ines", "phone-noor", take_over=True)
    assert shop.state("noor") == "logged_out"
    held = shop.reservation(status["interaction"])
    assert (held["agent"], held["station"], held["state"]) == ("aldo", "phone-aldo", "reserved")


def test_p14_log_out_with_a_reservation_waiting_hands_it_on(shop: CallCentre) -> None:
    shop.an_agent("Aldo")
    status = shop.click("mia")
    session = shop.answer("select id from agent_session where agent = 'noor'")
    shop.desk.page_shown("noor", shop.reservation(status["interaction"])["id"])
    shop.desk.logout(session)
    held = shop.reservation(status["interaction"])
    assert (held["agent"], held["page_shown_at"]) == ("aldo", None)
    assert shop.srp.status(status["interaction"])["agent"] == {"first_name": "Aldo"}
    assert (shop.state("noor"), shop.state("aldo")) == ("logged_out", "reserved")
    before = everything(shop.store)
    shop.desk.logout(session)
    assert everything(shop.store) == before


def test_p14_log_out_with_nobody_else_ends_the_reservation_and_frees_the_number(shop: CallCentre) -> None:
    status = shop.click("mia")
    shop.desk.logout(shop.answer("select id from agent_session where agent = 'noor'"))
    assert shop.srp.status(status["interaction"])["end_reason"] == "agent_gone"
    assert shop.point(status["number"]) == "cooling_down"
    assert shop.answer("select count(*) from reservation where state <> 'released'") == 0


def test_p14_log_out_in_a_call_lets_the_call_go_on_and_leaves_no_lease(shop: CallCentre) -> None:
    a_call_is_answered(shop, shop.click("mia")["number"])
    shop.desk.logout(shop.answer("select id from agent_session where agent = 'noor'"))
    assert shop.state("noor") == "logged_out"
    assert shop.answer("select state from call") == "talking"
    a_call_ends(shop)
    shop.passes(timedelta(seconds=31))
    swept(shop)
    assert shop.answer("select count(*) from reservation where state <> 'released'") == 0


# ---- ready or not ------------------------------------------------------------------------------------------


def telephone(centre: CallCentre, reachable: bool = True, in_use: bool = False, station: str = "phone-noor") -> None:
    with centre.store.transaction() as tx:
        tx.run("station_changed", station=station, reachable=reachable, in_use=in_use, state=f"{reachable} {in_use}")


def test_p12_an_unreachable_telephone_or_one_in_use_is_not_ready_and_says_why(shop: CallCentre) -> None:
    telephone(shop, reachable=False)
    assert shop.state("noor") == "not_ready: station_unreachable"
    telephone(shop, in_use=True)
    assert shop.state("noor") == "not_ready: on_another_call"
    telephone(shop)
    assert shop.state("noor") == "ready"


def test_p12_the_own_call_is_no_other_call(shop: CallCentre) -> None:
    number = shop.click("mia")["number"]
    a_call_is_answered(shop, number)
    telephone(shop, in_use=True)
    assert shop.state("noor") == "talking"
    a_call_ends(shop)
    assert shop.state("noor") == "wrap_up"
    telephone(shop, in_use=False)
    shop.desk.finish("noor", shop.answer("select id from reservation"), "sold", None, ready=True)
    assert shop.state("noor") == "ready"


def test_p14_a_pause_asked_for_in_a_call_starts_after_it(shop: CallCentre) -> None:
    a_call_is_answered(shop, shop.click("mia")["number"])
    shop.desk.not_ready("noor", "lunch")
    state = shop.desk.view("noor")["state"]
    assert (state["name"], state["reasons"], state["pause_after"]) == ("talking", [], ["lunch"])
    a_call_ends(shop)
    shop.passes(timedelta(seconds=31))
    swept(shop)
    assert shop.state("noor") == "not_ready: lunch"


def test_p14_a_pause_while_a_customer_only_holds_the_number_gives_them_to_the_next(shop: CallCentre) -> None:
    status = shop.click("mia")
    shop.an_agent("Aldo")
    shop.desk.not_ready("noor", "lunch")
    assert shop.reservation(status["interaction"])["agent"] == "aldo"
    assert (shop.state("noor"), shop.state("aldo")) == ("not_ready: lunch", "reserved")


def test_p14_a_pause_with_nobody_else_keeps_the_customer(shop: CallCentre) -> None:
    status = shop.click("mia")
    shop.desk.not_ready("noor", "lunch")
    assert shop.reservation(status["interaction"])["agent"] == "noor"
    assert shop.state("noor") == "reserved"
    shop.srp.cancel(status["interaction"])
    assert shop.state("noor") == "not_ready: lunch"


def test_an_unknown_reason_to_pause_changes_nothing(shop: CallCentre) -> None:
    before = everything(shop.store)
    assert refusal(lambda: shop.desk.not_ready("noor", "siesta")) == "bad_request"
    assert everything(shop.store) == before


def test_p14_a_lost_console_is_not_ready_after_the_grace_and_as_before_when_it_is_back(shop: CallCentre) -> None:
    session = shop.answer("select id from agent_session")
    shop.desk.console_closed(session, f"console-{session}")
    lose_consoles(shop)
    assert shop.state("noor") == "ready"
    shop.passes(CONSOLE_GRACE)
    lose_consoles(shop)
    assert shop.state("noor") == "not_ready: console_lost"
    shop.desk.console_opened(session, "console-2")
    assert shop.state("noor") == "ready"


def test_p14_a_second_tab_keeps_the_console(shop: CallCentre) -> None:
    session = shop.answer("select id from agent_session")
    shop.desk.console_opened(session, "tab-2")
    shop.desk.console_closed(session, f"console-{session}")
    shop.passes(CONSOLE_GRACE * 2)
    lose_consoles(shop)
    assert shop.state("noor") == "ready"


def test_p14_the_consoles_of_a_dead_web_process_are_lost(shop: CallCentre) -> None:
    shop.ask("delete from process where name = 'web-test' returning name")
    with shop.store.transaction() as tx:
        tx.run("forget_consoles_of_dead_processes")
    shop.passes(CONSOLE_GRACE * 2)
    lose_consoles(shop)
    assert shop.state("noor") == "not_ready: console_lost"


def lose_consoles(centre: CallCentre) -> None:
    with centre.store.transaction() as tx:
        tx.run("lose_consoles", grace=CONSOLE_GRACE)


# ---- the engagement ----------------------------------------------------------------------------------------


def test_p07_page_and_record_are_the_holders_alone_and_acknowledged(shop: CallCentre) -> None:
    shop.an_agent("Aldo")
    status = shop.click(claims={"sub": "mia", "name": "Mia Berg"})
    held = shop.desk.view("noor")["engagement"]
    assert held["customer"]["name"] == "Mia Berg"
    assert shop.desk.view("aldo")["engagement"] is None
    assert refusal(lambda: shop.desk.page("aldo", status["interaction"])) == "not_yours"
    assert shop.desk.page_shown("aldo", held["reservation"]) is False
    assert shop.desk.page_shown("noor", held["reservation"]) is True
    before = everything(shop.store)
    assert shop.desk.page_shown("noor", held["reservation"]) is True  # a reload, a second tab
    assert everything(shop.store) == before


def test_p07_the_page_goes_with_the_reservation(shop: CallCentre) -> None:
    status = shop.click("mia")
    shop.srp.cancel(status["interaction"])
    assert shop.desk.view("noor")["engagement"] is None
    assert refusal(lambda: shop.desk.page("noor", status["interaction"])) == "not_yours"


def test_p05_pass_on_gives_number_page_and_customer_to_the_next_agent(shop: CallCentre) -> None:
    shop.an_agent("Aldo")
    status = shop.click("mia")
    reservation = shop.reservation(status["interaction"])["id"]
    shop.desk.page_shown("noor", reservation)
    shop.desk.pass_on("noor", reservation)
    held = shop.reservation(status["interaction"])
    assert (held["id"], held["agent"], held["number"]) == (reservation, "aldo", status["number"])
    assert held["page_shown_at"] is None
    assert (shop.state("noor"), shop.state("aldo")) == ("not_ready: passed_on", "reserved")
    assert refusal(lambda: shop.desk.pass_on("noor", reservation)) == "not_yours"


def test_p05_pass_on_to_nobody_and_of_a_ringing_call_are_refused(shop: CallCentre) -> None:
    status = shop.click("mia")
    reservation = shop.reservation(status["interaction"])["id"]
    before = everything(shop.store)
    assert refusal(lambda: shop.desk.pass_on("noor", reservation)) == "all_agents_busy"
    assert refusal(lambda: shop.desk.finish("noor", reservation, "sold", "x", True)) == "wrong_state"
    assert refusal(lambda: shop.desk.extend("noor", reservation)) == "wrong_state"
    assert everything(shop.store) == before
    with shop.store.transaction() as tx:
        calls.arrived(tx, RouteRequested("call-1", status["number"], ""))
    assert refusal(lambda: shop.desk.pass_on("noor", reservation)) == "wrong_state"


def test_p12_after_a_talk_comes_wrap_up_which_can_be_longer_and_ends_with_an_outcome(shop: CallCentre) -> None:
    status = shop.click("mia")
    a_call_is_answered(shop, status["number"])
    a_call_ends(shop)
    assert shop.state("noor") == "wrap_up"
    assert shop.srp.status(status["interaction"])["state"] == "ended"
    reservation = shop.reservation(status["interaction"])
    shop.desk.extend("noor", reservation["id"])
    longer = shop.reservation(status["interaction"])
    assert longer["wrap_up_until"] - reservation["wrap_up_until"] == timedelta(seconds=30)
    shop.desk.note("noor", reservation["id"], "wants oak")
    assert refusal(lambda: shop.desk.finish("noor", reservation["id"], "nonsense", None, True)) == "bad_request"
    shop.desk.finish("noor", reservation["id"], "sold", None, ready=True)
    row = shop.interaction(status["interaction"])
    assert (row["disposition"], row["note"], row["end_reason"]) == ("sold", "wants oak", "hangup")
    assert shop.state("noor") == "ready"
    assert refusal(lambda: shop.desk.finish("noor", reservation["id"], "sold", None, True)) == "not_yours"


def test_p12_wrap_up_may_end_in_paperwork_and_ends_by_itself(shop: CallCentre) -> None:
    for ready, then in ((False, "not_ready: paperwork"), (None, "ready")):
        shop.desk.ready("noor")
        status = shop.click(f"customer {then}")
        a_call_is_answered(shop, status["number"], call=then)
        a_call_ends(shop, call=then)
        if ready is None:
            swept(shop)
            assert shop.state("noor") == "wrap_up"
            shop.passes(timedelta(seconds=31))
            swept(shop)
        else:
            shop.desk.finish("noor", shop.reservation(status["interaction"])["id"], "sold", None, ready)
        assert shop.state("noor") == then


def test_p12_every_state_of_an_agent_is_in_the_history(shop: CallCentre) -> None:
    status = shop.click("mia")
    a_call_is_answered(shop, status["number"])
    a_call_ends(shop)
    shop.desk.finish("noor", shop.reservation(status["interaction"])["id"], "sold", None, True)
    rows = shop.ask("select state, reasons, since, until from agent_state_history where agent = 'noor' order by since")
    states = [row["state"] for row in rows]
    assert states == ["logged_out", "not_ready", "ready", "reserved", "ringing", "talking", "wrap_up"]
    assert rows[1]["reasons"] == ["just_logged_in"]
    assert all(one["until"] == two["since"] for one, two in itertools.pairwise(rows))


def test_p04_the_next_agent_sees_what_was_before(shop: CallCentre) -> None:
    first = shop.click(claims={"sub": "mia", "name": "Mia"})
    a_call_is_answered(shop, first["number"])
    a_call_ends(shop)
    shop.desk.finish("noor", shop.reservation(first["interaction"])["id"], "follow_up", "call again in May", True)
    shop.click(claims={"sub": "mia"})
    (before,) = shop.desk.view("noor")["engagement"]["history"]
    assert (before["interaction"], before["agent"], before["disposition"], before["note"]) == (
        first["interaction"],
        "Noor Halden",
        "follow_up",
        "call again in May",
    )
    assert shop.desk.view("noor")["today"]["calls"] == 1


def test_an_older_picture_never_has_a_newer_version(shop: CallCentre) -> None:
    versions = [shop.desk.view("noor")["version"]]
    for change in (
        lambda: shop.desk.not_ready("noor", "break"),
        lambda: shop.desk.ready("noor"),
        lambda: shop.click("mia"),
        lambda: shop.desk.page_shown("noor", shop.answer("select id from reservation")),
        lambda: external_router_release(shop),
    ):
        change()
        versions.append(shop.desk.view("noor")["version"])
    assert versions == sorted(set(versions))


def external_router_release(centre: CallCentre) -> None:
    with centre.store.transaction() as tx:
        assert external_router.release(tx, centre.answer("select id from reservation"), "test")
        assert not external_router.release(tx, centre.answer("select id from reservation"), "test again")


# ---- reasons, and the end of wrap-up -------------------------------------------------------------------------


def test_p14_a_pause_is_a_set_of_reasons_each_of_which_can_be_taken_off(shop: CallCentre) -> None:
    for reason in ("break", "lunch", "lunch"):
        shop.desk.not_ready("noor", reason)
    assert shop.desk.view("noor")["state"]["pauses"] == ["break", "lunch"]
    shop.desk.unpause("noor", "break")
    assert shop.state("noor") == "not_ready: lunch"
    shop.desk.unpause("noor", "lunch")
    assert shop.state("noor") == "ready"


def test_p14_a_pause_asked_for_in_a_call_starts_after_it_and_can_be_taken_back(shop: CallCentre) -> None:
    a_call_is_answered(shop, shop.click()["number"])
    shop.desk.not_ready("noor", "lunch")
    shop.desk.not_ready("noor", "meeting")
    assert shop.state("noor") == "talking"
    shop.desk.unpause("noor", "meeting")
    assert shop.desk.view("noor")["state"]["pause_after"] == ["lunch"]
    a_call_ends(shop)
    shop.passes(timedelta(minutes=1))
    swept(shop)
    assert shop.state("noor") == "not_ready: lunch"


def test_p14_ready_takes_away_only_what_is_the_agents_own(shop: CallCentre) -> None:
    shop.desk.not_ready("noor", "break")
    shop.a_station("phone-noor", reachable=False)
    shop.desk.ready("noor")
    state = shop.desk.view("noor")["state"]
    assert (state["name"], state["reasons"], state["pauses"]) == ("not_ready", ["station_unreachable"], [])


def test_p13_without_an_outcome_wrap_up_ends_by_the_clock_alone(shop: CallCentre) -> None:
    status = shop.click()
    a_call_is_answered(shop, status["number"])
    a_call_ends(shop)
    reservation = shop.reservation(status["interaction"])["id"]
    finish = shop.desk.finish
    assert refusal(lambda: finish("noor", reservation, None, None, True)) == "disposition_missing"
    shop.desk.note("noor", reservation, "half a word")
    shop.passes(timedelta(minutes=1))
    swept(shop)
    assert shop.state("noor") == "ready"
    shop.desk.note("noor", reservation, "half a word, and its end")  # typed as the clock struck
    ended = shop.interaction(status["interaction"])
    assert (ended["disposition"], ended["note"]) == ("not_recorded", "half a word, and its end")
    shop.passes(timedelta(minutes=2))
    assert refusal(lambda: shop.desk.note("noor", reservation, "much later")) == "not_yours"


def test_p14_every_change_of_an_agent_carries_a_higher_version(shop: CallCentre) -> None:
    """A console shows the newest: no change may come under the number of another."""
    number = shop.click()["number"]
    held = shop.desk.view("noor")["engagement"]["reservation"]
    deeds = [
        lambda: shop.desk.not_ready("noor", "lunch"),
        lambda: shop.desk.unpause("noor", "lunch"),
        lambda: shop.desk.page_shown("noor", held),
        lambda: a_call_is_answered(shop, number),
        lambda: shop.desk.not_ready("noor", "meeting"),
        lambda: a_call_ends(shop),
        lambda: shop.desk.extend("noor", held),
        lambda: shop.desk.ready("noor"),
        lambda: shop.desk.finish("noor", held, "sold", None, True),
    ]
    seen = [shop.desk.view("noor")["version"]]
    for deed in deeds:
        deed()
        seen.append(shop.desk.view("noor")["version"])
    assert seen == sorted(set(seen))


def test_p14_versions_are_in_order_whoever_changes_an_agent_at_once(shop: CallCentre) -> None:
    def on_and_off(reason: str) -> None:
        for _ in range(8):
            shop.desk.not_ready("noor", reason)
            shop.desk.unpause("noor", reason)

    before = shop.desk.view("noor")["version"]
    with ThreadPoolExecutor() as at_once:
        list(at_once.map(on_and_off, ("break", "lunch", "meeting")))
    view = shop.desk.view("noor")
    assert view["version"] - before >= 48 and view["state"]["name"] == "ready"
