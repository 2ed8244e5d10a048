"""Telephones on the real switch that do what a test tells them: SIP as in tests/config/sip.py, and a little more."""

from __future__ import annotations

from tests.config.sip import Message, Telephone

REFUSALS = {
    "busy": "486 Busy Here",
    "reject": "603 Decline",
    "unallocated": "404 Not Found",
    "congested": "503 Service Unavailable",
}


class TestPhone(Telephone):
    """`behaviour`: "ring", "answer", "silent" or one of REFUSALS."""

    __test__ = False

    def __init__(self, address: str, port: int, behaviour: str = "ring") -> None:
        self.ringing: dict[str, tuple[Message, tuple[str, int]]] = {}
        self.talking: dict[str, tuple[Message, tuple[str, int]]] = {}
        self.sequence = 100
        super().__init__(address, port, behaviour)

    def invited(self, message: Message, peer: tuple[str, int]) -> None:
        call = message.get("Call-ID")
        if self.behaviour == "silent" or call in self.ringing or call in self.talking:
            return
        if self.behaviour in REFUSALS:
            self.answer(message, REFUSALS[self.behaviour], to=peer, tag="t")
            return
        self.open[call] = self.ringing[call] = (message, peer)
        self.answer(message, "180 Ringing", to=peer, tag="t")
        if self.behaviour == "answer":
            self.pick_up_all()

    def take(self, message: Message, peer: tuple[str, int]) -> None:
        if message.first.startswith(("CANCEL", "BYE")):
            self.ringing.pop(message.get("Call-ID"), None)
            self.talking.pop(message.get("Call-ID"), None)
        super().take(message, peer)

    def pick_up(self) -> None:
        with self.lock:
            self.pick_up_all()

    def pick_up_all(self) -> None:
        for call, (invite, peer) in list(self.ringing.items()):
            del self.ringing[call]
            self.talking[call] = (invite, peer)
            self.answer(invite, "200 OK", self.sdp(), to=peer, tag="t")

    def reject(self) -> None:
        with self.lock:
            for invite, peer in self.ringing.values():
                self.answer(invite, REFUSALS["reject"], to=peer, tag="t")
            self.ringing.clear()

    def hang_up(self) -> None:
        with self.lock:
            for invite, peer in self.talking.values():
                self.sequence += 1
                contact = invite.get("Contact").strip("<>")
                lines = [
                    f"Via: SIP/2.0/UDP {self.address}:{self.port};branch=z9hG4bKbye{id(self)}{self.sequence}",
                    f"From: {invite.get('To')};tag=t",
                    f"To: {invite.get('From')}",
                    f"Call-ID: {invite.get('Call-ID')}",
                    f"CSeq: {self.sequence} BYE",
                    "Max-Forwards: 70",
                ]
                self.send(f"BYE {contact} SIP/2.0", lines, to=peer)
            self.talking.clear()
