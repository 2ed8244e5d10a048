"""From a click on *Call me* to a line of the list (416-424): who it is, and once only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg2
import pytest

from tests.database import SHOP, CallCentre, a_click, a_request
from tests.servers.call_requests.asking import MARIT, YUSUF, code, request_of


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
