"""Callers on the line and callbacks in one fair order, as the database has them (P17); the abandoned share (P18)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ctiapp.servers import cti
from ctiapp.servers.turns import MOST_OVERTAKEN, Turns
from ctiapp.switch.simulated import Does, Party
from tests.database import CallCentre
from tests.servers.living import Living, living, until
from tests.servers.the_list import a_request

TALKS = Party(Does.ANSWERS, talks_for=timedelta(seconds=1))


@pytest.fixture
async def shop(centre: CallCentre, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Living]:
    """Noor is the only one; nobody is left waiting after a call (no wrap-up)."""
    monkeypatch.setattr(cti, "BEAT_EVERY", timedelta(milliseconds=50))
    centre.a_pool(wrap_up_for=timedelta(0))
    centre.a_plain_number(skill="sales", wrap_up_for=timedelta(0))
    centre.calls_back(scheme="by_class")
    async with living(centre) as shop:
        shop.switch.any_customer = Party(Does.ANSWERS)
        shop.an_agent("Noor", {"sales": 9}, party=TALKS)
        await shop.starts()
        shop.server.controller.turns.most_a_second = 1000
        yield shop


async def is_busy_until_all_wait(shop: Living) -> str:
    """Noor talks to somebody meanwhile; who that is."""
    shop.switch.set_party("phone-noor", Party(Does.ANSWERS))
    call = shop.switch.arrive("02079460100")
    await shop.becomes("noor", "talking")
    shop.switch.set_party("phone-noor", TALKS)
    return call


async def served(shop: Living, calls: int) -> list[str]:
    """The channels of all who talked, in order."""
    query = """select i.channel from reservation r join interaction i on i.id = r.interaction
                where r.talking_at is not null order by r.talking_at"""

    def enough() -> bool:
        shop.switch.clock.advance(timedelta(seconds=0.2))
        return len(shop.centre.ask(query)) >= calls

    await until(enough, timedelta(seconds=60))
    return [row["channel"] for row in shop.centre.ask(query)]


def callbacks(shop: Living, number: int, of_class: int) -> None:
    for _ in range(number):
        a_request(shop.centre, **{"class": of_class})
    shop.centre.ask("update interaction set wrap_up_for = '0 s' returning id")


async def test_p17_callbacks_that_go_first_cannot_starve_a_caller(shop: Living) -> None:
    first = await is_busy_until_all_wait(shop)
    shop.switch.arrive("02079460100")
    await until(lambda: shop.centre.answer("select count(*) from call where state = 'queued'") == 1)
    callbacks(shop, MOST_OVERTAKEN + 4, of_class=0)
    shop.switch.caller_hangs_up(first)
    order = (await served(shop, MOST_OVERTAKEN + 4))[1:]
    assert order.index("ordinary") == MOST_OVERTAKEN


async def test_p17_callers_who_go_first_cannot_starve_a_callback(shop: Living) -> None:
    first = await is_busy_until_all_wait(shop)
    callbacks(shop, 1, of_class=9)
    for _ in range(MOST_OVERTAKEN + 3):
        shop.switch.arrive("02079460100")
    waits = "select count(*) from call where state = 'queued'"
    await until(lambda: shop.centre.answer(waits) == MOST_OVERTAKEN + 3)
    shop.switch.caller_hangs_up(first)
    order = (await served(shop, MOST_OVERTAKEN + 3))[1:]
    assert order.index("call_me") == MOST_OVERTAKEN


async def test_p17_of_equals_the_first_who_came_is_served_first(shop: Living) -> None:
    first = await is_busy_until_all_wait(shop)
    callbacks(shop, 1, of_class=5)
    shop.switch.arrive("02079460100")
    await until(lambda: shop.centre.answer("select count(*) from call where state = 'queued'") == 1)
    callbacks(shop, 1, of_class=5)
    shop.switch.caller_hangs_up(first)
    assert (await served(shop, 4))[1:] == ["call_me", "ordinary", "call_me"]


async def test_p17_a_callback_that_comes_to_nothing_leaves_the_agent_to_the_caller(shop: Living) -> None:
    first = await is_busy_until_all_wait(shop)
    shop.switch.any_customer = Party(Does.IS_BUSY)
    callbacks(shop, 1, of_class=0)
    shop.switch.arrive("02079460100")
    await until(lambda: shop.centre.answer("select count(*) from call where state = 'queued'") == 1)
    shop.switch.caller_hangs_up(first)
    assert (await served(shop, 2))[1:] == ["ordinary"]


# ---- more calls than agents ------------------------------------------------------------------------------------------


def to_dial(centre: CallCentre) -> list[int]:
    with centre.store.transaction() as tx:
        return [due.most for due in Turns(most_a_second=1000).to_dial(tx)]


def answered(centre: CallCentre, human: int, abandoned: int, ago: timedelta = timedelta(minutes=5)) -> None:
    """So many calls out of the pool, answered so long ago."""
    request = a_request(centre, due=timedelta(days=1))
    at = datetime.now(UTC) - ago
    with centre.store.transaction() as tx:
        for outcome, number in (("human", human), ("abandoned", abandoned)):
            tx.execute(
                """insert into attempt (id, request, interaction, epoch, of_try, number, trunk, answered_at, outcome,
                                        ended_at)
                   select gen_random_uuid()::text, id, interaction, 0, 1, number, 'public', %s, %s, now()
                     from call_request, generate_series(1, %s) where id = %s""",
                (at, outcome, number, request),
            )


@pytest.mark.parametrize(
    ("pacing", "human", "abandoned", "calls"),
    [(1.0, 1000, 0, 4), (2.0, 1000, 0, 8), (2.0, 0, 0, 4), (2.0, 96, 4, 4), (2.0, 980, 29, 5)],
    ids=["one each", "twice", "nothing measured", "too many abandoned", "nearly too many"],
)
def test_p18_more_calls_than_agents_only_while_few_are_abandoned(
    centre: CallCentre, pacing: float, human: int, abandoned: int, calls: int
) -> None:
    centre.a_pool()
    centre.calls_back(pacing=pacing, most_abandoned=0.03)
    for place in range(4):
        centre.an_agent(f"Agent{place}", {"sales": 5})
    for _ in range(20):
        a_request(centre)
    answered(centre, human, abandoned)
    answered(centre, 0, 50, ago=timedelta(hours=2))
    assert to_dial(centre) == [calls]


def test_p18_agents_of_several_lines_are_counted_once(centre: CallCentre) -> None:
    centre.a_pool()
    centre.calls_back()
    centre.an_agent("Noor", {"sales": 5, "kitchens": 5})
    centre.an_agent("Aldo", {"sales": 5})
    for skill in ("sales", "kitchens"):
        for _ in range(3):
            a_request(centre, skills=[skill])
    assert sum(to_dial(centre)) == 2


def test_p18_a_pool_without_a_trunk_keeps_nobody_waiting(centre: CallCentre) -> None:
    centre.a_pool()
    centre.calls_back()
    centre.ask("update call_me_pool set trunks = '{}' returning pool")
    centre.an_agent("Noor", {"sales": 5})
    a_request(centre)
    with centre.store.transaction() as tx:
        assert Turns().callers(tx) is None and Turns().to_dial(tx) == []
