"""Call requests in the database of a test, without the clicks that make them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from ctiapp.servers import list_server
from ctiapp.servers.list_server import Claim
from ctiapp.store import Transaction
from tests.database import SHOP, CallCentre

NOW = timedelta(0)
_numbers = itertools.count(1)


def a_call_me_pool(centre: CallCentre, pool: str = "sales", scheme: str = "first_in_first_out", **changes: Any) -> str:
    centre.a_pool(pool, points=0)
    settings = {
        "agent_chosen": "ringing",
        "preview_for": timedelta(seconds=20),
        "trunks": ["public"],
        "ring_for": timedelta(seconds=25),
        "longest_call": timedelta(hours=1),
        "pacing": 1.0,
        "most_abandoned": 0.03,
        "countries": ["GB"],
        "number_types": ["mobile", "fixed_line"],
        "legal_hours": "{}",
        "per_number_day": 5,
        "per_customer_day": 5,
        "per_address_day": 20,
        "offer_windows_over": timedelta(minutes=10),
        "window_capacity": 10,
        "message_for_machine": None,
    } | changes
    columns = ", ".join(settings)
    values = ", ".join(f"%({name})s" for name in settings)
    with centre.store.transaction() as tx:
        tx.execute(
            f"insert into call_me_pool (pool, scheme, {columns}) values (%(pool)s, %(scheme)s, {values})",
            settings | {"pool": pool, "scheme": scheme},
        )
    return pool


def a_request(centre: CallCentre, pool: str = "sales", asked: timedelta = NOW, **changes: Any) -> str:
    """The id of a request, asked for so long ago (`asked`), for as soon as possible. `skills`, `language`: what its
    agent must know; `due`: from now."""
    skills, language = changes.pop("skills", ["sales"]), changes.pop("language", None)
    now = datetime.now(UTC)
    row = {"number": f"+4420794{next(_numbers):05}", "zone": "Europe/London", "requested_at": now - asked}
    row |= {"promised_at": now - asked, "due_at": now + changes.pop("due", -asked)} | changes
    with centre.store.transaction() as tx:
        interaction = tx.value(
            "new_interaction",
            site=SHOP,
            channel="call_me",
            pool=pool,
            customer=None,
            state="queued",
            skills=skills,
            language=language,
            product=None,
            ring_for=timedelta(seconds=20),
            wrap_up_for=timedelta(seconds=30),
            longest_wait=timedelta(minutes=5),
            key=None,
            address="",
            dialled=None,
            caller=None,
        )
        columns, values = ", ".join(row), ", ".join(f"%({name})s" for name in row)
        made = tx.execute(
            f"""insert into call_request (interaction, site, pool, {columns})
                values (%(interaction)s, %(site)s, %(pool)s, {values}) returning id""",
            row | {"interaction": interaction, "site": SHOP, "pool": pool},
        ).fetchone()
        list_server.take_place(tx, made["id"])
    return made["id"]


def claims(tx: Transaction, most: int = 100, owner: str = "cti-1", pool: str = "sales", **more: Any) -> list[Claim]:
    """From every line of the pool, in order."""
    found: list[Claim] = []
    for line in list_server.lines(tx, pool):
        found += list_server.claim(tx, pool, line.key, most - len(found), owner, **more)
    return found


def claimed(centre: CallCentre, most: int = 100, owner: str = "cti-1", pool: str = "sales", **more: Any) -> list[Claim]:
    with centre.store.transaction() as tx:
        return claims(tx, most, owner, pool, **more)


def the(centre: CallCentre, request: str) -> dict:
    return centre.ask("select * from call_request where id = %s", request)[0]
