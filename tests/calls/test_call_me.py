"""Call me on real parts (Fig. 5): the list, the trunk, the detector, the agent's console and telephone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.desks import RobotDesk
from tests.phones import PublicPhone
from tests.product import Product, until
from tests.progress.signals import frames, quiet, voice

pytestmark = pytest.mark.real
MIA = "+447700900142"
GREETING = b"".join(frames(np.concatenate([quiet(400), voice(700), quiet(2500)])))


async def test_figure_5_from_the_click_to_two_people_who_hear_each_other_P18_P20_P21(product: Product):
    async with product.station_phone() as agent, PublicPhone(MIA, GREETING) as customer:
        with RobotDesk(product, "1042", "2101") as noor:
            noor.ready()
            status = product.call_me(MIA).json()
            await customer.event("CALL_INCOMING")
            engagement = noor.until_state("reserved")["engagement"]
            assert engagement["channel"] == "call_me" and engagement["interaction"] == status["interaction"]
            until(lambda: noor.pages, what="the page, while it rings at the customer's")
            assert product.called(status)["state"] == "dialling"
            await customer.answer()
            await agent.event("CALL_INCOMING")
            await agent.answer()
            assert await customer.hears(agent.tone) and await agent.hears(customer.tone)
            until(lambda: product.called(status)["state"] == "talking", what="talking")
            noor.until_state("talking")
            await customer.hang_up()
            view = noor.until_state("wrap_up")
            reservation = view["engagement"]["reservation"]
            noor.post(f"agent/reservations/{reservation}/finish", disposition="sold", note="", ready=True)
            noor.until_state("ready")
            assert product.called(status)["state"] == "done"
    kept = product.sql("select disposition, agent, state from interaction")
    assert kept == [{"disposition": "sold", "agent": "1042", "state": "ended"}]
    (attempt,) = product.sql("select * from attempt")
    assert (attempt["outcome"], attempt["verdict"]) == ("human", "human")
    steps = [attempt[f"{step}_at"] for step in ("made", "ringing", "answered", "verdict", "ended")]
    assert steps == sorted(steps)
