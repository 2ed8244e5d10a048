"""The external router (230): ties a routing point, an agent and an interaction together, and lets go again.

Every function works inside the caller's transaction; the database's partial unique indexes are the last word.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from ctiapp.core.routing import Choice
from ctiapp.store import Transaction

OWNER = f"{socket.gethostname()}:{os.getpid()}"
FOREVER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reservation:
    id: str
    deadline: datetime
    longest_until: datetime


def take_point(tx: Transaction, pool: str) -> str | None:
    """A free routing point of the pool, reserved from now on; None if the pool is empty."""
    return tx.value("take_point", pool=pool)


def reserve(
    tx: Transaction,
    interaction: str,
    choice: Choice | None,
    number: str | None,
    hold_for: timedelta,
    longest_hold: timedelta = FOREVER,
    call: str | None = None,
    state: str | None = None,
) -> Reservation:
    """The reservation of an agent (or none yet: late binding) for an interaction, before a call or with it; the station
    rings for a call that is there, unless `state` says that it does not yet."""
    row = tx.one(
        "reserve",
        interaction=interaction,
        agent=choice.candidate.agent if choice else None,
        station=choice.candidate.station if choice else None,
        number=number,
        state=state or ("ringing" if call else "reserved"),
        owner=OWNER,
        call=call,
        hold_for=hold_for,
        longest_hold=longest_hold,
        why=json.dumps(choice.why if choice else ()),
    )
    assert row is not None
    return Reservation(row["id"], row["deadline"], row["longest_until"])


def bind(tx: Transaction, reservation: str, choice: Choice) -> bool:
    """Late binding: the call came, now the agent is chosen. False if the reservation went meanwhile."""
    return _bind(tx, "bind_agent", reservation, choice)


def rebind(tx: Transaction, reservation: str, choice: Choice) -> bool:
    """Another agent for a number nobody has called yet."""
    return _bind(tx, "rebind_agent", reservation, choice)


def _bind(tx: Transaction, query: str, reservation: str, choice: Choice) -> bool:
    who = choice.candidate
    row = tx.one(query, reservation=reservation, agent=who.agent, station=who.station, why=json.dumps(choice.why))
    return row is not None


def release(tx: Transaction, reservation: str, reason: str) -> bool:
    """Idempotent; the number cools down before anybody else gets it."""
    return bool(tx.value("release", reservation=reservation, reason=reason))


def release_waiting(tx: Transaction, interaction: str, reason: str) -> bool:
    """Ends an interaction whose call has not come."""
    row = tx.one("reserved_of_interaction", interaction=interaction)
    if row is None:
        return False
    release(tx, row["id"], reason)
    tx.run("end_interaction", interaction=interaction, reason=reason)
    return True


def sweep(tx: Transaction) -> list[dict]:
    """Ends every lease that is over. Returns the reservations released: id, state, interaction, call, agent."""
    gone = tx.all("overdue")
    if len(gone) > 1:
        tx.run("lock_agents", agents=[lease["agent"] for lease in gone if lease["agent"]])
    for lease in gone:
        waits = lease["state"] == "reserved" and lease["call"] is None
        if waits and lease["channel"] == "call_me":
            not_looked_at(tx, lease)
            continue
        release(tx, lease["id"], SWEPT[lease["state"]])
        if lease["state"] == "wrap_up":
            tx.run("outcome_not_recorded", interaction=lease["interaction"])
        if waits:
            tx.run("end_interaction", interaction=lease["interaction"], reason="expired")
    tx.run("cool_points")
    return gone


def not_looked_at(tx: Transaction, lease: dict) -> None:
    """The agent was shown a request and said neither yes nor no: they are not there, and the next one sees it."""
    release(tx, lease["id"], "no_answer")
    tx.run("fail_agent", agent=lease["agent"], reason="no_answer")


SWEPT = {"reserved": "expired", "ringing": "no_answer", "wrap_up": "wrap_up_over"}
