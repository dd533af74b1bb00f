"""The lease of the generator, and how much it may have under way: its limits."""

import asyncio
import math
import resource
import sys


async def standard_input() -> asyncio.StreamReader:
    """Read standard input without a thread, which could not be ended at exit."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def lost(reader: asyncio.StreamReader, lease_seconds: float) -> str:
    """Return, with the reason, as soon as the lease is lost."""
    while True:
        try:
            line = await asyncio.wait_for(reader.readline(), lease_seconds)
        except TimeoutError:
            return f"the runner said nothing for {lease_seconds:g} s, so the load stopped"
        if not line:
            return "the runner closed the line, so the load stopped"


_SPARE_FILES = 64


def in_flight_limit(peak_rate: float, timeout_seconds: float, open_files: int) -> int:
    """Give half as much again as timeouts leave in flight, within what the system lets us open.

    A slow service alone never fills it: that takes a generator which fell behind.
    """
    needed = math.ceil(1.5 * peak_rate * timeout_seconds) + _SPARE_FILES
    return max(1, min(needed, open_files - _SPARE_FILES))


def raise_open_files() -> int:
    """Take all the open files that this process may have without asking; gives how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536 if most == resource.RLIM_INFINITY else most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
