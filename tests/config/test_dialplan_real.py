"""The dialplan on the real switch: the ask, the answers, and the way out of every failure (P10)."""

from __future__ import annotations

import time

import pytest

from tests.config.agi_server import NOTHING, SILENCE, ScriptedServer
from tests.config.sip import Customer, Telephone, until
from tests.switchboard import PHONES_ADDRESS, STATIC_STATIONS, run_switch

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("empty_store")]

POINT = "70001"


@pytest.fixture
def ask(switch):
    """Start a scripted CTI server with these answers."""
    servers = []

    def start(*answers: str) -> ScriptedServer:
        servers.append(ScriptedServer(switch.bind, switch.agi_port, *answers))
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__()


@pytest.fixture
def call(switch):
    customers = []

    def dial(number: str = POINT, **how) -> Customer:
        customers.append(Customer((switch.bind, switch.sip_port), number, **how))
        return customers[-1]

    yield dial
    for customer in customers:
        if not customer.ended:
            customer.hang_up()
            time.sleep(0.05)
        customer.close()


@pytest.fixture
def telephone():
    telephones = []

    def ring(station: str = "2901", behaviour: str = "answer") -> Telephone:
        telephones.append(Telephone(PHONES_ADDRESS, STATIC_STATIONS[station], behaviour))
        return telephones[-1]

    yield ring
    for one in telephones:
        one.close()


def keep(switch, family: str, key: str, value: str) -> None:
    run_switch(switch, "cli", f"database put {family} {key} {value}")


@pytest.mark.parametrize("number", ["70001", "02079460131", "+442079460141", "02079460100", "5550199"])
def test_p10_each_number_asks_and_the_named_station_rings(ask, call, telephone, number):
    agent, server = telephone(), ask("dial,2901,20,i-1")
    call_ = call(number)
    until(lambda: call_.answered)
    assert server.asks == [["arrived", "", number, ""]]
    assert agent.times("invite")


def test_p10_the_caller_hears_ringing_while_we_think(ask, call):
    ask(SILENCE)
    customer = call()
    until(lambda: 180 in customer.statuses, within=0.5)
    assert not customer.answered


def test_the_caller_s_data_cannot_harm(ask, call, telephone):
    telephone()
    server = ask("dial,2901,20,i-1")
    customer = call(caller="0207$%7BSHELL(id)%7D9460999", name="Bob, X: y;z`$(id)")
    until(lambda: server.heads)
    assert server.heads[0]["agi_callerid"].strip("+0123456789") in ("", "unknown")
    assert server.heads[0]["agi_calleridname"] == "Bob X yzid"
    customer.hang_up()


@pytest.mark.parametrize(
    ("behaviour", "why", "cause"),
    [("busy", "BUSY", "17/486"), ("ring", "NOANSWER", None)],
)
def test_p10_an_outcome_is_reported_and_asked_about(ask, call, telephone, behaviour, why, cause):
    telephone("2901", behaviour)
    second = telephone("2902")
    server = ask("dial,2901,1,i-7", "dial,2902,20,i-7")
    customer = call()
    until(lambda: customer.answered)
    assert second.times("invite")
    assert server.asks[1][0] == why
    assert server.asks[1][2:] == [POINT, "i-7"]
    assert cause is None or server.asks[1][1] == cause


def test_p10_a_dead_telephone_is_reported(ask, call):
    server = ask("dial,2101,20,i-8", "apology")
    call()
    until(lambda: len(server.asks) == 2)
    assert server.asks[1][0] == "CHANUNAVAIL"


def test_p10_a_server_that_repeats_itself_does_not_spin_for_ever(ask, call):
    server = ask("dial,2101,20,i-8")
    customer = call()
    until(lambda: customer.was_played(1), within=8)
    assert len(server.asks) <= 41


def test_p10_waiting_is_music_and_then_a_new_ask(ask, call, telephone):
    telephone()
    server = ask("wait,2,i-9", "dial,2901,20,i-9")
    customer = call()
    until(lambda: customer.was_played(1), within=4)
    assert len(server.asks) == 1
    until(lambda: len(server.asks) == 2)
    assert server.asks[1] == ["waited", "", POINT, "i-9"]


def test_p10_the_apology_is_heard_and_ends_the_call(ask, call):
    ask("apology")
    customer = call()
    until(lambda: customer.ended, within=15)
    assert customer.was_played(2)


@pytest.mark.parametrize(
    "answer",
    [
        NOTHING,
        "",
        "dial,2901",
        "dial,trunk,20,i-1",
        "dial,2901&PJSIP/5550199@trunk,20,i",
        "dial,2901,20,i,Local/x@y",
        "wait,,",
        "Dial,2901,20,i",
        "failure",
        "apology,1",
        "${SHELL(id)}",
    ],
)
def test_p10_a_wrong_answer_takes_the_stored_route(switch, ask, call, telephone, answer):
    wrong, right = telephone("2901"), telephone("2902")
    keep(switch, "ctiapp-route", POINT, f"{int(time.time()) + 60}/2902")
    ask(answer)
    customer = call()
    until(lambda: customer.answered)
    assert right.times("invite")
    assert not wrong.times("invite")


@pytest.mark.parametrize("number", [POINT, "+442079460141"])
def test_p10_no_server_at_all_takes_the_stored_route(switch, call, telephone, number):
    agent = telephone()
    keep(switch, "ctiapp-route", number, f"{int(time.time()) + 60}/2901")
    customer = call(number)
    until(lambda: customer.answered, within=2)
    assert agent.times("invite")


def test_p10_a_slow_server_takes_the_way_out_after_three_seconds(switch, ask, call, telephone):
    telephone()
    keep(switch, "ctiapp-route", POINT, f"{int(time.time()) + 60}/2901")
    server = ask(SILENCE)
    customer = call()
    until(lambda: customer.answered, within=4.5)
    took = customer.times("200")[0] - customer.times("invite")[0]
    assert 2.5 < took < 4
    assert len(server.asks) == 1


@pytest.mark.parametrize("stored", [f"{int(time.time()) - 1}/2901", "rubbish", "99999999999/2901&PJSIP/2903"])
def test_p10_an_expired_or_broken_route_is_not_used(switch, call, telephone, stored):
    agent, staffed = telephone("2901"), telephone("2902")
    keep(switch, "ctiapp-route", POINT, stored)
    keep(switch, "ctiapp-staffed", "2902", "1")
    customer = call()
    until(lambda: customer.answered)
    assert staffed.times("invite")
    assert not agent.times("invite")


def test_p10_ordinary_routing_rings_only_staffed_stations_that_are_free(switch, ask, call, telephone):
    busy, free, unstaffed = telephone("2901"), telephone("2902"), telephone("2903")
    server = ask("dial,2901,20,i-1")
    first = call()
    until(lambda: first.answered)
    server.__exit__()
    for station in ("2901", "2902", "2101"):
        keep(switch, "ctiapp-staffed", station, "1")
    second = call()
    until(lambda: second.answered)
    assert len(busy.times("invite")) == 1
    assert free.times("invite")
    assert not unstaffed.times("invite")


def test_p10_with_nobody_at_all_the_caller_hears_words(call):
    customer = call("02079460100")
    until(lambda: customer.ended, within=15)
    assert 180 in customer.statuses
    assert customer.was_played(2)


def test_a_caller_cannot_dial_out_or_reach_names(switch, ask, call):
    server = ask("apology")
    names = [call(name) for name in ("trunk", "s", "ctiapp-apology")]
    until(lambda: all(404 in customer.statuses for customer in names))
    assert server.asks == []


def test_the_caller_who_gives_up_while_we_think_is_gone(switch, ask, call):
    ask(SILENCE)
    customer = call()
    until(lambda: 180 in customer.statuses)
    customer.hang_up()
    until(lambda: 487 in customer.statuses, within=1)
    until(lambda: "0 active channels" in run_switch(switch, "cli", "core show channels count"), within=2)
