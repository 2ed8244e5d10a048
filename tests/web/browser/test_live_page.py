"""The live page in two real browsers: a customer at the shop, Noor at her console, our server between (P27, P28)."""

from __future__ import annotations

import base64
import itertools
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from .live_stage import LiveStage, live_staged

LAMP = "/lighting/alder-floor-lamp"
IN_TIME = 8000
PROBES = itertools.count()


@pytest.fixture(scope="module")
def whole_live_stage(built: None, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveStage]:
    with live_staged(browser, Path(tmp_path_factory.mktemp("live"))) as stage:
        yield stage


@pytest.fixture
def stage(whole_live_stage: LiveStage) -> LiveStage:  # type: ignore[override]
    whole_live_stage.reset()
    return whole_live_stage


class Together:
    """A customer whose page Noor sees live."""

    def __init__(self, stage: LiveStage, path: str = LAMP, width: int = 1100) -> None:
        self.stage = stage
        self.shop = stage.customer(path, width)
        self.noor = stage.console()
        self.interaction = stage.ask(self.shop)
        self.is_live()

    def is_live(self) -> None:
        expect(self.noor.locator("[data-part=live][data-state=live]")).to_be_visible(timeout=IN_TIME)
        expect(self.noor.locator(".stage[data-look=page]")).to_be_visible(timeout=IN_TIME)
        # What was typed before is in the picture; what comes now is told.
        self.until(lambda: any('"take": "' in page for page in self.stage.srp.stored))
        probe = f"probe-{next(PROBES)}"
        self.shop.evaluate("(probe) => document.querySelector('main').setAttribute('data-probe', probe)", probe)
        expect(self.copy.locator(f"[data-probe='{probe}']")).to_be_attached(timeout=IN_TIME)

    @property
    def copy(self) -> FrameLocator:
        return self.noor.frame_locator("iframe")

    def inside(self) -> Any:
        """The frame at the console, to evaluate in."""
        return next(frame for frame in self.noor.frames if frame.url.endswith("/console/frame"))

    def until(self, condition: Callable[[], object], within: float = 8) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            self.noor.wait_for_timeout(30)

    def seen(self) -> str:
        """Everything that Noor's browser shows: markup, texts, what fields hold."""
        read = """() => { const all = (root) => [root.documentElement?.outerHTML ?? root.innerHTML,
            ...[...root.querySelectorAll('input, textarea, select')].map((field) => field.value),
            ...[...root.querySelectorAll('*')].filter((one) => one.shadowRoot).flatMap((one) => all(one.shadowRoot))];
            return all(document).join('\\n'); }"""
        return "\n".join(frame.evaluate(read) for frame in self.noor.frames)


def test_P28_what_happens_on_the_page_is_shown_as_it_happens(stage: LiveStage) -> None:
    both = Together(stage, "/checkout")
    both.shop.locator("[name=remarks]").press_sequentially("narrow lift", delay=20)
    expect(both.copy.locator("[name=remarks]")).to_have_value("narrow lift", timeout=IN_TIME)
    both.shop.locator("[name=delivery]").select_option(index=1)
    chosen = both.shop.locator("[name=delivery]").input_value()
    expect(both.copy.locator("[name=delivery]")).to_have_value(chosen, timeout=IN_TIME)
    both.shop.evaluate("window.scrollTo(0, 150)")
    both.until(lambda: both.inside().evaluate("scrollY") == both.shop.evaluate("scrollY") > 0)
    both.shop.evaluate(
        """() => {
        const form = document.querySelector("form.order");
        const box = document.createElement("p");
        box.id = "more";
        box.innerHTML = "<label>Gift <input type=checkbox name=gift></label> <b>one</b> <i>two</i> <u>three</u>";
        form.prepend(box);
        box.querySelector("i").remove();
        box.append(box.querySelector("b"));
        box.title = "a title";
        box.style.color = "rgb(1, 2, 3)";
        const host = document.createElement("x-stars");
        host.attachShadow({ mode: "open" }).innerHTML = "<em>five stars</em>";
        form.prepend(host);
        const sheet = new CSSStyleSheet();
        sheet.replaceSync("#more { font-style: italic }");
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        box.querySelector("u").firstChild.data = "third";
    }"""
    )
    expect(both.copy.locator("#more")).to_have_text("Gift   thirdone", timeout=IN_TIME)
    expect(both.copy.locator("#more")).to_have_attribute("title", "a title")
    expect(both.copy.locator("#more")).to_have_css("color", "rgb(1, 2, 3)")
    expect(both.copy.locator("#more")).to_have_css("font-style", "italic")
    expect(both.copy.locator("x-stars em")).to_have_text("five stars")
    both.shop.locator("[name=gift]").check()
    expect(both.copy.locator("[name=gift]")).to_be_checked(timeout=IN_TIME)
    both.shop.mouse.move(300, 200)
    expect(both.noor.locator("[data-part=customers-mouse]")).to_be_visible(timeout=IN_TIME)


def test_P28_how_late_a_change_is_painted_at_the_agents(stage: LiveStage) -> None:
    """Printed, and asserted only against what would be a fault: the clock of both browsers is this machine's."""
    both = Together(stage)
    both.noor.evaluate("window.__seen = {}")
    both.noor.evaluate(
        """() => { const inside = document.querySelector("iframe").contentDocument;
            new MutationObserver(() => { const word = inside.querySelector("main").dataset.at;
                if (word) requestAnimationFrame(() => { window.__seen[word] ??= Date.now(); }); })
                .observe(inside, { subtree: true, attributes: true }) }"""
    )
    for _ in range(40):
        both.shop.evaluate("document.querySelector('main').dataset.at = Date.now().toString(36)")
        both.shop.wait_for_timeout(60)
    both.noor.wait_for_timeout(500)
    delays = sorted(at - int(word, 36) for word, at in both.noor.evaluate("window.__seen").items())
    print(f"live page: {len(delays)} changes, median {delays[len(delays) // 2]} ms, worst {delays[-1]} ms")
    assert len(delays) >= 20 and delays[len(delays) // 2] < 2000


DIFFERENT = """async (pictures) => {
    const [one, other] = await Promise.all(pictures.map(async (data) => {
        const image = new Image();
        image.src = "data:image/png;base64," + data;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width >> 2, image.height >> 2).getContext("2d");
        canvas.drawImage(image, 0, 0, image.width >> 2, image.height >> 2);
        return canvas.getImageData(0, 0, image.width >> 2, image.height >> 2).data;
    }));
    let different = 0;
    for (let at = 0; at < one.length; at += 4) {
        const apart = Math.max(...[0, 1, 2].map((colour) => Math.abs(one[at + colour] - other[at + colour])));
        if (apart > 40) different += 1;
    }
    return different / (one.length / 4);
}"""


def test_P28_both_see_the_same_picture(stage: LiveStage) -> None:
    both = Together(stage, LAMP, width=1000)
    both.shop.evaluate("document.querySelector('h1').textContent = 'A lamp that both look at'")
    expect(both.copy.locator("h1")).to_have_text("A lamp that both look at", timeout=IN_TIME)
    both.shop.evaluate("for (const one of document.querySelectorAll('ctiapp-panel, ctiapp-button')) one.remove()")
    expect(both.copy.locator("main")).to_be_visible()
    part = {"width": 1000, "height": 500}
    here = both.shop.screenshot(clip={"x": 0, "y": 0, **part})
    box = both.noor.locator("iframe").bounding_box()
    assert box and round(box["width"]) == 1000
    there = both.noor.screenshot(clip={"x": box["x"], "y": box["y"], **part})
    blank = both.noor.context.new_page()
    share = blank.evaluate(DIFFERENT, [base64.b64encode(picture).decode() for picture in (here, there)])
    print(f"live page: {share:.2%} of the picture differs")
    assert share < 0.02


HOSTILE = """() => {
    const main = document.querySelector("main");
    const add = (tag, attributes) => {
        const node = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
        main.append(node);
        return node;
    };
    const shop = location.origin;
    add("p", { id: "hostile" }).textContent = "A hostile page";
    const later = add("p", { id: "later" });
    later.setAttribute("onclick", "top.__owned = 1");
    later.setAttribute("style", `background: url(${shop}/leak.png)`);
    add("img", { src: shop + "/static/chair.svg?leak", onerror: "top.__owned = 1" });
    add("a", { href: "javascript:top.__owned=1", id: "js" }).textContent = "press";
    add("form", { action: shop + "/leak" }).innerHTML = "<button>send</button>";
    add("style", {}).textContent = `@import "${shop}/leak.css"; main { background: url(${shop}/leak2.png) }`;
    add("video", { src: shop + "/leak.mp4", poster: shop + "/leak3.png" });
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.innerHTML = `<image href="${shop}/leak4.png"/><set attributeName="onclick" to="top.__owned=1"/>`;
    main.append(svg);
    const frame = add("iframe", {});
    frame.srcdoc = "<script>top.__owned = 1</" + "script>";
}"""


def test_P28_what_is_added_later_runs_nothing_and_fetches_nothing_at_the_agents(stage: LiveStage) -> None:
    asked: list[str] = []
    both = Together(stage)
    both.noor.context.on("request", lambda request: asked.append(request.url))
    both.shop.evaluate(HOSTILE)
    expect(both.copy.locator("#hostile")).to_have_text("A hostile page", timeout=IN_TIME)
    expect(both.copy.locator("#later")).to_be_attached()
    both.copy.locator("#js").click(force=True)
    both.copy.get_by_text("send", exact=True).click(force=True)
    both.noor.wait_for_timeout(500)
    assert both.noor.evaluate("window.__owned ?? null") is None
    assert both.noor.url == f"{stage.web}/console"
    ours = (stage.web, stage.web.replace("http", "ws", 1), "data:")
    assert [url for url in asked if not url.startswith(ours)] == []
    assert both.inside().evaluate("document.querySelectorAll('script, iframe, [onclick], [href^=java]').length") == 0


def test_P28_the_customer_stops_it_with_one_click(stage: LiveStage) -> None:
    both = Together(stage)
    both.shop.locator("[data-part=stop-showing]").click()
    expect(both.noor.locator("[data-part=live][data-state=stopped]")).to_be_visible(timeout=IN_TIME)
    expect(both.noor.locator(".stage")).to_contain_text("The customer stopped showing the page")
    both.until(lambda: '"snapshot": null' in stage.srp.stored[-1])
    told = len(stage.wire)
    both.shop.evaluate("document.querySelector('h1').textContent = 'after the stop'")
    both.shop.wait_for_timeout(1500)
    assert not [line for line in stage.wire[told:] if "after the stop" in line or "page_ops" in line]
    assert "after the stop" not in both.seen() and both.inside().evaluate("document.body.childElementCount") == 0
    both.shop.reload()
    both.shop.wait_for_timeout(1500)
    assert '"snapshot": null' in stage.srp.stored[-1]


def test_P28_nothing_is_shown_to_anybody_without_the_customers_yes(stage: LiveStage) -> None:
    shop = stage.customer(LAMP)
    noor = stage.console()
    shop.locator("ctiapp-button").first.click()
    shop.locator("ctiapp-panel input[type=checkbox], ctiapp-panel [role=switch]").first.click()
    shop.locator("[data-part=call-us]").click()
    shop.locator("[data-part=number]").wait_for()
    stage.give(list(stage.srp.statuses)[-1], "noor")
    expect(noor.locator(".stage")).to_contain_text("The customer chose not to show the page", timeout=IN_TIME)
    shop.wait_for_timeout(1500)
    assert not [line for line in stage.wire if "page_hello" in line or "page_ops" in line]
    expect(noor.locator("[data-part=pointer]")).to_have_count(0)


def test_P28_it_ends_with_the_call(stage: LiveStage) -> None:
    both = Together(stage)
    stage.hang_up(both.interaction)
    expect(both.noor.locator("iframe")).to_have_count(0, timeout=IN_TIME)
    told = len(stage.wire)
    both.shop.evaluate("document.querySelector('h1').textContent = 'after the call'")
    both.shop.wait_for_timeout(1500)
    assert not [line for line in stage.wire[told:] if "after the call" in line]
    assert both.shop.locator("ctiapp-pointer").count() == 0


def test_P28_a_transfer_shows_the_page_to_the_next_agent_and_to_them_alone(stage: LiveStage) -> None:
    both = Together(stage)
    ida = stage.console("ida")
    stage.give(both.interaction, "ida")
    expect(ida.locator("[data-part=live][data-state=live]")).to_be_visible(timeout=IN_TIME)
    both.shop.evaluate("document.querySelector('h1').textContent = 'for Ida now'")
    expect(ida.frame_locator("iframe").locator("h1")).to_have_text("for Ida now", timeout=IN_TIME)
    assert "for Ida now" not in both.seen()


def test_P28_a_single_page_shop_a_reload_and_the_next_page_are_followed(stage: LiveStage) -> None:
    both = Together(stage)
    both.shop.evaluate(
        """() => { history.pushState({}, "", "/lighting/another?token=s3cr3t-9"); document.title = "Another lamp";
            document.querySelector("main").innerHTML = "<h1>Another lamp</h1>"; }"""
    )
    expect(both.copy.locator("h1")).to_have_text("Another lamp", timeout=IN_TIME)
    expect(both.noor.locator("[data-part=address]")).to_contain_text("/lighting/another", timeout=IN_TIME)
    expect(both.noor.locator("[data-part=address]")).not_to_contain_text("s3cr3t-9")
    both.shop.goto(stage.shop + LAMP)
    both.is_live()
    both.shop.reload()
    both.is_live()
    both.shop.goto(stage.shop + "/kitchens")
    expect(both.noor.locator("[data-part=address]")).to_contain_text("/kitchens", timeout=IN_TIME)
    both.is_live()
    both.noor.reload()
    both.is_live()


def test_P28_a_page_that_is_silent_says_how_far_behind_it_is(stage: LiveStage) -> None:
    both = Together(stage)
    both.shop.context.set_offline(True)
    both.shop.evaluate("() => { const until = Date.now() + 4000; while (Date.now() < until); }")
    expect(both.noor.locator("[data-part=live]")).to_have_text(re.compile(r"[2-9] s behind|not open"), timeout=IN_TIME)
    both.shop.context.set_offline(False)
    expect(both.noor.locator("[data-part=live]")).to_have_text("Customer agreed", timeout=20_000)


def test_P28_the_agent_points_marks_and_never_types(stage: LiveStage) -> None:
    both = Together(stage, "/checkout")
    both.noor.locator("[data-part=pointer]").click()
    expect(both.noor.locator(".stage.pointed")).to_be_visible()
    target = both.copy.locator("[name=promotion]").bounding_box()
    assert target
    both.noor.mouse.move(target["x"] + 20, target["y"] + 10)
    both.noor.mouse.move(target["x"] + 30, target["y"] + 10)
    both.noor.mouse.down()
    both.noor.mouse.up()
    mark = both.shop.locator("ctiapp-pointer .mark")
    expect(mark).to_be_visible(timeout=IN_TIME)
    expect(mark).to_contain_text("Noor marked this")
    expect(both.shop.locator("ctiapp-pointer .hand")).to_contain_text("Noor points here")
    field, box = both.shop.locator("[name=promotion]").bounding_box(), mark.bounding_box()
    assert field and box and abs(field["x"] - box["x"]) < 8 and abs(field["y"] - box["y"]) < 8
    both.noor.keyboard.type("typed by the agent")
    both.shop.locator("[name=promotion]").click()  # the mark takes no click
    assert both.shop.evaluate("document.activeElement.name") == "promotion"
    assert both.shop.locator("[name=promotion]").input_value() == ""
    both.noor.keyboard.press("Escape")
    expect(both.shop.locator("ctiapp-pointer .mark")).to_be_hidden(timeout=IN_TIME)
    # However long the page's title is, the tools stand beside it.
    both.noor.set_viewport_size({"width": 1280, "height": 800})
    both.noor.locator(".page-head .ellipsis").evaluate("(title) => { title.textContent = 'Floor lamp '.repeat(20); }")
    tools = [both.noor.locator(f"[data-part={part}]").bounding_box() for part in ("pointer", "suggest")]
    assert tools[0] and tools[1] and tools[0]["y"] == tools[1]["y"]


def test_P28_a_suggested_page_is_opened_by_the_customer_alone(stage: LiveStage) -> None:
    both = Together(stage)

    def suggest(url: str) -> None:
        both.noor.locator("[data-part=suggest]").click()
        both.noor.locator("[data-part=suggest-url]").fill(url)
        both.noor.locator("[data-part=suggest-send]").click()

    suggest("http://evil.example/x")
    expect(both.noor.locator("[data-part=suggested]")).to_contain_text("no page of this shop", timeout=IN_TIME)
    suggest("/kitchens")
    card = both.shop.locator("ctiapp-pointer .card")
    expect(card).to_contain_text("Noor suggests a page", timeout=IN_TIME)
    assert both.shop.url.endswith(LAMP)
    card.get_by_role("button", name="No, thanks").click()
    expect(both.noor.locator("[data-part=suggested]")).to_contain_text("stayed", timeout=IN_TIME)
    suggest("/kitchens")
    card.get_by_role("button", name="Open this page").click()
    expect(both.shop).to_have_url(stage.shop + "/kitchens", timeout=IN_TIME)
    both.is_live()


# ---- too much ------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_P28_a_thousand_changes_a_second_stay_bounded_and_the_end_is_right(stage: LiveStage) -> None:
    both = Together(stage)
    told = len(stage.wire)
    frames = both.shop.evaluate(
        """async () => {
        const main = document.querySelector("main");
        const lines = [...Array(200)].map(() => main.appendChild(document.createElement("p")));
        let count = 0, frames = 0, ends = performance.now() + 3000;
        const frame = () => { frames += 1; if (performance.now() < ends) requestAnimationFrame(frame); };
        frame();
        while (performance.now() < ends) {
            for (let i = 0; i < 40; i += 1) {
                count += 1;
                const line = lines[count % 200];
                if (count % 5) line.textContent = "change " + count;
                else { const b = document.createElement("b"); b.textContent = count; line.replaceChildren(b); }
            }
            await new Promise((done) => setTimeout(done, 20));
        }
        main.setAttribute("data-count", count);
        lines[7].textContent = "the end";
        return frames;
    }"""
    )
    count = both.shop.locator("main").get_attribute("data-count")
    expect(both.copy.locator("main")).to_have_attribute("data-count", str(count), timeout=15_000)
    expect(both.copy.locator("main > p").nth(-193)).to_have_text("the end", timeout=15_000)
    sent = sum(len(line) for line in stage.wire[told:])
    print(f"live page: {count} changes in 3 s, {sent // 1000} kB sent, {frames} frames drawn meanwhile")
    assert sent < 4_000_000


@pytest.mark.long
def test_P28_a_page_of_five_megabytes_is_said_to_be_too_large_and_the_rest_goes_on(stage: LiveStage) -> None:
    both = Together(stage)
    both.shop.evaluate(
        """() => { const words = "wide words and more of them ".repeat(4000);
            for (let i = 0; i < 45; i += 1) { const p = document.createElement("p"); p.textContent = words + i;
                document.querySelector("main").append(p); } }"""
    )
    expect(both.noor.locator("[data-part=live][data-state=too_large]")).to_be_visible(timeout=20_000)
    expect(both.shop.locator("ctiapp-panel [data-part=number]")).to_be_visible()
    both.shop.goto(stage.shop + LAMP)
    both.is_live()


def test_P28_of_two_windows_the_one_in_front_is_shown(stage: LiveStage) -> None:
    both = Together(stage)
    with both.shop.expect_popup() as opened:
        both.shop.evaluate(f"window.open('{stage.shop}/kitchens') && 0")
    second = opened.value
    expect(both.noor.locator("[data-part=address]")).to_contain_text("/kitchens", timeout=IN_TIME)
    second.close()


# ---- what is typed in confidence -----------------------------------------------------------------------------

CARD, OTHER_CARD, UNFINISHED = "4929 1397 4655 2013", "5404 3643 0981 7204", "4485 2756 3742 190"
SECRETS = {
    "card_number": CARD,
    "security_code": "8463719025",
    "password": "heron-Quarry-58",
    "one_time": "605917",
    "pattern": "77-41-93-05",
    "iban": "GB33 BUKB 2020 1555 5555 55",
    "marked": "Ravensbourne 7731",
    "shadowed": "Mossgrove 2291",
    "unlisted": "Thistledown 4482",
}
FORMS = """() => {
    const form = document.querySelector("form.order");
    const more = document.createElement("div");
    more.innerHTML = `
        <input name="one_time" autocomplete="one-time-code"><input name="iban" aria-label="IBAN">
        <input name="pattern" aria-label="Sort code" pattern="[0-9-]{11}">
        <input name="marked" data-ctiapp-private><input name="unlisted" data-ctiapp-show="no">
        <div id="editable" contenteditable data-ctiapp-show="no"></div>
        <div id="shown-editable" contenteditable></div>
        <section data-ctiapp-private id="region">Doctor <b>Wexcombe 6150</b></section>
        <p id="echo"></p><p id="live-card"></p><canvas id="signature" width="90" height="30"></canvas>
        <input name="flips" type="text">`;
    form.append(more);
    const host = document.createElement("x-pay");
    host.attachShadow({ mode: "open" }).innerHTML =
        "<label>Card number <input name=shadowed autocomplete=cc-number></label>";
    form.append(host);
    const card = form.querySelector("[name=card_number]");
    const shown = more.querySelector("#live-card");
    card.addEventListener("input", () => { shown.textContent = "Your card: " + card.value; });
}"""
AFTERWARDS = """(secrets) => {
    const one = (name) => document.querySelector(`[name=${name}]`);
    const echo = document.querySelector("#echo");
    echo.textContent = "You typed " + one("password").value + " and " + one("card_number").value;
    echo.title = one("security_code").value;
    one("marked").setAttribute("value", one("marked").value);
    one("password").setAttribute("data-value", one("password").value);
    document.querySelector("#region b").textContent = "Wexcombe 6151";
    document.querySelector("#region").append("Wexcombe 6152");
    document.querySelector("#editable").textContent = "Dunwater 9034";
    one("flips").value = "Elderbank 1187";
    one("flips").type = "password";
    one("flips").type = "text";
    const late = document.createElement("div");
    late.innerHTML = `<input name="late" autocomplete="cc-csc" value="39004411"><p data-ctiapp-private>Wexcombe 6153</p>
        <select name="expiry_month" aria-label="Expiry month">
            <option>January-71</option><option selected>March-72</option></select>`;
    document.querySelector("form.order").append(late);
    late.querySelector("input").value = "39004412";
    const autofilled = one("security_code");
    autofilled.value = secrets.security_code;
    autofilled.dispatchEvent(new Event("input", { bubbles: true }));
    history.pushState({}, "", "?password=" + encodeURIComponent(secrets.password));
    document.querySelector("#signature").getContext("2d").fillRect(1, 1, 40, 9);
}"""


def test_P27_what_is_typed_in_confidence_is_on_no_wire_in_no_log_and_not_at_the_agents(stage: LiveStage) -> None:
    both = Together(stage, "/checkout")
    both.shop.evaluate(FORMS)
    both.shop.get_by_role("button", name="Show", exact=True).click()
    for name, words in SECRETS.items():
        both.shop.locator(f"[name={name}]").press_sequentially(words, delay=5)
    both.shop.locator("[name=name]").press_sequentially("Wilhelmina Farthing", delay=5)
    both.shop.locator("[name=remarks]").press_sequentially(f"take {OTHER_CARD} instead", delay=15)
    both.shop.locator("#shown-editable").press_sequentially(f"or {UNFINISHED}", delay=15)
    both.shop.evaluate(AFTERWARDS, SECRETS)
    both.shop.locator("[name=town], [name=promotion]").first.fill("ALDER10")
    expect(both.copy.locator("[name=promotion]")).to_have_value("ALDER10", timeout=IN_TIME)
    both.shop.wait_for_timeout(2500)  # the next picture, too
    both.shop.evaluate("document.querySelector('h1').textContent = 'Done'")
    expect(both.copy.locator("h1")).to_have_text("Done", timeout=IN_TIME)
    places = {"wire": stage.wire, "stored": stage.srp.stored, "log": stage.logged, "agent": [both.seen()]}
    assert any("Wilhelmina" in line for line in stage.wire) and "Wilhelmina" in places["agent"][0]
    hidden = [
        *SECRETS.values(),
        OTHER_CARD,
        UNFINISHED,
        "Dunwater",
        "Elderbank 1187",
        "March-72",
        "39004411",
        "39004412",
    ]
    hidden += ["Wexcombe 615", "heron-Quarry", "4929 1397 4", "5404 3643 0", "4485 2756 3", "data:image/png"]
    for secret in hidden:
        for where, lines in places.items():
            found = [line for line in lines if holds(line, secret)]
            assert not found, f"{secret} is in the {where}: {excerpt(found[0], secret)}"


def holds(text: str, secret: str) -> bool:
    plain = re.sub(r"[\s-]", "", secret)
    return any(form in text for form in {secret, plain, quote(secret)} if len(form) > 3)


def excerpt(text: str, secret: str) -> str:
    at = max(text.find(secret), text.find(re.sub(r"[\s-]", "", secret)))
    return text[max(0, at - 200) : at + 100]
