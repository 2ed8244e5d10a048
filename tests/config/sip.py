"""The smallest telephones that can prove a dialplan: they speak SIP over UDP, hear RTP, and remember what happened.

`Telephone` waits to be rung and behaves as told; `Customer` makes one call. Times are seconds since the epoch.
"""

from __future__ import annotations

import re
import socket
import threading
import time
import uuid
from contextlib import suppress


def until(condition, within: float = 5.0):
    """The first true value of `condition()`; AssertionError if there is none in time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.01)
    raise AssertionError(f"not true within {within} s")


class Message:
    def __init__(self, text: str) -> None:
        head, _, self.body = text.partition("\r\n\r\n")
        self.first, *self.lines = head.split("\r\n")

    def all(self, name: str) -> list[str]:
        return [line for line in self.lines if line.lower().startswith(f"{name.lower()}:")]

    def get(self, name: str) -> str:
        found = self.all(name)
        return found[0].split(":", 1)[1].strip() if found else ""

    @property
    def status(self) -> int:
        return int(self.first.split()[1]) if self.first.startswith("SIP/") else 0


class _Endpoint:
    def __init__(self, address: str, port: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((address, port))
        self.rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.rtp.bind((address, 0))
        self.audio_port = self.rtp.getsockname()[1]
        self.address, self.port = self.socket.getsockname()
        self.heard = 0
        """RTP packets that were not silence."""
        self.happened: list[tuple[float, str]] = []
        self.lock = threading.Lock()
        for loop in (self._signalling, self._audio):
            threading.Thread(target=loop, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()
        self.rtp.close()

    def times(self, what: str) -> list[float]:
        return [at for at, text in list(self.happened) if text == what]

    def note(self, what: str) -> None:
        self.happened.append((time.time(), what))

    def sdp(self) -> str:
        return (
            f"v=0\r\no=- 1 1 IN IP4 {self.address}\r\ns=-\r\nc=IN IP4 {self.address}\r\nt=0 0\r\n"
            f"m=audio {self.audio_port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )

    def send(self, first: str, lines: list[str], body: str = "", to=None) -> None:
        kind = ["Content-Type: application/sdp"] if body else []
        text = "\r\n".join([first, *lines, *kind, f"Content-Length: {len(body)}", "", body])
        with suppress(OSError):  # closed meanwhile
            self.socket.sendto(text.encode(), to or self.switch)

    def answer(self, request: Message, status: str, body: str = "", to=None, tag: str = "") -> None:
        target = request.get("To")
        if tag and "tag=" not in target:
            target += f";tag={tag}"
        lines = request.all("Via") + request.all("Record-Route")
        lines += [f"From: {request.get('From')}", f"To: {target}", f"Call-ID: {request.get('Call-ID')}"]
        lines += [f"CSeq: {request.get('CSeq')}", f"Contact: <sip:t@{self.address}:{self.port}>"]
        self.send(f"SIP/2.0 {status}", lines, body, to)

    def _signalling(self) -> None:
        while True:
            try:
                data, peer = self.socket.recvfrom(65536)
            except OSError:
                return
            with self.lock:
                self.take(Message(data.decode()), peer)

    def _audio(self) -> None:
        while True:
            try:
                packet = self.rtp.recv(2048)
            except OSError:
                return
            if len(set(packet[12:])) > 2:
                self.heard += 1


class Telephone(_Endpoint):
    """`behaviour`: "answer", "ring" (for ever), "busy", "silent" (no word at all)."""

    def __init__(self, address: str, port: int, behaviour: str = "answer") -> None:
        self.behaviour = behaviour
        self.invites: list[Message] = []
        self.open: dict[str, tuple[Message, tuple[str, int]]] = {}
        super().__init__(address, port)

    def take(self, message: Message, peer) -> None:
        method = message.first.split()[0]
        if method == "INVITE":
            self.invited(message, peer)
        elif method == "CANCEL":
            self.note("cancelled")
            self.answer(message, "200 OK", to=peer, tag="t")
            invite, _ = self.open.pop(message.get("Call-ID"), (message, peer))
            self.answer(invite, "487 Request Terminated", to=peer, tag="t")
        elif method in ("BYE", "OPTIONS"):
            self.note(method.lower())
            self.answer(message, "200 OK", to=peer, tag="t")
        elif method == "ACK":
            self.note("ack")

    def invited(self, message: Message, peer) -> None:
        if self.behaviour == "silent" or message.get("Call-ID") in self.open:
            return
        self.note("invite")
        self.invites.append(message)
        self.open[message.get("Call-ID")] = (message, peer)
        if self.behaviour == "busy":
            self.answer(message, "486 Busy Here", to=peer, tag="t")
            return
        self.answer(message, "180 Ringing", to=peer, tag="t")
        self.note("ringing")
        if self.behaviour == "answer":
            self.answer(message, "200 OK", self.sdp(), to=peer, tag="t")


class Customer(_Endpoint):
    """One call to `number` from `address`, begun at once."""

    def __init__(
        self, switch, number: str, address: str = "127.0.0.2", caller: str = "02079460999", name: str = ""
    ) -> None:
        self.switch = switch
        self.number = number
        self.statuses: list[int] = []
        self.to = ""
        self.call_id = uuid.uuid4().hex
        self.branch = f"z9hG4bK{self.call_id}"
        self.name, self.caller = name, caller
        super().__init__(address)
        self.ended = False
        self.note("invite")
        self.send(f"INVITE {self._uri} SIP/2.0", self._lines("INVITE", 1), self.sdp())

    @property
    def _uri(self) -> str:
        return f"sip:{self.number}@{self.switch[0]}:{self.switch[1]}"

    def _lines(self, method: str, sequence: int, branch: str = "") -> list[str]:
        name = f'"{self.name}" ' if self.name else ""
        return [
            f"Via: SIP/2.0/UDP {self.address}:{self.port};branch={branch or self.branch}",
            f"From: {name}<sip:{self.caller}@{self.address}>;tag=c",
            f"To: {self.to or f'<{self._uri}>'}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:c@{self.address}:{self.port}>",
            "Max-Forwards: 70",
        ]

    def take(self, message: Message, peer) -> None:
        if not message.status:
            method = message.first.split()[0]
            self.note(method.lower())
            self.answer(message, "200 OK", to=peer)
            self.ended = self.ended or method == "BYE"
            return
        if "INVITE" not in message.get("CSeq"):
            return
        self.statuses.append(message.status)
        self.note(str(message.status))
        if message.status >= 200:
            self.to = message.get("To")
            fresh = "" if message.status >= 300 else f"z9hG4bK{uuid.uuid4().hex}"
            self.send(f"ACK {self._uri} SIP/2.0", self._lines("ACK", 1, fresh))
            self.ended = message.status >= 300

    @property
    def answered(self) -> bool:
        return 200 in self.statuses

    def hang_up(self) -> None:
        if self.answered:
            self.send(f"BYE {self._uri} SIP/2.0", self._lines("BYE", 2, f"z9hG4bK{uuid.uuid4().hex}"))
        else:
            self.send(f"CANCEL {self._uri} SIP/2.0", self._lines("CANCEL", 1))

    def was_played(self, seconds: float) -> bool:
        """That many seconds of sound came."""
        return self.heard >= seconds * 50

    @staticmethod
    def user_of(header: str) -> str:
        found = re.search(r"sip:([^@>]+)@", header)
        return found[1] if found else ""
