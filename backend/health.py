"""Alive, ready, measured: what orchestrators, balancers and Prometheus ask."""

from dataclasses import dataclass
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse
from backend.chaos import NotReady, Switch
from backend.chaos.marks import header, marking
from backend.database import Database, DatabaseUnavailableError
from backend.drain import Drain

PATHS = ("/healthz", "/readyz", "/metrics")


@dataclass(frozen=True, slots=True)
class HealthRoutes:
    database: Database
    drain: Drain
    not_ready: Switch[NotReady]
    registry: CollectorRegistry

    def routes(self) -> list[Route]:
        endpoints = (self.healthz, self.readyz, self.metrics)
        return [Route(path, endpoint) for path, endpoint in zip(PATHS, endpoints, strict=True)]

    async def healthz(self, request: Request) -> Response:
        """Says nothing of the database: a restart of this process would not mend it."""
        del request
        return JsonResponse({"status": "alive"})

    async def readyz(self, request: Request) -> Response:
        del request
        with marking() as marks:
            reason = await self._reason()
        status = HTTPStatus.SERVICE_UNAVAILABLE if reason else HTTPStatus.OK
        response = JsonResponse({"ready": not reason, "reason": reason}, status)
        if marks:
            response.raw_headers.append(header(marks))
        return response

    async def metrics(self, request: Request) -> Response:
        del request
        body = generate_latest(self.registry)
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _reason(self) -> str | None:
        """Why no request should come here, if so."""
        if self.drain.has_begun:
            return "draining"
        if self.not_ready.applies():
            return "fault"
        try:
            has_schema = await self.database.ping()
        except DatabaseUnavailableError as error:
            return f"database: {error}"
        return None if has_schema else "database: no schema, run python -m backend.migrate"
