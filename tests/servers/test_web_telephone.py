"""One-time targets and the access of telephones in browsers, over the real database (P06, P14)."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from ctiapp.config.values.telephones import WebTelephoneValues
from ctiapp.core.refusals import Refusal
from ctiapp.servers.seed import keep_web_telephone
from ctiapp.servers.web_telephone import WebTelephones, hashed
from tests.database import CallCentre
from tests.servers.living import Living, living, until

SHARED = WebTelephoneValues(url="wss://phone.example/ws", ice=("stun:stun.example", "turn:turn.example:3478"))


@pytest.fixture
def telephones(centre: CallCentre, tmp_path: Path) -> WebTelephones:
    centre.a_pool()
    centre.an_agent("Noor")
    return WebTelephones(centre.store, dataclasses.replace(centre.settings, state=tmp_path))


def use(centre: CallCentre, target: str, call: str = "call-1") -> dict | None:
    with centre.store.transaction() as tx:
        return tx.one("use_target", hash=hashed(target), call=call)


def dialled(access: dict) -> str:
    """What arrives at the switch."""
    return access["target"].removeprefix("sip:t").partition("@")[0]


# ---- access ------------------------------------------------------------------------------------------------------


def test_an_agent_gets_the_access_of_the_station_they_sit_at_and_of_no_other_P14(
    centre: CallCentre, telephones: WebTelephones
):
    centre.a_station("2111", browser=True)
    centre.an_agent("Ida", station=None)
    session = centre.logs_in("ida", "2111")
    access = telephones.of_agent(session)
    assert (access["uri"], access["user"]) == ("sip:2111@127.0.0.1", "2111")
    assert access["url"] == f"ws://127.0.0.1:{centre.settings.http_port}/ws"

    with pytest.raises(Refusal, match="telephone of its own"):
        telephones.of_agent(centre.logs_in("noor", "phone-noor", take_over=True))
    centre.desk.logout(session)
    with pytest.raises(Refusal) as refused:
        telephones.of_agent(session)
    assert refused.value.code == "not_logged_in"


def test_an_account_at_a_turn_server_is_proved_and_ends_P14(centre: CallCentre, telephones: WebTelephones):
    with centre.store.transaction() as tx:
        keep_web_telephone(tx, SHARED)
    access = telephones.of_customer(centre.click()["interaction"])
    stun, turn = access["ice_servers"]
    assert access["url"] == SHARED.url
    assert stun == {"urls": "stun:stun.example"}
    secret = telephones._settings.secret("turn").encode()
    proof = hmac.new(secret, turn["username"].encode(), hashlib.sha1).digest()
    assert turn["credential"] == base64.b64encode(proof).decode()
    assert turn["username"].endswith(":web-customer")


# ---- targets -----------------------------------------------------------------------------------------------------


def test_a_target_is_the_reserved_number_once_P06(centre: CallCentre, telephones: WebTelephones):
    status = centre.click()
    access = telephones.of_customer(status["interaction"])
    door = use(centre, dialled(access))
    assert door == {"number": status["number"], "interaction": status["interaction"], "longest": timedelta(hours=1)}
    assert use(centre, dialled(access)) is None
    assert use(centre, "0123456789abcdef0123456789abcdef") is None
    assert dialled(access) not in str(centre.ask("select * from web_target")), "only its hash is kept"


def test_of_many_who_dial_the_same_target_one_is_let_in_P06(centre: CallCentre, telephones: WebTelephones):
    target = dialled(telephones.of_customer(centre.click()["interaction"]))
    doors: list[dict | None] = []
    racers = [threading.Thread(target=lambda n=n: doors.append(use(centre, target, f"call-{n}"))) for n in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len([door for door in doors if door]) == 1
    assert centre.answer("select call from web_target").startswith("call-")


def test_a_newer_target_replaces_the_older_and_none_outlives_the_number_P06(
    centre: CallCentre, telephones: WebTelephones
):
    interaction = centre.click()["interaction"]
    first, second = (telephones.of_customer(interaction) for _ in range(2))
    assert use(centre, dialled(first)) is None
    centre.passes(timedelta(minutes=2))
    assert use(centre, dialled(second)) is None
    with pytest.raises(Refusal) as refused:
        telephones.of_customer(interaction)
    assert refused.value.code == "already_ended"


def test_a_call_about_to_reach_its_number_finds_it_reserved_P06(centre: CallCentre, telephones: WebTelephones):
    interaction = centre.click()["interaction"]
    target = dialled(telephones.of_customer(interaction))
    with centre.store.transaction() as tx:
        tx.execute("update reservation set deadline = now() + interval '100 ms'")
    assert use(centre, target)
    assert centre.answer("select deadline > now() + interval '4 s' from reservation")


# ---- at the switch -----------------------------------------------------------------------------------------------


@pytest.fixture
async def shop(centre: CallCentre) -> AsyncIterator[Living]:
    centre.a_pool()
    async with living(centre) as shop:
        shop.an_agent("Noor")
        await shop.starts()
        yield shop


async def test_who_dials_a_target_is_a_call_to_the_reserved_number_and_who_dials_another_is_none_P06(shop: Living):
    centre, switch = shop.centre, shop.switch
    status = centre.click()
    access = WebTelephones(centre.store, centre.settings).of_customer(status["interaction"])
    stranger = switch.dial_target("0" * 32)
    await until(lambda: stranger in switch.turned_away)
    call = switch.dial_target(dialled(access))
    await shop.rings("noor")
    assert centre.ask("select id, dialled, caller from call") == [
        {"id": call, "dialled": status["number"], "caller": ""}
    ]
    again = switch.dial_target(dialled(access))
    await until(lambda: again in switch.turned_away)
    switch.station_answers("phone-noor")
    await shop.becomes("noor", "talking")
    switch.clock.advance(timedelta(hours=1))
    await shop.becomes("noor", "wrap_up")
