"""What an Asterisk's answers show: its channels as calls, legs and stations. Pure: lists of messages in, values out."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

from panoramisk.message import Message

from ctiapp.switch.asterisk.calls import KEPT, Leg, Legs
from ctiapp.switch.asterisk.words import DEVICE_STATE, agents_station, station_of_device
from ctiapp.switch.protocol import CallSeen, StationState

UNSET = "(null)"
"""What Status says of a variable that a channel does not have."""
CONSULT = "ctiapp-consult"
DIAL_DATA = re.compile(r"PJSIP/([0-9]+)(?=[-,]|$)")
CONSULT_DATA = re.compile(r"PJSIP/([+0-9]+)")
PHASE_OF_APPLICATION = {"Dial": "ringing", "Bridge": "ringing", "BridgeAdd": "conference", "AppDial2": "dialling"}
"""AppDial2 is a call that we make and that nobody has answered yet."""
PHASE_OF_PLACE = dict.fromkeys(("ctiapp-ask,wait", "ctiapp-made,wait", "ctiapp-transfer,meet"), "queued")
THREE = 3
"""In a conference; fewer are an ordinary talk."""


def variables_of(channel: Message) -> dict[str, str]:
    listed = channel.get("Variable", [])
    pairs = [listed] if isinstance(listed, str) else listed
    found = dict(pair.partition("=")[::2] for pair in pairs)
    return {name: value for name, value in found.items() if value != UNSET}


def calls_seen(status: list[Message]) -> list[CallSeen]:
    """The customers' legs: those that came to our dialplan, which notes the number dialled on them only."""
    ours = {channel.uniqueid for channel in status if variables_of(channel).get("CTI_NUMBER")}
    answered_by = {
        channel.bridgeid: agents_station(channel.channel)
        for channel in status
        if channel.bridgeid and channel.uniqueid not in ours
    }
    bridged = Counter(channel.bridgeid for channel in status)
    consulting = {variables_of(channel).get("CTI_INTERACTION", ""): channel for channel in status if _consults(channel)}
    calls = []
    for channel in status:
        variables = variables_of(channel)
        if not variables.get("CTI_NUMBER"):
            continue
        phase = PHASE_OF_APPLICATION.get(channel.application) or PHASE_OF_PLACE.get(
            f"{channel.context},{channel.exten}", "asking"
        )
        station = ""
        if phase == "ringing":
            dialled = DIAL_DATA.match(channel.data)
            station = dialled[1] if dialled else ""
            if channel.bridgeid:
                phase, station = "talking", answered_by.get(channel.bridgeid, station)
        agent = consulting.get(variables.get("CTI_INTERACTION", "")) if phase in ("queued", "conference") else None
        if phase == "conference" and bridged[channel.bridgeid] < THREE:
            phase, station, agent = "talking", answered_by.get(channel.bridgeid, ""), None
        consulted = None
        if agent is not None:
            phase, station = "held" if phase == "queued" else phase, agents_station(agent.channel)
            consulted = CONSULT_DATA.match(agent.data) if agent.application == "Dial" else None
        caller = channel.calleridnum
        calls.append(
            CallSeen(
                call_id=channel.uniqueid,
                dialled=variables["CTI_NUMBER"],
                caller="" if caller == "<unknown>" else caller,
                interaction=variables.get("CTI_INTERACTION", ""),
                phase=phase,
                station=station,
                consulted=consulted[1] if consulted else "",
                consulted_answered=bool(consulted and agent and agent.bridgeid),
            )
        )
    return calls


def _consults(channel: Message) -> bool:
    """Whether it is the leg of an agent who keeps a customer waiting."""
    return bool(channel.context == CONSULT and channel.application != "AppDial")


def legs_of(call: CallSeen, channels: dict[str, Message]) -> Legs:
    """The legs beside the customer's, of those that can be moved: not one that only rings."""

    def across(one: Message) -> Leg:
        apart = (one.uniqueid, call.call_id)
        others = (o for o in channels.values() if one.bridgeid and o.bridgeid == one.bridgeid)
        return next((Leg(o.uniqueid, o.channel) for o in others if o.uniqueid not in apart), Leg())

    if call.phase == "talking":
        agent = across(channels[call.call_id])
        return Legs(agent, bool(agent.id) and _consults(channels[agent.id]))
    if call.phase not in KEPT:
        return Legs()
    for channel in channels.values():
        if _consults(channel) and variables_of(channel).get("CTI_INTERACTION") == call.interaction:
            return Legs(Leg(channel.uniqueid, channel.channel), True, across(channel))
    return Legs()


def stations_seen(devices: list[Message]) -> list[tuple[str, StationState]]:
    return [
        (station, DEVICE_STATE.get(device.state, StationState.UNREACHABLE))
        for device in devices
        if (station := station_of_device(device.device))
    ]


def key_of(item: Message) -> str:
    return str(item.key).rpartition("/")[2]


def routes_seen(items: list[Message]) -> list[tuple[str, tuple[str, datetime]]]:
    routes = []
    for item in items:
        until, _, station = str(item.val).partition("/")
        if until.isdecimal() and station:
            routes.append((key_of(item), (station, datetime.fromtimestamp(int(until), UTC))))
    return routes
