"""From a click on *Call me* to a line of the list (416-424), and every way in which it is refused, nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from ctiapp.config.values.hours import LegalHoursValues
from ctiapp.core.refusals import Refusal
from ctiapp.servers import attempts, list_server
from ctiapp.servers.call_requests import CallRequests
from ctiapp.servers.proofs import CodeProof, plugged_in
from tests.database import SHOP, CallCentre, a_click, a_page, a_request, everything

MARIT = "+447700900142"
YUSUF = "+447700900155"


@pytest.fixture
def shop(centre: CallCentre) -> CallCentre:
    """A shop that calls back."""
    centre.a_pool()
    centre.an_agent("Noor", {"sales": 5, "kitchens": 5})
    centre.calls_back()
    return centre


def refusal(work: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        work()
    return refused.value


def code(work: Callable[[], object]) -> str:
    return refusal(work).code


def tomorrow(first: str = "10:00", last: str = "12:00", zone: str | None = "UTC", days: int = 1) -> dict:
    day = (datetime.now(UTC) + timedelta(days=days)).date()
    return {"date": day.isoformat(), "from": first, "until": last, "zone": zone}


def request_of(centre: CallCentre, status: dict) -> dict:
    return centre.ask("select * from call_request where interaction = %s", status["interaction"])[0]


def is_dialled(centre: CallCentre, status: dict, outcome: str | None = None) -> None:
    """The controller claims and dials it; with an outcome, that try has ended so and the next one is due at once."""
    request = request_of(centre, status)
    with centre.store.transaction() as tx:
        claims = list_server.claim(tx, request["pool"], request["need"], 100, "controller")
        held = next(claim for claim in claims if claim.request == request["id"])
        for other in claims:
            assert other is held or list_server.give_back(tx, other)
        attempt = f"call-{datetime.now(UTC).timestamp()}"
        assert list_server.dial(tx, held, attempt, "public")
        if outcome is not None:
            attempts.ended(tx, held, attempt, outcome)
            assert list_server.next_try(tx, held, datetime.now(UTC), outcome)


# ---- the click ---------------------------------------------------------------------------------------------------


def test_p15_p17_a_click_joins_the_list_with_page_and_customer(shop: CallCentre) -> None:
    click = a_request("07700 900142", skills=["kitchens"], language="en", consent={"text": "Call me."})
    status, is_new, own = shop.call_requests.call_me(click, "192.0.2.1")
    assert (is_new, own) == (True, True)
    assert (status["channel"], status["state"], status["place"], status["tries"]) == ("call_me", "queued", 1, 0)
    assert status["display_number"] == "••••• •••142"
    assert (status["can_change"], status["can_cancel"], status["window"]) == (True, True, None)
    stored = request_of(shop, status)
    assert (stored["number"], stored["zone"], stored["need"]) == (MARIT, "Europe/London", '[["kitchens"], "en"]')
    assert stored["due_at"] <= datetime.now(UTC)
    assert stored["consent"]["text"] == "Call me." and stored["consent"]["at"]
    interaction = shop.interaction(status["interaction"])
    assert (interaction["channel"], interaction["state"], interaction["caller"]) == ("call_me", "queued", MARIT)
    assert shop.answer("select title from page where interaction = %s", status["interaction"]) == "Worktops"


@pytest.mark.parametrize("written", ["+44 7700 900142", "0044 7700 900142", "(07700) 900-142", "07700900142"])
def test_p15_however_it_is_written_it_is_one_number_and_one_request(shop: CallCentre, written: str) -> None:
    first = shop.call_me("07700 900142")
    assert shop.call_me(written)["interaction"] == first["interaction"]


def test_p15_a_number_is_read_with_the_region_that_the_page_knows(shop: CallCentre) -> None:
    shop.calls_back(countries=("GB", "DE"))
    assert request_of(shop, shop.call_me("030 901820", region="DE"))["number"] == "+4930901820"


def test_p15_the_number_typed_once_is_remembered_with_the_cookie(shop: CallCentre) -> None:
    first = shop.call_me("07700 900142", "cookie-1")
    shop.call_requests.cancel(first["interaction"])
    assert shop.call_requests.offer(SHOP, "sales", "cookie-1")["known_number"] == "••••• •••142"
    assert shop.call_requests.offer(SHOP, "sales", "cookie-2")["known_number"] is None
    assert request_of(shop, shop.call_me(None, "cookie-1"))["number"] == MARIT


def test_p15_a_customer_known_by_signed_identity_is_called_at_the_shops_number(shop: CallCentre) -> None:
    claims = {"sub": "c-17", "name": "Mia Berg", "phone": "07700 900155"}
    assert request_of(shop, shop.call_me(None, claims=claims))["number"] == YUSUF
    shop.call_me("07700 900142", claims=claims)
    assert shop.answer("select phone from customer where external_id = 'c-17'") == YUSUF


def test_p15_a_customer_of_the_list_is_known_by_name_and_address(shop: CallCentre) -> None:
    customer = shop.a_customer("Marit Solvang", MARIT)
    shop.ask(
        'update customer set attributes = \'{"address": "12 Quay St., Larkmoor LK1 2AB"}\' where id = %s returning id',
        customer,
    )
    status = shop.call_me(None, name=" marit solvang ", address="12 Quay St, Larkmoor, lk1 2ab")
    stored = request_of(shop, status)
    assert (stored["number"], stored["customer"]) == (MARIT, customer)
    assert "900" not in status["display_number"]
    # whoever knows name and address is not the customer: their cookie does not become the customer's
    assert shop.call_requests.offer(SHOP, "sales", "mia")["known_number"] is None


@pytest.mark.parametrize("said", [("Marit Solvang", "13 Quay St"), ("Somebody", "12 Quay St"), ("Jon Twin", "1 Hill")])
def test_p15_who_is_not_found_or_found_twice_is_asked_for_the_number(shop: CallCentre, said: tuple[str, str]) -> None:
    for name, phone, address in (
        ("Marit Solvang", MARIT, "12 Quay St"),
        ("Jon Twin", YUSUF, "1 Hill"),
        ("Jon twin", "+447700900163", "1 Hill"),
    ):
        row = {"external_id": phone, "name": name, "phone": phone, "email": None, "language": None}
        with shop.store.transaction() as tx:
            tx.run("import_customer", site=SHOP, attributes=f'{{"address": "{address}"}}', **row)
    assert code(lambda: shop.call_me(None, None, name=said[0], address=said[1])) == "unknown_customer"


# ---- once --------------------------------------------------------------------------------------------------------


def test_p17_the_same_click_and_a_second_click_show_the_first(shop: CallCentre) -> None:
    click = a_request()
    first, is_new, _ = shop.call_requests.call_me(click, "192.0.2.1")
    again, is_new_again, own = shop.call_requests.call_me(click, "192.0.2.1")
    other, is_new_other, own_other = shop.call_requests.call_me(a_request(), "192.0.2.9")
    assert (is_new, is_new_again, is_new_other) == (True, False, False)
    assert (own, own_other) == (True, True)
    assert {again["interaction"], other["interaction"]} == {first["interaction"]}
    assert shop.answer("select count(*) from interaction") == 1


@pytest.mark.parametrize(
    ("who", "address", "own"),
    [
        ({"visitor": "mia"}, "198.51.100.7", True),
        ({"visitor": "stranger"}, "192.0.2.1", False),
        ({"visitor": None}, "192.0.2.1", False),
        ({"visitor": None, "claims": {"sub": "c-17"}}, "198.51.100.7", False),
    ],
)
def test_a_stranger_who_types_the_number_sees_the_request_but_it_is_not_theirs(
    shop: CallCentre, who: dict, address: str, own: bool
) -> None:
    first = shop.call_me(visitor="mia")
    status, is_new, is_own = shop.call_requests.call_me(a_request(**who), address)
    assert (status["interaction"], is_new, is_own) == (first["interaction"], False, own)


def test_without_a_cookie_the_network_address_tells_who_asked(shop: CallCentre) -> None:
    shop.call_me(visitor=None)
    assert shop.call_requests.call_me(a_request(visitor=None), "192.0.2.1")[2] is True
    assert shop.call_requests.call_me(a_request(visitor=None), "198.51.100.7")[2] is False


def test_p17_five_clicks_at_once_by_different_visitors_make_one_request(shop: CallCentre) -> None:
    def click(visitor: int) -> tuple[dict, bool, bool]:
        return shop.call_requests.call_me(a_request(visitor=f"v-{visitor}"), f"192.0.2.{visitor}")

    with ThreadPoolExecutor(5) as threads:
        answers = list(threads.map(click, range(5)))
    assert sum(is_new for _, is_new, _ in answers) == 1
    assert len({status["interaction"] for status, *_ in answers}) == 1
    assert shop.answer("select count(*) from call_request") == 1


def test_the_index_decides_where_no_lock_did(shop: CallCentre) -> None:
    number = request_of(shop, shop.call_me())["number"]
    another = shop.click("jon")["interaction"]
    with pytest.raises(psycopg2.errors.UniqueViolation, match="call_request_open"):
        shop.ask(
            "insert into call_request (interaction, site, pool, number, zone) values (%s, %s, 'sales', %s, 'UTC')",
            *(another, SHOP, number),
        )


def test_a_key_of_call_us_does_not_get_in_the_way(shop: CallCentre) -> None:
    click = a_click("mia")
    shop.srp.call_us(click, "192.0.2.1", None)
    asked = a_request(idempotency_key=click["idempotency_key"])
    assert shop.call_requests.call_me(asked, "192.0.2.1")[1] is True


# ---- when --------------------------------------------------------------------------------------------------------


def test_p16_a_window_is_kept_as_it_was_said_and_as_instants(shop: CallCentre) -> None:
    status = shop.call_me(when=tomorrow("10:00", "12:00", "Asia/Tokyo", days=2))
    stored = request_of(shop, status)
    assert status["window"] == tomorrow("10:00", "12:00", "Asia/Tokyo", days=2)
    assert (stored["zone"], f"{stored['window_from']:%H:%M}") == ("Asia/Tokyo", "10:00")
    assert f"{stored['promised_at'].astimezone(UTC):%H:%M}" == "01:00"
    assert stored["promised_until"] - stored["promised_at"] == timedelta(hours=2)
    assert stored["due_at"] == stored["promised_at"]
    assert (status["place"], status["next_try_at"]) == (None, stored["due_at"])


@pytest.mark.parametrize(
    ("zone", "in_click", "expected"),
    [
        (None, "America/New_York", "America/New_York"),
        ("Nowhere/Land", None, "Europe/London"),
        ("../etc/passwd", "'; drop", "Europe/London"),
        (None, None, "Europe/London"),
    ],
)
def test_p16_the_zone_is_the_browsers_else_the_numbers(
    shop: CallCentre, zone: str | None, in_click: str | None, expected: str
) -> None:
    status = shop.call_me(when=tomorrow(zone=zone), zone=in_click)
    assert status["window"]["zone"] == request_of(shop, status)["zone"] == expected


@pytest.mark.parametrize("number", ["+870 772 001234"])
def test_p16_a_number_without_a_zone_is_where_the_pool_is(shop: CallCentre, number: str) -> None:
    shop.a_pool(hours={"timezone": "Europe/Oslo", "weekly": dict.fromkeys(DAYS, "00:00-24:00")})
    shop.calls_back(number_types=("satellite",))
    assert request_of(shop, shop.call_me(number))["zone"] == "Europe/Oslo"


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def test_p16_a_window_that_crosses_closing_time_ends_with_it(shop: CallCentre) -> None:
    shop.a_pool(hours={"timezone": "UTC", "weekly": dict.fromkeys(DAYS, "09:00-11:30")})
    shop.calls_back()
    stored = request_of(shop, shop.call_me(when=tomorrow("11:00", "13:00")))
    assert stored["promised_until"] - stored["promised_at"] == timedelta(minutes=30)
    assert code(lambda: shop.call_me("07700 900155", "b", when=tomorrow("12:00", "14:00"))) == "window_closed"


def test_p16_while_closed_as_soon_as_possible_is_when_it_opens(shop: CallCentre) -> None:
    later = datetime.now(UTC) + timedelta(hours=3)
    day, opens = DAYS[later.weekday()], later.replace(second=0, microsecond=0)
    shop.a_pool(hours={"timezone": "UTC", "weekly": {day: f"{opens:%H:%M}-23:59"}})
    shop.calls_back()
    status = shop.call_me()
    assert (status["next_try_at"], status["promised_at"], status["place"]) == (opens, opens, None)


def test_p18_a_window_at_night_where_the_telephone_is_is_refused_whatever_zone_is_said(shop: CallCentre) -> None:
    shop.calls_back(legal_hours=LegalHoursValues(weekly=dict.fromkeys(DAYS, "08:00-21:00")))
    midnight_there = tomorrow("09:00", "10:00", "Pacific/Honolulu", days=2)  # 19:00 or 20:00 in London
    assert shop.call_me(when=midnight_there)["window"] == midnight_there
    at_night = tomorrow("12:00", "13:00", "Pacific/Honolulu", days=2)
    assert code(lambda: shop.call_me("07700 900155", "b", when=at_night)) == "window_closed"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"date": "2020-01-01", "from": "09:00", "until": "11:00", "zone": "UTC"}, "wrong_window"),
        ({"date": "9999-12-31", "from": "09:00", "until": "08:00", "zone": "UTC"}, "wrong_window"),
        ({"date": "0001-01-01", "from": "09:00", "until": "08:00", "zone": "Asia/Tokyo"}, "wrong_window"),
        (tomorrow("10:00", "10:05"), "wrong_window"),
        (tomorrow(days=70), "wrong_window"),
    ],
)
def test_p16_a_window_that_cannot_be_kept_is_refused(shop: CallCentre, when: dict, expected: str) -> None:
    before = everything(shop.store)
    assert code(lambda: shop.call_me(when=when)) == expected
    assert everything(shop.store) == before


def test_p16_a_window_takes_so_many_and_the_others_are_offered_what_is_left(shop: CallCentre) -> None:
    shop.calls_back(window_capacity=2)
    day = datetime.fromisoformat(tomorrow()["date"]).date()

    def left() -> int:
        windows = shop.call_requests.windows(SHOP, "sales", day, "UTC")["windows"]
        return next((one["left"] for one in windows if (one["date"], one["from"]) == (f"{day}", "10:00")), 0)

    assert left() == 2
    shop.call_me("07700 900142", "a", when=tomorrow("10:00", "11:00"))
    assert left() == 1
    second = shop.call_me("07700 900155", "b", when=tomorrow("10:00", "11:00"))
    assert left() == 0
    assert code(lambda: shop.call_me("07700 900163", "c", when=tomorrow("10:00", "11:00"))) == "window_full"
    shop.call_requests.cancel(second["interaction"])
    assert shop.call_me("07700 900163", "c", when=tomorrow("10:00", "11:00"))["state"] == "queued"


def test_p16_the_last_place_of_a_window_goes_to_one_of_many(shop: CallCentre) -> None:
    shop.calls_back(window_capacity=1)

    def click(who: int) -> str:
        try:
            shop.call_me(f"07700 9001{who:02}", f"v-{who}", when=tomorrow("10:00", "11:00"))
        except Refusal as refused:
            return refused.code
        return "queued"

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(click, range(6)))
    assert sorted(answers) == ["queued", *["window_full"] * 5]


def test_p16_windows_are_offered_in_the_zone_that_is_known_and_never_too_far(shop: CallCentre) -> None:
    assert shop.call_requests.windows(SHOP, "sales", None, "Asia/Tokyo")["zone"] == "Asia/Tokyo"
    assert shop.call_requests.windows(SHOP, "sales", None, "Nowhere")["zone"] == "UTC"
    far = datetime.now(UTC).date() + timedelta(days=400)
    for day in (far, datetime.min.date(), datetime.max.date()):
        assert shop.call_requests.windows(SHOP, "sales", day, "UTC")["windows"] == []
    own = shop.call_requests.windows_of(shop.call_me()["interaction"])
    assert own and own[0]["zone"] == "Europe/London"


# ---- see, change, cancel -----------------------------------------------------------------------------------------


def test_p22_place_by_the_first_request_and_a_change_of_number_keeps_id_page_and_place(shop: CallCentre) -> None:
    first, second = shop.call_me("07700 900142", "a"), shop.call_me("07700 900155", "b")
    assert (first["place"], second["place"]) == (1, 2)
    changed = shop.call_requests.change(first["interaction"], {"number": "07700 900163"}, "192.0.2.1")
    assert (changed["interaction"], changed["place"]) == (first["interaction"], 1)
    assert request_of(shop, changed)["number"] == shop.interaction(first["interaction"])["caller"] == "+447700900163"
    assert shop.call_requests.status(second["interaction"])["place"] == 2
    assert shop.answer("select version from page where interaction = %s", first["interaction"]) == 1


def test_p16_later_and_sooner_again_keep_the_place(shop: CallCentre) -> None:
    first, second = shop.call_me("07700 900142", "a"), shop.call_me("07700 900155", "b")
    later = shop.call_requests.change(first["interaction"], {"when": tomorrow()}, "")
    assert (later["place"], later["window"]) == (None, tomorrow())
    assert shop.call_requests.status(second["interaction"])["place"] == 1
    sooner = shop.call_requests.change(first["interaction"], {"when": None}, "")
    assert (sooner["place"], sooner["window"]) == (1, None)


def test_a_change_to_a_number_that_waits_already_is_refused(shop: CallCentre) -> None:
    shop.call_me("07700 900142", "a")
    second = shop.call_me("07700 900155", "b")
    before = everything(shop.store)
    assert code(lambda: shop.call_requests.change(second["interaction"], {"number": MARIT}, "")) == "already_waiting"
    assert everything(shop.store) == before


def test_what_is_dialled_cannot_be_changed_but_cancelled(shop: CallCentre) -> None:
    status = shop.call_me()
    is_dialled(shop, status)
    now = shop.call_requests.status(status["interaction"])
    assert (now["state"], now["can_change"], now["can_cancel"]) == ("dialling", False, True)
    assert code(lambda: shop.call_requests.change(status["interaction"], {"when": None}, "")) == "wrong_state"
    assert shop.call_requests.cancel(status["interaction"])["state"] == "cancelled"


def test_cancel_ends_it_once_and_for_all(shop: CallCentre) -> None:
    status = shop.call_me()
    for _ in range(2):
        over = shop.call_requests.cancel(status["interaction"])
        assert (over["state"], over["can_change"], over["can_cancel"]) == ("cancelled", False, False)
    interaction = shop.interaction(status["interaction"])
    assert (interaction["state"], interaction["end_reason"]) == ("ended", "cancelled")
    assert code(lambda: shop.call_requests.change(status["interaction"], {"when": None}, "")) == "already_ended"
    assert shop.call_me()["interaction"] != status["interaction"]


def test_who_talks_cannot_cancel(shop: CallCentre) -> None:
    status = shop.call_me()
    shop.ask("update call_request set state = 'talking' where interaction = %s returning id", status["interaction"])
    assert code(lambda: shop.call_requests.cancel(status["interaction"])) == "wrong_state"


def test_p22_the_wait_is_0_with_a_free_agent_and_unknown_with_none_and_is_kept(shop: CallCentre) -> None:
    assert shop.call_requests.offer(SHOP, "sales", None)["estimate_seconds"] == 0
    status = shop.call_me()
    assert status["estimate_seconds"] == 0
    assert request_of(shop, status)["estimate_seconds"] == 0
    assert request_of(shop, status)["estimate_made_at"]
    nobody = shop.call_me("07700 900155", "b", language="fi")
    assert nobody["estimate_seconds"] is None
    chosen = shop.call_me("07700 900163", "c", when=tomorrow())
    assert (chosen["estimate_seconds"], request_of(shop, chosen)["estimate_made_at"]) == (None, None)


def test_p22_a_wait_over_the_pools_threshold_offers_windows(shop: CallCentre) -> None:
    def offer() -> tuple[float, bool]:
        told = shop.call_requests.offer(SHOP, "sales", None)
        return told["estimate_seconds"], told["offer_windows"]

    assert offer() == (0, False)
    for number in range(10):
        shop.call_me(f"07700 90010{number}", f"v-{number}", network=f"192.0.2.{number}")
    shop.call_requests = CallRequests(shop.store, shop.settings)  # what was seen a second ago is forgotten
    seconds, windows = offer()
    assert seconds > 300 and windows
    shop.calls_back(offer_windows_over=timedelta(days=1))
    assert offer() == (seconds, False)


def test_nobody_with_the_skill_is_said(shop: CallCentre) -> None:
    assert shop.call_me()["detail"] == ""
    assert shop.call_me("07700 900155", "b", language="fi")["detail"] == "nobody_has_the_skill"


# ---- protection --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("12", "malformed_number"),
        ("'; drop table", "malformed_number"),
        ("07700 900142\r\nAction: Originate", "malformed_number"),
        ("+44 1999 999999", "malformed_number"),
        ("+49 30 901820", "unsupported_country"),
        ("+1 650 253 0000", "unsupported_country"),
        ("0909 879 0000", "number_type_not_allowed"),
        ("070 1234 5678", "number_type_not_allowed"),
        ("0845 123 4567", "number_type_not_allowed"),
        ("+870 772 001234", "number_type_not_allowed"),
        ("999", "malformed_number"),
        (None, "number_missing"),
    ],
)
def test_p15_numbers_that_are_not_called(shop: CallCentre, number: str | None, expected: str) -> None:
    before = everything(shop.store)
    assert code(lambda: shop.call_me(number)) == expected
    assert everything(shop.store) == before
    status = shop.call_me(YUSUF)
    before = everything(shop.store)
    if number:
        assert code(lambda: shop.call_requests.change(status["interaction"], {"number": number}, "")) == expected
    assert everything(shop.store) == before


def bar(centre: CallCentre, number: str, why: str) -> None:
    with centre.store.transaction() as tx:
        if why == "do_not_call":
            tx.run("do_not_call", number=number, reason="asked", source="test")
        else:
            tx.run("mark_number", number=number, mark=why, attempt=None)


@pytest.mark.parametrize(
    ("why", "expected"),
    [("do_not_call", "do_not_call"), ("fax", "number_marked"), ("wrong_number", "number_marked")],
)
def test_who_does_not_want_to_be_called_or_is_a_machine_is_not_asked_for(
    shop: CallCentre, why: str, expected: str
) -> None:
    bar(shop, MARIT, why)
    before = everything(shop.store)
    assert refusal(lambda: shop.call_me()).details == {"why": why}
    assert code(lambda: shop.call_me(claims={"sub": "c-17", "phone": MARIT}, number=None)) == expected
    assert everything(shop.store) == before


def test_consent_is_asked_for_and_kept(shop: CallCentre) -> None:
    shop.calls_back(consent_text="Please call me.")
    for given in (None, {"text": " "}):
        refused = refusal(lambda given=given: shop.call_me(consent=given))
        assert (refused.code, refused.details) == ("consent_missing", {"consent_text": "Please call me."})
    assert request_of(shop, shop.call_me(consent={"text": "Please call me."}))["consent"]["text"] == "Please call me."


@pytest.mark.parametrize(
    ("limit", "same"),
    [
        ("per_number_day", {"number": MARIT}),
        ("per_customer_day", {"claims": {"sub": "c-17"}}),
        ("per_address_day", {"network": "2001:db8:1:2::9"}),
    ],
)
def test_so_many_calls_a_day_and_no_more(shop: CallCentre, limit: str, same: dict[str, Any]) -> None:
    shop.calls_back(**{"per_number_day": 50, "per_customer_day": 50, limit: 2})

    def ask(turn: int) -> dict:
        if limit == "per_address_day":  # another address of the same household
            same["network"] = f"2001:db8:1:2::{turn}"
        who = {"number": f"07700 9002{turn:02}", "visitor": f"v-{turn}", "network": f"192.0.2.{turn}"} | same
        return shop.call_me(**who)

    for turn in range(2):
        shop.call_requests.cancel(ask(turn)["interaction"])
    before = everything(shop.store)
    refused = refusal(lambda: ask(3))
    assert (refused.code, refused.status) == ("too_many_calls_today", 429)
    assert f"per_{refused.details['limit']}_day" == limit
    assert everything(shop.store) == before
    shop.passes(timedelta(days=1))
    assert ask(4)["state"] == "queued"


def test_a_limit_holds_for_clicks_at_once(shop: CallCentre) -> None:
    shop.calls_back(per_address_day=3)

    def click(who: int) -> bool:
        try:
            shop.call_me(f"07700 9001{who:02}", f"v-{who}", network="192.0.2.77")
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(click, range(8))) == 3


def test_a_strangers_number_is_not_rung_more_often_by_changing_the_number_of_the_request(shop: CallCentre) -> None:
    shop.calls_back(per_number_day=2, per_customer_day=50)
    for turn in range(2):
        status = shop.call_me(MARIT, f"v-{turn}")
        is_dialled(shop, status, "busy")
        shop.call_requests.change(status["interaction"], {"number": f"07700 90020{turn}"}, "")
    assert code(lambda: shop.call_me(MARIT, "v-9")) == "too_many_calls_today"
    other = shop.call_me(YUSUF, "v-8")
    assert (
        code(lambda: shop.call_requests.change(other["interaction"], {"number": MARIT}, "")) == "too_many_calls_today"
    )


def test_changing_the_time_does_not_ring_a_number_at_once_again(shop: CallCentre) -> None:
    status = shop.call_me()
    is_dialled(shop, status, "busy")
    again = shop.call_requests.change(status["interaction"], {"when": None}, "")
    assert timedelta(minutes=4) < again["next_try_at"] - datetime.now(UTC) <= timedelta(minutes=5)
    moved = shop.call_requests.change(status["interaction"], {"number": YUSUF}, "")
    assert moved["next_try_at"] <= datetime.now(UTC)


def test_pools_that_do_not_call_back(shop: CallCentre) -> None:
    shop.a_pool("support", points=0)
    assert shop.call_requests.offer(SHOP, "support", None) is None
    assert code(lambda: shop.call_me(pool="support")) == "no_call_me"
    assert code(lambda: shop.call_me(pool="nothing")) == "unknown_pool"
    assert code(lambda: shop.call_me(site="nobody")) == "unknown_site"
    for deed in (shop.call_requests.status, shop.call_requests.cancel, shop.call_requests.windows_of):
        assert code(lambda deed=deed: deed("00000000-0000-0000-0000-000000000000")) == "unknown_interaction"


def test_who_never_opens_promises_nothing(shop: CallCentre) -> None:
    shop.a_pool(hours={"timezone": "UTC", "weekly": {}})
    shop.calls_back()
    assert code(lambda: shop.call_me()) == "closed"


# ---- proof -------------------------------------------------------------------------------------------------------


class Messages:
    """What would be sent to telephones."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.broken = False

    def __call__(self, number: str, text: str) -> None:
        if self.broken:
            raise OSError("no network")
        self.sent.append((number, text))


@pytest.fixture
def messages(shop: CallCentre) -> Messages:
    """The shop asks for a code."""
    messages = Messages()
    proofs = {"code": CodeProof(shop.store, "secret", messages)}
    shop.call_requests = CallRequests(shop.store, shop.settings, proofs)
    shop.calls_back(proof="code")
    return messages


def test_a_number_is_proved_by_the_code_that_was_sent_to_it(shop: CallCentre, messages: Messages) -> None:
    asked = refusal(lambda: shop.call_me())
    assert (asked.code, asked.details["number"], asked.details["digits"]) == ("proof_needed", "••••• •••142", 6)
    (number, sent), *more = messages.sent
    assert (number, more) == (MARIT, [])
    assert shop.answer("select count(*) from call_request") == 0
    assert sent not in str(everything(shop.store))
    wrong = "000000" if sent != "000000" else "111111"
    assert code(lambda: shop.call_me(proof=wrong)) == "proof_wrong"
    assert code(lambda: shop.call_me("07700 900155", "b", proof=sent)) == "proof_wrong"
    assert shop.call_me(proof=f" {sent} ")["state"] == "queued"


def test_a_code_is_void_after_five_wrong_tries_and_after_ten_minutes(shop: CallCentre, messages: Messages) -> None:
    assert code(lambda: shop.call_me()) == "proof_needed"
    for _ in range(5):
        assert code(lambda: shop.call_me(proof="wrong")) == "proof_wrong"
    assert code(lambda: shop.call_me(proof=messages.sent[0][1])) == "proof_wrong"
    assert code(lambda: shop.call_me()) == "proof_needed"
    shop.passes(timedelta(minutes=11))
    assert code(lambda: shop.call_me(proof=messages.sent[1][1])) == "proof_wrong"


def test_a_number_gets_three_codes_an_hour(shop: CallCentre, messages: Messages) -> None:
    for _ in range(3):
        assert code(lambda: shop.call_me()) == "proof_needed"
    assert code(lambda: shop.call_me()) == "too_many_requests"
    assert len(messages.sent) == 3
    shop.passes(timedelta(hours=1, minutes=1))
    assert code(lambda: shop.call_me()) == "proof_needed"


def test_no_code_is_sent_for_what_is_refused_anyway(shop: CallCentre, messages: Messages) -> None:
    bar(shop, MARIT, "do_not_call")
    assert code(lambda: shop.call_me()) == "do_not_call"
    assert messages.sent == []


def test_the_shops_word_is_proof_enough_and_another_number_is_not(shop: CallCentre, messages: Messages) -> None:
    claims = {"sub": "c-17", "phone": MARIT}
    status = shop.call_me(None, claims=claims)
    assert code(lambda: shop.call_requests.change(status["interaction"], {"number": YUSUF}, "")) == "proof_needed"
    assert messages.sent[0][0] == YUSUF
    changes = {"number": YUSUF, "proof": messages.sent[0][1]}
    assert shop.call_requests.change(status["interaction"], changes, "")["display_number"].endswith("155")


def test_where_no_code_can_be_sent_nobody_is_let_in(shop: CallCentre, messages: Messages) -> None:
    messages.broken = True
    assert code(lambda: shop.call_me()) == "proof_down"
    shop.calls_back(proof="captcha")
    assert code(lambda: shop.call_me()) == "proof_down"


def send_nothing(number: str, text: str) -> None:
    """For the next test: a sender as an installation would plug it in."""


class PatientCaptcha:
    def ask(self, number: str, address: str) -> dict:
        return {"kind": "captcha"}

    def holds(self, number: str, proof: str, address: str) -> bool:
        return proof == "I am no robot"


def test_other_proofs_are_plugged_in_by_name(shop: CallCentre) -> None:
    here = "tests.servers.test_call_requests"
    names = {"CTIAPP_CODE_SENDER": f"{here}:send_nothing", "CTIAPP_PROOFS": f"captcha={here}:PatientCaptcha"}
    proofs = plugged_in(shop.store, "secret", names)
    assert set(proofs) == {"code", "captcha"}
    shop.call_requests = CallRequests(shop.store, shop.settings, proofs)
    shop.calls_back(proof="captcha")
    assert refusal(lambda: shop.call_me()).details["kind"] == "captcha"
    assert code(lambda: shop.call_me(proof="I am a robot")) == "proof_wrong"
    assert shop.call_me(proof="I am no robot")["state"] == "queued"
    with pytest.raises(AttributeError):
        plugged_in(shop.store, "secret", {"CTIAPP_CODE_SENDER": f"{here}:send_everything"})
    assert plugged_in(shop.store, "secret", {}) == {}


# ---- together with the rest --------------------------------------------------------------------------------------


def test_the_page_goes_on_with_the_customer(shop: CallCentre) -> None:
    status = shop.call_me()
    shop.srp.new_page(status["interaction"], a_page("Basket"))
    assert shop.answer("select title from page where interaction = %s", status["interaction"]) == "Basket"


def test_requests_stay_when_the_pool_calls_nobody_back_any_more(shop: CallCentre) -> None:
    status = shop.call_me()
    with shop.store.transaction() as tx:
        tx.run("drop_other_call_me_pools", pools=[])
    shop.call_requests._cache.clear()
    assert shop.call_requests.status(status["interaction"])["state"] == "queued"
    assert code(lambda: shop.call_me(YUSUF, "b")) == "no_call_me"
    assert shop.call_requests.cancel(status["interaction"])["state"] == "cancelled"
