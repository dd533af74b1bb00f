"""Registering what `prefect.yaml` declares, by Prefect's own command: it alone knows its format."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from ironclad.adapters._commands import Done, run
from ironclad.errors import RemoteError

DECLARED = "prefect.yaml"
REGISTERED_WITHIN = timedelta(minutes=3)
_POOL_WITHIN = timedelta(minutes=1)
_ALREADY_THERE = "already exists"


class PrefectDeployments:
    """The deployments of one project on the Prefect server that the environment names.

    `environment` is all that Prefect's own command gets.
    """

    def __init__(self, project: Path, environment: Mapping[str, str]) -> None:
        self._project = project
        self._environment = {**environment, "IRONCLAD_PROJECT": str(project)}

    async def register(self) -> None:
        """Make all deployments and schedules as declared. Raises RemoteError in Prefect's words."""
        file = self._file()
        where = () if file.parent == self._project else ("--prefect-file", str(file))
        _demand("prefect deploy --all", await self._prefect("deploy", "--all", *where))

    async def register_for(self, pool: str, name: str, stack: str) -> None:
        """Make only those of one name, for one stack and a pool, which is made if it is not there.

        Its workers find the project in the same folder as this one. Raises RemoteError.
        """
        made = await self._prefect(
            "work-pool", "create", pool, "--type", "process", within=_POOL_WITHIN
        )
        if _ALREADY_THERE not in made.output:
            _demand(f"prefect work-pool create {pool}", made)
        with _written(_for_pool(self._declared(), pool, name, stack)) as file:
            done = await self._prefect("deploy", "--all", "--prefect-file", str(file))
        _demand(f"prefect deploy for the pool {pool}", done)

    def _file(self) -> Path:
        """Find it in the checkout's root, else where the wheel has it: beside the flows."""
        at_root = self._project / DECLARED
        return at_root if at_root.exists() else self._project / "flows" / DECLARED

    def _declared(self) -> dict[str, Any]:
        document: dict[str, Any] = yaml.safe_load(self._file().read_text("utf-8"))
        return document

    async def _prefect(self, *words: str, within: timedelta = REGISTERED_WITHIN) -> Done:
        return await run(
            (sys.executable, "-m", "prefect", "--no-prompt", *words),
            within=within,
            folder=self._project,
            environment=self._environment,
        )


def _demand(what: str, done: Done) -> None:
    if done.code:
        raise RemoteError(f"`{what}` failed: {done.last_words}")


def _for_pool(declared: dict[str, Any], pool: str, name: str, stack: str) -> dict[str, Any]:
    """Keep what else the deployments say of their pool, such as the environment of its runs."""
    kept = [
        {
            **each,
            "parameters": {**each["parameters"], "stack": stack},
            "work_pool": {**each["work_pool"], "name": pool},
        }
        for each in declared["deployments"]
        if each["name"] == name
    ]
    return {**declared, "deployments": kept}


@contextlib.contextmanager
def _written(document: Mapping[str, Any]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ironclad-prefect-") as folder:
        file = Path(folder) / DECLARED
        file.write_text(yaml.safe_dump(dict(document)), encoding="utf-8")
        yield file
