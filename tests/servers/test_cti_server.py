"""The CTI server at work: each call through the switch, the line, the stored routes, and every restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ctiapp.servers import call_control, cti
from ctiapp.switch.protocol import StationState
from ctiapp.switch.simulated import Does, Party
from tests.database import CallCentre
from tests.servers.living import ANSWERS, BUSY, REJECTS, RINGS, Living, living, until


@pytest.fixture
async def shop(centre: CallCentre, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Living]:
    """A pool, a plain number and Noor at her telephone; the CTI server runs."""
    monkeypatch.setattr(call_control, "PAGE_SHOWN_WITHIN", timedelta(milliseconds=300))
    monkeypatch.setattr(cti, "BEAT_EVERY", timedelta(milliseconds=100))
    centre.a_pool()
    centre.a_plain_number()
    async with living(centre) as shop:
        shop.an_agent("Noor", {"sales": 9})
        await shop.starts()
        yield shop


def nothing_leaks(centre: CallCentre) -> None:
    assert centre.ask("select * from reservation where state <> 'released'") == []
    assert centre.ask("select * from call where state <> 'ended'") == []
    assert centre.ask("select * from interaction where state <> 'ended'") == []
    assert centre.ask("select * from routing_point where state = 'reserved'") == []


# ---- a call ------------------------------------------------------------------------------------------------


async def test_p07_p08_p11_the_page_is_acknowledged_before_the_telephone_rings(shop: Living) -> None:
    centre, switch = shop.centre, shop.switch
    status = centre.click("mia")
    switch.arrive(status["number"], "07700900142")
    await shop.rings("noor")
    assert switch.rings == [("phone-noor", True)]
    switch.station_answers("phone-noor")
    await shop.becomes("noor", "talking")
    assert centre.srp.status(status["interaction"])["state"] == "connected"
    switch.station_hangs_up("phone-noor")
    await shop.becomes("noor", "wrap_up")
    centre.desk.finish("noor", centre.reservation(status["interaction"])["id"], "sold", None, True)
    assert centre.state("noor") == "ready"
    nothing_leaks(centre)
    lines = "select kind from port_event where call is not null order by at"
    await until(lambda: len(centre.ask(lines)) == 4)
    assert [line["kind"] for line in centre.ask(lines)] == ["arrived", "ringing", "answered", "ended"]


async def test_p07_a_late_bound_call_too_has_its_page_before_the_ring(shop: Living) -> None:
    shop.centre.a_pool("late", binding="late", points=["70011"])
    shop.centre.click("mia", pool="late")
    shop.switch.arrive("70011")
    await shop.rings("noor")
    assert shop.switch.rings == [("phone-noor", True)]


async def test_p07_without_the_page_on_screen_the_next_agent_gets_the_call(shop: Living) -> None:
    shop.an_agent("Aldo", {"sales": 1})
    shop.blind.add("noor")
    shop.switch.arrive(shop.centre.click("mia")["number"])
    await shop.rings("aldo")
    assert shop.switch.rings == [("phone-aldo", True)]
    assert shop.centre.state("noor") == "not_ready: no_console"


async def test_p07_an_acknowledgement_whose_wake_up_was_lost_counts(shop: Living) -> None:
    shop.server.control.page_shown = lambda reservation: None  # type: ignore[method-assign]
    shop.switch.arrive(shop.centre.click("mia")["number"])
    await shop.rings("noor")
    assert shop.switch.rings == [("phone-noor", True)]


async def test_p07_a_call_matters_more_than_its_page_when_the_web_is_down(shop: Living) -> None:
    shop.blind.add("noor")
    shop.centre.ask("delete from process where name = 'web-test' returning name")
    await until(lambda: not shop.server.control.web_is_up)
    shop.switch.arrive(shop.centre.click("mia")["number"])
    await shop.rings("noor")
    assert shop.switch.rings == [("phone-noor", False)]


@pytest.mark.parametrize("blind", [True, False], ids=["page not shown yet", "page shown"])
async def test_p12_a_caller_gone_while_we_decide_leaves_nothing_behind(shop: Living, blind: bool) -> None:
    if blind:
        shop.blind.add("noor")
    for _ in range(5):
        status = shop.centre.click("mia")
        call = shop.switch.arrive(status["number"])
        shop.switch.caller_hangs_up(call)
        await shop.is_settled()
        assert shop.centre.state("noor") == "ready"
        assert shop.centre.srp.status(status["interaction"])["end_reason"] == "abandoned"
        nothing_leaks(shop.centre)
        shop.centre.passes(timedelta(seconds=31))
    assert shop.switch.rings == []


async def test_p12_a_caller_gone_while_it_rings_leaves_the_agent_ready(shop: Living) -> None:
    call = shop.switch.arrive(shop.centre.click("mia")["number"])
    await shop.rings("noor")
    shop.switch.caller_hangs_up(call)
    await shop.becomes("noor", "ready")
    assert shop.switch.station("phone-noor") is StationState.IDLE
    nothing_leaks(shop.centre)


# ---- the telephone does not take it ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("party", "state"),
    [(REJECTS, "rejected"), (BUSY, "rejected"), (RINGS, "no_answer")],
    ids=["rejected", "busy", "none"],
)
async def test_p13_rona_the_next_agent_gets_the_call_with_the_page(shop: Living, party: Party, state: str) -> None:
    shop.an_agent("Aldo", {"sales": 1})
    shop.switch.set_party("phone-noor", party)
    status = shop.centre.click("mia")
    shop.switch.arrive(status["number"])
    if party is RINGS:
        await shop.rings("noor")
        shop.switch.clock.advance(timedelta(seconds=20))
    await shop.rings("aldo")
    assert shop.switch.rings == [("phone-noor", True), ("phone-aldo", True)]
    await shop.becomes("noor", f"not_ready: {state}")
    assert shop.centre.reservation(status["interaction"])["agent"] == "aldo"


async def test_p13_nobody_left_the_line_gives_the_oldest_call_to_the_next_who_is_ready(shop: Living) -> None:
    centre, switch = shop.centre, shop.switch
    centre.desk.not_ready("noor", "break")
    waiting = []
    for caller in range(3):
        waiting.append(switch.arrive("02079460100", f"0770090014{caller}"))
        await until(lambda: switch.state_of(waiting[-1]) == "queued")
    assert centre.desk.view("noor")["team"]["waiting"] == 3
    centre.desk.ready("noor")
    for place, call in enumerate(waiting):
        await until(lambda call=call: switch.state_of(call) == "ringing")
        assert [switch.state_of(later) for later in waiting[place + 1 :]] == ["queued"] * (2 - place)
        switch.caller_hangs_up(call)
    await shop.becomes("noor", "ready")
    nothing_leaks(centre)


async def test_p13_one_callers_failed_agent_is_still_there_for_the_next_in_line(shop: Living) -> None:
    shop.switch.set_party("phone-noor", REJECTS)
    first = shop.switch.arrive("02079460100", "07700900141")
    await until(lambda: shop.switch.state_of(first) == "queued")
    second = shop.switch.arrive("02079460100", "07700900142")
    await until(lambda: shop.switch.state_of(second) == "queued")
    shop.switch.set_party("phone-noor", RINGS)
    shop.centre.desk.ready("noor")
    await shop.rings("noor")
    assert (shop.switch.state_of(first), shop.switch.state_of(second)) == ("queued", "ringing")


async def test_p13_the_longest_wait_ends_in_words(shop: Living) -> None:
    shop.centre.desk.not_ready("noor", "break")
    call = shop.switch.arrive("02079460100")
    await until(lambda: shop.switch.state_of(call) == "queued")
    shop.switch.clock.advance(timedelta(seconds=301))
    await until(lambda: shop.switch.state_of(call) == "apology")
    shop.centre.desk.ready("noor")
    await shop.is_settled()
    shop.switch.clock.advance(timedelta(seconds=10))
    await until(lambda: shop.centre.answer("select count(*) from call where state <> 'ended'") == 0)
    assert shop.switch.rings == []
    nothing_leaks(shop.centre)


async def test_p13_many_calls_and_few_agents_all_are_served_once(shop: Living) -> None:
    shop.centre.a_plain_number("02079460103", longest_wait=timedelta(hours=1))
    for name in ("Aldo", "Ines"):
        shop.an_agent(name)
    for station in ("phone-noor", "phone-aldo", "phone-ines"):
        shop.switch.set_party(station, Party(Does.ANSWERS, talks_for=timedelta(seconds=60)))
    calls = [shop.switch.arrive("02079460103", f"077009001{caller:02}") for caller in range(12)]

    def work_goes_on() -> bool:
        states = {shop.switch.state_of(call) for call in calls}
        if states <= {"queued", "talking", "gone"}:
            shop.switch.clock.advance(timedelta(seconds=61))
        for row in shop.centre.ask("select id, agent from reservation where state = 'wrap_up'"):
            shop.centre.desk.finish(row["agent"], row["id"], "answered", None, True)
        return states == {"gone"}

    await until(work_goes_on)
    await shop.is_settled()
    for row in shop.centre.ask("select id, agent from reservation where state = 'wrap_up'"):
        shop.centre.desk.finish(row["agent"], row["id"], "answered", None, True)
    assert shop.centre.answer("select count(*) from interaction where connected_at is not null") == 12
    assert len(shop.switch.rings) == 12
    nothing_leaks(shop.centre)


# ---- telephones --------------------------------------------------------------------------------------------


async def test_p12_the_telephones_state_is_the_agents(shop: Living) -> None:
    shop.switch.set_party("phone-noor", Party(Does.IS_UNREACHABLE))
    await shop.becomes("noor", "not_ready: station_unreachable")
    shop.switch.set_party("phone-noor", RINGS)
    await shop.becomes("noor", "ready")
    kinds = [
        row["kind"] for row in shop.centre.ask("select kind from port_event where port = 'phone-noor' order by at")
    ]
    assert kinds == ["idle", "unreachable", "idle"]


# ---- the stored routes -------------------------------------------------------------------------------------


async def test_p05_p08_the_reserved_route_is_in_the_switch_as_long_as_it_holds(shop: Living) -> None:
    status = shop.centre.click("mia")
    await until(lambda: shop.switch._routes.get(status["number"], ("",))[0] == "phone-noor")
    shop.switch.add_station("desk-2")
    shop.centre.a_station("desk-2")
    shop.centre.logs_in("noor", "desk-2", take_over=True)
    await until(lambda: shop.switch._routes[status["number"]][0] == "desk-2")
    shop.centre.passes(timedelta(seconds=30))
    deadline = shop.centre.srp.keep_alive(status["interaction"])["deadline"].replace(microsecond=0)
    await until(lambda: shop.switch._routes[status["number"]][1] == deadline)
    shop.centre.srp.cancel(status["interaction"])
    await until(lambda: status["number"] not in shop.switch._routes)
    assert shop.switch._staffed == {"desk-2"}
    shop.centre.desk.logout(shop.centre.answer("select id from agent_session where logged_out_at is null"))
    await until(lambda: shop.switch._staffed == set())


async def test_p08_a_route_the_switch_did_not_take_is_written_later(shop: Living) -> None:
    shop.switch.lose_link()
    await until(lambda: not shop.server.ready)
    await shop.server._beat()
    shop.centre.ask("update process set ready = true returning name")
    status = shop.centre.click("mia")
    shop.switch.restore_link()
    await shop.is_ready()
    await until(lambda: shop.switch._routes.get(status["number"], ("",))[0] == "phone-noor")


# ---- restarts ----------------------------------------------------------------------------------------------


async def test_p11_a_lost_link_is_told_and_what_ended_meanwhile_is_corrected(shop: Living) -> None:
    shop.switch.set_party("phone-noor", ANSWERS)
    shop.switch.arrive("02079460100")
    await shop.becomes("noor", "talking")
    shop.switch.lose_link()
    await until(lambda: shop.centre.srp.pool_hours("larkmoor", "sales")["telephone"] == "down")
    shop.switch.station_hangs_up("phone-noor")
    shop.switch.restore_link()
    await shop.is_ready()
    await shop.becomes("noor", "wrap_up")
    assert shop.centre.ask("select state, end_reason from call") == [{"state": "ended", "end_reason": "lost"}]


async def test_p11_a_restart_of_the_switch_ends_every_call(shop: Living) -> None:
    shop.switch.set_party("phone-noor", ANSWERS)
    shop.switch.arrive("02079460100")
    await shop.becomes("noor", "talking")
    shop.an_agent("Aldo")
    ringing = shop.switch.arrive("02079460100")
    await shop.rings("aldo")
    shop.switch.restart()
    await shop.becomes("noor", "wrap_up")
    await shop.becomes("aldo", "ready")
    assert shop.switch.state_of(ringing) == "gone"
    assert shop.centre.answer("select count(*) from call where state <> 'ended'") == 0


async def test_p08_a_dead_cti_server_does_not_lose_the_customer_who_holds_a_number(shop: Living) -> None:
    status = shop.centre.click("mia")
    await until(lambda: status["number"] in shop.switch._routes)
    await shop.dies()
    shop.switch.arrive(status["number"], "07700900142")
    shop.switch.clock.advance(timedelta(seconds=2))
    shop.switch.station_answers("phone-noor")
    assert shop.switch.station("phone-noor") is StationState.IN_CALL
    await shop.starts()
    assert shop.centre.state("noor") == "talking"
    assert shop.centre.srp.status(status["interaction"])["state"] == "connected"
    assert shop.centre.desk.view("noor")["engagement"]["page"]["title"] == "Worktops"
    shop.switch.station_hangs_up("phone-noor")
    await shop.becomes("noor", "wrap_up")


async def test_p09_a_death_in_the_middle_of_everything_leaks_nothing(shop: Living) -> None:
    shop.an_agent("Aldo", {"sales": 8})
    shop.an_agent("Ines", {"sales": 7})
    held, called, talks = (shop.centre.click(who) for who in ("mia", "jon", "eva"))
    agents = {status["interaction"]: status["agent"]["first_name"].lower() for status in (held, called, talks)}
    await until(lambda: len(shop.switch._routes) == 3)
    ringing = shop.switch.arrive(called["number"])
    await shop.rings(agents[called["interaction"]])
    talking = shop.switch.arrive(talks["number"])
    await shop.rings(agents[talks["interaction"]])
    shop.switch.station_answers(f"phone-{agents[talks['interaction']]}")
    await shop.becomes(agents[talks["interaction"]], "talking")
    await shop.dies()
    shop.switch.caller_hangs_up(ringing)
    shop.switch.caller_hangs_up(talking)
    shop.centre.srp.cancel(held["interaction"])
    shop.switch._routes["7sales000"] = ("phone-nobody", datetime.now(UTC) + timedelta(hours=1))
    await shop.starts()
    await until(lambda: shop.switch._routes == {})
    assert shop.centre.state(agents[held["interaction"]]) == "ready"
    assert shop.centre.state(agents[called["interaction"]]) == "ready"
    await shop.becomes(agents[talks["interaction"]], "wrap_up")
    shop.centre.passes(timedelta(seconds=31))
    await shop.becomes(agents[talks["interaction"]], "ready")
    nothing_leaks(shop.centre)


async def test_p11_a_restart_while_it_rings_goes_on_with_the_same_offer(shop: Living) -> None:
    status = shop.centre.click("mia")
    shop.switch.arrive(status["number"])
    await shop.rings("noor")
    before = shop.centre.reservation(status["interaction"])["id"]
    await shop.dies()
    await shop.starts()
    assert shop.centre.reservation(status["interaction"])["id"] == before
    shop.switch.station_answers("phone-noor")
    await shop.becomes("noor", "talking")


async def test_p11_calls_that_come_while_it_reconciles_wait_and_are_not_lost(
    shop: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = shop.centre.click("mia")
    await shop.is_settled()
    go_on, began = asyncio.Event(), asyncio.Event()
    once = shop.server._reconcile_once

    async def slowly(snapshot: object) -> None:
        began.set()
        await go_on.wait()
        await once(snapshot)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.server, "_reconcile_once", slowly)
    shop.switch.lose_link()
    shop.switch.restore_link()
    await began.wait()
    call = shop.switch.arrive(status["number"])
    await until(lambda: shop.switch._events.qsize() == 0)
    assert shop.switch.state_of(call) == "asking"
    go_on.set()
    await shop.rings("noor")
    assert shop.centre.answer("select state from call") == "ringing"


async def test_p11_a_link_lost_while_it_reconciles_is_not_ready(shop: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    began, once = asyncio.Event(), shop.server._reconcile_once

    async def never(snapshot: object) -> None:
        began.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(shop.server, "_reconcile_once", never)
    shop.switch.lose_link()
    shop.switch.restore_link()
    await began.wait()
    shop.switch.lose_link("again")
    await until(lambda: shop.server.detail == "again")
    assert not shop.server.ready
    monkeypatch.setattr(shop.server, "_reconcile_once", once)
    shop.switch.restore_link()
    await shop.is_ready()
    shop.switch.arrive("02079460100")
    await shop.rings("noor")


# ---- what is not told --------------------------------------------------------------------------------------


async def test_p12_a_call_that_ended_without_a_word_is_found_at_the_second_look(shop: Living) -> None:
    shop.switch.set_party("phone-noor", ANSWERS)
    call = shop.switch.arrive("02079460100")
    await shop.becomes("noor", "talking")
    shop.switch.forget_without_a_word(call)
    shop.centre.passes(timedelta(seconds=6))
    await shop.server._check()
    assert shop.centre.state("noor") == "talking"
    await shop.server._check()
    await shop.becomes("noor", "wrap_up")


async def test_p09_a_route_the_switch_did_not_answer_is_offered_again(shop: Living) -> None:
    shop.switch.fails = 1
    shop.an_agent("Aldo", {"sales": 1})
    status = shop.centre.click("mia")
    call = shop.switch.arrive(status["number"])
    await until(lambda: shop.switch.fails == 0)
    await shop.is_settled()
    assert shop.switch.state_of(call) == "asking"
    shop.centre.passes(timedelta(seconds=36))
    await until(lambda: shop.switch.rings)
    assert shop.centre.answer("select count(*) from reservation where state = 'ringing'") == 1
    assert shop.centre.reservation(status["interaction"])["call"] == call


async def test_p11_an_orderly_stop_writes_what_it_knows_and_leaves_calls_alone(shop: Living) -> None:
    shop.switch.set_party("phone-noor", ANSWERS)
    call = shop.switch.arrive("02079460100")
    await shop.becomes("noor", "talking")
    await shop.stops()
    assert shop.switch.state_of(call) == "talking"
    assert shop.centre.state("noor") == "talking"
    row = shop.centre.ask("select ready, detail from process where name = 'cti'")
    assert row == [{"ready": False, "detail": "stopping"}]
