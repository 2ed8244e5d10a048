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
    "27": EndReason.UNREACHABLE,
    "28": EndReason.UNALLOCATED,
    "31": EndReason.HANGUP,
    "34": EndReason.CONGESTION,
    "38": EndReason.CONGESTION,
    "41": EndReason.CONGESTION,
    "42": EndReason.CONGESTION,
    "44": EndReason.CONGESTION,
    "102": EndReason.UNREACHABLE,
}
"""Q.850 causes as chan_pjsip maps them from SIP answers."""

SIP = {
    "403": EndReason.REJECTED,
    "404": EndReason.UNALLOCATED,
    "408": EndReason.UNREACHABLE,
    "410": EndReason.UNALLOCATED,
    "480": EndReason.NO_ANSWER,
    "484": EndReason.UNALLOCATED,
    "486": EndReason.BUSY,
    "503": EndReason.CONGESTION,
    "600": EndReason.BUSY,
    "603": EndReason.REJECTED,
    "604": EndReason.UNALLOCATED,
    "607": EndReason.REJECTED,
    "608": EndReason.REJECTED,
}
"""Where the SIP code says more than the cause Asterisk makes of it."""

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


def station_of_device(device: str) -> str:
    """The station a device's state is about; trunks have names, stations have numbers."""
    match = _DEVICE.fullmatch(device)
    return match[1] if match else ""


def raw_cause(cause: str, sip: str) -> str:
    return f"{cause}/{sip}" if sip else cause


def leg_outcome(dial_status: str, raw: str) -> EndReason:
    """How a leg that was never answered ended: the SIP code if it says something, then Dial's word, then the
    cause. A leg that we gave up after its time is CANCEL or NOANSWER with whatever code."""
    cause, _, sip = raw.partition("/")
    if dial_status == "NOANSWER" and sip not in SIP:
        return EndReason.NO_ANSWER
    return SIP.get(sip) or DIAL_STATUS.get(dial_status) or CAUSE.get(cause, EndReason.ERROR)
