"""P22: the expected wait of a call request from what is in the database, and how wrong it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ctiapp.core.routing import Need
from ctiapp.core.waiting_time import DEFAULT_HANDLING, FIRST
from ctiapp.servers import list_server
from ctiapp.servers.estimates import LONG_PAUSE, Estimates, Measured, measured
from ctiapp.servers.operations import Figures
from tests.database import SHOP, CallCentre
from tests.servers.the_list import a_call_me_pool, a_request, claimed, the

SALES, GERMAN = Need(("sales",)), Need(("sales",), "de")
MINUTE = timedelta(minutes=1)


def estimate(centre: CallCentre, need: Need = SALES, pool: str = "sales", **more: Any) -> float | None:
    with centre.store.transaction() as tx:
        return Estimates().estimate(tx, pool, need, **more)


def near(seconds: float) -> Any:
    return pytest.approx(seconds, rel=0.1)


def is_busy(centre: CallCentre, agent: str, handled: list[int] | None = None) -> None:
    """In a call since now, after some that took so many seconds each."""
    for seconds in handled or []:
        _reservation(centre, agent, "released", seconds)
    _reservation(centre, agent, "talking", 0)


def _reservation(centre: CallCentre, agent: str, state: str, seconds: int) -> None:
    centre.ask(
        """with i as (insert into interaction (site, channel, state, skills, ring_for, wrap_up_for, longest_wait)
                      values (%s, 'ordinary', 'ended', '{sales}', '1 s', '1 s', '1 s') returning id)
           insert into reservation
                  (interaction, agent, state, deadline, longest_until, created_at, talking_at, released_at)
           select id, %s, %s, now(), now(), now() - %s, now(), case when %s = 'released' then now() end
             from i returning 1""",
        SHOP,
        agent,
        state,
        timedelta(seconds=seconds),
        state,
    )


def a_caller(centre: CallCentre, number: int, waited: timedelta = MINUTE, skill: str = "sales", **ended: Any) -> None:
    """On the line, in the queue."""
    centre.ask(
        """with i as (insert into interaction (site, channel, state, skills, ring_for, wrap_up_for, longest_wait)
                      values (%s, 'ordinary', 'queued', %s, '1 s', '1 s', '1 s') returning id)
           insert into call (id, interaction, dialled, state, queued_at, ended_at)
           select %s, id, '1', %s, now() - %s, case when %s = 'ended' then now() end from i returning 1""",
        SHOP,
        [skill],
        f"caller-{number}",
        ended.get("state", "queued"),
        waited,
        ended.get("state", "queued"),
    )


def three_busy(centre: CallCentre, handled: list[int] | None = None) -> None:
    a_call_me_pool(centre)
    for name in ("Noor", "Aldo", "Ines"):
        is_busy(centre, centre.an_agent(name), handled)


# ---- none and nought ---------------------------------------------------------------------------------------


def test_p22_with_a_free_agent_and_nobody_ahead_it_is_nought(centre: CallCentre) -> None:
    a_call_me_pool(centre)
    centre.an_agent("Noor")
    assert estimate(centre) == 0


def test_p22_with_nobody_at_work_it_is_unknown(centre: CallCentre) -> None:
    a_call_me_pool(centre)
    assert estimate(centre) is None
    centre.an_agent("Noor", station=None)
    assert estimate(centre) is None


def test_p22_with_nobody_who_has_skill_or_language_it_is_unknown(centre: CallCentre) -> None:
    a_call_me_pool(centre)
    centre.an_agent("Noor", {"support": 5})
    assert estimate(centre) is None
    centre.an_agent("Aldo")
    assert estimate(centre) == 0
    assert estimate(centre, GERMAN) is None
    assert estimate(centre, Need(("sales", "worktop"))) is None
    centre.an_agent("Ines", {"sales": 1, "worktop": 1}, ("en", "de"))
    assert estimate(centre, GERMAN) == 0
    assert estimate(centre, Need(("sales", "worktop"), "de")) == 0


def test_p22_with_everybody_on_a_pause_it_is_unknown(centre: CallCentre) -> None:
    a_call_me_pool(centre)
    centre.desk.not_ready(centre.an_agent("Noor"), "break")
    assert estimate(centre) is None


# ---- how long ----------------------------------------------------------------------------------------------


def test_p22_all_are_busy_and_nobody_is_ahead(centre: CallCentre) -> None:
    three_busy(centre)
    assert estimate(centre) == near(FIRST * DEFAULT_HANDLING / 3)


def test_p22_the_handling_times_of_late_count_wrap_up_included(centre: CallCentre) -> None:
    three_busy(centre, [100, 100, 100])
    mean = (9 * 100 + 5 * DEFAULT_HANDLING) / 14
    assert estimate(centre) == near(FIRST * mean / 3)


def test_p22_requests_and_callers_ahead_count(centre: CallCentre) -> None:
    three_busy(centre)
    for _ in range(6):
        a_request(centre, asked=2 * MINUTE)
    with_requests = estimate(centre)
    assert with_requests == near((6 + FIRST) * DEFAULT_HANDLING / 3)
    for number in range(3):
        a_caller(centre, number)
    longer = estimate(centre)
    assert with_requests and longer
    assert with_requests + 0.4 * DEFAULT_HANDLING < longer <= with_requests + DEFAULT_HANDLING


def test_p22_callers_who_hang_up_a_lot_count_less(centre: CallCentre) -> None:
    three_busy(centre)
    for number in range(6):
        a_caller(centre, number)
    patient = estimate(centre)
    for number in range(100, 130):
        a_caller(centre, number, waited=MINUTE, state="ended")
    hasty = estimate(centre)
    assert patient and hasty and hasty < 0.8 * patient


def test_p22_one_further_ahead_waits_less(centre: CallCentre) -> None:
    three_busy(centre)
    for _ in range(6):
        a_request(centre, asked=2 * MINUTE)
    assert estimate(centre, ahead=0, waited=120) == near(FIRST * DEFAULT_HANDLING / 3)
    assert estimate(centre, ahead=3, waited=120) == near((3 + FIRST) * DEFAULT_HANDLING / 3)


def test_p22_agents_of_another_skill_and_their_line_do_not_count(centre: CallCentre) -> None:
    three_busy(centre)
    is_busy(centre, centre.an_agent("Olga", {"support": 3}))
    for _ in range(5):
        a_request(centre, asked=2 * MINUTE, skills=["support"])
    assert estimate(centre) == near(FIRST * DEFAULT_HANDLING / 3)


def test_p22_an_older_line_of_others_that_the_same_agents_take_counts(centre: CallCentre) -> None:
    a_call_me_pool(centre)
    for name in ("Noor", "Aldo", "Ines"):
        is_busy(centre, centre.an_agent(name, {"sales": 3, "support": 3}))
    for _ in range(6):
        a_request(centre, asked=2 * MINUTE, skills=["support"])
    assert estimate(centre) == near((6 + FIRST) * DEFAULT_HANDLING / 3)
    assert estimate(centre, ahead=0, waited=180) == near(FIRST * DEFAULT_HANDLING / 3)


def test_p22_a_short_pause_counts_and_a_long_one_does_not(centre: CallCentre) -> None:
    three_busy(centre)
    centre.desk.not_ready(centre.an_agent("Olga"), "break")
    assert estimate(centre) == near(FIRST * DEFAULT_HANDLING / 4)
    centre.ask("update agent set state_since = now() - %s where id = 'olga' returning 1", LONG_PAUSE + MINUTE)
    assert estimate(centre) == near(FIRST * DEFAULT_HANDLING / 3)


def test_p22_who_is_away_without_a_telephone_does_not_count(centre: CallCentre) -> None:
    three_busy(centre)
    centre.an_agent("Olga")
    centre.a_station("phone-olga", reachable=False)
    assert estimate(centre) == near(FIRST * DEFAULT_HANDLING / 3)


def test_p16_p22_appointments_that_fall_due_meanwhile_count(centre: CallCentre) -> None:
    three_busy(centre)
    for _ in range(6):
        a_request(centre, asked=2 * MINUTE)
    plain = estimate(centre)
    for _ in range(3):
        a_request(centre, asked=2 * MINUTE, due=5 * MINUTE)
        a_request(centre, asked=2 * MINUTE, due=300 * MINUTE)
    assert plain
    assert estimate(centre) == near(plain + DEFAULT_HANDLING)


def test_p18_p22_who_is_being_dialled_takes_the_free_agent(centre: CallCentre) -> None:
    a_call_me_pool(centre)
    centre.an_agent("Noor")
    a_request(centre)
    claimed(centre)
    assert (estimate(centre) or 0) > FIRST * DEFAULT_HANDLING * 0.9
    centre.an_agent("Aldo")
    assert estimate(centre) == 0


def test_p22_what_is_seen_is_kept_for_a_second(centre: CallCentre) -> None:
    three_busy(centre)
    keeps, forgets = Estimates(), Estimates(fresh_for=0)
    with centre.store.transaction() as tx:
        before = keeps.estimate(tx, "sales", SALES), forgets.estimate(tx, "sales", SALES)
    a_request(centre)
    with centre.store.transaction() as tx:
        assert keeps.estimate(tx, "sales", SALES) == before[0]
        assert forgets.estimate(tx, "sales", SALES) > before[1]


# ---- how wrong it was --------------------------------------------------------------------------------------


def measure(centre: CallCentre, request: str) -> Measured | None:
    with centre.store.transaction() as tx:
        return measured(tx, request)


def an_answered_request(centre: CallCentre, **changes: Any) -> str:
    a_call_me_pool(centre)
    request = a_request(centre, asked=10 * MINUTE, **{"estimate_seconds": 300.0} | changes)
    [claim] = claimed(centre)
    with centre.store.transaction() as tx:
        assert list_server.dial(tx, claim, "attempt-1", "public")
    return request


def test_p22_the_wait_is_measured_once_when_the_customer_answers(centre: CallCentre) -> None:
    request = an_answered_request(centre)
    found = measure(centre, request)
    assert found == Measured("sales", 300, pytest.approx(600, abs=5))
    assert the(centre, request)["waited_seconds"] == pytest.approx(600, abs=5)
    assert measure(centre, request) is None


@pytest.mark.parametrize("changes", [{"estimate_seconds": None}, {"window_date": "2026-12-01"}, {"tries": 1}])
def test_p22_what_says_nothing_of_the_estimate_is_not_judged(centre: CallCentre, changes: dict) -> None:
    request = an_answered_request(centre, **changes)
    assert measure(centre, request) is None
    assert the(centre, request)["waited_seconds"] == pytest.approx(600, abs=5)


def test_p22_the_error_is_a_figure_of_the_metrics_page(centre: CallCentre) -> None:
    figures = Figures(centre.store)
    figures.waited(Measured("sales", 300, 400))
    text = figures.text().decode()
    assert 'ctiapp_wait_estimate_error_ratio_bucket{le="0.2",pool="sales"} 0.0' in text
    assert 'ctiapp_wait_estimate_error_ratio_bucket{le="0.3",pool="sales"} 1.0' in text
    assert 'ctiapp_wait_seconds_sum{pool="sales"} 400.0' in text
    assert 'ctiapp_wait_estimate_seconds_sum{pool="sales"} 300.0' in text
