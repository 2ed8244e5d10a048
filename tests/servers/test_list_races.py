"""The list raced by several controllers, each a process: every request is dialled exactly once, whoever dies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.database import CallCentre, until
from tests.servers.racing import Racer, racers
from tests.servers.the_list import a_call_me_pool, a_request

REQUESTS = 400
LEASE = 1.0


def waiting(centre: CallCentre, requests: int = REQUESTS) -> list[str]:
    a_call_me_pool(centre)
    return [a_request(centre, language=language) for language in (None, "en") for _ in range(requests // 2)]


def orders(trunk: Path, controllers: int = 4, **more: object) -> list[dict]:
    same = {"does": "dial_the_list", "trunk": str(trunk), "lease": LEASE} | more
    return [same | {"owner": f"cti-{number}"} for number in range(controllers)]


def calls(trunk: Path) -> list[list[str]]:
    """[request, attempt, owner] of each call, as the trunk saw them."""
    return [line.split() for line in trunk.read_text().splitlines()] if trunk.exists() else []


def is_half_way(trunk: Path) -> bool:
    return len(calls(trunk)) > REQUESTS // 4


def dialled_by(trunk: Path) -> Counter[str]:
    return Counter(owner for _, _, owner in calls(trunk))


def is_true(centre: CallCentre, trunk: Path) -> None:
    """What must hold however it went."""
    twice = {request: times for request, times in Counter(call[0] for call in calls(trunk)).items() if times > 1}
    assert twice == {}
    stored = {row["id"] for row in centre.ask("select id from attempt")}
    assert {attempt for _, attempt, _ in calls(trunk)} <= stored
    assert centre.ask("select id from attempt where ended_at is null") == []
    assert centre.ask("select id, state, owner from call_request where owner is not null or attempt is not null") == []


def states(centre: CallCentre) -> dict[str, int]:
    rows = centre.ask("select state, last_outcome, count(*) from call_request group by 1, 2")
    return {f"{row['state']} {row['last_outcome'] or ''}".strip(): row["count"] for row in rows}


def test_p17_each_request_is_dialled_exactly_once(centre: CallCentre, database: str, tmp_path: Path) -> None:
    trunk = tmp_path / "trunk"
    requests = waiting(centre)
    with racers(database, orders(trunk)) as controllers:
        for controller in controllers:
            controller.goes()
        counted = sum((Counter(controller.says()) for controller in controllers), Counter())
    is_true(centre, trunk)
    assert sorted(request for request, *_ in calls(trunk)) == sorted(requests)
    assert states(centre) == {"done human": REQUESTS}
    assert (counted["dialled"], counted["late"], counted["taken over"]) == (REQUESTS, 0, 0)
    assert len(dialled_by(trunk)) == 4


def test_p17_customers_change_their_minds_meanwhile(centre: CallCentre, database: str, tmp_path: Path) -> None:
    trunk = tmp_path / "trunk"
    requests = waiting(centre)
    minds = [{"does": "change_their_minds", "seed": seed, "changes": REQUESTS // 2} for seed in (1, 2)]
    with racers(database, orders(trunk, 3) + minds) as everybody:
        for racer in everybody:
            racer.goes()
        said = [racer.says() for racer in everybody]
    is_true(centre, trunk)
    after = states(centre)
    cancelled = sum(count for state, count in after.items() if state.startswith("cancelled"))
    assert cancelled == sum(counted["cancelled"] for counted in said[3:]) > 0
    assert after["done human"] == REQUESTS - cancelled
    done = centre.ask("select id from call_request where state = 'done'")
    assert {row["id"] for row in done} <= {request for request, *_ in calls(trunk)} <= set(requests)


def test_p17_a_controller_is_killed_in_the_middle(centre: CallCentre, database: str, tmp_path: Path) -> None:
    trunk = tmp_path / "trunk"
    waiting(centre)
    with racers(database, orders(trunk)) as controllers:
        for controller in controllers:
            controller.goes()
        until(lambda: is_half_way(trunk) and dialled_by(trunk)["cti-0"])
        controllers[0].is_killed()
        counted = sum((Counter(controller.says()) for controller in controllers[1:]), Counter())
    is_true(centre, trunk)
    after = states(centre)
    # What was on the line when it died is tried again by the rule, minutes later; the rest was dialled by the others.
    assert after.pop("queued lost", 0) <= counted["taken over"] <= 1
    assert set(after) == {"done human"}
    assert centre.answer("select count(*) from call_request") == REQUESTS


def test_p17_one_that_hangs_longer_than_its_lease_comes_too_late(
    centre: CallCentre, database: str, tmp_path: Path
) -> None:
    trunk = tmp_path / "trunk"
    waiting(centre)

    def hung(controller: Racer) -> None:
        """…with requests in its hands: perhaps it holds one of them locked, so more than one."""
        controller.is_stopped()
        held = "select count(*) > 1 from call_request where owner = 'cti-0'"
        while not centre.answer(held):
            controller.goes_on()
            until(lambda: centre.answer(held))
            controller.is_stopped()

    with racers(database, orders(trunk)) as controllers:
        for controller in controllers:
            controller.goes()
        until(lambda: is_half_way(trunk) and dialled_by(trunk)["cti-0"])
        hung(controllers[0])
        counted = sum((Counter(controller.says()) for controller in controllers[1:]), Counter())
        controllers[0].goes_on()
        late = controllers[0].says()
    is_true(centre, trunk)
    assert late["late"] > 0
    assert counted["late"] == 0
    after = states(centre)
    assert after.pop("queued lost", 0) <= counted["taken over"] <= 1
    assert set(after) == {"done human"}


def test_p17_busy_lines_wait_for_their_next_try_and_nothing_is_lost(
    centre: CallCentre, database: str, tmp_path: Path
) -> None:
    trunk = tmp_path / "trunk"
    waiting(centre)
    with racers(database, orders(trunk, outcome="busy")) as controllers:
        for controller in controllers:
            controller.goes()
        for controller in controllers:
            controller.says()
    is_true(centre, trunk)
    assert states(centre) == {"queued busy": REQUESTS}
    assert centre.answer("select count(*) from call_request where due_at > now() + interval '4 min'") == REQUESTS
