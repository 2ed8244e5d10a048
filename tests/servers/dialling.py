"""Controllers without a switch, for races: each claims from the list, dials and settles until nothing is left to do.

The trunk is a file that all of them append to, a line a call: what it counts was really dialled, whatever the database
says. Run by `tests.servers.racing`.
"""

from __future__ import annotations

import random
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ctiapp.servers import attempts, list_server
from ctiapp.servers.list_server import Claim, When
from tests.database import CallCentre
from tests.servers.the_list import claims

IDLE = 3
"""Leases without anything to do, after which a controller goes home."""


class Controller:
    """`lease` in seconds. `outcome`: what every call comes to; "human" is talked to."""

    def __init__(self, centre: CallCentre, owner: str, trunk: str, lease: float, outcome: str, most: int) -> None:
        self.centre, self.owner, self.trunk = centre, owner, Path(trunk)
        self.lease, self.outcome, self.most = timedelta(seconds=lease), outcome, most
        self.dice = random.Random(owner)
        self.counted: dict[str, int] = {"dialled": 0, "late": 0, "given back": 0, "taken over": 0}

    def run(self) -> dict[str, int]:
        idle_since = time.monotonic()
        while time.monotonic() - idle_since < IDLE * self.lease.total_seconds():
            self.do(list_server.sweep)
            self.look_after_the_dead()
            held = self.do(lambda tx: claims(tx, self.most, self.owner, lease=self.lease))
            for one in held:
                self.handle(one)
                idle_since = time.monotonic()
            if not held:
                time.sleep(0.02)
        return self.counted

    def handle(self, held: Claim) -> None:
        if self.dice.random() < 0.1:
            self.count("given back", self.do(lambda tx: list_server.give_back(tx, held)))
            return
        attempt = uuid.uuid4().hex
        if not self.count("dialled", self.do(lambda tx: list_server.dial(tx, held, attempt, "public"))):
            return
        with self.trunk.open("a") as trunk:
            trunk.write(f"{held.request} {attempt} {self.owner}\n")
        time.sleep(self.dice.random() * 0.004)
        if self.outcome == "human":
            self.do(lambda tx: list_server.answered(tx, held) and list_server.talking(tx, held))
        if self.do(lambda tx: attempts.settle(tx, held, attempt, self.outcome)) is None:
            self.counted["late"] += 1

    def look_after_the_dead(self) -> None:
        """Their calls are not on the switch any more: we do not know what became of them."""
        for request, attempt in self.do(list_server.left_alone):
            held = self.do(lambda tx, request=request: list_server.take_over(tx, request, self.owner))
            if held is not None:
                self.counted["taken over"] += 1
                self.do(lambda tx, held=held, attempt=attempt: attempts.settle(tx, held, attempt, "lost"))

    def count(self, what: str, done: bool) -> bool:
        self.counted[what if done else "late"] += 1
        return done

    def do(self, work: Any) -> Any:
        return self.centre.store.in_transaction(work)


def dial_the_list(
    centre: CallCentre, owner: str, trunk: str, lease: float = 1.0, outcome: str = "human", most: int = 5
) -> dict[str, int]:
    return Controller(centre, owner, trunk, lease, outcome, most).run()


def change_their_minds(centre: CallCentre, seed: int, changes: int) -> dict[str, int]:
    """Customers who cancel, or want to be called at another time, while the list is dialled."""
    dice = random.Random(seed)
    open_ones = [row["id"] for row in centre.ask("select id from call_request order by md5(id::text)")]
    counted = {"cancelled": 0, "rescheduled": 0, "too late": 0}
    for request in open_ones[:changes]:
        if dice.random() < 0.5:
            done = centre.store.in_transaction(lambda tx, request=request: list_server.cancel(tx, request))
            counted["cancelled" if done else "too late"] += 1
        else:
            now = datetime.now(UTC)
            when = When(now, now)
            done = centre.store.in_transaction(
                lambda tx, request=request, when=when: list_server.reschedule(tx, request, when)
            )
            counted["rescheduled" if done else "too late"] += 1
        time.sleep(dice.random() * 0.01)
    return counted
