"""Several controllers, each with its own switch, dial one list (P17, P18)."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from pathlib import Path

from ctiapp.servers import external_router
from tests.database import CallCentre, until
from tests.servers.racing import racers
from tests.servers.the_list import a_request

REQUESTS, CONTROLLERS, AGENTS = int(os.environ.get("CTIAPP_REQUESTS", "400")), 4, 25


def test_p17_p18_every_request_is_dialled_once_and_never_more_than_agents_are_free(
    centre: CallCentre, tmp_path: Path
) -> None:
    centre.a_pool(wrap_up_for=timedelta(0))
    centre.calls_back()
    for place in range(AGENTS):
        centre.an_agent(f"Agent{place}", {"sales": 5})
    numbers = [f"+4479460{place:05}" for place in range(REQUESTS)]
    for place, number in enumerate(numbers):
        a_request(centre, asked=timedelta(seconds=REQUESTS - place), number=number)
    centre.ask("update interaction set wrap_up_for = '0 s' returning id")
    trunk = tmp_path / "trunk"
    orders = [{"does": "control_the_list", "owner": f"cti-{name}", "trunk": str(trunk)} for name in "abcd"]
    assert len(orders) == CONTROLLERS
    with racers(centre.store.url, orders) as controllers:
        for controller in controllers:
            controller.goes()
        most = 0
        flying = "select count(*) from call where state <> 'ended'"
        waits = "select count(*) from call_request where state <> 'done'"

        def is_done() -> bool:
            nonlocal most
            centre.store.in_transaction(external_router.sweep)  # wrap-up is over
            most = max(most, centre.answer(flying))
            assert not any(controller.process.poll() for controller in controllers)
            return not centre.answer(waits)

        until(is_done, timedelta(seconds=REQUESTS))
        for controller in controllers:
            controller.says()
    dialled = [line.split() for line in trunk.read_text().splitlines()]
    assert Counter(number for number, _, _ in dialled) == Counter(numbers)
    assert len({owner for _, _, owner in dialled}) == CONTROLLERS, "all of them dialled"
    assert most <= AGENTS
    assert centre.ask("select distinct outcome from attempt") == [{"outcome": "human"}]
    assert centre.ask("select max(abandoned) as most from call_request") == [{"most": 0}]
