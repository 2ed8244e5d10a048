"""P11: the switch as an independent AMI client (pyst2) sees it agrees with what our own adapter sees."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from ctiapp.settings import PROJECT, Settings
from ctiapp.switch.protocol import QueueCall, RouteRequested
from tests.switch.test_contract import CARLA, LONG, phase_is
from tests.switch.worlds import POINT, RealWorld, Seen
from tests.switchboard import switchboard_settings

pytestmark = pytest.mark.real


async def second_opinion(*actions: tuple[str, dict[str, str]]) -> list[dict[str, Any]]:
    settings: Settings = switchboard_settings()
    order = {
        "host": settings.bind,
        "port": settings.ami_port,
        "user": "ctiapp",
        "secret": settings.secret("ami-ctiapp"),
        "actions": actions,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.switch.independent_client",
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, complaint = await asyncio.wait_for(process.communicate(json.dumps(order).encode()), 30)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert said, complaint.decode()
    return json.loads(said)


@pytest.mark.usefixtures("real_switch")
async def test_our_user_may_do_what_the_adapter_needs_and_no_commands() -> None:
    route = {"Family": "ctiapp-route", "Key": "70009"}
    _, *answers = await second_opinion(
        ("Ping", {}),
        ("CoreStatus", {}),
        ("Status", {"Variables": "CTI_NUMBER"}),
        ("DeviceStateList", {}),
        ("DBPut", route | {"Val": "1/2901"}),
        ("DBGetTree", {"Family": "ctiapp-route"}),
        ("DBDel", route),
    )
    assert [answer["response"] for answer in answers] == ["Success"] * 7
    assert "/ctiapp-route/70009" in [event["Key"] for event in answers[5]["events"]]
    assert "PJSIP/2901" in [event["Device"] for event in answers[3]["events"]]


@pytest.mark.parametrize(
    "action",
    [
        ("Command", {"Command": "core stop now"}),
        ("UpdateConfig", {"SrcFilename": "x", "DstFilename": "x"}),
        ("AGI", {"Channel": "x", "Command": "x"}),
        ("UserEvent", {"UserEvent": "x"}),
    ],
)
@pytest.mark.usefixtures("real_switch")
async def test_our_user_may_do_no_more_than_that(action: tuple[str, dict[str, str]]) -> None:
    _, answer = await second_opinion(action)
    assert answer["response"] == "Error"
    assert answer["message"] == "Permission denied"


@pytest.mark.usefixtures("real_switch")
async def test_both_clients_see_the_same_call() -> None:
    async with RealWorld.open() as world:
        seen = Seen(world)
        world.call(POINT, CARLA)
        asked = await seen.event(RouteRequested)
        assert await world.switch.queue(QueueCall(asked.call_id, LONG, "i-1"))
        await phase_is(world, asked.call_id, "queued")
        _, answer = await second_opinion(("CoreShowChannels", {}))
        channels = {event["Uniqueid"]: event for event in answer["events"] if event["Event"] == "CoreShowChannel"}
        assert channels[asked.call_id]["CallerIDNum"] == CARLA
        assert channels[asked.call_id]["Exten"] == "wait"
