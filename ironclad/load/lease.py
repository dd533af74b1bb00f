"""The generator's leash: whoever wants load must keep saying so."""

import asyncio
import sys


async def standard_input() -> asyncio.StreamReader:
    """Read standard input without a thread, which could not be ended at exit."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def lost(reader: asyncio.StreamReader, lease_seconds: float) -> str:
    """Return, with the reason, as soon as nobody holds the lease any more."""
    while True:
        try:
            line = await asyncio.wait_for(reader.readline(), lease_seconds)
        except TimeoutError:
            return f"the runner said nothing for {lease_seconds:g} s, so the load stopped"
        if not line:
            return "the runner closed the line, so the load stopped"
