"""What comes of an attempt: its end, stored once, and the step that the pool's rules make of it.

Like the list server's, these functions work inside the caller's transaction and change nothing for a late owner.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ctiapp.core.outcomes import Outcome
from ctiapp.core.retry import Rule, Step, Then, next_step, usual_rules
from ctiapp.servers import list_server
from ctiapp.servers.list_server import Claim
from ctiapp.store import Transaction


def ended(tx: Transaction, held: Claim, attempt: str, outcome: str, raw: str = "") -> bool:
    """Stores how the attempt ended, once. False: known before, or not ours to say."""
    return bool(tx.run("end_attempt", **held.fence, attempt=attempt, outcome=outcome, raw=raw))


def settle(
    tx: Transaction, held: Claim, attempt: str, outcome: str, raw: str = "", earliest: datetime | None = None
) -> Step | None:
    """The attempt's end and what follows from it; the step that was taken, None: the request is not ours any more.

    Who talked has been served, also if we lost sight of the call then. `earliest`: nothing may be dialled before (legal
    hours).
    """
    state = tx.value("state_of_claim", **held.fence)
    outcome = Outcome.HUMAN if state == "talking" else outcome
    ended(tx, held, attempt, outcome, raw)
    if state is None:
        return None
    step = _step(tx, held, outcome, _tries(tx, held), earliest)
    _take(tx, held, step, outcome)
    if step.mark:
        tx.run("mark_number", number=held.number, mark=step.mark, attempt=attempt)
    return step


def foreseen(tx: Transaction, held: Claim, outcome: str, earliest: datetime | None = None) -> Step:
    """What would follow if the attempt that lives now came to `outcome`: whether a machine is left a message."""
    tries = _tries(tx, held)
    return _step(tx, held, outcome, tries | {outcome: tries.get(outcome, 0) + 1}, earliest)


def rules(tx: Transaction, pool: str) -> list[Rule]:
    """The pool's own, or the usual ones."""
    own = tx.all("retry_rules", pool=pool)
    if not own:
        return list(usual_rules(message=bool(tx.value("has_message", pool=pool))))
    return [Rule(row["outcome"], row["tries"], Then(row["next"]), row["after"]) for row in own]


def _tries(tx: Transaction, held: Claim) -> dict[str, int]:
    return {row["outcome"]: row["tries"] for row in tx.all("tries_by_outcome", request=held.request)}


def _step(tx: Transaction, held: Claim, outcome: str, tries: dict[str, int], earliest: datetime | None) -> Step:
    return next_step(rules(tx, held.pool), outcome, tries, datetime.now(UTC), held.promised_until, earliest)


def _take(tx: Transaction, held: Claim, step: Step, outcome: str) -> None:
    match step.then:
        case Then.TRY_AGAIN:
            assert step.at is not None
            list_server.next_try(tx, held, step.at, outcome, step.head)
        case Then.DONE | Then.LEAVE_MESSAGE:
            list_server.finish(tx, held, step.detail, outcome)
        case Then.GIVE_UP | Then.MARK_NUMBER:
            list_server.give_up(tx, held, step.detail, outcome)
