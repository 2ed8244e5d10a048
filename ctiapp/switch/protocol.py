"""The uniform CTI API (P11): what a switch can be told and what it tells, in nobody's vendor words.

A `Switch` takes commands and yields events. Commands that fail raise `SwitchError`; races that are ordinary
in telephony (the caller hung up while we decided) are not errors: they return False or come as events. A
*call* is the customer's leg. It is known by `call_id`, an opaque string that the adapter owns; for calls we
make the id is ours. The agent's telephone is a `Station`, known by its id ("2101").
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class EndReason(StrEnum):
    """Why a call, or an attempt to ring a station, ended. The raw code is kept beside it."""

    HANGUP = "hangup"
    """Ended by either party after it was answered, or a normal clearing."""
    ABANDONED = "abandoned"
    """The customer hung up before an agent answered."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    """The telephone is not registered or does not answer to signalling."""
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"
    LOST = "lost"
    """It was gone when we looked again after a link loss or a restart of the switch."""
    ERROR = "error"


class StationState(StrEnum):
    """What a station's telephone is doing, as the switch sees it."""

    UNREACHABLE = "unreachable"
    IDLE = "idle"
    RINGING = "ringing"
    IN_CALL = "in_call"


class RouteReason(StrEnum):
    """Why the switch asks for a route."""

    ARRIVED = "arrived"
    """The call has just reached the number."""
    NOT_DELIVERED = "not_delivered"
    """The station we named did not take the call; `outcome` says why."""
    WAITED = "waited"
    """The longest wait in the queue is over."""
    HEARD = "heard"
    """The first ask of a call that we made: the customer answered and was listened to, or nobody could listen. What
    was heard is no matter of the switch: see the attempt."""


# ---- commands ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RouteCall:
    """Ring `station` with the call: the answer to a `RouteRequested`, or the way out of the queue (332)."""

    call_id: str
    station: str
    ring_for: timedelta
    interaction: str


@dataclass(frozen=True, slots=True)
class QueueCall:
    """Keep the caller with music until they are routed; after `longest` the switch asks again (WAITED)."""

    call_id: str
    longest: timedelta
    interaction: str


@dataclass(frozen=True, slots=True)
class RefuseCall:
    """Say a spoken apology and hang up."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Say:
    """Play a recording to the customer and hang up: the answer to a `RouteRequested`, or the way out of the queue."""

    call_id: str
    message: str
    """The recording's name: small letters, digits and hyphens. `NOBODY_FREE` and `MACHINE` are always there; one that
    is not there becomes the apology."""
    after_greeting: bool = False
    """Wait until an answering machine has said its own."""


NOBODY_FREE = "nobody-free"
MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class MakeCall:
    """Dial `number` over `trunk`, once: failing over to another trunk is another call. `call_id` is ours and was stored
    before (P18); a UUID, or nobody can listen to the call. The answer is a `CustomerAnswered`, then a `RouteRequested`
    (HEARD)."""

    call_id: str
    number: str
    ring_for: timedelta
    interaction: str
    trunk: str | None = None
    caller_id: str = ""
    """The number to show; "" leaves it to the trunk."""
    longest: timedelta = timedelta(hours=2)
    """From the customer's answer on; then the call is ended, whatever it is doing."""


@dataclass(frozen=True, slots=True)
class AdmitCall:
    """The answer to a `TargetDialled`: the call goes on as if it had dialled `number`, for `longest` at most. Without
    a number it is turned away."""

    call_id: str
    number: str | None
    longest: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a customer is passed on to: a station, or a `number` in the public network over `trunk`."""

    station: str = ""
    number: str = ""
    trunk: str | None = None


@dataclass(frozen=True, slots=True)
class TransferCall:
    """Take the customer from the agent they talk with, or are kept waiting by, and ring the target; the agent's leg
    ends. What comes of it is told as for `RouteCall`; a number rings without a word."""

    call_id: str
    target: Target
    ring_for: timedelta
    interaction: str


@dataclass(frozen=True, slots=True)
class StartConsultation:
    """The customer hears music, and the agent they talked with is connected with the target. Good again while the
    customer is kept waiting and nobody is being consulted."""

    call_id: str
    target: Target
    ring_for: timedelta
    interaction: str
    longest: timedelta = timedelta(hours=1)
    """How long the customer is kept waiting; then the switch asks (WAITED)."""


@dataclass(frozen=True, slots=True)
class CompleteTransfer:
    """Customer and whom was consulted talk; the agent's leg ends. `CallAnswered` tells, with the station ("" for a
    number)."""

    call_id: str


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Customer and agent talk again; whoever rang or was consulted is hung up. `CallAnswered` tells."""

    call_id: str


@dataclass(frozen=True, slots=True)
class JoinConference:
    """Customer, agent and whom the agent consulted talk, the three of them. It ends by `CompleteTransfer` (the agent
    goes), `TakeBack`, or whoever hangs up; the other two go on, which `CallAnswered` tells."""

    call_id: str


@dataclass(frozen=True, slots=True)
class HangUp:
    call_id: str


@dataclass(frozen=True, slots=True)
class StoreRoute:
    """Keep the reserved route in the switch itself, so that it works while we are dead."""

    number: str
    station: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RemoveRoute:
    number: str


@dataclass(frozen=True, slots=True)
class StoreStaffed:
    """Keep in the switch that an agent is logged in at `station`, or no longer: ordinary routing while we are
    dead."""

    station: str
    staffed: bool


# ---- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RouteRequested:
    """A call is at a routing point or a plain number and waits for us (330)."""

    call_id: str
    dialled: str
    """The number that was dialled, as dialled."""
    caller: str
    """The calling number, "" if it is withheld."""
    reason: RouteReason = RouteReason.ARRIVED
    outcome: EndReason | None = None
    """For NOT_DELIVERED: how the station's leg ended."""
    raw: str = ""
    """For NOT_DELIVERED: the switch's own words for it."""
    interaction: str = ""
    """The interaction this call already belongs to, if it was routed or queued before."""


@dataclass(frozen=True, slots=True)
class TargetDialled:
    """A telephone in a customer's page dialled what it was told to, which is good once and says nothing by itself. It
    waits for an `AdmitCall`; only then is it a call."""

    call_id: str
    target: str


@dataclass(frozen=True, slots=True)
class StationRinging:
    """The station's telephone rings for the call."""

    call_id: str
    station: str


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The station answered: customer and agent talk. `StationRinging` came before it, always."""

    call_id: str
    station: str


@dataclass(frozen=True, slots=True)
class ConsultationRinging:
    """Whom the agent consults rings. `target`: station or number."""

    call_id: str
    target: str


@dataclass(frozen=True, slots=True)
class ConsultationAnswered:
    """Agent and target talk; the customer does not hear them. `ConsultationRinging` came before it, always."""

    call_id: str
    target: str


@dataclass(frozen=True, slots=True)
class ConsultationEnded:
    """The target did not answer, or hung up (HANGUP). The agent has nobody on the line; the customer still waits."""

    call_id: str
    target: str
    reason: EndReason
    raw: str = ""


@dataclass(frozen=True, slots=True)
class AgentLeft:
    """The agent hung up while the customer was kept waiting, who still hears music and may be routed."""

    call_id: str
    station: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The customer's leg is gone; nothing more comes for this call."""

    call_id: str
    reason: EndReason
    raw: str = ""


@dataclass(frozen=True, slots=True)
class CallRinging:
    """A call that we made rings at the customer's: the line is not busy (P20). Comes before its first
    `RouteRequested`, always."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CustomerAnswered:
    """A call that we made was taken, by whomever or whatever (430). Comes after its `CallRinging` and before its first
    `RouteRequested`, always, but is not told again after a link loss: the snapshot shows it."""

    call_id: str


@dataclass(frozen=True, slots=True)
class StationChanged:
    station: str
    state: StationState


@dataclass(frozen=True, slots=True)
class CallSeen:
    """A live call in a snapshot."""

    call_id: str
    dialled: str
    caller: str
    interaction: str
    phase: str
    """"dialling" (a call that we made and nobody has answered yet), "asking" (or being listened to, or told
    something), "queued", "ringing", "talking", "held" (kept waiting with music by the agent at `station`) or
    "conference" (with that agent and `consulted`)."""
    station: str = ""
    """"" for a number they were passed on to."""
    consulted: str = ""
    """Held: the station or number that the agent is calling or talks with; "" if nobody."""
    consulted_answered: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the switch holds at one moment; events before it are older, events after it are news."""

    calls: tuple[CallSeen, ...] = ()
    stations: dict[str, StationState] = field(default_factory=dict)
    routes: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Stored routes: number -> (station, until)."""
    staffed: frozenset[str] = frozenset()
    started_at: datetime | None = None
    """When the switch itself started: another value means that every call before it is gone."""


@dataclass(frozen=True, slots=True)
class SwitchReady:
    """The link is up and this is what the switch holds. Comes first after every (re)connect."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class SwitchLost:
    """The link is down; what happens until the next `SwitchReady` is not seen."""

    reason: str


Event = (
    RouteRequested
    | TargetDialled
    | StationRinging
    | CallAnswered
    | ConsultationRinging
    | ConsultationAnswered
    | ConsultationEnded
    | AgentLeft
    | CallEnded
    | CallRinging
    | CustomerAnswered
    | StationChanged
    | SwitchReady
    | SwitchLost
)


class SwitchError(Exception):
    """The switch refused a command, did not answer in time, or is not connected. Nothing is re-sent."""


class Switch(Protocol):
    """One switch. All methods belong to one event loop; `events` is read by one consumer, in order."""

    async def start(self) -> None:
        """Begin to connect, and keep connecting for ever; returns at once. `SwitchReady` tells when it
        worked."""

    async def stop(self) -> None:
        """Close the link. Calls in progress go on."""

    def events(self) -> AsyncIterator[Event]:
        """Every event in order. Ends after `stop`."""

    async def route(self, command: RouteCall) -> bool:
        """True if the switch took it; False if the call is gone."""

    async def queue(self, command: QueueCall) -> bool: ...

    async def refuse(self, command: RefuseCall) -> bool: ...

    async def say(self, command: Say) -> bool: ...

    async def make_call(self, command: MakeCall) -> None:
        """Returns once the switch has taken it; what comes of it arrives as events."""

    async def admit(self, command: AdmitCall) -> bool:
        """False if whoever dialled is gone."""

    async def transfer(self, command: TransferCall) -> bool:
        """False if the call is gone, or is with nobody."""

    async def consult(self, command: StartConsultation) -> bool:
        """False if customer or agent is gone."""

    async def complete(self, command: CompleteTransfer) -> bool:
        """False if nobody was consulted and answered, or the customer is gone: nothing has changed then."""

    async def take_back(self, command: TakeBack) -> bool:
        """False if customer or agent is gone."""

    async def conference(self, command: JoinConference) -> bool:
        """False if there is nobody who was consulted and answered, or the customer is gone."""

    async def hang_up(self, command: HangUp) -> bool: ...

    async def store_route(self, command: StoreRoute) -> None: ...

    async def remove_route(self, command: RemoveRoute) -> None:
        """Idempotent."""

    async def store_staffed(self, command: StoreStaffed) -> None:
        """Idempotent."""

    async def snapshot(self) -> Snapshot:
        """What the switch holds now."""

    async def calls(self) -> tuple[CallSeen, ...]:
        """The calls of a snapshot alone: to list every telephone and stored route takes a large switch a while."""

    async def check(self) -> Snapshot:
        """The periodic check: a snapshot, and a `CallEnded` (LOST) for each call that was thought alive and
        is not in it."""
