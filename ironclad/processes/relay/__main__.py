"""`python -m ironclad.processes.relay --listen PORT --database PORT --control SOCKET`."""

import argparse
import asyncio
import gc
import os
import signal
from pathlib import Path

from ironclad.processes.relay.control import Control
from ironclad.processes.relay.relay import Relay


async def run(listen: int, database: int, control: Path) -> None:
    """Serve until SIGTERM."""
    relay, loop, over = Relay(database), asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    controlled = await asyncio.start_unix_server(Control(relay).serve, control)
    served = await loop.create_server(relay.inlet, "127.0.0.1", listen, backlog=256)
    # A sweep over all objects would hold up every query behind it.
    gc.freeze()
    async with controlled, served:
        await over.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="ironclad.processes.relay")
    parser.add_argument("--listen", type=int, required=True)
    parser.add_argument("--database", type=int, required=True)
    parser.add_argument("--control", type=Path, required=True)
    asked = parser.parse_args()
    os.umask(0o077)
    asyncio.run(run(asked.listen, asked.database, asked.control))


if __name__ == "__main__":
    main()
