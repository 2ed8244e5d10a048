"""P11: the AMI link against a peer that does every unpleasant thing a real one was seen to do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.switch.asterisk.link import (
    ActionRefused,
    AmiEvent,
    Link,
    LinkLost,
    LinkState,
    encode,
    parse_event,
)
from ctiapp.switch.protocol import SwitchError
from tests.switch.scripted_ami import Action, Peer, ScriptedAmi, silent
from tests.switch.until import until

SOON = timedelta(milliseconds=20)
WANTED = {"FullyBooted", "Hangup", "DialState", "DeviceStateChange", "OriginateResponse"}


class Listener:
    def __init__(self) -> None:
        self.events: list[AmiEvent] = []
        self.downs: list[str] = []

    def names(self) -> list[str]:
        return [event["Event"] for event in self.events]


@asynccontextmanager
async def linked(ami: ScriptedAmi, listener: Listener, secret: str = "right", **options: Any) -> AsyncIterator[Link]:
    given_options: dict[str, Any] = {
        "wanted": WANTED,
        "on_event": listener.events.append,
        "on_down": listener.downs.append,
        "first_pause": SOON,
        "longest_pause": SOON,
    }
    link = Link("127.0.0.1", ami.port, "ctiapp", secret, **(given_options | options))
    await link.start()
    try:
        yield link
    finally:
        await link.stop()


async def up(link: Link) -> None:
    await until(lambda: link.state is LinkState.UP)


async def test_an_action_gets_its_own_reply_though_replies_come_in_another_order() -> None:
    held: list[Action] = []

    def hold(peer: Peer, action: Action) -> None:
        held.append(action)
        if len(held) == 2:
            for one in reversed(held):
                peer.reply(one, f"Response: Success\nMessage: {one['Key'][0]}")

    async with ScriptedAmi() as ami, linked(ami, Listener()) as link:
        ami.answers["DBPut"] = hold
        await up(link)
        first, second = await asyncio.gather(link.act("DBPut", {"Key": "a"}), link.act("DBPut", {"Key": "b"}))
    assert (first.message, second.message) == ("a", "b")


async def test_an_originate_in_flight_at_a_link_loss_fails_and_is_never_sent_again() -> None:
    """P08, P18: panoramisk of itself dials twice here."""
    async with ScriptedAmi() as ami, linked(ami, Listener()) as link:
        ami.answers["Originate"] = lambda peer, action: peer.cut()
        await up(link)
        with pytest.raises(LinkLost):
            await link.act("Originate", {"Channel": "PJSIP/123@trunk", "Async": "true"})
        await until(lambda: len(ami.peers) == 2)
        await up(link)
        await link.act("Ping")
        assert len(ami.of("Originate")) == 1


async def test_an_action_before_the_login_is_refused_and_never_sent() -> None:
    async with ScriptedAmi() as ami, linked(ami, Listener()) as link:
        ami.answers["Login"] = silent
        await until(lambda: ami.names() == ["Login"])
        with pytest.raises(LinkLost):
            await link.act("Originate", {"Channel": "PJSIP/123@trunk"})
        assert ami.names() == ["Login"]


async def test_an_action_while_the_link_is_down_is_refused_and_never_sent() -> None:
    listener = Listener()
    async with ScriptedAmi() as ami, linked(ami, listener, first_pause=timedelta(seconds=60)) as link:
        await up(link)
        ami.peer.cut()
        await until(lambda: listener.downs)
        with pytest.raises(LinkLost):
            await link.act("Hangup", {"Channel": "x"})
        assert ami.names() == ["Login"]


async def test_a_list_that_is_cut_half_way_fails() -> None:
    def half(peer: Peer, action: Action) -> None:
        peer.reply(action, "Response: Success\nEventList: start\nMessage: will follow")
        peer.reply(action, "Event: Status\nChannel: PJSIP/trunk-00000001")
        asyncio.get_running_loop().call_later(0.05, peer.cut)

    async with ScriptedAmi() as ami, linked(ami, Listener()) as link:
        ami.answers["Status"] = half
        await up(link)
        with pytest.raises(LinkLost):
            await link.ask_list("Status")


async def test_a_list_gives_its_items_and_lets_live_events_through() -> None:
    def listed(peer: Peer, action: Action) -> None:
        peer.reply(action, "Response: Success\nEventList: start\nMessage: will follow")
        peer.reply(action, "Event: DeviceStateChange\nDevice: PJSIP/2101\nState: INUSE")
        peer.send("Event: DeviceStateChange\nDevice: PJSIP/2102\nState: BUSY\n\n")
        peer.reply(action, "Event: DeviceStateListComplete\nEventList: Complete\nListItems: 1")

    listener = Listener()
    async with ScriptedAmi() as ami, linked(ami, listener) as link:
        ami.answers["DeviceStateList"] = listed
        await up(link)
        items = await link.ask_list("DeviceStateList")
        assert [item.device for item in items] == ["PJSIP/2101"]
        assert [e["Device"] for e in listener.events if "Device" in e] == ["PJSIP/2102"]


async def test_a_refused_list_ends_at_once() -> None:
    async with ScriptedAmi() as ami, linked(ami, Listener()) as link:
        ami.answers["Status"] = lambda p, a: p.reply(a, "Response: Error\nMessage: Permission denied")
        await up(link)
        with pytest.raises(ActionRefused, match="Permission denied"):
            await link.ask_list("Status")


async def test_an_action_without_an_answer_fails_in_time_and_leaves_nothing_behind() -> None:
    async with ScriptedAmi() as ami, linked(ami, Listener(), action_within=SOON) as link:
        ami.answers["Hangup"] = silent
        await up(link)
        with pytest.raises(SwitchError, match="no answer"):
            await link.act("Hangup", {"Channel": "x"})
        assert link._protocol is not None and link._protocol.responses == {}


async def test_a_late_list_item_is_no_live_event() -> None:
    listener = Listener()
    async with ScriptedAmi() as ami, linked(ami, listener, action_within=SOON) as link:
        ami.answers["DeviceStateList"] = silent
        await up(link)
        with pytest.raises(SwitchError):
            await link.ask_list("DeviceStateList")
        asked = ami.of("DeviceStateList")[0]
        ami.peer.reply(asked, "Event: DeviceStateChange\nDevice: PJSIP/2101\nState: INUSE")
        await link.act("Ping")
        assert "DeviceStateChange" not in listener.names()


async def test_an_originate_is_answered_at_once_and_its_outcome_comes_as_an_event() -> None:
    """panoramisk of itself raises KeyError on this reply, or swallows the outcome."""

    def queued(peer: Peer, action: Action) -> None:
        peer.reply(action, "Response: Success\nMessage: Originate successfully queued")
        peer.reply(action, "Event: OriginateResponse\nResponse: Failure\nReason: 0\nUniqueid: made-1")

    listener = Listener()
    async with ScriptedAmi() as ami, linked(ami, listener) as link:
        ami.answers["Originate"] = queued
        ami.answers["PlayDTMF"] = queued
        await up(link)
        for action in ("Originate", "PlayDTMF"):
            reply = await link.act(action, {"Channel": "PJSIP/123@trunk"})
            assert reply.message == "Originate successfully queued"
        await until(lambda: listener.names().count("OriginateResponse") == 2)
        assert len(ami.peers) == 1


async def test_added_to_queue_is_an_answer() -> None:
    async with ScriptedAmi() as ami, linked(ami, Listener()) as link:
        ami.answers["QueueAdd"] = lambda p, a: p.reply(a, "Response: Success\nMessage: Added interface to queue")
        await up(link)
        assert (await link.act("QueueAdd", {"Queue": "q"})).success


@pytest.mark.parametrize("cut_at", range(1, 12))
async def test_a_character_split_over_two_reads_stays_whole(cut_at: int) -> None:
    listener = Listener()
    event = "Event: Hangup\r\nUniqueid: 1\r\nCallerIDName: Zoë 日本\r\n\r\n".encode()
    at = event.index("ë".encode()) - 2 + cut_at
    async with ScriptedAmi() as ami, linked(ami, listener) as link:
        await up(link)
        ami.peer.send(event[:at])
        await ami.peer.writer.drain()
        await asyncio.sleep(0.02)
        ami.peer.send(event[at:])
        await until(lambda: "Hangup" in listener.names())
    assert listener.events[-1]["CallerIDName"] == "Zoë 日本"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0"])
async def test_a_line_end_in_a_value_is_refused_before_anything_is_sent(end: str) -> None:
    async with ScriptedAmi() as ami, linked(ami, Listener()) as link:
        await up(link)
        with pytest.raises(SwitchError, match="line end"):
            await link.act("Originate", {"Channel": f"a{end}{end}Action: Hangup"})
        with pytest.raises(SwitchError, match="line end"):
            await link.act("Originate", {"Variable": ["A=1", f"B=2{end}Action: Hangup"]})
        with pytest.raises(SwitchError, match="line end"):
            await link.act("Originate", {f"Chan{end}nel": "a"})
        await link.act("Ping")
        assert ami.names() == ["Login", "Ping"]


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=1100), max_size=6))
def test_whatever_is_encoded_has_one_line_a_header(headers: dict[str, str]) -> None:
    try:
        encoded = encode("Test", headers)
    except SwitchError:
        return
    for key, value in encoded.items():
        assert "\n" not in key + value and "\r" not in key + value
        assert len(f"{key}: {value}\r\n".encode()) <= 1024


def test_a_line_longer_than_the_switch_reads_is_refused() -> None:
    with pytest.raises(SwitchError, match="too long"):
        encode("Originate", {"Channel": "x" * 1014})
    with pytest.raises(SwitchError, match="too long"):
        encode("Originate", {"Channel": "é" * 520})
    with pytest.raises(SwitchError, match="too many"):
        encode("Originate", {"Variable": ["A=1"] * 200})


async def test_a_half_open_link_is_noticed_and_taken_up_again() -> None:
    listener = Listener()
    async with (
        ScriptedAmi() as ami,
        linked(ami, listener, ping_every=SOON, action_within=SOON) as link,
    ):
        await up(link)
        ami.answers["Ping"] = silent
        await until(lambda: listener.downs)
        assert "does not answer" in listener.downs[0]
        del ami.answers["Ping"]
        await until(lambda: len(ami.peers) > 1 and link.state is LinkState.UP)


async def test_a_wrong_password_is_an_alarm_and_no_login_loop(caplog: pytest.LogCaptureFixture) -> None:
    async with ScriptedAmi() as ami, linked(ami, Listener(), secret="wrong") as link:
        with caplog.at_level(logging.ERROR):
            await until(lambda: link.state is LinkState.REFUSED)
            for _ in range(20):
                await asyncio.sleep(SOON.total_seconds())
        assert ami.names() == ["Login"]
        assert "refuses our login" in caplog.text
        assert "wrong" not in caplog.text
        with pytest.raises(LinkLost):
            await link.act("Ping")


async def test_a_password_put_right_later_is_found() -> None:
    async with ScriptedAmi() as ami, linked(ami, Listener(), secret="new", refused_pause=SOON) as link:
        await until(lambda: link.state is LinkState.REFUSED)
        ami.secret = "new"
        await up(link)


async def test_a_callback_that_raises_costs_its_event_only(caplog: pytest.LogCaptureFixture) -> None:
    taken: list[str] = []

    def fragile(event: AmiEvent) -> None:
        if event.get("Uniqueid") == "2":
            raise RuntimeError("surprise")
        taken.append(event.get("Uniqueid", ""))

    async with ScriptedAmi() as ami, linked(ami, Listener(), on_event=fragile) as link:
        await up(link)
        ami.peer.send("".join(f"Event: Hangup\nUniqueid: {n}\n\n" for n in (1, 2, 3)))
        await until(lambda: "3" in taken)
        assert taken[-2:] == ["1", "3"]
        assert len(ami.peers) == 1
    assert "surprise" in caplog.text


async def test_events_that_nobody_wants_are_dropped() -> None:
    listener = Listener()
    async with ScriptedAmi() as ami, linked(ami, listener) as link:
        await up(link)
        ami.peer.send("Event: VarSet\nVariable: X\n\nEvent: Hangup\nUniqueid: 1\n\n")
        await until(lambda: "Hangup" in listener.names())
    assert "VarSet" not in listener.names()


@pytest.mark.parametrize("greeting", ["SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "x" * 5000])
async def test_what_is_no_manager_port_is_left_alone(greeting: str) -> None:
    async with ScriptedAmi() as ami:
        ami.greeting = greeting
        async with linked(ami, Listener()):
            await until(lambda: len(ami.peers) >= 2)
            assert link_never_logged_in(ami)


def link_never_logged_in(ami: ScriptedAmi) -> bool:
    return "Ping" not in ami.names()


async def test_a_peer_that_is_not_there_is_tried_again_until_it_is() -> None:
    ami = ScriptedAmi()
    async with ami:
        pass
    async with linked(ami, Listener()) as link:
        await until(lambda: link.state is LinkState.DOWN)
        async with ami:
            await up(link)


async def test_pauses_grow_to_the_longest_and_begin_again_after_a_good_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("ctiapp.switch.asterisk.link.random.uniform", lambda low, high: high)
    real_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds >= 1:
            pauses.append(seconds)
        await real_sleep(0.001)

    ami = ScriptedAmi()
    async with ami:
        pass
    monkeypatch.setattr("ctiapp.switch.asterisk.link.asyncio.sleep", sleep)
    options = {"first_pause": timedelta(seconds=1), "longest_pause": timedelta(seconds=5)}
    async with linked(ami, Listener(), **options) as link:
        await until(lambda: len(pauses) >= 4)
        async with ami:
            await up(link)
            known = len(pauses)
        await until(lambda: len(pauses) > known)
    assert pauses[:4] == [2, 4, 5, 5]
    assert pauses[known] == 1


async def test_stop_really_stops() -> None:
    async with ScriptedAmi() as ami:
        async with linked(ami, Listener()) as link:
            await up(link)
            ami.peer.cut()
            await until(lambda: link.state is not LinkState.UP)
        assert link.state is LinkState.STOPPED
        known = len(ami.peers)
        for _ in range(10):
            await asyncio.sleep(SOON.total_seconds())
        assert len(ami.peers) <= known + 1
        assert all(peer.writer.transport.is_closing() for peer in ami.peers)


async def test_the_link_is_up_only_after_its_first_questions_were_answered() -> None:
    asked: list[str] = []
    links: list[Link] = []

    async def first_questions() -> None:
        assert links[0].state is LinkState.CONNECTING
        await links[0].act("CoreStatus")
        asked.append("CoreStatus")
        if len(asked) == 1:
            raise SwitchError("not yet")

    async with ScriptedAmi() as ami, linked(ami, Listener(), on_up=first_questions) as link:
        links.append(link)
        await up(link)
        assert len(asked) == 2 and len(ami.peers) == 2


async def test_a_loss_during_the_first_questions_is_a_loss() -> None:
    entered: list[int] = []

    async def waits() -> None:
        entered.append(1)
        if len(entered) == 1:
            await asyncio.Event().wait()

    listener = Listener()
    async with ScriptedAmi() as ami, linked(ami, listener, on_up=waits) as link:
        await until(lambda: entered)
        ami.peer.cut()
        await up(link)
        assert len(listener.downs) == 1


@given(st.binary(max_size=400))
def test_no_bytes_break_the_parser(frame: bytes) -> None:
    assert isinstance(parse_event(frame), dict)


def test_an_event_is_read_to_plain_values() -> None:
    frame = b"Event: Hangup\r\nUniqueid: 1.5\r\nCallerIDName: \r\nOdd:value\r\nCause-txt: Normal: Clearing"
    assert parse_event(frame) == {
        "Event": "Hangup",
        "Uniqueid": "1.5",
        "CallerIDName": "",
        "Odd": "value",
        "Cause-txt": "Normal: Clearing",
    }
