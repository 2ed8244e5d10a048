"""What happens on a customer's page after its picture was taken, as it comes from a browser we do not know.

The browser has masked it; here it is made harmless once more by the same rules as a picture (`page.py`): nothing that
runs or fetches, no card number, no value of a password field. Pure: values in, values out.

A change is `{"op": NAME, …}`, one of those of `CHANGES`; ids are rrweb's ids of the picture that the message names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .page import clean_attributes, clean_node, clean_style, mask_cards, number_of, safe_url

MOST_CHANGES = 4000
LONGEST_TEXT = 100_000
"""Characters of one text, value or style sheet."""
FAR = 10_000_000
"""No page is larger than this many pixels."""

Change = dict[str, Any]


def clean_changes(changes: Any) -> tuple[list[Change], int]:
    """The changes that we know, cleaned, and about how many bytes they are. What is none is left out."""
    if not isinstance(changes, list):
        return [], 0
    kept, size = [], 0
    for change in changes[:MOST_CHANGES]:
        clean = clean_change(change)
        if clean is not None:
            kept.append(clean)
            size += _size(clean)
    return kept, size


def clean_change(change: Any) -> Change | None:
    """One change, with nothing in it that its kind does not have; None if it is none."""
    if not isinstance(change, dict):
        return None
    cleaner = CHANGES.get(change.get("op", "")) if isinstance(change.get("op"), str) else None
    clean = cleaner(change) if cleaner else None
    return None if clean is None else {"op": change["op"], **clean}


def _removed(change: Change) -> Change | None:
    return _with_id(change)


def _added(change: Change) -> Change | None:
    parent, before = change.get("parent"), change.get("next")
    node = clean_node(change["node"], in_style=False) if isinstance(change.get("node"), dict) else None
    if node is None or not _is_id(parent) or not (before is None or _is_id(before)) or not _is_id(node["id"]):
        return None
    clean = {"parent": parent, "next": before, "node": node}
    return clean | ({"shadow": True} if change.get("shadow") is True else {})


def _hidden(change: Change) -> Change | None:
    """From now on the browser tells nothing of it."""
    return _with_id(change, kind=change["kind"]) if change.get("kind") in ("field", "text", "choice") else None


def _text(change: Change) -> Change | None:
    value = _words(change.get("value"))
    return None if value is None else _with_id(change, value=mask_cards(value))


def _attributes(change: Change) -> Change | None:
    """A field's value is told as `field` and never as an attribute."""
    given = change.get("attributes")
    if not isinstance(given, dict) or len(given) > 200:
        return None
    named = {
        name: value
        for name, value in given.items()
        if isinstance(name, str) and name.lower() not in ("value", "data-value") and _short(value)
    }
    gone = {name: None for name, value in named.items() if value is None}
    return _with_id(change, attributes=clean_attributes("", named) | gone)


def _field(change: Change) -> Change | None:
    """What a field holds now: words, whether it is ticked, or which choices are chosen (their places)."""
    value, checked, chosen = change.get("value"), change.get("checked"), change.get("chosen")
    if value is not None:
        words = _words(value)
        return None if words is None else _with_id(change, value=mask_cards(words))
    if isinstance(checked, bool):
        return _with_id(change, checked=checked)
    if isinstance(chosen, list) and len(chosen) <= 1000 and all(_is_id(place) for place in chosen):
        return _with_id(change, chosen=chosen)
    return None


def _scroll(change: Change) -> Change | None:
    return _with_id(change, **at) if (at := _place(change)) else None


def _style(change: Change) -> Change | None:
    value = _words(change.get("value"))
    return None if value is None else _with_id(change, value=mask_cards(clean_style(value)))


def _sheets(change: Change) -> Change | None:
    sheets = change.get("sheets")
    if not isinstance(sheets, list) or len(sheets) > 100:
        return None
    texts = [_words(sheet) for sheet in sheets]
    return _with_id(change, sheets=[mask_cards(clean_style(text)) for text in texts if text is not None])


def _size_of_window(change: Change) -> Change | None:
    width, height = change.get("width"), change.get("height")
    return {"width": width, "height": height} if _is_pixels(width, 32767) and _is_pixels(height, 32767) else None


def _mouse(change: Change) -> Change | None:
    return _place(change)


def _focus(change: Change) -> Change | None:
    return {"id": None} if change.get("id") is None else _with_id(change)


def _address(change: Change) -> Change | None:
    url, title = change.get("url"), change.get("title")
    if not isinstance(url, str) or not isinstance(title, str):
        return None
    return {"url": mask_cards(url[:4096]) if safe_url(url) else "", "title": mask_cards(title[:1000])}


CHANGES: dict[str, Callable[[Change], Change | None]] = {
    "remove": _removed,
    "add": _added,
    "hide": _hidden,
    "text": _text,
    "attributes": _attributes,
    "field": _field,
    "scroll": _scroll,
    "style": _style,
    "sheets": _sheets,
    "size": _size_of_window,
    "mouse": _mouse,
    "focus": _focus,
    "address": _address,
}


def _with_id(change: Change, **more: Any) -> Change | None:
    number = number_of(change)
    return {"id": number, **more} if number >= 0 else None


def _place(change: Change) -> Change | None:
    x, y = change.get("x"), change.get("y")
    return {"x": round(x, 1), "y": round(y, 1)} if _is_pixels(x, FAR) and _is_pixels(y, FAR) else None


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31


def _is_pixels(value: Any, most: int) -> bool:
    return type(value) in (int, float) and -most <= value <= most


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else None


def _short(value: Any) -> bool:
    return not isinstance(value, str) or len(value) <= LONGEST_TEXT


def _size(change: Change) -> int:
    node = change.get("node")
    parts: list[Any] = [change, change.get("attributes"), node, node and node.get("attributes")]
    values = [value for part in parts if part for value in part.values()] + change.get("sheets", [])
    return 40 + sum(len(value) for value in values if isinstance(value, str))
