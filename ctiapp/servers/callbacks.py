"""Callbacks that an agent promises to a customer they talk to: a line of the list like any other.

Made for the agent themselves it waits for them alone, once it is due; if they are away, the team gets it after a while.
Methods are synchronous, thread safe, and raise `Refusal` with nothing changed.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from ctiapp.core.legal_hours import may_call
from ctiapp.core.priority import HEAD
from ctiapp.core.protection import Callee
from ctiapp.core.refusals import Refusal
from ctiapp.servers import asking, external_router, list_server, promises, protection
from ctiapp.servers.list_server import When
from ctiapp.servers.numbers import callee, display
from ctiapp.store import Store, Transaction
from ctiapp.store.store import Row

GRACE = timedelta(minutes=15)
"""So long a callback that is due waits for its agent alone; at most for half of the time promised to the customer."""


class Callbacks:
    def __init__(self, store: Store) -> None:
        self._store = store

    def windows(self, agent: str, reservation: str, number: str | None, first_day: date | None) -> dict:
        """When this customer, at this number, could be called: as `CallRequests.windows`, where they are."""
        with self._store.statements() as tx:
            pool = _pool(tx, _held(tx, agent, reservation))
            whom = callee(number, asking.region_of(pool)) if number else None
            zone = promises.zone_of(whom.zones if whom else (), pool)
            now = datetime.now(UTC)
            day = first_day or now.date()
            taken = promises.taken(tx, pool, promises.days_offered(day)) if _is_near(day, now) else []
            bars = protection.barred(tx, whom.number) if whom else None
        place = promises.place_of(pool, whom, zone) if whom else promises.Place(pool["hours"], None, (zone,))
        offers = promises.to_offer(place, zone, day, taken, pool["window_capacity"], now) if _is_near(day, now) else []
        return {
            "zone": zone,
            "windows": promises.offers_in_words(offers),
            "barred": bars,
            "server_time": now,
        }

    def make(self, agent: str, reservation: str, number: str, when: dict | None, mine: bool) -> None:
        """The customer is called back: by this agent (`mine`), or by anybody with the skill. One a call."""

        def work(tx: Transaction) -> None:
            held = _held(tx, agent, reservation)
            if held["state"] not in ("talking", "wrap_up"):
                raise Refusal("wrong_state", "A callback is promised in a call, or after it.")
            pool = _pool(tx, held)
            whom = callee(number, asking.region_of(pool))
            protection.refuse_kind(pool, whom)
            tx.run("lock_names", names=[f"call me {whom.number}", f"windows {pool['id']}"])
            if tx.one("callback_made_in", interaction=held["interaction"]):
                raise Refusal("already_waiting", "A callback is booked already.")
            if tx.one("waiting_request", site=pool["site"], number=whom.number):
                raise Refusal("already_waiting", "A call to this number is booked already.")
            protection.refuse_number(tx, whom)
            zone = promises.zone_of([(when or {}).get("zone"), *whom.zones], pool)
            promised = promises.promise(tx, pool, whom, when, zone)
            _store(tx, agent, held, pool, whom, promised, mine)

        self._store.in_transaction(work)

    def cancel(self, agent: str, interaction: str) -> None:
        """Idempotent."""

        def work(tx: Transaction) -> None:
            request = _own(tx, agent, interaction)
            if list_server.cancel(tx, request["id"]) is not None:
                external_router.release_waiting(tx, interaction, "cancelled")
            elif request["state"] == "talking":
                raise Refusal("wrong_state", "They are talking already.")

        self._store.in_transaction(work)

    def call_now(self, agent: str, interaction: str) -> None:
        """Before its time: dialled as the next one, for an agent who is ready."""

        def work(tx: Transaction) -> None:
            request = _own(tx, agent, interaction)
            pool = tx.one("call_me_pool", pool=request["pool"], site=request["site"])
            if pool is None:
                raise Refusal("no_call_me", "Nobody calls back from here.")
            if not tx.one("wait_for_ready_agent", agent=agent):
                raise Refusal("not_ready", "Go ready first: your phone must be free.")
            whom = callee(request["number"], asking.region_of(pool))
            zones = whom.zones or (request["zone"],)
            if not may_call(pool["legal_hours"], zones, datetime.now(UTC), whom.country):
                raise Refusal("window_closed", "At this hour nobody may be called there.")
            if not tx.run("due_now", request=request["id"], agent=agent, head=HEAD):
                raise Refusal("wrong_state", "They are being called already.")

        self._store.in_transaction(work)


def of_agent(tx: Transaction, agent: str) -> list[dict]:
    """Those that wait for the agent, the next one first: for their list."""
    return [_line(row) for row in tx.all("callbacks_of_agent", agent=agent)]


def made_in(tx: Transaction, interaction: str) -> dict | None:
    """The one that was promised in this interaction."""
    row = tx.one("callback_made_in", interaction=interaction)
    return _line(row) if row else None


def to_customer(tx: Transaction, agent: str, customer: str) -> dict | None:
    """The one to this customer that waits for the agent."""
    row = tx.one("callback_to_customer", agent=agent, customer=customer)
    return _line(row) if row else None


def _line(row: Row) -> dict:
    kept = ("interaction", "name", "state", "due_at", "promised_at", "promised_until", "zone", "tries", "last_outcome")
    return {key: row[key] for key in kept} | {
        "display_number": display(row["number"]),
        "mine": row["only_agent"] is not None,
    }


def _held(tx: Transaction, agent: str, reservation: str) -> Row:
    held = tx.one("held_for_callback", agent=agent, reservation=reservation)
    if held is None:
        raise Refusal("not_yours", "This customer is not with you any more.")
    return held


def _own(tx: Transaction, agent: str, interaction: str) -> Row:
    request = tx.one("callback_of", agent=agent, interaction=interaction)
    if request is None:
        raise Refusal("not_yours", "This callback is not yours any more.")
    return request


def _pool(tx: Transaction, held: Row) -> Row:
    """The interaction's own if it calls back, else the one of the shop that comes nearest."""
    pool = tx.one("pool_for_callback", site=held["site"], pool=held["pool"], skills=held["skills"])
    if pool is None:
        raise Refusal("no_call_me", "Nobody calls back from here.")
    return pool


def _is_near(day: date, now: datetime) -> bool:
    return abs(day - now.date()) <= promises.AHEAD


def _store(tx: Transaction, agent: str, held: Row, pool: Row, whom: Callee, when: When, mine: bool) -> None:
    asked = promises.Asked(
        customer=held["customer"],
        number=whom.number,
        skills=held["skills"],
        language=held["language"],
        product=held["product"],
        consent=json.dumps({"text": f"Agreed with agent {agent} in a call", "at": datetime.now(UTC).isoformat()}),
    )
    _, request = promises.keep(tx, pool, asked, when)
    tx.run(
        "callback_is_made",
        request=request,
        made_by=agent,
        made_in=held["interaction"],
        only_agent=agent if mine else None,
        only_for=_only_for(when),
    )
    list_server.take_place(tx, request)


def _only_for(when: When) -> timedelta:
    if when.promised_until is None:
        return GRACE
    return min(GRACE, (when.promised_until - when.promised_at) / 2)
