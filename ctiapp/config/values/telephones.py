"""Telephones and what they are reached over: stations, customers' telephones, those in browsers, trunks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ctiapp.config.values.check import A_NAME, NAME, Check

STATION = re.compile(r"[0-9]{2,8}")
CONTACT = re.compile(r"sip:([0-9A-Za-z_-]+@)?[0-9A-Za-z.-]+(:[0-9]{1,5})?(;transport=(udp|tcp))?")
WEB_SOCKET = re.compile(r"wss?://[0-9A-Za-z.:\[\]-]+(/[0-9A-Za-z._/-]*)?")
ICE_SERVER = re.compile(r"(stun|turns?):[0-9A-Za-z.-]+(:[0-9]{1,5})?(\?transport=(udp|tcp))?")
ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]+")


@dataclass(frozen=True, slots=True)
class StationValues:
    """An agent's telephone. With a static `contact` it neither registers nor authenticates (benchmarks)."""

    id: str
    contact: str | None = None
    browser: bool = False
    """It is in the agent's console, and shows pictures."""
    video: bool = False
    """A telephone on the desk that shows pictures (VP8, H.264)."""


@dataclass(frozen=True, slots=True)
class SoftphoneValues:
    id: str
    video: bool = False


@dataclass(frozen=True, slots=True)
class WebTelephoneValues:
    """What all telephones in browsers share, the agents' and the customers'."""

    url: str | None = None
    """Where a browser reaches the switch; None: ws:// at the switch's own address and port. wss:// through a proxy."""
    ice: tuple[str, ...] = ()
    """STUN and TURN servers; an account at a TURN server is made for each call (docs/web-telephone.md)."""
    media_address: str | None = None
    """The address for voice that browsers are told; None: the switch tells those of its own that it finds."""
    target_lives: timedelta = timedelta(seconds=30)
    """How long a customer's page has to dial, once it was told what."""
    longest_call: timedelta = timedelta(hours=1)
    """Of a call from a customer's page."""


@dataclass(frozen=True, slots=True)
class TrunkValues:
    name: str
    match: str
    contact: str


def read_station(check: Check, path: str, entry: Any) -> StationValues | None:
    data = check.mapping(path, entry, StationValues)
    if data is None:
        return None
    check.text(path, data, "id", STATION, "2 to 8 digits")
    check.text(path, data, "contact", CONTACT, "like sip:127.0.0.3:5070", optional=True)
    data["browser"] = check.flag(f"{path}.browser", data.get("browser", False))
    data["video"] = check.flag(f"{path}.video", data.get("video", False))
    if data["browser"] and data.get("contact"):
        check.wrong(f"{path}.contact", "a telephone in a browser registers; it has no fixed address")
    return StationValues(**data)


def read_softphone(check: Check, path: str, entry: Any) -> SoftphoneValues | None:
    data = check.mapping(path, entry, SoftphoneValues)
    if data is None:
        return None
    check.text(path, data, "id", STATION, "2 to 8 digits")
    data["video"] = check.flag(f"{path}.video", data.get("video", False))
    return SoftphoneValues(**data)


def read_web_telephone(check: Check, path: str, entry: Any) -> WebTelephoneValues | None:
    data = check.mapping(path, {} if entry is None else entry, WebTelephoneValues)
    if data is None:
        return None
    check.text(path, data, "url", WEB_SOCKET, "like wss://phone.example/ws", optional=True)
    check.text(path, data, "media_address", ADDRESS, "an address like 192.0.2.1", optional=True)
    if data.get("ice") == []:
        del data["ice"]
    check.names(path, data, "ice", ICE_SERVER, "servers like stun:stun.example:3478 or turn:turn.example")
    check.durations(path, data, WebTelephoneValues)
    return WebTelephoneValues(**data)


def read_trunk(check: Check, path: str, entry: Any) -> TrunkValues | None:
    data = check.mapping(path, entry, TrunkValues)
    if data is None:
        return None
    check.text(path, data, "name", NAME, A_NAME)
    check.network(f"{path}.match", data["match"])
    check.text(path, data, "contact", CONTACT, "like sip:127.0.0.2:5060")
    return TrunkValues(**data)
