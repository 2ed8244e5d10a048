"""Where things are and which ports they use: read once from the environment, passed on as a value.

Everything binds to loopback unless told otherwise. Secrets are made at the first start and kept, readable by
their owner only, in `secrets.json` of the state directory.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def _path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name, str(default))).resolve()


class WrongSetting(ValueError):
    """An environment variable of ours that cannot be meant."""


def _port(name: str, default: int) -> int:
    variable = f"CTIAPP_{name}_PORT"
    text = os.environ.get(variable) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
        raise WrongSetting(f"{variable} must be a port number from 1 to 65535, not {text!r}.")
    return int(text)


@dataclass(frozen=True)
class Settings:
    """One installation: its state directory, its addresses, its ports.

    `instance` names the Docker container, so that a test run and a product run can stand side by side.
    """

    state: Path = field(default_factory=lambda: _path("CTIAPP_STATE", PROJECT / ".state"))
    instance: str = field(default_factory=lambda: os.environ.get("CTIAPP_INSTANCE", "ctiapp"))
    values: Path = field(default_factory=lambda: _path("CTIAPP_VALUES", PROJECT / "asterisk-config" / "values.yml"))
    templates: Path = PROJECT / "asterisk-config"
    bind: str = field(default_factory=lambda: os.environ.get("CTIAPP_BIND", "127.0.0.1"))
    sip_port: int = field(default_factory=lambda: _port("SIP", 5060))
    rtp_first_port: int = field(default_factory=lambda: _port("RTP", 10000))
    ami_port: int = field(default_factory=lambda: _port("AMI", 5038))
    agi_port: int = field(default_factory=lambda: _port("AGI", 4573))
    detector_port: int = field(default_factory=lambda: _port("DETECTOR", 9092))
    """AudioSocket of the call-progress detector."""
    cti_port: int = field(default_factory=lambda: _port("CTI", 8088))
    """HTTP of the CTI server: /healthz /readyz /metrics."""
    http_port: int = field(default_factory=lambda: _port("HTTP", 8089))
    """HTTP of the switch: SIP over WebSocket, at /ws, for the telephones in browsers."""
    web_port: int = field(default_factory=lambda: _port("WEB", 8080))
    shop_port: int = field(default_factory=lambda: _port("SHOP", 8081))
    database_url: str | None = field(default_factory=lambda: os.environ.get("DATABASE_URL") or None)

    @property
    def web_url(self) -> str:
        return f"http://{self.bind}:{self.web_port}"

    @property
    def shop_url(self) -> str:
        return f"http://{self.bind}:{self.shop_port}"

    def secret(self, name: str) -> str:
        """The secret called `name`: made at its first use, the same ever after."""
        self.state.mkdir(parents=True, exist_ok=True)
        file = self.state / "secrets.json"
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            known: dict[str, str] = json.loads(stream.read() or "{}")
            if name not in known:
                known[name] = secrets.token_urlsafe(24)
                stream.seek(0)
                stream.write(json.dumps(known, indent=1))
                stream.truncate()
            return known[name]
