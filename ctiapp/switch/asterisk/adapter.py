"""An Asterisk as a `Switch`: AMI for what happens and what we order, FastAGI for where a call should go."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from panoramisk.message import Message

from ctiapp.switch.asterisk.agi import AgiServer, Ask
from ctiapp.switch.asterisk.audiosocket import before_answer
from ctiapp.switch.asterisk.calls import KEPT, Calls, Leg, LiveCall
from ctiapp.switch.asterisk.link import ActionRefused, AmiEvent, Link, LinkLost, LinkState
from ctiapp.switch.asterisk.picture import (
    CONSULT,
    calls_seen,
    key_of,
    legs_of,
    routes_seen,
    stations_seen,
    variables_of,
)
from ctiapp.switch.asterisk.silence import ALLOWED, COUNT, Heard, Silence
from ctiapp.switch.asterisk.words import agents_station
from ctiapp.switch.protocol import (
    AdmitCall,
    CallAnswered,
    CallEnded,
    CallSeen,
    CompleteTransfer,
    Event,
    HangUp,
    JoinConference,
    MakeCall,
    QueueCall,
    RefuseCall,
    RemoveRoute,
    RouteCall,
    Say,
    Snapshot,
    StartConsultation,
    StationState,
    StoreRoute,
    StoreStaffed,
    SwitchError,
    SwitchLost,
    SwitchReady,
    TakeBack,
    Target,
    TargetDialled,
    TransferCall,
)

log = logging.getLogger(__name__)

ROUTES = "ctiapp-route"
STAFFED = "ctiapp-staffed"
OVERTAKES_BY = timedelta(milliseconds=500)
"""On a busy switch OriginateResponse may come before the channel's own events, which go another way."""
TAKEN_UP_WITHIN = timedelta(milliseconds=700)
VARIABLE = "CTI_ROUTE"
LISTEN_EVERY = timedelta(seconds=5)
DOOR = "CTI_DOOR"
TARGET = "target"
"""What the dialplan asks at when a page's telephone has dialled; everything else is an ask for a route."""

_ID = re.compile(r"[0-9A-Za-z_-]*")
_CALL_ID = re.compile(r"[0-9A-Za-z._-]{1,120}")
_STATION = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"[0-9+*#]{1,40}")
_POINT = re.compile(r"\+?[0-9]{1,40}")
_TO_DIAL = re.compile(r"\+?[0-9]{1,20}")
"""A star or a hash would be a command to some exchanges: divert, bar, pay."""
_TRUNK = re.compile(r"[0-9A-Za-z_-]+")
_MESSAGE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CHANNEL = re.compile(r"PJSIP/[0-9A-Za-z_-]+-[0-9a-f]{8}")


def _checked(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise SwitchError(f"not a possible {what}: {value!r}")
    return value


def _seconds(span: timedelta) -> int:
    return max(1, round(span.total_seconds()))


class AsteriskSwitch:
    """One Asterisk 22. The dialplan it needs is in asterisk-config/, the contract with it in
    docs/dialplan.md. `detector`: "host:port" of the call-progress detector, "" without one."""

    def __init__(
        self,
        *,
        host: str,
        ami_port: int,
        user: str,
        secret: str,
        agi_host: str,
        agi_port: int,
        trunk: str = "trunk",
        detector: str = "",
        decide_within: timedelta = timedelta(seconds=2),
        resume_within: timedelta = timedelta(seconds=3),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        **link_options: timedelta,
    ) -> None:
        self._calls = Calls()
        self._link = Link(
            host,
            ami_port,
            user,
            secret,
            wanted=self._calls.wanted | {"FullyBooted", "Shutdown"},
            on_event=self._on_ami,
            on_up=self._on_up,
            on_down=self._on_down,
            **link_options,
        )
        self._agi = AgiServer(agi_host, agi_port, self._on_ask, self._on_gone, decide_within=decide_within)
        self._trunk, self._detector, self._resume_within = trunk, detector, resume_within
        self._clock = clock
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._ready = False
        self._early_events: list[AmiEvent] = []
        self._early_asks: list[Ask] = []
        self._asks: dict[str, Ask] = {}
        self._at_the_door: dict[str, Ask] = {}
        self._resuming: dict[str, asyncio.Future[Ask | None]] = {}
        self._leaving: dict[str, Leg] = {}
        """Legs of agents that end as soon as whom they consulted is with the customer: earlier would end both."""
        self._met: dict[str, tuple[str, str]] = {}
        """How the customer of a call was last brought to a channel that is there, and to which."""
        self._beside: set[asyncio.Task[object]] = set()
        self._silence = Silence()
        self._listening: asyncio.Task[None] | None = None
        self._booted = asyncio.Event()
        self._uptime_seen: tuple[datetime, int] | None = None

    # ---- life ----------------------------------------------------------------------------------------------

    @property
    def link_state(self) -> LinkState:
        return self._link.state

    @property
    def agi_port(self) -> int:
        return self._agi.port

    async def start(self) -> None:
        await self._agi.start()
        await self._link.start()
        self._listening = asyncio.create_task(self._listen_for_silence())

    async def stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        await self._agi.stop()
        await self._link.stop()
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[Event]:
        while (event := await self._events.get()) is not None:
            yield event

    def _emit(self, event: Event | None) -> None:
        if event is not None:
            self._events.put_nowait(event)
            if isinstance(event, CallEnded):
                self._forget(event.call_id)

    def _forget(self, call_id: str) -> None:
        resuming = self._resuming.get(call_id)
        if resuming is not None and not resuming.done():
            resuming.set_result(None)
        self._met.pop(call_id, None)
        if ask := self._asks.pop(call_id, None):
            ask.close()

    # ---- from the switch -----------------------------------------------------------------------------------

    def _on_ami(self, event: AmiEvent) -> None:
        """Pure and short: what it means is put in the queue. What it may do wrong costs this one event."""
        if self._ready and self._calls.may_come_too_early(event):
            asyncio.get_running_loop().call_later(OVERTAKES_BY.total_seconds(), self._take_late, event)
        elif self._ready:
            self._take_ami(event)
            if event["Event"] == "Newchannel":
                self._clear_if_told(event["Uniqueid"])
            elif event["Event"] == "DialState" and event["DialStatus"] == "PROGRESS":
                self._hear_before_answer(event["DestUniqueid"])
            elif event["Event"] == "UserEvent" and (leaves := self._leaving.pop(event.get("Uniqueid", ""), None)):
                self._clear_aside(leaves)
        elif event["Event"] == "FullyBooted":
            self._uptime_seen = (self._clock(), int(event.get("Uptime") or 0))
            self._booted.set()
        else:
            self._early_events.append(event)

    def _take_ami(self, event: AmiEvent) -> None:
        call = self._calls.live.get(event["Uniqueid"]) if event["Event"] == "Hangup" else None
        replaced = self._calls.leg(event.get("SwapUniqueid", "")) if event["Event"] == "BridgeEnter" else None
        for news in self._calls.handle(event):
            self._emit(news)
        if call is not None and call.agent_stays:  # with no customer any more
            self._clear_aside(call.agent)
        if replaced is not None:  # it would go on in its own dialplan, a station in use with nobody at it
            self._clear_aside(replaced)

    def _take_late(self, event: AmiEvent) -> None:
        if self._ready:  # if not, the next snapshot tells
            self._take_ami(event)

    async def _on_up(self) -> None:
        """After a login: wait until the switch is whole, look, tell, then what came meanwhile."""
        await self._booted.wait()
        snapshot, channels = await self._picture()
        known = set(self._calls.live)
        self._calls.adopt(
            ((call, channels[call.call_id].channel, legs_of(call, channels)) for call in snapshot.calls),
            dict(snapshot.stations),
        )
        self._ready = True
        self._events.put_nowait(SwitchReady(snapshot))
        early_events, self._early_events = self._early_events, []
        for event in early_events:
            self._on_ami(event)
        for call_id in known & channels.keys():
            self._clear_if_told(call_id)
        for call_id in known - channels.keys():
            self._emit(self._calls.lose(call_id))
        early_asks, self._early_asks = self._early_asks, []
        for ask in early_asks:
            self._take_ask(ask)

    def _on_down(self, reason: str) -> None:
        was_ready, self._ready = self._ready, False
        self._booted.clear()
        self._leaving.clear()
        self._early_events.clear()
        for resuming in self._resuming.values():
            if not resuming.done():
                resuming.set_exception(LinkLost(reason))
        if was_ready:
            self._events.put_nowait(SwitchLost(reason))

    def _on_ask(self, ask: Ask) -> None:
        if ask.script == TARGET:  # no call yet: what the switch holds does not matter to it
            self._at_the_door[ask.uniqueid] = ask
            self._events.put_nowait(TargetDialled(ask.uniqueid, ask.argument(1)))
        elif self._ready:
            self._take_ask(ask)
        else:
            self._early_asks.append(ask)

    def _take_ask(self, ask: Ask) -> None:
        call_id, why = ask.uniqueid, ask.argument(1)
        if ask.closed:
            return
        if self._calls.has_ended(call_id):
            ask.close()
            return
        if earlier := self._asks.pop(call_id, None):
            earlier.close()
        met = self._met.pop(call_id, None)
        resuming = self._resuming.get(call_id)
        if why == "resumed" and resuming is not None and not resuming.done():
            resuming.set_result(ask)
            return
        if met is not None and why == "CHANUNAVAIL":
            self._aside(self._meet_again(ask, *met), "who was there could not be met")
        else:
            self._ask_for_route(ask)

    def _ask_for_route(self, ask: Ask) -> None:
        call_id, why = ask.uniqueid, ask.argument(1)
        self._asks[call_id] = ask
        for news in self._calls.asked(call_id, ask.channel, ask.caller, why, *map(ask.argument, (2, 3, 4))):
            self._emit(news)

    def _on_gone(self, ask: Ask) -> None:
        if self._asks.get(ask.uniqueid) is ask:
            del self._asks[ask.uniqueid]
        if self._at_the_door.get(ask.uniqueid) is ask:
            del self._at_the_door[ask.uniqueid]
        if ask in self._early_asks:
            self._early_asks.remove(ask)

    # ---- commands ------------------------------------------------------------------------------------------

    async def route(self, command: RouteCall) -> bool:
        station = _checked(_STATION, command.station, "station")
        interaction = _checked(_ID, command.interaction, "interaction")
        answer = f"dial,{station},{_seconds(command.ring_for)},{interaction}"
        return await self._decide(command.call_id, answer, "ringing", station, interaction)

    async def queue(self, command: QueueCall) -> bool:
        interaction = _checked(_ID, command.interaction, "interaction")
        answer = f"wait,{_seconds(command.longest)},{interaction}"
        return await self._decide(command.call_id, answer, "queued", "", interaction)

    async def refuse(self, command: RefuseCall) -> bool:
        return await self._decide(command.call_id, "apology", "refused", "", "")

    async def say(self, command: Say) -> bool:
        message = _checked(_MESSAGE, command.message, "message")
        answer = f"{'leave' if command.after_greeting else 'say'},{message}"
        return await self._decide(command.call_id, answer, "refused", "", "")

    async def admit(self, command: AdmitCall) -> bool:
        if command.number is None:
            answer = "closed"
        else:
            answer = f"{_checked(_POINT, command.number, 'number')},{_seconds(command.longest)}"
        ask = self._at_the_door.pop(command.call_id, None)
        return ask is not None and await ask.answer(DOOR, answer)

    async def _decide(self, call_id: str, answer: str, phase: str, station: str, interaction: str) -> bool:
        call = self._calls.live.get(call_id)
        if call is None:
            return False
        ask = self._asks.pop(call_id, None)
        if ask is None and call.phase == "queued":
            ask = await self._resume(call_id, call.channel)
        if ask is None or call_id not in self._calls.live:
            return False
        # Before it is sent: what comes of it may be here before we are told that it was taken.
        self._calls.decided(call, phase, station, interaction)
        return await ask.answer(VARIABLE, answer)

    # ---- passing a customer on -----------------------------------------------------------------------------

    async def transfer(self, command: TransferCall) -> bool:
        interaction = _checked(_ID, command.interaction, "interaction")
        target, seconds = command.target, _seconds(command.ring_for)
        if target.number:
            answer = f"out,{self._outside(target)},{seconds},{interaction}"
        else:
            answer = f"dial,{_checked(_STATION, target.station, 'station')},{seconds},{interaction}"
        call = self._calls.live.get(command.call_id)
        if call is None or call.phase not in ("talking", *KEPT):
            return False
        agent = call.agent if call.agent_stays else None
        ask = await self._resume(call.call_id, call.channel)
        if ask is None or call.call_id not in self._calls.live:
            return False
        self._calls.decided(call, "ringing", target.station, interaction)
        taken = await ask.answer(VARIABLE, answer)
        if agent is not None:
            self._clear_aside(agent)
        return taken

    async def consult(self, command: StartConsultation) -> bool:
        interaction = _checked(_ID, command.interaction, "interaction")
        target, seconds = command.target, _seconds(command.ring_for)
        if target.number:
            number, trunk = self._outside(target).split(",")
            point = f"{number}*{seconds}*{trunk}"
        else:
            point = f"{_checked(_STATION, target.station, 'station')}*{seconds}"
        call = self._calls.live.get(command.call_id)
        if call is None or not call.agent.channel:
            return False
        before = call.phase
        if before not in ("talking", "held") or call.consultation is not None:
            return False
        self._calls.held(call, target.number or target.station)
        if before == "held":
            return await self._to_consultation(call, point)
        leg: dict[str, str | int] = {
            "ExtraChannel": call.agent.channel,
            "ExtraContext": CONSULT,
            "ExtraExten": point,
            "ExtraPriority": 1,
        }
        ask = await self._resume(call.call_id, call.channel, leg)
        if ask is None:
            call.phase, call.consultation = before, None
            return False
        call.interaction = interaction or call.interaction
        return await ask.answer(VARIABLE, f"wait,{_seconds(command.longest)},{interaction}")

    async def _to_consultation(self, call: LiveCall, point: str) -> bool:
        try:
            await self._link.act("Redirect", {"Channel": call.agent.channel, **_place(CONSULT, point)})
        except ActionRefused:
            call.consultation = None
            return False
        return True

    async def complete(self, command: CompleteTransfer) -> bool:
        call = self._calls.live.get(command.call_id)
        if call is None or call.phase not in KEPT or call.consultation is None or not call.consultation.answered:
            return False
        agent, consulted = call.agent, call.consultation
        if call.phase == "conference":
            return await self._two_are_left(call, consulted.leg, agents_station(consulted.leg.channel), agent)
        self._leaving[agent.id] = agent
        if await self._join(call, consulted.leg, agents_station(consulted.leg.channel)):
            return True
        self._leaving.pop(agent.id, None)
        return False

    async def take_back(self, command: TakeBack) -> bool:
        call = self._calls.live.get(command.call_id)
        if call is None or call.phase not in KEPT:
            return False
        if call.phase == "conference" and call.consultation is not None:
            return await self._two_are_left(call, call.agent, call.station, call.consultation.leg)
        # Whom the agent consulted is left alone by this, and ends.
        return await self._join(call, call.agent, call.station)

    async def conference(self, command: JoinConference) -> bool:
        call = self._calls.live.get(command.call_id)
        if call is None or call.phase != "held" or call.consultation is None or not call.consultation.answered:
            return False
        ask = await self._resume(call.call_id, call.channel)
        if ask is None or call.call_id not in self._calls.live:
            return False
        call.phase = "conference"
        return await self._meet(ask, call, "meet")

    async def _two_are_left(self, call: LiveCall, stays: Leg, station: str, leaves: Leg) -> bool:
        """Of three in one bridge: the other two hear no break."""
        self._calls.joined(call, stays, station)
        self._emit(CallAnswered(call.call_id, station))
        await self._clear(leaves.channel)
        return True

    async def _join(self, call: LiveCall, leg: Leg, station: str) -> bool:
        """Customer and that leg talk. If it is gone by then, the switch asks where the customer should go."""
        ask = await self._resume(call.call_id, call.channel)
        if ask is None or call.call_id not in self._calls.live:
            return False
        self._calls.joined(call, leg, station)
        if not await self._meet(ask, call, "join"):
            return False
        self._emit(CallAnswered(call.call_id, station))
        return True

    async def _meet(self, ask: Ask, call: LiveCall, how: str) -> bool:
        channel = _checked(_CHANNEL, call.agent.channel, "channel")
        self._met[call.call_id] = (how, channel)
        return await ask.answer(VARIABLE, f"{how},{channel},{call.interaction}")

    async def _meet_again(self, ask: Ask, how: str, channel: str) -> None:
        """Whom they should talk with was not there: a browser that takes its call up anew, just then, has another
        channel (docs/decisions/a-reload-takes-the-call-along.md)."""
        await asyncio.sleep(TAKEN_UP_WITHIN.total_seconds())
        call = self._calls.live.get(ask.uniqueid)
        if call is None or call.agent.channel in ("", channel) or not await self._meet(ask, call, how):
            self._take_ask(ask)

    def _outside(self, target: Target) -> str:
        number = _checked(_TO_DIAL, target.number, "number")
        return f"{number},{_checked(_TRUNK, target.trunk or self._trunk, 'trunk')}"

    def _clear_aside(self, leg: Leg) -> None:
        self._aside(self._clear(leg.channel), "a leg could not be cleared")

    async def _resume(self, call_id: str, channel: str, leg: dict[str, str | int] | None = None) -> Ask | None:
        """Bring a call to us, out of its music or from whom it talks with: the ask it comes back with, or None if it is
        gone. `leg`: where another channel goes in the same moment."""
        if call_id in self._resuming:
            return None
        resuming = self._resuming[call_id] = asyncio.get_running_loop().create_future()
        try:
            await self._link.act(
                "Redirect",
                {"Channel": channel, **_place("ctiapp-resume", "s"), **(leg or {})},
            )
            return await asyncio.wait_for(resuming, self._resume_within.total_seconds())
        except ActionRefused:
            return self._asks.pop(call_id, None)
        except TimeoutError:
            raise SwitchError(f"{call_id} was moved out of the queue and did not ask again") from None
        finally:
            del self._resuming[call_id]
            if resuming.done() and not resuming.cancelled():
                resuming.exception()

    async def make_call(self, command: MakeCall) -> None:
        call_id = _checked(_CALL_ID, command.call_id, "call id")
        number = _checked(_TO_DIAL, command.number, "number")
        trunk = _checked(_TRUNK, command.trunk or self._trunk, "trunk")
        caller_id = _checked(_TO_DIAL, command.caller_id, "caller id") if command.caller_id else ""
        interaction = _checked(_ID, command.interaction, "interaction")
        if call_id in self._calls.live or self._calls.has_ended(call_id):
            raise SwitchError(f"{call_id} was used before")
        if not self._ready:
            raise LinkLost("the link is not up")
        self._calls.made(call_id, number, interaction)
        try:
            await self._link.act(
                "Originate",
                {
                    "Channel": f"PJSIP/{number}@{trunk}",
                    "ChannelId": call_id,
                    "Context": "ctiapp-made",
                    "Exten": "s",
                    "Priority": 1,
                    "Timeout": round(command.ring_for.total_seconds() * 1000),
                    "Async": "true",
                    **({"CallerID": caller_id} if caller_id else {}),
                    "Variable": [
                        f"__CTI_INTERACTION={interaction}",
                        f"CTI_NUMBER={number}",
                        f"CTI_LONGEST={_seconds(command.longest)}",
                        # A called telephone may divert (302) to any number, and Asterisk would dial it by our own
                        # dialplan: in this context there is none.
                        "FORWARD_CONTEXT=ctiapp-nowhere",
                    ],
                },
            )
        except ActionRefused:
            self._calls.live.pop(call_id, None)
            raise

    async def hang_up(self, command: HangUp) -> bool:
        call = self._calls.live.get(command.call_id)
        if call is None:
            return False
        if not self._ready:
            raise LinkLost("the link is not up")
        call.cleared = True
        if not call.seen:
            return True  # just made: cleared as soon as its channel shows
        ask = self._asks.pop(command.call_id, None) if call.made else None
        if ask is not None and await ask.answer(VARIABLE, "hangup"):
            return True
        return await self._clear(call.channel)

    async def _clear(self, channel: str) -> bool:
        try:
            await self._link.act("Hangup", {"Channel": channel})
        except ActionRefused:
            return False
        return True

    def _clear_if_told(self, call_id: str) -> None:
        """The call was hung up before it had a channel, or the link went down over it."""
        call = self._calls.live.get(call_id)
        if call is not None and call.made and call.cleared and not call.customer_answered:
            self._aside(self._clear(call.channel), "a call could not be cleared")

    def _aside(self, deed: Coroutine[Any, Any, object], failed: str) -> None:
        """Done beside the events; what goes wrong is a line in the log."""

        def ended(task: asyncio.Task[object]) -> None:
            self._beside.discard(task)
            if not task.cancelled() and (error := task.exception()):
                log.warning("%s: %s", failed, error)

        task = asyncio.create_task(deed)
        self._beside.add(task)
        task.add_done_callback(ended)

    def _hear_before_answer(self, call_id: str) -> None:
        """The line has a voice before anybody answers: the detector hears it by a second channel. A UUID of version 8
        tells it that; see audiosocket.py."""
        call = self._calls.live.get(call_id)
        if not self._detector or call is None or not call.made or call.customer_answered or call.listened_to:
            return
        if _UUID.fullmatch(call_id) and _CHANNEL.fullmatch(call.channel):
            call.listened_to = True
            self._aside(self._listen(call_id, call.channel), "nobody listens before the answer")

    async def _listen(self, call_id: str, channel: str) -> None:
        await self._link.act(
            "Originate",
            {
                "Channel": f"AudioSocket/{self._detector}/{before_answer(call_id)}",
                "Context": "ctiapp-hear",
                "Exten": "s",
                "Priority": 1,
                "Timeout": 2000,
                "Async": "true",
                "Variable": [f"CTI_LISTEN_TO={channel}"],
            },
        )

    async def store_route(self, command: StoreRoute) -> None:
        number = _checked(_NUMBER, command.number, "number")
        station = _checked(_STATION, command.station, "station")
        until = int(command.until.timestamp())
        await self._link.act("DBPut", {"Family": ROUTES, "Key": number, "Val": f"{until}/{station}"})

    async def remove_route(self, command: RemoveRoute) -> None:
        await self._remove(ROUTES, _checked(_NUMBER, command.number, "number"))

    async def store_staffed(self, command: StoreStaffed) -> None:
        station = _checked(_STATION, command.station, "station")
        if command.staffed:
            await self._link.act("DBPut", {"Family": STAFFED, "Key": station, "Val": "1"})
        else:
            await self._remove(STAFFED, station)

    async def _remove(self, family: str, key: str) -> None:
        try:
            await self._link.act("DBDel", {"Family": family, "Key": key})
        except ActionRefused as refusal:
            if "could not be deleted" not in str(refusal) and "not found" not in str(refusal):
                raise

    # ---- the whole picture ---------------------------------------------------------------------------------

    async def snapshot(self) -> Snapshot:
        return (await self._picture())[0]

    async def calls(self) -> tuple[CallSeen, ...]:
        return tuple(calls_seen(await self._status()))

    async def check(self) -> Snapshot:
        """A snapshot, and the end of every call that we think alive and the switch does not show (LOST)."""
        before = list(self._calls.live.values())
        snapshot, channels = await self._picture()
        for call in before:
            if call.call_id in channels:
                call.missed_checks = 0
                continue
            call.missed_checks += 1
            # A call that we are just making has no channel yet: it is given a second look.
            if call.seen or call.missed_checks > 1:
                self._emit(self._calls.lose(call.call_id))
        return snapshot

    async def _status(self) -> list[Message]:
        return await self._link.ask_list("Status", {"Variables": "CTI_INTERACTION,CTI_NUMBER"})

    async def _listen_for_silence(self) -> None:
        while True:
            await asyncio.sleep(LISTEN_EVERY.total_seconds())
            if self._ready:
                try:
                    await self._end_silent()
                except SwitchError as error:
                    log.warning("nobody listens for silence: %s", error)

    async def _end_silent(self) -> None:
        """Hangs up every telephone that has sent no voice for as long as its channel allows."""
        heard = {}
        for channel in await self._link.ask_list("Status", {"Variables": ALLOWED}):
            allowed = variables_of(channel).get(ALLOWED, "")
            if channel.channelstatedesc == "Up" and allowed.isdecimal():
                packets = await self._packets_from(channel.channel)
                if packets is not None:
                    heard[channel.channel] = Heard(packets, timedelta(seconds=int(allowed)))
        for silent in self._silence.look(heard, self._clock()):
            log.info("%s sends no voice any more: its call is over", silent)
            await self._clear(silent)

    async def _packets_from(self, channel: str) -> int | None:
        """None: the channel is gone, or has no voice of its own. Never asked for by Status, which holds the channel's
        lock meanwhile: whoever answers waits for that lock, and the switch stands still (seen with 22.10.1)."""
        try:
            answer = await self._link.act("Getvar", {"Channel": channel, "Variable": COUNT})
        except ActionRefused:
            return None
        return int(answer.value) if str(answer.value).isdecimal() else None

    async def _picture(self) -> tuple[Snapshot, dict[str, Message]]:
        """A snapshot, and every channel on the switch by its id."""
        # Status comes first: the events of what changed meanwhile are here before the last answer is.
        status = await self._status()
        devices = await self._link.ask_list("DeviceStateList")
        routes = await self._link.ask_list("DBGetTree", {"Family": ROUTES})
        staffed = await self._link.ask_list("DBGetTree", {"Family": STAFFED})
        core = await self._link.act("CoreStatus")
        calls, stations = tuple(calls_seen(status)), dict(stations_seen(devices))
        for call in calls:
            if call.phase == "ringing" and stations.get(call.station) is StationState.IN_CALL:
                stations[call.station] = StationState.RINGING
        snapshot = Snapshot(
            calls=calls,
            stations=stations,
            routes=dict(routes_seen(routes)),
            staffed=frozenset(key_of(item) for item in staffed),
            started_at=self._start_of_switch(core),
        )
        return snapshot, {channel.uniqueid: channel for channel in status}

    def _start_of_switch(self, core: Message) -> datetime | None:
        """CoreStatus gives local time without a zone; the uptime told at the login tells how far it is
        off."""
        if self._uptime_seen is None:
            return None
        seen, uptime = self._uptime_seen
        try:
            local = datetime.fromisoformat(f"{core.corestartupdate}T{core.corestartuptime}+00:00")
        except ValueError:
            return None
        quarter = timedelta(minutes=15)
        offset = round((local - (seen - timedelta(seconds=uptime))) / quarter) * quarter
        return local - offset


def _place(context: str, point: str) -> dict[str, str | int]:
    return {"Context": context, "Exten": point, "Priority": 1}
