"""Plays Fig. 5 of the patent with real parts and says what proved each operation: `make figure5`.

Chromium is the shop's customer and the agent's console, baresip the customer's telephone behind the trunk and the
agent's, Asterisk the switch; the detector hears the line. Exit code 0 only if all operations happened, in order, the
page before the customer answered, both were heard, and the disposition is stored.

`PHONES=browser`: the agent's telephone is the console; the customer's line stays the trunk.
`make figure5 SCENARIO=NAME` plays what else may come of a call (`figure5_scenarios`).
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from ctiapp.demo.first_start import FIRST_AGENT
from tests import figure5_scenarios
from tests.figure5_stage import Click, Stage, ask, stage, stage_in_browsers
from tests.figures import Committed, Figure, both_hear, in_state, moves_on, shows, to_its_end, visit
from tests.phones import PublicPhone
from tests.product import Product
from tests.progress.lines import HUMAN
from tests.progress.signals import frames
from tests.switch.until import until

CUSTOMER, NUMBER = "Marit Solvang", "+447700900142"
ORDER = (
    *(("410",), ("412",), ("414",), ("416",), ("420",), ("424",), ("426",)),
    *(("line rings",), ("page shown",), ("430",), ("human heard",), ("432",), ("434",), ("stored",)),
)
"""The patent's operations; between them what its claim 5 asks for before the answer, what the detector (358) heard, and
what is kept."""


async def play(product: Product, screenshot: Path, in_browsers: bool = False) -> Figure:
    figure = Figure(ORDER, click="416")
    set_up = stage_in_browsers if in_browsers else stage
    async with set_up(product) as on, PublicPhone(NUMBER, b"".join(frames(HUMAN))) as customer:
        with to_its_end(figure.check):
            await from_the_click_to_what_is_kept(on, customer, figure, screenshot)
            figure.check("the page was there before the customer answered", figure.at("page shown") < figure.at("430"))
    figure.check("the operations came in order", figure.in_order())
    return figure


async def from_the_click_to_what_is_kept(on: Stage, customer: PublicPhone, figure: Figure, screenshot: Path) -> None:
    with Committed(on.product.url) as committed:
        click = await asked(on, figure)
        await dialled(on, customer, click, committed, figure)
    await page_at_agent(on, click, figure)
    await on.console.screenshot(path=screenshot)
    figure.check("the customer's page says that their telephone rings", await on.page_says("Your phone is ringing"))
    await put_through(on, customer, click, figure)
    await both_hear(customer, on.agent, figure)
    figure.check("the customer's page says whom they talk to", await on.page_says("Noor"))
    await moves_on(on.shop, on.console, f"{on.product.settings.shop_url}/kitchens", figure)
    await customer.hang_up()
    await on.console.get_by_text("Page closed at hang-up").first.wait_for(timeout=10_000)
    await wrapped_up(on, click, figure)


async def asked(on: Stage, figure: Figure) -> Click:
    shop = on.product.settings.shop_url
    await on.shop.goto(f"{shop}/sign-in")
    await on.shop.get_by_text(CUSTOMER).click()
    await visit(on.shop, f"{shop}/", figure, ("410", "412", "414"))
    click = await ask(on.shop, None)
    known = "their identity signed by the shop" if click.sent["identity"] else "NOTHING OF WHO THEY ARE"
    page = f"{len(str(click.sent['page']))} characters of page" if click.sent["page"] else "NO PAGE"
    figure.saw("416", f"POST call-me left the browser with {known} and {page}", click.at)
    return click


async def dialled(on: Stage, customer: PublicPhone, click: Click, committed: Committed, figure: Figure) -> None:
    rang = await customer.event("CALL_INCOMING")
    request, (attempt,) = on.request(click), on.attempts(click)
    made = on.product.sql("select created_at from interaction where id = %s", click.interaction)[0]["created_at"]
    figure.saw("420", f"the SRP has the request: interaction {click.interaction[:8]}…", made.timestamp())
    listed = f"{request['number']} is in the list (NOTIFY to the controller at the commit)"
    dialled_at = attempt["made_at"].timestamp()  # only what is committed is claimed, but we may be told later than that
    figure.saw("424", listed, min(committed.at(f"request:{request['pool']}"), dialled_at))
    figure.saw("426", f"attempt {attempt['id'][:8]}… stored, then dialled", dialled_at)
    after = (rang["seen_at"] - click.at) * 1000
    figure.check(f"the INVITE is at the customer's telephone {after:.0f} ms after the click", after > 0)
    figure.check("the number dialled is the customer's own from the list of customers", request["number"] == NUMBER)


async def page_at_agent(on: Stage, click: Click, figure: Figure) -> None:
    """Claim 5: the line can receive the call, so an agent is chosen, and has page and record."""
    await on.console.locator("[data-part=record-name]").wait_for(timeout=10_000)
    (held,) = await until(lambda: [one for one in on.reservations(click) if one["page_shown_at"]])
    chosen = f"agent {held['agent']} chosen and reserved when the line rang (180)"
    figure.saw("line rings", chosen, held["created_at"].timestamp())
    acknowledged = "the console has page and record on screen and acknowledged it"
    figure.saw("page shown", acknowledged, held["page_shown_at"].timestamp())
    figure.check("the agent's page is the customer's", await shows(on.console, "Larkmoor"))
    name = await on.console.locator("[data-part=record-name]").inner_text()
    figure.check(f"the agent's record is the customer's ({name})", name == CUSTOMER)
    figure.check("nobody has answered yet", on.attempts(click)[0]["answered_at"] is None and not on.agent_rang)


async def put_through(on: Stage, customer: PublicPhone, click: Click, figure: Figure) -> None:
    await customer.answer()
    taken = await customer.event("CALL_ESTABLISHED")
    figure.saw("430", "the customer took the call (CALL_ESTABLISHED at baresip behind the trunk)", taken["seen_at"])
    rings = await on.agent.event("CALL_INCOMING")
    (attempt,) = on.attempts(click)
    assert attempt["verdict_at"], "the detector stored nothing"
    figure.saw(
        "human heard",
        f"the detector stored {attempt['verdict']}: {attempt['reason']}",
        attempt["verdict_at"].timestamp(),
    )
    telephone = getattr(on.agent, "named", "their telephone, baresip 2101,")
    given = f"the call is given to agent {FIRST_AGENT}: {telephone} rings"
    figure.saw("432", given, rings["seen_at"])
    figure.check("page and record are on the agent's screen when they answer", await shows(on.console, "Larkmoor"))
    await on.agent.answer()
    talks = await on.agent.event("CALL_ESTABLISHED")
    figure.saw("434", "the agent took the call, page and record in hand (CALL_ESTABLISHED)", talks["seen_at"])


async def wrapped_up(on: Stage, click: Click, figure: Figure) -> None:
    await on.console.locator("input[name=disposition][value=sold]").check(timeout=10_000)
    await on.console.locator("[data-part=finish-ready]").click()
    await in_state(on.console, "ready")
    (kept,) = on.product.sql(
        "select i.disposition, i.agent, i.state, r.state as request, a.outcome "
        "from interaction i join call_request r on r.interaction = i.id join attempt a on a.request = r.id "
        "where i.id = %s",
        click.interaction,
    )
    figure.saw("stored", f"disposition {kept['disposition']}, agent {kept['agent']}, outcome {kept['outcome']}")
    figure.check(
        "the disposition is stored, the request is done, the attempt reached a human",
        tuple(kept.values()) == ("sold", FIRST_AGENT, "ended", "done", "human"),
    )


def main(scenario: str = "") -> None:
    if scenario:
        sys.exit(0 if asyncio.run(figure5_scenarios.play_named(scenario)) else 1)
    with Product() as product:
        screenshot = product.settings.state / "figure5-console-when-the-line-rings.png"
        figure = asyncio.run(play(product, screenshot, os.environ.get("PHONES") == "browser"))
    complete = figure.report()
    print(f"screenshot of the console when the line rings: {screenshot}")
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
