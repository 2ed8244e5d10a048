"""Call me (416): from a click to a line of the list server (356). The order of the steps, and none of the rules.

Runs in the web process; all methods are synchronous, thread safe, and raise `Refusal` with nothing changed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from ctiapp.core.call_requests import OVER, after
from ctiapp.core.protection import Callee, network_of
from ctiapp.core.refusals import Refusal
from ctiapp.core.routing import Need, need_of
from ctiapp.servers import asking, external_router, list_server, promises, protection, routing_server
from ctiapp.servers.estimates import Estimates
from ctiapp.servers.list_server import When
from ctiapp.servers.numbers import callee, masked_display
from ctiapp.servers.promises import Asked, Place
from ctiapp.servers.proofs import Proof
from ctiapp.settings import Settings
from ctiapp.store import Store, Transaction
from ctiapp.store.store import Row

T = TypeVar("T")
CACHE_FOR = 2.0
"""Seconds for which pools are remembered."""


class _Unproven(Exception):
    """The number must be proved first: known only inside the transaction, done outside of it."""

    def __init__(self, pool: Row, number: str) -> None:
        super().__init__(number)
        self.pool, self.number = pool, number


class CallRequests:
    """`proofs`: the kinds of proof that pools may ask for, by name."""

    def __init__(self, store: Store, settings: Settings, proofs: Mapping[str, Proof] | None = None) -> None:
        self._store, self._settings = store, settings
        self._proofs = dict(proofs or {})
        self._wait = Estimates().estimate
        self._cache: dict[tuple[str, str], tuple[float, Row | None]] = {}

    # ---- before the click ------------------------------------------------------------------------------------

    def offer(self, site: str, pool: str, visitor: str | None) -> dict | None:
        """What the page shows before anybody clicks; None: this pool does not call back."""
        row = self._pool_if_there(site, pool)
        if row is None:
            return None
        with self._store.statements() as tx:
            known = tx.one("customer_remembered", site=site, visitor=visitor) if visitor else None
            seconds = self._wait(tx, row["id"], need_of([row["skill"]], row["language"], None))
        number = known["phone"] if known else None
        return {
            "estimate_seconds": seconds,
            "offer_windows": seconds is None or seconds > row["offer_windows_over"].total_seconds(),
            "consent_text": row["consent_text"],
            "region": asking.region_of(row),
            "known_number": masked_display(number, asking.region_of(row)) if number else None,
            "proof": row["proof"],
        }

    def windows(self, site: str, pool: str, first_day: date | None, zone: str | None) -> dict:
        """Windows with room, from a date on, for somebody in this zone."""
        row = self._pool(site, pool)
        where = promises.zone_of([zone], row)
        place = Place(row["hours"], row["legal_hours"], (where,))
        return {"zone": where, "windows": self._windows(row, place, where, first_day), "server_time": datetime.now(UTC)}

    def windows_of(self, interaction: str) -> list[dict]:
        """Those that the customer of this request may choose from."""
        with self._store.statements() as tx:
            request = _request(tx, interaction)
        row = self._pool(request["site"], request["pool"])
        whom = callee(request["number"], asking.region_of(row))
        return self._windows(row, promises.place_of(row, whom, request["zone"]), request["zone"], None)

    # ---- the click (416) -------------------------------------------------------------------------------------

    def call_me(self, click: dict, address: str) -> tuple[dict, bool, bool]:
        """A line of the list for the click: the status, whether it is new, and whether it is the clicker's own.

        The same idempotency key, or an open request for the same number, comes back as it is.
        """
        pool = self._pool(click["site"], click["pool"])
        address = network_of(address)

        def work(tx: Transaction, proven: str | None) -> tuple[dict, bool, bool]:
            return self._asked(tx, pool, click, address, proven)

        return self._proved(work, click.get("proof"), address)

    def status(self, interaction: str) -> dict:
        with self._store.statements() as tx:
            return self._status(tx, interaction)

    def change(self, interaction: str, changes: dict, address: str) -> dict:
        """`when` and `number` as in the click, those that are to be changed; id, page and place stay."""

        def work(tx: Transaction, proven: str | None) -> dict:
            return self._changed(tx, interaction, changes, proven)

        return self._proved(work, changes.get("proof"), network_of(address))

    def cancel(self, interaction: str) -> dict:
        """Nobody is called any more; a call that is under way and not yet talking is hung up by who made it.
        Idempotent."""

        def work(tx: Transaction) -> dict:
            request = _request(tx, interaction)
            if list_server.cancel(tx, request["id"]) is not None:
                external_router.release_waiting(tx, interaction, "cancelled")
            elif _request(tx, interaction)["state"] not in OVER:
                raise Refusal("wrong_state", "We are talking already. Please hang up your telephone.")
            return self._status(tx, interaction)

        return self._store.in_transaction(work)

    # ---- the steps -------------------------------------------------------------------------------------------

    def _asked(
        self, tx: Transaction, pool: Row, click: dict, address: str, proven: str | None
    ) -> tuple[dict, bool, bool]:
        site, key = pool["site"], f"call-me {click['idempotency_key']}"
        tx.run("lock_names", names=[f"click {site} {key}", *asking.customer_names(site, click)])
        known = tx.value("request_of_click", site=site, key=key)
        if known is not None:
            return self._status(tx, known), False, True
        customer = asking.known_customer(tx, site, click)
        whom = asking.whom_to_call(pool, click, customer)
        protection.refuse_kind(pool, whom)
        tx.run("lock_names", names=_names(pool, whom.number, address, click.get("when")))
        first = tx.one("open_request", site=site, number=whom.number)
        if first is not None:
            return self._status(tx, first["interaction"]), False, asking.is_own(first, click, address)
        protection.refuse_without_consent(pool, click)
        zone = promises.zone_of([(click.get("when") or {}).get("zone"), click.get("zone"), *whom.zones], pool)
        when = promises.promise(tx, pool, whom, click.get("when"), zone)
        protection.refuse_number(tx, whom)
        protection.refuse_too_many(tx, pool, whom, customer, address)
        if pool["proof"] != "none" and proven != whom.number and not asking.is_vouched_for(click, whom):
            raise _Unproven(pool, whom.number)
        customer = customer or tx.one("customer_unknown", site=site, language=click.get("language"), phone=whom.number)
        assert customer is not None
        interaction = self._store_request(tx, pool, click, customer, whom, when, address, key)
        return self._status(tx, interaction), True, True

    def _store_request(
        self,
        tx: Transaction,
        pool: Row,
        click: dict,
        customer: Row,
        whom: Callee,
        when: When,
        address: str,
        key: str,
    ) -> str:
        product = click.get("product")
        product = product if product and tx.value("product_is_known", product=product) else None
        need = need_of(click.get("skills") or [pool["skill"]], click.get("language") or pool["language"], product)
        asked = Asked(
            customer=customer["id"],
            number=whom.number,
            skills=list(need.skills),
            language=need.language,
            product=product,
            consent=_consent(click),
            key=key,
            address=address,
            visitor=click.get("visitor"),
        )
        interaction, request = promises.keep(tx, pool, asked, when, click.get("page"))
        list_server.take_place(tx, request)
        ahead = list_server.numbers_ahead(tx, request)
        if ahead is not None:
            seconds = self._wait(tx, pool["id"], need, ahead)
            tx.run("keep_estimate", request=request, seconds=seconds)
        if click.get("visitor") and not click.get("claims") and not asking.is_by_name(click):
            tx.run(
                "remember_number",
                site=pool["site"],
                visitor=click["visitor"],
                customer=customer["id"],
                number=whom.number,
            )
        return interaction

    def _changed(self, tx: Transaction, interaction: str, changes: dict, proven: str | None) -> dict:
        request = _request(tx, interaction)
        _refuse_change(request)
        pool = self._pool(request["site"], request["pool"])
        intent = changes["when"] if "when" in changes else promises.intent_of(request)
        region = asking.region_of(pool)
        old = callee(request["number"], region)
        whom = callee(changes["number"], changes.get("region") or region) if changes.get("number") else old
        tx.run("lock_names", names=_names(pool, whom.number, None, intent))
        if whom.number != old.number:
            protection.refuse_kind(pool, whom)
            if tx.one("open_request", site=pool["site"], number=whom.number):
                raise Refusal("already_waiting", "Somebody asked for a call to this number already.")
            protection.refuse_number(tx, whom)
            protection.refuse_too_many(tx, pool, whom, None, None, but=request["id"])
            if pool["proof"] != "none" and proven != whom.number:
                raise _Unproven(pool, whom.number)
        zone = promises.zone_of([(intent or {}).get("zone"), *_zones_now(request, old, whom), *whom.zones], pool)
        when = promises.promise(tx, pool, whom, intent, zone, but=request["id"])
        when = promises.not_too_soon(when, tx.value("last_rung", number=whom.number))
        if not list_server.reschedule(tx, request["id"], when, whom.number):
            raise _wrong_state()
        tx.run("another_number", interaction=interaction, number=whom.number)
        return self._status(tx, interaction)

    def _proved(self, work: Callable[[Transaction, str | None], T], given: str | None, address: str) -> T:
        """`work(tx, proven number)` in a transaction; if it needs a proof, once more after that was looked at."""
        try:
            return self._store.in_transaction(lambda tx: work(tx, None))
        except _Unproven as unproven:
            number = unproven.number
            self._prove(unproven.pool, number, given, address)
        try:
            return self._store.in_transaction(lambda tx: work(tx, number))
        except _Unproven:  # between the two the customer's number became another one
            raise Refusal("proof_wrong", "That proves another number. Please try again.") from None

    def _prove(self, pool: Row, number: str, given: str | None, address: str) -> None:
        proof = self._proofs.get(pool["proof"])
        if proof is None:
            raise Refusal("proof_down", "We cannot check who asks at the moment. Please use our ordinary number.")
        if not given:
            told = proof.ask(number, address)
            sent_to = masked_display(number, asking.region_of(pool))
            raise Refusal("proof_needed", "Please enter the code that we sent you.", number=sent_to, **told)
        if not proof.holds(number, given, address):
            raise Refusal("proof_wrong", "That is not right, or no longer. Please ask for another one.")

    def _status(self, tx: Transaction, interaction: str) -> dict:
        row = tx.one("request_status", interaction=interaction)
        if row is None:
            raise Refusal("unknown_interaction", "There is no such call.")
        need = Need(tuple(row["skills"]), row["language"])
        waits = row["state"] == "queued"
        ahead = list_server.numbers_ahead(tx, row["id"]) if waits else None
        waited = (row["server_time"] - row["requested_at"]).total_seconds()
        return {
            "interaction": row["interaction"],
            "channel": "call_me",
            "state": row["state"],
            "place": None if ahead is None else ahead + 1,
            "estimate_seconds": None if ahead is None else self._wait(tx, row["pool"], need, ahead, waited),
            "promised_at": row["promised_at"],
            "promised_until": row["promised_until"],
            "window": promises.intent_of(row),
            "next_try_at": row["due_at"] if waits else None,
            "tries": row["tries"],
            "last_try_at": row["last_try_at"],
            "last_outcome": row["last_outcome"],
            "detail": row["detail"] or ("" if not waits or routing_server.somebody_staffs(tx, need) else NOBODY),
            "display_number": masked_display(row["number"]),
            "agent": {"first_name": row["first_name"]} if row["first_name"] else None,
            "can_change": after(row["state"], "reschedule") is not None,
            "can_cancel": after(row["state"], "cancel") is not None,
            "server_time": row["server_time"],
        }

    def _windows(self, pool: Row, place: Place, zone: str, first_day: date | None) -> list[dict]:
        now = datetime.now(UTC)
        day = first_day or now.astimezone(ZoneInfo(zone)).date()
        if not abs(day - now.date()) <= promises.AHEAD:
            return []
        with self._store.statements() as tx:
            taken = promises.taken(tx, pool, promises.days_offered(day))
        return promises.offers_in_words(promises.to_offer(place, zone, day, taken, pool["window_capacity"], now))

    # ---- pools -----------------------------------------------------------------------------------------------

    def _pool(self, site: str, pool: str) -> Row:
        """Raises Refusal unknown_site, unknown_pool or no_call_me."""
        row = self._pool_if_there(site, pool)
        if row is not None:
            return row
        with self._store.statements() as tx:
            if tx.one("site", site=site) is None:
                raise Refusal("unknown_site", "This shop is not known here.")
            if tx.one("pool", site=site, pool=pool) is None:
                raise Refusal("unknown_pool", "There is no such group of numbers in this shop.")
        raise Refusal("no_call_me", "Nobody calls back from here.")

    def _pool_if_there(self, site: str, pool: str) -> Row | None:
        made, row = self._cache.get((site, pool), (0.0, None))
        if time.monotonic() - made > CACHE_FOR:
            with self._store.statements() as tx:
                row = tx.one("call_me_pool", site=site, pool=pool)
            if len(self._cache) > 1000:  # names come from outside
                self._cache.clear()
            self._cache[(site, pool)] = (time.monotonic(), row)
        return row


NOBODY = "nobody_has_the_skill"
"""The detail of a request that waits while nobody who could take it is logged in."""


def _names(pool: Row, number: str, address: str | None, intent: dict | None) -> list[str]:
    """What is counted: two who ask at once must not both be the last one that is let in."""
    names = [f"call me {number}", *([f"call me from {address}"] if address else [])]
    return [*names, f"windows {pool['id']}"] if intent else names


def _refuse_change(request: Row) -> None:
    if request["state"] in OVER:
        raise Refusal("already_ended", "This call is over.")
    if after(request["state"], "reschedule") is None:
        raise _wrong_state()


def _wrong_state() -> Refusal:
    return Refusal("wrong_state", "We are calling you right now.")


def _zones_now(request: Row, old: Callee, whom: Callee) -> list[str]:
    """The zone the request has, unless it was that of a number that is no longer called."""
    return [] if whom.number != old.number and request["zone"] in old.zones else [request["zone"]]


# ---- what is stored ------------------------------------------------------------------------------------------------


def _request(tx: Transaction, interaction: str) -> Row:
    row = tx.one("request_of_interaction", interaction=interaction)
    if row is None:
        raise Refusal("unknown_interaction", "There is no such call.")
    return row


def _consent(click: dict) -> str | None:
    """What the customer agreed to, and when, as JSON."""
    text = (click.get("consent") or {}).get("text", "").strip()
    return json.dumps({"text": text, "at": datetime.now(UTC).isoformat()}) if text else None
