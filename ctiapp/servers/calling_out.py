"""What happens to a call that we make (Fig. 5), in the database: each function is one transaction's work.

A call's row has the id of its attempt and is locked before its request, by everybody. What comes twice, late or out of
its order changes nothing: each function looks at what is, not at what should have come before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ctiapp.core.call_requests import OVER
from ctiapp.core.legal_hours import may_call, next_legal
from ctiapp.core.outcomes import HEARD, Ended, Outcome, outcome
from ctiapp.core.retry import Step, Then
from ctiapp.core.routing import Need, need_of
from ctiapp.core.windows import Span
from ctiapp.servers import attempts, calls, estimates, external_router, list_server, protection, routing_server
from ctiapp.servers.calls import Clear, Decision, Offer, Tell
from ctiapp.servers.estimates import Measured
from ctiapp.servers.list_server import Claim
from ctiapp.servers.numbers import callee
from ctiapp.store import Transaction
from ctiapp.store.store import Row
from ctiapp.switch.protocol import MACHINE, MakeCall, RouteRequested

PUT_THROUGH = (None, "human", "unknown")
"""Verdicts that mean an agent; none at all is one of them."""
LISTENS = timedelta(seconds=30)
"""How much longer than the customer's ring the agent's reservation lasts: the detector's time, and some."""
LOOKS_AHEAD = timedelta(days=14)
ANOTHER_TRUNK = (Outcome.CONGESTION, Outcome.UNREACHABLE, Outcome.ERROR)
"""What says more of the trunk than of the customer."""
SAME_AGENT_AFTER = timedelta(seconds=20)
"""A request that nobody wanted to take is shown again then."""
NOT_AGAIN_FOR = timedelta(minutes=1)
"""Who answered and hung up before an agent did is left in peace for a moment."""
MOST_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Pool:
    """How a pool calls back."""

    id: str
    scheme: str
    agent_chosen: str
    preview_for: timedelta
    trunks: tuple[str, ...]
    caller_id: str
    ring_for: timedelta
    longest_call: timedelta
    pacing: float
    most_abandoned: float
    legal_hours: dict | None
    region: str

    @classmethod
    def of(cls, row: Row) -> Pool:
        same = {name: row[name] for name in cls.__slots__ if name in row}
        return cls(
            **same
            | {"id": row["pool"], "trunks": tuple(row["trunks"]), "caller_id": row["caller_id"] or ""}
            | {"region": (row["countries"] or ["GB"])[0]}
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of an attempt; `next_call` is dialled over another trunk within the same try."""

    attempt: str
    interaction: str
    pool: str
    outcome: str
    step: Step | None = None
    next_call: MakeCall | None = None


def pools(tx: Transaction) -> list[Pool]:
    """Those that can dial at all."""
    return [Pool.of(row) for row in tx.all("calling_pools") if row["trunks"]]


# ---- before it is dialled ----------------------------------------------------------------------------------------


def begin(tx: Transaction, pool: Pool, line: str, most: int, owner: str) -> list[MakeCall]:
    """Claims at most `most` of the line, and stores an attempt of each that may be dialled now; those are to be dialled
    once this is committed. A pool with previews shows them to agents first."""
    made: list[MakeCall] = []
    for held in _allowed(tx, pool, line, most, owner):
        if pool.agent_chosen == "preview":
            _preview(tx, pool, held)
        elif call := _dial(tx, pool, held, pool.trunks[0]):
            made.append(call)
    return made


def _allowed(tx: Transaction, pool: Pool, line: str, most: int, owner: str) -> Iterator[Claim]:
    left = most
    for _ in range(MOST_LOOKED_AT):
        claims = list_server.claim(tx, pool.id, line, left, owner) if pool.trunks else []
        for held in claims:
            if _may_dial(tx, pool, held):
                left -= 1
                yield held
        if not claims or left <= 0:
            return


def _may_dial(tx: Transaction, pool: Pool, held: Claim) -> bool:
    """Asked when it is dialled, whatever was promised (P18); what may not be is over, or later."""
    if why := protection.barred(tx, held.number):
        list_server.give_up(tx, held, why, Outcome.DO_NOT_CALL if why == "do_not_call" else None)
        return False
    now, whom = datetime.now(UTC), callee(held.number, pool.region)
    zones = whom.zones or (held.zone,)
    if may_call(pool.legal_hours, zones, now, whom.country):
        return True
    legal = next_legal(pool.legal_hours, zones, Span(now, now + LOOKS_AHEAD), whom.country)
    if legal is None or (held.promised_until is not None and legal > held.promised_until):
        list_server.give_up(tx, held, "not_legal", Outcome.NOT_LEGAL)
    else:
        list_server.give_back(tx, held, legal)
    return False


def _dial(tx: Transaction, pool: Pool, held: Claim, trunk: str, another_trunk: bool = False) -> MakeCall | None:
    """The attempt and its call are on the disk when this is committed: only then may it be dialled."""
    attempt = str(uuid.uuid4())
    tx.run("wait_for_the_disk")
    if not list_server.dial(tx, held, attempt, trunk, another_trunk):
        return None
    tx.run("new_call_out", call=attempt, interaction=held.interaction, number=held.number)
    return MakeCall(
        attempt, held.number, pool.ring_for, held.interaction, trunk, pool.caller_id, longest=pool.longest_call
    )


def sent(tx: Transaction, attempt: str) -> None:
    tx.run("attempt_sent", attempt=attempt)


# ---- previews: the agent looks first -----------------------------------------------------------------------------


def _preview(tx: Transaction, pool: Pool, held: Claim) -> None:
    if not (_show(tx, pool, held) and list_server.preview(tx, held)):
        list_server.give_back(tx, held, datetime.now(UTC) + SAME_AGENT_AFTER)


def _show(tx: Transaction, pool: Pool, held: Claim) -> bool:
    """Whether there is an agent who has not said no to it."""
    tried = [row["agent"] for row in tx.all("tried_agents", interaction=held.interaction)]
    choice = routing_server.choose_agent(tx, held.need, held.customer, tried)
    if choice is None:
        return False
    external_router.reserve(tx, held.interaction, choice, None, pool.preview_for)
    return True


def previewed(tx: Transaction, interaction: str, owner: str) -> MakeCall | None:
    """The agent accepted: dialled once this is committed. Or they did not, and the next one looks at it."""
    row = tx.one("preview", interaction=interaction, owner=owner)
    pool = row and tx.one("pool_of_call", pool=row["pool"])
    if row is None or pool is None or (row["reservation"] and not row["accepted"]):
        return None
    held, how = Claim.of(row), Pool.of(pool)
    if row["reservation"] is None:
        if not _show(tx, how, held):
            list_server.give_back(tx, held, datetime.now(UTC) + SAME_AGENT_AFTER)
        return None
    made = _dial(tx, how, held, how.trunks[0]) if how.trunks and _may_dial(tx, how, held) else None
    if made is None:
        external_router.release(tx, row["reservation"], "not_dialled")
        return None
    hold_for = how.ring_for + LISTENS
    tx.run("reservation_for_call", reservation=row["reservation"], call=made.call_id, hold_for=hold_for)
    return made


def previews(tx: Transaction, owner: str) -> list[str]:
    """Interactions of ours that are shown to agents."""
    return [row["interaction"] for row in tx.all("previews", owner=owner)]


# ---- while it is dialled -----------------------------------------------------------------------------------------


def ringing(tx: Transaction, call: str) -> None:
    """The line is not busy: the agent is chosen and gets page and record (P20), unless the pool does so later."""
    row = tx.one("live_attempt", call=call)
    if row is None or row["call_state"] != "dialling":
        return
    tx.run("attempt_rings", attempt=call)
    tx.run("tell_agent_of_call", call=call)
    if row["state"] in OVER or row["agent_chosen"] not in (None, "ringing") or row["answered_at"]:
        return
    if tx.one("live_reservation_of_interaction", interaction=row["interaction"]):
        return
    choice = routing_server.choose_agent(tx, replace(_need(row), agent=row["only_agent"]), row["customer"])
    if choice is not None:
        hold_for = (row["ring_for"] or timedelta(seconds=30)) + LISTENS
        external_router.reserve(tx, row["interaction"], choice, None, hold_for, call=call, state="reserved")


def answered(tx: Transaction, call: str) -> Measured | None:
    """Somebody, or something, took the call (430); how long they waited for it, if that says something."""
    row = tx.one("live_attempt", call=call)
    if row is None:
        return None
    _answered(tx, row)
    return estimates.measured(tx, row["id"])


def _answered(tx: Transaction, row: Row) -> None:
    if row["answered_at"] is None:
        row["answered_at"] = tx.value("attempt_answered", attempt=row["call"])
        tx.run("set_call_state", call=row["call"], state="asking")
        list_server.answered(tx, Claim.of(row))


def heard_before_answer(tx: Transaction, call: str) -> bool:
    """The line said what it is before anybody answered: whether to hang up (busy, no such number). Some networks let
    one hear the ringing and do not say so otherwise."""
    row = tx.one("live_attempt", call=call)
    if row is None or row["answered_at"] is not None:
        return False
    if row["verdict"] == "ringback":
        ringing(tx, call)
    return row["verdict"] in HEARD


# ---- what was heard ----------------------------------------------------------------------------------------------


def heard(tx: Transaction, event: RouteRequested) -> Decision:
    """The switch asks where the call goes. A human, or nobody knows: to the agent. Anything else by the rules."""
    row = tx.one("live_attempt", call=event.call_id)
    if row is None or row["state"] in OVER:
        return Clear(event.call_id, event.interaction or None)
    _answered(tx, row)
    verdict = _verdict(row)
    if verdict in PUT_THROUGH:
        return put_through(tx, row)
    tx.run("drop_waiting_reservation_of_call", call=event.call_id, reason=verdict)
    what = outcome(Ended("hangup", verdict, timedelta(0)))
    if attempts.foreseen(tx, Claim.of(row), what).then is Then.LEAVE_MESSAGE:
        tx.run("attempt_told", attempt=event.call_id, outcome=what)
        return Tell(event.call_id, row["interaction"], row["message_for_machine"] or MACHINE, after_greeting=True)
    return Clear(event.call_id, row["interaction"])


def put_through(tx: Transaction, row: Row) -> Decision:
    """To the agent who has the page already, else to the next one."""
    call = row["call"]
    held = tx.one("ring_reserved_agent", call=call)
    if held is None:
        tx.run("drop_waiting_reservation_of_call", call=call, reason="unreachable")
        return calls.next_offer(tx, call)
    tx.run("set_call_state", call=call, state="ringing")
    tx.run("set_interaction_state", interaction=row["interaction"], state="ringing")
    return Offer(
        call,
        held["interaction"],
        held["reservation"],
        held["agent"],
        held["station"],
        held["ring_for"],
        held["shown"],
    )


def talking(tx: Transaction, call: str) -> None:
    """An agent has them."""
    row = tx.one("live_attempt", call=call)
    if row is not None and row["call_state"] == "talking":
        _answered(tx, row)
        list_server.talking(tx, Claim.of(row))


def _verdict(row: Row) -> str | None:
    """What was heard before the answer says nothing of who answered then."""
    at = row["verdict_at"]
    return row["verdict"] if at is not None and at >= row["answered_at"] else None


def _need(row: Row) -> Need:
    return need_of(row["skills"], row["language"], row["product"])


# ---- what came of it ---------------------------------------------------------------------------------------------


def settle(tx: Transaction, call: str) -> Settled | None:
    """The call has ended: its outcome is kept, and what follows from it happens. None: that was done before."""
    row = tx.one("ended_attempt", call=call)
    if row is None:
        return None
    what = _outcome(row)
    held = Claim.of(row)
    if next_call := _another_trunk(tx, row, held, what):
        return Settled(call, row["interaction"], row["pool"], what, next_call=next_call)
    earliest = row["call_ended_at"] + NOT_AGAIN_FOR if row["end_reason"] == "abandoned" else None
    step = attempts.settle(tx, held, call, what, row["raw"] or "", earliest)
    if step is not None and step.then in (Then.DONE, Then.LEAVE_MESSAGE):
        tx.run("end_interaction", interaction=row["interaction"], reason=step.detail or "hangup")
    return Settled(call, row["interaction"], row["pool"], what, step)


def _outcome(row: Row) -> Outcome:
    answered_at = row["answered_at"]
    lasted = row["call_ended_at"] - answered_at if answered_at is not None else None
    return outcome(Ended(row["end_reason"], row["verdict"], lasted, row["talked"]))


def _another_trunk(tx: Transaction, row: Row, held: Claim, what: Outcome) -> MakeCall | None:
    """The next trunk of the pool, if this one failed before anybody answered."""
    if what not in ANOTHER_TRUNK or row["answered_at"] is not None or row["verdict"] or row["state"] in OVER:
        return None
    pool = tx.one("pool_of_call", pool=row["pool"])
    tried = {one["trunk"] for one in tx.all("trunks_tried", request=row["id"], of_try=row["tries"])}
    left = [trunk for trunk in (pool["trunks"] if pool else ()) if trunk not in tried]
    if pool is None or not left or not attempts.ended(tx, held, row["call"], what, row["raw"] or ""):
        return None
    return _dial(tx, Pool.of(pool), held, left[0], another_trunk=True)


def to_settle(tx: Transaction) -> list[str]:
    """Calls whose end is known and whose outcome is not."""
    return [row["id"] for row in tx.all("attempts_to_settle")]


# ---- time, and the dead ------------------------------------------------------------------------------------------


def look_after(tx: Transaction, owner: str, lease: timedelta = list_server.LEASE) -> None:
    """Our leases go on, those of others end, and what fell due is in line."""
    tx.run("renew_all_of", owner=owner, lease=lease)
    list_server.sweep(tx)
    for request, _ in list_server.left_alone(tx):
        list_server.take_over(tx, request, owner)


def take_over_all(tx: Transaction, owner: str) -> int:
    """We are the only one, so whoever else holds a request is dead. How many there were."""
    return sum(
        list_server.take_over(tx, row["id"], owner, of=row["owner"]) is not None
        for row in tx.all("held_by_others", owner=owner)
    )
