"""The relay's control socket: one line of JSON in, one out.

A connection whose line says `hold` stays open, and its cut is over as soon as that closes.
"""

import asyncio
import json
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
