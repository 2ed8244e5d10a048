"""Time windows: what a customer means by "tomorrow from nine to eleven, where I am" (P16), and which ones are left.

The local intent is kept and the instants are computed from it, again whenever they are needed: the rules of a zone
change. Summer time: a time that is not there (the clock jumps over it) is the first one that is; of an hour that is
there twice the first one is meant. A window that lies wholly in the hour that is not there is as long after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ctiapp.core.hours import LOOK_AHEAD, Opening, opening

LENGTH = timedelta(hours=1)
"""How long a window is that we offer; a customer may name another length."""
DAYS_OFFERED = 7


@dataclass(frozen=True, slots=True)
class Window:
    """Local intent. An end that is not after the begin is on the next day: "22:00–00:00", "23:00–01:00"."""

    day: date
    begins: time
    ends: time
    zone: str
    """As in the time zone database: "Europe/London"."""

    @property
    def last_day(self) -> date:
        return self.day if self.ends > self.begins else self.day + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin`, up to and without `end`, in UTC."""

    begin: datetime
    end: datetime

    def has(self, moment: datetime) -> bool:
        return self.begin <= moment < self.end


@dataclass(frozen=True, slots=True)
class Offer:
    """A window with room for `left` more customers."""

    window: Window
    span: Span
    left: int


def zone_named(name: str) -> ZoneInfo | None:
    """None: there is no such zone. Never raises, whatever the browser sent."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def span_of(window: Window) -> Span:
    """The instants. ZoneInfoNotFoundError or OverflowError for a zone or a day that cannot be."""
    zone = ZoneInfo(window.zone)
    begin, end = moment_of(window.day, window.begins, zone), moment_of(window.last_day, window.ends, zone)
    if end <= begin:
        end = begin + (datetime.combine(window.last_day, window.ends) - datetime.combine(window.day, window.begins))
    return Span(begin, end)


def moment_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a clock in the zone shows this for the first time, or has just jumped over it."""
    local = datetime.combine(day, clock.replace(fold=0), zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    return _jump_between(local.replace(fold=1).astimezone(UTC), moment, zone)


def opening_of_all(tables: Sequence[Mapping | None], now: datetime) -> Opening:
    """As `hours.opening`, of what is open only while every table is: a pool and the hours in which one may call."""
    states = [opening(table, now) for table in tables]
    if all(state.is_open for state in states):
        return Opening(True, closes_at=min((state.closes_at for state in states if state.closes_at), default=None))
    moment = now
    while moment < now + timedelta(days=LOOK_AHEAD):
        shut = [state for state in (opening(table, moment) for table in tables) if not state.is_open]
        if not shut:
            return Opening(False, opens_at=moment)
        if any(state.opens_at is None for state in shut):
            break
        moment = max(state.opens_at for state in shut if state.opens_at)
    return Opening(False)


def open_parts(span: Span, *tables: Mapping | None) -> Iterator[Span]:
    """The parts of the span during which every table is open, in order."""
    moment = span.begin
    while moment < span.end:
        state = opening_of_all(tables, moment)
        if state.is_open:
            end = min(state.closes_at or span.end, span.end)
            yield Span(moment, end)
            moment = end
        elif state.opens_at is None:
            return
        else:
            moment = state.opens_at


def open_part(span: Span, *tables: Mapping | None) -> Span | None:
    """The window as it can be promised: from the first to the last open moment in it. None: closed all the time."""
    parts = list(open_parts(span, *tables))
    return Span(parts[0].begin, parts[-1].end) if parts else None


def room(span: Span, taken: Sequence[Span], capacity: int) -> int:
    """How many more customers the window takes: `capacity` less the windows that stand open at its emptiest moment."""
    edges = {span.begin, *(edge for other in taken for edge in (other.begin, other.end) if span.has(edge))}
    return max(0, capacity - min(sum(other.has(edge) for other in taken) for edge in edges))


def offered(
    tables: Sequence[Mapping | None],
    zone: ZoneInfo,
    first_day: date,
    now: datetime,
    taken: Sequence[Span],
    capacity: int,
    days: int = DAYS_OFFERED,
) -> list[Offer]:
    """Windows with room that begin on one of the days where the customer is, not before `now`, in order.

    `tables` are the pool's hours and whatever else must be open. Each offer, sent back to us as it is, means just its
    span: the second turn of a doubled hour cannot be said in local time, so it is not offered.
    """
    first = moment_of(first_day, time(0), zone)
    last = moment_of(first_day + timedelta(days=days), time(0), zone)
    found = []
    for part in open_parts(Span(first, last + LENGTH), *tables):
        for span in _pieces(part):
            window = _window(span, zone)
            left = room(span, taken, capacity)
            if now <= span.begin < last and left and span_of(window) == span:
                found.append(Offer(window, span, left))
    return found


def _pieces(part: Span) -> Iterator[Span]:
    begin = part.begin
    while begin + LENGTH <= part.end:
        yield Span(begin, begin + LENGTH)
        begin += LENGTH


def _window(span: Span, zone: ZoneInfo) -> Window:
    begin, end = span.begin.astimezone(zone), span.end.astimezone(zone)
    return Window(begin.date(), begin.time().replace(fold=0), end.time().replace(fold=0), zone.key)


def _jump_between(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the change of the clock, which lies after `before` and not after `after`; to the second."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
