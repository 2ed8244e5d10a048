"""Telephones in browsers: what an agent's and a customer's page need to call, and what becomes of a one-time target.

`WebTelephones` runs in the web process (synchronous, thread safe, raises `Refusal` with nothing changed), `Doorkeeper`
in the CTI server. They share the database alone: a target is made here and used up there.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from datetime import datetime
from typing import Any

import psycopg2

from ctiapp.core.refusals import Refusal
from ctiapp.servers.database_threads import DatabaseThreads
from ctiapp.settings import Settings
from ctiapp.store import Store, Transaction
from ctiapp.store.store import Row
from ctiapp.switch.protocol import AdmitCall, Switch, SwitchError, TargetDialled

log = logging.getLogger(__name__)
CUSTOMER = "web-customer"
"""Whom every customer's page calls as. Its password is no secret worth having: it opens nothing but a target."""
TURN_LIVES = 12 * 3600
"""Seconds for which an account at a TURN server is good: longer than any call or working day's reload."""


class WebTelephones:
    """What a page is told so that its telephone works."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def of_agent(self, session: str) -> dict[str, Any]:
        """The station of the session, if it is one in a browser; Refusal `not_found` if it is a desk phone."""
        with self._store.statements() as tx:
            place, shared = tx.one("station_of_session", session=session), _shared(tx)
        if place is None:
            raise Refusal("not_logged_in", "Please log in.")
        if not place["browser"]:
            raise Refusal("not_found", "This station has a telephone of its own.")
        return self._access(shared, place["station"], f"station-{place['station']}")

    def of_customer(self, interaction: str) -> dict[str, Any]:
        """A new target for the reserved number. One that was made before and not dialled is good no more. Refusal
        `already_ended`, `wrong_state` where no number is held any more."""
        target = secrets.token_hex(16)

        def work(tx: Transaction) -> tuple[dict, datetime | None, str | None]:
            shared = _shared(tx)
            made = tx.one("make_target", interaction=interaction, hash=hashed(target), lives=shared["target_lives"])
            state = None if made else tx.value("interaction_state", interaction=interaction)
            return shared, made and made["deadline"], state

        shared, deadline, state = self._store.in_transaction(work)
        if deadline is None:
            raise _no_number(state)
        return self._access(shared, CUSTOMER, CUSTOMER) | {
            "target": f"sip:t{target}@{self._settings.bind}",
            "deadline": deadline,
            "longest_seconds": round(shared["longest_call"].total_seconds()),
        }

    def keep_quality(self, agent: str, interaction: str, samples: list[dict[str, Any]]) -> None:
        """`samples`: at (ISO 8601), loss (0 to 1), jitter_ms, round_trip_ms (or None). The same one twice is kept once.
        Refusal `not_yours` unless the agent has the customer now, wrap-up included."""

        def work(tx: Transaction) -> None:
            if tx.one("holds_interaction", agent=agent, interaction=interaction) is None:
                raise Refusal("not_yours", "This customer is not with you any more.")
            tx.run("keep_quality", interaction=interaction, agent=agent, samples=json.dumps(samples))

        self._store.in_transaction(work)

    def _access(self, shared: dict, user: str, secret: str) -> dict[str, Any]:
        settings = self._settings
        return {
            "url": shared["url"] or f"ws://{settings.bind}:{settings.http_port}/ws",
            "uri": f"sip:{user}@{settings.bind}",
            "user": user,
            "password": settings.secret(secret),
            "ice_servers": [_ice_server(url, user, settings) for url in shared["ice"]],
        }


class Doorkeeper:
    """Lets in who dialled a target that is good: one that we made, for a number still reserved, not dialled before."""

    def __init__(self, switch: Switch, database: DatabaseThreads) -> None:
        self._switch, self._database = switch, database
        self._tasks: set[asyncio.Task] = set()

    def take(self, event: TargetDialled) -> None:
        task = asyncio.ensure_future(self._answer(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, event: TargetDialled) -> None:
        """If the database does not answer, the switch turns the call away by itself, and the target is not used up."""
        try:
            door = await self._database.look(
                lambda tx: tx.one("use_target", hash=hashed(event.target), call=event.call_id)
            )
            await self._switch.admit(_admission(event.call_id, door))
        except (psycopg2.Error, SwitchError) as error:
            log.error("nobody was let in: %s", str(error).strip(), extra={"call": event.call_id})
            return
        told = {"call": event.call_id, "interaction": door["interaction"] if door else None}
        log.info("a page calls" if door else "a page was turned away", extra=told)


def _admission(call_id: str, door: Row | None) -> AdmitCall:
    return AdmitCall(call_id, door["number"], door["longest"]) if door else AdmitCall(call_id, None)


def hashed(target: str) -> str:
    return hashlib.sha256(target.encode()).hexdigest()


def _shared(tx: Transaction) -> dict[str, Any]:
    shared = tx.one("web_telephone")
    if shared is None:
        raise Refusal("telephone_down", "Calls from the page are not set up here.")
    return shared


def _no_number(state: str | None) -> Refusal:
    if state is None:
        return Refusal("unknown_interaction", "There is no such call.")
    if state in ("ended", "waiting_for_call"):  # the number's time is over, whether that is written down yet or not
        return Refusal("already_ended", "That number has expired.")
    return Refusal("wrong_state", "This call is under way.")


def _ice_server(url: str, user: str, settings: Settings, now: float | None = None) -> dict[str, Any]:
    """As RTCPeerConnection takes it. An account at a TURN server is `EXPIRY:USER` and a proof that we made it, with the
    secret `turn` that server and we share (coturn's `use-auth-secret`)."""
    if url.startswith("stun:"):
        return {"urls": url}
    name = f"{int(now or time.time()) + TURN_LIVES}:{user}"
    proof = hmac.new(settings.secret("turn").encode(), name.encode(), hashlib.sha1).digest()
    return {"urls": url, "username": name, "credential": base64.b64encode(proof).decode()}
