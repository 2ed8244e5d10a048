"""Call me between a real shop's page and the real web server over its fakes: another origin, CORS, the contract, the
push, and the page behind the link; and that the scripted server of the other tests says what the contract says."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ctiapp.demo.shop import create_shop
from ctiapp.settings import Settings
from ctiapp.web import contract
from tests.web import fakes
from tests.web.conftest import Served, World

from .scripted import DIST, a_call_out, a_request, a_view, an_offer, an_outgoing, iso, serving, some_windows
from .test_widget import LAMP, title, until


@pytest.fixture
def border(built: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[World, str]]:
    """The world behind the border, and where the shop is."""
    (tmp_path / "dist").symlink_to(DIST)
    world = World(tmp_path)
    served = Served(world)
    settings = Settings(state=tmp_path / "shop", bind="127.0.0.1", web_port=served.server.server_port)
    with serving(create_shop(settings)) as shop:
        where = f"http://127.0.0.1:{shop.port}"
        monkeypatch.setitem(fakes.SITES, "larkmoor", [where])
        yield world, where
    served.stop()


def ask(page: Page, shop: str, number: str = "07700 900142", when: str | None = None) -> None:
    page.goto(shop + LAMP)
    page.locator("ctiapp-button").first.click()
    page.locator("[data-part=call-me]").click()
    page.locator("[data-part=phone]").fill(number)
    page.locator("[data-part=agree]").check()
    if when:
        page.locator("[data-part=later-on]").check()
        page.locator(f"[data-part='time-{when}']").click()
    page.locator("[data-part=submit]").click()


def test_asked_followed_changed_and_cancelled_over_the_border(page: Page, border: tuple[World, str]) -> None:
    """P15, P16, P22."""
    world, shop = border
    ask(page, shop)
    expect(page.locator("[data-part=place]")).to_have_text("You're next")
    expect(page.locator("[data-part=wait]")).to_have_text("2 min")
    interaction, click = next(iter(world.call_requests.clicks.items()))
    assert click["number"] == "07700 900142" and click["page"]["title"].startswith("Alder floor lamp")
    page.locator("[data-part=change]").click()
    page.locator("[data-part=later-on]").check()
    page.locator("[data-part='time-10:00']").click()
    page.locator("[data-part=submit]").click()
    title(page, "Your call is booked")
    assert world.call_requests.statuses[interaction]["window"]["from"] == "10:00"
    push(world, interaction, state="dialling", place=None, can_change=False, agent={"first_name": "Noor"})
    title(page, "Your phone is ringing")
    page.goto(shop + "/kitchens")
    title(page, "Your phone is ringing")
    until(lambda: world.srp.pages.get(interaction, {}).get("url") == shop + "/kitchens", page)
    page.get_by_role("button", name="Stop calling me").click()
    title(page, "We won't call you")
    assert world.call_requests.statuses[interaction]["state"] == "cancelled"


def test_the_number_is_remembered_with_the_cookie(page: Page, border: tuple[World, str]) -> None:
    _, shop = border
    ask(page, shop)
    page.locator("[data-part=cancel]").click()
    title(page, "We won't call you")
    page.locator("[data-part=ask-again]").click()
    expect(page.locator("[data-part=known]")).to_have_text("••••••••142")


def test_a_second_browser_sees_the_first_request_and_cannot_change_it(page: Page, border: tuple[World, str]) -> None:
    _, shop = border
    ask(page, shop)
    expect(page.locator("[data-part=place]")).to_be_visible()
    page.context.clear_cookies()
    second = page.context.new_page()
    ask(second, shop)
    expect(second.get_by_text("Someone has already asked for a call to this number.")).to_be_visible()
    second.wait_for_timeout(300)
    expect(second.locator("[data-part=cancel]")).to_have_count(0)


def test_the_link_leads_to_the_request_without_a_script(page: Page, border: tuple[World, str]) -> None:
    world, shop = border
    ask(page, shop)
    address = page.locator("[data-part=link]").get_attribute("href")
    assert address is not None
    page.goto(address)
    page.get_by_role("button", name="Cancel this call").click()
    expect(page.get_by_role("heading", name="This call is cancelled")).to_be_visible()
    assert [one["state"] for one in world.call_requests.statuses.values()] == ["cancelled"]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ("CallMeOffer", {"call_me": an_offer()}),
        ("CallMeStatus", a_request(1, interaction=str(uuid.uuid4()), server_time=iso())),
        ("Windows", {"zone": "Europe/London", "windows": some_windows(), "server_time": iso()}),
        ("View", a_view(engagement=an_outgoing(a_call_out("ringing")))),
    ],
)
def test_the_scripted_server_speaks_as_the_contract_says(schema: str, value: dict) -> None:
    contract.check(value, contract.validator(schema))


def push(world: World, interaction: str, **change: object) -> None:
    world.call_requests.statuses[interaction] |= change | {"server_time": fakes._now()}
    world.live.wake_up("interaction", interaction)
