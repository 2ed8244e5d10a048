"""The list server (P17) over the real database: order, claims, leases and what a late owner may not do."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from ctiapp.core.priority import SCHEMES, place
from ctiapp.core.retry import Then
from ctiapp.core.routing import Need
from ctiapp.servers import attempts, list_server
from ctiapp.servers.list_server import Claim, When
from ctiapp.store import Store, Transaction
from ctiapp.store.queries import QUERIES
from tests.database import CallCentre
from tests.servers.the_list import a_call_me_pool, a_request, claimed, the

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
OVER = timedelta(0)
"""A lease that is over at once."""


def does(centre: CallCentre, work: Callable[..., Any], *values: Any, **named: Any) -> Any:
    with centre.store.transaction() as tx:
        return work(tx, *values, **named)


def dials(centre: CallCentre, held: Claim, **named: Any) -> str:
    """The attempt's id."""
    attempt = uuid.uuid4().hex
    assert does(centre, list_server.dial, held, attempt, "public", **named)
    return attempt


def requests(found: list[Claim]) -> list[str]:
    return [held.request for held in found]


@pytest.fixture
def pool(centre: CallCentre) -> str:
    return a_call_me_pool(centre)


# ---- order -------------------------------------------------------------------------------------------------------


def test_p17_first_in_first_out(centre: CallCentre, pool: str) -> None:
    third, first, second = (a_request(centre, asked=asked) for asked in (MINUTE, HOUR, 2 * MINUTE))
    assert requests(claimed(centre)) == [first, second, third]


def test_p17_by_class_then_by_time(centre: CallCentre) -> None:
    a_call_me_pool(centre, scheme="by_class")
    plain = a_request(centre, asked=HOUR)
    late = a_request(centre, asked=MINUTE, **{"class": 1})
    early = a_request(centre, asked=2 * MINUTE, **{"class": 1})
    assert requests(claimed(centre)) == [early, late, plain]


def test_p17_by_promised_time(centre: CallCentre) -> None:
    a_call_me_pool(centre, scheme="by_promise")
    now = datetime.now(UTC)
    soon = a_request(centre, asked=MINUTE, promised_at=now - HOUR, due=-HOUR)
    later = a_request(centre, asked=2 * HOUR, promised_at=now - MINUTE, due=-MINUTE)
    assert requests(claimed(centre)) == [soon, later]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_p17_the_list_is_in_the_order_of_the_schemes_keys(centre: CallCentre, scheme: str) -> None:
    a_call_me_pool(centre, scheme=scheme)
    dice, now = random.Random(7), datetime.now(UTC)
    for _ in range(40):
        asked, promised = dice.randrange(1, 5), dice.randrange(1, 5)
        a_request(centre, asked=asked * MINUTE, promised_at=now - promised * MINUTE, **{"class": dice.randrange(10)})
    rows = {row["id"]: row for row in centre.ask("select * from call_request")}

    def key(request: str) -> tuple:
        row = rows[request]
        return place(scheme, row["class"], row["requested_at"], row["promised_at"]), request

    assert requests(claimed(centre)) == sorted(rows, key=key)


def test_p17_another_scheme_is_another_order_of_the_same_list(centre: CallCentre, pool: str) -> None:
    plain = a_request(centre, asked=HOUR)
    urgent = a_request(centre, asked=MINUTE, **{"class": 0})
    with centre.store.transaction() as tx:
        tx.execute("update call_me_pool set scheme = 'by_class'")
        list_server.reorder(tx, pool)
    assert requests(claimed(centre)) == [urgent, plain]


def test_p17_a_request_whose_place_nobody_computed_waits_by_class_and_time(centre: CallCentre, pool: str) -> None:
    request = a_request(centre, asked=HOUR)
    centre.ask("update call_request set rank = 3 where id = %s returning id", request)
    row = the(centre, request)
    copy = """insert into call_request (interaction, site, pool, number, zone, class, requested_at)
              select interaction, site, pool, '+44207', zone, 4, requested_at from gone returning id, rank, rank_at"""
    (other,) = centre.ask(f"with gone as (delete from call_request where id = %s returning *) {copy}", request)
    assert (other["rank"], other["rank_at"]) == (4, row["requested_at"])


def test_p17_who_asks_something_else_waits_in_another_line(centre: CallCentre, pool: str) -> None:
    italian = a_request(centre, asked=2 * MINUTE, skills=["sales", "worktop"], language="it")
    plain = [a_request(centre, asked=MINUTE), a_request(centre, asked=HOUR)]
    lines = does(centre, list_server.lines, pool)
    assert [line.need for line in lines] == [Need(("sales",)), Need(("sales", "worktop"), "it")]
    (held,) = does(centre, list_server.claim, pool, lines[1].key, 10, "cti-1")
    assert (held.request, held.need) == (italian, lines[1].need)
    assert requests(claimed(centre)) == plain[::-1]
    assert does(centre, list_server.lines, pool) == []


def test_p17_pools_are_lists_of_their_own(centre: CallCentre, pool: str) -> None:
    a_call_me_pool(centre, "trade")
    request = a_request(centre, "trade")
    assert claimed(centre, pool=pool) == []
    assert requests(claimed(centre, pool="trade")) == [request]


# ---- due ---------------------------------------------------------------------------------------------------------


def test_p17_what_is_not_due_is_not_claimed(centre: CallCentre, pool: str) -> None:
    a_request(centre, due=HOUR)
    assert claimed(centre) == []
    does(centre, list_server.sweep)
    assert claimed(centre) == []


def test_p17_what_falls_due_is_put_in_line_a_batch_at_a_time_in_its_order(
    centre: CallCentre, pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_server, "BATCH", 2)
    asked = [a_request(centre, asked=minutes * MINUTE, due=HOUR) for minutes in (5, 4, 3)]
    for request, ago in zip(asked, (1, 3, 2), strict=True):  # time passes: the due dates are past
        with centre.store.transaction() as tx:
            tx.execute("set local session_replication_role = replica")
            tx.execute("update call_request set due_at = now() - %s where id = %s", (ago * SECOND, request))
    assert claimed(centre) == []
    does(centre, list_server.sweep)
    assert requests(claimed(centre)) == [asked[1], asked[2]]
    does(centre, list_server.sweep)
    assert requests(claimed(centre)) == [asked[0]]


# ---- claims --------------------------------------------------------------------------------------------------------


def test_p17_a_claim_is_ours_alone_and_says_what_must_be_known(centre: CallCentre, pool: str) -> None:
    request = a_request(centre, language="en", number="+442079460000", zone="Europe/Paris")
    (held,) = claimed(centre, most=5, owner="cti-1")
    assert (held.request, held.owner, held.epoch, held.state) == (request, "cti-1", 1, "queued")
    assert (held.number, held.zone, held.need) == ("+442079460000", "Europe/Paris", Need(("sales",), "en"))
    assert claimed(centre, owner="cti-2") == []


def test_p17_never_more_than_asked_for(centre: CallCentre, pool: str) -> None:
    for _ in range(5):
        a_request(centre)
    assert [len(claimed(centre, most)) for most in (2, 0, -1, 9)] == [2, 0, 0, 3]


def test_p17_given_back_it_is_at_its_place_again(centre: CallCentre, pool: str) -> None:
    first, second = a_request(centre, asked=HOUR), a_request(centre)
    (held,) = claimed(centre, 1)
    assert does(centre, list_server.give_back, held)
    assert requests(claimed(centre)) == [first, second]


def test_p17_given_back_for_later_it_waits_for_that(centre: CallCentre, pool: str) -> None:
    a_request(centre)
    (held,) = claimed(centre)
    morning = datetime.now(UTC) + HOUR
    assert does(centre, list_server.give_back, held, morning)
    row = the(centre, held.request)
    assert (row["due_at"], row["in_line"], row["owner"]) == (morning, False, None)


def test_p17_a_lease_that_is_renewed_goes_on(centre: CallCentre, pool: str) -> None:
    kept, lost = a_request(centre, asked=HOUR), a_request(centre)
    held = claimed(centre, lease=OVER)
    assert requests(does(centre, list_server.renew, held[:1], HOUR)) == [kept]
    assert [row["id"] for row in does(centre, list_server.sweep)] == [lost]
    assert does(centre, list_server.renew, held, HOUR) == held[:1]
    assert does(centre, list_server.renew, [], HOUR) == []


def test_p17_a_claim_of_the_dead_is_back_at_its_place(centre: CallCentre, pool: str) -> None:
    first, second = a_request(centre, asked=HOUR), a_request(centre)
    claimed(centre, 1, lease=OVER)
    (back,) = does(centre, list_server.sweep)
    assert (back["id"], back["state"], back["pool"]) == (first, "queued", pool)
    assert requests(claimed(centre, owner="cti-2")) == [first, second]


LATE: list[tuple[str, Callable[[Any, Claim], Any]]] = [
    ("preview", list_server.preview),
    ("dial", lambda tx, held: list_server.dial(tx, held, uuid.uuid4().hex, "public")),
    ("answered", list_server.answered),
    ("talking", list_server.talking),
    ("give_back", list_server.give_back),
    ("next_try", lambda tx, held: list_server.next_try(tx, held, datetime.now(UTC), "busy")),
    ("finish", list_server.finish),
    ("give_up", lambda tx, held: list_server.give_up(tx, held, "busy")),
    ("renew", lambda tx, held: list_server.renew(tx, [held])),
]


@pytest.mark.parametrize("what", ["swept", "claimed by another", "cancelled", "rescheduled"])
@pytest.mark.parametrize(("name", "deed"), LATE, ids=[name for name, _ in LATE])
def test_p17_a_late_owner_changes_nothing_and_is_told(
    centre: CallCentre, pool: str, name: str, deed: Callable[[Any, Claim], Any], what: str
) -> None:
    request = a_request(centre)
    (held,) = claimed(centre, owner="cti-1", lease=OVER)
    if what == "cancelled":
        does(centre, list_server.cancel, request)
    elif what == "rescheduled":
        does(centre, list_server.reschedule, request, When(datetime.now(UTC), datetime.now(UTC)))
    else:
        does(centre, list_server.sweep)
    if what == "claimed by another":
        assert requests(claimed(centre, owner="cti-2")) == [request]
    as_it_was = the(centre, request)
    assert not does(centre, deed, held)
    assert the(centre, request) == as_it_was
    assert centre.ask("select * from attempt") == []


def plan(tx: Transaction, query: str, **values: Any) -> str:
    """As a connection that prepares it now will run it for ever."""
    tx.run(query, **values)
    rows = tx.execute(f"explain (costs off) {QUERIES[query].execute}", values).fetchall()
    return "\n".join(row["QUERY PLAN"] for row in rows)


WALKS = [
    ("claim", {"pool": "sales", "need": '[["sales"], null]', "most": 1, "owner": "cti-1", "lease": MINUTE}),
    ("lines", {"pool": "sales"}),
    ("place_in_line", {"request": str(uuid.uuid4()), "most": 1000}),
    ("come_due", {"most": 1}),
    ("put_back", {"most": 1}),
    ("left_alone", {"most": 1}),
    ("to_hang_up", {}),
]


@pytest.mark.parametrize("analyzed", [False, True], ids=["nothing known of the table", "analyzed"])
def test_p17_however_long_the_list_it_is_walked_along_an_index(centre: CallCentre, pool: str, analyzed: bool) -> None:
    first = a_request(centre)
    with centre.store.transaction() as tx:
        tx.execute("set local session_replication_role = replica")
        tx.execute(
            """with i as (
                 insert into interaction (site, channel, pool, state, skills, ring_for, wrap_up_for, longest_wait)
                 select site, channel, pool, state, skills, ring_for, wrap_up_for, longest_wait from interaction,
                        generate_series(1, 5000) returning id, created_at)
               insert into call_request (interaction, site, pool, number, zone, need, rank, rank_at, in_line)
               select i.id, r.site, r.pool, '+44' || row_number() over (), r.zone, r.need, r.rank, r.rank_at, true
                 from i, call_request r where r.id = %s""",
            (first,),
        )
        tx.execute("analyze call_request" if analyzed else "select 1")
    fresh = Store(centre.store.url, size=1)
    try:
        for query, values in WALKS:
            with fresh.transaction() as tx:
                way = plan(tx, query, **values)
                assert "Seq Scan" not in way, f"{query}:\n{way}"
                ordered = analyzed and query in ("claim", "come_due")  # of few rows it may sort: it thinks they are
                assert not ordered or "Sort" not in way, f"{query}:\n{way}"
    finally:
        fresh.close()


# ---- attempts ------------------------------------------------------------------------------------------------------


def test_p18_an_attempt_is_stored_with_what_it_dials_and_the_request_is_dialling(centre: CallCentre, pool: str) -> None:
    a_request(centre, number="+442079460000")
    (held,) = claimed(centre)
    attempt = dials(centre, held)
    (row,) = centre.ask("select * from attempt")
    stored = {"id": attempt, "request": held.request, "epoch": 1, "of_try": 1, "number": "+442079460000"}
    assert stored.items() <= row.items() and row["trunk"] == "public" and row["ended_at"] is None
    assert (the(centre, held.request)["state"], the(centre, held.request)["tries"]) == ("dialling", 1)


def test_p18_never_two_live_attempts_of_a_request(centre: CallCentre, pool: str) -> None:
    a_request(centre)
    (held,) = claimed(centre)
    dials(centre, held)
    assert not does(centre, list_server.dial, held, "second", "public")
    assert centre.answer("select count(*) from attempt") == 1


def test_p18_another_trunk_is_the_same_try_and_its_outcome_counts(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre)
    first = dials(centre, held)
    assert does(centre, attempts.ended, held, first, "congestion", "503")
    second = dials(centre, held, another_trunk=True)
    step = does(centre, attempts.settle, held, second, "busy", "486")
    assert (step.then, the(centre, request)["tries"]) == (Then.TRY_AGAIN, 1)
    with centre.store.transaction() as tx:
        assert tx.all("tries_by_outcome", request=request) == [{"outcome": "busy", "tries": 1}]


def test_p18_what_may_be_on_the_line_is_not_claimed_again_by_anybody(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre, owner="cti-1", lease=OVER)
    attempt = dials(centre, held)
    assert does(centre, list_server.sweep) == []
    assert claimed(centre, owner="cti-2") == []
    assert does(centre, list_server.left_alone) == [(request, attempt)]
    taken = does(centre, list_server.take_over, request, "cti-2")
    assert (taken.owner, taken.epoch, taken.state) == ("cti-2", held.epoch + 1, "dialling")
    assert does(centre, list_server.left_alone) == []
    assert does(centre, list_server.take_over, request, "cti-3") is None
    assert not does(centre, attempts.ended, held, attempt, "lost")  # the late owner may not free it
    assert does(centre, attempts.settle, held, attempt, "lost") is None
    assert centre.answer("select outcome from attempt") is None
    assert does(centre, attempts.settle, taken, attempt, "no_answer").then is Then.TRY_AGAIN


def test_p18_the_claims_of_an_owner_known_to_be_dead_are_taken_over_at_once(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre, owner="cti-1", lease=HOUR)
    dials(centre, held)
    assert does(centre, list_server.take_over, request, "cti-2") is None
    assert does(centre, list_server.take_over, request, "cti-2", of="cti-1").owner == "cti-2"


def test_p18_who_talked_while_the_controller_died_is_done(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre, lease=OVER)
    attempt = dials(centre, held)
    assert does(centre, list_server.answered, held) and does(centre, list_server.talking, held)
    does(centre, attempts.ended, held, attempt, "human")
    (back,) = does(centre, list_server.sweep)
    assert (back["state"], the(centre, request)["state"]) == ("done", "done")
    assert the(centre, request)["ended_at"] is not None


def test_p18_an_attempt_ends_once(centre: CallCentre, pool: str) -> None:
    a_request(centre)
    (held,) = claimed(centre)
    attempt = dials(centre, held)
    assert does(centre, attempts.ended, held, attempt, "busy", "486")
    assert not does(centre, attempts.ended, held, attempt, "lost")
    assert centre.answer("select outcome from attempt") == "busy"


# ---- what follows ----------------------------------------------------------------------------------------------------


def settled(centre: CallCentre, request: str, *outcomes: str) -> Any:
    """The step after the last of these outcomes, each the next try's."""
    step = None
    for outcome in outcomes:
        with centre.store.transaction() as tx:
            tx.execute("update call_request set due_at = now() where id = %s and state = 'queued'", (request,))
        (held,) = claimed(centre)
        attempt = dials(centre, held)
        step = does(centre, attempts.settle, held, attempt, outcome)
    return step


def test_p18_busy_is_tried_again_three_times_after_five_minutes_each(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    for _ in range(3):
        step = settled(centre, request, "busy")
        assert abs(step.at - datetime.now(UTC) - 5 * MINUTE) < 5 * SECOND
        row = the(centre, request)
        assert (row["state"], row["due_at"], row["in_line"]) == ("queued", step.at, False)
    assert settled(centre, request, "busy").then is Then.GIVE_UP
    row = the(centre, request)
    assert (row["state"], row["detail"], row["last_outcome"], row["tries"]) == ("failed", "busy", "busy", 4)
    interaction = centre.interaction(row["interaction"])
    assert (interaction["state"], interaction["end_reason"]) == ("ended", "busy")


def test_p18_each_outcome_is_counted_by_itself(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    assert settled(centre, request, "busy", "no_answer", "busy", "no_answer", "busy", "no_answer").at is not None


def test_p19_a_fax_is_dropped_and_its_number_marked(centre: CallCentre, pool: str) -> None:
    request = a_request(centre, number="+442079460000")
    assert settled(centre, request, "fax").mark == "fax"
    assert (the(centre, request)["state"], the(centre, request)["detail"]) == ("failed", "fax")
    (mark,) = centre.ask("select * from number_mark")
    assert (mark["number"], mark["mark"]) == ("+442079460000", "fax")


def test_p19_a_machine_is_left_a_message_if_there_is_one(centre: CallCentre) -> None:
    a_call_me_pool(centre, message_for_machine="machine")
    request = a_request(centre)
    (held,) = claimed(centre)
    attempt = dials(centre, held)
    assert does(centre, attempts.foreseen, held, "machine").then is Then.LEAVE_MESSAGE
    assert does(centre, attempts.settle, held, attempt, "machine").then is Then.LEAVE_MESSAGE
    assert (the(centre, request)["state"], the(centre, request)["detail"]) == ("done", "message_left")


def test_p18_rules_of_the_administrator_go_before_the_usual_ones(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    with centre.store.transaction() as tx:
        tx.execute(
            """insert into retry_rule (pool, outcome, tries, after, next)
               values ('sales', 'busy', 1, '90 s', 'try_again'), ('sales', 'busy', 2, null, 'mark_number')"""
        )
    assert abs(settled(centre, request, "busy").at - datetime.now(UTC) - 90 * SECOND) < 5 * SECOND
    assert settled(centre, request, "busy").then is Then.MARK_NUMBER


def test_p20_whom_we_left_alone_is_at_the_head_of_the_list(centre: CallCentre, pool: str) -> None:
    left = a_request(centre)
    first = a_request(centre, asked=HOUR)
    (held, ours) = claimed(centre)[::-1]
    assert does(centre, list_server.give_back, ours)
    assert does(centre, attempts.settle, held, dials(centre, held), "abandoned").head
    assert requests(claimed(centre)) == [left, first]
    assert the(centre, left)["abandoned"] == 1
    with centre.store.transaction() as tx:
        list_server.reorder(tx, pool)  # another scheme does not take the head away
    assert the(centre, left)["rank"] == -1


def test_p18_a_call_that_was_talked_is_done(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre)
    attempt = dials(centre, held)
    assert does(centre, list_server.answered, held)
    assert the(centre, request)["state"] == "connecting"
    assert does(centre, list_server.talking, held)
    assert does(centre, attempts.settle, held, attempt, "human").then is Then.DONE
    assert (the(centre, request)["state"], the(centre, request)["last_outcome"]) == ("done", "human")


def test_p18_who_talked_when_the_call_was_lost_sight_of_is_not_called_again(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre, lease=OVER)
    attempt = dials(centre, held)
    assert does(centre, list_server.answered, held) and does(centre, list_server.talking, held)
    taken = does(centre, list_server.take_over, request, "cti-2")
    assert does(centre, attempts.settle, taken, attempt, "lost").then is Then.DONE
    assert (the(centre, request)["state"], centre.answer("select outcome from attempt")) == ("done", "human")


# ---- what the customer does ------------------------------------------------------------------------------------------


def test_p22_numbers_ahead(centre: CallCentre, pool: str) -> None:
    last, first = a_request(centre), a_request(centre, asked=HOUR)
    other_line = a_request(centre, language="it")
    appointment = a_request(centre, due=HOUR)
    ahead = [does(centre, list_server.numbers_ahead, request) for request in (first, last, other_line, appointment)]
    assert ahead == [0, 1, 0, None]
    claimed(centre, 1)
    assert [does(centre, list_server.numbers_ahead, request) for request in (first, last)] == [0, 0]
    does(centre, list_server.cancel, last)
    assert does(centre, list_server.numbers_ahead, last) is None


def test_p16_a_reschedule_keeps_id_page_and_place(centre: CallCentre, pool: str) -> None:
    moved, other = a_request(centre, asked=HOUR), a_request(centre, asked=MINUTE)
    as_it_was = the(centre, moved)
    due = datetime.now(UTC) + HOUR
    when = When(due, due, due + HOUR, "Europe/Paris", date(2026, 12, 1), time(9), time(11))
    assert does(centre, list_server.reschedule, moved, when)
    row = the(centre, moved)
    assert (row["interaction"], row["requested_at"]) == (as_it_was["interaction"], as_it_was["requested_at"])
    assert (row["promised_at"], row["promised_until"], row["zone"]) == (due, due + HOUR, "Europe/Paris")
    assert (row["window_date"], row["window_from"], row["window_until"]) == (date(2026, 12, 1), time(9), time(11))
    assert requests(claimed(centre, 1)) == [other]
    now = datetime.now(UTC)
    assert does(centre, list_server.reschedule, other, When(now, now), "+442079460999")
    assert does(centre, list_server.reschedule, moved, When(now, now))
    assert requests(claimed(centre)) == [moved, other]
    assert the(centre, other)["number"] == "+442079460999"


def test_p16_what_rings_cannot_be_rescheduled(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre)
    dials(centre, held)
    assert not does(centre, list_server.reschedule, request, When(datetime.now(UTC), datetime.now(UTC)))
    assert the(centre, request)["state"] == "dialling"


def test_p15_cancelled_while_it_rings_it_is_hung_up(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre)
    attempt = dials(centre, held)
    assert does(centre, list_server.cancel, request).attempt == attempt
    assert does(centre, list_server.to_hang_up) == [attempt]
    assert does(centre, attempts.settle, held, attempt, "no_answer") is None
    assert centre.answer("select outcome from attempt") == "no_answer"
    assert does(centre, list_server.to_hang_up) == []
    row = the(centre, request)
    assert (row["state"], row["detail"], row["owner"]) == ("cancelled", "cancelled", None)
    assert centre.interaction(row["interaction"])["end_reason"] == "cancelled"
    assert does(centre, list_server.cancel, request) is None


def test_p15_who_talks_does_not_cancel(centre: CallCentre, pool: str) -> None:
    request = a_request(centre)
    (held,) = claimed(centre)
    dials(centre, held)
    assert does(centre, list_server.answered, held) and does(centre, list_server.talking, held)
    assert does(centre, list_server.cancel, request) is None
    assert the(centre, request)["state"] == "talking"
