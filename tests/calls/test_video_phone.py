"""Pictures between the customer's page and a SIP telephone that shows them, through Asterisk (P24)."""

from __future__ import annotations

import asyncio

import pytest

from tests.calls.test_call_window import says, window
from tests.calls.test_web_telephone import AGENT, AGENTS_ID, CUSTOMER, DESK_PHONE, clicked, in_state, ready
from tests.desks import RobotDesk
from tests.product import Product
from tests.video_phones import VideoPhone
from tests.web_phones import EARS, a_browser, sees

pytestmark = pytest.mark.real
SHOWS_PICTURES = "2106"
THEIRS = "seenIn(document.querySelector('[data-part=theirs]'))"


@pytest.mark.parametrize("codec", ["vp8", pytest.param("h264", marks=pytest.mark.long)])
async def test_a_page_and_a_sip_telephone_see_each_other_P24(product: Product, codec: str):
    secret = product.settings.secret(f"station-{SHOWS_PICTURES}")
    phone = VideoPhone(SHOWS_PICTURES, secret, product.sip_server, "127.0.0.16", AGENT, codec=codec)
    async with a_browser(CUSTOMER) as browser, phone as agent:
        with RobotDesk(product, AGENTS_ID, SHOWS_PICTURES) as desk:
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            assert status["video"]
            call = await window(browser, product, status, f"({EARS})()")
            await agent.event("CALL_INCOMING")
            await agent.answer()
            await says(call, "Talking with Noor")
            await call.get_by_role("button", name="Show my camera").click()
            await call.get_by_role("button", name="Look").click()
            assert await sees(call, THEIRS, "blue", within=15)
            assert await agent.sees("red", call, within=15)
            await call.get_by_role("button", name="Hang up").click()
            await says(call, "Call ended")


async def test_where_nobody_could_see_it_no_camera_is_offered_P24(product: Product):
    async with product.station_phone(DESK_PHONE, AGENT, answer="auto"), a_browser(CUSTOMER) as browser:
        with RobotDesk(product, AGENTS_ID, DESK_PHONE) as desk:
            await ready(desk)
            status = await asyncio.to_thread(clicked, product)
            assert not status["video"]
            call = await window(browser, product, status)
            await says(call, "Talking with Noor")
            assert await call.get_by_role("button", name="Show my camera").count() == 0
            await call.get_by_role("button", name="Hang up").click()
            await asyncio.to_thread(in_state, desk, "wrap_up")
