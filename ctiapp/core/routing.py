"""Who gets the customer (226): a decision over values, with its reasons.

Agents who can take it at all are those who are ready and have the skills, language and product asked for. Among them:
the one who last served this customer, then the best level of the leading skill, then the longest idle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Need:
    """What the page (or the number dialled) asks of an agent. `skills` is never empty; the first one leads."""

    skills: tuple[str, ...]
    language: str | None = None
    agent: str | None = None
    """Nobody else will do: a callback that they promised."""

    @property
    def leading(self) -> str:
        return self.skills[0]

    @property
    def in_words(self) -> list:
        """As the list has it: `[["kitchens"], "en"]`, `[["kitchens"], "en", "1042"]`."""
        return [list(self.skills), self.language, *([self.agent] if self.agent else [])]


def need_of(skills: Iterable[str], language: str | None, product: str | None) -> Need:
    """Product knowledge is a skill like the others; each is asked for once."""
    wanted = [*skills, *([product] if product else [])]
    return Need(tuple(dict.fromkeys(wanted)), language)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who is ready now."""

    agent: str
    first_name: str
    station: str
    skills: dict[str, int]
    languages: frozenset[str]
    idle_since: datetime
    served_at: datetime | None = None
    """When they last served this customer."""

    def fits(self, need: Need) -> bool:
        return (
            all(skill in self.skills for skill in need.skills)
            and (need.language is None or need.language in self.languages)
            and need.agent in (None, self.agent)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate and why it is them: `[{"rule": "skill", "text": "kitchens 5"}, …]`."""

    candidate: Candidate
    why: tuple[dict[str, str], ...] = field(default=())


def rank(need: Need, candidates: Iterable[Candidate], last_agent: str | None, now: datetime) -> list[Choice]:
    """Best first; only those who fit."""
    fitting = [candidate for candidate in candidates if candidate.fits(need)]
    fitting.sort(key=lambda who: (who.agent != last_agent, -who.skills[need.leading], who.idle_since, who.agent))
    return [Choice(who, _why(need, who, last_agent, now)) for who in fitting]


def _why(need: Need, who: Candidate, last_agent: str | None, now: datetime) -> tuple[dict[str, str], ...]:
    reasons = [{"rule": "skill", "text": ", ".join(f"{skill} {who.skills[skill]}" for skill in need.skills)}]
    if need.language is not None:
        reasons.append({"rule": "language", "text": f"Speaks {need.language}"})
    if need.agent is not None:
        reasons.insert(0, {"rule": "own_callback", "text": "You promised this call"})
    elif who.agent == last_agent:
        when = f" on {who.served_at:%-d %b}" if who.served_at else ""
        reasons.insert(0, {"rule": "last_agent", "text": f"Served this customer last{when}"})
    reasons.append({"rule": "longest_idle", "text": f"Ready for {_in_words(now - who.idle_since)}"})
    return tuple(reasons)


def _in_words(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
