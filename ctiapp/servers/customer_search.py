"""An agent looks for a customer who is not in a call with them, and reads their record: nothing here changes one.

An agent sees the customers of the shops whose calls may come to them, by their skills. Methods are synchronous, thread
safe, and raise `Refusal`.
"""

from __future__ import annotations

import re
from typing import Any

from ctiapp.core.refusals import Refusal
from ctiapp.servers import callbacks
from ctiapp.servers.numbers import begin_of_number
from ctiapp.servers.records import MOST_HISTORY, history
from ctiapp.store import Store

LEAST = 3
"""Letters or digits; fewer would find half of the shop."""
MOST_FOUND = 8
WORD = re.compile(r"[^\W_]+")


class CustomerSearch:
    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, agent: str, text: str) -> dict[str, Any]:
        """Whose name has words, or whose number, email or customer id is one, that begin like `text`: a few, by name;
        `more`: there are others."""
        text = text.strip()
        words = WORD.findall(text.lower())
        if sum(map(len, words)) < LEAST:
            raise Refusal("bad_request", f"Type {LEAST} letters or digits at least.", least=LEAST)
        with self._store.statements() as tx:
            found = tx.all(
                "find_customers",
                shops=tx.value("shops_of_agent", agent=agent),
                words=None if "@" in text else " & ".join(f"'{word}':*" for word in words),
                begin=text.lower(),
                number=begin_of_number(text),
                most=MOST_FOUND + 1,
            )
        return {"customers": found[:MOST_FOUND], "more": len(found) > MOST_FOUND}

    def record(self, agent: str, customer: str) -> dict[str, Any]:
        """Who it is, what was with them, the newest first, and the callback that waits for this agent, if any."""
        with self._store.statements() as tx:
            known = tx.one("customer_of_shops", customer=customer, shops=tx.value("shops_of_agent", agent=agent))
            if known is None:
                raise Refusal("not_found", "There is no such customer any more.")
            lines, total = history(tx, customer, None, MOST_HISTORY)
            return {
                "customer": known | {"known": bool(known["name"] or known["external_id"])},
                "history": lines,
                "history_total": total,
                "callback": callbacks.to_customer(tx, agent, customer),
            }
