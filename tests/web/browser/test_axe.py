"""WCAG 2.2 AA on every screen in every state, in both themes and at both widths (docs/screens/); the two looks that the
first two leave out are long."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from .axe import violations
from .screens import SCREENS
from .screens.looks import LOOKS, look, shown
from .scripted import Stage

SCOPE = {"widget": "ctiapp-panel", "call-me": "ctiapp-panel"}
"""The shop around the widget is its own affair; ours is looked at by itself."""


@pytest.mark.parametrize("looks", [LOOKS[::3], pytest.param(LOOKS[1:3], marks=pytest.mark.long)], ids=["two", "others"])
@pytest.mark.parametrize(("area", "name"), [(area, name) for area, scenes in SCREENS.items() for name in scenes])
def test_a_screen_can_be_used_by_everybody(
    browser: Browser, stage: Stage, area: str, name: str, looks: tuple[tuple[str, str], ...]
) -> None:
    found = []
    with shown(browser, stage, SCREENS[area][name]) as page:
        for width, scheme in looks:
            look(page, width, scheme)
            everything = (width, scheme) == LOOKS[0]
            wrong = violations(page, SCOPE.get(area, "body"), looks_only=not everything)
            found += [f"{width} {scheme}: {line}" for line in wrong]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (width, scheme)
    assert found == []
