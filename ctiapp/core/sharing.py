"""Who gets the agents that are free (P18): each is promised once, and to those whose turn it is.

Agents are counted by what they can take (a team), for a call may be taken by several teams and a team may take several
kinds of calls. A promise moves others to another team if that makes room; so as many are kept as can be at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping

from ctiapp.core.priority import Waiting, next_served, served

Team = frozenset
"""The needs that its agents can take."""


class FreeAgents:
    """`teams`: how many agents who are free can take just these needs."""

    def __init__(self, teams: Mapping[frozenset, int]) -> None:
        self._left = {team: free for team, free in teams.items() if free > 0}
        self._promised: dict[frozenset, Counter] = {team: Counter() for team in self._left}

    def promise(self, need: Hashable) -> bool:
        """One of them is for this need from now on; False: nobody is left for it, whoever else is moved."""
        came_from: dict[frozenset, tuple[frozenset | None, Hashable]] = {}
        edge: list[tuple[Hashable, frozenset | None]] = [(need, None)]
        while edge:
            wanted, freed = edge.pop(0)
            for team in self._left:
                if wanted not in team or team in came_from:
                    continue
                came_from[team] = (freed, wanted)
                if self._left[team] > 0:
                    self._left[team] -= 1
                    self._move(came_from, team)
                    return True
                edge += [(other, team) for other, calls in self._promised[team].items() if calls]
        return False

    def _move(self, came_from: dict[frozenset, tuple[frozenset | None, Hashable]], to: frozenset) -> None:
        """Along the way that was found: each team gives the next one a call, to have room for the one before it."""
        team: frozenset | None = to
        while team is not None:
            before, need = came_from[team]
            self._promised[team][need] += 1
            if before is not None:
                self._promised[before][need] -= 1
            team = before


def share(
    waiting: Iterable[Waiting], need_of: Mapping[str, Hashable], agents: FreeAgents, most_overtaken: int
) -> list[Waiting]:
    """Those who get an agent now, in the order in which they are served; `need_of`: by id."""
    rest, taken = list(waiting), []
    while (who := next_served(rest, most_overtaken)) is not None:
        if agents.promise(need_of[who.id]):
            taken.append(who)
            rest = served(rest, who)
        else:
            rest = [other for other in rest if need_of[other.id] != need_of[who.id]]
    return taken
