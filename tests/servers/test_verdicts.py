"""P19: what the detector heard stands in the attempt before anybody is asked what to do with the call."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest

from ctiapp.progress.server import keep_verdict
from ctiapp.progress.verdict import Sound, Verdict
from ctiapp.servers import list_server
from ctiapp.store import Store
from ctiapp.store.listen import Listener
from tests.database import CallCentre


@pytest.fixture
def attempt(centre: CallCentre, store: Store) -> str:
    """A customer who clicked is being dialled."""
    centre.calls_back(centre.a_pool())
    centre.call_me()
    (request,) = centre.ask("select * from call_request")
    call_id = str(uuid.uuid4())
    with store.transaction() as tx:
        (claim,) = list_server.claim(tx, request["pool"], request["need"], 1, "controller")
        assert list_server.dial(tx, claim, call_id, "public")
    return call_id


def row(store: Store, call_id: str) -> dict:
    with store.transaction() as tx:
        query = (
            "select verdict, reason, confidence, verdict_ms, verdict_at is not null as dated from attempt where id = %s"
        )
        return dict(tx.execute(query, (call_id,)).fetchone())


def test_the_verdict_is_kept_with_reason_confidence_and_latency(store: Store, attempt: str) -> None:
    keep_verdict(store, attempt, Verdict(Sound.HUMAN, "greeting of 700 ms", 0.9, 1800, 620), False)
    assert row(store, attempt) == {
        "verdict": "human",
        "reason": "greeting of 700 ms",
        "confidence": pytest.approx(0.9),
        "verdict_ms": 620,
        "dated": True,
    }


def test_all_circuits_busy_is_no_wrong_number(store: Store, attempt: str) -> None:
    keep_verdict(store, attempt, Verdict(Sound.SIT, "three tones (NC)", 0.98, 1100, 1000, "NC"), False)
    assert row(store, attempt)["verdict"] == "reorder"


def test_what_is_heard_after_the_answer_counts_more_than_what_was_heard_before(store: Store, attempt: str) -> None:
    keep_verdict(store, attempt, Verdict(Sound.BUSY, "", 0.9, 1800, 620), True)
    keep_verdict(store, attempt, Verdict(Sound.HUMAN, "", 0.9, 1800, 620), False)
    assert row(store, attempt)["verdict"] == "human"


def test_what_was_heard_before_the_answer_and_is_kept_late_is_not_kept(store: Store, attempt: str) -> None:
    with store.transaction() as tx:
        tx.execute("update attempt set answered_at = now() where id = %s", (attempt,))
    keep_verdict(store, attempt, Verdict(Sound.HUMAN, "", 0.9, 1800, 620), False)
    keep_verdict(store, attempt, Verdict(Sound.RINGBACK, "", 0.9, 1800, 620), True)
    assert row(store, attempt)["verdict"] == "human"


def test_a_call_that_is_nobodys_keeps_nothing_and_breaks_nothing(store: Store, centre: CallCentre) -> None:
    keep_verdict(store, str(uuid.uuid4()), Verdict(Sound.HUMAN, "", 0.9, 1800, 620), True)


def test_p19_a_line_that_speaks_before_the_answer_wakes_the_controller(
    database: str, store: Store, attempt: str
) -> None:
    """After the answer the switch asks anyway."""
    told: list[tuple[str, str]] = []
    listening, heard = threading.Event(), threading.Event()

    def take(kind: str, key: str) -> None:
        told.append((kind, key))
        (listening if kind == "resync" else heard).set()

    listener = Listener(database, take)
    listener.start()
    try:
        assert listening.wait(5)
        keep_verdict(store, attempt, Verdict(Sound.HUMAN, "", 0.9, 1800, 620), False)
        assert not heard.wait(timedelta(milliseconds=300).total_seconds())
        keep_verdict(store, attempt, Verdict(Sound.BUSY, "", 0.9, 1800, 620), True)
        assert heard.wait(5)
        assert ("heard", attempt) in told
    finally:
        listener.stop()
        listener.join(5)
