"""Several controllers dial one list over a real switch; what was dialled is counted at the trunk, by SIPp (P17, P18).

make load     5,000 requests, 4 controllers (a process each); one line of JSON, exit 0 only if each was dialled once
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from datetime import timedelta

from ctiapp.store import Store
from tests.database import CallCentre, a_database, until
from tests.servers.racing import racers
from tests.servers.the_list import a_request
from tests.sipp import trunk
from tests.switchboard import ensure_switch, switchboard_settings

AGENTS = 60
"""Calls at once: as many as the tests' switch has ports for, and some less."""
INVITE = re.compile(r"^INVITE sip:(\+\d+)@.*?^Call-ID: (\S+)", re.MULTILINE | re.DOTALL)


def dial(requests: int, controllers: int) -> dict:
    """`{"requests", "dialled", "twice", "most_at_once", "outcomes", "seconds", …}`; everybody is busy."""
    ensure_switch(switchboard_settings())
    with a_database() as url:
        store = Store(url, size=8)
        try:
            centre = CallCentre(store).opens()
            numbers = _waiting(centre, requests)
            with trunk("trunk_refuses.xml", calls=requests, within=requests, status="486 Busy Here") as messages:
                seconds, most = _race(centre, url, controllers, requests)
                invites = {(number, call) for number, call in INVITE.findall(messages.read_text())}
            times = Counter(number for number, _ in invites)
            return {
                "requests": requests,
                "controllers": controllers,
                "dialled": len(times),
                "not_dialled": len(set(numbers) - times.keys()),
                "twice": sum(count > 1 for count in times.values()),
                "most_at_once": most,
                "agents": AGENTS,
                "outcomes": {row["outcome"]: row["count"] for row in centre.ask(OUTCOMES)},
                "seconds": round(seconds, 1),
                "calls_a_second": round(requests / seconds, 1),
            }
        finally:
            store.close()


OUTCOMES = "select outcome, count(*) from attempt group by outcome"


def is_right(report: dict) -> bool:
    return (
        report["dialled"] == report["requests"]
        and report["twice"] == report["not_dialled"] == 0
        and report["outcomes"] == {"busy": report["requests"]}
        and report["most_at_once"] <= report["agents"]
    )


def _waiting(centre: CallCentre, requests: int) -> list[str]:
    centre.a_pool()
    centre.calls_back(trunks=("trunk",))
    for place in range(AGENTS):
        centre.an_agent(f"Agent{place}", {"sales": 5})
    numbers = [f"+4479460{place:05}" for place in range(requests)]
    for place, number in enumerate(numbers):
        a_request(centre, asked=timedelta(seconds=requests - place), number=number)
    return numbers


def _race(centre: CallCentre, url: str, controllers: int, requests: int) -> tuple[float, int]:
    """Seconds, and the most calls at once."""
    orders = [
        {"does": "control_the_list", "owner": f"cti-{number}", "switch": "asterisk"} for number in range(controllers)
    ]
    most = 0

    def is_done() -> bool:
        nonlocal most
        time.sleep(0.05)
        assert not any(controller.process.poll() for controller in racing)
        most = max(most, centre.answer("select count(*) from call where state <> 'ended'"))
        return not centre.answer("select count(*) from call_request where last_outcome is null")

    with racers(url, orders) as racing:
        began = time.monotonic()
        for controller in racing:
            controller.goes()
        until(is_done, timedelta(seconds=60 + requests / 5))
        took = time.monotonic() - began
        for controller in racing:
            controller.says()
    return took, most


def main() -> int:
    requests, controllers = (int(word) for word in [*sys.argv[1:3], "5000", "4"][:2])
    report = dial(requests, controllers)
    print(json.dumps(report))
    return 0 if is_right(report) else 1


if __name__ == "__main__":
    sys.exit(main())
