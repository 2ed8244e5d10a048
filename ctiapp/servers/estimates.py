"""How long a customer who asks to be called will wait (P22), from what is in the database, and how wrong that was.

The rule is `core.waiting_time.by_lines`; here is what it needs to know: the lines of all pools, callers included, who
can take what, how long handling takes, what falls due meanwhile. Cheap enough to be asked by every page.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from ctiapp.core.routing import Need, need_of
from ctiapp.core.waiting_time import LONGEST, Appointment, Line, by_lines, giving_up, mean_handling
from ctiapp.servers.list_server import need_of_key
from ctiapp.store import Transaction
from ctiapp.store.store import Row

FRESH_FOR = 1.0
"""Seconds for which what is known of a line is kept."""
LONG_PAUSE = timedelta(minutes=20)
"""Who has been away longer is not counted on."""
MOST_COUNTED = 2000
"""Requests of a line that are counted."""
MOST_DUE = 500

Key = tuple[str, Need]
"""A line: pool ("" for callers of an ordinary number) and need."""


class Estimates:
    """Thread safe; keeps nothing that is not read again after a second."""

    def __init__(self, fresh_for: float = FRESH_FOR) -> None:
        self._fresh_for = fresh_for
        self._seen: dict[Key, _Seen] = {}

    def estimate(
        self, tx: Transaction, pool: str, need: Need, ahead: int | None = None, waited: float = 0.0
    ) -> float | None:
        """Seconds until an agent is free for it: 0 with a free agent and nobody ahead; None: nobody knows, because
        nobody who could take it is at work, or there is no end to it.

        `ahead`: the call requests before it in its line (`list_server.numbers_ahead`); None: all, it is a new one.
        Callers and other lines are counted here. `waited`: seconds for which it has been in line.
        """
        return self._fresh(tx, [(pool, need)])[0].wait(ahead, waited)

    def of_callers(self, tx: Transaction, needs: Sequence[Need]) -> list[float | None]:
        """The same for one more caller of each need, who waits behind all others; looked up together."""
        return [seen.wait(None, 0.0) for seen in self._fresh(tx, [("", need) for need in needs])]

    def _fresh(self, tx: Transaction, keys: Sequence[Key]) -> list[_Seen]:
        now = time.monotonic()
        known = {key: seen for key in keys if (seen := self._seen.get(key)) and now - seen.at <= self._fresh_for}
        missing = [key for key in dict.fromkeys(keys) if key not in known]
        if missing:
            known |= dict(zip(missing, _look(tx, missing), strict=True))
            if len(self._seen) > 1000:  # needs come from outside
                self._seen.clear()
            self._seen |= known
        return [known[key] for key in keys]


@dataclass(slots=True)
class _Seen:
    """What is known of the line, number `mine`, and of all others at one moment."""

    at: float
    mine: int
    lines: list[Line]
    teams: dict[frozenset[int], int]
    ready: int
    at_work: int
    """Agents who could take us: free, and not on a pause."""
    gives_up: float
    appointments: list[Appointment]
    told: dict[tuple, float | None] = field(default_factory=dict)

    def wait(self, ahead: int | None, waited: float) -> float | None:
        if not self.at_work:
            return None
        asked = (ahead, waited // 10)
        if asked not in self.told:
            self.told[asked] = self._wait(ahead, waited)
        return self.told[asked]

    def _wait(self, ahead: int | None, waited: float) -> float | None:
        lines = [_older(line, waited) for line in self.lines]
        if ahead is not None:
            lines[self.mine] = replace(lines[self.mine], requests=ahead)
        ours = set().union(*(team for team in self.teams if self.mine in team))
        if self.ready > sum(lines[number].requests + lines[number].callers for number in ours):
            return 0.0
        estimate = by_lines(self.mine, lines, self.teams, self.gives_up, self.appointments)
        return None if estimate is None else round(estimate, 1)


def _older(line: Line, waited: float) -> Line:
    """Those who have waited longer than we, if the line grew evenly."""
    if not waited:
        return line
    share = max(0.0, 1 - waited / line.oldest) if line.oldest else 0.0
    return replace(
        line, requests=line.requests * share, callers=line.callers * share, oldest=max(0.0, line.oldest - waited)
    )


def _look(tx: Transaction, asked: Sequence[Key]) -> list[_Seen]:
    """Of each line that is asked for, what is known; they share all but the line that is theirs."""
    requests, callers, oldest = _waiting(tx)
    due = [
        (_key_of(row), row["after"]) for row in tx.all("falling_due", within=timedelta(seconds=LONGEST), most=MOST_DUE)
    ]
    keys = list(dict.fromkeys([*asked, *oldest, *(key for key, _ in due)]))
    needs = list(dict.fromkeys(need for _, need in keys))
    handling = _handling(tx, needs)
    rows = tx.all("teams", needs=_json(needs), long_pause=LONG_PAUSE)
    lines = [Line(requests[key], callers[key], oldest.get(key, 0.0), handling[key[1]]) for key in keys]
    teams = _teams(rows, [needs.index(need) for _, need in keys])
    gives_up = _giving_up(tx)
    appointments = [Appointment(max(0.0, after), keys.index(key)) for key, after in due]
    at = time.monotonic()
    found = []
    for mine, (_, need) in enumerate(asked):
        ours = [row for row in rows if needs.index(need) in row["can"]]
        ready, at_work = (sum(row[kind] for row in ours) for kind in ("ready", "at_work"))
        found.append(_Seen(at, mine, lines, teams, ready, at_work, gives_up, appointments))
    return found


def _waiting(tx: Transaction) -> tuple[Counter[Key], Counter[Key], dict[Key, float]]:
    """Call requests and callers by line, and how long the first of each has waited."""
    requests: Counter[Key] = Counter()
    callers: Counter[Key] = Counter()
    oldest: dict[Key, float] = {}
    asked = [
        *((requests, _key_of(row), row) for row in tx.all("lines_waiting", most=MOST_COUNTED)),
        *((requests, _key_of(row), row) for row in tx.all("being_dialled")),
        *((callers, _key_of_caller(row), row) for row in tx.all("callers_waiting")),
    ]
    for kind, key, row in asked:
        kind[key] += row["waiting"]
        oldest[key] = max(oldest.get(key, 0.0), row["oldest"])
    return requests, callers, oldest


def _handling(tx: Transaction, needs: Sequence[Need]) -> dict[Need, float]:
    found = {row["number"]: row for row in tx.all("handling_times", needs=_json(needs))}
    nothing = {"calls": 0, "seconds": 0.0}
    known = [found.get(number, nothing) for number in range(len(needs))]
    return {need: mean_handling(row["calls"], row["seconds"]) for need, row in zip(needs, known, strict=True)}


def _giving_up(tx: Transaction) -> float:
    row = tx.one("callers_patience")
    assert row is not None
    return giving_up(row["gone"], row["waited"])


def _teams(rows: list[Row], need_of_line: Sequence[int]) -> dict[frozenset[int], int]:
    """The lines that agents can take, from the needs that they can; several lines may have the same need."""
    teams: Counter[frozenset[int]] = Counter()
    for row in rows:
        teams[frozenset(line for line, need in enumerate(need_of_line) if need in row["can"])] += row["agents"]
    return teams


def _key_of(row: Row) -> Key:
    return row["pool"], need_of_key(row["need"])


def _key_of_caller(row: Row) -> Key:
    return row["pool"], need_of(row["skills"], row["language"], row["product"])


def _json(needs: Sequence[Need]) -> str:
    return json.dumps([need.in_words for need in needs])


# ---- how wrong it was ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds, of a request whose estimate can be judged."""

    pool: str
    estimate: float
    waited: float


def measured(tx: Transaction, request: str) -> Measured | None:
    """To be called when the customer answers: keeps how long they waited. None: there is nothing to judge (no estimate
    was told, a time was chosen, it was not the first try), or it was measured before."""
    row = tx.one("measure_wait", request=request)
    if row is None or row["estimate"] is None or not row["tells"]:
        return None
    return Measured(row["pool"], row["estimate"], row["waited"])
