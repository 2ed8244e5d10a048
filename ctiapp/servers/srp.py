"""The service request processor (168): the order of the steps from a click to a number, and none of the rules.

Runs in the web process; all methods are synchronous, thread safe, and raise `Refusal` with nothing changed.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from ctiapp.core.hours import opening
from ctiapp.core.refusals import Refusal
from ctiapp.core.routing import Need, need_of
from ctiapp.servers import asking, external_router, routing_server
from ctiapp.servers.numbers import display
from ctiapp.servers.pages import page_values
from ctiapp.settings import Settings
from ctiapp.store import Store, Transaction

CACHE_FOR = 2.0
"""Seconds for which sites and pools are remembered."""
LIVE_PER_ADDRESS = 20
"""Numbers one network address may hold at a time: a shop's office shares one, a robot does not get the pool."""


class SRP:
    def __init__(self, store: Store, settings: Settings, live_per_address: int = LIVE_PER_ADDRESS) -> None:
        self._store = store
        self._settings = settings
        self._live_per_address = live_per_address
        self._cache: dict[tuple, tuple[float, Any]] = {}

    # ---- what a page may ask before the click --------------------------------------------------------------

    def pool_hours(self, site: str, pool: str) -> dict:
        now = datetime.now(UTC)
        hours = opening(self._pool(site, pool)["hours"], now)
        return {
            "open": hours.is_open,
            "opens_at": hours.opens_at,
            "closes_at": hours.closes_at,
            "telephone": "up" if self._telephone_is_up() else "down",
            "server_time": now,
        }

    def origins(self, site: str) -> list[str]:
        return self._site(site)["origins"]

    def all_origins(self) -> list[str]:
        return self._cached(("origins",), lambda tx: [row["origin"] for row in tx.all("all_origins")])

    def identity_secret(self, site: str) -> str:
        self._site(site)
        return self._settings.secret(f"site-{site}")

    # ---- the click (316) -----------------------------------------------------------------------------------

    def call_us(self, click: dict, address: str, origin: str | None) -> tuple[dict, bool]:
        """Reserves a number (and, in an agent-bound pool, an agent) for the click; the status, and whether it is new.

        The same idempotency key, or the same customer's live reservation in this pool, comes back as it is.
        """
        site, pool = self._site(click["site"]), self._pool(click["site"], click["pool"])
        click = click | {"product": self._somebody_knows(click.get("product"))}
        need = need_of(
            click.get("skills") or [pool["skill"]],
            click.get("language") or pool["language"],
            click["product"],
        )
        of_customer = asking.identity_of(site["id"], click)

        def work(tx: Transaction) -> tuple[dict, bool]:
            seen = tx.one("click", pool=pool["id"], key=click["idempotency_key"], address=address, **of_customer)
            assert seen is not None
            if seen["known"] is not None:
                return self._status(tx, seen["known"]), False
            self._refuse_if_impossible(pool, seen)
            return self._status(tx, _reserve(tx, click, pool, need, seen["customer"], address)), True

        return self._store.in_transaction(work)

    def status(self, interaction: str) -> dict:
        with self._store.statements() as tx:
            return self._status(tx, interaction)

    def status_of_many(self, interactions: list[str]) -> dict[str, dict]:
        """Of many, in one query, by interaction; one that there is not is left out."""
        with self._store.statements() as tx:
            return {row["interaction"]: self._as_told(row) for row in tx.all("status", interactions=interactions)}

    def keep_alive(self, interaction: str) -> dict:
        with self._store.transaction() as tx:
            tx.run("keep_alive", interaction=interaction)
            return self._status(tx, interaction)

    def cancel(self, interaction: str) -> dict:
        """Frees number and agent at once; a call that is under way goes on. Idempotent."""

        def work(tx: Transaction) -> dict:
            external_router.release_waiting(tx, interaction, "cancelled")
            return self._status(tx, interaction)

        return self._store.in_transaction(work)

    def new_page(self, interaction: str, page: dict) -> None:
        """The customer went on to another page; who holds the interaction sees it. Refused once it has ended."""

        def work(tx: Transaction) -> None:
            if tx.one("interaction_live", interaction=interaction) is None:
                raise Refusal("already_ended", "This call has ended.")
            tx.run("keep_page", interaction=interaction, **page_values(page))
            tx.run("touch_agent_of_interaction", interaction=interaction)

        self._store.in_transaction(work)

    # ---- helpers -------------------------------------------------------------------------------------------

    def _refuse_if_impossible(self, pool: dict, seen: dict) -> None:
        hours = opening(pool["hours"], datetime.now(UTC))
        if not hours.is_open:
            raise Refusal("closed", "We are closed now.", opens_at=hours.opens_at)
        if not seen["telephone"]:
            raise Refusal("telephone_down", "The phone system is not answering. Please try again in a minute.")
        if seen["live"] >= self._live_per_address:
            raise Refusal(
                "too_many_requests",
                "There are too many open calls from your network. Please finish one first.",
            )

    def _status(self, tx: Transaction, interaction: str) -> dict:
        row = tx.one("status", interactions=[interaction])
        if row is None:
            raise Refusal("unknown_interaction", "There is no such call.")
        return self._as_told(row)

    def _as_told(self, row: dict) -> dict:
        number = row["number"] if row["reservation_state"] == "reserved" and row["seconds_left"] > 0 else None
        state = "ended" if row["state"] == "waiting_for_call" and number is None else row["state"]
        return {
            "interaction": row["interaction"],
            "state": state,
            "number": number,
            "display_number": display(number),
            "tel": f"tel:{number}" if number else None,
            "sip": f"sip:{number}@{self._settings.bind}:{self._settings.sip_port}" if number else None,
            "deadline": row["deadline"] if number else None,
            "longest_until": row["longest_until"] if number else None,
            "seconds_left": row["seconds_left"] if number else None,
            "agent": {"first_name": row["first_name"]} if row["first_name"] else None,
            "video": row["video"],
            "end_reason": row["end_reason"] or ("expired" if state == "ended" else None),
            "connected_at": row["connected_at"],
            "ended_at": row["ended_at"],
            "server_time": row["server_time"],
        }

    def _site(self, site: str) -> dict:
        row = self._cached(("site", site), lambda tx: tx.one("site", site=site))
        if row is None:
            raise Refusal("unknown_site", "This shop is not known here.")
        return row

    def _pool(self, site: str, pool: str) -> dict:
        self._site(site)
        row = self._cached(("pool", site, pool), lambda tx: tx.one("pool", site=site, pool=pool))
        if row is None:
            raise Refusal("unknown_pool", "There is no such group of numbers in this shop.")
        return row

    def _somebody_knows(self, product: str | None) -> str | None:
        """The product, if it is one that agents are listed for; else None: whoever has the skills may sell it."""
        if not product:
            return None
        known = self._cached(("product", product), lambda tx: tx.value("product_is_known", product=product))
        return product if known else None

    def _telephone_is_up(self) -> bool:
        """Never remembered: a number given out while nobody can route it would be a promise not kept."""
        with self._store.statements() as tx:
            return bool(tx.value("telephone"))

    def _cached(self, key: tuple, query: Any) -> Any:
        made, value = self._cache.get(key, (0.0, None))
        if time.monotonic() - made > CACHE_FOR:
            with self._store.statements() as tx:
                value = query(tx)
            if len(self._cache) > 1000:  # names come from outside
                self._cache.clear()
            self._cache[key] = (time.monotonic(), value)
        return value


def _reserve(tx: Transaction, click: dict, pool: dict, need: Need, customer: str, address: str) -> str:
    """The interaction, stored with page, number and (agent-bound) agent; Refusal if there is no number or agent."""
    is_bound = pool["binding"] == "agent"
    interaction = tx.value(
        "new_interaction_with_page",
        site=pool["site"],
        channel="call_us",
        pool=pool["id"],
        customer=customer,
        state="waiting_for_call",
        skills=list(need.skills),
        language=need.language,
        product=click["product"],
        ring_for=pool["ring_for"],
        wrap_up_for=pool["wrap_up_for"],
        longest_wait=pool["longest_wait"],
        key=click["idempotency_key"],
        address=address,
        **page_values(click.get("page")),
    )
    number = external_router.take_point(tx, pool["id"])
    choice = routing_server.choose_agent(tx, need, customer) if is_bound and number else None
    if choice is None and not routing_server.somebody_staffs(tx, need):
        raise Refusal("nobody_has_the_skill", "Nobody who can help with this is at work right now.", try_again_in=300)
    if number is None:
        raise Refusal("all_numbers_in_use", "All our numbers are in use.", try_again_in=60)
    if choice is None and is_bound:
        raise Refusal("all_agents_busy", "Everybody who can help with this is talking right now.", try_again_in=60)
    external_router.reserve(tx, interaction, choice, number, pool["hold_for"], pool["longest_hold"])
    return interaction
