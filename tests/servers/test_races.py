"""The database rules raced from several processes: never two winners, never a leak, never a state that is not true."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ctiapp.settings import PROJECT
from ctiapp.store import Store
from tests.database import CallCentre
from tests.servers.test_srp import swept


def raced(url: str, orders: list[dict]) -> list[Any]:
    """What each process said; they start at the same moment."""
    command = [sys.executable, "-m", "tests.servers.racing"]
    racers = [
        subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in orders
    ]
    try:
        for racer, order in zip(racers, orders, strict=True):
            print(json.dumps({"url": url} | order), file=racer.stdin, flush=True)
        for racer in racers:
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            print("go", file=racer.stdin, flush=True)
        return [json.loads(racer.communicate(timeout=120)[0]) for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()


def is_true(store: Store) -> None:
    """What must hold at any moment."""
    centre = CallCentre(store)
    for of, live in (
        ("agent", "state <> 'released'"),
        ("number", "state = 'reserved'"),
        ("interaction", "state in ('reserved', 'ringing', 'talking')"),
    ):
        twice = f"select {of} from reservation where {of} is not null and {live} group by 1 having count(*) > 1"
        assert centre.ask(twice) == []
    wrong = """select a.id, a.state, k.skill, k.available, k.logged_in from agent a join agent_skill k on k.agent = a.id
               where k.available <> (a.state = 'ready') or k.logged_in <> (a.state <> 'logged_out')"""
    assert centre.ask(wrong) == []
    untrue = """select a.id, a.state, r.state as reservation, t.reachable, t.in_use, s.console from agent a
        left join reservation r on r.agent = a.id and r.state <> 'released'
        left join agent_session s on s.agent = a.id and s.logged_out_at is null
        left join station t on t.id = s.station
        where a.state <> case when s.id is null then 'logged_out' when r.id is not null then r.state
            when not t.reachable or t.in_use or not s.console
                 or exists (select 1 from agent_pause p where p.agent = a.id) then 'not_ready' else 'ready' end"""
    assert centre.ask(untrue) == []
    orphans = """select p.number from routing_point p where (p.state = 'reserved') <>
        exists (select 1 from reservation r where r.number = p.number and r.state = 'reserved')"""
    assert centre.ask(orphans) == []
    astray = """select r.id from reservation r join call c on c.id = r.call where c.state = 'ended'
                and r.state in ('reserved', 'ringing', 'talking')"""
    assert centre.ask(astray) == []
    lost = """select s.id from agent_session s where s.logged_out_at is null and (s.console_lost_at is null) <>
              exists (select 1 from console_connection c where c.session = s.id)"""
    assert centre.ask(lost) == []


def test_p05_fifty_clicks_five_agents_three_numbers_three_winners(centre: CallCentre, database: str) -> None:
    centre.a_pool(points=3)
    for name in ("Noor", "Aldo", "Ines", "Bea", "Rafe"):
        centre.an_agent(name)
    answers = list(itertools.chain.from_iterable(raced(database, [{"does": "click_at_once", "clicks": 10}] * 5)))
    winners = [answer for answer in answers if not isinstance(answer, str)]
    assert len(winners) == 3
    for place in range(3):  # no interaction, agent or number twice
        assert len({winner[place] for winner in winners}) == 3
    losers = Counter(answer for answer in answers if isinstance(answer, str))
    assert losers == {"all_numbers_in_use": 47}
    is_true(centre.store)
    for interaction, *_ in winners:
        centre.srp.cancel(interaction)
    assert centre.ask("select * from reservation where state <> 'released'") == []
    assert centre.ask("select number from routing_point where state = 'reserved'") == []
    assert {centre.state(name) for name in ("noor", "aldo", "ines", "bea", "rafe")} == {"ready"}


def test_p05_fifty_clicks_three_agents_many_numbers_three_winners(centre: CallCentre, database: str) -> None:
    centre.a_pool(points=60)
    for name in ("Noor", "Aldo", "Ines"):
        centre.an_agent(name)
    answers = list(itertools.chain.from_iterable(raced(database, [{"does": "click_at_once", "clicks": 10}] * 5)))
    assert len([answer for answer in answers if not isinstance(answer, str)]) == 3
    assert Counter(answer for answer in answers if isinstance(answer, str)) == {"all_agents_busy": 47}
    assert centre.answer("select count(*) from routing_point where state = 'free'") == 57
    is_true(centre.store)


@pytest.mark.parametrize("same", ["key", "visitor"])
def test_p02_the_same_click_from_many_places_is_one_interaction(centre: CallCentre, database: str, same: str) -> None:
    centre.a_pool(points=30)
    for number in range(30):
        centre.an_agent(f"Agent{number}")
    order = {"does": "click_at_once", "clicks": 5, same: str(uuid.uuid4())}
    answers = list(itertools.chain.from_iterable(raced(database, [order] * 4)))
    assert len({tuple(answer) for answer in answers}) == 1
    assert centre.answer("select count(*) from interaction") == 1
    assert centre.answer("select count(*) from customer") == 1
    assert centre.answer("select count(*) from reservation") == 1


def test_p09_whatever_happens_at_once_the_rules_hold_and_nothing_leaks(centre: CallCentre, database: str) -> None:
    short = {"hold_for": timedelta(milliseconds=300), "cool_down_for": timedelta(milliseconds=50)}
    short |= {"wrap_up_for": timedelta(milliseconds=200)}
    centre.a_pool("sales", points=12, **short)
    centre.a_pool("late", "late", points=8, **short)
    centre.a_plain_number()
    agents = [centre.an_agent(f"Agent{number}") for number in range(20)]
    for part in range(2):
        orders = [
            {"does": "walk_at_random", "seed": 10 * part + seed, "steps": 400, "agents": agents} for seed in range(4)
        ]
        counted: Counter = sum((Counter(answer) for answer in raced(database, orders)), Counter())
        assert {"click", "arrive", "answer", "end", "cancel", "sweep", "move"} <= counted.keys()
        is_true(centre.store)
    assert counted["answer"] > 20
    with centre.store.transaction() as tx:
        for row in tx.all("live_calls"):
            tx.run("end_call", call=row["id"], reason="lost", raw="")
    for _ in ("what expires", "what cools down"):
        centre.passes(timedelta(hours=1))
        swept(centre)
    is_true(centre.store)
    assert centre.ask("select id, state from reservation where state <> 'released'") == []
    assert centre.ask("select id, state from interaction where state <> 'ended'") == []
    assert centre.ask("select number, state from routing_point where state <> 'free'") == []
    for agent in agents:
        centre.desk.ready(agent)
        assert centre.state(agent) in ("ready", "logged_out")
