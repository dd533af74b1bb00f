"""What ours is measured against: the same route with nothing around it, or with one layer alone."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse
from backend.chaos import FaultMiddleware, FaultRegistry
from backend.drain import Drain
from backend.telemetry.access_log import AccessLog
from backend.telemetry.gauges import new_registry
from backend.telemetry.logs import LineWriter
from backend.telemetry.metrics import RequestMetrics
from backend.telemetry.recorder import Exchange, Observer, RecorderMiddleware

BODY = {"service": "ironclad-backend", "version": "0", "orders": "/api/orders"}


class Silent:
    """An observer that does nothing, to see what the recorder costs by itself."""

    def begin(self) -> None: ...

    def end(self, exchange: Exchange) -> None: ...


def bare() -> Starlette:
    return _app()


def faults_off() -> Starlette:
    return _app(route=[Middleware(FaultMiddleware, FaultRegistry())])


def recorder() -> Starlette:
    return _app(_recorder(Silent(), Silent()))


def metrics() -> Starlette:
    return _app(_recorder(RequestMetrics(new_registry()), Silent()))


def log() -> Starlette:
    writer = LineWriter.to(Path("/dev/null"))
    writer.__enter__()
    return _app(_recorder(Silent(), AccessLog(writer, "bench")))


def starlette_exporter() -> Starlette:
    from starlette_exporter import PrometheusMiddleware  # noqa: PLC0415 - only the bench has it

    return _app([Middleware(PrometheusMiddleware, group_paths=True)])


def instrumentator() -> Starlette:
    from prometheus_fastapi_instrumentator import Instrumentator  # noqa: PLC0415

    app = _app()
    Instrumentator().instrument(app)
    return app


def _app(around: Sequence[Middleware] = (), *, route: Sequence[Middleware] = ()) -> Starlette:
    return Starlette(routes=[Route("/api", _index, middleware=route)], middleware=around)


def _recorder(metrics: Observer, log: Observer) -> list[Middleware]:
    return [
        Middleware(
            RecorderMiddleware,
            replica="bench",
            drain=Drain(0),
            metrics=metrics,
            log=log,
            unobserved=("/metrics",),
        )
    ]


async def _index(request: Request) -> Response:
    del request
    return JsonResponse(BODY)
