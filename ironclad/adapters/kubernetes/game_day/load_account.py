"""A generator's account, read from its pod's log: whatever was missed is read again."""

import asyncio

from ironclad.adapters.kubernetes.client.api import Call, KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError
from ironclad.domain.load.load import LoadSecond
from ironclad.domain.load.wire_format import Closing, line_from_json
from ironclad.errors import UnreachableError

_FOLLOW_SECONDS = 24 * 3600.0
_PAUSE_SECONDS = 0.3


class LoadAccount:
    def __init__(self, api: KubeApi, path: str, container: str) -> None:
        self._api = api
        self._call = Call(
            method="GET",
            path=path,
            query={"container": container, "follow": True},
            accept="*/*",
            timeout_seconds=_FOLLOW_SECONDS,
        )
        self._last_number = 0
        self.seconds: list[LoadSecond] = []
        self.started_at: float | None = None
        self.closing: Closing | None = None
        self.garbage = ""
        self.started = asyncio.Event()
        self.ended = asyncio.Event()

    async def listen(self) -> None:
        """Follow until the closing account; a broken connection goes on behind what is known."""
        while not self.ended.is_set():
            try:
                await self._follow()
            except (KubeError, UnreachableError):
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow(self) -> None:
        number = 0
        async with self._api.lines(self._call) as lines:
            async for line in lines:
                if not line.endswith(b"\n"):
                    return
                number += 1
                if number > self._last_number:
                    self._last_number = number
                    self._read_line(line.decode(errors="replace"))

    def _read_line(self, line: str) -> None:
        try:
            said = line_from_json(line)
        except (ValueError, KeyError, TypeError):
            self.garbage = self.garbage or line[:80].strip()
            return
        match said:
            case Closing():
                self.closing = said
                self.ended.set()
            case LoadSecond():
                self.seconds.append(said)
            case float():
                self.started_at = said
                self.started.set()
