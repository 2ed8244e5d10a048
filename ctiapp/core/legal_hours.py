"""May this telephone be rung now? The hours in which the law, or good manners, let one call somebody, where they are.

The table is like a pool's hours, without a time zone, because the callee's counts: `{"weekly": {"mon": "08:00-21:00",
…}, "closed_on": ["2026-12-25"], "regions": {"DE": {"weekly": …, "closed_on": …}}}`. What a region does not say it takes
from the rest. No table at all: one may always call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from ctiapp.core.windows import Span, open_parts, opening_of_all, zone_named


def callee_zones(of_number: Collection[str], of_customer: str | None) -> frozenset[str]:
    """Where they may be: in any zone the number may belong to, and in the one the browser told, which is never believed
    alone. Zones that are not in the time zone database ("Etc/Unknown") are left out."""
    return frozenset(zone for zone in {*of_number, of_customer or ""} if zone_named(zone))


def may_call(table: Mapping | None, zones: Collection[str], now: datetime, region: str | None = None) -> bool:
    """A number may belong to several zones (a mobile in Australia): it must be legal in all. Of a number without a
    zone nobody knows what time it is there: no."""
    return bool(zones) and opening_of_all(legal_tables(table, zones, region), now).is_open


def next_legal(
    table: Mapping | None, zones: Collection[str], window: Span, region: str | None = None
) -> datetime | None:
    """The first moment of the window at which one may call; None: there is none in it."""
    if not zones:
        return None
    return next((part.begin for part in open_parts(window, *legal_tables(table, zones, region))), None)


def legal_tables(table: Mapping | None, zones: Collection[str], region: str | None = None) -> list[Mapping | None]:
    """Hours as `core.hours` reads them, one a zone, all of which must be open."""
    if table is None:
        return [None]
    of_region = (table.get("regions") or {}).get(region) or {}
    return [{**table, **of_region, "timezone": zone} for zone in sorted(set(zones))]
