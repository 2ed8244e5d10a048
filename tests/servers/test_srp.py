"""From a click to a number (Fig. 3, 316–326), and every way in which it is refused with nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from ctiapp.core.refusals import Refusal
from ctiapp.servers import external_router
from tests.database import SHOP, CallCentre, a_click, a_page, everything


def a_kitchen_shop(centre: CallCentre, **pool: object) -> None:
    centre.a_pool(**pool)
    centre.an_agent("Noor", {"sales": 5, "kitchens": 5})


def swept(centre: CallCentre) -> None:
    with centre.store.transaction() as tx:
        external_router.sweep(tx)


# ---- the click ---------------------------------------------------------------------------------------------


def test_p02_p03_p05_p06_a_click_reserves_a_number_and_an_agent_and_says_why(centre: CallCentre) -> None:
    a_kitchen_shop(centre, points=["02079460131"])
    status, is_new = centre.srp.call_us(a_click("mia", skills=["kitchens"], language="en"), "192.0.2.1", None)
    assert is_new
    assert status["state"] == "waiting_for_call"
    assert (status["number"], status["display_number"]) == ("02079460131", "020 7946 0131")
    assert status["tel"] == "tel:02079460131"
    assert status["sip"] == "sip:02079460131@127.0.0.1:15060"
    assert status["agent"] == {"first_name": "Noor"}
    assert 85 < status["seconds_left"] <= 90
    assert status["deadline"] < status["longest_until"]
    held = centre.reservation(status["interaction"])
    assert (held["agent"], held["station"], held["number"]) == ("noor", "phone-noor", "02079460131")
    assert [reason["rule"] for reason in held["why"]] == ["skill", "language", "longest_idle"]
    assert held["why"][0]["text"] == "kitchens 5"
    assert centre.state("noor") == "reserved"
    assert centre.point("02079460131") == "reserved"


def test_p02_p04_the_page_and_the_record_are_stored_with_the_interaction(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    claims = {"sub": "c-17", "name": "Mia Berg", "phone": "07700 900142", "attributes": {"tier": "gold"}}
    status = centre.click("cookie", claims=claims)
    customer = centre.ask("select * from customer")[0]
    assert customer["name"] == "Mia Berg"
    assert customer["phone"] == "+447700900142"
    assert customer["attributes"] == {"tier": "gold"}
    view = centre.desk.view("noor")["engagement"]
    assert view["interaction"] == status["interaction"]
    assert view["customer"]["name"] == "Mia Berg"
    assert view["page"]["title"] == "Worktops"
    page = centre.desk.page("noor", status["interaction"])
    assert json.loads(page["snapshot"]) == {"type": 0, "id": 1, "childNodes": []}


def test_p04_a_customer_without_identity_is_known_again_by_the_cookie(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    first = centre.click("cookie-1")
    centre.srp.cancel(first["interaction"])
    second = centre.click("cookie-1")
    one, two = (centre.interaction(status["interaction"])["customer"] for status in (first, second))
    assert first["interaction"] != second["interaction"]
    assert one == two


def test_p04_what_the_shop_says_later_is_added_and_what_it_leaves_out_stays(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    centre.click(claims={"sub": "c-17", "name": "Mia Berg", "email": "mia@example.com"})
    centre.click(claims={"sub": "c-17", "name": "Mia Berg-Olsen"})
    row = centre.ask("select name, email from customer")
    assert row == [{"name": "Mia Berg-Olsen", "email": "mia@example.com"}]
    assert centre.answer("select old->>'name' from customer_history") == "Mia Berg"


def test_the_same_idempotency_key_is_the_same_reservation(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    click = a_click("mia")
    first, is_new = centre.srp.call_us(click, "192.0.2.1", None)
    again, is_new_again = centre.srp.call_us(click, "192.0.2.1", None)
    assert (is_new, is_new_again) == (True, False)
    assert (again["interaction"], again["number"]) == (first["interaction"], first["number"])
    assert centre.answer("select count(*) from reservation") == 1


def test_a_second_click_of_the_same_customer_shows_the_first_reservation(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    first, second = centre.click("mia"), centre.click("mia")
    assert second["interaction"] == first["interaction"]
    assert centre.answer("select count(*) from interaction") == 1


def test_the_same_customer_may_hold_a_number_in_another_pool(centre: CallCentre) -> None:
    centre.a_pool("sales")
    centre.a_pool("support", skill="support")
    centre.an_agent("Noor", {"sales": 5})
    centre.an_agent("Aldo", {"support": 5})
    assert centre.click("mia")["interaction"] != centre.click("mia", pool="support")["interaction"]


def test_p02_a_newer_page_reaches_whoever_holds_the_interaction(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    status = centre.click("mia")
    version = centre.desk.view("noor")["version"]
    centre.srp.new_page(status["interaction"], a_page("Basket"))
    view = centre.desk.view("noor")
    assert view["version"] > version
    assert (view["engagement"]["page"]["title"], view["engagement"]["page"]["version"]) == ("Basket", 2)


def test_no_new_page_after_the_end(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    status = centre.click("mia")
    centre.srp.cancel(status["interaction"])
    assert refusal(lambda: centre.srp.new_page(status["interaction"], a_page("Basket"))) == "already_ended"


# ---- who ---------------------------------------------------------------------------------------------------


def test_p03_the_agent_who_served_the_customer_last_is_preferred_to_the_better_one(centre: CallCentre) -> None:
    centre.a_pool()
    centre.an_agent("Noor", {"sales": 9})
    centre.an_agent("Aldo", {"sales": 3})
    customer = centre.a_customer("mia")
    centre.ask(
        """insert into interaction
           (site, channel, customer, state, skills, ring_for, wrap_up_for, longest_wait, agent, connected_at)
           values (%s, 'call_us', %s, 'ended', '{sales}', '1 s', '1 s', '1 s', 'aldo', '2026-01-05') returning id""",
        SHOP,
        customer,
    )
    status = centre.click(claims={"sub": "mia"})
    assert status["agent"] == {"first_name": "Aldo"}
    assert centre.reservation(status["interaction"])["why"][0] == {
        "rule": "last_agent",
        "text": "Served this customer last on 5 Jan",
    }
    assert centre.click("somebody else")["agent"] == {"first_name": "Noor"}


def test_p03_language_and_product_are_used_in_the_choice(centre: CallCentre) -> None:
    centre.a_pool()
    centre.an_agent("Noor", {"sales": 9})
    centre.an_agent("Ines", {"sales": 2, "worktop": 1}, ("en", "no"))
    centre.an_agent("Aldo", {"sales": 5, "worktop": 3})
    assert centre.click("a", language="no")["agent"] == {"first_name": "Ines"}
    assert centre.click("b", product="worktop")["agent"] == {"first_name": "Aldo"}
    assert refusal(lambda: centre.click("c", language="no")) == "all_agents_busy"


def test_p03_the_longest_idle_of_equals_is_chosen(centre: CallCentre) -> None:
    centre.a_pool()
    for name in ("Noor", "Aldo", "Ines"):
        centre.an_agent(name)
    centre.desk.not_ready("noor", "break")
    centre.desk.ready("noor")
    assert [centre.click(who)["agent"]["first_name"] for who in "abc"] == ["Aldo", "Ines", "Noor"]


def test_p05_p25_a_late_bound_number_is_tied_to_nobody_until_the_call_comes(centre: CallCentre) -> None:
    centre.a_pool(binding="late")
    centre.an_agent("Noor")
    status = centre.click("mia")
    assert status["number"]
    assert status["agent"] is None
    assert centre.state("noor") == "ready"


@pytest.mark.parametrize("number", ["70001", "02079460131", "+4930901820", "*55#", "0018005550100"])
def test_p10_any_number_can_be_a_routing_point(centre: CallCentre, number: str) -> None:
    a_kitchen_shop(centre, points=[number])
    assert centre.click("mia")["number"] == number


# ---- how long ----------------------------------------------------------------------------------------------


def test_p06_the_deadline_moves_while_the_page_is_alive_and_never_beyond_the_longest(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    status = centre.click("mia")
    for minute in range(1, 10):
        centre.passes(timedelta(seconds=60))
        alive = centre.srp.keep_alive(status["interaction"])
        assert alive["seconds_left"] <= 600 - 60 * minute + 0.1
        assert alive["deadline"] <= alive["longest_until"]
        assert alive["number"] == status["number"]
    assert alive["seconds_left"] < 60.1
    centre.passes(timedelta(seconds=61))
    over = centre.srp.keep_alive(status["interaction"])
    assert (over["state"], over["number"], over["end_reason"]) == ("ended", None, "expired")


def test_p09_a_lease_that_is_over_frees_number_and_agent_by_the_sweeper(centre: CallCentre) -> None:
    a_kitchen_shop(centre, points=1)
    status = centre.click("mia")
    centre.passes(timedelta(seconds=91))
    assert refusal(lambda: centre.click("jon")) == "all_numbers_in_use"
    swept(centre)
    assert centre.state("noor") == "ready"
    assert centre.point(status["number"]) == "cooling_down"
    assert centre.interaction(status["interaction"])["end_reason"] == "expired"
    assert refusal(lambda: centre.click("jon")) == "all_numbers_in_use"
    centre.passes(timedelta(seconds=31))
    assert centre.click("jon")["number"] == status["number"]


def test_p09_cancel_frees_agent_and_number_at_once_and_the_number_cools_down(centre: CallCentre) -> None:
    a_kitchen_shop(centre, points=1)
    status = centre.click("mia")
    ended = centre.srp.cancel(status["interaction"])
    assert (ended["state"], ended["number"], ended["end_reason"]) == ("ended", None, "cancelled")
    assert centre.state("noor") == "ready"
    assert centre.point(status["number"]) == "cooling_down"
    assert centre.srp.cancel(status["interaction"])["end_reason"] == "cancelled"
    centre.passes(timedelta(seconds=31))
    swept(centre)
    assert centre.point(status["number"]) == "free"


def test_p09_a_number_serves_any_number_of_customers_over_time(centre: CallCentre) -> None:
    a_kitchen_shop(centre, points=2)
    given = []
    for customer in range(6):
        given.append(centre.click(f"customer {customer}")["number"])
        centre.srp.cancel(centre.answer("select interaction from reservation where state = 'reserved'"))
        centre.passes(timedelta(seconds=31))
    assert given == ["7sales000", "7sales001"] * 3 or given == ["7sales001", "7sales000"] * 3


def test_p09_a_point_that_is_reserved_for_nobody_is_found_and_freed(centre: CallCentre) -> None:
    a_kitchen_shop(centre, points=1)
    centre.ask(
        "update routing_point set state = 'reserved', last_used_at = now() - interval '1 minute' returning number"
    )
    with centre.store.transaction() as tx:
        assert [row["number"] for row in tx.all("orphan_points")] == ["7sales000"]
    assert centre.point("7sales000") == "cooling_down"


def test_p09_a_number_that_left_the_values_file_is_given_to_nobody_any_more(centre: CallCentre) -> None:
    a_kitchen_shop(centre, points=1)
    status = centre.click("mia")
    with centre.store.transaction() as tx:
        tx.run("disable_other_points", numbers=[])
    assert centre.srp.status(status["interaction"])["number"] == status["number"]
    centre.srp.cancel(status["interaction"])
    assert centre.point(status["number"]) == "disabled"
    with centre.store.transaction() as tx:
        tx.run("keep_point", number=status["number"], pool="sales")
    assert centre.point(status["number"]) == "free"


# ---- refusals ----------------------------------------------------------------------------------------------


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        work()
    return refused.value.code


def the_pool_is_empty(centre: CallCentre) -> None:
    a_kitchen_shop(centre, points=1)
    centre.an_agent("Aldo")
    centre.click("jon")


def nobody_is_logged_in(centre: CallCentre) -> None:
    centre.a_pool()
    centre.an_agent("Noor", station=None)


def nobody_has_the_language(centre: CallCentre) -> None:
    centre.a_pool(language="fi")
    centre.an_agent("Noor")


def everybody_is_busy(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    centre.click("jon")


def everybody_is_on_a_break(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    centre.desk.not_ready("noor", "lunch")


def it_is_closed(centre: CallCentre) -> None:
    a_kitchen_shop(centre, hours={"timezone": "UTC", "weekly": {}})


def the_telephone_is_down(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    centre.ask("update process set ready = false where name = 'cti' returning name")


def the_cti_server_is_dead(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    centre.ask("update process set seen_at = now() - interval '6 s' where name = 'cti' returning name")


REFUSED = [
    (the_pool_is_empty, "all_numbers_in_use", 409),
    (nobody_is_logged_in, "nobody_has_the_skill", 409),
    (nobody_has_the_language, "nobody_has_the_skill", 409),
    (everybody_is_busy, "all_agents_busy", 409),
    (everybody_is_on_a_break, "all_agents_busy", 409),
    (it_is_closed, "closed", 409),
    (the_telephone_is_down, "telephone_down", 503),
    (the_cti_server_is_dead, "telephone_down", 503),
]


@pytest.mark.parametrize(("trouble", "code", "status"), REFUSED, ids=[trouble.__name__ for trouble, *_ in REFUSED])
@pytest.mark.parametrize("who", ["a new visitor", "a known customer", "nobody"])
def test_p03_a_refusal_says_which_and_changes_nothing(
    centre: CallCentre, trouble: Callable[[CallCentre], None], code: str, status: int, who: str
) -> None:
    trouble(centre)
    centre.a_customer("mia")
    before = everything(centre.store)
    known = {
        "a new visitor": {"visitor": "mia"},
        "nobody": {},
        "a known customer": {"claims": {"sub": "mia", "name": "M"}},
    }
    with pytest.raises(Refusal) as refused:
        centre.click(**known[who])
    assert (refused.value.code, refused.value.status) == (code, status)
    assert everything(centre.store) == before


def test_unknown_shops_and_pools_and_calls_are_refused(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    before = everything(centre.store)
    assert refusal(lambda: centre.click(site="elsewhere")) == "unknown_site"
    assert refusal(lambda: centre.click(pool="elsewhere")) == "unknown_pool"
    assert refusal(lambda: centre.srp.status("00000000-0000-0000-0000-000000000000")) == "unknown_interaction"
    assert everything(centre.store) == before


def test_one_address_does_not_get_the_whole_pool(centre: CallCentre) -> None:
    centre.a_pool(binding="late", points=5)
    centre.an_agent("Noor")
    centre.srp._live_per_address = 2
    centre.click("a")
    centre.click("b")
    before = everything(centre.store)
    assert refusal(lambda: centre.click("c")) == "too_many_requests"
    assert everything(centre.store) == before
    assert centre.srp.call_us(a_click("c"), "192.0.2.2", None)[1]


def test_the_page_learns_before_the_click_whether_it_is_open(centre: CallCentre) -> None:
    a_kitchen_shop(centre)
    centre.a_pool("night", hours={"timezone": "UTC", "weekly": {}})
    assert centre.srp.pool_hours(SHOP, "sales") | {"server_time": None} == {
        "open": True,
        "opens_at": None,
        "closes_at": None,
        "telephone": "up",
        "server_time": None,
    }
    assert centre.srp.pool_hours(SHOP, "night")["open"] is False
