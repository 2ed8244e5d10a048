"""`python -m tests.web.browser.screens OUT [WORD…]` takes pictures of each screen and writes an index.

With words, only those whose name holds one of them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from .. import png
from ..browsing import chromium
from ..scripted import Stage, staged
from . import SCREENS
from .looks import look, looks, shown

WHOLE = ("talking", "wrap-up", "callback-form", "ready")
"""Screens of the console that are shown down to their end where they are narrow."""
PANEL = {"x": 820, "y": 60, "width": 460, "height": 740}
"""Where the widget's panel stands on a wide page; the shop behind it has pictures of its own."""


def main(out: Path, words: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as stage, chromium() as browser:
        taken = take(browser, stage, out, words)
    if not words:
        (out / "README.md").write_text(index())
        for old in {file.name for file in out.glob("*-*.png")} - {*taken, "console-at-the-ring.png"}:
            (out / old).unlink()
    size = sum((out / file).stat().st_size for file in taken)
    print(f"{len(taken)} pictures, {size / 1e6:.1f} MB, in {out}")


def take(browser: Browser, stage: Stage, out: Path, words: list[str]) -> list[str]:
    """The names of the pictures that were taken."""
    unpacking = browser.new_page()
    taken = []
    for area, scenes in SCREENS.items():
        for name, scene in scenes.items():
            wanted = [one for one in looks(area, name) if _is_wanted(_file(area, name, *one), words)]
            if not wanted:
                continue
            with shown(browser, stage, scene) as page:
                for width, scheme in wanted:
                    look(page, width, scheme)
                    picture = png.write(png.read(unpacking, _photograph(page, area, name, width)))
                    taken.append(_file(area, name, width, scheme))
                    (out / taken[-1]).write_bytes(picture)
            print(f"{area} {name}")
    return taken


def _photograph(page: Page, area: str, name: str, width: str) -> bytes:
    if area in ("widget", "call-me"):
        return page.screenshot(clip=PANEL if width == "wide" else None)  # type: ignore[arg-type]
    return page.screenshot(full_page=area == "shop" or name in WHOLE)


def _file(area: str, name: str, width: str, scheme: str) -> str:
    return f"{area}-{name}-{width}-{scheme}.png"


def _is_wanted(file: str, words: list[str]) -> bool:
    return not words or any(word in file for word in words)


def index() -> str:
    """What there is, as a page of links."""
    lines = [
        "# Every screen in every state",
        "",
        "Made by `make screens`: the real front end over a server that does as it is told. Wide is 1280",
        "pixels, narrow 390, very wide 1920. `console-at-the-ring.png` is taken by hand for the README.",
        "",
    ]
    for area, scenes in SCREENS.items():
        lines += [f"## {area}", ""]
        for name in scenes:
            links = [f"[{width}, {scheme}]({_file(area, name, width, scheme)})" for width, scheme in looks(area, name)]
            lines.append(f"- {name.replace('-', ' ')}: {' · '.join(links)}")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
