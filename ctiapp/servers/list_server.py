"""The list server (356): the numbers to dial, in order, each claimed by one controller at a time.

Every function works inside the caller's transaction. A claim is a lease with an owner and an epoch; each write of a
claimer names both, and one that comes late changes nothing and says so (False, None). Whoever claims may die: when the
lease is over the request is back at its place, unless a call of it may still live, which is never dialled again before
somebody who can ask the switch has taken it over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ctiapp.core.call_requests import after, before
from ctiapp.core.priority import HEAD, Place, place
from ctiapp.core.routing import Need
from ctiapp.store import Transaction
from ctiapp.store.store import Row

LEASE = timedelta(seconds=15)
BATCH = 500
"""Requests a sweep looks at."""
MOST_COUNTED = 1000
"""Numbers ahead that are counted; further back the place says "more than that"."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that is ours until the lease is over."""

    request: str
    epoch: int
    owner: str
    interaction: str
    site: str
    pool: str
    need: Need
    number: str
    zone: str
    customer: str | None
    state: str
    tries: int
    abandoned: int
    requested_at: datetime
    promised_at: datetime
    promised_until: datetime | None

    @classmethod
    def of(cls, row: Row) -> Claim:
        same = {name: row[name] for name in cls.__slots__ if name not in ("request", "need")}
        return cls(request=row["id"], need=need_of_key(row["need"]), **same)

    @property
    def fence(self) -> Row:
        return {"request": self.request, "epoch": self.epoch, "owner": self.owner}


@dataclass(frozen=True, slots=True)
class Line:
    """Those of a pool who ask the same of an agent; `first` is the place of the one who is first."""

    key: str
    need: Need
    first: Place


@dataclass(frozen=True, slots=True)
class When:
    """The local intent and the instants computed from it. No date: as soon as possible."""

    promised_at: datetime
    due_at: datetime
    promised_until: datetime | None = None
    zone: str | None = None
    date: date | None = None
    first: time | None = None
    last: time | None = None

    @property
    def columns(self) -> dict:
        """As a request keeps it."""
        return {
            "zone": self.zone,
            "window_date": self.date,
            "window_from": self.first,
            "window_until": self.last,
            "promised_at": self.promised_at,
            "promised_until": self.promised_until,
            "due_at": self.due_at,
        }


def need_of_key(key: str) -> Need:
    """The key as the database makes it: '[["kitchens", "worktop"], "en"]', or with the only agent at its end."""
    skills, *rest = json.loads(key)
    return Need(tuple(skills), *rest)


# ---- order -------------------------------------------------------------------------------------------------------


def take_place(tx: Transaction, request: str) -> None:
    """Computes the request's place by its pool's scheme: after it was stored, and when its class or promise changed."""
    row = tx.one("order_of", request=request)
    if row is not None:
        _keep_place(tx, row, row["scheme"])


def reorder(tx: Transaction, pool: str) -> None:
    """All places of the pool, after an administrator chose another scheme."""
    scheme = tx.value("scheme", pool=pool)
    if scheme is not None:
        rows = [(row, _place(row, scheme)) for row in tx.all("orders_of_pool", pool=pool)]
        moved = [(row, to) for row, to in rows if (row["rank"], row["rank_at"]) != (to.rank, to.at)]
        if moved:
            tx.many("keep_place", [{"request": row["id"], "rank": to.rank, "rank_at": to.at} for row, to in moved])


def lines(tx: Transaction, pool: str) -> list[Line]:
    """The pool's lines, the one whose first goes before all others first."""
    return [
        Line(row["need"], need_of_key(row["need"]), Place(row["rank"], row["rank_at"], row["requested_at"]))
        for row in tx.all("lines", pool=pool)
    ]


def numbers_ahead(tx: Transaction, request: str) -> int | None:
    """How many of its line are served before it, at most `MOST_COUNTED`; None: it is not due, or no longer waits."""
    row = tx.one("place_in_line", request=request, most=MOST_COUNTED)
    if row is None or row["state"] != "queued":
        return None
    return 0 if row["claimed"] else row["ahead"]


def _place(row: Row, scheme: str) -> Place:
    return place(scheme, row["class"], row["requested_at"], row["promised_at"], row["rank"] == HEAD)


def _keep_place(tx: Transaction, row: Row, scheme: str) -> None:
    to = _place(row, scheme)
    tx.run("keep_place", request=row["id"], rank=to.rank, rank_at=to.at)


# ---- claims ------------------------------------------------------------------------------------------------------


def claim(tx: Transaction, pool: str, line: str, most: int, owner: str, lease: timedelta = LEASE) -> list[Claim]:
    """At most `most` of those who are first in the line (`Line.key`), in order; those others hold are passed over."""
    if most <= 0:
        return []
    rows = tx.all("claim", pool=pool, need=line, most=most, owner=owner, lease=lease)
    rows.sort(key=lambda row: (row["rank"], row["rank_at"], row["requested_at"], row["id"]))
    return [Claim.of(row) for row in rows]


def renew(tx: Transaction, claims: Sequence[Claim], lease: timedelta = LEASE) -> list[Claim]:
    """Those of them (all of one owner) that are still ours, for another lease; for the others we came too late."""
    if not claims:
        return []
    requests, epochs = [held.request for held in claims], [held.epoch for held in claims]
    rows = tx.all("renew_claims", requests=requests, epochs=epochs, owner=claims[0].owner, lease=lease)
    ours = {row["id"] for row in rows}
    return [held for held in claims if held.request in ours]


def preview(tx: Transaction, held: Claim) -> bool:
    """An agent looks at the request before it is dialled."""
    return _move(tx, held, "preview")


def dial(tx: Transaction, held: Claim, attempt: str, trunk: str, another_trunk: bool = False) -> bool:
    """Stores the attempt before it is dialled. False: it is not ours any more, or a call of it may still live."""
    counts = 0 if another_trunk else 1
    return bool(tx.run("dial", **held.fence, before=before("dial"), attempt=attempt, trunk=trunk, counts=counts))


def answered(tx: Transaction, held: Claim) -> bool:
    """The customer answered: connecting."""
    return _move(tx, held, "answer")


def talking(tx: Transaction, held: Claim) -> bool:
    return _move(tx, held, "talk")


def give_back(tx: Transaction, held: Claim, not_before: datetime | None = None) -> bool:
    """Not now (no agent any more, not legal at this hour): back at its place, due at `not_before`."""
    return _back(tx, held, "give_back", not_before)


def next_try(tx: Transaction, held: Claim, at: datetime, outcome: str, at_head: bool = False) -> bool:
    """Back in line, due at `at`, at the same place or (`at_head`) before all others."""
    return _back(tx, held, "try_again", at, outcome, at_head)


def finish(tx: Transaction, held: Claim, detail: str = "", outcome: str | None = None) -> bool:
    """Done: they talked, or a message was left."""
    return _over(tx, held, "finish", detail, outcome)


def give_up(tx: Transaction, held: Claim, detail: str, outcome: str | None = None) -> bool:
    """Failed; its interaction ends with `detail`."""
    return _over(tx, held, "give_up", detail, outcome)


def _move(tx: Transaction, held: Claim, deed: str) -> bool:
    states = before(deed)
    return bool(tx.run("move", **held.fence, before=states, state=after(states[0], deed)))


def _back(
    tx: Transaction,
    held: Claim,
    deed: str,
    due_at: datetime | None,
    outcome: str | None = None,
    at_head: bool = False,
) -> bool:
    values = {"due_at": due_at, "outcome": outcome, "at_head": at_head, "head": HEAD}
    return bool(tx.run("back_in_line", **held.fence, before=before(deed), **values))


def _over(tx: Transaction, held: Claim, deed: str, detail: str, outcome: str | None) -> bool:
    states = before(deed)
    state = after(states[0], deed)
    interaction = tx.value("finish", **held.fence, before=states, state=state, detail=detail, outcome=outcome)
    if interaction is not None and state == "failed":
        tx.run("end_interaction", interaction=interaction, reason=detail)
    return interaction is not None


# ---- what the customer does ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cancelled:
    """`attempt`: the call that lives and is to be hung up."""

    interaction: str
    attempt: str | None


def cancel(tx: Transaction, request: str, detail: str = "cancelled") -> Cancelled | None:
    """None: they talk already, or it is over."""
    row = tx.one("cancel_request", request=request, before=before("cancel"), detail=detail)
    if row is None:
        return None
    tx.run("end_interaction", interaction=row["interaction"], reason=detail)
    return Cancelled(row["interaction"], row["attempt"])


def reschedule(tx: Transaction, request: str, when: When, number: str | None = None) -> bool:
    """Another time, or another number; id, page and the time of the first request stay, and by them the place.

    A claim of it is void from now on. False: a call of it may live, or it is over.
    """
    row = tx.one("request_to_change", request=request, before=before("reschedule"))
    if row is None:
        return False
    scheme = tx.value("scheme", pool=row["pool"]) or "by_class"
    to = _place(row | {"promised_at": when.promised_at}, scheme)
    tx.run(
        "change_request",
        request=request,
        number=number or row["number"],
        rank=to.rank,
        rank_at=to.at,
        **when.columns | {"zone": when.zone or row["zone"]},
    )
    return True


# ---- what time does --------------------------------------------------------------------------------------------------


def sweep(tx: Transaction) -> list[Row]:
    """Ends the leases that are over, puts in line what fell due, and gives the team what its agent was away for.
    Returns the requests that are back: id, interaction, pool, state ("done": they had talked)."""
    back = tx.all("put_back", most=BATCH)
    tx.run("come_due", most=BATCH)
    tx.run("to_the_team", most=BATCH)
    return back


def left_alone(tx: Transaction) -> list[tuple[str, str]]:
    """(request, attempt) of claims whose lease is over while the attempt may live: to be taken over."""
    return [(row["request"], row["attempt"]) for row in tx.all("left_alone", most=BATCH)]


def take_over(
    tx: Transaction, request: str, owner: str, of: str | None = None, lease: timedelta = LEASE
) -> Claim | None:
    """Ours from now on, if its lease is over, or if its owner is `of`, whom we know to be dead."""
    row = tx.one("take_over", request=request, owner=owner, of=of, lease=lease)
    return Claim.of(row) if row else None


def to_hang_up(tx: Transaction) -> list[str]:
    """Attempts that live though their request is over: the customer cancelled while we dialled."""
    return [row["attempt"] for row in tx.all("to_hang_up")]
