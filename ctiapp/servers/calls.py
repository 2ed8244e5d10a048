"""What happens to a call in the database: each function is one transaction's work, and none of them waits.

An *offer* is a reservation with an agent for a call that is here. The call's row is locked by whoever offers or ends
it, so an offer made while the caller hangs up is either refused or released, never leaked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ctiapp.core.hours import opening
from ctiapp.core.routing import need_of
from ctiapp.servers import external_router, routing_server
from ctiapp.servers.numbers import canonical
from ctiapp.store import Transaction
from ctiapp.switch.protocol import CallSeen, EndReason, RouteRequested


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring `station` with `call` for `interaction`; `page_shown`: the console has acknowledged page and record."""

    call: str
    interaction: str
    reservation: str
    agent: str
    station: str
    ring_for: timedelta
    page_shown: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """Nobody is free: music, at most `longest`."""

    call: str
    interaction: str
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Refuse:
    """The apology."""

    call: str
    interaction: str | None


Decision = Offer | Queue | Refuse
PAUSES = {EndReason.NO_ANSWER: "no_answer", EndReason.REJECTED: "rejected", EndReason.BUSY: "rejected"}
"""What an agent's pause is called after their telephone did not take a call; an unreachable one is known already."""


def arrived(tx: Transaction, event: RouteRequested) -> Decision:
    """A call reached a number: the reserved agent, or (late-bound) the best one now, or ordinary routing."""
    held = tx.one("arrive", number=event.dialled, call=event.call_id, caller=_caller(event.caller))
    if held is None:
        return ordinary(tx, event)
    if held["agent"] and held["takes"]:
        return Offer(
            event.call_id,
            held["interaction"],
            held["reservation"],
            held["agent"],
            held["station"],
            held["ring_for"],
            held["shown"],
        )
    if held["agent"]:
        external_router.release(tx, held["reservation"], "unreachable")
        return next_offer(tx, event.call_id)
    return _bind_late(tx, event.call_id, held)


def ordinary(tx: Transaction, event: RouteRequested) -> Decision:
    """By dialled number and calling number (P13, P26); never with the page of a reservation."""
    known = tx.one("call", call=event.call_id)
    if known is not None:  # it was here before: a restart of ours, or it waited
        return next_offer(tx, event.call_id)
    number = tx.one("number_settings", number=event.dialled)
    if number is None:
        return Refuse(event.call_id, None)
    caller = _caller(event.caller)
    matches = tx.all("customers_by_phone", site=number["site"], phone=canonical(caller)) if caller else []
    interaction = _ordinary_interaction(tx, number, event, matches[0]["id"] if len(matches) == 1 else None, "queued")
    if not opening(number["hours"], datetime.now(UTC)).is_open:
        return Refuse(event.call_id, interaction)
    return next_offer(tx, event.call_id)


def next_offer(tx: Transaction, call_id: str) -> Decision:
    """The best agent who has not failed this call; nobody free: the queue."""
    if tx.one("call_is_live", call=call_id) is None:
        return Refuse(call_id, None)
    call = tx.one("call", call=call_id)
    assert call is not None
    need = need_of(call["skills"], call["language"], call["product"])
    tried = [row["agent"] for row in tx.all("tried_agents", interaction=call["interaction"])]
    choice = routing_server.choose_agent(tx, need, call["customer"], tried)
    if choice is None:
        return _into_the_line(tx, call)
    held = external_router.reserve(tx, call["interaction"], choice, None, call["ring_for"] + RING_MARGIN, call=call_id)
    tx.run("set_interaction_state", interaction=call["interaction"], state="ringing")
    who = choice.candidate
    return Offer(call_id, call["interaction"], held.id, who.agent, who.station, call["ring_for"], False)


def _into_the_line(tx: Transaction, call: dict) -> Queue:
    tx.run("drop_waiting_reservation_of_call", call=call["id"], reason="queued")
    tx.run("set_call_state", call=call["id"], state="queued")
    tx.run("set_interaction_state", interaction=call["interaction"], state="queued")
    return Queue(call["id"], call["interaction"], call["longest_wait"])


RING_MARGIN = timedelta(seconds=15)
"""How much longer than the ring an offer's lease lasts: the page's acknowledgement and the switch's report."""


def _bind_late(tx: Transaction, call_id: str, held: dict) -> Decision:
    row = tx.one("need_of_interaction", interaction=held["interaction"])
    assert row is not None
    need = need_of(row["skills"], row["language"], row["product"])
    choice = routing_server.choose_agent(tx, need, row["customer"])
    if choice is None or not external_router.bind(tx, held["reservation"], choice):
        return next_offer(tx, call_id)
    who = choice.candidate
    return Offer(call_id, held["interaction"], held["reservation"], who.agent, who.station, held["ring_for"], False)


def not_delivered(tx: Transaction, call_id: str, outcome: EndReason) -> Decision:
    """The station did not take the call (RONA): that agent is not ready, the caller gets the next one."""
    held = tx.one("live_reservation_of_call", call=call_id)
    if held is not None and held["state"] != "talking":
        external_router.release(tx, held["id"], outcome.value)
        if outcome in PAUSES:
            tx.run("fail_agent", agent=held["agent"], reason=PAUSES[outcome])
    return next_offer(tx, call_id)


def no_console(tx: Transaction, offer: Offer) -> Queue | Refuse:
    """The console did not show page and record in time: that agent is not ready, the caller is first in the line."""
    external_router.release(tx, offer.reservation, "no_console")
    tx.run("fail_agent", agent=offer.agent, reason="no_console")
    if tx.one("call_is_live", call=offer.call) is None:
        return Refuse(offer.call, None)
    call = tx.one("call", call=offer.call)
    assert call is not None
    return _into_the_line(tx, call)


def withdraw(tx: Transaction, offer: Offer) -> None:
    """The call was gone before the station could ring: the page goes, nothing is charged."""
    ended(tx, offer.call, EndReason.ABANDONED, "")


def routed(tx: Transaction, offer: Offer) -> None:
    tx.run("set_call_state", call=offer.call, state="ringing")


def answered(tx: Transaction, call_id: str) -> None:
    held = tx.one("talking", call=call_id)
    if held is not None:
        tx.run("connected", interaction=held["interaction"], agent=held["agent"])
        tx.run("set_call_state", call=call_id, state="talking")


def ended(tx: Transaction, call_id: str, reason: EndReason, raw: str) -> None:
    """The customer's leg is gone. Who talked has wrap-up; who only rang is ready again, with nothing charged."""
    row = tx.one("end_call", call=call_id, reason=reason.value, raw=raw)
    talked = tx.one("wrap_up", call=call_id)
    for held in tx.all("reservations_of_call", call=call_id):
        external_router.release(tx, held["id"], EndReason.ABANDONED.value)
    if row is not None:
        why = EndReason.HANGUP if talked and reason is EndReason.ABANDONED else reason
        tx.run("end_interaction", interaction=row["interaction"], reason=why.value)


def refused(tx: Transaction, call_id: str, interaction: str | None) -> None:
    """The apology is being played; the call's end follows as an event."""
    if interaction is not None:
        tx.run("drop_waiting_reservation_of_call", call=call_id, reason="refused")


def adopt(tx: Transaction, seen: CallSeen) -> bool:
    """A call the switch handled while we were away becomes ours. True if it was unknown or further than we knew."""
    if seen.phase == "talking" and tx.one("live_reservation_of_call", call=seen.call_id):
        answered(tx, seen.call_id)
        return True
    if seen.phase not in ("ringing", "talking") or not seen.station:
        return False
    held = tx.one("arrive", number=seen.dialled, call=seen.call_id, caller=_caller(seen.caller))
    if held is None or held["station"] != seen.station:
        _adopt_ordinary(tx, seen)
    if seen.phase == "talking":
        answered(tx, seen.call_id)
    return True


def _adopt_ordinary(tx: Transaction, seen: CallSeen) -> None:
    decision = tx.one("call", call=seen.call_id)
    if decision is None:
        number = tx.one("number_settings", number=seen.dialled)
        if number is None:
            return
        interaction = _ordinary_interaction(tx, number, seen, None, "ringing")
    else:
        interaction = decision["interaction"]
    who = tx.one("agent_at_station", station=seen.station)
    if who is not None:
        tx.run(
            "adopt_reservation",
            interaction=interaction,
            agent=who["agent"],
            station=seen.station,
            state="ringing",
            call=seen.call_id,
        )


def _ordinary_interaction(
    tx: Transaction, number: dict, call: RouteRequested | CallSeen, customer: str | None, state: str
) -> str:
    """A new interaction and its call, with the settings of the number that was dialled."""
    caller = _caller(call.caller)
    interaction = tx.value(
        "new_interaction",
        site=number["site"],
        channel="ordinary",
        pool=number["pool"],
        customer=customer,
        state=state,
        skills=[number["skill"]],
        language=number["language"],
        product=None,
        ring_for=number["ring_for"],
        wrap_up_for=number["wrap_up_for"],
        longest_wait=number["longest_wait"],
        key=None,
        address="",
        dialled=call.dialled,
        caller=canonical(caller) or caller,
    )
    tx.run("new_call", call=call.call_id, interaction=interaction, dialled=call.dialled, caller=caller)
    return interaction


def _caller(number: str) -> str:
    """The calling number as kept: what is not a number (a name, <unknown>) is nothing."""
    return number if all(sign in "+0123456789*#" for sign in number) else ""
