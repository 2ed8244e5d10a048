"""Whom we may call at all, and how often: so that *Call me* cannot be used to ring strangers or dear numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

KINDS = (
    "mobile",
    "fixed",
    "toll_free",
    "voip",
    "personal",
    "company",
    "pager",
    "voicemail",
    "shared_cost",
    "premium",
    "satellite",
    "unknown",
)
"""Kinds of numbers. Of `unknown` nobody knows what it costs, or whether it exists."""


@dataclass(frozen=True, slots=True)
class Callee:
    """A number as E.164 and what its digits tell. `kinds`: those it may be (in some countries one cannot tell a mobile
    from a fixed line). `zones`: those it may be in, as in the time zone database; none: nobody knows."""

    number: str
    country: str
    kinds: tuple[str, ...]
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls may be asked for in a day: to a number, by a customer, from a network address."""

    per_number: int
    per_customer: int
    per_address: int


def not_allowed(callee: Callee, countries: Collection[str], kinds: Collection[str]) -> str | None:
    """The code of the refusal; None: it may be called. A satellite telephone is in no country."""
    known = [kind for kind in callee.kinds if kind != "unknown"]
    if not known and "unknown" not in kinds:
        return "malformed_number"
    if "satellite" not in callee.kinds and callee.country not in countries:
        return "unsupported_country"
    return None if any(kind in kinds for kind in callee.kinds) else "number_type_not_allowed"


def over_limit(asked: Mapping[str, int], limits: Limits) -> str | None:
    """Which limit is reached, "number", "customer" or "address"; `asked`: how many of each were asked for today."""
    most = {"number": limits.per_number, "customer": limits.per_customer, "address": limits.per_address}
    return next((what for what, limit in most.items() if asked.get(what, 0) >= limit), None)


def network_of(address: str) -> str:
    """What counts as one address: of IPv6, a household has a whole /64 and may take another one each time."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((parsed, 64), strict=False))


def masked(shown: str, left: int = 3) -> str:
    """A number as people write it, of which only the last digits can be read: "••••• •••142"."""
    digits = sum(symbol.isdigit() for symbol in shown)
    text = ""
    for symbol in shown:
        if symbol.isdigit():
            text += symbol if digits <= left else "•"
            digits -= 1
        else:
            text += symbol
    return text
