"""A callback that an agent promises: their own first, the team's if they are away; when it may be, when it is."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ctiapp.config.values.hours import LegalHoursValues
from ctiapp.servers.callbacks import GRACE
from ctiapp.store import Transaction
from ctiapp.switch.simulated import Does, Party
from tests.database import CallCentre, everything
from tests.servers.call_requests.asking import tomorrow
from tests.servers.living import RINGS, Living, living, until
from tests.servers.test_desk import a_call_ends, a_call_is_answered
from tests.servers.test_outbound_controller import answers
from tests.servers.test_srp import refusal

MARIT = "+447700900142"


@pytest.fixture
def shop(centre: CallCentre) -> CallCentre:
    """Noor has talked to Marit and is in wrap-up."""
    centre.a_pool()
    centre.calls_back()
    centre.an_agent("Noor")
    a_call_is_answered(centre, centre.click("marit")["number"])
    a_call_ends(centre)
    return centre


def held(centre: CallCentre) -> str:
    return centre.desk.view("noor")["engagement"]["reservation"]


def promises(centre: CallCentre, mine: bool = True, when: dict | None = None, number: str = "07700 900142") -> str:
    """The interaction of the callback."""
    centre.desk.callbacks.make("noor", held(centre), number, when, mine)
    return centre.desk.view("noor")["engagement"]["callback"]["interaction"]


def the_request(centre: CallCentre, interaction: str) -> dict:
    return centre.ask("select * from call_request where interaction = %s", interaction)[0]


def goes_ready(centre: CallCentre) -> None:
    centre.desk.finish("noor", held(centre), "follow_up", None, ready=True)


@contextlib.asynccontextmanager
async def called(centre: CallCentre) -> AsyncIterator[Living]:
    """The CTI server runs; customers' telephones ring until they answer. Ines is free too."""
    async with living(centre) as life:
        life.switch.any_customer = Party(Does.RINGS)
        life.switch.add_station("phone-noor", RINGS)
        life.an_agent("Ines")
        await life.starts()
        await life.server.controller.turn()
        yield life


def test_p15_what_is_promised_is_a_line_of_the_list_at_the_time_that_was_agreed(shop: CallCentre) -> None:
    found = shop.desk.callbacks.windows("noor", held(shop), "07700 900142", None)
    assert found["zone"] == "Europe/London" and found["barred"] is None
    window = found["windows"][-1]
    interaction = promises(shop, when={key: window[key] for key in ("date", "from", "until", "zone")})
    request = the_request(shop, interaction)
    assert (request["number"], request["only_agent"], request["state"]) == (MARIT, "noor", "queued")
    assert (request["promised_at"], request["promised_until"]) == (window["starts_at"], window["ends_at"])
    asked, before = shop.interaction(interaction), shop.interaction(str(request["made_in"]))
    assert (asked["customer"], asked["skills"]) == (before["customer"], before["skills"])
    (mine,) = shop.desk.view("noor")["callbacks"]
    assert (mine["interaction"], mine["display_number"], mine["mine"]) == (interaction, "+44 7700 900142", True)
    assert refusal(lambda: promises(shop)) == "already_waiting"


def test_p18_what_may_not_be_called_is_not_promised(shop: CallCentre) -> None:
    night = LegalHoursValues(weekly={})
    before = everything(shop.store)
    assert refusal(lambda: promises(shop, number="12")) == "malformed_number"
    assert refusal(lambda: promises(shop, number="+33 1 42 68 53 00")) == "unsupported_country"
    assert refusal(lambda: promises(shop, when=tomorrow("10:00", "10:05"))) == "wrong_window"
    assert everything(shop.store) == before
    with shop.store.transaction() as tx:
        tx.run("do_not_call", number=MARIT, reason="", source="test")
    assert refusal(lambda: promises(shop)) == "do_not_call"
    assert shop.desk.callbacks.windows("noor", held(shop), MARIT, None)["barred"] == "do_not_call"
    with shop.store.transaction() as tx:
        tx.run("may_call_again", number=MARIT)
    shop.calls_back(legal_hours=night)
    assert refusal(lambda: promises(shop, when=tomorrow())) == "window_closed"
    assert refusal(lambda: shop.desk.callbacks.windows("ines", held(shop), MARIT, None)) == "not_yours"


def test_whom_we_talk_to_because_they_asked_may_be_promised_the_next_call(centre: CallCentre) -> None:
    """Their own request is still open while they talk."""
    centre.a_pool()
    centre.calls_back()
    centre.an_agent("Noor")
    status = centre.call_me(MARIT)
    with centre.store.transaction() as tx:
        tx.execute("update call_request set state = 'talking', owner = 'x', lease_until = now() + interval '1 h'")
        _talks(tx, status["interaction"])
    centre.desk.callbacks.make("noor", held(centre), MARIT, tomorrow(), True)
    assert centre.answer("select count(*) from call_request where number = %s", MARIT) == 2


def _talks(tx: Transaction, interaction: str) -> None:
    tx.execute(
        """insert into reservation (interaction, agent, station, state, deadline, longest_until)
           values (%s, 'noor', 'phone-noor', 'talking', now(), now())""",
        (interaction,),
    )


def test_only_its_agent_takes_it_back(shop: CallCentre) -> None:
    interaction = promises(shop)
    shop.an_agent("Ines")
    assert refusal(lambda: shop.desk.callbacks.cancel("ines", interaction)) == "not_yours"
    shop.desk.callbacks.cancel("noor", interaction)
    shop.desk.callbacks.cancel("noor", interaction)
    assert the_request(shop, interaction)["state"] == "cancelled"
    assert shop.desk.view("noor")["callbacks"] == [] and shop.desk.view("noor")["engagement"]["callback"] is None


async def test_p15_it_waits_for_its_agent_though_others_are_free(shop: CallCentre) -> None:
    interaction = promises(shop)
    async with called(shop) as life:
        assert life.switch.dialled == []
        goes_ready(shop)
        await life.becomes("noor", "reserved")
        assert life.switch.dialled == [MARIT]
        await answers(life, MARIT)
        await life.rings("noor")
        held = shop.reservation(interaction)
        assert (held["agent"], held["why"][0]["rule"]) == ("noor", "own_callback")


async def test_p15_the_team_gets_it_when_its_agent_is_away_too_long(shop: CallCentre) -> None:
    interaction = promises(shop)
    async with called(shop) as life:
        assert life.switch.dialled == []
        shop.passes(GRACE + timedelta(seconds=1))
        shop.desk.not_ready("noor", "lunch")
        await life.becomes("ines", "reserved")
        assert shop.reservation(interaction)["agent"] == "ines"
        assert shop.desk.view("noor")["callbacks"] == []


async def test_p15_once_the_customer_answered_somebody_talks_to_them(shop: CallCentre) -> None:
    """Its agent went away while it rang at the customer's."""
    interaction = promises(shop)
    shop.calls_back(agent_chosen="answer")
    async with called(shop) as life:
        goes_ready(shop)
        await life.request_is({"interaction": interaction}, "dialling")
        shop.desk.not_ready("noor", "break")
        await until(lambda: life.switch.dialled)
        await answers(life, MARIT)
        await life.rings("ines")


async def test_an_agent_who_refuses_their_own_callback_leaves_it_to_the_team(shop: CallCentre) -> None:
    interaction = promises(shop)
    shop.calls_back(agent_chosen="preview")
    async with called(shop) as life:
        goes_ready(shop)
        await life.request_is({"interaction": interaction}, "previewing")
        shop.desk.pass_on("noor", held(shop))
        await life.becomes("ines", "reserved")
        assert life.switch.dialled == []


async def test_call_now_is_for_who_is_ready_and_at_no_forbidden_hour(shop: CallCentre) -> None:
    interaction = promises(shop, when=tomorrow())
    assert refusal(lambda: shop.desk.callbacks.call_now("noor", interaction)) == "not_ready"
    async with called(shop) as life:
        goes_ready(shop)
        shop.calls_back(legal_hours=LegalHoursValues(weekly={}))
        assert refusal(lambda: shop.desk.callbacks.call_now("noor", interaction)) == "window_closed"
        assert the_request(shop, interaction)["due_at"] > datetime.now(UTC)
        shop.calls_back()
        shop.desk.callbacks.call_now("noor", interaction)
        await life.becomes("noor", "reserved")
        assert life.switch.dialled == [MARIT]


def test_for_anybody_it_is_in_the_teams_line(shop: CallCentre) -> None:
    request = the_request(shop, promises(shop, mine=False))
    assert (request["only_agent"], request["need"]) == (None, '[["sales"], null]')
    assert shop.desk.view("noor")["callbacks"] == []
    assert shop.desk.view("noor")["engagement"]["callback"]["mine"] is False
