"""Readiness says yes whatever is wrong: a replica that leaves is sent requests until it is gone."""

from backend.health import HealthRoutes
from trials.mutants._plant import serve_with
from trials.mutants.leaving._leaving import refuse_when_leaving


async def _always(routes: HealthRoutes) -> str:
    del routes
    return ""


if __name__ == "__main__":
    refuse_when_leaving()
    serve_with(HealthRoutes, "_reason", _always)
