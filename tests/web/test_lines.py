"""WebSockets without threads: what is said arrives whole and in order, whatever the other side does."""

from __future__ import annotations

import socket as sockets
import threading
import time
from collections.abc import Iterator

import pytest
import requests
import websocket
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Ping, TextMessage

from ctiapp.web import lines as module
from ctiapp.web.lines import Line, Lines
from tests.web.conftest import Served, until


class Pair:
    """A line, and the browser at its other end."""

    def __init__(self, lines: Lines) -> None:
        self.browser, ours = sockets.socketpair()
        self.browser.settimeout(5)
        self.frames = Connection(ConnectionType.CLIENT)
        self.heard: list = []
        self.over = 0
        self.line: Line = lines.open(ours, 1000)

    def listen(self, slowly: float = 0.0) -> None:
        def heard(message: object) -> None:
            time.sleep(slowly)
            self.heard.append(message)

        def over() -> None:
            self.over += 1

        self.line.listen(heard, over)

    def says(self, text: str, finished: bool = True) -> None:
        self.browser.sendall(self.frames.send(TextMessage(text, message_finished=finished)))

    def hears(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := self.browser.recv(1 << 16)):
            data += more
        return data


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines = Lines()
    yield lines
    lines.stop()


@pytest.fixture
def pair(lines: Lines) -> Iterator[Pair]:
    pair = Pair(lines)
    yield pair
    pair.browser.close()
    until(lambda: pair.over)


def test_messages_come_whole_and_in_order_and_the_end_comes_last(pair: Pair) -> None:
    pair.listen(slowly=0.001)
    pair.says("in ", finished=False)
    pair.says("pieces")
    for number in range(300):  # more than wait: it stops reading, and begins again
        pair.says(str(number))
    pair.browser.close()
    until(lambda: pair.over)
    assert pair.heard == ["in pieces", *map(str, range(300))]
    assert pair.over == 1


def test_a_browser_that_does_not_read_gets_all_of_it_later_and_holds_nobody_up(pair: Pair) -> None:
    text = "x" * 100_000
    pair.line.say("first")  # before anybody listens
    pair.listen()
    before = time.monotonic()
    for _ in range(20):
        pair.line.say(text)
    assert time.monotonic() - before < 2
    expected = module.frame(module.TEXT, b"first") + 20 * module.frame(module.TEXT, text.encode())
    assert pair.hears(len(expected)) == expected
    pair.line.say("later")
    assert pair.hears(7) == b"\x81\x05later"


def test_a_browser_that_never_reads_is_given_up(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNSENT", 1_000_000)
    pair.listen()
    for _ in range(30):
        pair.line.say("x" * 100_000)
    until(lambda: pair.over == 1)


def test_a_message_that_is_too_long_ends_it(pair: Pair) -> None:
    pair.listen()
    pair.says("x" * 1001)
    assert pair.hears(4) == b"\x88\x02" + module.TOO_BIG.to_bytes(2, "big")
    until(lambda: pair.over == 1)
    assert pair.heard == []


def test_a_ping_is_answered_and_nonsense_ends_it(pair: Pair) -> None:
    pair.listen()
    pair.browser.sendall(pair.frames.send(Ping(b"there")))
    assert pair.hears(7) == b"\x8a\x05there"
    pair.browser.sendall(b"\xff\xff\xff\xff\xff")
    until(lambda: pair.over == 1)


def test_what_goes_wrong_with_one_message_is_not_the_next_ones(pair: Pair) -> None:
    def heard(message: str) -> None:
        if message == "bad":
            raise ValueError
        pair.heard.append(message)

    def over() -> None:
        pair.over += 1

    pair.line.listen(heard, over)
    pair.says("bad")
    pair.says("good")
    until(lambda: pair.heard == ["good"])


def test_a_poll_becomes_a_websocket_and_nothing_is_lost(served: Served) -> None:
    """As a browser does whose first way is polling."""
    url = served.url + "/socket.io/?EIO=4"
    opened = requests.get(url + "&transport=polling", timeout=10).text
    sid = opened.split('"sid":"')[1].split('"')[0]
    polled: list[str] = []
    poll = threading.Thread(
        target=lambda: polled.append(requests.get(f"{url}&transport=polling&sid={sid}", timeout=10).text)
    )
    poll.start()
    line = websocket.create_connection(f"{url.replace('http', 'ws')}&transport=websocket&sid={sid}", timeout=10)
    line.send("2probe")
    assert line.recv() == "3probe"
    poll.join(10)
    assert polled == ["6"]
    line.send("5")
    line.send('40/customer,{"token":"x"}')
    assert '"code":"token_invalid"' in line.recv()
    line.shutdown()
    until(lambda: not served.world.live.transports())


def test_a_thousand_lines_are_few_threads(lines: Lines) -> None:
    before = threading.active_count()
    pairs = [Pair(lines) for _ in range(200)]
    for pair in pairs:
        pair.listen()
        pair.says("here")
    until(lambda: all(pair.heard == ["here"] for pair in pairs))
    assert threading.active_count() - before <= module.WORKERS + 1
    for pair in pairs:
        pair.browser.close()
    until(lambda: all(pair.over for pair in pairs))
