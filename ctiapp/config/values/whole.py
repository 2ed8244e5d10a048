"""The whole file: its parts, and what must hold between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ctiapp.config.values.check import Check, Entry, entries_of
from ctiapp.config.values.choices import OUR_REASONS, ChoiceValues, read_choice
from ctiapp.config.values.pools import PlainNumberValues, PoolValues, read_plain_number, read_pool
from ctiapp.config.values.telephones import (
    SoftphoneValues,
    StationValues,
    TrunkValues,
    WebTelephoneValues,
    read_softphone,
    read_station,
    read_trunk,
    read_web_telephone,
)


@dataclass(frozen=True, slots=True)
class Values:
    stations: tuple[StationValues, ...] = ()
    softphones: tuple[SoftphoneValues, ...] = ()
    trunks: tuple[TrunkValues, ...] = ()
    pools: tuple[PoolValues, ...] = ()
    plain_numbers: tuple[PlainNumberValues, ...] = ()
    pause_reasons: tuple[ChoiceValues, ...] = ()
    """Why an agent is not ready; none: the usual ones."""
    dispositions: tuple[ChoiceValues, ...] = ()
    """How a call ended; none: the usual ones."""
    web_telephone: WebTelephoneValues = field(default_factory=WebTelephoneValues)
    rtp_ports: int = 400
    """From the settings' first RTP port on; a call between two telephones takes four."""
    no_voice_for: int = 60
    """Seconds without a packet of voice after which a call is over: a telephone that is gone sends no goodbye."""
    benchmark: bool = False
    test: bool = False
    lines: dict[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Where each entry begins in the file, by its path ("pools.0.points.3"); empty if it came from a dict."""


def read_whole(check: Check, entry: Any) -> Values | None:
    data = check.mapping("", {} if entry is None else entry, Values, but=("lines",))
    if data is None:
        return None
    parts: dict[str, Any] = {
        name: check.each(name, data.get(name), read)
        for name, read in (
            ("stations", read_station),
            ("softphones", read_softphone),
            ("trunks", read_trunk),
            ("pools", read_pool),
            ("plain_numbers", read_plain_number),
            ("pause_reasons", read_choice),
            ("dispositions", read_choice),
        )
    }
    parts["web_telephone"] = read_web_telephone(check, "web_telephone", data.get("web_telephone"))
    flags: dict[str, Any] = {name: check.flag(name, data.get(name, False)) for name in ("benchmark", "test")}
    counts: dict[str, Any] = {
        "rtp_ports": check.count("rtp_ports", data.get("rtp_ports", 400), 100, 20000),
        "no_voice_for": check.count("no_voice_for", data.get("no_voice_for", 60), 2, 3600),
    }
    unique_telephones(check, data)
    unique_numbers(check, data)
    unique_choices(check, data)
    known_trunks(check, data)
    return None if check.problems else Values(**parts, **flags, **counts, lines=check.lines)


def unique_telephones(check: Check, data: Entry) -> None:
    check.once(
        (f"{name}.{index}.{key}", str(entry[key]))
        for name, key in (("stations", "id"), ("softphones", "id"), ("trunks", "name"))
        for index, entry in entries_of(data, name)
        if key in entry
    )
    check.once((f"pools.{index}.name", str(entry.get("name"))) for index, entry in entries_of(data, "pools"))


def unique_numbers(check: Check, data: Entry) -> None:
    points = [
        (f"pools.{index}.points.{place}", str(number))
        for index, entry in entries_of(data, "pools")
        for place, number in enumerate(entry.get("points") or [])
    ]
    plain = [
        (f"plain_numbers.{index}.number", str(entry.get("number")))
        for index, entry in entries_of(data, "plain_numbers")
    ]
    check.once(points + plain)


def unique_choices(check: Check, data: Entry) -> None:
    ours = {"pause_reasons": OUR_REASONS, "dispositions": ("not_recorded",)}
    for name, taken in ours.items():
        check.once((f"{name}.{index}.id", str(entry.get("id"))) for index, entry in entries_of(data, name))
        for index, entry in entries_of(data, name):
            if entry.get("id") in taken:
                check.wrong(f"{name}.{index}.id", f"{entry['id']!r} is a word of ours")


def known_trunks(check: Check, data: Entry) -> None:
    """A pool that calls back dials over trunks that there are."""
    known = {entry.get("name") for _, entry in entries_of(data, "trunks")}
    for index, entry in entries_of(data, "pools"):
        call_me = entry.get("call_me")
        for place, name in enumerate((isinstance(call_me, dict) and call_me.get("trunks")) or ()):
            if name not in known:
                check.wrong(f"pools.{index}.call_me.trunks.{place}", f"there is no trunk {name!r}")
