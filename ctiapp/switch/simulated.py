"""A second switch behind the same API: it behaves, by a clock of its own, and is the same every time.

Nothing here sleeps. What takes time (ringing, waiting, talking) happens when the clock is advanced past it,
in order of time and then of arrangement; what takes none happens at once. Parties are people and telephones:
a `Party` says what it does when it is rung.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ctiapp.switch.protocol import (
    AdmitCall,
    AgentLeft,
    CallAnswered,
    CallEnded,
    CallRinging,
    CallSeen,
    CompleteTransfer,
    ConsultationAnswered,
    ConsultationEnded,
    ConsultationRinging,
    CustomerAnswered,
    EndReason,
    Event,
    HangUp,
    JoinConference,
    MakeCall,
    QueueCall,
    RefuseCall,
    RemoveRoute,
    RouteCall,
    RouteReason,
    RouteRequested,
    Say,
    Snapshot,
    StartConsultation,
    StationChanged,
    StationRinging,
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

KEPT = ("held", "conference")
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class Timer:
    __slots__ = ("action", "cancelled")

    def __init__(self, action: Callable[[], None]) -> None:
        self.action, self.cancelled = action, False

    def cancel(self) -> None:
        self.cancelled = True


class VirtualClock:
    """Time that passes when told to."""

    def __init__(self, now: datetime = NEW_YEAR) -> None:
        self.now = now
        self._due: list[tuple[datetime, int, Timer]] = []
        self._arranged = 0

    def __call__(self) -> datetime:
        return self.now

    def after(self, span: timedelta, action: Callable[[], None]) -> Timer:
        timer = Timer(action)
        self._arranged += 1
        heapq.heappush(self._due, (self.now + span, self._arranged, timer))
        return timer

    def advance(self, span: timedelta) -> None:
        end = self.now + span
        while self._due and self._due[0][0] <= end:
            self.now, _, timer = heapq.heappop(self._due)
            if not timer.cancelled:
                timer.action()
        self.now = end


class Does(StrEnum):
    """What a party does when it is rung."""

    ANSWERS = "answers"
    RINGS = "rings"
    """…until told otherwise."""
    IS_BUSY = "is busy"
    REJECTS = "rejects"
    IS_UNREACHABLE = "is unreachable"
    IS_UNALLOCATED = "is unallocated"
    IS_CONGESTED = "is congested"


REFUSALS = {
    Does.IS_BUSY: EndReason.BUSY,
    Does.REJECTS: EndReason.REJECTED,
    Does.IS_UNREACHABLE: EndReason.UNREACHABLE,
    Does.IS_UNALLOCATED: EndReason.UNALLOCATED,
    Does.IS_CONGESTED: EndReason.CONGESTION,
}


@dataclass(frozen=True, slots=True)
class Party:
    does: Does = Does.RINGS
    after: timedelta = timedelta(0)
    """How long it rings before it answers."""
    talks_for: timedelta | None = None
    """How long it talks before it hangs up; None: until told."""


@dataclass(slots=True)
class _Station:
    party: Party
    call: _Call | None = None
    """The call it rings for or talks with."""

    @property
    def state(self) -> StationState:
        if self.party.does is Does.IS_UNREACHABLE:
            return StationState.UNREACHABLE
        call = self.call
        if call is None:
            return StationState.IDLE
        if call.consultation is not None and call.consultation.call_station is self:
            return StationState.IN_CALL if call.consultation.answered else StationState.RINGING
        return StationState.IN_CALL if call.phase in ("talking", *KEPT) else StationState.RINGING


@dataclass(slots=True)
class _Consultation:
    """Whom the agent of a call calls while the customer is kept waiting. `target`: station or number."""

    target: Target
    call_station: _Station | None = None
    answered: bool = False
    timers: list[Timer] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.target.number or self.target.station


@dataclass(slots=True)
class _Call:
    call_id: str
    dialled: str
    caller: str
    interaction: str = ""
    phase: str = "asking"
    """As `CallSeen.phase`, "hearing", "message" and "apology"."""
    station: str = ""
    reason: RouteReason = RouteReason.ARRIVED
    outcome: EndReason | None = None
    longest: timedelta | None = None
    """For a call that we made."""
    in_way_out: bool = False
    stations_tried: set[str] = field(default_factory=set)
    customer_answered: bool = True
    station_answered: bool = False
    cleared: bool = False
    consultation: _Consultation | None = None
    timers: list[Timer] = field(default_factory=list)


class SimulatedSwitch:
    """Implements `Switch`. Below the commands: what a test or a load run makes happen on the other side."""

    def __init__(
        self,
        clock: VirtualClock | None = None,
        *,
        decide_within: timedelta = timedelta(seconds=2),
        apology_lasts: timedelta = timedelta(seconds=8),
        way_out_rings_for: timedelta = timedelta(seconds=20),
        listen_for: timedelta = timedelta(seconds=1),
        listener: Callable[[str, str], None] = lambda call_id, number: None,
    ) -> None:
        """`listener` stands for the call-progress detector: it is told call and number when a customer has been heard,
        `listen_for` after the answer."""
        self.clock = clock or VirtualClock()
        self.decide_within = decide_within
        self.apology_lasts = apology_lasts
        self.way_out_rings_for = way_out_rings_for
        self.listen_for, self.listener = listen_for, listener
        self.said: list[tuple[str, str]] = []
        """(call, message) of what was played; the apology is ""."""
        self.started_at = self.clock.now
        self.customers: dict[str, Party] = {}
        """What the parties we call do, by number."""
        self.any_customer = Party(Does.ANSWERS, timedelta(seconds=3))
        self._stations: dict[str, _Station] = {}
        self._calls: dict[str, _Call] = {}
        self._used: set[str] = set()
        self._routes: dict[str, tuple[str, datetime]] = {}
        self._staffed: set[str] = set()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._started = False
        self._linked = True
        self._told: dict[str, StationState] = {}
        self._known: set[str] = set()
        self._at_the_door: dict[str, Timer] = {}
        """Who dialled a target and waits to be let in, each with when it is turned away unheard."""
        self.turned_away: list[str] = []
        self._numbered = 0

    # ---- Switch: life and events ---------------------------------------------------------------------------

    async def start(self) -> None:
        if not self._started:
            self._started = True
            if self._linked:
                self._go_up()

    async def stop(self) -> None:
        self._started = False
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[Event]:
        while (event := await self._events.get()) is not None:
            yield event

    @property
    def _up(self) -> bool:
        return self._started and self._linked

    def _emit(self, event: Event) -> None:
        if self._up:
            self._events.put_nowait(event)

    def _require_link(self) -> None:
        if not self._up:
            raise SwitchError("the link is not up")

    # ---- Switch: commands ----------------------------------------------------------------------------------

    async def route(self, command: RouteCall) -> bool:
        call = self._decide(command.call_id, command.interaction)
        if call is None:
            return False
        self._ring(call, command.station, command.ring_for)
        return True

    async def queue(self, command: QueueCall) -> bool:
        call = self._decide(command.call_id, command.interaction)
        if call is None:
            return False
        call.phase = "queued"
        self._later(call, command.longest, lambda: self._ask(call, RouteReason.WAITED))
        return True

    async def refuse(self, command: RefuseCall) -> bool:
        return self._say(command.call_id, "")

    async def say(self, command: Say) -> bool:
        return self._say(command.call_id, command.message)

    def _say(self, call_id: str, message: str) -> bool:
        call = self._decide(call_id, "")
        if call is None:
            return False
        call.cleared = True
        self._play(call, message)
        return True

    async def make_call(self, command: MakeCall) -> None:
        self._require_link()
        if command.call_id in self._used:
            raise SwitchError(f"{command.call_id} was used before")
        call = _Call(command.call_id, command.number, command.number, command.interaction, "dialling")
        call.customer_answered, call.longest = False, command.longest
        self._calls[call.call_id] = call
        self._used.add(call.call_id)
        self._known.add(call.call_id)
        customer = self.customers.get(command.number, self.any_customer)
        if refusal := REFUSALS.get(customer.does):
            self._end(call, refusal)
            return
        self._emit(CallRinging(call.call_id))
        if customer.does is Does.ANSWERS and customer.after < command.ring_for:
            self._later(call, customer.after, lambda: self._customer_answers(call, customer))
        else:
            self._later(call, command.ring_for, lambda: self._end(call, EndReason.NO_ANSWER))

    async def admit(self, command: AdmitCall) -> bool:
        waits = self._at_the_door.pop(command.call_id, None)
        if waits is None:
            return False
        waits.cancel()
        if command.number is None:
            self.turned_away.append(command.call_id)
            return True
        call = self._calls[command.call_id] = _Call(command.call_id, command.number, "")
        self.clock.after(command.longest, lambda: self._end(call))
        self._ask(call, RouteReason.ARRIVED)
        return True

    async def transfer(self, command: TransferCall) -> bool:
        self._require_link()
        call = self._calls.get(command.call_id)
        if call is None or call.phase not in ("talking", *KEPT):
            return False
        self._let_go(call)
        call.interaction = command.interaction or call.interaction
        if command.target.number:
            self._ring_number(call, command.target.number, command.ring_for)
        else:
            self._ring(call, command.target.station, command.ring_for)
        return True

    async def consult(self, command: StartConsultation) -> bool:
        self._require_link()
        call = self._calls.get(command.call_id)
        if call is None or call.phase not in ("talking", "held") or not call.station or call.consultation is not None:
            return False
        self._forget_timers(call)
        call.phase, call.interaction = "held", command.interaction or call.interaction
        call.consultation = consultation = _Consultation(command.target)
        self._later(call, command.longest, lambda: self._ask(call, RouteReason.WAITED))
        self._ring_consulted(call, consultation, command.ring_for)
        return True

    async def complete(self, command: CompleteTransfer) -> bool:
        self._require_link()
        call = self._calls.get(command.call_id)
        if call is None or call.phase not in KEPT or call.consultation is None or not call.consultation.answered:
            return False
        self._consulted_takes_over(call)
        return True

    def _consulted_takes_over(self, call: _Call) -> None:
        assert call.consultation is not None
        consulted, call.consultation = call.consultation, None
        self._release(call)
        self._forget_timers(call)
        call.phase, call.station = "talking", consulted.target.station
        self._emit(CallAnswered(call.call_id, call.station))

    async def take_back(self, command: TakeBack) -> bool:
        self._require_link()
        call = self._calls.get(command.call_id)
        if call is None or call.phase not in KEPT:
            return False
        self._end_consultation(call)
        self._forget_timers(call)
        call.phase = "talking"
        self._emit(CallAnswered(call.call_id, call.station))
        return True

    async def conference(self, command: JoinConference) -> bool:
        self._require_link()
        call = self._calls.get(command.call_id)
        if call is None or call.phase != "held" or call.consultation is None or not call.consultation.answered:
            return False
        self._forget_timers(call)
        call.phase = "conference"
        return True

    async def hang_up(self, command: HangUp) -> bool:
        self._require_link()
        call = self._calls.get(command.call_id)
        if call is None:
            return False
        call.cleared = True
        self._end(call)
        return True

    async def store_route(self, command: StoreRoute) -> None:
        self._require_link()
        until = command.until.astimezone(UTC).replace(microsecond=0)
        self._routes[command.number] = (command.station, until)

    async def remove_route(self, command: RemoveRoute) -> None:
        self._require_link()
        self._routes.pop(command.number, None)

    async def store_staffed(self, command: StoreStaffed) -> None:
        self._require_link()
        if command.staffed:
            self._staffed.add(command.station)
        else:
            self._staffed.discard(command.station)

    async def snapshot(self) -> Snapshot:
        self._require_link()
        return self._picture()

    async def calls(self) -> tuple[CallSeen, ...]:
        return (await self.snapshot()).calls

    async def check(self) -> Snapshot:
        """A snapshot, and the end of every call that vanished unseen: here nothing vanishes while the link is
        up."""
        return await self.snapshot()

    # ---- what happens on the other side --------------------------------------------------------------------

    def add_station(self, station: str, party: Party | None = None) -> None:
        self._stations[station] = _Station(party or Party())
        self._tell_state(station)

    def set_party(self, station: str, party: Party) -> None:
        """From now on the telephone behaves like this."""
        self._stations[station].party = party
        self._tell_state(station)

    def arrive(self, number: str, caller: str = "", patience: timedelta | None = None) -> str:
        """A call comes in; its id. Who has `patience` hangs up when it is over and no agent has answered."""
        self._numbered += 1
        call = _Call(f"{int(self.started_at.timestamp())}.{self._numbered}", number, caller)
        self._calls[call.call_id] = call
        if patience is not None:
            self.clock.after(patience, lambda: self._lose_patience(call))
        self._ask(call, RouteReason.ARRIVED)
        return call.call_id

    def dial_target(self, target: str) -> str:
        """A telephone in a customer's page dials; what will be its call's id."""
        self._numbered += 1
        call_id = f"{int(self.started_at.timestamp())}.{self._numbered}"
        self._at_the_door[call_id] = self.clock.after(self.decide_within, lambda: self._turn_away(call_id))
        self._emit(TargetDialled(call_id, target))
        return call_id

    def _turn_away(self, call_id: str) -> None:
        del self._at_the_door[call_id]
        self.turned_away.append(call_id)

    def caller_hangs_up(self, call_id: str) -> None:
        if waits := self._at_the_door.pop(call_id, None):
            waits.cancel()
        if call := self._calls.get(call_id):
            self._end(call)

    def customer_answers(self, number: str) -> None:
        """Whoever was called at that number and has not answered yet."""
        for call in list(self._calls.values()):
            if call.dialled == number and call.phase == "dialling":
                self._customer_answers(call, self.customers.get(number, self.any_customer))
            elif call.consultation and call.consultation.target.number == number and not call.consultation.answered:
                self._consulted_answers(call, call.consultation)

    def station_answers(self, station: str) -> None:
        call = self._stations[station].call
        if call is not None and call.phase == "ringing":
            self._station_answers(call)
        elif call is not None and (consulted := self._consulted_at(call, station)) and not consulted.answered:
            self._consulted_answers(call, consulted)

    def station_rejects(self, station: str) -> None:
        call = self._stations[station].call
        if call is not None and call.phase == "ringing":
            self._not_delivered(call, EndReason.REJECTED)
        elif call is not None and (consulted := self._consulted_at(call, station)) and not consulted.answered:
            self._consulted_is_gone(call, EndReason.REJECTED)

    def station_hangs_up(self, station: str) -> None:
        call = self._stations[station].call
        if call is None:
            return
        if call.phase == "talking":
            self._end(call)
        elif self._consulted_at(call, station):
            three = call.phase == "conference"
            self._consulted_is_gone(call, EndReason.HANGUP)
            if three:
                call.phase = "talking"
                self._emit(CallAnswered(call.call_id, call.station))
        elif call.phase == "conference":
            self._consulted_takes_over(call)
        elif call.phase in KEPT:
            self._let_go(call)
            call.phase = "queued"
            self._emit(AgentLeft(call.call_id, station))

    def lose_link(self, reason: str = "the link was cut") -> None:
        self._emit(SwitchLost(reason))
        self._linked = False

    def restore_link(self) -> None:
        if not self._linked:
            self._linked = True
            if self._started:
                self._go_up()

    def restart(self) -> None:
        """The switch itself starts again: every call is gone; stored routes are kept."""
        self.lose_link("the switch went down")
        for call in list(self._calls.values()):
            self._drop(call)
        self._numbered = 0
        self.started_at = self.clock.now
        self.restore_link()

    def state_of(self, call_id: str) -> str:
        """The call's phase; "gone" if it is no more."""
        call = self._calls.get(call_id)
        return call.phase if call else "gone"

    # ---- below ---------------------------------------------------------------------------------------------

    def _go_up(self) -> None:
        picture = self._picture()
        self._told = dict(picture.stations)
        self._events.put_nowait(SwitchReady(picture))
        for call_id in sorted(self._known - self._calls.keys()):
            self._events.put_nowait(CallEnded(call_id, EndReason.LOST))
        self._known = {call_id for call_id, call in self._calls.items() if call.phase != "asking"}
        for call in self._calls.values():
            if call.phase == "asking":
                self._tell_ask(call)

    def _picture(self) -> Snapshot:
        return Snapshot(
            calls=tuple(
                CallSeen(
                    call.call_id,
                    call.dialled,
                    call.caller,
                    call.interaction,
                    "asking" if call.phase in ("hearing", "message", "apology") else call.phase,
                    call.station if call.phase != "queued" else "",
                    call.consultation.name if call.consultation else "",
                    call.consultation.answered if call.consultation else False,
                )
                for call in self._calls.values()
            ),
            stations={station: one.state for station, one in self._stations.items()},
            routes=dict(self._routes),
            staffed=frozenset(self._staffed),
            started_at=self.started_at,
        )

    def _later(self, call: _Call, span: timedelta, action: Callable[[], None]) -> None:
        call.timers.append(self.clock.after(span, action))

    def _forget_timers(self, call: _Call) -> None:
        for timer in call.timers:
            timer.cancel()
        call.timers.clear()

    def _decide(self, call_id: str, interaction: str) -> _Call | None:
        self._require_link()
        call = self._calls.get(call_id)
        if call is None or call.in_way_out or call.phase not in ("asking", "queued"):
            return None
        self._forget_timers(call)
        call.interaction = interaction or call.interaction
        return call

    def _ask(self, call: _Call, reason: RouteReason, outcome: EndReason | None = None) -> None:
        self._forget_timers(call)
        call.phase, call.reason, call.outcome = "asking", reason, outcome
        self._later(call, self.decide_within, lambda: self._way_out(call))
        if self._up:
            self._tell_ask(call)

    def _tell_ask(self, call: _Call) -> None:
        if call.in_way_out:
            return
        self._known.add(call.call_id)
        self._emit(
            RouteRequested(
                call_id=call.call_id,
                dialled=call.dialled,
                caller=call.caller,
                reason=call.reason,
                outcome=call.outcome,
                raw=str(call.outcome or ""),
                interaction=call.interaction,
            )
        )

    def _ring(self, call: _Call, name: str, ring_for: timedelta) -> None:
        call.phase, call.station = "ringing", name
        station = self._stations.get(name)
        if station is None:
            self._not_delivered(call, EndReason.UNREACHABLE)
            return
        if refusal := REFUSALS.get(station.party.does):
            self._not_delivered(call, refusal)
            return
        if station.call is not None:
            self._not_delivered(call, EndReason.BUSY)
            return
        station.call = call
        self._tell_state(name)
        self._emit(StationRinging(call.call_id, name))
        party = station.party
        if party.does is not Does.ANSWERS or party.after >= ring_for:
            self._later(call, ring_for, lambda: self._not_delivered(call, EndReason.NO_ANSWER))
        elif party.after:
            self._later(call, party.after, lambda: self._station_answers(call))
        else:
            self._station_answers(call)

    def _station_answers(self, call: _Call) -> None:
        self._forget_timers(call)
        call.phase, call.station_answered = "talking", True
        self._tell_state(call.station)
        self._emit(CallAnswered(call.call_id, call.station))
        talks_for = self._stations[call.station].party.talks_for
        if talks_for is not None:
            self._later(call, talks_for, lambda: self._end(call))

    def _ring_number(self, call: _Call, number: str, ring_for: timedelta) -> None:
        call.phase = "ringing"
        who = self.customers.get(number, self.any_customer)
        if refusal := REFUSALS.get(who.does):
            self._ask(call, RouteReason.NOT_DELIVERED, refusal)
        elif who.does is Does.ANSWERS and who.after < ring_for:
            self._later(call, who.after, lambda: self._number_answers(call))
        else:
            self._later(call, ring_for, lambda: self._ask(call, RouteReason.NOT_DELIVERED, EndReason.NO_ANSWER))

    def _number_answers(self, call: _Call) -> None:
        self._forget_timers(call)
        call.phase = "talking"
        self._emit(CallAnswered(call.call_id, ""))

    def _ring_consulted(self, call: _Call, consulted: _Consultation, ring_for: timedelta) -> None:
        if consulted.target.number:
            party = self.customers.get(consulted.target.number, self.any_customer)
        else:
            station = self._stations.get(consulted.target.station)
            if station is None or station.call is not None:
                self._consulted_is_gone(call, EndReason.UNREACHABLE if station is None else EndReason.BUSY)
                return
            party = station.party
        if refusal := REFUSALS.get(party.does):
            self._consulted_is_gone(call, refusal)
            return
        if not consulted.target.number:
            station = self._stations[consulted.target.station]
            station.call, consulted.call_station = call, station
            self._tell_state(consulted.target.station)
        self._emit(ConsultationRinging(call.call_id, consulted.name))
        if party.does is Does.ANSWERS and party.after < ring_for:
            timer = self.clock.after(party.after, lambda: self._consulted_answers(call, consulted))
        else:
            timer = self.clock.after(ring_for, lambda: self._consulted_is_gone(call, EndReason.NO_ANSWER))
        consulted.timers.append(timer)

    def _consulted_at(self, call: _Call, station: str) -> _Consultation | None:
        consulted = call.consultation
        return consulted if consulted is not None and consulted.target.station == station else None

    def _consulted_answers(self, call: _Call, consulted: _Consultation) -> None:
        for timer in consulted.timers:
            timer.cancel()
        consulted.answered = True
        if consulted.target.station:
            self._tell_state(consulted.target.station)
        self._emit(ConsultationAnswered(call.call_id, consulted.name))

    def _consulted_is_gone(self, call: _Call, reason: EndReason) -> None:
        if (consulted := self._end_consultation(call)) is not None:
            self._emit(ConsultationEnded(call.call_id, consulted.name, reason, str(reason)))

    def _end_consultation(self, call: _Call) -> _Consultation | None:
        """Whom the agent consulted is hung up."""
        consulted, call.consultation = call.consultation, None
        if consulted is None:
            return None
        for timer in consulted.timers:
            timer.cancel()
        if consulted.call_station is not None:
            consulted.call_station.call = None
            self._tell_state(consulted.target.station)
        return consulted

    def _let_go(self, call: _Call) -> None:
        """The agent's telephone, and whom it consulted, have nothing to do with the call any more."""
        self._end_consultation(call)
        self._forget_timers(call)
        self._release(call)

    def _not_delivered(self, call: _Call, outcome: EndReason) -> None:
        self._release(call)
        if call.in_way_out:
            self._way_out(call)
        else:
            self._ask(call, RouteReason.NOT_DELIVERED, outcome)

    def _customer_answers(self, call: _Call, customer: Party) -> None:
        call.customer_answered, call.phase = True, "hearing"
        self._forget_timers(call)
        self._emit(CustomerAnswered(call.call_id))
        for span in (customer.talks_for, call.longest):
            if span is not None:
                self.clock.after(span, lambda: self._end(call))
        self._later(call, self.listen_for, lambda: self._heard(call))

    def _heard(self, call: _Call) -> None:
        self.listener(call.call_id, call.dialled)
        self._ask(call, RouteReason.HEARD)

    def _way_out(self, call: _Call) -> None:
        """Nobody decided: the stored route, then whoever is there, then words."""
        self._forget_timers(call)
        first, call.in_way_out = not call.in_way_out, True
        if call.longest is not None:  # nobody but us would know that an agent has taken it: it is called again
            self._play(call, "")
            return
        kept = self._routes.get(call.dialled)
        if first and kept is not None and kept[1] > self.clock.now:
            call.stations_tried.add(kept[0])
            self._ring(call, kept[0], self.way_out_rings_for)
            return
        for name in sorted(self._staffed - call.stations_tried):
            station = self._stations.get(name)
            if station is not None and station.state is StationState.IDLE:
                call.stations_tried.add(name)
                self._ring(call, name, self.way_out_rings_for)
                return
        self._play(call, "")

    def _play(self, call: _Call, message: str) -> None:
        self._forget_timers(call)
        call.phase, call.station = "message" if message else "apology", ""
        self.said.append((call.call_id, message))
        self._later(call, self.apology_lasts, lambda: self._end(call))

    def _lose_patience(self, call: _Call) -> None:
        if self._calls.get(call.call_id) is call and not call.station_answered:
            self._end(call)

    def _end(self, call: _Call, reason: EndReason | None = None) -> None:
        if self._calls.get(call.call_id) is not call:
            return
        if reason is None:
            if call.station_answered or call.cleared:
                reason = EndReason.HANGUP
            else:
                reason = EndReason.ABANDONED if call.customer_answered else EndReason.NO_ANSWER
        self._drop(call)
        if self._up:
            self._known.discard(call.call_id)
        self._emit(CallEnded(call.call_id, reason, str(reason)))

    def _drop(self, call: _Call) -> None:
        self._end_consultation(call)
        self._forget_timers(call)
        del self._calls[call.call_id]
        self._release(call)

    def _release(self, call: _Call) -> None:
        name, call.station = call.station, ""
        station = self._stations.get(name)
        if station is not None and station.call is call:
            station.call = None
            self._tell_state(name)

    def _tell_state(self, name: str) -> None:
        state = self._stations[name].state
        if self._up and self._told.get(name) is not state:
            self._told[name] = state
            self._emit(StationChanged(name, state))
