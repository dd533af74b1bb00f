"""A running Prometheus or Alertmanager reads its configuration again, and says whether it took it.

A restart would turn firing alerts into pending ones and lose samples; a reload costs nothing.
"""

import asyncio
import time

from ironclad.adapters.local.monitoring.configuration import Configuration, without_addresses
from ironclad.adapters.local.probes import fetch
from ironclad.adapters.programs.supervision import Supervisor
from ironclad.errors import BadInputError, UnreachableError, WaitTimeoutError

_POLL_SECONDS = 0.1
_WITHIN_SECONDS = 30.0
_METRICS = ("_config_last_reload_successful", "_config_last_reload_success_timestamp_seconds")


class Reloads:
    """`url` is where the program answers; `name` is also how its own metrics begin."""

    def __init__(self, supervisor: Supervisor, name: str, url: str) -> None:
        self._supervisor = supervisor
        self._name = name
        self._url = url

    async def swap(self, new: Configuration) -> tuple[str, ...]:
        """Put the files there and have them read; puts the old ones back when they are refused.

        Raises BadInputError for those, and WaitTimeoutError when it does not answer.
        """
        old = await asyncio.to_thread(new.read_live)
        before = await self._state()
        changes = await self._read_again(new)
        if await self._is_taken(before):
            return changes
        await self._read_again(old)
        said = await asyncio.to_thread(self._supervisor.last_words, self._name)
        raise BadInputError(
            f"{self._name} refused its new configuration, so the old one was put back: "
            f"{without_addresses(said)}"
        )

    async def _read_again(self, configuration: Configuration) -> tuple[str, ...]:
        changes = await asyncio.to_thread(configuration.write)
        await self._supervisor.signal(self._name, "HUP")
        return changes

    async def _is_taken(self, before: tuple[float, ...]) -> bool:
        """The time of the last success moves when it was taken; the flag falls when it was not."""
        deadline = time.monotonic() + _WITHIN_SECONDS
        while time.monotonic() < deadline:
            is_good, at = await self._state()
            if at != before[1]:
                return True
            if not is_good and before[0]:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        if not before[0]:
            return False
        raise WaitTimeoutError(
            f"{self._name} did not read its configuration again within {_WITHIN_SECONDS:g} s; "
            f"{self._url} shows what it runs with"
        )

    async def _state(self) -> tuple[float, ...]:
        """Ask for a while: one that was started a moment ago does not answer yet."""
        page = await self._page()
        values = dict(line.rsplit(" ", 1) for line in page.splitlines() if "_reload_" in line)
        try:
            return tuple(float(values[self._name + each]) for each in _METRICS)
        except KeyError as error:
            raise UnreachableError(f"{self._url}/metrics has no {error.args[0]}") from error

    async def _page(self) -> str:
        deadline = time.monotonic() + _WITHIN_SECONDS
        while True:
            try:
                return (await fetch(f"{self._url}/metrics")).text
            except UnreachableError as error:
                if time.monotonic() >= deadline:
                    raise WaitTimeoutError(
                        f"{self._name} runs and did not answer within {_WITHIN_SECONDS:g} s "
                        f"({error}), so its configuration was left as it is"
                    ) from error
            await asyncio.sleep(_POLL_SECONDS)
