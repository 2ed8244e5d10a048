"""The customer's record in the agent's hands: who it is, what was before, what is put right.

Only for the agent who holds the interaction. What a record said before is kept (customer_history). Methods are
synchronous, thread safe, and raise `Refusal` with nothing changed.
"""

from __future__ import annotations

import json
import re

from ctiapp.core.refusals import Refusal
from ctiapp.servers.numbers import canonical, checked
from ctiapp.store import Store, Transaction
from ctiapp.store.store import Row

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
MOST_HISTORY = 200


class Records:
    def __init__(self, store: Store) -> None:
        self._store = store

    def history(self, agent: str, interaction: str) -> list[dict]:
        """All that was before this interaction, the newest first."""
        with self._store.statements() as tx:
            held = _held(tx, agent, interaction)
            return history(tx, held["customer"], interaction, MOST_HISTORY)[0]

    def choose(self, agent: str, interaction: str, customer: str) -> None:
        """It is this one of the several who have the calling number; the call belongs to their record from now on."""

        def work(tx: Transaction) -> None:
            held = _held(tx, agent, interaction)
            if held["customer"] is not None:
                raise Refusal("wrong_state", "This call has a record already.")
            if customer not in {one["id"] for one in candidates(tx, held)}:
                raise Refusal("unknown_customer", "This customer has another number.")
            _tie(tx, interaction, customer)

        self._store.in_transaction(work)

    def keep(self, agent: str, interaction: str, changes: dict) -> None:
        """What is not in `changes` stays; an empty text takes away what there was. A stranger gets a record by it."""
        said = _checked(changes)

        def work(tx: Transaction) -> None:
            held = _held(tx, agent, interaction)
            customer = held["customer"] or tx.value(
                "customer_of_call", site=held["site"], phone=canonical(held["caller"])
            )
            tx.run("change_customer", customer=customer, changes=json.dumps(said))
            if held["customer"] is None:
                _tie(tx, interaction, customer)
            else:
                tx.run("refresh_holders", interaction=interaction)

        self._store.in_transaction(work)


def history(tx: Transaction, customer: str | None, interaction: str | None, most: int) -> tuple[list[dict], int]:
    """The newest lines, and how many there are; without those of `interaction`."""
    rows = tx.all("history", customer=customer, interaction=interaction, most=most) if customer else []
    total = rows[0]["total"] if rows else 0
    return [{key: row[key] for key in row if key != "total"} for row in rows], total


def candidates(tx: Transaction, held: Row) -> list[dict]:
    """Those of the shop's customers who have the calling number."""
    phone = canonical(held["caller"]) if held["customer"] is None else None
    return tx.all("customers_by_phone", site=held["site"], phone=phone) if phone else []


def _held(tx: Transaction, agent: str, interaction: str) -> Row:
    held = tx.one("interaction_of_agent", agent=agent, interaction=interaction)
    if held is None:
        raise Refusal("not_yours", "This customer is not with you any more.")
    return held


def _tie(tx: Transaction, interaction: str, customer: str) -> None:
    tx.run("refresh_holders", interaction=interaction)
    tx.run("tie_customer", interaction=interaction, customer=customer)


def _checked(changes: dict) -> dict:
    """In the form in which they are kept; Refusal malformed_number, or bad_request with the field."""
    said = {key: value.strip() if isinstance(value, str) else value for key, value in changes.items()}
    if said.get("phone"):
        said["phone"] = checked(said["phone"])
    if said.get("email") and not EMAIL.fullmatch(said["email"]):
        raise Refusal("bad_request", "That does not look like an email address.", field="email")
    if said.get("language") and not LANGUAGE.fullmatch(said["language"]):
        raise Refusal("bad_request", "A language is written like en, or en-GB.", field="language")
    if "attributes" in said:
        said["attributes"] = {key.strip(): value.strip() for key, value in said["attributes"].items() if key.strip()}
    return {key: None if value == "" and key != "notes" else value for key, value in said.items()}
