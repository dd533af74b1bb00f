"""All parts, put together."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Lifespan

from backend import VERSION
from backend.bodies import JsonResponse
from backend.breaker import Breaker, BreakerOpenError
from backend.chaos import BreakerOpen, FaultMiddleware, FaultRegistry, NotReady, QueryFaults
from backend.chaos.control import ControlRoutes
from backend.chaos.gate import TokenMiddleware
from backend.chaos.shorthand import ShorthandRoutes
from backend.database import Database, DatabaseUnavailableError
from backend.drain import Drain
from backend.health import PATHS, HealthRoutes
from backend.order_routes import OrderMetrics, OrderRoutes
from backend.problems import answer_http_exception, problem_response
from backend.run_routes import RunRoutes
from backend.settings import Settings
from backend.store import OrderStore
from backend.telemetry.access_log import AccessLog
from backend.telemetry.gauges import new_registry, watch_breaker, watch_faults, watch_pool
from backend.telemetry.logs import LineWriter
from backend.telemetry.metrics import RequestMetrics
from backend.telemetry.recorder import RecorderMiddleware
from backend.telemetry.tracing import Tracing, new_tracing

logger = logging.getLogger(__name__)

CONTROL_PATH = "/api/chaos"


def create_app(settings: Settings, writer: LineWriter, drain: Drain) -> Starlette:
    faults = FaultRegistry()
    breaker = Breaker(
        settings.breaker_failures, settings.breaker_recovery_seconds, faults.switch(BreakerOpen)
    )
    queries = QueryFaults(faults, DatabaseUnavailableError)
    store = OrderStore(Database(settings.database), breaker, queries)
    registry = _registry(settings, faults, store)
    tracing = new_tracing(settings)

    breakable = [Middleware(FaultMiddleware, faults)]
    orders = OrderRoutes(store, OrderMetrics(registry)).routes(breakable)
    metrics = RequestMetrics(registry)
    metrics.expect(_endpoints(orders))
    health = HealthRoutes(store.database, drain, faults.switch(NotReady), registry)
    app = Starlette(
        routes=[
            *orders,
            Route("/api", _index, middleware=breakable),
            *health.routes(),
            *_control_routes(settings, faults, store),
        ],
        middleware=[*tracing.middleware, _recorder(settings, writer, drain, metrics)],
        exception_handlers={
            HTTPException: answer_http_exception,
            BreakerOpenError: _answer_breaker_open,
            DatabaseUnavailableError: _answer_database_unavailable,
        },
        lifespan=_lifespan(store.database, tracing, faults),
    )
    app.router.redirect_slashes = False  # a wrong path is a 404, not a detour
    return app


def _registry(settings: Settings, faults: FaultRegistry, store: OrderStore) -> CollectorRegistry:
    registry = new_registry()
    watch_breaker(registry, store.breaker)
    watch_faults(registry, faults)
    watch_pool(registry, store.database, settings.database.pool_size)
    return registry


def _recorder(
    settings: Settings, writer: LineWriter, drain: Drain, metrics: RequestMetrics
) -> Middleware:
    return Middleware(
        RecorderMiddleware,
        replica=settings.replica,
        drain=drain,
        metrics=metrics,
        log=AccessLog(writer, settings.replica),
        unobserved=(*PATHS, CONTROL_PATH),
    )


def _control_routes(settings: Settings, faults: FaultRegistry, store: OrderStore) -> list[Route]:
    """None at all without a token."""
    if settings.chaos_token is None:
        return []
    guarded = [Middleware(TokenMiddleware, settings.chaos_token)]

    def about() -> dict[str, object]:
        return {"replica": settings.replica, "breaker": store.breaker.state}

    return [
        *ControlRoutes(faults, about).routes(guarded),
        *ShorthandRoutes(faults).routes(guarded),
        *RunRoutes(store).routes(guarded),
    ]


def _endpoints(routes: list[Route]) -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for route in routes
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]


def _lifespan(database: Database, tracing: Tracing, faults: FaultRegistry) -> Lifespan[Starlette]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        await database.connect()
        yield
        faults.disarm_all()
        with suppress(DatabaseUnavailableError):
            await database.disconnect()
        await tracing.close()

    return lifespan


async def _index(request: Request) -> Response:
    del request
    return JsonResponse(
        {"service": "ironclad-backend", "version": VERSION, "orders": "/api/orders"}
    )


async def _answer_breaker_open(request: Request, error: Exception) -> Response:
    del request
    seconds = error.retry_after_seconds if isinstance(error, BreakerOpenError) else 1
    return _unavailable("The database is being left alone until it recovers.", seconds)


async def _answer_database_unavailable(request: Request, error: Exception) -> Response:
    del request
    logger.warning("The database is unavailable: %s", error)
    return _unavailable("The database is unavailable.", 1)


def _unavailable(detail: str, retry_after_seconds: int) -> Response:
    headers = {"Retry-After": str(retry_after_seconds)}
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=headers)
