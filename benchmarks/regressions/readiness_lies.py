"""Readiness says yes whatever is wrong, so nobody sends requests elsewhere before it leaves."""

from backend.drain import Drain
from backend.health import HealthRoutes
from benchmarks.regressions._plant import serve_with


async def _always(routes: HealthRoutes) -> str:
    del routes
    return ""


def _over(drain: Drain) -> bool:
    """Nobody was told, so there is nothing to wait for either."""
    return drain.has_begun


if __name__ == "__main__":
    Drain.is_over = property(_over)  # type: ignore[method-assign,assignment]
    serve_with(HealthRoutes, "_reason", _always)
