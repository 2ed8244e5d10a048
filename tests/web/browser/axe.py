"""WCAG 2.2 AA, as far as a machine can tell: axe-core put into a page."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from ctiapp.settings import PROJECT

LEVEL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"]
"""The rules whose answer depends on theme and width; what elements say of themselves does not."""
RUN = """([rules, scope]) => axe.run(scope, {
    runOnly: rules, resultTypes: ["violations"], iframes: false, preload: false,
}).then(({ violations }) => violations.map(({ id, nodes }) =>
    [id, nodes.map(({ target, failureSummary }) => target.flat().join(" ") + ": " + failureSummary)]))"""


@cache
def _source() -> str:
    return (PROJECT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def violations(page: Page, scope: str, looks_only: bool = False) -> list[str]:
    """What is wrong below the selector `scope`, an element a line. The copy of a customer's page is not ours."""
    rules = {"type": "rule", "values": LOOKS} if looks_only else {"type": "tag", "values": LEVEL}
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(_source())
    where: dict[str, Any] = {"include": [scope], "exclude": [".stage iframe"]}
    return [f"{rule}: {node}" for rule, nodes in page.evaluate(RUN, [rules, where]) for node in nodes]
