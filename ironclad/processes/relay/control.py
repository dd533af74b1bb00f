"""The relay's control socket: one line of JSON in, one out."""

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
                answer = self._answer(await reader.readline())
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass
        finally:
            writer.close()

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


def _lease(asked: dict[str, Any]) -> float:
    return min(LONGEST_LEASE_SECONDS, max(0.0, float(asked["lease_seconds"])))
