"""OpenTelemetry spans, when an OTLP endpoint is set; without one nothing of it is imported."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass

from starlette.middleware import Middleware

from backend.settings import Settings

CLOSE_SECONDS = 2.0
"""For the last spans; a collector that is away must not hold up leaving."""


@dataclass(frozen=True, slots=True)
class Tracing:
    middleware: tuple[Middleware, ...] = ()
    shutdown: Callable[[], None] | None = None

    async def close(self) -> None:
        if self.shutdown is not None:
            thread = threading.Thread(target=self.shutdown, name="tracing-shutdown", daemon=True)
            thread.start()
            await asyncio.to_thread(thread.join, CLOSE_SECONDS)


def new_tracing(settings: Settings) -> Tracing:
    if settings.otlp_endpoint is None:
        return Tracing()
    from backend.telemetry.spans import (  # noqa: PLC0415  # half a second
        SpanMiddleware,
        new_provider,
    )

    provider = new_provider(settings.replica)
    return Tracing((Middleware(SpanMiddleware, provider=provider),), provider.shutdown)
