"""What the trials ask of Prefect's server, as its pages do."""

import asyncio
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

_ANSWER = aiohttp.ClientTimeout(total=60)
_BUSY_SECONDS = 60.0
_AGAIN_SECONDS = 0.5
_BEGUN = {"start_time": {"is_null_": False}}
_RUNNING = {"state": {"type": {"any_": ["RUNNING"]}}}


@dataclass(frozen=True, slots=True)
class PrefectApi:
    url: str
    login: str

    async def start_game_day(self, parameters: dict[str, Any]) -> str:
        """Ask the worker for a game day, as `prefect deployment run game-day/local` does."""
        deployment = await self._ask("GET", "/deployments/name/game-day/local")
        path = f"/deployments/{deployment['id']}/create_flow_run"
        return str((await self._ask("POST", path, {"parameters": parameters}))["id"])

    async def cancel(self, flow_run: str) -> None:
        """Press the button "Cancel"."""
        state = {"type": "CANCELLING", "name": "Cancelling"}
        await self._ask("POST", f"/flow_runs/{flow_run}/set_state", {"state": state})

    async def newest_game_day(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Give the state of the game day that began last, and its artifacts, oldest first."""
        begun = {"flows": {"name": {"any_": ["game-day"]}}, "flow_runs": _BEGUN}
        body = {**begun, "sort": "START_TIME_DESC", "limit": 1}
        (run,) = await self._ask("POST", "/flow_runs/filter", body)
        own = {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}
        artifacts = await self._ask("POST", "/artifacts/filter", own)
        return run["state"], sorted(artifacts, key=lambda each: str(each["created"]))

    async def is_running(self, experiment: str) -> bool:
        """Does a flow run of that experiment run, wherever it was started?"""
        name = {"name": {"like_": experiment}}
        body = {"flow_runs": {**_RUNNING, **name}, "limit": 1}
        try:
            return bool(await self._ask("POST", "/flow_runs/filter", body))
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A server whose database is locked says 503: ask again, as Prefect's own client does."""
        until = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return await self._ask_once(method, path, body)
            except aiohttp.ClientResponseError as error:
                if error.status != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > until:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _ask_once(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        async with (
            aiohttp.ClientSession(
                timeout=_ANSWER, raise_for_status=True, auth=aiohttp.BasicAuth(*self._login())
            ) as session,
            session.request(method, self.url + path, json=body) as reply,
        ):
            return await reply.json()

    def _login(self) -> tuple[str, str]:
        user, _, password = self.login.partition(":")
        return user, password
