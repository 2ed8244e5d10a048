"""The routing server (226): finds an agent in the database for what is needed, by the rules of `core.routing`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ctiapp.core.routing import Candidate, Choice, Need, rank
from ctiapp.store import Transaction

ROUNDS = 20
"""How often the next best are looked up when others are choosing the best ones at this moment."""


def choose_agent(tx: Transaction, need: Need, customer: str | None = None, tried: Sequence[str] = ()) -> Choice | None:
    """The best agent who is ready, locked for this transaction so that no other can choose them; None: nobody is free.

    `tried` are agents who are not asked again. Agents whom another transaction holds at this moment are passed over
    first, and waited for only if there is nobody else: it may be that it does not choose them.
    """
    passed_over: list[Choice] = []
    for _ in range(ROUNDS):
        ranked = _ranked(tx, need, customer, [*tried, *(choice.candidate.agent for choice in passed_over)])
        for choice in ranked:
            if tx.one("lock_ready_agent", agent=choice.candidate.agent):
                return choice
        if not ranked:
            break
        passed_over += ranked
    return next((who for who in passed_over if tx.one("wait_for_ready_agent", agent=who.candidate.agent)), None)


def somebody_staffs(tx: Transaction, need: Need) -> bool:
    """Whether anybody who could take it is logged in at all, ready or not."""
    row = tx.one("somebody_staffs", skill=need.leading, others=list(need.skills[1:]), language=need.language)
    return row is not None


def _ranked(tx: Transaction, need: Need, customer: str | None, tried: Sequence[str]) -> list[Choice]:
    rows = tx.all(
        "candidates",
        skill=need.leading,
        others=list(need.skills[1:]),
        language=need.language,
        only=need.agent,
        customer=customer,
        tried=list(tried),
    )
    return rank(need, map(_candidate, rows), rows[0]["last_agent"] if rows else None, datetime.now(UTC))


def _candidate(row: dict) -> Candidate:
    return Candidate(
        agent=row["agent"],
        first_name=row["first_name"],
        station=row["station"],
        skills=row["skills"],
        languages=frozenset(row["languages"]),
        idle_since=row["idle_since"],
        served_at=row["served_at"],
    )
