"""An agent whose own telephone has lost its line to the switch hangs up by the console."""

from __future__ import annotations

import pytest

from tests.servers.living import Living, until
from tests.servers.test_srp import refusal
from tests.servers.test_transfers import consulting, engagement, phase, shop, talking, transfer_is

__all__ = ["shop"]


async def test_p14_the_customer_is_cleared_and_the_agent_has_wrap_up(shop: Living) -> None:
    interaction = await talking(shop)
    shop.centre.desk.hang_up("noor", interaction)
    await shop.becomes("noor", "wrap_up")
    await until(lambda: phase(shop) == "gone")
    assert shop.centre.srp.status(interaction)["end_reason"] == "hangup"
    assert refusal(lambda: shop.centre.desk.hang_up("noor", interaction)) == "not_yours"


async def test_nobody_hangs_up_on_whom_they_do_not_talk_with(shop: Living) -> None:
    """Another agent's customer; one who only rings; one who waits on hold for what the agent decides."""
    status = shop.centre.click("mia")
    assert refusal(lambda: shop.centre.desk.hang_up("noor", status["interaction"])) == "not_yours"
    shop.centre.srp.cancel(status["interaction"])
    interaction = await consulting(shop)
    assert refusal(lambda: shop.centre.desk.hang_up("noor", interaction)) == "wrong_state"
    assert refusal(lambda: shop.centre.desk.hang_up("ines", interaction)) == "not_yours"
    shop.centre.desk.transfers.take_back("noor", interaction)
    await transfer_is(shop, "noor", "done", "taken_back")
    assert phase(shop) == "talking" and engagement(shop, "noor")["state"] == "talking"


@pytest.mark.parametrize("trouble", ["the link is down", "it is over already"])
async def test_a_wish_that_comes_to_nothing_is_no_trouble_for_the_next_call(shop: Living, trouble: str) -> None:
    interaction = await talking(shop)
    call = next(iter(shop.switch._calls))
    if trouble == "the link is down":
        shop.switch.lose_link()
        await until(lambda: not shop.server.ready)
        shop.centre.desk.hang_up("noor", interaction)
        shop.switch.restore_link()
        await shop.is_ready()
        assert phase(shop) == "talking", "a wish that comes late is no wish"
        shop.centre.desk.hang_up("noor", interaction)
    else:
        shop.switch.caller_hangs_up(call)
        shop.server.control.hang_up(call)
    await shop.becomes("noor", "wrap_up")
    await shop.is_settled()
    assert shop.server.ready
