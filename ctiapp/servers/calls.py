"""What happens to a call in the database: each function is one transaction's work, and none of them waits.

An *offer* is a reservation with an agent for a call that is here. The call's row is locked by whoever offers or ends
it, so an offer made while the caller hangs up is either refused or released, never leaked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ctiapp.core.hours import opening
from ctiapp.core.routing import need_of
from ctiapp.servers import external_router, routing_server, transfers
from ctiapp.servers.numbers import canonical
from ctiapp.store import Transaction
from ctiapp.store.store import Row
from ctiapp.switch.protocol import NOBODY_FREE, CallSeen, EndReason, RouteRequested


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


@dataclass(frozen=True, slots=True)
class Tell:
    """To a customer whom we called: a recording, and good-bye."""

    call: str
    interaction: str
    message: str
    after_greeting: bool = False


@dataclass(frozen=True, slots=True)
class Clear:
    """Hang up: nobody is there whom one could tell anything."""

    call: str
    interaction: str | None


Decision = Offer | Queue | Refuse | Tell | Clear
PAUSES = {EndReason.NO_ANSWER: "no_answer", EndReason.REJECTED: "rejected", EndReason.BUSY: "rejected"}
"""What an agent's pause is called after they did not take a call. A telephone that fails is not their doing: this call
goes elsewhere, and qualify says whether it is reachable; a fault of the switch's must not pause a whole team."""


def arrived(tx: Transaction, event: RouteRequested) -> Decision:
    """A call reached a number: the reserved agent, or (late-bound) the best one now, or ordinary routing."""
    return received(tx, event, reached(tx, event))


def reached(tx: Transaction, event: RouteRequested) -> Row | None:
    """The reservation whose number was called, which is the call's from now on. If it `takes` the call, that is all:
    `offer_of` it. One query, a transaction by itself."""
    return tx.one("arrive", number=event.dialled, call=event.call_id, caller=_caller(event.caller))


def received(tx: Transaction, event: RouteRequested, held: Row | None) -> Decision:
    """What becomes of a call that has `reached` its number."""
    if held is None:
        return ordinary(tx, event)
    if held["agent"] is None:
        return _bind_late(tx, event.call_id, held)
    if held["takes"]:
        return offer_of(event.call_id, held)
    external_router.release(tx, held["reservation"], "unreachable")
    return next_offer(tx, event.call_id)


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
    """The best agent who has not failed this call. An offer that stands is given again. Nobody free: the queue; whom we
    called does not wait, but is called again."""
    if tx.one("call_is_live", call=call_id) is None:
        return Refuse(call_id, None)
    call = tx.one("call", call=call_id)
    assert call is not None
    held = tx.one("live_reservation_of_call", call=call_id)
    if held is not None and held["agent"]:
        return _offer(tx, call_id, call["interaction"], held["id"])
    need = need_of(call["skills"], call["language"], call["product"])
    tried = [row["agent"] for row in tx.all("tried_agents", interaction=call["interaction"])]
    choice = routing_server.choose_agent(tx, need, call["customer"], tried)
    if choice is None:
        return nobody_free(tx, call) if _is_new_call_out(call) else _into_the_line(tx, call)
    made = external_router.reserve(tx, call["interaction"], choice, None, call["ring_for"] + RING_MARGIN, call=call_id)
    tx.run("set_interaction_state", interaction=call["interaction"], state="ringing")
    return _offer(tx, call_id, call["interaction"], made.id)


def nobody_free(tx: Transaction, call: dict) -> Tell:
    """We called them, they answered, and nobody has time: told so, and back at the head of the list."""
    tx.run("drop_waiting_reservation_of_call", call=call["id"], reason="nobody_free")
    tx.run("set_call_state", call=call["id"], state="asking")
    tx.run("set_interaction_state", interaction=call["interaction"], state="queued")
    tx.run("attempt_told", attempt=call["id"], outcome="abandoned")
    return Tell(call["id"], call["interaction"], NOBODY_FREE)


def too_late(tx: Transaction, offer: Offer) -> Tell | Refuse:
    """There is no time left for the agent's page: whom we called must not wait."""
    live = tx.one("call_is_live", call=offer.call)
    call = tx.one("call", call=offer.call)
    return nobody_free(tx, call) if live and call else Refuse(offer.call, None)


def from_the_line(tx: Transaction, call_id: str) -> Decision | None:
    """The next offer for a call that waits; None if it does not wait any more."""
    if tx.one("call_is_queued", call=call_id) is None:
        return None
    return next_offer(tx, call_id)


def waited(tx: Transaction, event: RouteRequested) -> Decision:
    """The longest wait is over: the apology, unless an agent is being offered at this moment."""
    if tx.one("call_is_live", call=event.call_id) is not None:
        held = tx.one("live_reservation_of_call", call=event.call_id)
        if held is not None and held["agent"]:
            return Queue(event.call_id, held["interaction"], RING_MARGIN)
        tx.run("set_call_state", call=event.call_id, state="asking")
    return Refuse(event.call_id, event.interaction or None)


def back_in_line(tx: Transaction, call_id: str) -> None:
    """A call whose offer ran out without a word of what became of it."""
    if tx.one("call_is_live", call=call_id) and not tx.one("live_reservation_of_call", call=call_id):
        call = tx.one("call", call=call_id)
        assert call is not None
        if _is_new_call_out(call):  # they are being told something by now
            nobody_free(tx, call)
        else:
            _into_the_line(tx, call)


def _is_new_call_out(call: dict) -> bool:
    """Whom we called must not wait; unless an agent has talked with them and sent them on."""
    return call["channel"] == "call_me" and call["answered_at"] is None


def _offer(tx: Transaction, call_id: str, interaction: str, reservation: str) -> Offer:
    tx.run("set_call_state", call=call_id, state="ringing")
    row = tx.one("offer", reservation=reservation)
    assert row is not None
    return offer_of(call_id, row | {"interaction": interaction, "reservation": reservation})


def offer_of(call_id: str, row: Row) -> Offer:
    return Offer(
        call_id,
        row["interaction"],
        row["reservation"],
        row["agent"],
        row["station"],
        row["ring_for"],
        row["shown"],
    )


def _into_the_line(tx: Transaction, call: dict) -> Queue:
    tx.run("drop_waiting_reservation_of_call", call=call["id"], reason="queued")
    tx.run("set_call_state", call=call["id"], state="queued")
    tx.run("set_interaction_state", interaction=call["interaction"], state="queued")
    return Queue(call["id"], call["interaction"], call["wait_left"])


RING_MARGIN = timedelta(seconds=15)
"""How much longer than the ring an offer's lease lasts: the page's acknowledgement and the switch's report."""


def _bind_late(tx: Transaction, call_id: str, held: dict) -> Decision:
    call = tx.one("call", call=call_id)
    assert call is not None
    need = need_of(call["skills"], call["language"], call["product"])
    choice = routing_server.choose_agent(tx, need, call["customer"])
    if choice is None or not external_router.bind(tx, held["reservation"], choice):
        return _into_the_line(tx, call)
    return _offer(tx, call_id, held["interaction"], held["reservation"])


def not_delivered(tx: Transaction, event: RouteRequested) -> Decision:
    """The station did not take the call (RONA): that agent is not ready, the caller gets the next one."""
    call_id, outcome = event.call_id, event.outcome or EndReason.ERROR
    if tx.one("call_is_live", call=call_id) is None and tx.one("call", call=call_id) is None:
        return arrived(tx, event)  # it was put through while we were dead
    held = tx.one("live_reservation_of_call", call=call_id)
    if (
        held is not None
        and held["state"] != "talking"
        and external_router.release(tx, held["id"], outcome.value)
        and outcome in PAUSES
    ):
        tx.run("fail_agent", agent=held["agent"], reason=PAUSES[outcome])
    back = transfers.came_back(tx, call_id, outcome)
    if back is not None:
        tx.run("set_interaction_state", interaction=event.interaction, state="ringing")
        return _offer(tx, call_id, event.interaction, back)
    return next_offer(tx, call_id)


def no_console(tx: Transaction, offer: Offer) -> Decision:
    """The console did not show page and record in time: that agent is not ready, the caller is first in the line.
    Whom we called goes to the next agent at once."""
    live = tx.one("call_is_live", call=offer.call)  # the call first: its end may be under way
    if external_router.release(tx, offer.reservation, "no_console"):
        tx.run("fail_agent", agent=offer.agent, reason="no_console")
    if live is None:
        return Refuse(offer.call, None)
    call = tx.one("call", call=offer.call)
    assert call is not None
    if tx.one("live_reservation_of_call", call=offer.call):
        return Queue(offer.call, offer.interaction, call["wait_left"])
    return next_offer(tx, offer.call) if _is_new_call_out(call) else _into_the_line(tx, call)


def withdraw(tx: Transaction, offer: Offer) -> None:
    """The call was gone before the station could ring: the page goes, nothing is charged."""
    ended(tx, offer.call, EndReason.ABANDONED, "")


def answered(tx: Transaction, call_id: str, station: str) -> None:
    """Customer and agent talk. If the offer is over already (its lease ended), who sits at the station has the call."""
    talking = tx.one("answer", call=call_id)
    if talking is None or talking["held"]:
        return
    if _adopt(tx, {"id": call_id, "interaction": talking["interaction"]}, station):
        tx.run("answer", call=call_id)


def ended(tx: Transaction, call_id: str, reason: EndReason, raw: str) -> str | None:
    """The customer's leg is gone. Who talked has wrap-up; who only rang is ready again, with nothing charged. The
    interaction that ended with it; None if that is known already."""
    return tx.value("end_call", call=call_id, reason=reason.value, raw=raw)


def adopt(tx: Transaction, seen: CallSeen) -> bool:
    """A call the switch put through while we were away becomes ours. True if we knew less than the switch."""
    if seen.phase not in ("ringing", "talking") or not seen.station:
        return False
    call = known = tx.one("call", call=seen.call_id)
    if known is None:  # a known call never takes the number: it may be reserved for the next customer by now
        call = _unknown_call(tx, seen)
    if call is None or call["state"] == "ended":
        return False
    held = tx.one("live_reservation_of_call", call=seen.call_id)
    if held is not None and held["station"] != seen.station:
        external_router.release(tx, held["id"], "rerouted")
        held = None
    if held is not None and held["state"] in (seen.phase, "talking"):
        return known is None
    if held is None and not _adopt(tx, call, seen.station) and call["state"] == seen.phase:
        return False
    if seen.phase == "talking":
        answered(tx, seen.call_id, seen.station)
    else:
        tx.run("set_call_state", call=seen.call_id, state="ringing")
        tx.run("set_interaction_state", interaction=call["interaction"], state="ringing")
    return True


def _unknown_call(tx: Transaction, seen: CallSeen) -> dict | None:
    held = tx.one("arrive", number=seen.dialled, call=seen.call_id, caller=_caller(seen.caller))
    number = tx.one("number_settings", number=seen.dialled) if held is None else None
    if number is not None:
        _ordinary_interaction(tx, number, seen, None, "ringing")
    return tx.one("call", call=seen.call_id)


def _adopt(tx: Transaction, call: dict, station: str) -> bool:
    """A reservation for who sits at the station; False if nobody does or they are with somebody else."""
    who = tx.one("agent_at_station", station=station)
    if who is None:
        return False
    row = tx.one(
        "adopt_reservation",
        interaction=call["interaction"],
        agent=who["agent"],
        station=station,
        state="ringing",
        call=call["id"],
    )
    return row is not None


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
