"""What a call does in the database: whose it is, who gets it, and what is left of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ctiapp.servers import calls, external_router
from ctiapp.servers.calls import Decision, Offer, Queue, Refuse
from ctiapp.switch.protocol import CallSeen, EndReason, RouteReason, RouteRequested
from tests.database import CallCentre, everything
from tests.servers.test_srp import swept


def reaches(centre: CallCentre, number: str, call: str = "call-1", caller: str = "07700900142") -> Decision:
    with centre.store.transaction() as tx:
        return calls.arrived(tx, RouteRequested(call, number, caller))


def is_not_taken(centre: CallCentre, outcome: EndReason, call: str = "call-1", number: str = "") -> Decision:
    with centre.store.transaction() as tx:
        return calls.not_delivered(tx, RouteRequested(call, number, "", RouteReason.NOT_DELIVERED, outcome))


def is_answered(centre: CallCentre, call: str = "call-1", station: str = "phone-noor") -> None:
    with centre.store.transaction() as tx:
        calls.answered(tx, call, station)


def ends(centre: CallCentre, call: str = "call-1", reason: EndReason = EndReason.HANGUP) -> None:
    with centre.store.transaction() as tx:
        calls.ended(tx, call, reason, "16")


def adopted(centre: CallCentre, phase: str, station: str, number: str, call: str = "call-1") -> bool:
    with centre.store.transaction() as tx:
        return calls.adopt(tx, CallSeen(call, number, "07700900142", "", phase, station))


def live(centre: CallCentre) -> int:
    return centre.answer("select count(*) from reservation where state <> 'released'")


@pytest.fixture
def shop(centre: CallCentre) -> CallCentre:
    centre.a_pool()
    centre.a_plain_number()
    centre.an_agent("Noor", {"sales": 9})
    return centre


# ---- the reserved number (330) -----------------------------------------------------------------------------


def test_p08_p09_the_call_finds_the_reserved_agent_and_the_number_cools_down(shop: CallCentre) -> None:
    status = shop.click("mia")
    offer = reaches(shop, status["number"])
    assert isinstance(offer, Offer)
    assert (offer.agent, offer.station, offer.interaction) == ("noor", "phone-noor", status["interaction"])
    assert (offer.ring_for, offer.page_shown) == (timedelta(seconds=20), False)
    assert shop.state("noor") == "ringing"
    assert shop.point(status["number"]) == "cooling_down"
    assert shop.srp.status(status["interaction"])["state"] == "ringing"
    is_answered(shop)
    connected = shop.srp.status(status["interaction"])
    assert (connected["state"], connected["agent"], connected["number"]) == ("connected", {"first_name": "Noor"}, None)
    assert shop.state("noor") == "talking"


def test_p07_a_page_shown_before_the_call_needs_no_second_look(shop: CallCentre) -> None:
    status = shop.click("mia")
    shop.desk.page_shown("noor", shop.reservation(status["interaction"])["id"])
    offer = reaches(shop, status["number"])
    assert isinstance(offer, Offer)
    assert offer.page_shown


def test_p05_p08_the_agent_of_a_late_bound_number_is_chosen_when_the_call_arrives(shop: CallCentre) -> None:
    shop.a_pool("late", binding="late", points=["70011"])
    status = shop.click("mia", pool="late")
    shop.an_agent("Ines", {"sales": 10})
    offer = reaches(shop, "70011")
    assert isinstance(offer, Offer)
    assert (offer.agent, offer.interaction) == ("ines", status["interaction"])
    held = shop.reservation(status["interaction"])
    assert held["why"][0] == {"rule": "skill", "text": "sales 10"}
    assert shop.desk.view("ines")["engagement"]["page"]["title"] == "Worktops"


def test_p13_a_late_bound_call_with_nobody_free_waits_with_its_page(shop: CallCentre) -> None:
    shop.a_pool("late", binding="late", points=["70011"])
    shop.desk.not_ready("noor", "break")
    status = shop.click("mia", pool="late")
    decision = reaches(shop, "70011")
    assert decision == Queue("call-1", status["interaction"], timedelta(seconds=300))
    assert shop.srp.status(status["interaction"])["state"] == "queued"
    assert live(shop) == 0
    shop.desk.ready("noor")
    with shop.store.transaction() as tx:
        offer = calls.from_the_line(tx, "call-1")
    assert isinstance(offer, Offer)
    assert offer.interaction == status["interaction"]
    assert shop.desk.view("noor")["engagement"]["page"]["title"] == "Worktops"


@pytest.mark.parametrize("trouble", ["unreachable", "in use", "elsewhere"])
def test_p08_an_agent_whose_telephone_went_meanwhile_is_not_rung(shop: CallCentre, trouble: str) -> None:
    status = shop.click("mia")
    shop.an_agent("Aldo", {"sales": 1})
    with shop.store.transaction() as tx:
        reachable, in_use = trouble != "unreachable", trouble == "in use"
        if trouble == "elsewhere":
            tx.execute("insert into station (id) values ('elsewhere')")
            tx.execute("update reservation set station = 'elsewhere'")
        else:
            tx.run("station_changed", station="phone-noor", reachable=reachable, in_use=in_use, state=trouble)
    offer = reaches(shop, status["number"])
    assert isinstance(offer, Offer)
    assert (offer.agent, offer.interaction) == ("aldo", status["interaction"])
    assert live(shop) == 1


# ---- whoever is not the customer ---------------------------------------------------------------------------


def a_stranger_without_page(centre: CallCentre, decision: Decision, customer: dict) -> None:
    assert isinstance(decision, Offer)
    assert decision.interaction != customer["interaction"]
    held = centre.desk.view(decision.agent)["engagement"]
    assert (held["channel"], held["page"], held["customer"]) == ("ordinary", None, None)


def test_p08_a_late_caller_is_ordinary_and_never_gets_the_page(shop: CallCentre) -> None:
    status = shop.click("mia")
    shop.passes(timedelta(seconds=91))
    swept(shop)
    a_stranger_without_page(shop, reaches(shop, status["number"]), status)


def test_p08_a_caller_after_the_deadline_is_late_even_before_the_sweep(shop: CallCentre) -> None:
    status = shop.click("mia")
    shop.an_agent("Aldo")
    shop.passes(timedelta(seconds=91))
    a_stranger_without_page(shop, reaches(shop, status["number"]), status)


def test_p08_a_second_caller_on_the_number_is_ordinary(shop: CallCentre) -> None:
    shop.an_agent("Aldo")
    status = shop.click("mia")
    first = reaches(shop, status["number"], "call-1")
    assert isinstance(first, Offer)
    assert first.interaction == status["interaction"]
    a_stranger_without_page(shop, reaches(shop, status["number"], "call-2"), status)


def test_p08_a_stranger_on_a_free_routing_point_is_ordinary(shop: CallCentre) -> None:
    offer = reaches(shop, "7sales002")
    assert isinstance(offer, Offer)
    interaction = shop.interaction(offer.interaction)
    assert (interaction["channel"], interaction["pool"], interaction["skills"]) == ("ordinary", "sales", ["sales"])


def test_p08_the_next_customer_on_a_number_is_not_disturbed_by_the_last(shop: CallCentre) -> None:
    shop.an_agent("Aldo")
    first = shop.click("mia")
    reaches(shop, first["number"], "call-1")
    is_answered(shop, "call-1")
    shop.passes(timedelta(seconds=60))
    shop.ask("update routing_point set state = 'disabled' where number <> %s returning number", first["number"])
    second = shop.click("jon")
    assert second["number"] == first["number"]
    assert adopted(shop, "talking", "phone-noor", first["number"], "call-1") is False
    assert shop.srp.status(second["interaction"])["number"] == second["number"]


# ---- ordinary calls ----------------------------------------------------------------------------------------


def test_p13_p26_the_calling_number_finds_the_record(shop: CallCentre) -> None:
    customer = shop.a_customer("Mia", phone="+447700900142")
    for call, caller in enumerate(("07700900142", "+447700900142", "00447700900142")):
        offer = reaches(shop, "02079460100", f"call-{call}", caller)
        assert isinstance(offer, Offer)
        assert shop.desk.view("noor")["engagement"]["customer"]["id"] == customer
        ends(shop, f"call-{call}", EndReason.ABANDONED)


def test_p26_several_records_with_one_number_are_the_agents_choice(shop: CallCentre) -> None:
    names = {"Mia", "Jon"}
    for name in names:
        shop.a_customer(name, phone="+447700900142")
    reaches(shop, "02079460100")
    held = shop.desk.view("noor")["engagement"]
    assert held["customer"] is None
    assert {candidate["name"] for candidate in held["candidates"]} == names


def test_p26_who_once_typed_a_customers_number_does_not_hide_their_record(shop: CallCentre) -> None:
    customer = shop.a_customer("Mia", phone="+447700900142")
    with shop.store.transaction() as tx:
        tx.execute("insert into customer (site, phone) select site, phone from customer")
    reaches(shop, "02079460100")
    assert shop.desk.view("noor")["engagement"]["customer"]["id"] == customer


@pytest.mark.parametrize("caller", ["", "anonymous", "<unknown>", "2101'; drop table call; --", "+44"])
def test_p26_a_caller_without_a_number_is_nobody_known(shop: CallCentre, caller: str) -> None:
    shop.a_customer("Mia", phone=None)
    reaches(shop, "02079460100", caller=caller)
    held = shop.desk.view("noor")["engagement"]
    assert (held["customer"], held["candidates"]) == (None, [])


def test_p13_the_number_dialled_says_what_is_asked_of_the_agent(shop: CallCentre) -> None:
    shop.a_plain_number("02079460101", "lighting")
    shop.an_agent("Aldo", {"lighting": 1})
    offer = reaches(shop, "02079460101")
    assert isinstance(offer, Offer)
    assert offer.agent == "aldo"


def test_p13_out_of_hours_is_an_apology_and_nobody_is_rung(shop: CallCentre) -> None:
    shop.a_plain_number("02079460102", hours={"timezone": "UTC", "weekly": {}})
    assert isinstance(reaches(shop, "02079460102"), Refuse)
    assert live(shop) == 0
    assert shop.state("noor") == "ready"


def test_p13_without_any_plain_number_an_unknown_number_gets_the_apology(centre: CallCentre) -> None:
    before = everything(centre.store)
    assert reaches(centre, "5555") == Refuse("call-1", None)
    assert everything(centre.store) == before


# ---- the telephone does not take it (RONA) -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (EndReason.REJECTED, "not_ready: rejected"),
        (EndReason.BUSY, "not_ready: rejected"),
        (EndReason.NO_ANSWER, "not_ready: no_answer"),
        (EndReason.UNREACHABLE, "ready"),
        (EndReason.ERROR, "ready"),
    ],
)
def test_p13_the_next_agent_gets_call_and_page_and_the_first_is_not_ready(
    shop: CallCentre, outcome: EndReason, state: str
) -> None:
    status = shop.click("mia")
    shop.an_agent("Aldo", {"sales": 1})
    first = reaches(shop, status["number"])
    second = is_not_taken(shop, outcome)
    assert isinstance(first, Offer)
    assert isinstance(second, Offer)
    assert (first.agent, second.agent) == ("noor", "aldo")
    assert second.interaction == first.interaction == status["interaction"]
    assert shop.state("noor") == state
    assert shop.state("aldo") == "ringing"
    assert shop.desk.view("noor")["engagement"] is None
    assert shop.desk.view("aldo")["engagement"]["page"]["title"] == "Worktops"
    row = shop.ask("select state, release_reason from reservation where id = %s", first.reservation)
    assert row == [{"state": "released", "release_reason": outcome.value}]


def test_p13_with_nobody_left_the_caller_waits_and_keeps_the_place(shop: CallCentre) -> None:
    status = shop.click("mia")
    reaches(shop, status["number"])
    decision = is_not_taken(shop, EndReason.NO_ANSWER)
    assert isinstance(decision, Queue)
    shop.desk.ready("noor")
    with shop.store.transaction() as tx:
        assert isinstance(calls.from_the_line(tx, "call-1"), Queue)  # not the one who has just refused it
    shop.passes(timedelta(seconds=61))
    with shop.store.transaction() as tx:
        again = calls.from_the_line(tx, "call-1")
    assert isinstance(again, Offer)
    assert again.agent == "noor"


def test_p13_the_longest_wait_goes_on_over_an_offer_that_failed(shop: CallCentre) -> None:
    shop.desk.not_ready("noor", "break")
    reaches(shop, "02079460100")
    shop.passes(timedelta(seconds=200))
    shop.desk.ready("noor")
    with shop.store.transaction() as tx:
        assert isinstance(calls.from_the_line(tx, "call-1"), Offer)
    decision = is_not_taken(shop, EndReason.REJECTED)
    assert isinstance(decision, Queue)
    assert decision.longest <= timedelta(seconds=100)


def test_p13_after_the_longest_wait_the_caller_hears_the_apology_and_is_offered_to_nobody(shop: CallCentre) -> None:
    shop.desk.not_ready("noor", "break")
    queued = reaches(shop, "02079460100")
    assert isinstance(queued, Queue)
    with shop.store.transaction() as tx:
        decision = calls.waited(tx, RouteRequested("call-1", "02079460100", "", RouteReason.WAITED))
    assert isinstance(decision, Refuse)
    shop.desk.ready("noor")
    with shop.store.transaction() as tx:
        assert tx.all("queued_calls") == []
        assert calls.from_the_line(tx, "call-1") is None


def test_p13_the_longest_wait_waits_for_an_offer_under_way(shop: CallCentre) -> None:
    shop.desk.not_ready("noor", "break")
    reaches(shop, "02079460100")
    shop.desk.ready("noor")
    with shop.store.transaction() as tx:
        assert isinstance(calls.from_the_line(tx, "call-1"), Offer)
        assert isinstance(calls.waited(tx, RouteRequested("call-1", "", "", RouteReason.WAITED)), Queue)
    assert shop.state("noor") == "ringing"


# ---- the end -----------------------------------------------------------------------------------------------


def test_p12_who_hangs_up_before_the_answer_costs_the_agent_nothing(shop: CallCentre) -> None:
    status = shop.click("mia")
    reaches(shop, status["number"])
    ends(shop, reason=EndReason.ABANDONED)
    assert shop.state("noor") == "ready"
    assert shop.srp.status(status["interaction"])["end_reason"] == "abandoned"
    assert live(shop) == 0
    assert shop.desk.view("noor")["engagement"] is None


def test_p12_the_end_is_told_twice_and_out_of_order_without_harm(shop: CallCentre) -> None:
    status = shop.click("mia")
    reaches(shop, status["number"])
    ends(shop, reason=EndReason.ABANDONED)
    before = everything(shop.store)
    ends(shop, reason=EndReason.HANGUP)
    is_answered(shop)
    assert isinstance(is_not_taken(shop, EndReason.NO_ANSWER), Refuse)
    ends(shop, "never heard of it")
    assert everything(shop.store) == before
    assert shop.state("noor") == "ready"


def test_p12_no_page_because_the_caller_hung_up_is_not_the_agents_fault(shop: CallCentre) -> None:
    offer = reaches(shop, "02079460100")
    assert isinstance(offer, Offer)
    ends(shop, reason=EndReason.ABANDONED)
    with shop.store.transaction() as tx:
        assert isinstance(calls.no_console(tx, offer), Refuse)
    assert shop.state("noor") == "ready"


def test_p07_no_page_in_time_is_the_next_agents_call(shop: CallCentre) -> None:
    offer = reaches(shop, "02079460100")
    assert isinstance(offer, Offer)
    with shop.store.transaction() as tx:
        assert isinstance(calls.no_console(tx, offer), Queue)
    assert shop.state("noor") == "not_ready: no_console"
    assert live(shop) == 0


def test_late_news_of_the_ring_does_not_undo_the_answer(shop: CallCentre) -> None:
    reaches(shop, "02079460100")
    is_answered(shop)
    with shop.store.transaction() as tx:
        tx.run("set_call_state", call="call-1", state="ringing")
    assert shop.answer("select state from call") == "talking"


def test_p09_a_ring_nobody_reported_on_is_swept_and_the_call_is_found(shop: CallCentre) -> None:
    offer = reaches(shop, "02079460100")
    assert isinstance(offer, Offer)
    shop.passes(timedelta(seconds=36))
    swept(shop)
    assert shop.state("noor") == "ready"
    with shop.store.transaction() as tx:
        assert [row["id"] for row in tx.all("stranded_calls")] == ["call-1"]
        calls.back_in_line(tx, "call-1")
        assert tx.all("stranded_calls") == []
    assert shop.answer("select state from call") == "queued"


def test_an_answer_after_the_lease_is_over_is_still_an_answer(shop: CallCentre) -> None:
    reaches(shop, "02079460100")
    shop.passes(timedelta(seconds=36))
    swept(shop)
    is_answered(shop)
    assert shop.state("noor") == "talking"
    ends(shop)
    assert shop.state("noor") == "wrap_up"


# ---- what the switch did by itself -------------------------------------------------------------------------


@pytest.mark.parametrize(("phase", "state"), [("ringing", "ringing"), ("talking", "talking")])
def test_p08_a_call_the_switch_put_through_to_the_reserved_agent_becomes_ours(
    shop: CallCentre, phase: str, state: str
) -> None:
    status = shop.click("mia")
    assert adopted(shop, phase, "phone-noor", status["number"]) is True
    assert shop.state("noor") == state
    assert shop.reservation(status["interaction"])["call"] == "call-1"
    assert shop.desk.view("noor")["engagement"]["interaction"] == status["interaction"]
    assert adopted(shop, phase, "phone-noor", status["number"]) is False


def test_p08_a_call_the_switch_put_through_to_somebody_else_is_theirs(shop: CallCentre) -> None:
    status = shop.click("mia")
    shop.an_agent("Aldo")
    assert adopted(shop, "talking", "phone-aldo", status["number"]) is True
    assert (shop.state("noor"), shop.state("aldo")) == ("ready", "talking")
    assert shop.srp.status(status["interaction"])["agent"] == {"first_name": "Aldo"}


def test_p13_an_ordinary_call_the_switch_put_through_is_adopted(shop: CallCentre) -> None:
    assert adopted(shop, "talking", "phone-noor", "02079460100") is True
    assert shop.state("noor") == "talking"
    ends(shop)
    assert shop.state("noor") == "wrap_up"


def test_an_adopted_ring_that_was_answered_meanwhile_is_a_talk(shop: CallCentre) -> None:
    status = shop.click("mia")
    reaches(shop, status["number"])
    assert adopted(shop, "talking", "phone-noor", status["number"]) is True
    assert shop.state("noor") == "talking"


def test_a_call_at_a_station_where_nobody_sits_is_a_call_all_the_same(shop: CallCentre) -> None:
    shop.a_station("empty-desk")
    assert adopted(shop, "talking", "empty-desk", "02079460100") is True
    assert shop.answer("select state from interaction") == "connected"
    ends(shop)
    assert shop.answer("select state from call") == "ended"


def test_a_call_that_is_not_delivered_and_was_never_told_of_is_taken_as_new(shop: CallCentre) -> None:
    status = shop.click("mia")
    offer = is_not_taken(shop, EndReason.NO_ANSWER, number=status["number"])
    assert isinstance(offer, Offer)
    assert offer.interaction == status["interaction"]


def test_the_same_question_twice_has_the_same_answer(shop: CallCentre) -> None:
    shop.an_agent("Aldo")
    first = reaches(shop, "02079460100")
    assert reaches(shop, "02079460100") == first
    assert live(shop) == 1


def test_p05_release_is_idempotent(shop: CallCentre) -> None:
    reservation = shop.reservation(shop.click("mia")["interaction"])["id"]
    with shop.store.transaction() as tx:
        assert external_router.release(tx, reservation, "first") is True
        assert external_router.release(tx, reservation, "second") is False
    assert shop.answer("select release_reason from reservation") == "first"
