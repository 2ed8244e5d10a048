"""The real switch for tests: its own state directory, container and ports, beside a running product.

    settings = switchboard_settings()   # a value; starts nothing
    ensure_switch(settings)             # idempotent and quick if it is up with this configuration

Stations 2101..2106 register with `settings.secret("station-2101")`. Stations 2901..2904 have a static contact,
127.0.0.3 with port 2901..2904 + 13000, and no password: a telephone that just listens there. The trunk is
127.0.0.2 (any port) to the switch and 127.0.0.2:15062 from it; a second one, `other`, is 127.0.0.4. `echo` answers and
plays back what it hears.
The switch stays up after the tests; `docker/asterisk.sh down` with `environment(settings)` ends it.
"""

from __future__ import annotations

import os
import subprocess

import yaml

from ctiapp.config.render import known_secrets, render, version_of
from ctiapp.config.values import load_values
from ctiapp.config.versions import Versions
from ctiapp.settings import PROJECT, Settings

PHONES_ADDRESS = "127.0.0.3"
TRUNK_ADDRESS = "127.0.0.2"
OTHER_TRUNK_ADDRESS = "127.0.0.4"
LANE = int(os.environ.get("CTIAPP_TEST_LANE", "0"))
"""A second, third… set of state, container and ports: test runs beside each other."""
TRUNK_PORT = 15062 + 100 * LANE
STATIC_STATIONS = {str(number): number + 13000 + 10 * LANE for number in range(2901, 2905)}
"""Station -> the UDP port at PHONES_ADDRESS where the switch rings it."""


def switchboard_settings() -> Settings:
    state = PROJECT / (f".state-test-{LANE}" if LANE else ".state-test")
    return Settings(
        state=state,
        instance=f"ctiapp-test-{LANE}" if LANE else "ctiapp-test",
        values=state / "values.yml",
        bind="127.0.0.1",
        sip_port=15060 + LANE,
        rtp_first_port=20000 + 400 * LANE,
        ami_port=15038 - LANE,
        agi_port=14573 + 10 * LANE,
        detector_port=14576 + 10 * LANE,
        cti_port=18088 + LANE,
        http_port=18380 + LANE,
        web_port=18180 + LANE,
        shop_port=18280 + LANE,
        database_url=None,
    )


def environment(settings: Settings) -> dict[str, str]:
    """The same settings for a child process."""
    ports = {
        "SIP": settings.sip_port,
        "RTP": settings.rtp_first_port,
        "AMI": settings.ami_port,
        "AGI": settings.agi_port,
        "DETECTOR": settings.detector_port,
        "CTI": settings.cti_port,
        "HTTP": settings.http_port,
        "WEB": settings.web_port,
        "SHOP": settings.shop_port,
    }
    return os.environ | {
        "CTIAPP_STATE": str(settings.state),
        "CTIAPP_INSTANCE": settings.instance,
        "CTIAPP_VALUES": str(settings.values),
        "CTIAPP_BIND": settings.bind,
        **{f"CTIAPP_{name}_PORT": str(port) for name, port in ports.items()},
    }


def test_values() -> dict:
    """The product's values with the tests' telephones, trunk and contexts."""
    values = yaml.safe_load((PROJECT / "asterisk-config" / "values.yml").read_text())
    values["stations"] += [
        {"id": station, "contact": f"sip:{PHONES_ADDRESS}:{port}"} for station, port in STATIC_STATIONS.items()
    ]
    values["trunks"] = [
        {"name": name, "match": address, "contact": f"sip:{address}:{TRUNK_PORT}"}
        for name, address in (("trunk", TRUNK_ADDRESS), ("other", OTHER_TRUNK_ADDRESS))
    ]
    return values | {"rtp_ports": 400, "test": True, "benchmark": True}


test_values.__test__ = False  # type: ignore[attr-defined]


def ensure_switch(settings: Settings) -> None:
    """Bring the switch up with `test_values()`; restarted if it runs something else."""
    settings.state.mkdir(parents=True, exist_ok=True)
    settings.values.write_text(yaml.safe_dump(test_values(), sort_keys=False))
    values = load_values(settings.values)
    wanted = version_of(render(values, known_secrets(values, settings), settings))
    current = Versions(settings.state).current()
    run_switch(settings, "up" if current is None or current.hash == wanted else "restart")


def run_switch(settings: Settings, *words: str) -> str:
    """`docker/asterisk.sh WORDS`: what it printed. AssertionError with all of it if it failed."""
    done = subprocess.run(
        [PROJECT / "docker" / "asterisk.sh", *words],
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
