"""Registering what `prefect.yaml` declares, by Prefect's own command: it alone knows its format."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from ironclad.adapters._commands import run
from ironclad.adapters._http import Call, send
from ironclad.domain.readiness import Condition, Readiness
from ironclad.errors import RemoteError, UnreachableError

POOL = "local-process"
REGISTERED_WITHIN = timedelta(minutes=3)


class PrefectDeployments:
    """The deployments of one project on one Prefect server."""

    def __init__(self, api_url: str, project: Path, environment: Mapping[str, str]) -> None:
        self._api_url = api_url
        self._project = project
        self._environment = {
            **environment,
            "PREFECT_API_URL": api_url,
            "IRONCLAD_PROJECT": str(project),
        }

    async def pool_readiness(self) -> Readiness:
        """The worker makes its pool when it first comes up; deployments need it."""
        url = f"{self._api_url}/work_pools/{POOL}"
        try:
            reply = await send(Call(who="the Prefect server", method="GET", url=url))
        except UnreachableError as error:
            return Readiness(Condition.IN_PROGRESS, str(error))
        if reply.status == HTTPStatus.OK:
            return Readiness(Condition.READY, f"work pool {POOL} exists")
        return Readiness(Condition.IN_PROGRESS, f"work pool {POOL} does not exist yet")

    async def register(self) -> None:
        """Make all deployments and schedules as declared. Raises RemoteError in Prefect's words."""
        command = (sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all")
        done = await run(
            command,
            within=REGISTERED_WITHIN,
            folder=self._project,
            environment=self._environment,
        )
        if done.code:
            raise RemoteError(
                f"`prefect deploy --all` in {self._project} failed: {done.last_words}"
            )
