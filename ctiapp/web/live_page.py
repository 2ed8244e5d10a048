"""The live page (P28): what happens on a customer's page goes to the consoles of the agent who holds the interaction.

The whole picture goes by HTTP into the database as ever (`PUT …/page`) and names its `take`. What changes afterwards is
relayed here, against that take, with a number each: nothing of it is kept. A console that misses one, comes late or
falls behind asks again, and the customer's browser takes a new picture. So there is nothing here that could not be
lost: a process that dies costs one picture.

Who may see is asked of the desk when a console joins, at every wake-up for agent or interaction, and again while
changes are relayed: between the hang-up and the next change lies one NOTIFY.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .contract import is_uuid
from .limits import Bucket
from .page_changes import clean_changes

log = logging.getLogger(__name__)

CHECK_EVERY = 3.0
"""Seconds for which the desk's word that an agent sees the page is good; a wake-up ends it at once."""
MOST_WAITING = 60
MOST_WAITING_BYTES = 1_000_000
"""What may be on its way to one console; after that it gets a new picture when it has taken in what it has."""
AGAIN_EVERY = 1.0
"""Seconds between two pictures that are asked for."""
BYTES, BYTES_A_SECOND = 1_500_000, 300_000
MESSAGES, MESSAGES_A_SECOND = 120, 40
LONGEST_BEHIND = 3_600_000

LIVE, PAUSED, STOPPED, TOO_LARGE, AWAY, CLOSED = "live", "paused", "stopped", "too_large", "away", "closed"
"""What a console is told: the page moves; the customer looks at something else; they stopped it, or never agreed;
it is more than can be shown; no page of theirs is open; the call is over, or somebody else's."""
SAID_BY_THE_PAGE = frozenset([LIVE, PAUSED, STOPPED, TOO_LARGE])

Sees = Callable[[str, str], str | None]
"""(agent, interaction) -> the agent's first name while they may see the page."""
Tell = Callable[[str, Any, str, Callable[..., None] | None], None]
"""(event, data, socket, called when it was taken in)."""


@dataclass
class Watcher:
    """A console that shows the page."""

    agent: str
    name: str
    checked_at: float
    waiting: int = 0
    waiting_bytes: int = 0
    behind: bool = False


@dataclass
class Page:
    """What is shown of one interaction. `source`: the one of the customer's windows that is looked at."""

    sources: dict[str, str] = field(default_factory=dict)
    """Each of the customer's sockets that agreed, with its site."""
    source: str | None = None
    state: str = AWAY
    watchers: dict[str, Watcher] = field(default_factory=dict)
    asked_at: float = float("-inf")

    @property
    def is_nobodys(self) -> bool:
        return not self.sources and not self.watchers


class LivePages:
    """Thread safe. `to_customer` and `to_agent` must not wait for the browser."""

    def __init__(
        self,
        sees: Sees,
        origins: Callable[[str], list[str]],
        to_customer: Tell,
        to_agent: Tell,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sees, self._origins, self._clock = sees, origins, clock
        self._to_customer, self._to_agent = to_customer, to_agent
        self._lock = threading.RLock()
        self._pages: dict[str, Page] = {}
        self._of_customer: dict[str, str] = {}
        self._of_console: dict[str, set[str]] = {}
        self._bytes = Bucket(BYTES, BYTES_A_SECOND, clock)
        self._messages = Bucket(MESSAGES, MESSAGES_A_SECOND, clock)
        self._points = Bucket(60, 30.0, clock)
        self._proposals = Bucket(5, 0.2, clock)

    # ---- the customer's side -------------------------------------------------------------------------------

    def hello(self, sid: str, interaction: str, site: str, said: Any) -> dict[str, Any]:
        """A window of the customer, who agreed, is here and in front. Answers who watches, if anybody does."""
        if not self._messages.take(sid):
            return {"ok": False}
        with self._lock:
            page = self._pages.setdefault(interaction, Page())
            other = page.source if page.source != sid else None
            page.sources[sid], page.source = site, sid
            self._of_customer[sid] = interaction
            page.state = LIVE
            name = _who_watches(page)
        if other is not None:
            self._to_customer("page_unwatch", {"reason": "elsewhere"}, other, None)
        self._tell_all(interaction)
        return {"ok": True, "watched_by": name}

    def changed(self, sid: str, message: Any) -> dict[str, Any]:
        """Changes of the page. `ok` false: they were not taken; `again`: take a new picture, but not at once."""
        interaction = self._of_customer.get(sid)
        page = self._pages.get(interaction or "")
        if interaction is None or page is None or page.source != sid or not _is_message(message):
            return {"ok": False, "elsewhere": page is not None and page.source != sid}
        if not self._messages.take(sid):
            return {"ok": False, "again": True}
        changes, size = clean_changes(message["ops"])
        if not self._bytes.take(sid, size):
            return {"ok": False, "again": True}
        clean = {
            "interaction": interaction,
            "take": message["take"],
            "seq": message["seq"],
            "age": min(message["age"], LONGEST_BEHIND),
            "ops": changes,
        }
        watched = sum(self._relay(interaction, page, console, clean, size) for console in list(page.watchers))
        return {"ok": True, "watched": watched > 0}

    def says(self, sid: str, said: Any) -> dict[str, Any]:
        """`{"state": …}`: the customer looks elsewhere, comes back, or stopped it."""
        interaction = self._of_customer.get(sid)
        state = said.get("state") if isinstance(said, dict) else None
        page = self._pages.get(interaction or "")
        if interaction is None or page is None or state not in SAID_BY_THE_PAGE or not self._messages.take(sid):
            return {"ok": False}
        if page.source != sid:
            return {"ok": False, "elsewhere": True}
        page.state = state
        if state == STOPPED:
            log.info("the customer stopped showing the page", extra={"interaction": interaction, "action": "stopped"})
        self._tell_all(interaction)
        return {"ok": True}

    def answers(self, sid: str, said: Any) -> dict[str, Any]:
        """`{"proposal": …, "accepted": …}`: what the customer made of a page that was proposed."""
        interaction = self._of_customer.get(sid)
        proposal = said.get("proposal") if isinstance(said, dict) else None
        if interaction is None or not isinstance(proposal, str) or len(proposal) > 64 or not self._messages.take(sid):
            return {"ok": False}
        told = {"interaction": interaction, "proposal": proposal, "accepted": said.get("accepted") is True}
        for console in list(self._pages[interaction].watchers):
            self._to_agent("page_answer", told, console, None)
        return {"ok": True}

    def customer_left(self, sid: str) -> None:
        with self._lock:
            interaction = self._of_customer.pop(sid, None)
            page = self._pages.get(interaction or "")
            if interaction is None or page is None:
                return
            page.sources.pop(sid, None)
            if page.source == sid:
                page.source = None
                if page.state != STOPPED:
                    page.state = AWAY
            self._forget_if_nobodys(interaction)
        self._tell_all(interaction)

    # ---- the agent's side ----------------------------------------------------------------------------------

    def join(self, sid: str, agent: str, said: Any) -> dict[str, Any]:
        """A console shows the page of `{"interaction": …}` from now on. `ok` false: it is not theirs to see."""
        interaction = _interaction(said)
        name = self._sees(agent, interaction) if interaction else None
        if interaction is None or name is None:
            return {"ok": False}
        with self._lock:
            page = self._pages.setdefault(interaction, Page())
            page.watchers[sid] = Watcher(agent, name, self._clock())
            self._of_console.setdefault(sid, set()).add(interaction)
        log.info("the page is live", extra={"interaction": interaction, "agent": agent, "action": "page_joined"})
        self._ask_for_picture(interaction, page, at_once=True)
        return {"ok": True, "state": page.state}

    def again(self, sid: str, said: Any) -> dict[str, Any]:
        """The console missed something."""
        interaction = _interaction(said)
        page = self._pages.get(interaction or "")
        if interaction is None or page is None or sid not in page.watchers:
            return {"ok": False}
        return {"ok": self._ask_for_picture(interaction, page)}

    def leave(self, sid: str, said: Any) -> dict[str, Any]:
        interaction = _interaction(said)
        if interaction is not None:
            self._remove_watcher(interaction, sid)
        return {"ok": True}

    def console_left(self, sid: str) -> None:
        for interaction in list(self._of_console.get(sid, ())):
            self._remove_watcher(interaction, sid)

    def points(self, sid: str, said: Any) -> dict[str, Any]:
        """`{"interaction": …, "kind": "move"|"mark"|"off", "id": …, "x": …, "y": …}`: x and y are parts of the
        element `id`, 0 to 1."""
        page = self._page_seen_by(sid, said)
        point = _point(said) if page else None
        if page is None or point is None or page.source is None or not self._points.take(sid):
            return {"ok": False}
        self._to_customer("page_point", point | {"agent": page.watchers[sid].name}, page.source, None)
        return {"ok": True}

    def proposes(self, sid: str, said: Any) -> dict[str, Any]:
        """`{"interaction": …, "proposal": …, "url": …}`: a page of the same shop that the customer may open."""
        page = self._page_seen_by(sid, said)
        url, proposal = (said.get("url"), said.get("proposal")) if page else (None, None)
        if page is None or page.source is None or not isinstance(proposal, str) or len(proposal) > 64:
            return {"ok": False}
        if not isinstance(url, str) or origin_of(url) not in self._origins(page.sources[page.source]):
            return {"ok": False, "reason": "foreign_page"}
        if not self._proposals.take(sid):
            return {"ok": False, "reason": "too_many_requests"}
        told = {"proposal": proposal, "url": url[:2000], "agent": page.watchers[sid].name}
        self._to_customer("page_propose", told, page.source, None)
        return {"ok": True}

    # ---- who may see ---------------------------------------------------------------------------------------

    def rooms_of(self, kind: str, key: str) -> list[str]:
        """The interactions to look at (`look`) after a wake-up."""
        with self._lock:
            if kind == "interaction":
                return [key] if key in self._pages else []
            if kind != "agent":
                return []
            return [one for one, page in self._pages.items() if any(w.agent == key for w in page.watchers.values())]

    def look(self, interaction: str) -> None:
        """Asks the desk who may still see the page; asks the database, so not for the listener's thread."""
        page = self._pages.get(interaction)
        for sid in list(page.watchers) if page else []:
            self._may_see(interaction, sid)

    # ---- inside --------------------------------------------------------------------------------------------

    def _relay(self, interaction: str, page: Page, console: str, message: dict[str, Any], size: int) -> bool:
        """To one console; one that is too slow gets nothing until it has taken in what it has, then a new picture."""
        watcher = page.watchers.get(console)
        if watcher is None:
            return False
        if self._clock() - watcher.checked_at > CHECK_EVERY and not self._may_see(interaction, console):
            return False
        with self._lock:
            if watcher.waiting >= MOST_WAITING or watcher.waiting_bytes + size > MOST_WAITING_BYTES:
                watcher.behind = True
            if watcher.behind:
                return True
            watcher.waiting += 1
            watcher.waiting_bytes += size

        def taken_in(*_: Any) -> None:
            with self._lock:
                watcher.waiting -= 1
                watcher.waiting_bytes -= size
                caught_up = watcher.behind and watcher.waiting == 0
                watcher.behind = watcher.behind and not caught_up
            if caught_up:
                self._ask_for_picture(interaction, page)

        self._to_agent("page_ops", message, console, taken_in)
        return True

    def _may_see(self, interaction: str, console: str) -> bool:
        page = self._pages.get(interaction)
        watcher = page.watchers.get(console) if page else None
        if watcher is None:
            return False
        if self._sees(watcher.agent, interaction) is not None:
            watcher.checked_at = self._clock()
            return True
        self._to_agent("page_state", {"interaction": interaction, "state": CLOSED}, console, None)
        self._remove_watcher(interaction, console)
        return False

    def _remove_watcher(self, interaction: str, sid: str) -> None:
        with self._lock:
            page = self._pages.get(interaction)
            if page is None or page.watchers.pop(sid, None) is None:
                return
            self._of_console.get(sid, set()).discard(interaction)
            if not self._of_console.get(sid):
                self._of_console.pop(sid, None)
            source = page.source if not page.watchers else None
            self._forget_if_nobodys(interaction)
        if source is not None:
            self._to_customer("page_unwatch", {"reason": "nobody"}, source, None)

    def _ask_for_picture(self, interaction: str, page: Page, at_once: bool = False) -> bool:
        with self._lock:
            now = self._clock()
            if page.source is None or (not at_once and now - page.asked_at < AGAIN_EVERY):
                return False
            page.asked_at = now
            source, name = page.source, _who_watches(page)
        self._to_customer("page_watch", {"agent": name}, source, None)
        return True

    def _tell_all(self, interaction: str) -> None:
        page = self._pages.get(interaction)
        if page is not None:
            for console in list(page.watchers):
                self._to_agent("page_state", {"interaction": interaction, "state": page.state}, console, None)

    def _page_seen_by(self, sid: str, said: Any) -> Page | None:
        page = self._pages.get(_interaction(said) or "")
        return page if page is not None and sid in page.watchers else None

    def _forget_if_nobodys(self, interaction: str) -> None:
        page = self._pages.get(interaction)
        if page is not None and page.is_nobodys:
            del self._pages[interaction]


def origin_of(url: str) -> str | None:
    """ "https://shop.example/x?y" -> "https://shop.example"; None for what no browser goes to by http."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else None
    except ValueError:
        return None


def _who_watches(page: Page) -> str | None:
    return next((watcher.name for watcher in page.watchers.values()), None)


def _interaction(said: Any) -> str | None:
    interaction = said.get("interaction") if isinstance(said, dict) else None
    return interaction if isinstance(interaction, str) and is_uuid(interaction) else None


def _is_message(message: Any) -> bool:
    if not isinstance(message, dict):
        return False
    take, seq, age = message.get("take"), message.get("seq"), message.get("age")
    return (
        isinstance(take, str)
        and len(take) == 32
        and type(seq) is int
        and 0 < seq < 2**31
        and type(age) in (int, float)
        and age >= 0
        and isinstance(message.get("ops"), list)
    )


def _point(said: Any) -> dict[str, Any] | None:
    kind = said.get("kind")
    if kind == "off":
        return {"kind": "off"}
    id, x, y = said.get("id"), said.get("x"), said.get("y")
    if kind not in ("move", "mark") or type(id) is not int or not all(_is_part(value) for value in (x, y)):
        return None
    return {"kind": kind, "id": id, "x": float(x), "y": float(y)}


def _is_part(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1
