"""The AMI link: panoramisk 1.4 behind rules of our own.

What panoramisk does of itself and we must not let it do (each reproduced by a test in
tests/switch/test_link.py): send an action again after a reconnect, wait for a reply for ever, drop the
connection when a reply or a callback surprises it, lose half a UTF-8 character between two reads, send
unchecked line ends, not notice a dead peer, and log in with a wrong password for ever. Here a connection is
used once: one `Manager` a session, nothing survives it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from ctiapp.switch.protocol import SwitchError

log = logging.getLogger(__name__)

AmiEvent = dict[str, str]
Value = str | int | Sequence[str]

LONGEST_LINE = 1024
"""Asterisk's own limit for one line of an action, line end included."""
MOST_HEADERS = 128
LONGEST_FRAME = 1 << 20

_GREETING = b"Asterisk Call Manager/"
_END = b"\r\n\r\n"
_ACTION_ID = b"\r\nActionID: "


class LinkLost(SwitchError):
    """The link went down with the action in flight, or is not up: whether it was done is not known."""


class ActionRefused(SwitchError):
    """The switch answered the action with an error; the message is its own."""


class LinkState(StrEnum):
    DOWN = "down"
    CONNECTING = "connecting"
    UP = "up"
    REFUSED = "refused"
    """The switch does not accept our name and secret: someone must look, trying again at once is no use."""
    STOPPED = "stopped"


class _AllActions:
    """Contains every name: panoramisk keeps no action for a second sending."""

    def __contains__(self, _: object) -> bool:
        return True


def parse_event(frame: bytes) -> AmiEvent:
    """One event as plain text values; of a repeated header the last one counts."""
    text = frame.decode("utf-8", "replace")
    try:
        return dict(line.split(": ", 1) for line in text.split("\r\n"))
    except ValueError:  # a line without ": "
        parts = (line.partition(":") for line in text.split("\r\n"))
        return {key: value.lstrip() for key, colon, value in parts if colon}


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """Frames by bytes, drops unwanted events before any object is made, and never lets one message hurt
    another."""

    def __init__(self, wanted: Collection[str], on_event: Callable[[AmiEvent], None]) -> None:
        self.wanted = frozenset(name.encode() for name in wanted)
        self.on_event = on_event
        self.buffer = b""
        self.responses: dict[str, Action] = {}
        self.greeted = False
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.encoding = "utf-8"

    def data_received(self, data: bytes) -> None:
        buffer = self.buffer + data if self.buffer else data
        if not self.greeted:
            buffer = self._greeting(buffer)
        *frames, self.buffer = buffer.split(_END)
        if len(self.buffer) > LONGEST_FRAME:
            self.abort("the switch sent a message without an end")
        for frame in frames:
            try:
                self._take(frame)
            except Exception:
                kind = frame.partition(b"\r\n")[0][:100]  # the rest may tell of a caller
                log.exception("an AMI message could not be handled", extra={"frame": kind})

    def _greeting(self, buffer: bytes) -> bytes:
        line, end, rest = buffer.partition(b"\r\n")
        if end and line.startswith(_GREETING):
            self.greeted = True
            return rest
        if end or len(line) > 200 or not (line.startswith(_GREETING) or _GREETING.startswith(line)):
            self.abort("this is not an Asterisk manager port")
            return b""
        return buffer

    def _take(self, frame: bytes) -> None:
        if not frame.startswith(b"Event: "):
            self._reply(frame)
            return
        wanted = frame[7 : frame.find(b"\r\n")] in self.wanted
        if _ACTION_ID in frame and (self._reply(frame) or not frame.startswith(b"Event: OriginateResponse\r")):
            return
        if wanted:
            self.on_event(parse_event(frame))

    def _reply(self, frame: bytes) -> bool:
        """Hand the message to the action that waits for it, if there is one."""
        message = Message.from_line(frame.decode("utf-8", "replace").strip())
        if message is None or message.id not in self.responses:
            return False
        self.handle_message(message)
        return True

    def connection_lost(self, exc: BaseException | None) -> None:
        self._end(str(exc) if exc else "the switch closed the link")

    def eof_received(self) -> None:
        self._end("the switch closed the link")

    def abort(self, reason: str) -> None:
        self._end(reason)
        self.transport.abort()

    def _end(self, reason: str) -> None:
        self.closed = True
        if self.lost.done():
            return
        self.lost.set_result(reason)
        waiting = list(self.responses.values())
        self.responses.clear()
        for action in waiting:
            if not action.future.done():
                action.future.set_exception(LinkLost(reason))
                action.future.exception()  # the waiter may have given up: that is no "never retrieved"


class _Session(Manager):  # type: ignore[misc]
    """One connection's `Manager`: neither connects again nor logs in nor pings of itself."""

    def connection_made(self, connecting: asyncio.Future[Any]) -> None:
        if connecting.cancelled() or connecting.exception():
            return
        _, protocol = connecting.result()
        super().connection_made(connecting)
        self.pinger.cancel()
        if protocol.lost.done():
            protocol.transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        pass


def encode(name: str, headers: Mapping[str, Value]) -> dict[str, Any]:
    """The action's headers, checked: no value can end its line, no line is longer than the switch reads."""
    action: dict[str, Any] = {"Action": name}
    lines = 0
    for key, value in headers.items():
        values = [value] if isinstance(value, str | int) else list(value)
        for one in values:
            line = f"{key}: {one}"
            if any(end in line for end in "\r\n\0"):
                raise SwitchError(f"{name}: a line end in {key}")
            if len(line.encode()) + 2 > LONGEST_LINE:
                raise SwitchError(f"{name}: {key} is too long")
        lines += len(values)
        action[key] = str(value) if isinstance(value, str | int) else values
    if lines > MOST_HEADERS - 2:
        raise SwitchError(f"{name}: too many headers")
    return action


class Link:
    """Keeps one AMI session alive and carries actions over it.

    `on_event` gets every event named in `wanted`, in order, and must only enqueue. `on_up` runs after each
    login; the link counts as up once it has returned. `on_down` is told why each session ended.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        secret: str,
        *,
        wanted: Collection[str],
        on_event: Callable[[AmiEvent], None],
        on_up: Callable[[], Awaitable[None]] | None = None,
        on_down: Callable[[str], None] | None = None,
        action_within: timedelta = timedelta(seconds=5),
        connect_within: timedelta = timedelta(seconds=5),
        up_within: timedelta = timedelta(seconds=30),
        ping_every: timedelta = timedelta(seconds=5),
        first_pause: timedelta = timedelta(seconds=0.5),
        longest_pause: timedelta = timedelta(seconds=3),
        refused_pause: timedelta = timedelta(minutes=5),
    ) -> None:
        self.host, self.port, self.user, self._secret = host, port, user, secret
        self.wanted = frozenset(wanted)
        self.action_within = action_within
        self.connect_within = connect_within
        self.up_within = up_within
        self.ping_every = ping_every
        self.first_pause = first_pause
        self.longest_pause = longest_pause
        self.refused_pause = refused_pause
        self._on_event, self._on_up, self._on_down = on_event, on_up, on_down
        self._state = LinkState.STOPPED
        self._session: _Session | None = None
        self._protocol: _Protocol | None = None
        self._running: asyncio.Task[None] | None = None
        self._logged_in = False

    @property
    def state(self) -> LinkState:
        return self._state

    def _set_state(self, state: LinkState) -> None:
        if state is not self._state:
            log.info("link: %s -> %s", self._state, state, extra={"host": self.host, "port": self.port})
            self._state = state

    async def start(self) -> None:
        if self._running is None:
            self._set_state(LinkState.DOWN)
            self._running = asyncio.create_task(self._run(), name="ami-link")

    async def stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        self._set_state(LinkState.STOPPED)

    # ---- actions -------------------------------------------------------------------------------------------

    async def act(self, name: str, headers: Mapping[str, Value] | None = None) -> Message:
        """Do one action and return its reply; `ActionRefused` if the switch says no. Sent once, whatever
        happens."""
        if not self._logged_in:
            raise LinkLost(f"{name}: the link is not up")
        # as_list=False: the first reply is the answer. panoramisk would otherwise guess from its wording
        # and wait for an Originate's outcome, or for ever.
        return await self._send(name, headers or {}, as_list=False)

    async def ask_list(self, name: str, headers: Mapping[str, Value] | None = None) -> list[Message]:
        """The items of a list action, without its first and last message."""
        if not self._logged_in:
            raise LinkLost(f"{name}: the link is not up")
        answer = await self._send(name, headers or {}, as_list=None)
        return list(answer[1:-1]) if isinstance(answer, list) else []

    async def _send(self, name: str, headers: Mapping[str, Value], as_list: bool | None) -> Any:
        encoded = encode(name, headers)
        session, protocol = self._session, self._protocol
        if session is None or protocol is None or protocol.lost.done():
            raise LinkLost(f"{name}: the link is not up")
        action = Action(encoded)
        try:
            future = session.send_action(action, as_list=as_list)
            answer = await asyncio.wait_for(future, self.action_within.total_seconds())
        except TimeoutError:
            raise SwitchError(f"{name}: no answer from the switch in {self.action_within}") from None
        finally:
            protocol.responses.pop(action.id, None)
        first = answer[0] if isinstance(answer, list) else answer
        if not first.success:
            raise ActionRefused(f"{name}: {first.message}")
        return answer

    # ---- the life of the link ------------------------------------------------------------------------------

    async def _run(self) -> None:
        pause = self.first_pause
        while True:
            self._set_state(LinkState.CONNECTING)
            try:
                was_up, reason = await self._one_session()
            except ActionRefused as refusal:
                if self._state is not LinkState.REFUSED:
                    log.error("the switch refuses our login: %s", refusal, extra={"user": self.user})
                self._set_state(LinkState.REFUSED)
                await asyncio.sleep(self.refused_pause.total_seconds())
                continue
            self._set_state(LinkState.DOWN)
            pause = self.first_pause if was_up else min(pause * 2, self.longest_pause)
            wait = pause.total_seconds() * random.uniform(0.5, 1.0)
            log.warning("link down: %s; next try in %.1f s", reason, wait)
            await asyncio.sleep(wait)

    async def _one_session(self) -> tuple[bool, str]:
        """Connect, log in, stay until it ends. Whether it was ever up, and why it ended; raises if login is
        refused."""
        loop = asyncio.get_running_loop()
        protocol: _Protocol | None = None

        def make_protocol() -> _Protocol:
            nonlocal protocol
            protocol = _Protocol(self.wanted, self._on_event)
            return protocol

        session = _Session(
            host=self.host,
            port=self.port,
            ssl=None,
            loop=loop,
            protocol_factory=make_protocol,
            forgetable_actions=_AllActions(),
        )
        was_up = False
        try:
            await asyncio.wait_for(session.connect(), self.connect_within.total_seconds())
            assert protocol is not None
            self._session, self._protocol = session, protocol
            await self._send("Login", {"Username": self.user, "Secret": self._secret, "Events": "on"}, as_list=False)
            self._logged_in = True
            if self._on_up is not None and not await self._go_up(protocol):
                return False, protocol.lost.result() if protocol.lost.done() else "no picture of the switch"
            was_up = True
            self._set_state(LinkState.UP)
            return True, await self._watch(protocol)
        except (OSError, TimeoutError) as error:
            return was_up, str(error) or type(error).__name__
        except ActionRefused:
            if self._logged_in:
                return was_up, "refused"
            raise
        except SwitchError as error:
            return was_up, str(error)
        finally:
            known = self._logged_in
            self._session = self._protocol = None
            self._logged_in = False
            if protocol is not None and hasattr(protocol, "transport"):
                protocol.abort("the link was closed")
            if known and self._on_down is not None:
                self._on_down(protocol.lost.result() if protocol is not None else "lost")

    async def _go_up(self, protocol: _Protocol) -> bool:
        assert self._on_up is not None
        going: asyncio.Future[Any] = asyncio.ensure_future(self._on_up())
        lost: asyncio.Future[Any] = protocol.lost
        try:
            await asyncio.wait(
                {going, lost},
                timeout=self.up_within.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            if not going.done():
                going.cancel()
            await asyncio.wait({going})
        if going.cancelled():
            return False
        if error := going.exception():
            log.error("the link is up but its first questions failed: %s", error)
        return going.exception() is None

    async def _watch(self, protocol: _Protocol) -> str:
        """Ask for a sign of life now and then: a peer that has vanished does not close the link."""
        while True:
            done, _ = await asyncio.wait({protocol.lost}, timeout=self.ping_every.total_seconds())
            if done:
                return protocol.lost.result()
            try:
                await self.act("Ping")
            except SwitchError as error:
                protocol.abort(f"the switch does not answer: {error}")
