"""The stat-server (224): the state of every station's telephone, and the history of every port.

The state goes to the database a moment after it changes (`flush`), the latest one only; the history line by line.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from ctiapp.store import Transaction
from ctiapp.switch.protocol import (
    CallAnswered,
    CallEnded,
    CallRinging,
    Event,
    RouteRequested,
    Snapshot,
    StationChanged,
    StationRinging,
    StationState,
)

FLUSH_EVERY = timedelta(milliseconds=100)

MOST_LINES = 100_000


class StatServer:
    def __init__(self) -> None:
        self.stations: dict[str, StationState] = {}
        self._changed: set[str] = set()
        self._lines: list[dict] = []

    def take(self, event: Event) -> None:
        """Remembers what the event says of a port."""
        match event:
            case StationChanged(station, state):
                self._set(station, state)
            case StationRinging(call, station):
                self._line(station, "ringing", call)
            case CallAnswered(call, station):
                self._line(station, "answered", call)
            case CallRinging(call):
                self._line("trunk", "ringing", call)
            case CallEnded(call, reason, raw):
                self._line("customer", "ended", call, f"{reason.value} {raw}".strip())
            case RouteRequested():
                self._line(event.dialled, event.reason.value, event.call_id, event.caller)

    def reconcile(self, snapshot: Snapshot, known: Iterable[str]) -> None:
        """The snapshot is the whole truth: a station it does not name is unreachable."""
        for station in {*known, *self.stations, *snapshot.stations}:
            self.stations.pop(station, None)
            self._set(station, snapshot.stations.get(station, StationState.UNREACHABLE))

    @property
    def has_news(self) -> bool:
        return bool(self._changed or self._lines)

    def flush(self) -> tuple[dict[str, StationState], list[dict]]:
        """What to write: the latest state of the stations that changed, and the lines; both are forgotten here."""
        states = {station: self.stations[station] for station in self._changed}
        lines, self._lines, self._changed = self._lines, [], set()
        return states, lines

    def _set(self, station: str, state: StationState) -> None:
        if self.stations.get(station) is not state:
            self.stations[station] = state
            self._changed.add(station)
            self._line(station, state.value)

    def _line(self, port: str, kind: str, call: str | None = None, detail: str = "") -> None:
        self._lines.append({"port": port, "kind": kind, "call": call, "detail": detail})
        if len(self._lines) > MOST_LINES:  # the database is away for long: the oldest history is given up
            del self._lines[: MOST_LINES // 10]


def write(tx: Transaction, states: dict[str, StationState], lines: list[dict]) -> None:
    if len(states) > 1:
        tx.run("lock_agents_at_stations", stations=list(states))
    for station, state in states.items():
        tx.run(
            "station_changed",
            station=station,
            reachable=state is not StationState.UNREACHABLE,
            in_use=state in (StationState.RINGING, StationState.IN_CALL),
            state=state.value,
        )
    if lines:
        tx.many("port_event", lines)
