"""An agent finds a customer, and reads the record, of the shops whose calls may come to them."""

from __future__ import annotations

import uuid

import pytest

from ctiapp.servers.customer_search import MOST_FOUND
from tests.database import SHOP, CallCentre, everything
from tests.servers.test_callbacks import promises
from tests.servers.test_desk import a_call_ends, a_call_is_answered
from tests.servers.test_srp import refusal


@pytest.fixture
def shop(centre: CallCentre) -> CallCentre:
    centre.a_pool(points=3)
    centre.calls_back()
    centre.an_agent("Noor")
    centre.an_agent("Ines", {"gardening": 5})
    return centre


def a_record(centre: CallCentre, name: str | None, site: str = SHOP, **more: str | None) -> str:
    kept = {"external_id": None, "phone": None, "email": None} | more
    with centre.store.transaction() as tx:
        tx.execute("insert into site (id, name) values (%s, %s) on conflict do nothing", (site, site))
        row = tx.execute(
            "insert into customer (site, name, external_id, phone, email) values (%s, %s, %s, %s, %s) returning id",
            (site, name, kept["external_id"], kept["phone"], kept["email"]),
        ).fetchone()
    return row["id"]


def found(centre: CallCentre, text: str, agent: str = "noor") -> list[str]:
    return [one["name"] for one in centre.desk.customers.find(agent, text)["customers"]]


@pytest.mark.parametrize(
    "text",
    [
        *("marit", "Solv", " MARIT sol ", "solvang mar", "marit.s", "Marit.Solvang@example.com", "c-10", "C-1001"),
        *("07700 9001", "+44 7700 900142", "0044 7700 900", "(07700) 900142", "447700900142"),
    ],
)
def test_p13_a_customer_is_found_by_name_number_email_or_id(shop: CallCentre, text: str) -> None:
    """By how any of them begins, however it is written."""
    marit = {"external_id": "C-1001", "phone": "+447700900142", "email": "Marit.Solvang@example.com"}
    a_record(shop, "Marit Solvang", **marit)
    a_record(shop, "Yusuf Adair", external_id="D-1002", phone="+4670900142", email="yusuf@example.com")
    a_record(shop, None)
    assert found(shop, text) == ["Marit Solvang"]


@pytest.mark.parametrize(
    "text", ["%%abc", "___abc", "abc' | 'marit", "abc:* | marit", "(abc|marit)", "\\abc", "abc%", "sol!vang"]
)
def test_what_is_typed_is_text_and_no_pattern(shop: CallCentre, text: str) -> None:
    a_record(shop, "Marit Solvang", external_id="C-1001", email="m@example.com")
    assert found(shop, text) == []


@pytest.mark.parametrize("text", ["ab", "  a  ", "%%%%", "' | '", "a:*"])
def test_too_little_is_refused(shop: CallCentre, text: str) -> None:
    assert refusal(lambda: shop.desk.customers.find("noor", text)) == "bad_request"


def test_no_more_than_a_few_are_shown_and_that_there_are_others(shop: CallCentre) -> None:
    for number in range(MOST_FOUND):
        a_record(shop, f"Solvang {number}")
    assert shop.desk.customers.find("noor", "solvang")["more"] is False
    a_record(shop, "Solvang A")
    answer = shop.desk.customers.find("noor", "solvang")
    assert len(answer["customers"]) == MOST_FOUND and answer["more"] is True


def test_p28_an_agent_sees_the_customers_of_the_shops_whose_calls_may_come_to_them(shop: CallCentre) -> None:
    marit, other = a_record(shop, "Marit Solvang"), a_record(shop, "Marit Okonje", site="other")
    assert found(shop, "marit") == ["Marit Solvang"]
    assert found(shop, "marit", "ines") == []
    customers = shop.desk.customers
    for agent, record in (("ines", marit), ("noor", other), ("noor", str(uuid.uuid4()))):
        assert refusal(lambda agent=agent, record=record: customers.record(agent, record)) == "not_found"  # type: ignore[misc]


def test_a_record_is_read_with_all_that_was_and_nothing_is_changed(shop: CallCentre) -> None:
    a_call_is_answered(shop, shop.click("marit")["number"], "call-1")
    engagement = shop.desk.view("noor")["engagement"]
    shop.desk.records.keep("noor", engagement["interaction"], {"name": "Marit Solvang", "phone": "07700 900142"})
    a_call_ends(shop, "call-1")
    callback = promises(shop)
    shop.desk.finish("noor", engagement["reservation"], "sold", "Oak fronts.", ready=True)
    before = everything(shop.store)
    [row] = shop.desk.customers.find("noor", "solvang")["customers"]
    record = shop.desk.customers.record("noor", row["id"])
    assert (record["customer"]["name"], record["customer"]["phone"]) == ("Marit Solvang", "+447700900142")
    assert [line["note"] for line in record["history"]] == ["Oak fronts."] and record["history_total"] == 1
    assert record["callback"]["interaction"] == callback
    assert everything(shop.store) == before


def test_a_large_customer_list_is_looked_through_along_its_indexes(shop: CallCentre) -> None:
    with shop.store.transaction() as tx:
        tx.execute(
            """insert into customer (site, name, external_id, email, phone)
               select %s, 'First' || n || ' Last' || n, 'X-' || n, 'mail' || n || '@example.com', '+4477' || n
                 from generate_series(1000000, 1020000) n""",
            (SHOP,),
        )
        tx.execute("analyze customer")
        tx.one("find_customers", shops=[SHOP], words="'last1010000':*", begin="last1010000", number="+44771", most=9)
        plan = tx.execute(
            "explain execute find_customers (%(words)s, %(shops)s, %(most)s, %(begin)s, %(number)s)",
            {"words": "'last1':*", "shops": [SHOP], "most": 9, "begin": "last1", "number": "+44771010000"},
        ).fetchall()
    lines = [row["QUERY PLAN"] for row in plan]
    assert [line for line in lines if "Seq Scan on customer" in line] == []
