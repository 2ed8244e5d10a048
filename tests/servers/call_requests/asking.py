"""What tests of requests to be called say and look at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ctiapp.core.refusals import Refusal
from ctiapp.servers import attempts, list_server
from tests.database import CallCentre

MARIT = "+447700900142"
YUSUF = "+447700900155"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def refusal(work: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        work()
    return refused.value


def code(work: Callable[[], object]) -> str:
    return refusal(work).code


def tomorrow(first: str = "10:00", last: str = "12:00", zone: str | None = "UTC", days: int = 1) -> dict:
    day = (datetime.now(UTC) + timedelta(days=days)).date()
    return {"date": day.isoformat(), "from": first, "until": last, "zone": zone}


def request_of(centre: CallCentre, status: dict) -> dict:
    return centre.ask("select * from call_request where interaction = %s", status["interaction"])[0]


def is_dialled(centre: CallCentre, status: dict, outcome: str | None = None) -> None:
    """The controller claims and dials it; with an outcome, that try has ended so and the next one is due at once."""
    request = request_of(centre, status)
    with centre.store.transaction() as tx:
        claims = list_server.claim(tx, request["pool"], request["need"], 100, "controller")
        held = next(claim for claim in claims if claim.request == request["id"])
        for other in claims:
            assert other is held or list_server.give_back(tx, other)
        attempt = f"call-{datetime.now(UTC).timestamp()}"
        assert list_server.dial(tx, held, attempt, "public")
        if outcome is not None:
            attempts.ended(tx, held, attempt, outcome)
            assert list_server.next_try(tx, held, datetime.now(UTC), outcome)


def bar(centre: CallCentre, number: str, why: str) -> None:
    with centre.store.transaction() as tx:
        if why == "do_not_call":
            tx.run("do_not_call", number=number, reason="asked", source="test")
        else:
            tx.run("mark_number", number=number, mark=why, attempt=None)
