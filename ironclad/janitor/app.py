"""The janitor's HTTP routes: deliveries in and out, health, metrics."""

import asyncio
import hmac
import logging
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ironclad.domain.alerting.firing_alerts import Delivery
from ironclad.janitor.deliveries import DeliveryRecord, parse_webhook
from ironclad.undo.rounds import Janitor

log = logging.getLogger(__name__)

_SCHEME = "Bearer "


class Gate:
    """Reads the file each time, as Alertmanager does: a new token needs no restart.

    Without a readable token every delivery is refused, and the janitor sweeps all the same.
    """

    def __init__(self, token: Path) -> None:
        self._token = token

    def lets_in(self, authorization: str) -> bool:
        token = self._read()
        given = authorization.removeprefix(_SCHEME) if authorization.startswith(_SCHEME) else ""
        return bool(token) and hmac.compare_digest(given.encode(), token)

    def _read(self) -> bytes:
        try:
            return self._token.read_bytes().strip()
        except OSError as error:
            log.error("no delivery is taken, because %s cannot be read: %s", self._token, error)  # noqa: TRY400
            return b""


_DELIVERIES = TypeAdapter(tuple[Delivery, ...])


class Handlers:
    """The HTTP side of one janitor."""

    def __init__(self, janitor: Janitor, record: DeliveryRecord, gate: Gate) -> None:
        self._janitor = janitor
        self._record = record
        self._gate = gate

    async def take(self, request: Request) -> Response:
        """Take a webhook of Alertmanager's; what anybody else sends is not even read."""
        if not self._gate.lets_in(request.headers.get("Authorization", "")):
            self._janitor.metrics.refused_deliveries.inc()
            return PlainTextResponse(
                "deliveries are taken from Alertmanager only\n",
                401,
                headers={"WWW-Authenticate": "Bearer"},
            )
        now = self._janitor.clock.now()
        try:
            deliveries = parse_webhook(await request.json(), now)
        except (ValidationError, ValueError, OverflowError, RecursionError):
            return PlainTextResponse("not an Alertmanager webhook of version 4\n", 422)
        await asyncio.to_thread(self._record.add, deliveries)
        self._janitor.metrics.deliveries.inc(len(deliveries))
        return Response(status_code=204)

    async def give(self, request: Request) -> Response:
        """Give what was delivered since `since`, in seconds since the epoch."""
        try:
            since = datetime.fromtimestamp(float(request.query_params.get("since", "0")), UTC)
        except (ValueError, OverflowError, OSError):
            return PlainTextResponse("since must be seconds since the epoch\n", 422)
        body = _DELIVERIES.dump_json(self._record.since(since))
        return Response(body, media_type="application/json")

    async def health(self, _: Request) -> Response:
        swept = self._janitor.last_sweep
        body = {"last_sweep": None if swept is None else swept.timestamp()}
        return JSONResponse(body, status_code=200 if swept else 503)

    async def metrics(self, _: Request) -> Response:
        return Response(
            self._janitor.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8"
        )


def create_app(janitor: Janitor, record: DeliveryRecord, gate: Gate) -> Starlette:
    """Build the HTTP application. The rounds go on beside it."""
    handlers = Handlers(janitor, record, gate)
    return Starlette(
        routes=[
            Route("/deliveries", handlers.take, methods=["POST"]),
            Route("/deliveries", handlers.give, methods=["GET"]),
            Route("/healthz", handlers.health),
            Route("/metrics", handlers.metrics),
        ],
    )
