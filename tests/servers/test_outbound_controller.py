"""Calls out, from the list to what came of them, through the CTI server and a switch that behaves (P18-P22)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ctiapp.config.values.call_me import RetryValues
from ctiapp.core.retry import Then
from ctiapp.servers import call_control, cti
from ctiapp.switch.protocol import MakeCall, StationState
from ctiapp.switch.simulated import Does, Party
from tests.database import CallCentre
from tests.servers.living import REJECTS, RINGS, Living, living, until

MIA, OMAR = "+447700900142", "+447700900143"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def shop(centre: CallCentre, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Living]:
    """A pool that calls back, and Noor at her telephone; the CTI server runs."""
    monkeypatch.setattr(call_control, "PAGE_SHOWN_WITHIN", timedelta(milliseconds=300))
    monkeypatch.setattr(cti, "BEAT_EVERY", timedelta(milliseconds=100))
    centre.a_pool()
    centre.a_plain_number(skill="sales")
    centre.calls_back()
    async with living(centre) as shop:
        shop.switch.any_customer = Party(Does.RINGS)
        shop.an_agent("Noor", {"sales": 9})
        await shop.starts()
        yield shop


def the_request(shop: Living, status: dict) -> dict:
    return shop.centre.ask("select * from call_request where interaction = %s", status["interaction"])[0]


def attempts(shop: Living) -> list[dict]:
    return shop.centre.ask("select * from attempt order by made_at")


def nothing_leaks(shop: Living) -> None:
    ask = shop.centre.ask
    assert ask("select * from reservation where state <> 'released'") == []
    assert ask("select * from call where state <> 'ended'") == []
    assert ask("select * from attempt where ended_at is null") == []
    assert ask("select * from call_request where owner is not null or attempt is not null") == []
    assert (
        ask(
            """select i.state, r.state from interaction i join call_request r on r.interaction = i.id
            where (i.state = 'ended') <> (r.state in ('done', 'cancelled', 'failed')) or i.state = 'ringing'"""
        )
        == []
    )


async def reaches_mia(shop: Living, **more: object) -> dict:
    """Mia is called, and it rings at hers."""
    status = shop.centre.call_me(MIA, **more)  # type: ignore[arg-type]
    await until(lambda: attempts(shop) and attempts(shop)[-1]["ringing_at"])
    return status


async def talks_to_mia(shop: Living) -> dict:
    status = await reaches_mia(shop)
    await answers(shop)
    await shop.rings("noor")
    shop.switch.station_answers("phone-noor")
    await shop.request_is(status, "talking")
    return status


async def answers(shop: Living, number: str = MIA) -> None:
    """…the telephone, and is listened to."""
    shop.switch.customer_answers(number)
    await shop.is_settled()
    shop.switch.clock.advance(shop.switch.listen_for)
    await shop.is_settled()


# ---- a call --------------------------------------------------------------------------------------------------------


async def test_p18_p20_p21_a_customer_is_called_and_put_through_to_the_agent_who_has_the_page(shop: Living) -> None:
    centre, switch = shop.centre, shop.switch
    status = await reaches_mia(shop)
    await shop.request_is(status, "dialling")
    await shop.becomes("noor", "reserved")
    await until(lambda: centre.reservation(status["interaction"])["page_shown_at"])
    seen = centre.desk.view("noor")["engagement"]
    assert (seen["channel"], seen["call_me"]["state"]) == ("call_me", "ringing")
    assert (seen["number"], seen["display_number"]) == (MIA, "+44 7700 900142")
    assert seen["page"]["title"] == "Worktops" and seen["number"] == MIA
    switch.customer_answers(MIA)
    await shop.request_is(status, "connecting")
    assert switch.rings == []
    switch.clock.advance(SECOND)
    await shop.rings("noor")
    assert switch.rings == [("phone-noor", True)]
    switch.station_answers("phone-noor")
    await shop.request_is(status, "talking")
    await shop.becomes("noor", "talking")
    switch.station_hangs_up("phone-noor")
    await shop.request_is(status, "done")
    await shop.becomes("noor", "wrap_up")
    centre.desk.finish("noor", centre.reservation(status["interaction"])["id"], "sold", None, True)
    assert centre.interaction(status["interaction"])["disposition"] == "sold"
    (attempt,) = attempts(shop)
    assert (attempt["outcome"], attempt["verdict"], attempt["trunk"]) == ("human", "human", "public")
    steps = [attempt[f"{step}_at"] for step in ("made", "ringing", "answered", "verdict", "ended")]
    assert steps == sorted(steps)
    nothing_leaks(shop)


async def test_p18_the_attempt_is_on_the_disk_before_it_is_dialled(shop: Living) -> None:
    known: list[dict] = []
    make_call = shop.switch.make_call

    async def look_first(command: MakeCall) -> None:
        known.extend(shop.centre.ask("select a.id, c.state from attempt a join call c on c.id = a.id"))
        await make_call(command)

    shop.switch.make_call = look_first  # type: ignore[method-assign]
    await reaches_mia(shop)
    assert known == [{"id": attempts(shop)[0]["id"], "state": "dialling"}]


async def test_p22_what_was_waited_is_measured_when_the_customer_answers(shop: Living) -> None:
    told: list[object] = []
    shop.server.controller.waited = told.append
    status = await reaches_mia(shop)
    await answers(shop)
    await until(lambda: told)
    assert the_request(shop, status)["waited_seconds"] is not None


# ---- not put through -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("does", "outcome", "state"),
    [
        (Does.IS_BUSY, "busy", "queued"),
        (Does.REJECTS, "rejected", "failed"),
        (Does.IS_UNALLOCATED, "unallocated", "failed"),
        (Does.IS_CONGESTED, "congestion", "queued"),
        (Does.IS_UNREACHABLE, "unreachable", "queued"),
    ],
)
async def test_p18_what_the_signalling_says_is_the_outcome(shop: Living, does: Does, outcome: str, state: str) -> None:
    shop.switch.customers[MIA] = Party(does)
    status = shop.centre.call_me(MIA)
    await until(lambda: the_request(shop, status)["last_outcome"] == outcome)
    await shop.request_is(status, state)
    assert shop.centre.state("noor") == "ready"
    nothing_leaks(shop)
    marks = shop.centre.ask("select mark from number_mark where number = %s", MIA)
    assert marks == ([{"mark": "wrong_number"}] if outcome == "unallocated" else [])


async def test_p18_nobody_answers_and_they_are_called_again_later(shop: Living) -> None:
    status = await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    shop.switch.clock.advance(timedelta(seconds=30))
    await until(lambda: the_request(shop, status)["last_outcome"] == "no_answer")
    await shop.becomes("noor", "ready")
    assert shop.centre.answer("select release_reason from reservation") == "abandoned"
    assert the_request(shop, status)["state"] == "queued" and shop.centre.desk.view("noor")["engagement"] is None
    nothing_leaks(shop)
    shop.centre.passes(timedelta(minutes=16))
    await until(lambda: len(attempts(shop)) == 2)
    await shop.becomes("noor", "reserved")
    assert the_request(shop, status)["tries"] == 2


@pytest.mark.parametrize(
    ("verdict", "outcome", "mark", "state"),
    [
        ("machine", "machine", None, "queued"),
        ("fax", "fax", "fax", "failed"),
        ("modem", "modem", "modem", "failed"),
        ("sit", "unallocated", "wrong_number", "failed"),
        ("busy", "busy", None, "queued"),
        ("reorder", "congestion", None, "queued"),
    ],
)
async def test_p19_what_is_no_human_is_hung_up_on_and_the_agent_is_free_at_once(
    shop: Living, verdict: str, outcome: str, mark: str | None, state: str
) -> None:
    shop.heard[MIA] = verdict
    status = await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    await answers(shop)
    await until(lambda: the_request(shop, status)["last_outcome"] == outcome)
    await shop.request_is(status, state)
    await shop.becomes("noor", "ready")
    assert shop.switch.rings == [] and shop.switch.said == []
    assert [row["mark"] for row in shop.centre.ask("select mark from number_mark")] == ([mark] if mark else [])
    nothing_leaks(shop)


@pytest.mark.parametrize("verdict", ["human", "unknown", None], ids=["human", "unknown", "no detector"])
async def test_p19_who_may_be_human_is_put_through(shop: Living, verdict: str | None) -> None:
    shop.heard[MIA] = verdict
    await reaches_mia(shop)
    await answers(shop)
    await shop.rings("noor")


async def test_p19_a_machine_is_left_the_pools_message(shop: Living) -> None:
    shop.centre.calls_back(message_for_machine="own-words")
    shop.heard[MIA] = "machine"
    status = await reaches_mia(shop)
    await answers(shop)
    await shop.becomes("noor", "ready")
    await until(lambda: [message for _, message in shop.switch.said] == ["own-words"])
    shop.switch.clock.advance(timedelta(seconds=10))
    await shop.request_is(status, "done")
    assert the_request(shop, status)["detail"] == "message_left"
    assert shop.centre.interaction(status["interaction"])["end_reason"] == "message_left"
    nothing_leaks(shop)


async def test_p19_busy_tones_before_the_answer_end_the_call(shop: Living) -> None:
    status = await reaches_mia(shop)
    shop.centre.hears(attempts(shop)[0]["id"], "busy", unanswered=True)
    await until(lambda: the_request(shop, status)["last_outcome"] == "busy")
    nothing_leaks(shop)


async def test_p19_a_word_from_before_the_answer_says_nothing_of_who_answers(shop: Living) -> None:
    """…and nobody hears them then, for the detector is down."""
    await reaches_mia(shop)
    shop.centre.hears(attempts(shop)[0]["id"], "machine", unanswered=False)
    shop.heard[MIA] = None
    await answers(shop)
    await shop.rings("noor")


# ---- agents go away --------------------------------------------------------------------------------------------------


async def test_p20_the_chosen_agent_goes_and_the_next_one_gets_page_and_call(shop: Living) -> None:
    status = await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    shop.an_agent("Aldo", {"sales": 1})
    session = shop.centre.answer("select id from agent_session where agent = 'noor'")
    shop.centre.desk.logout(session)
    await shop.becomes("aldo", "reserved")
    await answers(shop)
    await shop.rings("aldo")
    assert shop.switch.rings == [("phone-aldo", True)]
    assert shop.centre.interaction(status["interaction"])["state"] == "ringing"


async def test_p20_the_chosen_agents_telephone_goes_and_the_next_one_is_chosen_at_the_verdict(shop: Living) -> None:
    await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    shop.an_agent("Aldo", {"sales": 1})
    shop.switch.set_party("phone-noor", Party(Does.IS_UNREACHABLE))
    await until(lambda: not shop.centre.answer("select reachable from station where id = 'phone-noor'"))
    await answers(shop)
    await shop.rings("aldo")
    assert shop.switch.rings == [("phone-aldo", True)]


async def goes_home(shop: Living, agent: str = "noor") -> None:
    shop.centre.desk.logout(shop.centre.answer("select id from agent_session where agent = %s", agent))


async def test_p20_nobody_is_left_the_customer_is_told_counted_and_first_in_the_list(shop: Living) -> None:
    centre = shop.centre
    status = await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    other = centre.call_me(OMAR, visitor="omar")
    await goes_home(shop)
    assert centre.interaction(status["interaction"])["state"] != "ended"
    await answers(shop)
    await until(lambda: [message for _, message in shop.switch.said] == ["nobody-free"])
    shop.switch.clock.advance(timedelta(seconds=10))
    await until(lambda: the_request(shop, status)["abandoned"] == 1)
    row = the_request(shop, status)
    assert (row["state"], row["last_outcome"], row["rank"]) == ("queued", "abandoned", -1)
    nothing_leaks(shop)
    centre.logs_in("noor", "phone-noor")
    centre.desk.ready("noor")
    await until(lambda: len(attempts(shop)) == 2)
    assert str(attempts(shop)[1]["interaction"]) == status["interaction"]
    assert the_request(shop, other)["tries"] == 0


@pytest.mark.parametrize("party", [REJECTS, RINGS], ids=["rejected", "no answer"])
async def test_p20_rona_the_next_agent_gets_the_call(shop: Living, party: Party) -> None:
    shop.switch.set_party("phone-noor", party)
    await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    shop.an_agent("Aldo", {"sales": 1})
    await answers(shop)
    if party is RINGS:
        await shop.rings("noor")
        shop.switch.clock.advance(timedelta(seconds=20))
    await shop.rings("aldo")
    assert shop.switch.rings == [("phone-noor", True), ("phone-aldo", True)]
    assert shop.centre.state("noor").startswith("not_ready")


async def test_p20_rona_and_nobody_else_the_customer_is_told(shop: Living) -> None:
    shop.switch.set_party("phone-noor", REJECTS)
    status = await reaches_mia(shop)
    await answers(shop)
    await until(lambda: [message for _, message in shop.switch.said] == ["nobody-free"])
    shop.switch.clock.advance(timedelta(seconds=10))
    await until(lambda: the_request(shop, status)["abandoned"] == 1)
    nothing_leaks(shop)


async def test_p20_no_page_on_screen_the_next_agent_and_within_two_seconds_words(shop: Living) -> None:
    shop.blind |= {"noor", "aldo", "runa"}
    shop.an_agent("Aldo", {"sales": 2})
    shop.an_agent("Runa", {"sales": 1})
    await reaches_mia(shop)
    began = time.monotonic()
    await answers(shop)
    await until(lambda: shop.switch.said)
    assert time.monotonic() - began < 2
    assert shop.switch.rings == [] and shop.switch.said[0][1] == "nobody-free"


async def test_p12_the_customer_hangs_up_while_the_agents_telephone_rings(shop: Living) -> None:
    status = await reaches_mia(shop)
    await answers(shop)
    await shop.rings("noor")
    shop.switch.caller_hangs_up(attempts(shop)[0]["id"])
    await until(lambda: the_request(shop, status)["last_outcome"] == "abandoned")
    assert shop.switch.station("phone-noor") is StationState.IDLE
    assert the_request(shop, status)["abandoned"] == 1
    await shop.is_settled()
    assert len(attempts(shop)) == 1, "not at once"
    shop.centre.passes(timedelta(seconds=61))
    await until(lambda: len(attempts(shop)) == 2)


# ---- when an agent is chosen -----------------------------------------------------------------------------------------


async def test_p20_option_the_agent_is_chosen_at_the_answer(shop: Living) -> None:
    shop.centre.calls_back(agent_chosen="answer")
    await reaches_mia(shop)
    await shop.is_settled()
    assert shop.centre.state("noor") == "ready"
    await answers(shop)
    await shop.rings("noor")
    assert shop.switch.rings == [("phone-noor", True)]


async def preview(shop: Living, agent: str = "noor") -> dict:
    await shop.becomes(agent, "reserved")
    return shop.centre.desk.view(agent)["engagement"]


async def test_p20_option_preview_the_agent_looks_accepts_and_then_it_is_dialled(shop: Living) -> None:
    shop.centre.calls_back(agent_chosen="preview")
    status = shop.centre.call_me(MIA)
    seen = await preview(shop)
    assert seen["call_me"]["state"] == "previewing" and seen["call_me"]["preview_until"]
    assert the_request(shop, status)["state"] == "previewing" and attempts(shop) == []
    shop.centre.desk.accept("noor", seen["reservation"])
    shop.centre.desk.accept("noor", seen["reservation"])
    await shop.request_is(status, "dialling")
    await until(lambda: attempts(shop)[0]["ringing_at"])
    assert shop.centre.desk.view("noor")["engagement"]["call_me"]["state"] == "ringing"
    await answers(shop)
    await shop.rings("noor")
    shop.switch.station_answers("phone-noor")
    await shop.request_is(status, "talking")
    shop.switch.station_hangs_up("phone-noor")
    await shop.request_is(status, "done")
    assert len(attempts(shop)) == 1


async def test_p20_preview_a_refusal_offers_it_to_the_next_and_costs_no_pause(shop: Living) -> None:
    shop.centre.calls_back(agent_chosen="preview")
    shop.an_agent("Aldo", {"sales": 1})
    status = shop.centre.call_me(MIA)
    shop.centre.desk.pass_on("noor", (await preview(shop))["reservation"])
    seen = await preview(shop, "aldo")
    assert seen["interaction"] == status["interaction"] and shop.centre.state("noor") == "ready"
    shop.centre.desk.pass_on("aldo", seen["reservation"])
    await shop.request_is(status, "queued")
    assert attempts(shop) == [] and shop.centre.state("aldo") == "ready"
    nothing_leaks(shop)


async def test_p20_preview_who_does_not_look_is_not_there(shop: Living) -> None:
    shop.centre.calls_back(agent_chosen="preview")
    shop.an_agent("Aldo", {"sales": 1})
    shop.centre.call_me(MIA)
    await preview(shop)
    shop.centre.passes(timedelta(seconds=21))
    await shop.becomes("noor", "not_ready: no_answer")
    await preview(shop, "aldo")


async def test_p20_preview_the_customer_changes_their_mind(shop: Living) -> None:
    shop.centre.calls_back(agent_chosen="preview")
    status = shop.centre.call_me(MIA)
    await preview(shop)
    shop.centre.call_requests.cancel(status["interaction"])
    await shop.becomes("noor", "ready")
    await shop.request_is(status, "cancelled")
    nothing_leaks(shop)


# ---- who is dialled --------------------------------------------------------------------------------------------------


async def test_p18_calls_in_flight_never_exceed_the_agents_who_can_take_them(shop: Living) -> None:
    shop.an_agent("Aldo", {"sales": 1})
    shop.an_agent("Runa", {"kitchens": 5})
    for place in range(6):
        shop.centre.call_me(f"+4477009001{place:02}", visitor=f"v{place}", network=f"192.0.2.{place}")
    await until(lambda: len(attempts(shop)) == 2)
    await shop.becomes("noor", "reserved")
    await shop.becomes("aldo", "reserved")
    await shop.is_settled()
    assert len(attempts(shop)) == 2


async def test_p18_nobody_with_the_skill_is_logged_in_so_nobody_is_dialled_and_it_says_so(shop: Living) -> None:
    await goes_home(shop)
    shop.an_agent("Runa", {"kitchens": 5})
    status = shop.centre.call_me(MIA)
    await shop.is_settled()
    told = shop.centre.call_requests.status(status["interaction"])
    assert (told["state"], told["detail"]) == ("queued", "nobody_has_the_skill")
    assert attempts(shop) == []


async def test_p18_do_not_call_is_looked_up_when_it_is_dialled(shop: Living) -> None:
    await goes_home(shop)
    status = shop.centre.call_me(MIA)
    with shop.centre.store.transaction() as tx:
        tx.run("do_not_call", number=MIA, reason="asked", source="test")
    shop.centre.logs_in("noor", "phone-noor")
    shop.centre.desk.ready("noor")
    await shop.request_is(status, "failed")
    row = the_request(shop, status)
    assert (row["detail"], row["last_outcome"]) == ("do_not_call", "do_not_call") and attempts(shop) == []
    nothing_leaks(shop)


async def test_p18_nobody_is_dialled_outside_the_legal_hours_of_where_they_are(shop: Living) -> None:
    await goes_home(shop)
    status = shop.centre.call_me(MIA)
    shop.centre.ask("update call_me_pool set legal_hours = '{\"weekly\": {}}' returning pool")
    shop.centre.logs_in("noor", "phone-noor")
    shop.centre.desk.ready("noor")
    await shop.request_is(status, "failed")
    assert the_request(shop, status)["detail"] == "not_legal" and attempts(shop) == []


async def test_p18_a_trunk_that_fails_is_followed_by_the_next_within_the_same_try(shop: Living) -> None:
    shop.centre.calls_back(trunks=("first", "second"))
    tried: list[str | None] = []
    make_call = shop.switch.make_call

    async def first_is_down(command: MakeCall) -> None:
        tried.append(command.trunk)
        shop.switch.customers[MIA] = Party(Does.IS_CONGESTED if command.trunk == "first" else Does.IS_BUSY)
        await make_call(command)

    shop.switch.make_call = first_is_down  # type: ignore[method-assign]
    status = shop.centre.call_me(MIA)
    await until(lambda: the_request(shop, status)["last_outcome"] == "busy")
    assert tried == ["first", "second"]
    assert [(row["trunk"], row["outcome"], row["of_try"]) for row in attempts(shop)] == [
        ("first", "congestion", 1),
        ("second", "busy", 1),
    ]
    assert the_request(shop, status)["tries"] == 1
    nothing_leaks(shop)


async def test_p18_the_rules_of_the_pool_decide(shop: Living) -> None:
    shop.centre.calls_back(retry=(RetryValues("busy", 1, Then.GIVE_UP.value),))
    shop.switch.customers[MIA] = Party(Does.IS_BUSY)
    status = shop.centre.call_me(MIA)
    await shop.request_is(status, "failed")
    assert shop.centre.interaction(status["interaction"])["end_reason"] == "busy"


@pytest.mark.parametrize("answered", [False, True], ids=["rings at the customer's", "rings at the agent's"])
async def test_p15_cancelled_while_it_is_dialled_it_is_hung_up(shop: Living, answered: bool) -> None:
    status = await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    if answered:
        await answers(shop)
        await shop.rings("noor")
    shop.centre.call_requests.cancel(status["interaction"])
    await until(lambda: shop.switch.state_of(attempts(shop)[0]["id"]) == "gone")
    await shop.is_settled()
    await shop.becomes("noor", "ready")
    assert the_request(shop, status)["state"] == "cancelled" and shop.switch.said == []
    assert shop.centre.interaction(status["interaction"])["end_reason"] == "cancelled"
    nothing_leaks(shop)
