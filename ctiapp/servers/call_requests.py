"""Call me (416): from a click to a line of the list server (356). The order of the steps, and none of the rules."""

from __future__ import annotations

from datetime import date

from ctiapp.core.refusals import Refusal
from ctiapp.settings import Settings
from ctiapp.store import Store


class CallRequests:
    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def offer(self, site: str, pool: str, visitor: str | None) -> dict | None:
        return None

    def windows(self, site: str, pool: str, first_day: date | None, zone: str | None) -> dict:
        raise _not_offered()

    def windows_of(self, interaction: str) -> list[dict]:
        raise _not_offered()

    def call_me(self, click: dict, address: str) -> tuple[dict, bool, bool]:
        raise _not_offered()

    def status(self, interaction: str) -> dict:
        raise Refusal("unknown_interaction", "There is no such call.")

    def change(self, interaction: str, changes: dict, address: str) -> dict:
        raise _not_offered()

    def cancel(self, interaction: str) -> dict:
        raise _not_offered()


def _not_offered() -> Refusal:
    return Refusal("no_call_me", "Nobody calls back from here.")
