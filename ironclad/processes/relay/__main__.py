"""`python -m ironclad.processes.relay --listen PORT --database PORT --control SOCKET`."""

import argparse
import asyncio
import gc
import json
import os
import signal
from pathlib import Path
from typing import Any

from ironclad.processes.relay.relay import LapsedError, Relay

LONGEST_LEASE_SECONDS = 60.0
_WITHIN_SECONDS = 5.0


class Control:
    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_WITHIN_SECONDS):
                line = await reader.readline()
                writer.write(json.dumps(self._answer(line)).encode() + b"\n")
                await writer.drain()
            if _holds(line):
                await self._held(reader, self._relay.cut_number)
        except (OSError, TimeoutError, ValueError):
            pass
        finally:
            writer.close()

    async def _held(self, reader: asyncio.StreamReader, cut: int) -> None:
        """A later cut is not this connection's."""
        while await reader.read(1024):
            pass
        if self._relay.cut_number == cut:
            self._relay.heal()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            self._do(json.loads(line))
        except LapsedError:
            return {"problem": "lapsed"}
        except (ValueError, KeyError, TypeError) as error:
            return {"problem": f"not understood: {error!r}"}
        return {"cut_by": self._relay.cut_by, "open_total": self._relay.open_total}

    def _do(self, asked: dict[str, Any]) -> None:
        match asked["do"]:
            case "cut":
                self._relay.cut(str(asked["by"]), _lease(asked))
            case "renew":
                self._relay.renew(str(asked["by"]), _lease(asked))
            case "heal":
                self._relay.heal()
            case "status":
                pass
            case other:
                raise ValueError(other)


def _holds(line: bytes) -> bool:
    asked = json.loads(line)
    return isinstance(asked, dict) and asked.get("do") == "cut" and asked.get("hold") is True


def _lease(asked: dict[str, Any]) -> float:
    return min(LONGEST_LEASE_SECONDS, max(0.0, float(asked["lease_seconds"])))


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
