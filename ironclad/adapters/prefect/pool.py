"""Work pools whose runs choose nothing of the process that they run in."""

from collections.abc import Mapping
from typing import Any

from ironclad.adapters.prefect.api import ConflictError, PrefectApi
from ironclad.errors import StateError

POOL = "local-process"
_DESCRIPTION = "Made by Ironclad: its runs choose no command, no environment and no folder."

CLOSED: Mapping[str, Any] = {
    # No `env`, not even an empty one: Prefect merges a run's into any that is here.
    "job_configuration": {"stream_output": True},
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}


async def ensure_pool(api: PrefectApi, *, is_ours: bool) -> None:
    """Make it, or close one that is open. Raises StateError for a stranger's on another server."""
    try:
        await api.ask("POST", "/work_pools/", _WANTED | {"name": POOL, "type": "process"})
    except ConflictError:
        await _close(api, await api.ask("GET", f"/work_pools/{POOL}"), is_ours=is_ours)


_WANTED = {"description": _DESCRIPTION, "base_job_template": CLOSED}


async def _close(api: PrefectApi, found: dict[str, Any], *, is_ours: bool) -> None:
    if not is_ours and found["description"] != _DESCRIPTION:
        raise StateError(
            f"the Prefect server has a work pool {POOL} that Ironclad did not make; rename or"
            " delete it there, or use another Prefect workspace"
        )
    if any(found[key] != value for key, value in _WANTED.items()):
        await api.ask("PATCH", f"/work_pools/{POOL}", _WANTED)
