"""The live page: how late a change is painted at the agent's, and what the recorder costs the customer's browser.

The shop's page, the console and a call are real; the agent's telephone and the customer's are SIPp.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from bench import sip
from bench.browsers import MainThread, chromium, profile
from bench.figures import Figure, median, percentile
from bench.instance import PASSWORD, Instance, say
from tests.product import status_of, until

LAMP = "/lighting/alder-floor-lamp"
AGENT, STATION = "x0", "4000"
"""One without a console among the benchmark's own."""
CHANGES, EVERY_MS = 100, 70
BEGINS = 4
SETTLED_MS = 1500
ROUNDS = 3

PAINTED = """(what) => {
    const seen = (window.seen = {});
    const look = () => {
        for (const one of what().querySelectorAll("[data-at]")) {
            const word = one.dataset.at;
            if (word in seen) continue;
            seen[word] = null;
            requestAnimationFrame(() => {
                const after = new MessageChannel();
                after.port1.onmessage = () => { seen[word] = Date.now(); };
                after.port2.postMessage(0);
            });
        }
    };
    new MutationObserver(look).observe(what(), { subtree: true, childList: true, attributes: true });
}"""
"""After the frame in which it is drawn: a message that is sent in it comes when the frame is done."""
IN_FRAME = PAINTED.replace("what()", 'document.querySelector(".stage iframe").contentDocument')
IN_PAGE = PAINTED.replace("what()", "document")
CHANGE = """async ([changes, every]) => {
    const main = document.querySelector("main");
    for (let change = 0; change < changes; change += 1) {
        const word = `${change}-${Date.now().toString(36)}`; // a long number would be hidden
        if (change % 2) main.dataset.at = word;
        else {
            const note = document.createElement("p");
            note.dataset.at = note.textContent = word;
            main.append(note);
            if (change > 20) main.querySelector("p[data-at]").remove();
        }
        await new Promise((next) => setTimeout(next, every));
    }
}"""
MUTATE = """async (changes) => {
    const main = document.querySelector("main");
    for (let change = 0; change < changes; change += 1) {
        const note = document.createElement("p");
        note.textContent = `Nr ${change}`;
        if (change % 4 === 0) main.append(note);
        else if (change % 4 === 1) main.lastElementChild.textContent = `One of ${change}`;
        else if (change % 4 === 2) main.lastElementChild.className = `kind-${change % 7}`;
        else main.lastElementChild.remove();
        if (change % 20 === 19) await new Promise((next) => setTimeout(next, 20));
    }
}"""


def measure(instance: Instance, parts: list[str]) -> list[Figure]:
    instance.start_over()
    instance.spawn("shop", "ctiapp.cli", "shop")
    until(lambda: status_of(instance.settings.shop_url) == 200, 40, "the shop")
    with chromium() as browser:
        shop = profile(browser).new_page()
        number = _ask(instance, shop)
        busy = MainThread(shop)
        measures = "recorder" in parts
        alone = _mutations(shop, busy) if measures else []
        console = _console(instance, browser)
        with _talking(instance, number):
            _until_live(console)
            figures = _delays(shop, console) if "live_page_delay" in parts else []
            if measures:
                told = _mutations(shop, busy)
                begun, idle = _begins(shop, console, busy)
                say(f"recorder: begins {_words(begun)} ms, idle {_words(idle)} ms")
                say(f"recorder: 1,000 changes {_words(alone)}, then {_words(told)} ms")
                figures += [
                    _added("recorder_load_ms", begun, idle, "<= 50"),
                    _added("recorder_ms_per_1000_mutations", told, alone),
                ]
    instance.seat_again(AGENT, STATION)
    return figures


# ---- the figures -------------------------------------------------------------------------------------------------


def _delays(shop: Page, console: Page) -> list[Figure]:
    shop.evaluate(IN_PAGE)
    console.evaluate(IN_FRAME)
    shop.evaluate(CHANGE, [CHANGES, EVERY_MS])
    console.wait_for_timeout(1000)
    here, there = _late(shop), _late(console)
    say(f"live page: {len(there)} of {CHANGES} changes were painted at the agent's")
    there += [float("inf")] * (CHANGES - len(there))
    beside = "ms at the customer's"
    return [
        Figure("live_page_delay_median_ms", median(there), "ms", median(here), beside, goal="<= 150"),
        Figure("live_page_delay_p95_ms", percentile(there, 0.95), "ms", percentile(here, 0.95), beside, goal="<= 300"),
    ]


def _late(page: Page) -> list[float]:
    return [at - int(word.split("-")[1], 36) for word, at in page.evaluate("window.seen").items() if at is not None]


def _begins(shop: Page, console: Page, busy: MainThread) -> tuple[list[float], list[float]]:
    """Main-thread time of a shop's page in which the recorder is loaded and takes its first picture, and of the same
    page, idle, in as long."""
    with_it, without = [], []
    for _ in range(BEGINS):
        console.goto("about:blank")
        shop.reload()
        shop.locator("ctiapp-panel").wait_for()
        shop.wait_for_timeout(SETTLED_MS)
        before, begun = busy.busy_ms(), time.monotonic()
        shop.wait_for_timeout(SETTLED_MS)
        a_second = (busy.busy_ms() - before) / (time.monotonic() - begun)
        before, begun = busy.busy_ms(), time.monotonic()
        console.go_back()
        _until_live(console)
        without.append(a_second * (time.monotonic() - begun))
        with_it.append(busy.busy_ms() - before)
    return with_it, without


def _mutations(shop: Page, busy: MainThread) -> list[float]:
    took = []
    for _ in range(ROUNDS):
        before = busy.busy_ms()
        shop.evaluate(MUTATE, 1000)
        shop.wait_for_timeout(300)
        took.append(busy.busy_ms() - before)
    return took


def _added(name: str, with_it: list[float], without: list[float], goal: str = "") -> Figure:
    added = [more - plain for more, plain in zip(with_it, without, strict=True)]
    return Figure(name, median(added), "ms", median(without), "ms without it", goal=goal)


def _words(took: list[float]) -> str:
    return "/".join(f"{ms:.0f}" for ms in took)


# ---- the people --------------------------------------------------------------------------------------------------


def _ask(instance: Instance, shop: Page) -> str:
    """The number that the shop's page shows after a click on its button; it is x0's."""
    shop.goto(instance.settings.shop_url + LAMP)
    shop.evaluate(
        """() => { const { dataset } = document.querySelector("ctiapp-button");
                   Object.assign(dataset, { pool: "extra", skills: "live" });
                   delete dataset.language; delete dataset.product; }"""
    )
    shop.locator("ctiapp-button").first.click()
    shop.locator("[data-part=call-us]").click()
    held = "select number from reservation where agent = %s and state = 'reserved'"
    return until(lambda: instance.sql(held, AGENT), 20, "the number")[0]["number"]


def _console(instance: Instance, browser: Browser) -> Page:
    console = profile(browser, 1700, 1000).new_page()
    console.goto(instance.settings.web_url + "/console")
    for name, value in (("agent", AGENT), ("password", PASSWORD), ("station", STATION)):
        console.locator(f"[name={name}]").fill(value)
    console.locator("[data-part=sign-in]").click()
    console.get_by_role("button", name="Sign in here instead").click()
    console.locator(".state").wait_for()
    return console


def _until_live(console: Page) -> None:
    console.locator("[data-part=live][data-state=live]").wait_for()
    console.locator(".stage[data-look=page]").wait_for()
    console.wait_for_timeout(500)


@contextmanager
def _talking(instance: Instance, number: str) -> Iterator[None]:
    """A call to the number, as long as the block lasts."""
    call = threading.Thread(
        target=sip.call, args=([(number, sip.caller())], 1, 120_000, instance.settings.sip_port), daemon=True
    )
    call.start()
    talks = "select 1 from reservation where agent = %s and state = 'talking'"
    until(lambda: instance.sql(talks, AGENT), 20, "the call")
    yield
    instance.asterisk("cli", "channel request hangup all")
    call.join(20)
