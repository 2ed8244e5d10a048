"""What Asterisk's words mean in ours: tables only. The raw word is always kept beside the meaning."""

from __future__ import annotations

import re

from ctiapp.switch.protocol import EndReason, StationState

CAUSE = {
    "1": EndReason.UNALLOCATED,
    "2": EndReason.UNREACHABLE,
    "3": EndReason.UNREACHABLE,
    "16": EndReason.HANGUP,
    "17": EndReason.BUSY,
    "18": EndReason.UNREACHABLE,
    "19": EndReason.NO_ANSWER,
    "20": EndReason.UNREACHABLE,
    "21": EndReason.REJECTED,
    "22": EndReason.UNALLOCATED,
    "23": EndReason.REJECTED,
    "26": EndReason.NO_ANSWER,
    "27": EndReason.UNREACHABLE,
    "28": EndReason.UNALLOCATED,
    "29": EndReason.ERROR,
    "31": EndReason.HANGUP,
    "34": EndReason.CONGESTION,
    "38": EndReason.CONGESTION,
    "41": EndReason.CONGESTION,
    "42": EndReason.CONGESTION,
    "44": EndReason.CONGESTION,
    "50": EndReason.ERROR,
    "52": EndReason.REJECTED,
    "54": EndReason.REJECTED,
    "57": EndReason.ERROR,
    "58": EndReason.ERROR,
    "66": EndReason.ERROR,
    "88": EndReason.ERROR,
    "102": EndReason.UNREACHABLE,
    "127": EndReason.ERROR,
}
"""Q.850 causes as chan_pjsip makes them of SIP answers, and the others that a trunk of another kind may bring."""

SIP = {
    "301": EndReason.UNALLOCATED,
    "302": EndReason.REJECTED,
    "403": EndReason.REJECTED,
    "404": EndReason.UNALLOCATED,
    "408": EndReason.UNREACHABLE,
    "410": EndReason.UNALLOCATED,
    "433": EndReason.REJECTED,
    "480": EndReason.NO_ANSWER,
    "483": EndReason.CONGESTION,
    "484": EndReason.UNALLOCATED,
    "485": EndReason.UNALLOCATED,
    "486": EndReason.BUSY,
    "491": EndReason.CONGESTION,
    "500": EndReason.CONGESTION,
    "502": EndReason.CONGESTION,
    "503": EndReason.CONGESTION,
    "504": EndReason.CONGESTION,
    "580": EndReason.ERROR,
    "600": EndReason.BUSY,
    "603": EndReason.REJECTED,
    "604": EndReason.UNALLOCATED,
    "607": EndReason.REJECTED,
    "608": EndReason.REJECTED,
}
"""What a refusal by SIP means (RFC 3261; 607 RFC 8197, 608 RFC 8688; to Q.850: RFC 3398). Asterisk's cause says less
where it knows the code, and says 127 or nothing where it does not. A Reason header in the refusal is not read by
Asterisk 22.10 (measured: 503 with Q.850;cause=17 stays 34)."""

DIAL_STATUS = {
    "BUSY": EndReason.BUSY,
    "NOANSWER": EndReason.NO_ANSWER,
    "CHANUNAVAIL": EndReason.UNREACHABLE,
    "CONGESTION": EndReason.CONGESTION,
    "CANCEL": EndReason.ABANDONED,
}

ORIGINATE_REASON = {
    "1": EndReason.NO_ANSWER,
    "3": EndReason.NO_ANSWER,
    "5": EndReason.BUSY,
    "8": EndReason.CONGESTION,
}

DEVICE_STATE = {
    "NOT_INUSE": StationState.IDLE,
    "INUSE": StationState.IN_CALL,
    "BUSY": StationState.IN_CALL,
    "ONHOLD": StationState.IN_CALL,
    "RINGING": StationState.RINGING,
    "RINGINUSE": StationState.RINGING,
    "UNAVAILABLE": StationState.UNREACHABLE,
    "INVALID": StationState.UNREACHABLE,
    "UNKNOWN": StationState.UNREACHABLE,
}

_ENDPOINT = re.compile(r"PJSIP/([^/&,]+)-[0-9a-f]{8}")
_DEVICE = re.compile(r"PJSIP/([0-9]+)")


def station_of(channel: str) -> str:
    """The telephone a channel belongs to; "" if it is none of ours."""
    match = _ENDPOINT.fullmatch(channel)
    return match[1] if match else ""


def agents_station(channel: str) -> str:
    """The station a channel belongs to; "" for a trunk's."""
    station = station_of(channel)
    return station if station.isdecimal() else ""


def station_of_device(device: str) -> str:
    """The station a device's state is about; trunks have names, stations have numbers."""
    match = _DEVICE.fullmatch(device)
    return match[1] if match else ""


def raw_cause(cause: str, sip: str) -> str:
    return f"{cause}/{sip}" if sip else cause


def made_outcome(dial_status: str, raw: str) -> EndReason:
    """How a call that we made and that was never answered ended: the SIP code if the table has it, then the cause.
    `dial_status` is the last one told, "" if none was. It says nothing more of a refusal (Originate says NOANSWER of
    all that is neither busy nor congestion), but a time that ran out without any is the trunk's silence, and CANCEL is
    a call that was diverted and that we did not let go there, whose cause may be missing."""
    cause, _, sip = raw.partition("/")
    meant = SIP.get(sip) or CAUSE.get(cause, EndReason.ERROR)
    if meant is EndReason.NO_ANSWER and not dial_status:
        return EndReason.UNREACHABLE
    if meant is EndReason.ERROR and dial_status == "CANCEL":
        return EndReason.REJECTED
    return EndReason.NO_ANSWER if meant is EndReason.HANGUP else meant


def leg_outcome(dial_status: str, raw: str) -> EndReason:
    """How a leg that was never answered ended: the SIP code if it says something, then Dial's word, then the
    cause. A leg that we gave up after its time is CANCEL or NOANSWER with whatever code."""
    cause, _, sip = raw.partition("/")
    if dial_status == "NOANSWER" and sip not in SIP:
        return EndReason.NO_ANSWER
    return SIP.get(sip) or DIAL_STATUS.get(dial_status) or CAUSE.get(cause, EndReason.ERROR)
