"""A real TURN server for tests: coturn at 127.0.0.1, which takes the accounts that the product makes and no others.

async with a_turn_server(product.settings.secret("turn")) as port: ...
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.phones import die_with_parent, free_port

NO_OTHER_WAY = """() => {
    // As behind a firewall that lets nothing through but the way to the TURN server. The tests' switch listens at
    // 127.0.0.1 alone and tells another address of the machine: a TURN server lets in only who was told of.
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
        constructor(configuration) {
            super({ ...configuration, iceTransportPolicy: "relay" });
        }
        setRemoteDescription({ type, sdp }) {
            const here = sdp.replace(/(candidate:.* UDP [0-9]+) [0-9.]+ /, "$1 127.0.0.1 ");
            return super.setRemoteDescription({ type, sdp: here });
        }
    };
}"""
WAY = """async () => {
    const all = await connection.getStats();
    const pairs = [...all.values()].filter((one) => one.type === "candidate-pair" && one.state === "succeeded");
    const { candidateType, relayProtocol } = all.get(pairs.find((one) => one.nominated).localCandidateId);
    return [candidateType, relayProtocol];
}"""
"""Of a page with EARS: how its voice goes, ["relay", "udp"] say."""


@asynccontextmanager
async def a_turn_server(secret: str) -> AsyncIterator[int]:
    """Its port, UDP and TCP. It relays to loopback too, where the tests' switch is."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="turn-") as folder:
        settings = Path(folder) / "turnserver.conf"
        settings.write_text(
            "\n".join(
                [
                    "listening-ip=127.0.0.1",
                    f"listening-port={port}",
                    "relay-ip=127.0.0.1",
                    "realm=ctiapp.test",
                    "use-auth-secret",
                    f"static-auth-secret={secret}",
                    "allow-loopback-peers",
                    *("no-cli", "no-tls", "no-dtls"),
                    f"userdb={folder}/accounts",
                    f"pidfile={folder}/pid",
                    "log-file=stdout",
                ]
            )
        )
        with (Path(folder) / "log").open("wb") as log:
            server = await asyncio.create_subprocess_exec(
                *("turnserver", "-c", str(settings)), stdout=log, stderr=log, preexec_fn=die_with_parent
            )
            try:
                await _listens(port, Path(folder) / "log")
                yield port
            finally:
                server.terminate()
                await server.wait()


async def _listens(port: int, log: Path) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        await asyncio.sleep(0.05)
    raise AssertionError(f"coturn did not start: {log.read_text(errors='replace')[-800:]}")
