"""What the plays of the patent's figures share: what happened when and what proved it, the shop's page, the console."""

from __future__ import annotations

import asyncio
import itertools
import select
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Request, Response

from ctiapp.demo.first_start import FIRST_AGENT
from ctiapp.store.store import connect
from tests.phones import AUDIBLE
from tests.product import Product

NOTE_CLICKS = """addEventListener("click", (event) => {
    window.clickedAt = performance.timeOrigin + event.timeStamp;
}, true)"""
SEEN_LATE = 0.05
"""Seconds by which this process may see late what the database and the telephones say."""


@dataclass
class Figure:
    """What happened, and when: operation -> (seconds since the epoch, what proved it).

    `order`: groups of operations; those of a group come in any order, after all of the group before. The first group
    with `click` in it is what times are counted from.
    """

    order: Sequence[tuple[str, ...]]
    click: str
    seen: dict[str, tuple[float, str]] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)

    def saw(self, operation: str, proof: str, at: float | None = None) -> None:
        self.seen.setdefault(operation, (at or time.time(), proof))

    def check(self, what: str, holds: object) -> None:
        self.checks[what] = bool(holds)

    def at(self, operation: str) -> float:
        return self.seen[operation][0]

    def report(self) -> bool:
        """Prints it. Whether everything happened."""
        width = max(len(operation) for operation in self.operations) + 2
        click = self.seen.get(self.click, next(iter(self.seen.values()), (0.0, "")))[0]
        print(f"{'operation':<{width}}{'ms since the click':>19}  what proved it")
        for operation in self.operations:
            at, proof = self.seen.get(operation, (None, "DID NOT HAPPEN"))
            after = "-" if at is None else f"{(at - click) * 1000:.1f}"
            print(f"{operation:<{width}}{after:>19}  {proof}")
        print_checks(self.checks)
        return set(self.operations) <= set(self.seen) and all(self.checks.values())

    @property
    def operations(self) -> list[str]:
        return [operation for group in self.order for operation in group]

    def in_order(self) -> bool:
        groups = [[self.at(operation) for operation in group if operation in self.seen] for group in self.order]
        groups = [group for group in groups if group]
        return all(max(one) <= min(other) + SEEN_LATE for one, other in itertools.pairwise(groups))


@contextmanager
def to_its_end(check: Callable[[str, object], None]) -> Iterator[None]:
    """What did not come is a check that failed; what was seen before it is kept, and shown."""
    try:
        yield
    except (AssertionError, PlaywrightError) as error:
        check(f"the play came to its end ({str(error).strip().splitlines()[0]})", False)


def print_checks(checks: dict[str, bool]) -> None:
    for what, holds in checks.items():
        print(f"{'ok' if holds else 'FAILED':<10}{what}")


class Committed(threading.Thread):
    """When the database told of a commit: `with Committed(url) as committed:`, then `committed.at("number:70001")`."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._told: dict[str, float] = {}
        self._connection = connect(url, "figure")
        self._connection.autocommit = True
        self._connection.cursor().execute("listen ctiapp")
        self._stopped = False

    def __enter__(self) -> Committed:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        self.join()
        self._connection.close()

    def at(self, payload: str) -> float:
        """The first time that it was told, seconds since the epoch."""
        return self._told[payload]

    def run(self) -> None:
        while not self._stopped:
            if not select.select([self._connection], [], [], 0.2)[0]:
                continue
            self._connection.poll()
            now = time.time()
            for notification in self._connection.notifies:
                self._told.setdefault(notification.payload, now)
            self._connection.notifies.clear()


# ---- the agent's console -----------------------------------------------------------------------------------------


async def sign_in(console: Page, product: Product, ready: bool = True) -> None:
    """At the desk phone 2101."""
    await console.goto(f"{product.settings.web_url}/console")
    for name, value in (("agent", FIRST_AGENT), ("password", product.password(FIRST_AGENT)), ("station", "2101")):
        await console.locator(f"input[name={name}]").fill(value)
    await console.locator("[data-part=sign-in]").click()
    await in_state(console, "not_ready")
    if ready:
        await be_ready(console)


async def be_ready(console: Page) -> None:
    await console.locator("[data-part=next-state]").click()
    await in_state(console, "ready")


async def in_state(console: Page, state: str, within: float = 10) -> None:
    await console.locator(f".state[data-state={state}]").wait_for(timeout=within * 1000)


async def shows(console: Page, words: str, within: float = 5) -> bool:
    """Whether the sandboxed copy of the customer's page has these words in it, at the latest then."""
    deadline = time.monotonic() + within
    while True:
        for frame in console.frames[1:]:
            if words in (await frame.evaluate("document.body ? document.body.innerText : ''")):
                return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)


# ---- the shop's page ---------------------------------------------------------------------------------------------


async def visit(shop: Page, url: str, figure: Figure, operations: tuple[str, str, str]) -> None:
    """The page is asked for, sent, and shows its button."""
    asked, sent, shown = operations

    def requested(request: Request) -> None:
        if request.url == url:
            figure.saw(asked, f"GET {url} left the browser")

    def answered(response: Response) -> None:
        if response.url == url:
            figure.saw(sent, f"the shop answered {response.status}")

    shop.on("request", requested)
    shop.on("response", answered)
    await shop.goto(url)
    await shop.locator("ctiapp-button").first.locator("button").wait_for(timeout=10000)
    figure.saw(shown, "the page shows the button Talk to us")


async def moves_on(shop: Page, console: Page, url: str, figure: Figure) -> None:
    """While they talk, the customer goes to another page, and something happens on it (P28)."""
    await shop.goto(url)
    await shop.evaluate("document.querySelector('h1').append(' as they talk')")
    shown = await shows(console, "as they talk")
    at = await console.locator("[data-part=address]").inner_text()
    figure.check(f"the agent sees the customer move on to {url}, live", shown and at.endswith(url.split("//")[1]))


async def clicked_at(shop: Page) -> float:
    """The last click on a page that has `NOTE_CLICKS`, by the browser's own clock: seconds since the epoch."""
    return await shop.evaluate("window.clickedAt") / 1000


# ---- the two telephones ------------------------------------------------------------------------------------------


class Ears(Protocol):
    """A telephone, whichever kind, as far as it hears. `tone`: what it is heard by, in Hz."""

    tone: int

    async def hears(self, tone: int) -> bool: ...
    async def share(self, tone: int) -> float: ...


async def both_hear(customer: Ears, agent: Ears, figure: Figure) -> None:
    """What each telephone hears, at the other's tone."""
    await asyncio.gather(agent.hears(customer.tone), customer.hears(agent.tone))
    for who, whom, phone, tone in (
        ("agent", "customer", agent, customer.tone),
        ("customer", "agent", customer, agent.tone),
    ):
        share = await phone.share(tone)
        figure.check(f"the {who} hears the {whom} ({share:.0%} of the energy at {tone} Hz)", share > AUDIBLE)
