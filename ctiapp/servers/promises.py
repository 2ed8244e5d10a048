"""What we promise a customer who asks to be called (P16): from when until when, by the pool's hours and the law's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from ctiapp.core.legal_hours import legal_tables
from ctiapp.core.protection import Callee
from ctiapp.core.refusals import Refusal
from ctiapp.core.windows import DAYS_OFFERED, Offer, Span, Window, offered, open_part, opening_of_all, room, span_of
from ctiapp.core.windows import zone_named as zone_called
from ctiapp.servers.list_server import When
from ctiapp.servers.pages import page_values
from ctiapp.store import Transaction
from ctiapp.store.store import Row

AHEAD = timedelta(days=60)
"""How far ahead a call may be promised; shorter than the life of a link."""
SHORTEST = timedelta(minutes=10)
"""What must be left of a window: in less, nobody can be sure to be dialled."""


PAUSE = timedelta(minutes=5)
"""A number that was rung is not rung again sooner because somebody changes the time of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is to be called about what, as it is kept. `consent`: JSON."""

    customer: str
    number: str
    skills: list[str]
    language: str | None
    product: str | None
    consent: str | None
    key: str | None = None
    address: str = ""
    visitor: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pool's calls may go: the hours of the pool, and those in which one may call at all."""

    hours: dict | None
    legal_hours: dict | None
    zones: tuple[str, ...]
    region: str | None = None

    @property
    def tables(self) -> list:
        return [self.hours, *legal_tables(self.legal_hours, self.zones, self.region)]


def zone_of(said: Collection[str | None], pool: Row) -> str:
    """The first of the zones that exists (what a browser says may be anything), else the pool's."""
    of_pool = (pool["hours"] or {}).get("timezone")
    return next((zone for zone in (*said, of_pool) if zone and zone_called(zone)), "UTC")


def place_of(pool: Row, whom: Callee, zone: str) -> Place:
    """The law counts where the telephone is; where that is unknown, where the customer says to be."""
    return Place(pool["hours"], pool["legal_hours"], whom.zones or (zone,), whom.country)


def promise(tx: Transaction, pool: Row, whom: Callee, intent: dict | None, zone: str, but: str | None = None) -> When:
    """What the pool can promise now for this intent (None: as soon as possible); `but`: a request not to be counted."""
    now, place = datetime.now(UTC), place_of(pool, whom, zone)
    if intent is None:
        return soon(place, zone, now)
    window = window_of(intent, zone)
    around = days_offered(min(max(window.day, now.date()), (now + AHEAD).date()))
    return in_window(place, window, taken(tx, pool, around, but), pool["window_capacity"], now)


def keep(tx: Transaction, pool: Row, asked: Asked, when: When, page: dict | None = None) -> tuple[str, str]:
    """The promise as an interaction and its request: the ids of both. Its place in the list is still to be taken."""
    values = asdict(asked) | {"site": pool["site"], "pool": pool["id"]}
    interaction = tx.value(
        "new_asking",
        ring_for=pool["ring_for"],
        wrap_up_for=pool["wrap_up_for"],
        longest_wait=pool["longest_wait"],
        **values,
        **page_values(page),
    )
    return interaction, tx.value("new_request", interaction=interaction, **values, **when.columns)


def taken(tx: Transaction, pool: Row, span: Span, but: str | None = None) -> list[Span]:
    """The windows promised to others."""
    rows = tx.all("promised_windows", pool=pool["id"], first=span.begin, last=span.end, but=but)
    return [Span(row["promised_at"], row["promised_until"]) for row in rows]


def not_too_soon(when: When, last_rung: datetime | None) -> When:
    if last_rung is None or last_rung + PAUSE <= when.due_at:
        return when
    return replace(when, due_at=last_rung + PAUSE)


def intent_of(request: Row) -> dict | None:
    """What the customer chose, as the API says it; None: as soon as possible."""
    if request["window_date"] is None:
        return None
    return in_words(Window(request["window_date"], request["window_from"], request["window_until"], request["zone"]))


def soon(place: Place, zone: str, now: datetime) -> When:
    """As soon as possible: now, or when it opens and is legal again."""
    state = opening_of_all(place.tables, now)
    if not state.is_open and state.opens_at is None:
        raise Refusal("closed", "We are closed.", opens_at=None)
    at = now if state.is_open else state.opens_at
    assert at is not None
    return When(promised_at=at, due_at=at, zone=zone)


def in_window(place: Place, window: Window, taken: Sequence[Span], capacity: int, now: datetime) -> When:
    """The window as it can be kept. Refusal wrong_window, window_closed or window_full."""
    span = _span(window, now)
    part = open_part(Span(max(span.begin, now), span.end), *place.tables)
    if part is None:
        raise Refusal("window_closed", "We do not call at that time. Please choose another one.")
    if not room(part, taken, capacity):
        raise Refusal("window_full", "That time is taken. Please choose another one.")
    return When(part.begin, part.begin, part.end, window.zone, window.day, window.begins, window.ends)


def to_offer(place: Place, zone: str, day: date, taken: Sequence[Span], capacity: int, now: datetime) -> list[Offer]:
    """The windows with room of the days from `day` on; none further ahead than we promise."""
    found = zone_called(zone)
    if found is None or not now.date() - timedelta(days=2) <= day <= (now + AHEAD).date():
        return []
    return offered(place.tables, found, day, now, taken, capacity)


def offers_in_words(offers: Iterable[Offer]) -> list[dict]:
    return [
        in_words(offer.window) | {"starts_at": offer.span.begin, "ends_at": offer.span.end, "left": offer.left}
        for offer in offers
    ]


def days_offered(day: date) -> Span:
    """What lies in any zone in the days that are offered."""
    first = datetime.combine(day, time(0), UTC) - timedelta(days=2)
    return Span(first, first + timedelta(days=DAYS_OFFERED + 4))


def window_of(when: dict, zone: str) -> Window:
    """Of `{"date": "2026-12-01", "from": "09:00", "until": "11:00"}`."""
    try:
        return Window(
            date.fromisoformat(when["date"]), time.fromisoformat(when["from"]), time.fromisoformat(when["until"]), zone
        )
    except ValueError:
        raise Refusal("wrong_window", "That is not a day and a time.") from None


def in_words(window: Window) -> dict:
    """The other way round; the shape of the API."""
    return {
        "date": window.day.isoformat(),
        "from": f"{window.begins:%H:%M}",
        "until": f"{window.ends:%H:%M}",
        "zone": window.zone,
    }


def _span(window: Window, now: datetime) -> Span:
    try:
        span = span_of(window)
    except OverflowError:
        raise Refusal("wrong_window", "That day is too far away.") from None
    if span.end - max(span.begin, now) < SHORTEST:
        raise Refusal("wrong_window", "That time has passed, or is too short.", server_time=now)
    if span.begin > now + AHEAD:
        raise Refusal("wrong_window", "That day is too far away.", latest=now + AHEAD)
    return span
