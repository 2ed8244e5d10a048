"""A hostile page becomes harmless and stays a page (P07, P27)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctiapp.core.refusals import Refusal
from ctiapp.web import page
from tests.web.conftest import a_page

CARD = "4111111111111111"
Node = dict[str, Any]


def element(tag: str, *children: Node, **attributes: Any) -> Node:
    named = {name.rstrip("_").replace("__", "-"): value for name, value in attributes.items()}
    return {"type": 2, "tagName": tag, "attributes": named, "childNodes": list(children), "id": 5}


def text(content: str, **more: Any) -> Node:
    return {"type": 3, "textContent": content, "id": 6, **more}


def document(*children: Any) -> Node:
    return {"type": 0, "id": 1, "childNodes": list(children)}


def cleaned(*children: Any) -> list[Node]:
    return page.clean_snapshot(document(*children))["childNodes"]


def only(*children: Any) -> Node:
    (node,) = cleaned(*children)
    return node


def test_P07_an_ordinary_page_stays_what_it_is() -> None:
    ordinary = document(
        {"type": 1, "name": "html", "publicId": "", "systemId": "", "id": 2},
        element(
            "html",
            element("head", element("style", text("p { color: red }", isStyle=True)), element("title", text("Oak"))),
            element(
                "body",
                element("p", text("Worktops, 3 m, € 214.50"), class_="price big", id="p1", style="color: red"),
                element("img", src="data:image/png;base64,AAAA4111111111111111", alt="oak"),
                element("a", text("more"), href="https://shop.test/oak?size=3#top"),
                element("input", type="text", value="Mia", checked=True, tabindex=3),
                element("svg", viewBox="0 0 1 1") | {"isSVG": True},
                element("link", rel="stylesheet", _cssText="p{}"),
            ),
        ),
    )
    assert page.clean_snapshot(ordinary) == ordinary


@pytest.mark.parametrize(
    "tag", ["script", "SCRIPT", "noscript", "iframe", "object", "embed", "base", "frame", "applet", "svg:script"]
)
def test_P07_what_runs_or_embeds_is_dropped(tag: str) -> None:
    assert cleaned(element("div", element(tag, text("alert(1)"), src="x")))[0]["childNodes"] == []


@pytest.mark.parametrize(
    "node",
    [
        element("meta", http__equiv="refresh", content="0;url=//evil.test"),
        {**element("meta"), "attributes": {"HTTP-EQUIV": "Refresh"}},
        element("link", rel="dns-prefetch", href="//evil.test"),
        element("link", rel="import", href="//evil.test"),
        element("link"),
        {"type": 5, "textContent": "a comment", "id": 3},
        {"type": 9},
        {"type": "2", "tagName": "p"},
        {"type": 2, "tagName": "p onload=x"},
        {"type": 2, "tagName": 7},
        {"type": 3, "textContent": {"a": 1}},
        {"type": 3},
        "text",
        None,
        [[]],
    ],
)
def test_P07_what_is_no_harmless_node_is_dropped(node: Any) -> None:
    assert cleaned(node) == []


@pytest.mark.parametrize(
    "attributes",
    [
        {"onerror": "alert(1)"},
        {"ONERROR": "alert(1)"},
        {"onload": 1},
        {"srcdoc": "<script>"},
        {"SrcDoc": "<script>"},
        {"href": "javascript:alert(1)"},
        {"href": " \n\tJaVa\nScript:alert(1)"},
        {"href": "\x01javascript:alert(1)"},
        {"xlink:href": "javascript:alert(1)"},
        {"to": "vbscript:x"},
        {"src": "data:text/html,<script>"},
        {"href": "DATA:text/html;base64,AAAA"},
        {"data": "data:application/xhtml+xml,x"},
        {"ping": "https://evil.test"},
        {'x"><script>': "1"},
        {"a b": "1"},
        {"": "1"},
        {"value": {"a": 1}},
        {"value": [1]},
    ],
)
def test_P07_attributes_that_run_fetch_or_break_out_are_dropped(attributes: dict[str, Any]) -> None:
    assert only({**element("a"), "attributes": attributes | {"title": "kept"}})["attributes"] == {"title": "kept"}


def test_P07_attributes_that_are_no_object_become_none_at_all() -> None:
    assert only({**element("p"), "attributes": ["onload"]})["attributes"] == {}
    assert only({**element("p"), "childNodes": "x"})["childNodes"] == []


def test_P07_script_in_a_style_is_taken_out() -> None:
    css = "a { background: url(javascript:alert(1)); width: expression(alert(1)); behavior: url(x) }"
    for node in (element("style", text(css)), element("p", style=css), element("link", rel="stylesheet", _cssText=css)):
        kept = json.dumps(only(node))
        assert "javascript" not in kept and "expression(" not in kept and "behavior:" not in kept


def test_P27_a_password_is_masked_although_the_browser_sent_it() -> None:
    field = only(element("input", type="Password", value="opensesame", name="p"))
    assert field["attributes"] == {"type": "Password", "value": page.MASK * 8, "name": "p"}
    field = only(element("input", type="text", value="123", autocomplete="section-x cc-csc"))
    assert field["attributes"]["value"] == page.MASK * 8
    assert only(element("input", type="password", value=""))["attributes"]["value"] == ""


@pytest.mark.parametrize(
    "card",
    [
        CARD,
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "378282246310005",
        "6304000000000000",
        "4111\u00a01111 1111 1111",
    ],
)
def test_P27_a_card_number_is_masked_wherever_it_stands(card: str) -> None:
    for node in (text(f"card {card}."), element("input", value=card), element("p", data__card=f"x{card}y")):
        kept = json.dumps(only(node), ensure_ascii=False)
        assert card not in kept and page.MASK * 8 in kept


def test_P27_a_card_number_beside_other_digits_is_found() -> None:
    assert page.mask_cards("2 4111 1111 1111 1111 12") == f"2 {page.MASK * 8} 12"
    assert page.mask_cards("4111111111111111 5555555555554444") == f"{page.MASK * 8} {page.MASK * 8}"
    assert only({**element("input"), "attributes": {"value": int(CARD)}})["attributes"]["value"] == page.MASK * 8


@pytest.mark.parametrize("number", ["020 7946 0131", "4111111111111112", "2026-01-05 10:00", "1" * 30, "12345678"])
def test_P27_other_numbers_stay(number: str) -> None:
    assert page.mask_cards(f"x {number} y") == f"x {number} y"


def test_P27_drawings_and_tables_keep_their_numbers() -> None:
    drawing = "M12 2.5 10 20.3 40 41.11 11.1 11 1111 1.1 12 24 24 0 0 19 33 25 60"
    assert page.mask_cards(drawing) == drawing
    assert page.mask_cards("120 345 678 901 234 567") == "120 345 678 901 234 567"


def test_P27_url_and_title_are_cleaned_too() -> None:
    clean = page.clean_page(a_page(url=f"https://shop.test/?card={CARD}", title=f"Card {CARD}"))
    assert CARD not in clean["url"] + clean["title"]
    assert page.clean_page(a_page(url="javascript:alert(1)"))["url"] == ""
    assert page.clean_page(a_page(snapshot=None))["snapshot"] is None


@pytest.mark.parametrize("root", [None, [], "x", {"type": 2}, {}, {"type": "0"}])
def test_P07_what_is_no_document_is_refused(root: Any) -> None:
    with pytest.raises(Refusal) as refused:
        page.clean_snapshot(root)
    assert refused.value.code == "bad_request"


def test_P07_too_many_and_too_deep_are_refused_without_recursion() -> None:
    wide = document(*[text("x")] * (page.MAX_NODES + 1))
    deep: Node = text("x")
    for _ in range(100_000):
        deep = element("p", deep)
    for hostile in (wide, document(deep)):
        with pytest.raises(Refusal) as refused:
            page.clean_snapshot(hostile)
        assert refused.value.code == "page_too_large"
    while deep.get("childNodes"):  # taken apart by hand: the interpreter would do it by recursion
        deep = deep["childNodes"].pop()


# ---- properties ----------------------------------------------------------------------------------------------

TAGS = st.sampled_from(["p", "div", "SCRIPT", "iframe", "a", "input", "style", "svg:script", "meta", "link", "x-y", ""])
NAMES = st.sampled_from(
    ["href", "onclick", "OnLoad", "value", "style", "srcdoc", "type", "rel", "xlink:href", "a b", "src"]
)
VALUES = st.one_of(
    st.sampled_from(["javascript:x", "java\tscript:x", "password", "data:text/html,x", CARD, "ok", "", "cc-number"]),
    st.text(max_size=40),
    st.integers(),
    st.booleans(),
    st.none(),
    st.lists(st.integers(), max_size=2),
)
TEXTS = st.one_of(st.text(max_size=30), st.just(f"pay with {CARD} now"), st.just("4111 1111 1111 1111"))


def nodes() -> st.SearchStrategy[Any]:
    leaf = st.one_of(
        st.fixed_dictionaries({"type": st.just(3), "textContent": TEXTS, "id": st.integers()}),
        st.fixed_dictionaries({"type": st.integers(-1, 9), "id": st.none()}),
        st.none(),
        st.text(max_size=3),
    )
    return st.recursive(
        leaf,
        lambda inner: st.fixed_dictionaries(
            {
                "type": st.just(2),
                "tagName": TAGS,
                "attributes": st.dictionaries(NAMES, VALUES, max_size=5),
                "childNodes": st.lists(inner, max_size=4),
                "id": st.integers(),
            },
            optional={"isSVG": st.booleans(), "surprise": st.just("javascript:x")},
        ),
        max_leaves=20,
    )


def walk(root: Node) -> list[Node]:
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += node.get("childNodes", [])
    return found


PROPERTY = settings(
    max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@PROPERTY
@given(st.lists(nodes(), max_size=5))
def test_P07_whatever_comes_in_nothing_that_runs_comes_out(children: list[Any]) -> None:
    root = document(*children)
    before = json.dumps(root)
    clean = page.clean_snapshot(root)
    assert json.dumps(root) == before, "the page that came in is left as it is"
    for node in walk(clean):
        assert set(node) <= {
            "type",
            "tagName",
            "attributes",
            "childNodes",
            "id",
            "textContent",
            "isStyle",
            "isSVG",
            "name",
            "publicId",
            "systemId",
        }
        assert type(node["id"]) is int
        if node["type"] != 2:
            continue
        assert node["tagName"].lower().rpartition(":")[2] not in page.DROPPED_TAGS
        for name, value in node["attributes"].items():
            assert not name.lower().startswith("on") and name.lower() != "srcdoc"
            assert value is None or isinstance(value, str | int | float | bool)
            style = name in page.STYLE_ATTRIBUTES  # no browser follows a scheme there
            assert style or not isinstance(value, str) or page.safe_url(value)


@PROPERTY
@given(st.lists(nodes(), max_size=5))
def test_P27_whatever_comes_in_no_card_number_comes_out(children: list[Any]) -> None:
    kept = json.dumps(page.clean_snapshot(document(*children)))
    assert CARD not in kept and "4111 1111 1111 1111" not in kept


@PROPERTY
@given(st.lists(nodes(), max_size=5))
def test_P07_cleaning_twice_changes_nothing_more(children: list[Any]) -> None:
    once = page.clean_snapshot(document(*children))
    assert page.clean_snapshot(once) == once


@PROPERTY
@given(
    st.recursive(
        st.one_of(st.text(), st.integers(), st.none()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_storable_text_can_be_stored(value: Any) -> None:
    raw = json.dumps(value).encode()
    held = json.dumps(page.storable(raw, json.loads(raw)), ensure_ascii=False)
    held.encode("utf-8")
    assert "\\u0000" not in held.replace("\\\\", "")
