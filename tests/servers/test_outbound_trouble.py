"""Trouble while we call customers: nothing is lost, nothing is dialled twice, the order is kept (P17, P18)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ctiapp.servers import cti, outbound_controller
from ctiapp.switch.protocol import MakeCall
from ctiapp.switch.simulated import Does, Party
from tests.database import CallCentre
from tests.servers.living import Living, living, until
from tests.servers.test_outbound_controller import (
    MIA,
    answers,
    attempts,
    nothing_leaks,
    reaches_mia,
    talks_to_mia,
    the_request,
)
from tests.servers.the_list import a_request

PENDING, AGENTS = 1000, 15


@pytest.fixture
async def shop(centre: CallCentre, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Living]:
    monkeypatch.setattr(cti, "BEAT_EVERY", timedelta(milliseconds=100))
    monkeypatch.setattr(outbound_controller, "LOOK_FOR", (timedelta(milliseconds=50), timedelta(milliseconds=100)))
    centre.a_pool()
    centre.calls_back()
    async with living(centre) as shop:
        shop.switch.any_customer = Party(Does.RINGS)
        shop.an_agent("Noor", {"sales": 9})
        await shop.starts()
        yield shop


# ---- the link is cut between the order and its answer ----------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["after", "says nothing"])
async def test_p18_the_switch_took_the_call_and_we_never_heard_so_it_goes_on(shop: Living, trouble: str) -> None:
    shop.switch.cuts_the_link = trouble
    status = shop.centre.call_me(MIA)
    await until(lambda: shop.switch.dialled)
    if trouble == "after":
        await until(lambda: not shop.server.ready)
        shop.switch.restore_link()
        await shop.is_ready()
    await answers(shop)
    await shop.rings("noor")
    shop.switch.station_answers("phone-noor")
    await shop.request_is(status, "talking")
    shop.switch.station_hangs_up("phone-noor")
    await shop.request_is(status, "done")
    assert shop.switch.dialled == [MIA] and len(attempts(shop)) == 1


@pytest.mark.parametrize("link", [True, False], ids=["link is up", "link is down"])
async def test_p18_the_switch_never_took_the_call_so_it_is_lost_and_tried_again_later(shop: Living, link: bool) -> None:
    shop.switch.cuts_the_link = "before"
    status = shop.centre.call_me(MIA)
    if link:
        await until(lambda: not shop.switch._linked)
        shop.switch.restore_link()
    else:
        await until(lambda: not shop.server.ready)
        assert the_request(shop, status)["state"] == "dialling"
        shop.switch.restore_link()
    await until(lambda: the_request(shop, status)["last_outcome"] == "lost")
    await shop.is_ready()
    assert shop.switch.dialled == [] and the_request(shop, status)["state"] == "queued"
    nothing_leaks(shop)
    shop.centre.passes(timedelta(minutes=3))
    await until(lambda: shop.switch.dialled == [MIA])
    assert [row["outcome"] for row in attempts(shop)] == ["lost", None]


async def test_p18_it_ended_while_the_link_was_down(shop: Living) -> None:
    status = await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    shop.switch.lose_link()
    shop.switch.caller_hangs_up(attempts(shop)[0]["id"])
    shop.switch.restore_link()
    await until(lambda: the_request(shop, status)["last_outcome"] == "lost")
    await shop.becomes("noor", "ready")
    nothing_leaks(shop)


async def test_p18_the_switch_restarts_and_every_call_is_gone(shop: Living) -> None:
    status = await talks_to_mia(shop)
    shop.switch.restart()
    await shop.request_is(status, "done")
    await shop.becomes("noor", "wrap_up")
    assert attempts(shop)[0]["outcome"] == "human"


# ---- the CTI server dies ---------------------------------------------------------------------------------------------


async def test_p18_killed_while_it_rings_the_next_one_goes_on_with_the_call(shop: Living) -> None:
    status = await reaches_mia(shop)
    await shop.becomes("noor", "reserved")
    await shop.dies()
    await shop.starts()
    await answers(shop)
    await shop.rings("noor")
    shop.switch.station_answers("phone-noor")
    await shop.request_is(status, "talking")
    assert shop.switch.dialled == [MIA] and len(attempts(shop)) == 1


async def test_p18_killed_and_the_customer_answers_meanwhile(shop: Living) -> None:
    """Nobody says where the call goes, so the switch apologises; they are called again, before all others."""
    status = await reaches_mia(shop)
    await shop.dies()
    shop.switch.customer_answers(MIA)
    shop.switch.clock.advance(timedelta(seconds=15))
    await shop.starts()
    await until(lambda: the_request(shop, status)["last_outcome"] is not None)
    assert the_request(shop, status)["state"] in ("queued", "dialling")
    assert Counter(shop.switch.dialled)[MIA] == len(attempts(shop))


async def test_p18_killed_while_they_talk(shop: Living) -> None:
    status = await talks_to_mia(shop)
    await shop.dies()
    await shop.starts()
    await shop.is_settled()
    assert the_request(shop, status)["state"] == "talking"
    shop.switch.station_hangs_up("phone-noor")
    await shop.request_is(status, "done")
    await shop.becomes("noor", "wrap_up")


async def test_p18_killed_between_what_is_stored_and_what_is_dialled(shop: Living) -> None:
    async def never(command: MakeCall) -> None:
        await asyncio.Event().wait()

    shop.switch.make_call = never  # type: ignore[method-assign]
    status = shop.centre.call_me(MIA)
    await until(lambda: shop.server.controller._sending)
    await shop.dies()
    del shop.switch.make_call  # type: ignore[attr-defined]
    await shop.starts()
    await until(lambda: the_request(shop, status)["last_outcome"] == "lost")
    assert shop.switch.dialled == []


async def test_p17_killed_twice_with_a_thousand_requests_pending(shop: Living) -> None:
    """Each is dialled once, in their order; what was stored when it died, and perhaps dialled, is not dialled again."""
    numbers = [f"+4479460{place:05}" for place in range(PENDING)]
    shop.switch.any_customer = Party(Does.IS_BUSY)
    for place in range(AGENTS):
        shop.an_agent(f"Agent{place}", {"sales": 5})
    for place, number in enumerate(numbers):
        a_request(shop.centre, asked=timedelta(seconds=PENDING - place), number=number, in_line=False, due=timedelta(1))
    for deaths in (1, 2, 3):
        shop.server.controller.turns.most_a_second = 10_000
        if deaths == 1:
            shop.centre.ask("update call_request set due_at = requested_at returning id")
        shop.server.controller.wake()
        enough = min(deaths * PENDING // 3, PENDING - 10)
        await until(lambda enough=enough: len(shop.switch.dialled) >= enough, timedelta(seconds=60))
        await shop.dies()
        await shop.starts()
    shop.server.controller.turns.most_a_second = 10_000
    waits = "select count(*) from call_request where last_outcome is null"
    await until(lambda: not shop.centre.answer(waits), timedelta(seconds=60))
    assert max(Counter(shop.switch.dialled).values()) == 1
    lost = {row["number"] for row in shop.centre.ask("select number from attempt where outcome = 'lost'")}
    assert len(lost) <= 3 * (AGENTS + 1) and set(numbers) - lost <= set(shop.switch.dialled)
    assert shop.switch.dialled == sorted(shop.switch.dialled)
    nothing_leaks(shop)


async def test_p18_what_fell_due_while_nobody_looked_does_not_go_out_in_one_burst(shop: Living) -> None:
    dialled: list[float] = []
    make_call = shop.switch.make_call

    async def noted(command: MakeCall) -> None:
        dialled.append(time.monotonic())
        await make_call(command)

    shop.switch.make_call = noted  # type: ignore[method-assign]
    await shop.dies()
    for place in range(40):
        shop.an_agent(f"Agent{place}", {"sales": 5})
        a_request(shop.centre, asked=timedelta(hours=1))
    await shop.starts()
    await until(lambda: len(dialled) == 40)
    for first in dialled:
        assert sum(first <= at < first + 0.9 for at in dialled) <= 20
    assert dialled[-1] - dialled[0] > 2
