"""Calls out, from the list to what came of them, through the CTI server and a switch that behaves (P18-P21)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ctiapp.servers import call_control, cti
from ctiapp.switch.simulated import Does, Party
from tests.database import CallCentre
from tests.servers.living import Living, living, until

MIA = "+447700900142"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def shop(centre: CallCentre, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Living]:
    """A pool that calls back, and Noor at her telephone; the CTI server runs."""
    monkeypatch.setattr(call_control, "PAGE_SHOWN_WITHIN", timedelta(milliseconds=300))
    monkeypatch.setattr(cti, "BEAT_EVERY", timedelta(milliseconds=100))
    centre.a_pool()
    centre.a_plain_number()
    centre.calls_back()
    async with living(centre) as shop:
        shop.switch.any_customer = Party(Does.RINGS)
        shop.an_agent("Noor", {"sales": 9})
        await shop.starts()
        yield shop


async def test_p18_p20_p21_a_customer_is_called_and_put_through_to_the_agent_who_has_the_page(shop: Living) -> None:
    centre, switch = shop.centre, shop.switch
    status = centre.call_me(MIA)
    await shop.request_is(status, "dialling")
    await shop.becomes("noor", "reserved")
    await until(lambda: centre.reservation(status["interaction"])["page_shown_at"])
    switch.customer_answers(MIA)
    await shop.request_is(status, "connecting")
    switch.clock.advance(SECOND)
    await shop.rings("noor")
    switch.station_answers("phone-noor")
    await shop.request_is(status, "talking")
    await shop.becomes("noor", "talking")
    switch.station_hangs_up("phone-noor")
    await shop.request_is(status, "done")
    await shop.becomes("noor", "wrap_up")
    assert centre.interaction(status["interaction"])["state"] == "ended"
    assert centre.answer("select outcome from attempt") == "human"
