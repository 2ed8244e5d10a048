"""A FastAGI server that does as it is told: the CTI server's place, for tests of the dialplan alone."""

from __future__ import annotations

import socketserver
import threading
import time

SILENCE = "silence"
"""An answer that never comes."""
NOTHING = "nothing"
"""The connection is closed without an answer."""


class ScriptedServer:
    """Gives `answers` in turn, the last one for ever. `asks` holds the arguments of each ask; `heads` all of it."""

    def __init__(self, address: str, port: int, *answers: str) -> None:
        self.answers = list(answers)
        self.asks: list[list[str]] = []
        self.heads: list[dict[str, str]] = []
        self.leave = threading.Event()
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                server.serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Server((address, port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self, request) -> None:
        head = {}
        while line := request.rfile.readline().decode().rstrip("\n"):
            key, _, value = line.partition(": ")
            head[key] = value
        if not head:
            return
        self.heads.append(head)
        self.asks.append([head.get(f"agi_arg_{place}", "") for place in range(1, 5)])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == SILENCE:
            self.leave.wait(20)
        elif answer != NOTHING:
            request.wfile.write(f'SET VARIABLE CTI_ROUTE "{answer}"\n'.encode())
            request.rfile.readline()

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *_) -> None:
        self.leave.set()
        self.server.shutdown()
        self.server.server_close()
        time.sleep(0.01)
