"""Whose turn it is when an agent is free: callers on the line and callbacks that are due, in one fair order (P17, P18).

Everything is read from the database each time: who waits, who is free and for what, which calls are on their way and
will need an agent. The rules are `core.priority` (the order), `core.sharing` (who gets an agent) and `core.pacing` (how
many may be dialled).
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ctiapp.core.pacing import Lines, Pace, may_dial
from ctiapp.core.priority import HEAD, Kind, Place, Waiting
from ctiapp.core.routing import Need, need_of
from ctiapp.core.sharing import FreeAgents, share
from ctiapp.servers import calling_out, list_server
from ctiapp.servers.calling_out import Pool
from ctiapp.servers.estimates import LONG_PAUSE
from ctiapp.servers.list_server import need_of_key
from ctiapp.store import Transaction
from ctiapp.store.store import Row

MOST_OVERTAKEN = 5
"""Of the other kind, so many who came later are served before anybody, at most."""
WINDOW = timedelta(hours=1)
"""Over which the share of abandoned calls is measured."""
CLASS_OF_CALLERS = 5
"""As a request has that nobody gave another one."""

Key = tuple[str, str]
"""A line: pool and need."""


@dataclass(frozen=True, slots=True)
class ToDial:
    """At most `most` calls of this line may begin now."""

    pool: Pool
    line: str
    most: int


class Turns:
    """Thread safe but for `begun`; `most_a_second`: calls of one line that may begin within a second."""

    def __init__(self, most_a_second: int = 10) -> None:
        self.most_a_second = most_a_second
        self._begun: dict[Key, deque[float]] = defaultdict(deque)

    def begun(self, pool: str, line: str, calls: int) -> None:
        self._begun[pool, line] += [time.monotonic()] * calls

    def to_dial(self, tx: Transaction) -> list[ToDial]:
        """In the order in which they are to be dialled."""
        scene = _look(tx, calling_out.pools(tx), self.most_a_second)
        if not scene.lines:
            return []
        agents, held = scene.free_agents()
        turns = share(scene.waiting, scene.need_of, agents, MOST_OVERTAKEN)
        wanted = Counter(scene.line_of[who.id] for who in turns if who.kind is Kind.CALLBACK)
        order = dict.fromkeys([*wanted, *scene.lines])
        found = [(key, self._leave(scene, key, wanted[key], held[key])) for key in order]
        return [ToDial(scene.pools[pool], line, calls) for (pool, line), calls in found if calls]

    def callers(self, tx: Transaction) -> set[str] | None:
        """Calls in the line whose turn it is; None: all, as agents become free, for nobody else waits."""
        scene = _look(tx, calling_out.pools(tx), self.most_a_second)
        if not scene.lines and not scene.in_flight:
            return None
        agents, _ = scene.free_agents()
        turns = share(scene.waiting, scene.need_of, agents, MOST_OVERTAKEN)
        return {who.id for who in turns if who.kind is Kind.CALLER}

    def _leave(self, scene: _Scene, key: Key, wanted: int, held: int) -> int:
        """`wanted` are those for whom there is an agent, `held` the calls on their way for whom there still is one."""
        pool = scene.pools[key[0]]
        lines = Lines(
            staffed=scene.staffed(key),
            free=held + wanted,
            in_flight=scene.in_flight[key],
            answered=scene.answered[pool.id],
            abandoned=scene.abandoned[pool.id],
            begun=self._lately(key),
        )
        return may_dial(Pace(pool.pacing, pool.most_abandoned, self.most_a_second), lines).calls

    def _lately(self, key: Key) -> int:
        begun, since = self._begun[key], time.monotonic() - 1.0
        while begun and begun[0] < since:
            begun.popleft()
        return len(begun)


@dataclass(slots=True)
class _Scene:
    """What there is at one moment. Needs are numbered as in `needs`."""

    pools: dict[str, Pool]
    lines: list[Key]
    """Those in which somebody is due, whose first goes before all others first."""
    needs: list[Need]
    teams: list[Row]
    in_flight: Counter[Key]
    waiting: list[Waiting]
    need_of: dict[str, int]
    line_of: dict[str, Key]
    answered: Counter[str]
    abandoned: Counter[str]

    def free_agents(self) -> tuple[FreeAgents, Counter[Key]]:
        """Those who are free, but for the ones that calls on their way will need; and how many of these there are."""
        free: Counter[frozenset] = Counter()
        for row in self.teams:
            free[frozenset(row["can"])] += row["ready"]
        agents, held = FreeAgents(free), Counter()
        for key, calls in self.in_flight.items():
            need = self.needs.index(need_of_key(key[1]))
            held[key] = sum(agents.promise(need) for _ in range(calls))
        return agents, held

    def staffed(self, key: Key) -> int:
        need = self.needs.index(need_of_key(key[1]))
        return sum(row["agents"] for row in self.teams if need in row["can"])


def _look(tx: Transaction, pools: Sequence[Pool], most: int) -> _Scene:
    found = [(line.first, (pool.id, line.key)) for pool in pools for line in list_server.lines(tx, pool.id)]
    lines = [key for _, key in sorted(found)]
    in_flight = Counter({(row["pool"], row["need"]): row["calls"] for row in tx.all("in_flight")})
    callers = tx.all("callers_in_line") if lines or in_flight else []
    needs = list(dict.fromkeys([*(need_of_key(need) for _, need in (*lines, *in_flight)), *map(_need_of, callers)]))
    scene = _Scene(
        pools={pool.id: pool for pool in pools},
        lines=lines,
        needs=needs,
        teams=tx.all("teams", needs=_json(needs), long_pause=LONG_PAUSE) if needs else [],
        in_flight=in_flight,
        waiting=[],
        need_of={},
        line_of={},
        answered=Counter(),
        abandoned=Counter(),
    )
    if any(row["ready"] for row in scene.teams):
        _line_up(tx, scene, callers, most)
        _count_answers(tx, scene)
    return scene


def _line_up(tx: Transaction, scene: _Scene, callers: list[Row], most: int) -> None:
    """Who waits: all callers, and of each line the first ones and the one who has been due for longest."""
    both = bool(callers) and bool(scene.lines)
    for key in scene.lines:
        first = tx.all("first_in_line", pool=key[0], need=key[1], most=most)
        oldest = tx.all("longest_in_line", pool=key[0], need=key[1]) if both else []
        for row in {row["id"]: row for row in (*first, *oldest)}.values():
            where = Place(_rank(scene.pools[key[0]], row["rank"]), row["rank_at"], row["requested_at"])
            scene.waiting.append(Waiting(row["id"], Kind.CALLBACK, where, row["came_at"]))
            scene.need_of[row["id"]], scene.line_of[row["id"]] = scene.needs.index(need_of_key(key[1])), key
    for row in callers:
        came_at = row["arrived_at"]
        where = Place(CLASS_OF_CALLERS, came_at, came_at)
        scene.waiting.append(Waiting(row["id"], Kind.CALLER, where, came_at))
        scene.need_of[row["id"]] = scene.needs.index(_need_of(row))
    if both:
        scene.waiting = [_overtaken(tx, scene, who) for who in scene.waiting]


def _rank(pool: Pool, rank: int) -> int:
    """Pools of several schemes, and callers, on one scale: where classes do not count, all are of the same one."""
    return rank if rank == HEAD or pool.scheme == "by_class" else CLASS_OF_CALLERS


def _overtaken(tx: Transaction, scene: _Scene, who: Waiting) -> Waiting:
    """How many of the other kind who came later were served before; it is enough to know that it is enough."""
    query = "callers_served_since" if who.kind is Kind.CALLBACK else "callbacks_served_since"
    skill = scene.needs[scene.need_of[who.id]].leading
    overtaken = tx.value(query, came_at=who.came_at, skill=skill, most=MOST_OVERTAKEN)
    return replace(who, overtaken=overtaken)


def _count_answers(tx: Transaction, scene: _Scene) -> None:
    """Only where more may be dialled than agents are free."""
    if any(scene.pools[pool].pacing > 1 for pool, _ in scene.lines):
        for row in tx.all("answers", window=WINDOW):
            scene.answered[row["pool"]], scene.abandoned[row["pool"]] = row["answered"], row["abandoned"]


def _need_of(row: Row) -> Need:
    return need_of(row["skills"], row["language"], row["product"])


def _json(needs: Iterable[Need]) -> str:
    return json.dumps([need.in_words for need in needs])
