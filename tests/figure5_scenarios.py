"""What else may come of a call that we make: `make figure5 SCENARIO=NAME`.

Each plays it on the stage of Fig. 5 and shows the outcome, the stored attempt and what happens next, each proved.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import numpy as np

from tests.figure5_stage import Click, Stage, pool_with, stage
from tests.figures import be_ready, in_state, shows, to_its_end
from tests.phones import PublicPhone
from tests.product import Product
from tests.progress.lines import FAX, MACHINE, MACHINE_BEEPED, MODEM, SIT
from tests.progress.signals import frames, quiet
from tests.sipp import trunk
from tests.switch.until import until

TYPED, NUMBER = "020 7946 0123", "+442079460123"
ADA, BO = "+442079460111", "+442079460112"
SHORTEST_MESSAGE = 2.0
"""Seconds."""
AUDIBLE_LOUDNESS = 200
"""Of 32767."""
SOON = timedelta(seconds=30)
RINGS_FOR = timedelta(seconds=4)

Scenario = Callable[[Stage], Awaitable[None]]


async def play(product: Product, name: str) -> Stage:
    with pool_with(product, **POOL.get(name, {})):
        async with stage(product, ready=name != "reschedule") as on:
            with to_its_end(on.check):
                await SCENARIOS[name](on)
    return on


async def play_named(name: str) -> bool:
    """Prints it. Whether everything was right."""
    if name not in SCENARIOS:
        print(f"There is no scenario {name!r}. There are: {', '.join(SCENARIOS)}.")
        return False
    with Product() as product:
        on = await play(product, name)
    return on.report()


# ---- nobody took the call ----------------------------------------------------------------------------------------


async def busy(on: Stage) -> None:
    with trunk("trunk_refuses.xml", status="486 Busy Here", calls=2) as messages:
        click = await on.ask(TYPED)
        attempt = await on.ended_attempt(click)
        came_to(on, click, attempt, "busy", raw="17/486")
        on.check("no agent was taken for it, for the line never rang", not on.reservations(click))
        await called_again(on, click, attempt, timedelta(minutes=5), "your line was busy")
        on.come_due(click)
        await on.ended_attempt(click, 2)
        invites = invited(messages)
        tried = len(on.attempts(click))
        on.show("then", f"that time is set to now: {len(invites)} INVITEs at the trunk, {tried} attempts stored")
        on.check("it is dialled again when it is due, once", invites == [NUMBER] * 2)


async def no_answer(on: Stage) -> None:
    async with PublicPhone(NUMBER, b"") as customer:
        click = await on.ask(TYPED)
        await customer.event("CALL_INCOMING")
        await in_state(on.console, "reserved")
        on.check("the agent has the page while it rings", await shows(on.console, "Larkmoor"))
        attempt = await on.ended_attempt(click)
        await customer.event("CALL_CLOSED")
    came_to(on, click, attempt, "no_answer")
    rang_for = attempt["ended_at"] - attempt["ringing_at"]
    on.check(
        f"it rang as long as the pool says, {RINGS_FOR.seconds} s", abs(rang_for - RINGS_FOR) < timedelta(seconds=1)
    )
    await agent_is_free_again(on, click)
    await called_again(on, click, attempt, timedelta(minutes=15), "couldn't reach you")


# ---- something took it -------------------------------------------------------------------------------------------


async def fax(on: Stage) -> None:
    await a_machine_for_machines(on, FAX, "fax")


async def modem(on: Stage) -> None:
    await a_machine_for_machines(on, MODEM, "modem")


async def a_machine_for_machines(on: Stage, sound: np.ndarray, what: str) -> None:
    with trunk("trunk_answers.xml", {"after": sound}):
        click = await on.ask(TYPED)
        attempt = await on.ended_attempt(click)
    came_to(on, click, attempt, what, verdict=what)
    await agent_is_free_again(on, click)
    await never_again(on, click, attempt, what, f"A {what}")


async def sit(on: Stage) -> None:
    with trunk("trunk_speaks_before_the_answer.xml", {"before": SIT}):
        click = await on.ask(TYPED)
        attempt = await on.ended_attempt(click)
    came_to(on, click, attempt, "unallocated", verdict="sit")
    on.check("it was heard before anybody answered, and hung up", attempt["answered_at"] is None)
    on.check("no agent was taken for it, for the line never rang", not on.reservations(click))
    await never_again(on, click, attempt, "wrong_number", "That number is not in use")


async def machine(on: Stage) -> None:
    says = b"".join(frames(np.concatenate([MACHINE, quiet(60_000)])))
    async with PublicPhone(NUMBER, says, answer="auto") as customer:
        click = await on.ask(TYPED)
        answered = (await customer.event("CALL_ESTABLISHED"))["seen_at"]
        await until(lambda: customer.loudness() > AUDIBLE_LOUDNESS, SOON)
        begun = time.time() - answered
        attempt = await on.ended_attempt(click)
        left = time.time() - answered - begun
    came_to(on, click, attempt, "machine", verdict="machine")
    on.show(
        "next",
        f"a message of {left:.1f} s is left, from {begun:.1f} s after the answer on; nothing is dialled any more",
    )
    on.check(f"the message began after the beep ({MACHINE_BEEPED} s after the answer)", begun > MACHINE_BEEPED)
    on.check("it was heard at the customer's telephone, whole", left > SHORTEST_MESSAGE)
    await agent_is_free_again(on, click)
    request = on.request(click)
    on.check("the request is done: message left", (request["state"], request["detail"]) == ("done", "message_left"))
    on.check("the customer's page says so", await on.page_says("We left you a message"))


# ---- another time ------------------------------------------------------------------------------------------------


async def reschedule(on: Stage) -> None:
    """Ada asked first, then our customer, then Bo; nobody is there yet."""
    ada = on.product.call_me(ADA, language="en").json()
    click = await on.ask(TYPED)
    bo = on.product.call_me(BO, language="en").json()
    before, page = on.request(click), page_of(on, click)
    await until(lambda: status(on, click)["place"] == 2)
    on.show(
        "asked", f"request {before['id'][:8]}…: 2nd in line, after Ada, before Bo; nobody is dialled without an agent"
    )
    await another_time(on)
    after = await until(lambda: moved(on.request(click)))
    on.show("outcome", f"another time: {after['window_date']} from {after['window_from']:%H:%M} {after['zone']}")
    on.check("it is due then, and in no line till then", status(on, click)["place"] is None)
    on.check("the customer's page says that the call is booked", await on.page_says("Your call is booked"))
    same = ("id", "interaction", "requested_at", "rank", "rank_at", "number")
    on.check(
        "request, interaction and the time of the first request are the same", all(before[k] == after[k] for k in same)
    )
    on.check("the page that was shown is kept", page_of(on, click) == page)
    on.come_due(click)
    await until(lambda: status(on, click)["place"] == 2)
    on.show("next", "when that time has come: 2nd in line again, before Bo who asked later")
    with trunk("trunk_refuses.xml", status="486 Busy Here", calls=3) as messages:
        await be_ready(on.console)
        await until(lambda: len(invited(messages)) == 3, SOON)
        order = invited(messages)
        attempt = await on.ended_attempt(click)
    came_to(on, click, attempt, "busy", raw="17/486")
    on.show("then", f"an agent is ready, and the trunk is asked for {', '.join(order)}")
    on.check("Ada, our customer and Bo are dialled, in this order", order == [ADA, NUMBER, BO])
    for other in (ada, bo):
        on.product.called(other, "DELETE")


async def another_time(on: Stage) -> None:
    """In the page: Change time or number, the last day there is, its first hour."""
    await on.shop.locator("[data-part=change]").click()
    await on.shop.locator("[data-part=later-on]").check()
    await on.shop.locator(".days [data-part]").last.click()
    await on.shop.locator(".hourly [data-part]").first.click()
    await on.shop.locator("[data-part=submit]").click()


def moved(request: dict) -> dict | None:
    return request if request["window_date"] else None


def page_of(on: Stage, click: Click) -> list[dict]:
    return on.product.sql("select * from page where interaction = %s", click.interaction)


def status(on: Stage, click: Click) -> dict:
    return on.product.called(click.status)


# ---- proofs ------------------------------------------------------------------------------------------------------


def came_to(on: Stage, click: Click, attempt: dict, outcome: str, raw: str = "", verdict: str | None = None) -> None:
    on.show_attempt(attempt, click)
    on.check(f"the outcome is {outcome}", attempt["outcome"] == outcome)
    if raw:
        on.check(f"as the line said: {raw}", attempt["raw"] == raw)
    on.check(f"what was heard: {verdict or 'nothing'}", attempt["verdict"] == verdict)
    on.check(
        "it was stored before it was dialled", attempt["sent_at"] is None or attempt["made_at"] < attempt["sent_at"]
    )
    on.check("the agent's telephone did not ring", not on.agent_rang)


async def called_again(on: Stage, click: Click, attempt: dict, after: timedelta, words: str) -> None:
    request = on.request(click)
    wait = request["due_at"] - attempt["ended_at"]
    on.show("next", f"called again at {request['due_at']:%H:%M:%S}, {wait.total_seconds():.0f} s after this try")
    on.check(f"it waits for {after.total_seconds() / 60:.0f} min", abs(wait - after) < timedelta(seconds=2))
    on.check("it is queued, one try done", (request["state"], request["tries"]) == ("queued", 1))
    on.check("the first request's time, and by it the place, is kept", request["rank_at"] == request["requested_at"])
    on.check(f"the customer's page says: {words}", await on.page_says(words))


async def never_again(on: Stage, click: Click, attempt: dict, mark: str, words: str) -> None:
    request = on.request(click)
    on.show("next", f"the number is marked {mark} and not dialled any more; the request is {request['state']}")
    marks = on.product.sql("select number, mark, attempt from number_mark")
    on.check(
        "the number is marked, by this attempt", marks == [{"number": NUMBER, "mark": mark, "attempt": attempt["id"]}]
    )
    on.check("the request has failed", request["state"] == "failed")
    on.check(f"the customer's page says: {words}…", await on.page_says(words))
    again = on.product.call_me(TYPED)
    on.check(
        "asked for again, it is refused: number_marked", again.json().get("error", {}).get("code") == "number_marked"
    )


async def agent_is_free_again(on: Stage, click: Click) -> None:
    (held,) = on.reservations(click)
    on.show("agent", f"{held['agent']} was reserved while it rang, and released: {held['release_reason']}")
    await in_state(on.console, "ready")
    on.check("the agent was reserved while it rang, and is ready again", held["state"] == "released")


def invited(messages: Path) -> list[str]:
    """Whom the trunk was asked for, in order; each call once."""
    lines = messages.read_text().splitlines() if messages.exists() else []
    return [line.split("sip:")[1].split("@")[0] for line in lines if line.startswith("INVITE")]


SCENARIOS: dict[str, Scenario] = {
    "busy": busy,
    "noanswer": no_answer,
    "fax": fax,
    "modem": modem,
    "machine": machine,
    "sit": sit,
    "reschedule": reschedule,
}
POOL = {"noanswer": {"ring_for": RINGS_FOR}, "machine": {"message_for_machine": "machine"}}
"""What the pool has otherwise while they are played."""
