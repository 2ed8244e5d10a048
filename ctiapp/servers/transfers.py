"""A customer is passed on: to an agent, to whoever of a team is free, or to a number; told first, or sent at once.

`Transfers` runs in the web process: it reserves the receiver and says what is wanted. What becomes of it is done by the
CTI server (`transfer_control`), with the transactions below. While a transfer is open two agents hold the interaction:
who handles it, and who receives it; the indexes see to it that it is one of each.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from ctiapp.core.refusals import Refusal
from ctiapp.core.routing import Candidate, Choice, Need, need_of
from ctiapp.servers import external_router, protection, routing_server
from ctiapp.servers.estimates import Estimates
from ctiapp.servers.numbers import callee, display
from ctiapp.store import Store, Transaction
from ctiapp.store.store import Row
from ctiapp.switch.protocol import CallSeen, EndReason, Target

RING_MARGIN = timedelta(seconds=15)
"""How much longer than the ring the receiver's lease lasts."""
STATES = {
    "not_ready": "is not ready",
    "reserved": "has a call coming",
    "ringing": "has a call coming",
    "talking": "is in a call",
    "wrap_up": "is in wrap-up",
    "logged_out": "is signed out",
}


class Transfers:
    """All methods are synchronous, thread safe, and raise `Refusal` with nothing changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._wait = Estimates().of_callers

    def start(self, agent: str, interaction: str, kind: str, to: dict[str, str], with_page: bool) -> None:
        """`kind`: "blind" or "attended". `to`: one of agent, skill, number. Good again while the customer waits and
        nobody is being consulted."""

        def work(tx: Transaction) -> None:
            held = _held(tx, agent, interaction)
            before = tx.one("open_transfer", interaction=interaction)
            if before is not None:
                if before["state"] != "alone":
                    raise Refusal("wrong_state", "This call is being passed on already.")
                tx.run("end_transfer", transfer=before["id"], outcome=None)
            number, trunk, receiver = None, None, None
            if "number" in to:
                number, trunk = _number(tx, held, to["number"])
            else:
                choice = _choose(tx, agent, held, to)
                receiver = (choice.candidate.agent, _receive(tx, agent, held, choice, with_page))
            tx.run(
                "new_transfer",
                interaction=interaction,
                call=held["call"],
                kind=kind,
                from_agent=agent,
                from_reservation=held["id"],
                to_agent=receiver and receiver[0],
                to_reservation=receiver and receiver[1],
                skill=to.get("skill"),
                number=number,
                trunk=trunk,
            )

        self._store.in_transaction(work)

    def complete(self, agent: str, interaction: str) -> None:
        """Customer and whom the agent consulted are connected. Idempotent while it is under way."""
        self._want(agent, interaction, "complete", ("consulting", "conference"))

    def conference(self, agent: str, interaction: str) -> None:
        """Customer, agent and whom they consulted talk, the three of them."""
        self._want(agent, interaction, "conference", ("consulting",))

    def take_back(self, agent: str, interaction: str) -> None:
        """The customer is with the agent again, whoever rings or talks with them."""
        self._want(agent, interaction, "take_back", ("ringing", "consulting", "conference", "alone"))

    def _want(self, agent: str, interaction: str, wants: str, states: tuple[str, ...]) -> None:
        def work(tx: Transaction) -> None:
            _held(tx, agent, interaction)
            transfer = tx.one("open_transfer", interaction=interaction)
            if transfer is None or transfer["kind"] != "attended" or transfer["state"] not in states:
                raise Refusal("wrong_state", "That is not possible just now.")
            if transfer["wants"] is None:
                tx.run("want", transfer=transfer["id"], wants=wants)

        self._store.in_transaction(work)

    def targets(self, agent: str, search: str) -> dict[str, Any]:
        """Who is at work, ready ones first, and the teams; `search` in names and skills. `free_in_seconds` of a team:
        how long until somebody is, where nobody but the agent is ready; null: nobody knows, or somebody is."""
        like = "%" + search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
        with self._store.statements() as tx:
            agents = tx.all("transfer_agents", agent=agent, like=like)
            teams = tx.all("transfer_teams", agent=agent, like=like)
            busy = [team["skill"] for team in teams if team["others"] and not team["ready"]]
            waits = dict(zip(busy, self._wait(tx, [Need((skill,)) for skill in busy]), strict=True))
        return {
            "agents": [
                {key: row[key] for key in ("id", "name", "first_name", "state", "skills")}
                | {"since": row["state_since"]}
                for row in agents
            ],
            "teams": [
                {key: team[key] for key in ("skill", "ready", "logged_in")}
                | {"free_in_seconds": waits.get(team["skill"])}
                for team in teams
            ],
        }


def of_engagement(tx: Transaction, agent: str, interaction: str) -> dict[str, Any] | None:
    """The transfer that the agent sends or receives, or what came of the last one."""
    row = tx.one("last_transfer", interaction=interaction, agent=agent)
    if row is None:
        return None
    sends = row["from_agent"] == agent
    other = "to" if sends else "from"
    return {
        "kind": row["kind"],
        "state": row["state"],
        "role": "sender" if sends else "receiver",
        "name": row[f"{other}_name"] or display(row["number"]),
        "first_name": row[f"{other}_first_name"] or display(row["number"]),
        "skill": row["skill"],
        "number": display(row["number"]),
        "outcome": row["outcome"],
        "since": row["created_at"],
    }


def _held(tx: Transaction, agent: str, interaction: str) -> Row:
    held = tx.one("held_for_transfer", agent=agent, interaction=interaction)
    if held is None or held["call"] is None:
        raise Refusal("not_yours", "You are not talking with this customer.")
    return held


def _choose(tx: Transaction, sender: str, held: Row, to: dict[str, str]) -> Choice:
    if "skill" in to:
        choice = routing_server.choose_agent(tx, need_of([to["skill"]], held["language"], None), None, [sender])
        if choice is None:
            raise Refusal("all_agents_busy", "Nobody of that team is free.")
        return choice
    who = tx.one("agent_for_transfer", agent=to["agent"])
    if who is None or to["agent"] == sender:
        raise Refusal("unknown_agent", "There is no such agent to send a call to.")
    if tx.one("wait_for_ready_agent", agent=to["agent"]) is None:
        now = tx.one("agent_for_transfer", agent=to["agent"]) or who
        raise Refusal(
            "agent_not_free", f"{now['first_name']} {STATES.get(now['state'], 'is busy')}.", state=now["state"]
        )
    candidate = Candidate(
        who["id"],
        who["first_name"],
        who["station"],
        who["skills"] or {},
        frozenset(who["languages"]),
        who["idle_since"],
    )
    return Choice(candidate)


def _receive(tx: Transaction, sender: str, held: Row, choice: Choice, with_page: bool) -> str:
    who = tx.one("agent", agent=sender)
    assert who is not None
    why = [{"rule": "transfer", "text": f"{who['name']} passes this call on"}, *choice.why]
    reservation: str = tx.value(
        "receive",
        interaction=held["interaction"],
        agent=choice.candidate.agent,
        station=choice.candidate.station,
        with_page=with_page,
        call=held["call"],
        hold_for=held["ring_for"] + RING_MARGIN,
        why=json.dumps(why),
    )
    return reservation


def _number(tx: Transaction, held: Row, number: str) -> tuple[str, str]:
    """(number, trunk): what the pool may call. No premium or satellite number, whatever the pool says."""
    whom = callee(number)
    rules = tx.one("number_rules", site=held["site"], pool=held["pool"])
    if rules is None:
        raise Refusal("number_type_not_allowed", "No calls go out from here.")
    protection.refuse_kind(rules, whom)
    if {"premium", "satellite"} & set(whom.kinds):
        raise Refusal("number_type_not_allowed", "We do not call numbers of that kind.")
    return whom.number, rules["trunks"][0]


# ---- what becomes of it: each is one transaction's work in the CTI server ---------------------------------------


def target_of(transfer: Row) -> Target:
    if transfer["number"]:
        return Target(number=transfer["number"], trunk=transfer["trunk"])
    return Target(transfer["to_station"])


def rings(tx: Transaction, transfer_id: str) -> Row | None:
    """The receiver has page and record on screen: their telephone may ring. None: there is nothing to do any more."""
    transfer = tx.one("transfer", transfer=transfer_id)
    if transfer is None or transfer["state"] != "offered":
        return None
    if tx.one("call_is_live", call=transfer["call"]) is None or transfer["sender"] != "talking":
        fails(tx, transfer, "gone")
        return None
    if transfer["to_reservation"] and transfer["receiver"] != "reserved":
        fails(tx, transfer, "refused")
        return None
    if transfer["kind"] == "blind":
        tx.run("hand_over", transfer=transfer_id, state="ringing")
        if transfer["skill"]:
            tx.run("need_skill", interaction=transfer["interaction"], skill=transfer["skill"])
    elif transfer["to_reservation"]:
        hold_for = transfer["ring_for"] + RING_MARGIN
        tx.run("receiver_rings", reservation=transfer["to_reservation"], hold_for=hold_for)
    tx.run("set_transfer_state", transfer=transfer_id, state="ringing", outcome=None)
    return transfer


def not_taken(tx: Transaction, transfer: Row) -> None:
    """The switch did not do it: all is as before."""
    fails(tx, transfer, "error")
    tx.run("talks_again", reservation=transfer["from_reservation"])
    tx.run("move_call", call=transfer["call"], state="talking")
    tx.run("set_interaction_state", interaction=transfer["interaction"], state="connected")


def fails(tx: Transaction, transfer: Row, outcome: str) -> None:
    """Before the customer was moved: the sender talks with them as ever, and is told."""
    _release_receiver(tx, transfer, outcome)
    tx.run("end_transfer", transfer=transfer["id"], outcome=outcome)


def consulted_answered(tx: Transaction, call: str) -> None:
    transfer = tx.one("open_transfer_of_call", call=call)
    if transfer is None or transfer["kind"] != "attended":
        return
    if transfer["to_reservation"]:
        tx.run("receiver_talks", reservation=transfer["to_reservation"])
    tx.run("set_transfer_state", transfer=transfer["id"], state="consulting", outcome=None)


def consulted_ended(tx: Transaction, call: str, reason: EndReason) -> None:
    """Nobody was reached, or they have hung up: the customer still hears music, and the sender is told. Of three, the
    sender and the customer go on."""
    transfer = tx.one("open_transfer_of_call", call=call)
    if transfer is None or transfer["kind"] != "attended":
        return
    if transfer["state"] == "conference":
        taken_back(tx, transfer["id"])
        return
    _release_receiver(tx, transfer, reason.value)
    tx.run("set_transfer_state", transfer=transfer["id"], state="alone", outcome=reason.value)


def all_talk(tx: Transaction, transfer_id: str) -> None:
    if tx.one("transfer", transfer=transfer_id) is not None:
        tx.run("set_transfer_state", transfer=transfer_id, state="conference", outcome=None)


def completed(tx: Transaction, transfer_id: str) -> None:
    if tx.one("transfer", transfer=transfer_id) is not None:
        tx.run("hand_over", transfer=transfer_id, state="talking")
        tx.run("end_transfer", transfer=transfer_id, outcome="completed")


def taken_back(tx: Transaction, transfer_id: str) -> None:
    transfer = tx.one("transfer", transfer=transfer_id)
    if transfer is not None:
        _release_receiver(tx, transfer, "taken_back")
        tx.run("end_transfer", transfer=transfer_id, outcome="taken_back")


def sender_left(tx: Transaction, call: str) -> bool:
    """Who kept the customer waiting hung up: wrap-up for them, the receiver is free, the customer in the line, with
    music. False: it is known already."""
    if tx.one("call_is_live", call=call) is None:
        return False
    transfer = tx.one("open_transfer_of_call", call=call)
    if transfer is None:
        return False
    tx.run("hand_over", transfer=transfer["id"], state="ringing")
    _release_receiver(tx, transfer, "sender_left")
    tx.run("end_transfer", transfer=transfer["id"], outcome="sender_left")
    tx.run("move_call", call=call, state="queued")
    tx.run("set_interaction_state", interaction=transfer["interaction"], state="queued")
    return True


def arrived(tx: Transaction, call: str, station: str) -> None:
    """A customer who was sent on talks with the receiver; or the sender, of three who talked, has hung up."""
    transfer = tx.one("open_transfer_of_call", call=call)
    if transfer is None:
        return
    if transfer["kind"] == "blind":
        tx.run("end_transfer", transfer=transfer["id"], outcome="sent")
    elif transfer["state"] == "conference" and station != transfer["from_station"]:
        completed(tx, transfer["id"])


def came_back(tx: Transaction, call: str, outcome: EndReason) -> str | None:
    """A customer who was sent on was not taken. The reservation of the sender, who gets them back if they still do the
    wrap-up of it; None: the next agent, or the line."""
    transfer = tx.one("open_transfer_of_call", call=call)
    if transfer is None or transfer["kind"] != "blind":
        return None
    tx.run("end_transfer", transfer=transfer["id"], outcome=outcome.value)
    tx.run("move_call", call=call, state="asking")
    sender = tx.one("sender_who_may_take_back", reservation=transfer["from_reservation"])
    if sender is None:
        return None
    external_router.release(tx, sender["id"], "returned")
    who = transfer["to_agent"] and tx.one("agent", agent=transfer["to_agent"])
    name = who["first_name"] if who else display(transfer["number"])
    candidate = Candidate(
        sender["agent"], sender["first_name"], sender["station"], {}, frozenset(), transfer["created_at"]
    )
    choice = Choice(candidate, ({"rule": "transfer", "text": f"{name} didn't answer"},))
    hold_for = RING_MARGIN + timedelta(seconds=20)
    return external_router.reserve(tx, transfer["interaction"], choice, None, hold_for, call=call).id


def reconcile(tx: Transaction, seen: CallSeen) -> None:
    """What became of the transfer while we were away is what the switch shows."""
    found = tx.one("open_transfer_of_call", call=seen.call_id)
    transfer = found and tx.one("transfer", transfer=found["id"])
    if transfer is None or transfer["state"] == "offered":
        return
    if transfer["kind"] == "blind":
        if seen.phase == "talking" and seen.station == transfer["from_station"]:
            not_taken(tx, transfer)
        elif seen.phase == "talking":
            arrived(tx, seen.call_id, seen.station)
    elif seen.phase in ("held", "conference"):
        if not seen.consulted and transfer["state"] != "alone":
            consulted_ended(tx, seen.call_id, EndReason.LOST)
        elif seen.consulted_answered and transfer["state"] == "ringing":
            consulted_answered(tx, seen.call_id)
        elif seen.phase == "conference":
            all_talk(tx, transfer["id"])
    elif seen.phase == "talking" and seen.station == transfer["from_station"]:
        taken_back(tx, transfer["id"])
    elif seen.phase == "talking":
        completed(tx, transfer["id"])
    elif seen.phase in ("queued", "asking"):
        sender_left(tx, seen.call_id)


def _release_receiver(tx: Transaction, transfer: Row, outcome: str) -> None:
    if transfer["to_reservation"] is None:
        return
    released = external_router.release(tx, transfer["to_reservation"], outcome)
    pause = PAUSES.get(outcome)
    if released and pause and transfer["state"] not in ("consulting", "conference"):
        tx.run("fail_agent", agent=transfer["to_agent"], reason=pause)


PAUSES = {
    "no_answer": "no_answer",
    "rejected": "rejected",
    "busy": "rejected",
    "no_console": "no_console",
}
"""As for any call that an agent did not take."""
