"""Asking each replica directly, many times a second."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from trials.harness.stand import Stand

_ANSWER = aiohttp.ClientTimeout(total=1.0)


@dataclass(frozen=True, slots=True)
class Said:
    """`faults` is None where the replica did not say."""

    faults: tuple[str, ...] | None
    is_ready: bool


class Replicas:
    """The replicas of one stand, over connections that are kept."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, str] = {}
        self.most_armed = 0

    async def __aenter__(self) -> Self:
        token = self._stand.platform.folder.chaos_token.read_text().strip()
        self._session = aiohttp.ClientSession(timeout=_ANSWER, headers={"X-Chaos-Token": token})
        self._urls = {each.name: each.url for each in await self._stand.platform.replicas()}
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def armed(self) -> tuple[str, ...]:
        """Name those that report a fault."""
        faults = await asyncio.gather(*(self._faults(url) for url in self._urls.values()))
        names = tuple(name for name, found in zip(self._urls, faults, strict=True) if found)
        self.most_armed = max(self.most_armed, len(names))
        return names

    async def say(self) -> Mapping[str, Said]:
        said = await asyncio.gather(*(self._say(url) for url in self._urls.values()))
        return dict(zip(self._urls, said, strict=True))

    async def _say(self, url: str) -> Said:
        faults, ready = await asyncio.gather(self._faults(url), self.is_ready(url))
        return Said(faults, ready)

    async def _faults(self, url: str) -> tuple[str, ...] | None:
        body = await self._get(f"{url}/api/chaos")
        return None if body is None else tuple(fault["id"] for fault in body["faults"])

    async def is_ready(self, url: str) -> bool:
        return await self._get(f"{url}/readyz") is not None

    async def _get(self, url: str) -> Any:
        """None for anything but a success."""
        if self._session is None:
            raise RuntimeError("replicas are asked within the block")
        try:
            async with self._session.get(url) as reply:
                return await reply.json(content_type=None) if reply.ok else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
