"""`python -m bench.minimal_agi HOST PORT`: the least a FastAGI server can do, as the reference for ours."""

from __future__ import annotations

import asyncio
import contextlib
import sys


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        await reader.readuntil(b"\n\n")
        writer.write(b'SET VARIABLE BENCH "1"\n')
        await reader.readline()
    writer.close()


async def main(host: str, port: int) -> None:
    server = await asyncio.start_server(answer, host, port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
