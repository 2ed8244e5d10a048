"""Telephones that say nothing any more. Asterisk's `rtp_timeout` cannot tell where there may be a picture: it looks at
each stream by itself, so a call in which one side shows none would end; and of a picture that shares the voice's
transport, as in browsers, it sees nothing at all (22.10.1; see issue 1940 of asterisk/asterisk).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

ALLOWED = "CTI_SILENT_FOR"
"""The channel variable that says for how many seconds a telephone may send no voice (pjsip.conf)."""
COUNT = "CHANNEL(rtcp,rxcount,audio)"
"""How many packets of voice have come."""


@dataclass(frozen=True, slots=True)
class Heard:
    packets: int
    allowed: timedelta


class Silence:
    def __init__(self) -> None:
        self._since: dict[str, tuple[int, datetime]] = {}

    def look(self, heard: Mapping[str, Heard], now: datetime) -> list[str]:
        """Whose count has stood still for as long as is allowed. `heard`: by channel, all that are answered now."""
        before, self._since = self._since, {}
        for channel, one in heard.items():
            packets, since = before.get(channel, (one.packets, now))
            self._since[channel] = (one.packets, since if packets == one.packets else now)
        return [channel for channel, one in heard.items() if now - self._since[channel][1] >= one.allowed]
