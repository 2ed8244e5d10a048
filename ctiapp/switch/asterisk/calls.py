"""The calls that are ours, told by AMI events and asks: plain values in, uniform events out, no sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ctiapp.switch.asterisk.words import (
    DEVICE_STATE,
    ORIGINATE_REASON,
    agents_station,
    leg_outcome,
    made_outcome,
    raw_cause,
    station_of,
    station_of_device,
)
from ctiapp.switch.protocol import (
    AgentLeft,
    CallAnswered,
    CallEnded,
    CallRinging,
    CallSeen,
    ConsultationAnswered,
    ConsultationEnded,
    ConsultationRinging,
    CustomerAnswered,
    EndReason,
    Event,
    RouteReason,
    RouteRequested,
    StationChanged,
    StationRinging,
    StationState,
)

REMEMBERED_ENDS = 4096

CONSULTED = "CtiConsulted"
"""The dialplan's word that whom an agent consulted is gone."""

KEPT = ("held", "conference")
"""Phases in which the agent's leg calls, or talks with, whom they consult."""

ROUTE_REASON = {
    "arrived": RouteReason.ARRIVED,
    "resumed": RouteReason.ARRIVED,
    "waited": RouteReason.WAITED,
    "heard": RouteReason.HEARD,
}


@dataclass(frozen=True, slots=True)
class Leg:
    """A channel that is not the customer's."""

    id: str = ""
    channel: str = ""


NOBODY = Leg()


@dataclass(slots=True)
class Consultation:
    """Whom the agent of a call calls while the customer is kept waiting. `target`: station or number."""

    target: str
    leg: Leg = NOBODY
    ringing: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Legs:
    """What a snapshot shows beside the customer's channel."""

    agent: Leg = NOBODY
    agent_stays: bool = False
    consulted: Leg = NOBODY


@dataclass(slots=True)
class LiveCall:
    call_id: str
    channel: str = ""
    dialled: str = ""
    caller: str = ""
    interaction: str = ""
    phase: str = "asking"
    station: str = ""
    made: bool = False
    seen: bool = True
    """The switch has shown a channel for it."""
    missed_checks: int = 0
    customer_answered: bool = True
    station_answered: bool = False
    cleared: bool = False
    """We refused it or hung it up."""
    dial_status: str = ""
    listened_to: bool = False
    """The detector hears it before anybody answers."""
    agent: Leg = NOBODY
    """Whom the customer talks with, or is kept waiting by."""
    agent_stays: bool = False
    """The agent's leg was moved to a place of its own, and does not end with the customer's."""
    consultation: Consultation | None = None


class Calls:
    def __init__(self) -> None:
        self.live: dict[str, LiveCall] = {}
        self.stations: dict[str, StationState] = {}
        self._ended: dict[str, None] = {}
        self._dialling: dict[str, str] = {}
        """The stations' legs that are being dialled: id -> station."""
        self._held: dict[str, str] = {}
        """The legs of agents who kept a customer waiting: id -> call."""
        self._handlers: dict[str, Callable[[dict[str, str]], Iterable[Event]]] = {
            "Newchannel": self._new_channel,
            "DialBegin": self._dial_begin,
            "DialState": self._dial_state,
            "DialEnd": self._dial_end,
            "Hangup": self._hangup,
            "DeviceStateChange": self._device_state,
            "OriginateResponse": self._originate_response,
            "UserEvent": self._told_by_dialplan,
            "BridgeEnter": self._bridge_enter,
        }

    @property
    def wanted(self) -> frozenset[str]:
        return frozenset(self._handlers)

    def handle(self, event: dict[str, str]) -> Iterable[Event]:
        """What an AMI event means. The same event twice means nothing the second time."""
        handler = self._handlers.get(event["Event"])
        return handler(event) if handler else ()

    def may_come_too_early(self, event: dict[str, str]) -> bool:
        """The outcome of a call that has not shown a channel yet: it may have one all the same, whose end says more."""
        call = self.live.get(event.get("Uniqueid", "")) if event["Event"] == "OriginateResponse" else None
        return call is not None and not call.seen

    def leg(self, leg_id: str) -> Leg | None:
        """The leg of an agent, or of whom they consulted, by its id."""
        for call in self.live.values() if leg_id else ():
            for leg in (call.agent, call.consultation.leg if call.consultation else NOBODY):
                if leg.id == leg_id:
                    return leg
        return None

    def has_ended(self, call_id: str) -> bool:
        """Whether a channel of that id hung up lately: the ask may be read after the hang-up."""
        return call_id in self._ended

    # ---- what we and the dialplan do -----------------------------------------------------------------------

    def asked(
        self, call_id: str, channel: str, caller: str, why: str, cause: str, number: str, interaction: str
    ) -> Iterable[Event]:
        """The ask may come before the event that the customer has answered: that is told first then."""
        call = self.live.get(call_id)
        if call is None:
            call = self.live[call_id] = LiveCall(call_id)
        told = () if call.customer_answered else tuple(self._customer_answers(call))
        call.channel, call.phase, call.station, call.seen = channel, "asking", "", True
        call.caller = call.caller or caller
        call.dialled = number or call.dialled
        call.interaction = interaction or call.interaction
        reason = ROUTE_REASON.get(why, RouteReason.NOT_DELIVERED)
        failed = reason is RouteReason.NOT_DELIVERED
        request = RouteRequested(
            call_id=call_id,
            dialled=call.dialled,
            caller=call.caller,
            reason=reason,
            outcome=leg_outcome(why, cause) if failed else None,
            raw=f"{why} {cause}".strip() if failed else "",
            interaction=call.interaction,
        )
        return (*told, request)

    def decided(self, call: LiveCall, phase: str, station: str, interaction: str) -> None:
        """We are about to say where the call goes."""
        call.phase, call.station, call.dial_status = phase, station, ""
        call.consultation, call.agent_stays = None, False
        call.interaction = interaction or call.interaction
        call.cleared = phase == "refused"

    def made(self, call_id: str, number: str, interaction: str) -> LiveCall:
        call = self.live[call_id] = LiveCall(
            call_id,
            dialled=number,
            caller=number,
            interaction=interaction,
            phase="dialling",
            made=True,
            seen=False,
            customer_answered=False,
        )
        return call

    def held(self, call: LiveCall, target: str) -> None:
        """We are about to have the agent call somebody while the customer waits."""
        call.phase, call.consultation, call.agent_stays = "held", Consultation(target), True
        self._held[call.agent.id] = call.call_id

    def joined(self, call: LiveCall, agent: Leg, station: str) -> None:
        """We are about to connect the customer with that leg."""
        call.agent_stays = call.agent_stays and agent == call.agent
        call.phase, call.agent, call.station, call.consultation = "talking", agent, station, None

    def adopt(self, seen: Iterable[tuple[CallSeen, str, Legs]], stations: dict[str, StationState]) -> None:
        """Take over what a snapshot shows; the channel's name and the other legs come beside each call."""
        self.stations = dict(stations)
        self._dialling.clear()
        for call, channel, legs in seen:
            live = self.live.get(call.call_id)
            if live is None:
                live = self.live[call.call_id] = LiveCall(call.call_id)
                live.dialled, live.caller, live.interaction = call.dialled, call.caller, call.interaction
            live.channel, live.phase, live.station, live.seen = channel, call.phase, call.station, True
            live.agent, live.agent_stays = legs.agent, legs.agent_stays
            answered = call.consulted_answered
            live.consultation = (
                Consultation(call.consulted, legs.consulted, answered, answered) if call.consulted else None
            )
            if call.phase in KEPT:
                self._held[legs.agent.id] = call.call_id
            if call.phase == "dialling":
                live.made, live.customer_answered = True, False
            elif live.made:
                live.customer_answered = True
            live.station_answered = live.station_answered or call.phase in ("talking", *KEPT)

    def lose(self, call_id: str) -> CallEnded | None:
        if self.live.pop(call_id, None) is None:
            return None
        return CallEnded(call_id, EndReason.LOST)

    # ---- what the switch tells -----------------------------------------------------------------------------

    def _new_channel(self, event: dict[str, str]) -> Iterable[Event]:
        call = self.live.get(event["Uniqueid"])
        if call is not None and not call.seen:
            call.seen, call.channel = True, event["Channel"]
        return ()

    def _dial_begin(self, event: dict[str, str]) -> Iterable[Event]:
        if station := station_of(event["DestChannel"]):
            self._dialling[event["DestUniqueid"]] = station
        return ()

    def _dial_state(self, event: dict[str, str]) -> Iterable[Event]:
        if event["DialStatus"] != "RINGING":
            made = self.live.get(event["DestUniqueid"])
            if made is not None and not made.customer_answered and not made.dial_status:
                made.dial_status = event["DialStatus"]  # it goes on there, but that is no ringing yet
            return ()
        changed = self._rings_after_all(station_of(event["DestChannel"]))
        if call := self.live.get(event.get("Uniqueid", "")):
            station = agents_station(event["DestChannel"])
            if call.phase == "talking" or (call.station, call.dial_status) == (station, "RINGING"):
                return changed
            call.phase, call.station, call.dial_status = "ringing", station, "RINGING"
            return (*changed, StationRinging(call.call_id, station)) if station else changed
        if call := self._held_by(event.get("Uniqueid", "")):
            return (*changed, *self._consulted_rings(call))
        made = self.live.get(event["DestUniqueid"])
        if made is None or made.customer_answered or made.dial_status == "RINGING":
            return changed
        made.dial_status = "RINGING"
        return (*changed, CallRinging(made.call_id))

    def _rings_after_all(self, station: str) -> tuple[Event, ...]:
        """Its state was told before the dialling was, so it was taken for one in a call."""
        if self.stations.get(station) is not StationState.IN_CALL:
            return ()
        self.stations[station] = StationState.RINGING
        return (StationChanged(station, StationState.RINGING),)

    @staticmethod
    def _customer_answers(made: LiveCall) -> Iterable[Event]:
        """Who answers at once may never have been told to ring."""
        if made.dial_status != "RINGING":
            yield CallRinging(made.call_id)
        made.dial_status, made.customer_answered, made.phase = "ANSWER", True, "asking"
        yield CustomerAnswered(made.call_id)

    def _held_by(self, leg: str) -> LiveCall | None:
        """The call whose agent has that leg and keeps the customer waiting."""
        call = self.live.get(self._held.get(leg, ""))
        return call if call is not None and call.phase in KEPT and call.agent.id == leg else None

    def _conference_of(self, leg: str) -> LiveCall | None:
        """The call in which three talk, one of them at that leg and not the customer."""
        for call in map(self.live.get, self._held.values()):
            if call is None or call.phase != "conference" or call.consultation is None:
                continue
            if leg in (call.agent.id, call.consultation.leg.id):
                return call
        return None

    def _two_are_left(self, call: LiveCall, leg: str) -> Iterable[Event]:
        """One of three hung up; the others go on talking."""
        consulted = call.consultation
        assert consulted is not None
        self._held.pop(call.agent.id, None)
        if leg == call.agent.id:
            self.joined(call, consulted.leg, agents_station(consulted.leg.channel))
            return (CallAnswered(call.call_id, call.station),)
        self.joined(call, call.agent, call.station)
        raw = EndReason.HANGUP
        return (ConsultationEnded(call.call_id, consulted.target, raw), CallAnswered(call.call_id, call.station))

    @staticmethod
    def _consulted_rings(call: LiveCall) -> Iterable[Event]:
        consulted = call.consultation
        if consulted is not None and not consulted.ringing:
            consulted.ringing = True
            yield ConsultationRinging(call.call_id, consulted.target)

    def _dial_end(self, event: dict[str, str]) -> Iterable[Event]:
        """Who answers at once may never have been told to ring: the ringing is told then, before the answer."""
        status, leg = event["DialStatus"], event["DestUniqueid"]
        station = self._dialling.pop(leg, "") or station_of(event["DestChannel"])
        answered = status == "ANSWER"
        dialled = Leg(leg, event["DestChannel"])
        if call := self.live.get(event.get("Uniqueid", "")):
            station = agents_station(event["DestChannel"])
            if answered and call.phase != "talking":
                if station and (call.station, call.dial_status) != (station, "RINGING"):
                    yield StationRinging(call.call_id, station)
                call.phase, call.station, call.station_answered, call.agent = "talking", station, True, dialled
                yield CallAnswered(call.call_id, station)
            call.dial_status = status
        elif call := self._held_by(event.get("Uniqueid", "")):
            if answered and call.consultation is not None and not call.consultation.answered:
                yield from self._consulted_rings(call)
                call.consultation.answered, call.consultation.leg = True, dialled
                yield ConsultationAnswered(call.call_id, call.consultation.target)
        elif (made := self.live.get(leg)) and not made.customer_answered:
            if answered:
                yield from self._customer_answers(made)
            made.dial_status = status
        if answered and self.stations.get(station) is StationState.RINGING:
            self.stations[station] = StationState.IN_CALL
            yield StationChanged(station, StationState.IN_CALL)

    def _told_by_dialplan(self, event: dict[str, str]) -> Iterable[Event]:
        """The agent's leg has nobody on the line any more. It tells, because a telephone that is not there has no
        channel whose end could."""
        call = self._held_by(event.get("Uniqueid", "")) if event["UserEvent"] == CONSULTED else None
        if call is None or call.consultation is None:
            return ()
        over, call.consultation = call.consultation, None
        status, cause = event.get("Status", ""), event.get("Cause", "")
        outcome = EndReason.HANGUP if over.answered else leg_outcome(status, cause)
        return (ConsultationEnded(call.call_id, over.target, outcome, f"{status} {cause}".strip()),)

    def _bridge_enter(self, event: dict[str, str]) -> Iterable[Event]:
        """A telephone in a browser took its call up anew, after a reload (RFC 3891): another channel stands where its
        leg was, whose end says nothing any more. The switch is asked to tell of no other BridgeEnter."""
        old, new = event.get("SwapUniqueid", ""), Leg(event["Uniqueid"], event["Channel"])
        for call in self.live.values() if old else ():
            if call.agent.id == old:
                call.agent = new
            if call.consultation is not None and call.consultation.leg.id == old:
                call.consultation.leg = new
        if old in self._held:
            self._held[new.id] = self._held.pop(old)
        return ()

    def _hangup(self, event: dict[str, str]) -> Iterable[Event]:
        call_id = event["Uniqueid"]
        self._dialling.pop(call_id, None)
        self._ended[call_id] = None
        if len(self._ended) > REMEMBERED_ENDS:
            del self._ended[next(iter(self._ended))]
        if (three := self._conference_of(call_id)) is not None:
            return self._two_are_left(three, call_id)
        left = self._held_by(call_id)
        self._held.pop(call_id, None)
        if left is not None:
            left.phase, left.agent, left.consultation, left.agent_stays = "queued", NOBODY, None, False
            return (AgentLeft(left.call_id, left.station),)
        call = self.live.pop(call_id, None)
        if call is None:
            return ()
        raw = raw_cause(event.get("Cause", ""), event.get("TechCause", ""))
        return (CallEnded(call_id, self._end_reason(call, raw), raw),)

    @staticmethod
    def _end_reason(call: LiveCall, raw: str) -> EndReason:
        if call.station_answered or call.cleared:
            return EndReason.HANGUP
        if call.customer_answered:
            return EndReason.ABANDONED
        return made_outcome(call.dial_status, raw)

    def _device_state(self, event: dict[str, str]) -> Iterable[Event]:
        station = station_of_device(event["Device"])
        state = DEVICE_STATE.get(event["State"], StationState.UNREACHABLE)
        if state is StationState.IN_CALL and station in self._dialling.values():
            # With device_state_busy_at=1 a telephone that rings is BUSY already (transcripts/answered.txt).
            state = StationState.RINGING
        if not station or self.stations.get(station) is state:
            return ()
        self.stations[station] = state
        return (StationChanged(station, state),)

    def _originate_response(self, event: dict[str, str]) -> Iterable[Event]:
        """The outcome of a call that never had a channel. With a channel its Hangup tells, later and better:
        Asterisk sends OriginateResponse before it and with Reason 0 (transcripts/originate_refused.txt)."""
        call = self.live.get(event["Uniqueid"])
        if call is None or call.seen or event["Response"] == "Success":
            return ()
        del self.live[call.call_id]
        reason = event.get("Reason", "")
        outcome = ORIGINATE_REASON.get(reason, EndReason.ERROR)
        return (CallEnded(call.call_id, outcome, f"originate {reason}".strip()),)
