"""A call from the shop's page: from the click on Voice until both hear each other, the agent's console answering.

Both are Chromiums, each with a tone as its microphone; whether the other one's tone is heard is looked up in the page
each 5 ms. Shop, console and switch are real.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from werkzeug.security import generate_password_hash

from bench.browsers import profile
from bench.figures import Figure, median, percentile
from bench.instance import PASSWORD, WEB_STATION, Instance, say
from ctiapp.servers.seed import keep_agent
from tests.browsers import FLAGS, executable
from tests.figures import NOTE_CLICKS
from tests.product import status_of, until
from tests.web_phones import LEAVE, MEDIA, write_tone

LAMP = "/lighting/alder-floor-lamp"
AGENT = "p0"
AGENTS_TONE, CUSTOMERS_TONE = 620, 440
CALLS = 16
HEARD = """
    const Real = window.RTCPeerConnection;
    const context = new AudioContext();
    window.RTCPeerConnection = class extends Real {
        constructor(...all) {
            super(...all);
            this.addEventListener("track", (event) => listen(event.streams[0]));
        }
    };
    function listen(stream) {
        if (!stream.getAudioTracks().length) return;
        window.heard = null;
        void context.resume();
        const analyser = context.createAnalyser();
        analyser.fftSize = 2048;
        analyser.smoothingTimeConstant = 0;
        context.createMediaStreamSource(stream).connect(analyser);
        const levels = new Float32Array(analyser.frequencyBinCount);
        const width = context.sampleRate / analyser.fftSize;
        const timer = setInterval(() => {
            analyser.getFloatFrequencyData(levels);
            let all = 0, at = 0;
            levels.forEach((level, bin) => {
                const power = 10 ** (level / 10);
                all += power;
                if (Math.abs(bin * width - TONE) < 50) at += power;
            });
            if (all < 1e-7 || at / all < 0.5) return;
            window.heard = Date.now();
            clearInterval(timer);
        }, 5);
    }
"""
"""When the other's tone was heard first in the call that is under way, by the machine's clock."""
ANSWERS = """
    const answer = () => document.querySelector("[data-part=answer]:not([disabled])")?.click();
    new MutationObserver(answer).observe(document, { subtree: true, childList: true, attributes: true });
    setInterval(answer, 100);
"""
"""The agent who answers at once."""
TO_THE_PAGE_CALLS = """() => {
    const { dataset } = document.querySelector("ctiapp-button");
    Object.assign(dataset, { pool: "extra", skills: "page" });
    delete dataset.language;
    delete dataset.product;
}"""


def measure(instance: Instance) -> list[Figure]:
    instance.start_over()
    _keep_agent(instance)
    if status_of(instance.settings.shop_url) != 200:
        instance.spawn("shop", "ctiapp.cli", "shop")
        until(lambda: status_of(instance.settings.shop_url) == 200, 40, "the shop")
    with sync_playwright() as playwright:
        with _browser(playwright, AGENTS_TONE) as agents, _browser(playwright, CUSTOMERS_TONE) as customers:
            console = _console(instance, agents)
            shop = _shop(instance, customers)
            _call(instance, shop, console)  # what is loaded once is loaded
            took = [_call(instance, shop, console) for _ in range(CALLS)]
    instance.send_home(AGENT)
    say(f"page calls: {', '.join(f'{ms:.0f}' for ms in sorted(took))} ms")
    return [
        Figure("page_call_to_audio_median_ms", median(took), "ms", goal="<= 700"),
        Figure("page_call_to_audio_p95_ms", percentile(took, 0.95), "ms", goal="<= 1500"),
    ]


def _call(instance: Instance, shop: Page, console: Page) -> float:
    """Milliseconds from the click until the later of the two heard the other."""
    shop.goto(instance.settings.shop_url + LAMP)
    shop.evaluate(TO_THE_PAGE_CALLS)
    shop.locator("ctiapp-button").first.click()
    shop.locator("[data-part=call-us]").click()
    voice = shop.locator("[data-part=voice]")
    voice.wait_for()
    console.evaluate("window.heard = null")
    console.locator(".state[data-state=reserved]").wait_for()
    shop.wait_for_timeout(300)  # a customer reads first: the click's own work is done
    with shop.expect_popup() as opened:
        voice.click()
    window = opened.value
    clicked = shop.evaluate("window.clickedAt")
    heard = [_heard(page) for page in (window, console)]
    window.locator("[data-part=hang-up]").click()
    console.locator(".state[data-state=ready]").wait_for()
    window.close()
    shop.evaluate("sessionStorage.clear()")
    return max(heard) - clicked


def _heard(page: Page) -> float:
    for _ in range(1000):
        if heard := page.evaluate("window.heard"):
            return heard
        page.wait_for_timeout(5)
    say(f"nothing was heard in {page.url}")
    return float("inf")


# ---- the people --------------------------------------------------------------------------------------------------


def _keep_agent(instance: Instance) -> None:
    hashed = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
    with instance.store.transaction() as tx:
        keep_agent(tx, AGENT, "Pat Page", "", ["en"], {"extra": 5, "page": 5})
        tx.execute("update agent set password_hash = %s where id = %s", (hashed, AGENT))


@contextmanager
def _browser(playwright: Playwright, tone: int) -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(prefix="tone-") as folder:
        sound = Path(folder) / "tone.wav"
        write_tone(sound, tone)
        args = [*FLAGS, *MEDIA, LEAVE, f"--use-file-for-fake-audio-capture={sound}"]
        browser = playwright.chromium.launch(executable_path=executable(), args=args)
        yield browser
        browser.close()


def _console(instance: Instance, browser: Browser) -> Page:
    console = profile(browser).new_page()
    console.add_init_script(HEARD.replace("TONE", str(CUSTOMERS_TONE)))
    console.add_init_script(ANSWERS)
    console.goto(instance.settings.web_url + "/console")
    for name, value in (("agent", AGENT), ("password", PASSWORD), ("station", WEB_STATION)):
        console.locator(f"[name={name}]").fill(value)
    console.locator("[data-part=sign-in]").click()
    console.locator("[data-part=phone-line]").get_by_text("Registered").wait_for()
    console.keyboard.press("r")
    console.locator(".state[data-state=ready]").wait_for()
    return console


def _shop(instance: Instance, browser: Browser) -> Page:
    context = profile(browser)
    context.add_init_script(NOTE_CLICKS)
    context.add_init_script(f"if (location.pathname === '/call') {{ {HEARD.replace('TONE', str(AGENTS_TONE))} }}")
    return context.new_page()
