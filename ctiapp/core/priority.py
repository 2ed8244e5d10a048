"""In which order those who wait are served: schemes as order keys, and one fair order of callers and callbacks.

A *caller* is on the line; a *callback* is a call request that is due. Both have a key by the pool's scheme, and the
smaller key goes first, so a class may go before another however long that one has waited. The bound is what keeps it
fair: of the other kind, at most `most_overtaken` who came later are served before anybody, whatever their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

HEAD = -1
"""The rank of a request that goes before all others: its customer answered, and nobody was free."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the line: by rank, then by time, then by when it was first asked for."""

    rank: int
    at: datetime
    requested_at: datetime


def _first_in_first_out(of_class: int, requested_at: datetime, promised_at: datetime) -> tuple[int, datetime]:
    return 0, requested_at


def _by_class(of_class: int, requested_at: datetime, promised_at: datetime) -> tuple[int, datetime]:
    return of_class, requested_at


def _by_promise(of_class: int, requested_at: datetime, promised_at: datetime) -> tuple[int, datetime]:
    return 0, promised_at


SCHEMES: dict[str, Callable[[int, datetime, datetime], tuple[int, datetime]]] = {
    "first_in_first_out": _first_in_first_out,
    "by_class": _by_class,
    "by_promise": _by_promise,
}
"""Name -> (class, first requested at, promised at) -> (rank, time); the smaller goes first. A rank is not negative."""


def place(scheme: str, of_class: int, requested_at: datetime, promised_at: datetime, at_head: bool = False) -> Place:
    """The place of a request, or of a caller (who asked and was promised when they came)."""
    rank, at = SCHEMES[scheme](of_class, requested_at, promised_at)
    return Place(HEAD if at_head else rank, at, requested_at)


class Kind(StrEnum):
    CALLER = "caller"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class Waiting:
    """`came_at`: when the caller arrived, or when the callback first fell due (a later try does not change it).
    `overtaken`: how many of the other kind who came later were served meanwhile."""

    id: str
    kind: Kind
    place: Place
    came_at: datetime
    overtaken: int = 0

    @property
    def arrival(self) -> tuple[datetime, str]:
        return self.came_at, self.id


def next_served(waiting: Iterable[Waiting], most_overtaken: int) -> Waiting | None:
    """Who is served next; None if nobody waits. Whoever has been overtaken `most_overtaken` times goes now, and of
    several the one who came first: that overtakes no other of them. The oldest of each kind must be among `waiting`
    (nobody has been overtaken more often than they); the others only matter by their place."""
    waiting = list(waiting)
    enough = [who for who in waiting if who.overtaken >= most_overtaken]
    if enough:
        return min(enough, key=lambda who: who.arrival)
    return min(waiting, key=lambda who: (who.place, who.arrival), default=None)


def served(waiting: Iterable[Waiting], who: Waiting) -> list[Waiting]:
    """Who waits after `who` has been served: those of the other kind who came before have been overtaken once more."""
    return [
        replace(other, overtaken=other.overtaken + 1)
        if other.kind is not who.kind and other.arrival < who.arrival
        else other
        for other in waiting
        if other.id != who.id
    ]


def fair_order(waiting: Iterable[Waiting], most_overtaken: int) -> list[Waiting]:
    """All of them as they will be served if nobody else comes."""
    rest, order = list(waiting), []
    while (who := next_served(rest, most_overtaken)) is not None:
        order.append(who)
        rest = served(rest, who)
    return order
