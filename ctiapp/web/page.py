"""The customer's page as it comes from a browser we do not know: made harmless, and only as large as we take it.

The node shape is rrweb-snapshot's (`{"type": 2, "tagName": "p", "attributes": {}, "childNodes": [], "id": 7}`).
Masking happens in the browser before anything is sent; what is here is the second line (P27), and it makes sure
that what is stored can neither run nor fetch on the agent's screen. Pure: values in, values out, no recursion.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ..core.refusals import Refusal

MAX_BODY = 2_500_000
"""Bytes of a whole request that carries a page."""
MAX_NODES = 50_000
MAX_DEPTH = 256
MASK = "•"

DOCUMENT, DOCTYPE, ELEMENT, TEXT, CDATA = 0, 1, 2, 3, 4

DROPPED_TAGS = frozenset(
    [
        "script",
        "noscript",
        "iframe",
        "frame",
        "frameset",
        "object",
        "embed",
        "applet",
        "base",
        "portal",
        "fencedframe",
    ]
)
KEPT_LINKS = frozenset(["stylesheet", "icon"])
"""Other links (preload, dns-prefetch, import, …) only fetch; some do so past a content security policy."""

_DROPPED_ATTRIBUTES = frozenset(["srcdoc", "ping", "manifest"])
STYLE_ATTRIBUTES = frozenset(["style", "_cssText", "rr_cssText"])
_FLAGS = ("isSVG", "needBlock", "isShadowHost", "isShadow", "isCustom")

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9:._-]*\Z")
_ATTRIBUTE = re.compile(r"[^\s\"'<>/=\x00-\x1f\x7f]+\Z")
_SCHEME = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.\-\x00-\x20]*):")
_IGNORED_IN_SCHEME = re.compile(r"[\x00-\x20]+")
_HARMLESS_DATA = re.compile(r"[\x00-\x20]*data:(?:image|font)/", re.IGNORECASE)
_SCRIPT_IN_STYLE = re.compile(r"(?:java|vb)script\s*:|expression\s*\(|-moz-binding|behavior\s*:", re.IGNORECASE)
_DIGITS = re.compile(r"\d(?:[\s.\-]{0,2}\d){12,}")
_GROUP = re.compile(r"\d+")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_UNSTORABLE_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")

_SECRET_AUTOCOMPLETE = frozenset(
    "cc-number cc-csc cc-exp cc-exp-month cc-exp-year current-password new-password one-time-code".split()  # noqa: SIM905
)


def clean_page(page: dict[str, Any]) -> dict[str, Any]:
    """The page's envelope with its snapshot sanitised; `page` is one that already has the contract's shape."""
    snapshot = page.get("snapshot")
    return {
        "url": mask_cards(page["url"]) if safe_url(page["url"]) else "",
        "title": mask_cards(page.get("title") or ""),
        "taken_at": page["taken_at"],
        "viewport": page["viewport"],
        "hidden_fields": page["hidden_fields"],
        "take": page.get("take"),
        "snapshot": None if snapshot is None else clean_snapshot(snapshot),
    }


def clean_snapshot(root: Any) -> dict[str, Any]:
    """A copy of the document without anything that runs, fetches or tells what should be said and not sent.

    Raises Refusal `bad_request` when it is no document, `page_too_large` past the depth or number of nodes.
    """
    if not isinstance(root, dict) or root.get("type") != DOCUMENT:
        raise Refusal("bad_request", "The page is not a snapshot of a document.")
    kept_nodes: list[Any] = []
    document = {"type": DOCUMENT, "childNodes": kept_nodes, "id": number_of(root)}
    if isinstance(root.get("compatMode"), str):
        document["compatMode"] = root["compatMode"]
    waiting: list[tuple[Any, list[Any], int, bool]] = [(root.get("childNodes"), kept_nodes, 1, False)]
    nodes = 0
    while waiting:
        children, kept, depth, in_style = waiting.pop()
        if not isinstance(children, list):
            continue
        nodes += len(children)
        if nodes > MAX_NODES or depth > MAX_DEPTH:
            raise Refusal("page_too_large", "The page is too large to be shown to the agent.")
        for child in children:
            if not isinstance(child, dict):
                continue
            clean = clean_node(child, in_style)
            if clean is None:
                continue
            kept.append(clean)
            if clean["type"] == ELEMENT and child.get("childNodes"):
                waiting.append((child["childNodes"], clean["childNodes"], depth + 1, clean["tagName"] == "style"))
    return document


def mask_cards(text: str) -> str:
    """`text` with every payment card number (13 to 19 digits that pass Luhn's check) replaced by dots."""
    return _DIGITS.sub(_mask_run, text) if len(text) >= 13 else text


def is_card_number(digits: str) -> bool:
    """Luhn's check on 13 to 19 digits."""
    if not 13 <= len(digits) <= 19:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def safe_url(value: str) -> bool:
    """Whether a browser that follows `value` runs nothing: no script scheme, no data that is a document."""
    scheme = _SCHEME.match(value)
    if not scheme:
        return True
    name = _IGNORED_IN_SCHEME.sub("", scheme[1]).lower()
    if name == "data":
        return bool(_HARMLESS_DATA.match(value))
    return name not in ("javascript", "vbscript", "livescript", "mocha", "blob", "filesystem", "view-source")


def storable(body: bytes, value: Any) -> Any:
    """`value`, the JSON of `body`, in which characters that no database text can hold became U+FFFD.

    Those are NUL and half of a surrogate pair; they can only have come as escapes, so a look at the bytes tells
    whether the value has to be walked at all.
    """
    if not _UNSTORABLE_ESCAPE.search(body):
        return value
    holder = [value]
    waiting: list[Any] = [holder]
    while waiting:
        box = waiting.pop()
        for key, inner in list(box.items() if isinstance(box, dict) else enumerate(box)):
            if isinstance(key, str) and _UNSTORABLE.search(key):
                del box[key]
                key = _UNSTORABLE.sub("\ufffd", key)
                box[key] = inner
            if isinstance(inner, str):
                box[key] = _UNSTORABLE.sub("\ufffd", inner)
            elif isinstance(inner, dict | list):
                waiting.append(inner)
    return holder[0]


def number_of(node: dict[str, Any]) -> int:
    number = node.get("id")
    return number if type(number) is int and abs(number) < 2**31 else -1


def clean_node(node: dict[str, Any], in_style: bool) -> dict[str, Any] | None:
    """One node without its children; None for what is not shown."""
    match node.get("type"):
        case 2:
            return _clean_element(node)
        case 3:
            return _clean_text(node, in_style)
        case 4:
            return {"type": CDATA, "textContent": "", "id": number_of(node)}
        case 1:
            return _clean_doctype(node)
    return None  # comments say nothing to the agent; anything else is not ours


def _clean_doctype(node: dict[str, Any]) -> dict[str, Any] | None:
    name = node.get("name")
    if not isinstance(name, str) or not _TAG.match(name):
        return None
    return {"type": DOCTYPE, "name": name, "publicId": "", "systemId": "", "id": number_of(node)}


def _clean_text(node: dict[str, Any], in_style: bool) -> dict[str, Any] | None:
    text = node.get("textContent")
    if not isinstance(text, str):
        return None
    if in_style or node.get("isStyle") is True:
        text = clean_style(text)
    if len(text) >= 13:
        text = mask_cards(text)
    clean: dict[str, Any] = {"type": TEXT, "textContent": text, "id": number_of(node)}
    if node.get("isStyle") is True:
        clean["isStyle"] = True
    return clean


def _clean_element(node: dict[str, Any]) -> dict[str, Any] | None:
    tag = node.get("tagName")
    if type(tag) is not str:
        return None
    local = _local_name(tag)
    attributes = node.get("attributes")
    attributes = attributes if type(attributes) is dict else {}
    if local is None or (local in ("meta", "link") and _only_steers(local, attributes)):
        return None
    clean: dict[str, Any] = {
        "type": ELEMENT,
        "tagName": tag if node.get("isSVG") is True else tag.lower(),
        "attributes": clean_attributes(local, attributes),
        "childNodes": [],
        "id": number_of(node),
    }
    for flag in _FLAGS:
        if flag in node and node[flag] is True:
            clean[flag] = True
    return clean


@lru_cache(maxsize=4096)
def _local_name(tag: str) -> str | None:
    """The tag's name without prefix and case; None for what is dropped with all it holds."""
    local = tag.lower().rpartition(":")[2]
    return None if local in DROPPED_TAGS or not _TAG.match(tag) else local


def _only_steers(local: str, attributes: dict[str, Any]) -> bool:
    """A meta that acts like an HTTP header (refresh), a link that does more than style or icon."""
    return _has(attributes, "http-equiv") is not None if local == "meta" else not _kept_link(attributes)


def clean_attributes(tag: str, attributes: dict[str, Any]) -> dict[str, Any]:
    """`tag`: in small letters, "" where it is not known."""
    clean: dict[str, Any] = {}
    for name, value in attributes.items():
        if not _is_harmless(name):
            continue
        if type(value) is str:
            if value:
                value = _clean_value(name, value)
                if value is None:
                    continue
        elif value is None or value is True or value is False:
            pass
        elif type(value) not in (int, float):
            continue
        elif mask_cards(str(value)) != str(value):
            value = MASK * 8
        clean[name] = value
    if tag == "input" or "autocomplete" in clean or "AUTOCOMPLETE" in clean:
        _mask_field(clean)
    return clean


@lru_cache(maxsize=4096)
def _is_harmless(name: str) -> bool:
    """Whether an attribute of this name runs nothing, fetches nothing by itself and does not break out of its tag."""
    lower = name.lower()
    return not lower.startswith("on") and lower not in _DROPPED_ATTRIBUTES and bool(_ATTRIBUTE.match(name))


def _clean_value(name: str, value: str) -> str | None:
    if name in STYLE_ATTRIBUTES:
        return mask_cards(clean_style(value))
    if ":" in value and not safe_url(value):
        return None
    if len(value) < 13 or _HARMLESS_DATA.match(value):
        return value
    return mask_cards(value)


def clean_style(text: str) -> str:
    if ":" not in text and "(" not in text:
        return text
    return _cleaned_before(text) if len(text) < 50_000 else _without_scripts(text)


def _without_scripts(text: str) -> str:
    return _SCRIPT_IN_STYLE.sub("none", text)


_cleaned_before = lru_cache(256)(_without_scripts)
"""Every page of a shop brings the same style sheets."""


def _mask_field(attributes: dict[str, Any]) -> None:
    kind = str(_has(attributes, "type") or "").strip().lower()
    purposes = str(_has(attributes, "autocomplete") or "").lower().split()
    if kind != "password" and not _SECRET_AUTOCOMPLETE.intersection(purposes):
        return
    for name, value in attributes.items():
        if name.lower() in ("value", "data-value", "placeholder-value", "rr_value") and value not in (
            None,
            "",
        ):
            attributes[name] = MASK * 8


def _has(attributes: dict[str, Any], wanted: str) -> Any:
    """The value of an attribute whatever the case of its name; the exact name is the ordinary case."""
    if wanted in attributes:
        return attributes[wanted] or True
    return next((value or True for name, value in attributes.items() if name.lower() == wanted), None)


def _kept_link(attributes: dict[str, Any]) -> bool:
    return bool(KEPT_LINKS.intersection(str(_has(attributes, "rel") or "").lower().split()))


def _mask_run(found: re.Match[str]) -> str:
    """A run of digits may hold more than the card ("2 4111 1111 …"): every stretch of whole groups is tried."""
    run = found[0]
    groups = [group.span() for group in _GROUP.finditer(run)]
    masked, kept_to, first = [], 0, 0
    while first < len(groups):
        last = _card_end(run, groups, first)
        if last is None:
            first += 1
            continue
        masked += [run[kept_to : groups[first][0]], MASK * 8]
        kept_to, first = groups[last][1], last + 1
    return "".join(masked) + run[kept_to:]


def _card_end(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The group that ends a card number which starts with group `first`. One that is written in groups has a first
    one of 4 to 6 digits and 1 to 4 more of 3 to 8: the coordinates of a drawing are no card."""
    digits = ""
    for place in range(first, min(first + 5, len(groups))):
        start, end = groups[place]
        alone = place == first and end - start >= 13
        if not alone and not (4 if place == first else 3) <= end - start <= (6 if place == first else 8):
            return None
        digits += run[start:end]
        if is_card_number(digits):
            return place
        if alone:
            return None
    return None
