"""The customer's record in the agent's hands."""

from __future__ import annotations

import pytest

from ctiapp.servers import calls
from ctiapp.switch.protocol import RouteRequested
from tests.database import CallCentre, everything
from tests.servers.test_desk import a_call_ends, a_call_is_answered
from tests.servers.test_srp import refusal


@pytest.fixture
def shop(centre: CallCentre) -> CallCentre:
    centre.a_pool(points=9)
    centre.an_agent("Noor")
    centre.an_agent("Ines", ready=False)
    return centre


def the_call(centre: CallCentre) -> dict:
    return centre.desk.view("noor")["engagement"]


def a_stranger_calls(centre: CallCentre, caller: str = "07700900142") -> str:
    centre.a_plain_number("02079460100", skill="sales")
    with centre.store.transaction() as tx:
        calls.arrived(tx, RouteRequested("call-9", "02079460100", caller))
        calls.answered(tx, "call-9", "phone-noor")
    return the_call(centre)["interaction"]


def test_p13_what_is_put_right_is_kept_and_what_was_before_too(shop: CallCentre) -> None:
    shop.click("marit")
    interaction = the_call(shop)["interaction"]
    version = shop.desk.view("noor")["version"]
    shop.desk.records.keep(
        "noor",
        interaction,
        {
            "name": " Marit Solvang ",
            "phone": "07700 900142",
            "email": "m@x.example",
            "attributes": {"lift": "narrow"},
        },
    )
    shop.desk.records.keep("noor", interaction, {"email": "", "notes": "Ring twice."})
    view = shop.desk.view("noor")
    customer = view["engagement"]["customer"]
    kept = {key: customer[key] for key in ("name", "phone", "email", "attributes", "notes", "known")}
    assert kept == {
        "name": "Marit Solvang",
        "phone": "+447700900142",
        "email": None,
        "attributes": {"lift": "narrow"},
        "notes": "Ring twice.",
        "known": True,
    }
    assert view["version"] > version
    old = [row["old"]["email"] for row in shop.ask("select old from customer_history order by at")]
    assert old[-1] == "m@x.example"


def test_what_cannot_be_is_refused_and_changes_nothing(shop: CallCentre) -> None:
    shop.click("marit")
    interaction = the_call(shop)["interaction"]
    keep = shop.desk.records.keep
    before = everything(shop.store)
    assert refusal(lambda: keep("noor", interaction, {"phone": "12"})) == "malformed_number"
    assert refusal(lambda: keep("noor", interaction, {"email": "marit at home"})) == "bad_request"
    assert refusal(lambda: keep("noor", interaction, {"language": "English"})) == "bad_request"
    assert refusal(lambda: keep("ines", interaction, {"name": "Mine"})) == "not_yours"
    assert refusal(lambda: shop.desk.records.history("ines", interaction)) == "not_yours"
    assert everything(shop.store) == before


def test_p13_one_of_several_with_the_number_is_chosen_and_the_call_is_theirs(shop: CallCentre) -> None:
    marit, yusuf = (shop.a_customer(name, "+447700900142") for name in ("Marit Solvang", "Yusuf Adair"))
    other = shop.a_customer("Lena Brandvold", "+447700900199")
    interaction = a_stranger_calls(shop)
    assert {one["id"] for one in the_call(shop)["candidates"]} == {marit, yusuf}
    assert the_call(shop)["customer"] is None
    assert refusal(lambda: shop.desk.records.choose("noor", interaction, other)) == "unknown_customer"
    shop.desk.records.choose("noor", interaction, yusuf)
    assert the_call(shop)["customer"]["name"] == "Yusuf Adair" and the_call(shop)["candidates"] == []
    assert shop.interaction(interaction)["customer"] == yusuf
    assert refusal(lambda: shop.desk.records.choose("noor", interaction, marit)) == "wrong_state"


def test_p13_a_stranger_gets_a_record_with_their_number(shop: CallCentre) -> None:
    interaction = a_stranger_calls(shop)
    shop.desk.records.keep("noor", interaction, {"name": "Petra Okonje"})
    customer = the_call(shop)["customer"]
    assert (customer["name"], customer["phone"]) == ("Petra Okonje", "+447700900142")
    assert shop.interaction(interaction)["customer"] == customer["id"]


def test_the_screen_has_the_last_lines_and_how_many_there_are(shop: CallCentre) -> None:
    for number in range(7):
        call = f"call-{number}"
        a_call_is_answered(shop, shop.click("marit")["number"], call)
        a_call_ends(shop, call)
        shop.desk.finish("noor", the_call(shop)["reservation"], "sold", f"note {number}", ready=True)
    shop.click("marit")
    engagement = the_call(shop)
    assert [line["note"] for line in engagement["history"]] == [f"note {number}" for number in (6, 5, 4, 3, 2)]
    assert engagement["history_total"] == 7
    everything_before = shop.desk.records.history("noor", engagement["interaction"])
    assert [line["note"] for line in everything_before] == [f"note {number}" for number in range(6, -1, -1)]
