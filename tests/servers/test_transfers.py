"""A customer is passed on: sent, told first, taken back, and every trouble in between (issue 6, the agent's work)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ctiapp.core.refusals import Refusal
from ctiapp.servers import call_control, cti
from ctiapp.servers.transfers import Transfers
from ctiapp.switch.protocol import StationState
from ctiapp.switch.simulated import Does, Party
from tests.servers.living import Living, living, until

UNKNOWN = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def shop(centre: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Living]:
    """Noor talks with Mia; Ines is ready, of another team."""
    monkeypatch.setattr(call_control, "PAGE_SHOWN_WITHIN", timedelta(milliseconds=300))
    monkeypatch.setattr(cti, "BEAT_EVERY", timedelta(milliseconds=100))
    centre.a_pool()
    centre.calls_back()
    async with living(centre) as shop:
        shop.an_agent("Noor", {"sales": 9})
        shop.an_agent("Ines", {"kitchens": 5})
        await shop.starts()
        yield shop


async def talking(shop: Living) -> str:
    status = shop.centre.click("mia")
    shop.switch.arrive(status["number"], "07700900142")
    await shop.rings("noor")
    shop.switch.station_answers("phone-noor")
    await shop.becomes("noor", "talking")
    return status["interaction"]


def send(shop: Living, interaction: str, kind: str, with_page: bool = True, **to: str) -> None:
    shop.centre.desk.transfers.start("noor", interaction, kind, to, with_page)


def engagement(shop: Living, agent: str) -> dict[str, Any]:
    return shop.centre.desk.view(agent)["engagement"]


async def transfer_is(shop: Living, agent: str, state: str, outcome: str | None = None) -> None:
    def is_so() -> bool:
        held = engagement(shop, agent)
        one = held and held["transfer"]
        return bool(one) and (one["state"], one["outcome"]) == (state, outcome)

    await until(is_so)


async def consulting(shop: Living) -> str:
    interaction = await talking(shop)
    send(shop, interaction, "attended", agent="ines")
    await shop.rings("ines")
    shop.switch.station_answers("phone-ines")
    await transfer_is(shop, "noor", "consulting")
    return interaction


def phase(shop: Living) -> str:
    return next(iter(shop.switch._calls.values())).phase if shop.switch._calls else "gone"


# ---- sent at once ----------------------------------------------------------------------------------------------


async def test_a_call_is_sent_to_an_agent_with_its_page_before_the_ring(shop: Living) -> None:
    interaction = await talking(shop)
    shop.blind.add("ines")
    send(shop, interaction, "blind", agent="ines")
    assert shop.centre.state("ines") == "reserved"
    seen = engagement(shop, "ines")
    assert (seen["interaction"], seen["role"], seen["transfer"]["first_name"]) == (interaction, "receiving", "Noor")
    assert seen["customer"] and seen["page"]
    assert shop.centre.desk.sees_page("ines", interaction) and shop.centre.desk.sees_page("noor", interaction)
    assert shop.switch.station("phone-ines") is StationState.IDLE, "page before ring"
    shop.blind.clear()
    await shop.rings("ines")
    assert shop.centre.state("noor") == "wrap_up"
    assert not shop.centre.desk.sees_page("noor", interaction)
    shop.switch.station_answers("phone-ines")
    await shop.becomes("ines", "talking")
    assert engagement(shop, "ines")["interaction"] == interaction
    assert shop.centre.srp.status(interaction)["state"] == "connected"
    await until(lambda: engagement(shop, "noor")["transfer"]["outcome"] == "sent")
    shop.switch.station_hangs_up("phone-ines")
    await shop.becomes("ines", "wrap_up")
    assert shop.centre.answer("select agent from interaction where id = %s", interaction) == "ines"


async def test_without_its_page_the_receiver_sees_no_record(shop: Living) -> None:
    interaction = await talking(shop)
    send(shop, interaction, "blind", with_page=False, agent="ines")
    await shop.rings("ines")
    seen = engagement(shop, "ines")
    assert (seen["customer"], seen["page"], seen["history"], seen["note"]) == (None, None, [], "")
    assert shop.centre.desk.sees_page("ines", interaction) is None
    with pytest.raises(Refusal):
        shop.centre.desk.page("ines", interaction)


async def test_a_call_is_sent_to_whoever_of_a_team_is_free(shop: Living) -> None:
    interaction = await talking(shop)
    targets = shop.centre.desk.transfers.targets("noor", "kitch")
    assert [who["id"] for who in targets["agents"]] == ["ines"]
    assert targets["teams"] == [{"skill": "kitchens", "ready": 1, "logged_in": 1, "free_in_seconds": None}]
    send(shop, interaction, "blind", skill="kitchens")
    await shop.rings("ines")
    assert shop.centre.answer("select skills from interaction where id = %s", interaction) == ["kitchens"]


async def test_p22_of_a_busy_team_it_is_told_how_long_until_somebody_is_free(shop: Living) -> None:
    """Not where only the sender is in it, nor where it is unknown because the others are away."""
    await talking(shop)

    def waits() -> dict[str, float | None]:
        found = Transfers(shop.centre.store).targets("noor", "")  # what is seen is kept for a second
        return {team["skill"]: team["free_in_seconds"] for team in found["teams"]}

    assert (waits()["kitchens"], waits()["sales"]) == (None, None)
    shop.an_agent("Tomas", {"sales": 4}, ready=False)
    assert waits()["sales"] is not None, "Noor is at work, and whoever has just signed in counts as back soon"
    shop.centre.desk.not_ready("ines", "lunch")
    assert waits()["kitchens"] is None


async def test_who_does_not_take_it_gives_it_back_to_the_sender(shop: Living) -> None:
    interaction = await talking(shop)
    send(shop, interaction, "blind", agent="ines")
    await shop.rings("ines")
    shop.switch.station_rejects("phone-ines")
    await shop.rings("noor")
    assert shop.centre.state("ines") == "not_ready: rejected"
    assert engagement(shop, "noor")["transfer"]["outcome"] == "rejected"
    shop.switch.station_answers("phone-noor")
    await shop.becomes("noor", "talking")
    assert engagement(shop, "noor")["interaction"] == interaction


async def test_when_the_sender_is_gone_too_the_next_agent_gets_it(shop: Living) -> None:
    interaction = await talking(shop)
    shop.an_agent("Aldo", {"sales": 1})
    send(shop, interaction, "blind", agent="ines")
    await shop.rings("ines")
    held = engagement(shop, "noor")
    shop.centre.desk.finish("noor", held["reservation"], "sold", None, False)
    shop.switch.station_rejects("phone-ines")
    await shop.rings("aldo")
    assert engagement(shop, "aldo")["interaction"] == interaction


async def test_nobody_can_be_sent_a_call_who_is_not_free(shop: Living) -> None:
    interaction = await talking(shop)
    shop.centre.desk.not_ready("ines", "lunch")
    with pytest.raises(Refusal) as refused:
        send(shop, interaction, "blind", agent="ines")
    assert (refused.value.code, refused.value.message) == ("agent_not_free", "Ines is not ready.")
    with pytest.raises(Refusal) as refused:
        send(shop, interaction, "attended", skill="kitchens")
    assert refused.value.code == "all_agents_busy"
    with pytest.raises(Refusal) as refused:
        shop.centre.desk.transfers.start("ines", interaction, "blind", {"agent": "noor"}, True)
    assert refused.value.code == "not_yours"
    assert engagement(shop, "noor")["transfer"] is None


async def test_a_console_that_shows_nothing_gets_no_call(shop: Living) -> None:
    interaction = await talking(shop)
    shop.blind.add("ines")
    send(shop, interaction, "blind", agent="ines")
    await transfer_is(shop, "noor", "done", "no_console")
    assert shop.centre.state("noor") == "talking" and phase(shop) == "talking"
    assert shop.centre.state("ines") == "not_ready: no_console"


async def test_two_who_send_to_one_colleague_at_once_get_one_yes(shop: Living) -> None:
    interaction = await talking(shop)
    shop.an_agent("Aldo", {"sales": 1})
    other = shop.centre.click("eva")
    shop.switch.arrive(other["number"])
    await shop.rings("aldo")
    shop.switch.station_answers("phone-aldo")
    await shop.becomes("aldo", "talking")
    desk = shop.centre.desk.transfers
    both = await asyncio.gather(
        asyncio.to_thread(desk.start, "noor", interaction, "attended", {"agent": "ines"}, True),
        asyncio.to_thread(desk.start, "aldo", other["interaction"], "attended", {"skill": "kitchens"}, True),
        return_exceptions=True,
    )
    refused = [one for one in both if isinstance(one, Refusal)]
    assert [one.code for one in refused] in (["agent_not_free"], ["all_agents_busy"]) and both.count(None) == 1
    assert len(shop.centre.ask("select 1 from reservation where agent = 'ines' and state <> 'released'")) == 1


# ---- a number ----------------------------------------------------------------------------------------------------


async def test_a_call_is_sent_to_a_number_that_the_pool_may_call(shop: Living) -> None:
    interaction = await talking(shop)
    for number in ("0900 1234567", "09098790000", "+870 773 111632", "+33 1 23 45 67 89", "12"):
        with pytest.raises(Refusal):
            send(shop, interaction, "blind", number=number)
    shop.switch.customers["+441632960123"] = Party(Does.ANSWERS, timedelta(0))
    send(shop, interaction, "blind", number="01632 960123")
    await shop.becomes("noor", "wrap_up")
    shop.switch.clock.advance(timedelta(seconds=1))
    await until(lambda: phase(shop) == "talking")
    await until(lambda: engagement(shop, "noor")["transfer"]["outcome"] == "sent")
    shop.switch.caller_hangs_up(next(iter(shop.switch._calls)))
    await until(lambda: shop.centre.srp.status(interaction)["state"] == "ended")


async def test_a_number_that_does_not_answer_gives_it_back(shop: Living) -> None:
    interaction = await talking(shop)
    shop.switch.customers["+441632960123"] = Party(Does.IS_BUSY)
    send(shop, interaction, "blind", number="01632 960123")
    await shop.rings("noor")
    assert engagement(shop, "noor")["transfer"]["outcome"] == "busy"


# ---- told first --------------------------------------------------------------------------------------------------


async def test_told_first_then_completed(shop: Living) -> None:
    interaction = await consulting(shop)
    assert phase(shop) == "held"
    assert (shop.centre.state("noor"), shop.centre.state("ines")) == ("talking", "talking")
    shop.centre.desk.transfers.complete("noor", interaction)
    await shop.becomes("noor", "wrap_up")
    assert engagement(shop, "ines")["role"] == "handling"
    assert shop.centre.answer("select agent from interaction where id = %s", interaction) == "ines"
    assert not shop.centre.desk.sees_page("noor", interaction) and shop.centre.desk.sees_page("ines", interaction)
    assert phase(shop) == "talking"
    shop.switch.station_hangs_up("phone-ines")
    await shop.becomes("ines", "wrap_up")
    await until(lambda: shop.centre.srp.status(interaction)["state"] == "ended")
    customer = shop.centre.answer("select customer from interaction where id = %s", interaction)
    with shop.centre.store.transaction() as tx:
        [line] = tx.all("history", customer=customer, interaction=UNKNOWN, most=5)
    assert line["agent"] == "Noor Halden, then Ines Halden", "who had the call"


async def test_who_does_not_answer_leaves_the_customer_on_hold_who_is_taken_back(shop: Living) -> None:
    interaction = await talking(shop)
    send(shop, interaction, "attended", agent="ines")
    await shop.rings("ines")
    with pytest.raises(Refusal):
        shop.centre.desk.transfers.complete("noor", interaction)
    shop.switch.station_rejects("phone-ines")
    await transfer_is(shop, "noor", "alone", "rejected")
    await shop.becomes("ines", "not_ready: rejected")
    assert phase(shop) == "held"
    shop.centre.desk.transfers.take_back("noor", interaction)
    await until(lambda: phase(shop) == "talking")
    await transfer_is(shop, "noor", "done", "taken_back")
    assert shop.centre.state("noor") == "talking"


async def test_taken_back_while_it_rings_and_tried_again(shop: Living) -> None:
    interaction = await talking(shop)
    for _ in range(2):
        send(shop, interaction, "attended", agent="ines")
        await shop.rings("ines")
        shop.centre.desk.transfers.take_back("noor", interaction)
        await shop.becomes("ines", "ready")
        await transfer_is(shop, "noor", "done", "taken_back")
    shop.switch.station_hangs_up("phone-noor")
    await shop.becomes("noor", "wrap_up")


async def test_from_hold_it_can_be_sent_to_somebody_else(shop: Living) -> None:
    interaction = await consulting(shop)
    shop.an_agent("Aldo", {"sales": 1})
    shop.switch.station_hangs_up("phone-ines")
    await transfer_is(shop, "noor", "alone", "hangup")
    await shop.becomes("ines", "ready")
    send(shop, interaction, "blind", agent="aldo")
    await shop.rings("aldo")
    assert shop.centre.state("noor") == "wrap_up"


async def test_three_talk_until_one_of_them_goes(shop: Living) -> None:
    interaction = await consulting(shop)
    desk = shop.centre.desk.transfers
    desk.conference("noor", interaction)
    await transfer_is(shop, "noor", "conference")
    assert phase(shop) == "conference"
    shop.switch.station_hangs_up("phone-ines")
    await until(lambda: phase(shop) == "talking")
    await transfer_is(shop, "noor", "done", "taken_back")
    await shop.becomes("ines", "ready")
    assert shop.centre.state("noor") == "talking"

    send(shop, interaction, "attended", agent="ines")
    await shop.rings("ines")
    shop.switch.station_answers("phone-ines")
    await transfer_is(shop, "noor", "consulting")
    desk.conference("noor", interaction)
    await transfer_is(shop, "noor", "conference")
    desk.take_back("noor", interaction)
    await transfer_is(shop, "noor", "done", "taken_back")
    await shop.becomes("ines", "ready")
    assert shop.centre.state("noor") == "talking" and phase(shop) == "talking"


@pytest.mark.parametrize("by", ["a button", "hanging up"])
async def test_the_sender_leaves_the_two_alone(shop: Living, by: str) -> None:
    interaction = await consulting(shop)
    desk = shop.centre.desk.transfers
    desk.conference("noor", interaction)
    await transfer_is(shop, "noor", "conference")
    if by == "a button":
        desk.complete("noor", interaction)
    else:
        shop.switch.station_hangs_up("phone-noor")
    await shop.becomes("noor", "wrap_up")
    await transfer_is(shop, "noor", "done", "completed")
    assert engagement(shop, "ines")["role"] == "handling" and phase(shop) == "talking"
    assert shop.centre.state("ines") == "talking"


# ---- trouble -----------------------------------------------------------------------------------------------------


async def test_the_sender_hangs_up_and_the_customer_is_not_lost(shop: Living) -> None:
    interaction = await consulting(shop)
    shop.an_agent("Aldo", {"sales": 1})
    shop.switch.station_hangs_up("phone-noor")
    await shop.rings("aldo")
    assert shop.centre.state("noor") == "wrap_up"
    await shop.becomes("ines", "ready")
    shop.switch.station_answers("phone-aldo")
    await shop.becomes("aldo", "talking")
    assert engagement(shop, "aldo")["interaction"] == interaction


async def test_the_customer_hangs_up_in_a_consultation(shop: Living) -> None:
    interaction = await consulting(shop)
    shop.switch.caller_hangs_up(next(iter(shop.switch._calls)))
    await shop.becomes("noor", "wrap_up")
    await shop.becomes("ines", "ready")
    assert shop.centre.srp.status(interaction)["state"] == "ended"
    assert shop.centre.ask("select * from transfer where state <> 'done'") == []


@pytest.mark.parametrize("meanwhile", ["nothing", "ines leaves", "noor leaves", "the customer leaves"])
async def test_the_cti_server_dies_in_a_consultation(shop: Living, meanwhile: str) -> None:
    interaction = await consulting(shop)
    await shop.dies()
    if meanwhile == "ines leaves":
        shop.switch.station_hangs_up("phone-ines")
    elif meanwhile == "noor leaves":
        shop.switch.station_hangs_up("phone-noor")
    elif meanwhile == "the customer leaves":
        shop.switch.caller_hangs_up(next(iter(shop.switch._calls)))
    await shop.starts()
    if meanwhile == "nothing":
        shop.centre.desk.transfers.complete("noor", interaction)
        await shop.becomes("noor", "wrap_up")
        assert phase(shop) == "talking" and shop.centre.state("ines") == "talking"
    elif meanwhile == "ines leaves":
        await transfer_is(shop, "noor", "alone", "lost")
        shop.centre.desk.transfers.take_back("noor", interaction)
        await until(lambda: phase(shop) == "talking")
    elif meanwhile == "noor leaves":
        await shop.becomes("noor", "wrap_up")
        await until(lambda: phase(shop) in ("queued", "ringing"))
    else:
        await shop.becomes("noor", "wrap_up")
        await shop.becomes("ines", "ready")


@pytest.mark.parametrize("wish", ["complete", "take_back"])
async def test_what_was_wanted_while_the_cti_server_was_dead_is_done_when_it_is_back(shop: Living, wish: str) -> None:
    interaction = await consulting(shop)
    await shop.dies()
    getattr(shop.centre.desk.transfers, wish)("noor", interaction)
    await shop.starts()
    await shop.becomes("noor", "wrap_up" if wish == "complete" else "talking")
    await until(lambda: phase(shop) == "talking")
    receiving = "select * from reservation where role = 'receiving' and state <> 'released'"
    await until(lambda: shop.centre.ask(receiving) == [])
