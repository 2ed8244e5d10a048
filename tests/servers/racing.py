"""What one of several processes does in a race; started by `racers`, as `python -m tests.servers.racing`.

Reads one line of JSON: `{"url": …, "does": NAME, …}`, says "ready", waits for a line, does it, prints one line of JSON.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ctiapp.core.refusals import Refusal
from ctiapp.servers import calls, external_router
from ctiapp.settings import PROJECT
from ctiapp.store import Store, Transaction
from ctiapp.switch.protocol import EndReason, RouteReason, RouteRequested
from tests.database import CallCentre, a_click
from tests.servers.controlling import control_the_list
from tests.servers.dialling import change_their_minds, dial_the_list

PAUSES = ("break", "lunch")


def click_at_once(centre: CallCentre, clicks: int, key: str | None = None, visitor: str | None = None) -> list[Any]:
    """`clicks` customers at the same time, each a thread: `[interaction, agent, number]` or the refusal's code."""

    def one(place: int) -> Any:
        changes = {"idempotency_key": key} if key else {}
        try:
            status, _ = centre.srp.call_us(a_click(visitor, **changes), f"192.0.2.{place}", None)
        except Refusal as refusal:
            return refusal.code
        return [status["interaction"], status["agent"]["first_name"], status["number"]]

    with ThreadPoolExecutor(clicks) as threads:
        return list(threads.map(one, range(clicks)))


class Chaos:
    """Everything that can happen, at random, one step after another; the switch of each call is this process."""

    def __init__(self, centre: CallCentre, seed: int, agents: list[str]) -> None:
        self.centre, self.agents = centre, agents
        self.dice = random.Random(seed)
        self.waiting: list[dict] = []
        self.calls: dict[str, str] = {}
        """Call -> the station that rings or talks, "" while it waits."""
        self.counted: dict[str, int] = {}

    def run(self, steps: int) -> dict[str, int]:
        deeds = [self.click] * 6 + [self.arrive] * 4 + [self.answer] * 4 + [self.end] * 4 + [self.next_in_line] * 3
        deeds += [self.cancel, self.decline, self.sweep, self.toggle, self.finish, self.finish, self.pass_on, self.move]
        deeds += [self.telephone, self.reload, self.alive, self.page]
        for _ in range(steps):
            deed = self.dice.choice(deeds)
            try:
                deed()
                self.counted[deed.__name__] = self.counted.get(deed.__name__, 0) + 1
            except Refusal as refusal:
                self.counted[refusal.code] = self.counted.get(refusal.code, 0) + 1
        return self.counted

    def do(self, work: Any) -> Any:
        return self.centre.store.in_transaction(work)

    def some(self, things: list) -> Any:
        return self.dice.choice(things) if things else None

    def click(self) -> None:
        visitor = f"visitor-{self.dice.randrange(40)}"
        self.waiting.append(self.centre.click(visitor, pool=self.dice.choice(("sales", "late"))))

    def cancel(self) -> None:
        if status := self.some(self.waiting):
            self.waiting.remove(status)
            self.centre.srp.cancel(status["interaction"])

    def alive(self) -> None:
        if status := self.some(self.waiting):
            self.centre.srp.keep_alive(status["interaction"])

    def page(self) -> None:
        if status := self.some(self.waiting):
            self.centre.srp.new_page(status["interaction"], a_click()["page"])

    def arrive(self) -> None:
        status = self.some(self.waiting)
        number = (status and status["number"]) or "02079460100"
        call = uuid.uuid4().hex
        decision = self.do(lambda tx: calls.arrived(tx, RouteRequested(call, number, "07700900142")))
        if status:
            self.waiting.remove(status)
        self.carry_out(call, decision)

    def carry_out(self, call: str, decision: Any) -> None:
        self.calls[call] = decision.station if isinstance(decision, calls.Offer) else ""
        if isinstance(decision, calls.Offer) and self.dice.random() < 0.1:
            self.do(lambda tx: calls.no_console(tx, decision))
            self.calls[call] = ""

    def answer(self) -> None:
        if call := self.some([call for call, station in self.calls.items() if station]):
            self.do(lambda tx: calls.answered(tx, call, self.calls[call]))

    def decline(self) -> None:
        if call := self.some([call for call, station in self.calls.items() if station]):
            why = self.dice.choice((EndReason.REJECTED, EndReason.NO_ANSWER, EndReason.UNREACHABLE))
            event = RouteRequested(call, "02079460100", "", RouteReason.NOT_DELIVERED, why)
            self.carry_out(call, self.do(lambda tx: calls.not_delivered(tx, event)))

    def next_in_line(self) -> None:
        for line in self.do(lambda tx: tx.all("queued_calls"))[:3]:
            decision = self.do(lambda tx, call=line["call"]: calls.from_the_line(tx, call))
            if decision is not None:
                self.carry_out(line["call"], decision)

    def end(self) -> None:
        if call := self.some(list(self.calls)):
            del self.calls[call]
            self.do(lambda tx: calls.ended(tx, call, EndReason.HANGUP, "16"))

    def finish(self) -> None:
        agent = self.dice.choice(self.agents)
        held = self.centre.desk.view(agent)["engagement"]
        if held and held["state"] == "wrap_up":
            self.centre.desk.finish(agent, held["reservation"], "sold", None, True)

    def pass_on(self) -> None:
        agent = self.dice.choice(self.agents)
        held = self.centre.desk.view(agent)["engagement"]
        if held and held["state"] == "reserved":
            self.centre.desk.pass_on(agent, held["reservation"])

    def toggle(self) -> None:
        agent = self.dice.choice(self.agents)
        if self.dice.random() < 0.3:
            self.centre.desk.not_ready(agent, self.dice.choice(PAUSES))
        else:
            self.centre.desk.ready(agent)

    def move(self) -> None:
        """Log out and in again, or take over at once."""
        agent = self.dice.choice(self.agents)
        station = f"phone-{self.dice.choice(self.agents)}" if self.dice.random() < 0.2 else f"phone-{agent}"
        session = self.do(lambda tx: tx.one("live_session", agent=agent))
        if session and self.dice.random() < 0.5:
            self.centre.desk.logout(session["id"])
        self.centre.logs_in(agent, station, take_over=True)
        self.centre.desk.ready(agent)

    def telephone(self) -> None:
        station = f"phone-{self.dice.choice(self.agents)}"
        for reachable, in_use in ((self.dice.random() < 0.5, False), (True, self.dice.random() < 0.5), (True, False)):
            values = {"station": station, "reachable": reachable, "in_use": in_use, "state": f"{reachable} {in_use}"}
            self.do(lambda tx, values=values: tx.run("station_changed", **values))

    def reload(self) -> None:
        """Console connections come and go."""
        session = self.do(lambda tx: tx.one("live_session", agent=self.dice.choice(self.agents)))
        if session:
            connection = uuid.uuid4().hex
            self.centre.desk.console_opened(session["id"], connection)
            self.centre.desk.console_closed(session["id"], connection)

    def sweep(self) -> None:
        def work(tx: Transaction) -> None:
            external_router.sweep(tx)
            tx.all("orphan_points")
            for row in tx.all("stranded_calls"):
                calls.back_in_line(tx, row["id"])

        self.do(work)


def walk_at_random(centre: CallCentre, seed: int, steps: int, agents: list[str]) -> dict[str, int]:
    return Chaos(centre, seed, agents).run(steps)


class Racer:
    """A process that is ready and waits for its start."""

    def __init__(self, url: str, order: dict) -> None:
        command = [sys.executable, "-m", "tests.servers.racing"]
        self.process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        print(json.dumps({"url": url} | order), file=self.process.stdin, flush=True)

    def is_ready(self) -> None:
        assert self.process.stdout.readline() == "ready\n"

    def goes(self) -> None:
        print("go", file=self.process.stdin, flush=True)

    def says(self, within: float = 120) -> Any:
        """What came of it."""
        return json.loads(self.process.communicate(timeout=within)[0])

    def is_killed(self) -> None:
        self.process.kill()
        self.process.wait()

    def is_stopped(self) -> None:
        """As by a machine that hangs: it does not know that time passes."""
        self.process.send_signal(signal.SIGSTOP)

    def goes_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def racers(url: str, orders: list[dict]) -> Iterator[list[Racer]]:
    """One process an order, all ready; killed at the end if they still run."""
    started = [Racer(url, order) for order in orders]
    try:
        for racer in started:
            racer.is_ready()
        yield started
    finally:
        for racer in started:
            racer.process.kill()
            racer.process.communicate()


DOES = {
    "click_at_once": click_at_once,
    "walk_at_random": walk_at_random,
    "dial_the_list": dial_the_list,
    "change_their_minds": change_their_minds,
    "control_the_list": control_the_list,
}


def main() -> None:
    order = json.loads(sys.stdin.readline())
    does = DOES[order.pop("does")]
    centre = CallCentre(Store(order.pop("url"), size=20, patience=30))
    with centre.store.transaction() as tx:
        tx.run("ping")
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(does(centre, **order)), flush=True)


if __name__ == "__main__":
    main()
