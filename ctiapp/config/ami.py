"""A synchronous AMI session for one-shot commands: one action at a time, a deadline on each, no events.

Why not pyst2's `asterisk.manager` here: its 0.5.1 has no time limits, matches replies by order and not by ActionID,
and hands the items of a list action (ShowDialPlan, PJSIPShowEndpoints) to event callbacks, out of the reply's reach.
Why not panoramisk: it wants an event loop and reconnects for ever, and a command should fail and say so.
"""

from __future__ import annotations

import socket
from types import TracebackType

from ctiapp.settings import Settings

Block = dict[str, str]


class AdminError(Exception):
    """The switch refused an action, or did not answer in time."""


class NoSwitch(AdminError):
    """Nothing listens at the AMI address: the switch is not running."""


class Admin:
    """The user `admin` (or another) of manager.conf. Use it as a context manager; it logs in at the entry."""

    def __init__(self, settings: Settings, within: float = 10.0, user: str = "admin") -> None:
        self._settings, self._within, self._user = settings, within, user
        self._number = 0

    def __enter__(self) -> Admin:
        address = (self._settings.bind, self._settings.ami_port)
        try:
            self._socket = socket.create_connection(address, self._within)
        except OSError as error:
            raise NoSwitch(f"no switch listens at {address[0]}:{address[1]} ({error})") from error
        self._stream = self._socket.makefile("r", encoding="utf-8", errors="replace", newline="\r\n")
        try:
            self._line()
            self.do("Login", Username=self._user, Secret=self._settings.secret(f"ami-{self._user}"), Events="off")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._socket.close()

    def do(self, action: str, **headers: str) -> Block:
        """The reply to an action that has one. AdminError if it is an error."""
        return self._ask(action, headers)

    def items(self, action: str, **headers: str) -> list[Block]:
        """The items of a list action, the last one (`...Complete`) left out."""
        reply = self._ask(action, headers)
        items: list[Block] = []
        if reply.get("EventList") != "start":
            return items
        while True:
            block = self._block(reply["ActionID"])
            if block.get("EventList") == "Complete":
                return items
            items.append(block)

    def items_or_nothing(self, action: str, **headers: str) -> list[Block]:
        """The same for the PJSIPShow... actions, which call an empty list an error."""
        try:
            return self.items(action, **headers)
        except AdminError as error:
            if "No " in str(error) and "found" in str(error):
                return []
            raise

    def _ask(self, action: str, headers: dict[str, str]) -> Block:
        self._number += 1
        lines = {"Action": action, "ActionID": str(self._number), **headers}
        if any("\r" in text or "\n" in text for text in lines.values()):
            raise AdminError(f"{action}: a line break in a header")
        message = "".join(f"{name}: {text}\r\n" for name, text in lines.items()) + "\r\n"
        try:
            self._socket.sendall(message.encode())
        except OSError as error:
            raise AdminError(f"{action}: {error}") from error
        reply = self._block(lines["ActionID"])
        if reply.get("Response") == "Error":
            raise AdminError(f"{action}: {reply.get('Message', 'refused')}")
        return reply

    def _block(self, action_id: str) -> Block:
        """The next message that belongs to this action."""
        while True:
            block: Block = {}
            while line := self._line():
                name, _, text = line.partition(":")
                block[name] = text.strip()
            if block.get("ActionID") == action_id:
                return block

    def _line(self) -> str:
        try:
            line = self._stream.readline()
        except OSError as error:
            raise AdminError(f"no answer from the switch ({error})") from error
        if not line:
            raise AdminError("the switch closed the connection")
        return line.rstrip("\r\n")
