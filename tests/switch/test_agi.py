"""P11, P08: the FastAGI server against scripted dialplans, port scanners and noise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctiapp.switch.asterisk.agi import AgiGone, AgiServer, Ask, Reply, quote
from tests.switch.until import until

SOON = timedelta(milliseconds=30)
AT_LAST = timedelta(seconds=30)


class Desk:
    """Takes the asks; the test answers them."""

    def __init__(self) -> None:
        self.asks: list[Ask] = []
        self.gone: list[Ask] = []

    async def next(self) -> Ask:
        return await until(lambda: self.asks and self.asks.pop(0))


@asynccontextmanager
async def serving(desk: Desk, **limits: Any) -> AsyncIterator[AgiServer]:
    default = {"decide_within": AT_LAST, "header_within": AT_LAST, "reply_within": AT_LAST}
    server = AgiServer("127.0.0.1", 0, desk.asks.append, desk.gone.append, **(default | limits))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        Dialplan.forget_all()
        await asyncio.sleep(0)


class Dialplan:
    """The switch's end of one ask."""

    all: ClassVar[list[Dialplan]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.all.append(self)

    @classmethod
    async def connect(cls, server: AgiServer) -> Dialplan:
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    @classmethod
    async def ask(cls, server: AgiServer, uniqueid: str = "1700000000.1", *arguments: str) -> Dialplan:
        return await cls.connect_to(server.port, uniqueid, *arguments)

    @classmethod
    async def connect_to(cls, port: int, uniqueid: str, *arguments: str, script: str = "route") -> Dialplan:
        dialplan = cls(*await asyncio.open_connection("127.0.0.1", port))
        lines = [
            "agi_network: yes",
            f"agi_network_script: {script}",
            "agi_channel: PJSIP/trunk-00000001",
            f"agi_uniqueid: {uniqueid}",
            "agi_callerid: 02079460001",
            *(f"agi_arg_{n}: {argument}" for n, argument in enumerate(arguments, 1)),
        ]
        dialplan.say(*lines, "")
        return dialplan

    @classmethod
    def forget_all(cls) -> None:
        for dialplan in cls.all:
            dialplan.hang_up()
        cls.all.clear()

    def say(self, *lines: str) -> None:
        self.writer.write("".join(line + "\n" for line in lines).encode())

    async def hear(self) -> str:
        return (await self.reader.readline()).decode().rstrip("\n")

    async def closed(self) -> bool:
        try:
            return await asyncio.wait_for(self.reader.read(), 20) == b""
        except ConnectionError:
            return True

    def hang_up(self) -> None:
        self.writer.transport.abort()


async def test_an_ask_is_answered_with_one_line_and_closed() -> None:
    desk = Desk()
    async with serving(desk) as server:
        dialplan = await Dialplan.ask(server, "1700000000.7", "arrived", "17/486", "70001", "i-1")
        ask = await desk.next()
        assert (ask.uniqueid, ask.channel, ask.caller) == (
            "1700000000.7",
            "PJSIP/trunk-00000001",
            "02079460001",
        )
        assert [ask.argument(n) for n in range(1, 6)] == ["arrived", "17/486", "70001", "i-1", ""]
        answering = asyncio.create_task(ask.answer("CTI_ROUTE", "dial,2101,20,i-1"))
        assert await dialplan.hear() == 'SET VARIABLE CTI_ROUTE "dial,2101,20,i-1"'
        dialplan.say("200 result=1")
        assert await answering is True
        assert await dialplan.closed()
        await until(lambda: len(server) == 0)
        assert desk.gone == [ask]


async def test_a_second_answer_counts_for_nothing() -> None:
    desk = Desk()
    async with serving(desk) as server:
        dialplan = await Dialplan.ask(server)
        ask = await desk.next()
        first = asyncio.create_task(ask.answer("CTI_ROUTE", "apology"))
        await dialplan.hear()
        assert await ask.answer("CTI_ROUTE", "dial,2101,20,") is False
        dialplan.say("200 result=1")
        assert await first is True
        assert await ask.answer("CTI_ROUTE", "apology") is False


async def test_port_scans_and_noise_harm_nobody() -> None:
    """A connection that is closed at once froze the whole event loop of panoramisk's own server."""
    desk = Desk()
    async with serving(desk) as server:
        for noise in (b"", b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x00" * 100, b"\n" * 10, b"agi_network: y"):
            scan = await Dialplan.connect(server)
            scan.writer.write(noise)
            scan.writer.close()
        endless = await Dialplan.connect(server)
        endless.writer.write(b"x" * 100_000)
        assert await endless.closed()
        many = await Dialplan.connect(server)
        many.writer.write(b"agi_x: y\n" * 100_000)
        assert await many.closed()
        await until(lambda: len(server) == 0)
        assert desk.asks == []
        dialplan = await Dialplan.ask(server)
        answering = asyncio.create_task((await desk.next()).answer("CTI_ROUTE", "apology"))
        await dialplan.hear()
        dialplan.say("200 result=1")
        assert await answering


async def test_a_header_that_does_not_end_is_given_up() -> None:
    desk = Desk()
    async with serving(desk, header_within=SOON) as server:
        slow = await Dialplan.connect(server)
        slow.say("agi_network: yes")
        assert await slow.closed()
        assert desk.asks == [] and len(server) == 0


async def test_end_of_file_inside_the_header_closes() -> None:
    desk = Desk()
    async with serving(desk) as server:
        half = await Dialplan.connect(server)
        half.writer.write(b"agi_network: yes\nagi_uni")
        half.writer.write_eof()
        assert await half.closed()
        assert desk.asks == []


async def test_nobody_decides_and_the_server_says_nothing_and_closes() -> None:
    """P08: the dialplan then takes its way out."""
    desk = Desk()
    async with serving(desk, decide_within=SOON) as server:
        dialplan = await Dialplan.ask(server)
        assert await dialplan.closed()
        ask = await desk.next()
        assert await ask.answer("CTI_ROUTE", "apology") is False


async def test_a_hang_up_while_we_think_makes_the_answer_false() -> None:
    desk = Desk()
    async with serving(desk) as server:
        dialplan = await Dialplan.ask(server)
        ask = await desk.next()
        dialplan.say("HANGUP")
        await until(lambda: ask.hung_up)
        assert await ask.answer("CTI_ROUTE", "dial,2101,20,") is False


async def test_a_hang_up_line_is_never_taken_for_a_reply() -> None:
    desk = Desk()
    async with serving(desk) as server:
        dialplan = await Dialplan.ask(server)
        ask = await desk.next()
        first = asyncio.create_task(ask.command("GET VARIABLE A"))
        await dialplan.hear()
        dialplan.say("HANGUP", "200 result=1 (one)")
        assert await first == Reply(200, "1", "(one)")
        second = asyncio.create_task(ask.command("GET VARIABLE B"))
        assert await dialplan.hear() == "GET VARIABLE B"
        dialplan.say("200 result=1 (hangup)")
        assert await second == Reply(200, "1", "(hangup)")
        assert ask.hung_up


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["511 Command Not Permitted on a dead channel or intercept routine"], 511),
        (["510 Invalid or unknown command"], 510),
        (["520 Invalid command syntax.  Proper usage not available."], 520),
        (["520-Invalid command syntax.  Proper usage follows:", "Usage: SET", "520 End of proper usage."], 520),
        (["100 result=0 Trying...", "200 result=-1"], 200),
        (["nonsense"], 0),
    ],
)
async def test_every_kind_of_reply_ends_its_command_and_the_next_is_in_step(lines: list[str], code: int) -> None:
    desk = Desk()
    async with serving(desk) as server:
        dialplan = await Dialplan.ask(server)
        ask = await desk.next()
        first = asyncio.create_task(ask.command("SET VARIABLE"))
        await dialplan.hear()
        dialplan.say(*lines)
        assert (await first).code == code
        second = asyncio.create_task(ask.command("NOOP"))
        await dialplan.hear()
        dialplan.say("200 result=0")
        assert await second == Reply(200, "0")


async def test_a_dead_channel_is_no_success() -> None:
    desk = Desk()
    async with serving(desk) as server:
        dialplan = await Dialplan.ask(server)
        answering = asyncio.create_task((await desk.next()).answer("CTI_ROUTE", "apology"))
        await dialplan.hear()
        dialplan.say("511 Command Not Permitted on a dead channel or intercept routine")
        assert await answering is False


async def test_end_of_file_inside_a_command_is_a_call_that_is_gone() -> None:
    desk = Desk()
    async with serving(desk) as server:
        dialplan = await Dialplan.ask(server)
        ask = await desk.next()
        command = asyncio.create_task(ask.command("NOOP"))
        await dialplan.hear()
        dialplan.hang_up()
        with pytest.raises(AgiGone):
            await command
        with pytest.raises(AgiGone):
            await ask.command("NOOP")


async def test_a_reply_that_never_comes_is_given_up() -> None:
    desk = Desk()
    async with serving(desk, reply_within=SOON) as server:
        await Dialplan.ask(server)
        assert await (await desk.next()).answer("CTI_ROUTE", "apology") is False


async def test_commands_wait_for_each_other() -> None:
    desk = Desk()
    async with serving(desk) as server:
        dialplan = await Dialplan.ask(server)
        ask = await desk.next()
        both = asyncio.gather(ask.command("GET VARIABLE A"), ask.command("GET VARIABLE B"))
        for name in "AB":
            assert await dialplan.hear() == f"GET VARIABLE {name}"
            assert ask._transport is not None
            dialplan.say(f"200 result=1 ({name})")
        assert [reply.data for reply in await both] == ["(A)", "(B)"]


async def test_two_hundred_asks_at_once_each_get_their_own_answer() -> None:
    desk = Desk()

    async def call(server: AgiServer, number: int) -> str:
        dialplan = await Dialplan.ask(server, f"1700000000.{number}")
        line = await dialplan.hear()
        dialplan.say("200 result=1")
        assert await dialplan.closed()
        return line

    async def answer_all(server: AgiServer) -> list[bool]:
        asks = [await desk.next() for _ in range(200)]
        return list(await asyncio.gather(*(ask.answer("CTI_ROUTE", f"x{ask.uniqueid[11:]}") for ask in asks)))

    async with serving(desk) as server:
        answers, *lines = await asyncio.gather(answer_all(server), *(call(server, number) for number in range(200)))
        assert all(answers)
        assert lines == [f'SET VARIABLE CTI_ROUTE "x{number}"' for number in range(200)]
        await until(lambda: len(server) == 0)


async def test_more_connections_than_the_limit_are_turned_away() -> None:
    desk = Desk()
    async with serving(desk, most_connections=3) as server:
        three = [await Dialplan.ask(server, f"1.{n}") for n in range(3)]
        await until(lambda: len(desk.asks) == 3)
        assert await (await Dialplan.connect(server)).closed()
        three[0].hang_up()
        await until(lambda: len(server) == 2)
        await Dialplan.ask(server, "1.9")
        await until(lambda: len(desk.asks) == 4)


async def test_a_desk_that_raises_costs_its_ask_only(caplog: pytest.LogCaptureFixture) -> None:
    def fragile(ask: Ask) -> None:
        raise RuntimeError("surprise")

    server = AgiServer("127.0.0.1", 0, fragile)
    await server.start()
    for _ in range(2):
        dialplan = await Dialplan.ask(server)
        assert await dialplan.closed()
        dialplan.hang_up()
    await server.stop()
    assert "surprise" in caplog.text


@pytest.mark.parametrize("end", ["\n", "\r", "\0"])
def test_no_value_can_end_its_line(end: str) -> None:
    with pytest.raises(ValueError):
        quote(f"a{end}HANGUP")


@given(st.text())
def test_a_quoted_value_is_read_back_as_it_was(value: str) -> None:
    try:
        quoted = quote(value)
    except ValueError:
        assert set(value) & set("\r\n\0")
        return
    assert as_asterisk_reads(quoted) == value


def as_asterisk_reads(quoted: str) -> str:
    """parse_args of res_agi.c: a backslash takes the next character as it is."""
    read, characters = "", iter(quoted[1:-1])
    for character in characters:
        read += next(characters) if character == "\\" else character
    return read


@given(st.text())
def test_no_line_breaks_the_reader_of_replies(line: str) -> None:
    assert isinstance(Reply.of(line), Reply)
