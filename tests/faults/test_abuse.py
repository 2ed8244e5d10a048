"""What strangers and accidents do to a running system: scans, hostile calls, hundreds of them, phones that vanish.
Afterwards nobody is left in a state that nobody is in."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
import yaml

from ctiapp.config import applying
from ctiapp.settings import PROJECT
from tests.desks import RobotDesk
from tests.product import Product, log_lines, status_of, until
from tests.sipp import sipp
from tests.switchboard import environment, run_switch, test_values

pytestmark = pytest.mark.real
STRANGER = "127.0.0.77"


# ---- strangers at the ports -----------------------------------------------------------------------------------------

GARBAGE = [
    b"",
    b"\r\n" * 50,
    b"\0" * 5000,
    b"\xff\xfe" * 3000,
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    b"agi_network: yes\nagi_uniqueid: " + b"9" * 3000 + b"\n\n",
    b"agi_network: yes\nagi_uniqueid: 1.1\nagi_arg_1: arrived\nagi_arg_3: 70001\n\n",
    b"Action: Login\r\nUsername: ctiapp\r\nSecret: wrong\r\n\r\n",
    b"Action: " + b"x" * 20_000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x01" * 500,
]


async def test_a_port_scan_with_garbage_stops_nothing(product: Product):
    settings = product.settings
    ports = [settings.ami_port, settings.agi_port, settings.detector_port, settings.cti_port]
    ports += [settings.web_port, settings.shop_port]
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            for port in ports:
                for words in GARBAGE:
                    throw(port, words)
            with contextlib.ExitStack() as silent:  # and some who say nothing at all
                for port in ports:
                    for _ in range(10):
                        silent.enter_context(socket.create_connection(("127.0.0.1", port), 5))
                product.wait_ready()
                status = product.click().json()
                await customer.dial(status["number"])
                await agent.event("CALL_INCOMING")
                assert noor.until_state("ringing")["engagement"]["interaction"] == status["interaction"]
                await customer.hang_up()
                noor.until_state("ready")
    assert not [line for line in log_lines(settings, "cti") if "traceback" in line]
    assert nothing_is_left(product)


def throw(port: int, words: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as line, contextlib.suppress(OSError):
        line.sendall(words)
        line.shutdown(socket.SHUT_WR)
        line.settimeout(0.2)
        line.recv(4096)


# ---- hostile calls --------------------------------------------------------------------------------------------------

HOSTILE = {
    "quotes and a semicolon": ('"Robert\\"); DROP TABLE call;--"', "07700900142", "02079460100"),
    "markup": ('"<img src=x onerror=alert(1)>"', "07700900142", "02079460100"),
    "dialplan": ('"${SHELL(id)}&PJSIP/1001"', "07700900142,1${EXTEN}", "02079460100"),
    "two kilobytes": ('"' + "A" * 2000 + '"', "9" * 2000, "02079460100"),
    "a line end": ('"Mia\\r\\nX: y"', "0770%0d%0aAction:%20Logoff", "02079460100"),
    "no caller": ("", "anonymous", "02079460100"),
    "unknown number": ('"Mia"', "07700900142", "999999"),
    "two kilobytes dialled": ('"Mia"', "07700900142", "7" * 2000),
    "dialplan dialled": ('"Mia"', "07700900142", "7%2C1%24%7BEXTEN%7D%26x"),
    "line end dialled": ('"Mia"', "07700900142", "70001%0d%0aX-Evil%3a1"),
    "a name dialled": ('"Mia"', "07700900142", "ctiapp-apology"),
}


def invite(product: Product, host: str, name: str, caller: str, dialled: str) -> str:
    """An INVITE as it stands, from `host`; the first final answer's status line, "" if there is none. Ended at once."""
    settings = product.settings
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((host, 0))
        line.settimeout(5)
        port = line.getsockname()[1]
        call = f"{port}-{abs(hash((name, caller, dialled)))}"
        sdp = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"

        def message(method: str, rest: str, body: str = "") -> bytes:
            return (
                f"{method} sip:{dialled}@127.0.0.1:{settings.sip_port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {host}:{port};rport;branch=z9hG4bK{call}\r\n"
                f"From: {name} <sip:{caller}@{host}:{port}>;tag=1\r\n"
                f"To: <sip:{dialled}@127.0.0.1:{settings.sip_port}>{rest}\r\n"
                f"Call-ID: {call}\r\nCSeq: 1 {method}\r\nContact: <sip:x@{host}:{port}>\r\nMax-Forwards: 70\r\n"
                + ("Content-Type: application/sdp\r\n" if body else "")
                + f"Content-Length: {len(body)}\r\n\r\n{body}"
            ).encode()

        server = ("127.0.0.1", settings.sip_port)
        line.sendto(message("INVITE", "", sdp), server)
        while True:
            try:
                answer = line.recv(65535).decode(errors="replace")
            except TimeoutError:
                return ""
            status = answer.split("\r\n", 1)[0].removeprefix("SIP/2.0 ")
            tag = re.search(r"^To:.*?(;tag=[^\s;]+)", answer, re.MULTILINE)
            if status[:3] in ("180", "183"):
                line.sendto(message("CANCEL", ""), server)
            elif status[0] >= "2" and "CSeq: 1 INVITE" in answer:
                line.sendto(message("ACK", tag[1] if tag else ""), server)
                if status[0] == "2":
                    line.sendto(message("BYE", tag[1] if tag else "").replace(b"CSeq: 1", b"CSeq: 2"), server)
                return status


async def test_hostile_callers_are_calls_like_others(product: Product):
    answers = {kind: invite(product, "127.0.0.2", *call) for kind, call in HOSTILE.items()}
    until(lambda: nothing_is_left(product), 20, f"the calls are over: {answers}")
    for row in product.sql("select caller, dialled from call"):
        assert re.fullmatch(r"[0-9+*#]{0,80}", row["caller"] or ""), row
    assert run_switch(product.settings, "cli", "core show version").startswith("Asterisk 22")
    assert not [line for line in log_lines(product.settings, "cti") if "traceback" in line]


async def test_a_call_from_an_address_nobody_knows_is_refused_and_leaves_nothing(product: Product):
    answer = invite(product, STRANGER, '"Mia"', "1001", "70001")
    assert answer[:3] in ("401", "403"), answer
    assert product.sql("select * from call") == []


# ---- many calls, and calls that meet --------------------------------------------------------------------------------


@pytest.mark.long
async def test_300_calls_that_hang_up_at_once_leave_nothing_behind(product: Product):
    server = product.sip_server
    async with product.station_phone("2101"), product.station_phone("2102", 880):
        with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
            noor.ready(), tomas.ready()
            with sipp("hasty_caller.xml", server, "127.0.0.2", service="02079460100", calls=300) as process:
                await asyncio.to_thread(process.wait, 60)
            until(lambda: nothing_is_left(product), 30, "all are over")
            assert product.sql("select count(*) as n from call")[0]["n"] > 0, "some were gone before we were asked"
            noor.until_state("ready"), tomas.until_state("ready")
    assert product.sql("select count(*) as n from reservation where state <> 'released'") == [{"n": 0}]
    assert product.sql("select count(*) as n from reservation where wrap_up_at is not null") == [{"n": 0}]


async def test_two_callers_at_one_reserved_number_at_the_same_instant(product: Product):
    async with product.station_phone("2101") as first, product.station_phone("2102", 880) as second:
        async with product.customer_phone("1001") as mia, product.customer_phone("1002", 1040) as jon:
            with RobotDesk(product, "1042", "2101") as noor, RobotDesk(product, "1043", "2102") as tomas:
                noor.ready(), tomas.ready()
                status = product.click().json()
                await asyncio.gather(mia.dial(status["number"]), jon.dial(status["number"]))
                await asyncio.gather(first.event("CALL_INCOMING"), second.event("CALL_INCOMING"))
                views = [noor.until_state("ringing")["engagement"], tomas.until_state("ringing")["engagement"]]
                assert views[0]["interaction"] == status["interaction"] and views[0]["page"]
                assert views[1]["interaction"] != status["interaction"]
                assert (views[1]["channel"], views[1]["page"], views[1]["customer"]) == ("ordinary", None, None)
                await asyncio.gather(mia.hang_up(), jon.hang_up())
                noor.until_state("ready"), tomas.until_state("ready")
    assert nothing_is_left(product)


@pytest.mark.long
@pytest.mark.parametrize("turn", range(5))
async def test_the_telephone_answers_while_the_caller_hangs_up(product: Product, turn: int):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            noor.until_state("ringing")
            await asyncio.gather(agent.answer(), later(turn * 0.01, customer.hang_up()))
            await agent.event("CALL_CLOSED")
            until(lambda: nothing_is_left(product), 20, "the call is over")
            state = product.sql("select state from agent where id = '1042'")[0]["state"]
            talked = product.sql("select talking_at is not null as yes from reservation")[0]["yes"]
            assert state == ("wrap_up" if talked else "ready")
            assert product.customer(status).json()["state"] == "ended"


async def test_the_caller_hangs_up_exactly_when_answered(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            await customer.dial(status["number"])
            await agent.event("CALL_INCOMING")
            await agent.answer()
            await customer.event("CALL_ESTABLISHED")
            await customer.hang_up()
            assert noor.until_state("wrap_up")["engagement"]["interaction"] == status["interaction"]
            assert product.customer(status).json()["end_reason"] == "hangup"
    assert nothing_is_left(product)


async def later(seconds: float, work) -> None:
    await asyncio.sleep(seconds)
    await work


# ---- things that vanish in a call -----------------------------------------------------------------------------------


async def test_an_agent_who_logs_out_in_a_call_talks_on_and_is_gone_after_it(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            product.sql("update pool set wrap_up_for = '2 s'")
            status = product.click().json()
            await talk(product, noor, agent, customer, status)
            noor.post("agent/logout")
            assert await agent.hears(440), "nobody was cut off"
            await customer.hang_up()
            until(lambda: product.customer(status).json()["end_reason"] == "hangup", what="ended")
            until(lambda: nothing_is_left(product), 20, "the call is over")
        until(lambda: not agents_engaged(product), 40, "no wrap-up of somebody who is not there is kept for ever")
        assert product.sql("select state from agent where id = '1042'") == [{"state": "logged_out"}]


async def test_a_telephone_that_loses_its_registration_in_a_call(product: Product):
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            await talk(product, noor, agent, customer, status)
            contact = run_switch(product.settings, "cli", "database show registrar")
            key = re.search(r"/registrar/contact/(2101;@\S+)", contact)
            assert key, contact
            run_switch(product.settings, "cli", f"database del registrar/contact {key[1]}")
            assert await agent.hears(440), "nobody was cut off"
            assert noor.state() == "talking"
            await customer.hang_up()
            noor.until_state("wrap_up")
    assert nothing_is_left(product)


@pytest.mark.long
async def test_both_telephones_vanish_without_a_goodbye_and_the_call_ends_all_the_same(product: Product):
    """A missing BYE must not leave an agent in a call for ever: no voice for so long means that it is over."""
    with short_silence(product):
        async with product.station_phone() as agent, product.customer_phone() as customer:
            with RobotDesk(product, "1042", "2101") as noor:
                noor.ready()
                status = product.click().json()
                await talk(product, noor, agent, customer, status)
                await asyncio.sleep(6)
                assert noor.state() == "talking", "who talks is not cut off"
                await asyncio.gather(agent.kill(), customer.kill())
                noor.until_state("wrap_up", 30)
                assert product.customer(status).json()["state"] == "ended"
    until(lambda: nothing_is_left(product), 20, "no channel is left")


@contextlib.contextmanager
def short_silence(product: Product) -> Iterator[None]:
    """Three seconds without voice end a call, by a configuration that is applied and taken back."""
    settings = product.settings
    before = settings.values.read_text()
    settings.values.write_text(yaml.safe_dump(test_values() | {"no_voice_for": 3}, sort_keys=False))
    applying.apply(settings)
    try:
        yield
    finally:
        settings.values.write_text(before)
        applying.apply(settings)


# ---- a new telephone while people talk ------------------------------------------------------------------------------


async def test_a_station_comes_and_goes_while_a_call_is_talking_P14(product: Product):
    settings = product.settings
    before = settings.values.read_text()
    values = test_values()
    more = values | {"stations": [*values["stations"], {"id": "2108"}]}
    async with product.station_phone() as agent, product.customer_phone() as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.click().json()
            await talk(product, noor, agent, customer, status)
            try:
                settings.values.write_text(yaml.safe_dump(more, sort_keys=False))
                said = ctiapp(product, "config", "apply")
                assert said.returncode == 0, said.stderr
                async with product.station_phone("2108", 880) as new:
                    with RobotDesk(product, "1043", "2108") as tomas:
                        tomas.ready()
                        async with product.customer_phone("1002", 1040) as jon:
                            await jon.dial("02079460100")
                            await new.event("CALL_INCOMING")
                            await jon.hang_up()
                            tomas.until_state("ready")
                        settings.values.write_text(before)
                        assert ctiapp(product, "config", "apply").returncode == 0
                        until(lambda: state_of(product, "1043") == "logged_out", what="nobody sits where nothing is")
                        answer = tomas.try_to(
                            "agent/login", agent="1043", password=product.password("1043"), station="2108"
                        )
                        assert answer.json()["error"]["code"] == "unknown_station"
            finally:
                settings.values.write_text(before)
                ctiapp(product, "config", "apply")
            assert noor.state() == "talking" and await agent.hears(440), "nobody was cut off"
            await customer.hang_up()
            noor.until_state("wrap_up")


# ---- what is looked at ----------------------------------------------------------------------------------------------


async def talk(product: Product, desk: RobotDesk, agent, customer, status: dict) -> None:
    await customer.dial(status["number"])
    await agent.event("CALL_INCOMING")
    await agent.answer()
    await customer.event("CALL_ESTABLISHED")
    desk.until_state("talking")


def ctiapp(product: Product, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "ctiapp.cli", *words],
        env=environment(product.settings),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def state_of(product: Product, agent: str) -> str:
    return product.sql("select state from agent where id = %s", agent)[0]["state"]


def agents_engaged(product: Product) -> bool:
    return bool(product.sql("select 1 from reservation where state <> 'released'"))


def nothing_is_left(product: Product) -> bool:
    """No call, no lease of one, no channel, and the health says yes."""
    calls = product.sql("select 1 from call where state <> 'ended'")
    leases = product.sql("select 1 from reservation where state in ('reserved', 'ringing', 'talking')")
    channels = run_switch(product.settings, "cli", "core show channels count")
    ready = status_of(f"http://127.0.0.1:{product.settings.cti_port}/readyz") == 200
    return not calls and not leases and "0 active channels" in channels and ready
